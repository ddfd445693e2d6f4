"""Everything that the assistant can say, as messages that Rasa hands to an output channel."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import everything_led
from ruamel.yaml import YAML

from backstride.answers import Answer, Answers
from backstride.knowledge import load_knowledge
from backstride.referral import load_numbers
from backstride.safety import CLEARING_CHECKED, CLEARING_MISTAKEN, SCREENING, SOMEONE_ELSE, Move, SafetyState
from backstride.safety_messages import SafetyMessages
from backstride.settings import ROOT
from backstride.triage import Sign, State, load_red_flags
from backstride.wording import load_wording

Message = dict[str, Any]


def message_of(answer: Answer) -> Message:
    """Return what an action utters, as a channel gets it."""
    return {
        "text": answer.text,
        "buttons": [{"title": button.title, "payload": button.payload} for button in answer.buttons],
        **({"knowledge": list(answer.knowledge)} if answer.knowledge else {}),
        **answer.metadata,
    }


@functools.lru_cache(maxsize=1)
def knowledge_messages() -> tuple[tuple[str, Message], ...]:
    """Return each answer that can be made from the knowledge file, by a name."""
    return tuple((name, message_of(answer)) for name, answer in _answers())


def _answers() -> Iterator[tuple[str, Answer]]:
    knowledge = load_knowledge()
    answers = Answers(knowledge, load_wording())
    for entry_id, entry in knowledge.entries.items():
        for name in ("entry", "why", "how_long", "how_often", "how_to", "where_from", "open", "all_of"):
            yield f"{name} {entry_id}", getattr(answers, name)(entry_id)
        yield f"what_else {entry_id}", answers.what_else(entry_id, ())
        yield f"is_it_safe {entry_id}", answers.is_it_safe(entry_id, ())
        for exclusion in entry.not_for:
            condition = knowledge.conditions[exclusion.condition]
            yield f"is_it_safe {entry_id} {exclusion.condition}", answers.is_it_safe(entry_id, (condition,))
        asked_too = ["relief.heat", "prevent.load"]
        yield f"also {entry_id}", answers.also(answers.entry(entry_id), asked_too, sure=True)
        yield f"not on the list {entry_id}", answers.list_again((entry_id,), entry_id)
    for group in ("cause", "relief", "prevent"):
        yield f"overview {group}", answers.overview(group)
    yield "stretches", answers.stretches()
    yield "all", answers.all_of(None)
    yield "article", answers.article("shoes")
    yield "no article", answers.article("")


@functools.lru_cache(maxsize=1)
def safety_messages() -> tuple[tuple[str, Message], ...]:
    """Return each referral, question and check that `knowledge/red_flags.yml` leads to, by a name."""
    rules, numbers = load_red_flags(ROOT / "knowledge"), load_numbers(ROOT / "knowledge")
    messages = SafetyMessages(rules, numbers, load_wording())
    countries = [None, *(country.id for country in numbers.countries)]
    found: list[tuple[str, Message]] = []
    for flag in rules.flags:
        signs = (Sign(flag.id, State.PRESENT),)
        for country in countries if flag.urgency.value == "emergency_now" else (None, "uk"):
            state = SafetyState(signs=signs, move=Move.REFER, country=country)
            found += [(f"refer {flag.id} {country}", message_of(said)) for said in messages.messages(state)]
        for move, asking in (
            (Move.REPEAT, ""),
            (Move.WITHHOLD, ""),
            (Move.STANDS, ""),
            (Move.NUMBERS, ""),
            (Move.WHY_REFERRED, ""),
            (Move.WHAT_TO_TELL, ""),
            (Move.GOT_HELP, ""),
            (Move.NOT_CLEARED, ""),
            (Move.CLEARING, CLEARING_CHECKED),
            (Move.CLEARING, CLEARING_MISTAKEN),
            (Move.SOMEONE_ELSE, SOMEONE_ELSE),
        ):
            state = SafetyState(signs=signs, move=move, asking=asking)
            found += [(f"{move.value} {asking} {flag.id}", message_of(said)) for said in messages.messages(state)]
        unsure = (Sign(flag.id, State.ASK),)
        for move in (
            Move.ASK,
            Move.ASK_AGAIN,
            Move.ASK_CLEARLY,
            Move.ASK_FOR_THEM,
            Move.EXPLAIN,
            Move.WHY,
            Move.NOT_SURE,
        ):
            state = SafetyState(signs=unsure, asking=flag.id, asked=(flag.id,), move=move)
            found += [(f"{move.value} {flag.id}", message_of(said)) for said in messages.messages(state)]
    every_sign = tuple(Sign(flag.id, State.PRESENT) for flag in rules.flags)
    for move in (Move.REFER, Move.REPEAT):
        state = SafetyState(signs=every_sign, move=move)
        found += [(f"{move.value} every sign", message_of(said)) for said in messages.messages(state)]
    for move in (
        *(Move.SCREEN, Move.REMIND, Move.WHICH, Move.WHY, Move.RESUME, Move.LEFT),
        *(Move.CLEARED_CHECKED, Move.CLEARED_MISTAKEN, Move.CLEARED_OTHER),
    ):
        asking = SCREENING if move is Move.WHY else ""
        found += [(move.value, message_of(said)) for said in messages.messages(SafetyState(asking=asking, move=move))]
    return tuple(found)


@functools.lru_cache(maxsize=1)
def domain_messages() -> tuple[tuple[str, Message], ...]:
    """Return each fixed response of `domain.yml`, by its name."""
    domain = YAML(typ="safe").load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    return tuple(
        (f"{name} {number}", dict(variation))
        for name, variations in domain["responses"].items()
        for number, variation in enumerate(variations)
    )


@functools.lru_cache(maxsize=1)
def led_messages() -> tuple[tuple[str, Message], ...]:
    """Return what is said while the assistant leads, by a name."""
    return tuple((name, message_of(answer)) for name, answer in everything_led.answers())


def everything() -> tuple[tuple[str, Message], ...]:
    """Return all of these."""
    return (*knowledge_messages(), *safety_messages(), *led_messages(), *domain_messages())
