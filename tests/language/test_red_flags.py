"""Rules and classifier joined: who settles what, and when the assistant asks."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from backstride.language.red_flags import Guess, Thresholds, recognise
from backstride.language.sign_rules import Light, Mention, Reading
from backstride.triage import State, load_red_flags

READING = Reading(mentions=(), tags=frozenset(), own_tags={})
RULES = load_red_flags(Path(__file__).resolve().parents[2] / "knowledge")
THRESHOLDS = Thresholds(
    ask_emergency=0.1, ask=0.3, present_emergency=0.6, present=1.0, confirm_emergency=0.1, confirm=0.7
)


def mention(light: Light, *, sure: bool = True, flag: str = "cauda_equina", at: int = 0) -> Mention:
    return Mention(flag=flag, light=light, start=at, end=at + 5, words="words", sure=sure)


def guess(probability: float, *, flag: str = "cauda_equina", words: str = "a clause", at: int = 0) -> Guess:
    return Guess(
        words=words,
        start=at,
        end=at + 40,
        probabilities={flag: probability},
        alone={flag: probability},
        is_clause=True,
    )


def states(
    *mentions: Mention, probability: float = 0.0, flag: str = "cauda_equina", tags: frozenset[str] = frozenset()
) -> dict[str, State]:
    reading = Reading(mentions=mentions, tags=tags, own_tags={})
    guesses = [guess(probability, flag=flag)]
    return {sign.flag: sign.state for sign in recognise(reading, guesses, RULES, THRESHOLDS)}


@pytest.mark.parametrize(
    ("mentions", "probability", "state"),
    [
        ((mention(Light.SAID),), 0.5, State.PRESENT),
        ((mention(Light.SAID),), 0.02, State.ASK),
        ((mention(Light.SAID, sure=False),), 0.02, State.ASK),
        ((mention(Light.DENIED),), 0.9, State.ABSENT),
        ((mention(Light.PAST),), 0.9, None),
        ((mention(Light.OTHERS),), 0.9, None),
        ((mention(Light.ASKED),), 0.9, State.ASK),
        ((mention(Light.DENIED), mention(Light.SAID, at=20)), 0.5, State.ASK),
        ((), 0.99, State.PRESENT),
        ((), 0.2, State.ASK),
        ((), 0.05, None),
    ],
)
def test_an_emergency_flag(mentions: tuple[Mention, ...], probability: float, state: State | None) -> None:
    assert states(*mentions, probability=probability).get("cauda_equina") is state


def test_a_milder_flag_needs_a_surer_guess_before_the_assistant_asks() -> None:
    assert states(probability=0.2, flag="persistent") == {}
    assert states(probability=0.35, flag="persistent") == {"persistent": State.ASK}


def test_only_tags_that_the_file_declares_are_kept() -> None:
    reading = Reading(mentions=(mention(Light.SAID),), tags=frozenset({"sudden", "purple"}), own_tags={})
    (sign,) = recognise(reading, [guess(0.9)], RULES, THRESHOLDS)
    assert sign.tags == {"sudden"}


def test_a_guess_elsewhere_in_the_message_is_not_quietened() -> None:
    """A denial in one clause says nothing of another clause."""
    reading = Reading(mentions=(mention(Light.DENIED),), tags=frozenset(), own_tags={})
    guesses = [
        guess(0.9, words="it was denied"),
        guess(0.5, words="it was said", at=60),
    ]
    (sign,) = recognise(reading, guesses, RULES, THRESHOLDS)
    assert (sign.state, sign.evidence) == (State.ASK, "it was said")


def test_a_plain_clause_that_no_rule_hears_is_present() -> None:
    """A question before an emergency that was said outright costs trust."""
    (sign,) = recognise(READING, [guess(0.7, words="so said a clause")], RULES, THRESHOLDS)
    assert (sign.state, sign.evidence) == (State.PRESENT, "so said a clause")


@pytest.mark.parametrize(
    ("changes", "shades"),
    [
        ({"alone": {"cauda_equina": 0.3}}, ()),
        ({"probabilities": {"cauda_equina": 0.3}}, ()),
        ({"is_clause": False}, ()),
        ({}, ((10, 15),)),
    ],
    ids=["the clause does not say it", "the message does not bear it out", "the whole message only", "no, or used to"],
)
def test_a_clause_that_is_not_plain_makes_the_assistant_ask(
    changes: dict[str, Any], shades: tuple[tuple[int, int], ...]
) -> None:
    clause = dataclasses.replace(guess(0.7), **changes)
    (sign,) = recognise(dataclasses.replace(READING, shades=shades), [clause], RULES, THRESHOLDS)
    assert sign.state is State.ASK


def test_a_plain_clause_beside_a_denial_makes_the_assistant_ask() -> None:
    reading = dataclasses.replace(READING, mentions=(mention(Light.DENIED),))
    (sign,) = recognise(reading, [guess(0.7, at=60)], RULES, THRESHOLDS)
    assert sign.state is State.ASK


def test_a_short_denial_of_one_flag_quietens_the_guesses_about_others() -> None:
    """Nobody who writes "no numbness or tingling" wants to be asked about numbness elsewhere."""
    reading = dataclasses.replace(READING, mentions=(mention(Light.DENIED, flag="leg_symptoms"),))
    found = recognise(reading, [guess(0.3, words="no numbness or tingling")], RULES, THRESHOLDS)
    assert [(sign.flag, sign.state) for sign in found] == [("leg_symptoms", State.ABSENT)]
