"""What the assistant does about warning signs, turn by turn: refer, ask, repeat, clear, or let the talk go on.

A pure state machine above everything else. A sign once said stays said until the person clears it through one
confirming question. Wording and rules are those of `knowledge/red_flags.yml`; this module only decides what comes
next.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

from backstride.checked_yaml import FrozenModel, check, read_yaml
from backstride.errors import KnowledgeError
from backstride.settings import ROOT
from backstride.triage import RedFlags, Sign, State, Triage, Urgency, answered, combine, triage
from backstride.vocabulary import Led

FILE_NAME = "safety_words.yml"
# What `asking` holds besides the id of a flag.
SCREENING = "screening"
CLEARING = "clearing"
SOMEONE_ELSE = "someone_else"
_SIGN_CHOICE = "sign:"
# A sign that no conversation takes back.
NEVER_CLEARED = frozenset({"self_harm"})


class Move(str, Enum):
    """What to do in this turn."""

    PASS = "pass"  # nothing: the dialogue goes on  # noqa: S105  # no password
    REFER = "refer"  # the full card
    REPEAT = "repeat"  # the card's action and safety net, in short
    WITHHOLD = "withhold"  # an exercise was asked for: the same, and that exercises can wait
    NUMBERS = "numbers"  # the emergency numbers
    ASK = "ask"  # a flag's own question
    ASK_AGAIN = "ask_again"  # the same, because an exercise was asked for
    WHY = "why"  # why the question is asked
    NOT_SURE = "not_sure"  # the answer to "don't know"
    SCREEN = "screen"  # the five checks before any exercise
    RESUME = "resume"  # back to what was wanted before the question
    CLEARING = "clearing"  # the question that a referral is taken back by
    CLEARED_CHECKED = "cleared_checked"
    CLEARED_MISTAKEN = "cleared_mistaken"
    NOT_CLEARED = "not_cleared"
    SOMEONE_ELSE = "someone_else"  # the referral is for another person


# Moves that answer as a referral; the others are questions and what follows from them.
REFERRALS = frozenset(
    {
        Move.REFER,
        Move.REPEAT,
        Move.WITHHOLD,
        Move.NUMBERS,
        Move.CLEARING,
        Move.CLEARED_CHECKED,
        Move.CLEARED_MISTAKEN,
        Move.NOT_CLEARED,
        Move.SOMEONE_ELSE,
    }
)


class SafetyWords(FrozenModel):
    """How people answer and take back; `knowledge/safety_words.yml`."""

    yes: tuple[str, ...]
    no: tuple[str, ...]
    unsure: tuple[str, ...]
    why: tuple[str, ...]
    checked: tuple[str, ...]
    mistaken: tuple[str, ...]
    someone_else: tuple[str, ...]
    got_help: tuple[str, ...]
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a message says that matters here.

    Args:
        signs: the warning signs recognised in it.
        answer: "yes", "no", "unsure", "why" or "".
        remark: "checked", "mistaken", "someone_else", "got_help", "numbers" or "".
        choice: what a tapped button of a safety message says: "yes", "sign:legs" …, or "".
        wanted: the entry of the knowledge file that the message asks for, or "".
        country: the country that the person says they are in, or None.
        in_led: whether a conversation that the assistant leads is open: what can wait for days is asked at its end.
    """

    signs: tuple[Sign, ...] = ()
    answer: str = ""
    remark: str = ""
    choice: str = ""
    wanted: str = ""
    country: str | None = None
    in_led: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyState:
    """What a conversation has said about warning signs, and what comes next.

    Args:
        signs: all signs so far.
        asking: the flag whose question is open, or SCREENING, CLEARING, SOMEONE_ELSE, or "".
        asked: flags whose question was asked.
        screened: whether the five checks were answered with "none of these".
        told: the level of the last full referral.
        told_flags: the flags that it named.
        wanted: the entry to open once the open question is answered, or "".
        country: the country whose numbers are named, or None.
        move: what to do in this turn.
    """

    signs: tuple[Sign, ...] = ()
    asking: str = ""
    asked: tuple[str, ...] = ()
    screened: bool = False
    told: Urgency = Urgency.SELF_CARE
    told_flags: tuple[str, ...] = ()
    wanted: str = ""
    country: str | None = None
    move: Move = Move.PASS

    def as_json(self) -> dict[str, Any]:
        """Return the state as it is kept in the conversation."""
        return {
            "signs": [
                {"flag": s.flag, "state": s.state.value, "evidence": s.evidence, "tags": sorted(s.tags)}
                for s in self.signs
            ],
            "asking": self.asking,
            "asked": list(self.asked),
            "screened": self.screened,
            "told": self.told.value,
            "told_flags": list(self.told_flags),
            "wanted": self.wanted,
            "country": self.country,
            "move": self.move.value,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any] | None) -> SafetyState:
        """Return the state of a conversation; one without any starts afresh."""
        if not kept:
            return cls()
        return cls(
            signs=signs_from_json(kept["signs"]),
            asking=kept["asking"],
            asked=tuple(kept["asked"]),
            screened=kept["screened"],
            told=Urgency(kept["told"]),
            told_flags=tuple(kept["told_flags"]),
            wanted=kept["wanted"],
            country=kept["country"],
            move=Move(kept["move"]),
        )


def signs_from_json(kept: Iterable[Mapping[str, Any]]) -> tuple[Sign, ...]:
    """Return signs that were kept as JSON, under "flag" or (as the parser gives them) "id"."""
    return tuple(
        Sign(
            item.get("flag") or item["id"],
            State(item["state"]),
            item.get("evidence", ""),
            frozenset(item.get("tags", ())),
        )
        for item in kept
    )


def decide(state: SafetyState, heard: Heard, rules: RedFlags) -> SafetyState:
    """Return the state after a message; its `move` says what to do.

    Args:
        state: what the conversation has said so far.
        heard: what the message says.
        rules: the red-flag file.
    """
    country = heard.country or state.country
    signs = combine(state.signs, (*heard.signs, *_signs_answered(state, heard, rules)))
    now = triage(signs, rules)
    after = replace(state, signs=signs, country=country, move=Move.PASS)
    if _says_more(now, state):
        return _refer(after, now)
    if _wants_numbers(state, heard, now):
        return replace(after, move=Move.NUMBERS)
    if now.flags:
        move = _taking_back(after, heard, now, rules)
        if move is not None:
            return move
        if now.urgency is Urgency.EMERGENCY_NOW:
            return replace(after, asking="", move=Move.REPEAT)
    if state.asking:
        return _after_question(after, heard, now)
    waits = {flag.id for flag in rules.flags if flag.urgency < Urgency.SAME_DAY} if heard.in_led else frozenset()
    return _ask_next(replace(after, wanted=heard.wanted), now, waits) or after


def gate(state: SafetyState, wanted: str, rules: RedFlags) -> SafetyState:
    """Return the state after an exercise was asked for: its move is PASS where it may be shown.

    Args:
        state: what the conversation has said so far.
        wanted: the entry that would be shown.
        rules: the red-flag file.
    """
    now = triage(state.signs, rules)
    if now.flags and not now.exercises_allowed:
        return replace(state, move=Move.WITHHOLD)
    if now.to_ask:
        flag = now.to_ask[0]
        return replace(state, asking=flag, asked=_with(state.asked, flag), wanted=wanted, move=Move.ASK_AGAIN)
    if not state.screened:
        return replace(state, asking=SCREENING, wanted=wanted, move=Move.SCREEN)
    return replace(state, move=Move.PASS)


def ask_anew(state: SafetyState, flag: str, evidence: str, rules: RedFlags) -> SafetyState | None:
    """Return the state that asks a flag's question, also where it was asked long before.

    Args:
        state: what the conversation has said so far.
        flag: the sign that something else than a message hints at, such as a high score in the diary.
        evidence: what hints at it, in words.
        rules: the red-flag file.

    Returns:
        None where the sign is known to be there already, so that nothing is left to ask.
    """
    if any(sign.flag == flag and sign.state is State.PRESENT for sign in state.signs):
        return None
    forgotten = replace(state, asked=tuple(asked for asked in state.asked if asked != flag))
    after = decide(forgotten, Heard(signs=(Sign(flag, State.ASK, evidence),)), rules)
    return after if after.move is not Move.PASS else None


def settled(state: SafetyState, flag: str, rules: RedFlags) -> SafetyState:
    """Return the state in which an open question about a flag counts as answered with no; a sign that was said stays.

    Args:
        state: what the conversation has said so far.
        flag: the flag whose question something else has answered.
        rules: the red-flag file.
    """
    is_open = any(sign.flag == flag and sign.state is State.ASK for sign in state.signs)
    return replace(state, signs=combine(state.signs, (answered(flag, rules, yes=False),))) if is_open else state


def _signs_answered(state: SafetyState, heard: Heard, rules: RedFlags) -> tuple[Sign, ...]:
    """Return the signs that an answer to the open question stands for."""
    if state.asking == SCREENING and heard.choice.startswith(_SIGN_CHOICE):
        tapped = heard.choice.removeprefix(_SIGN_CHOICE)
        known = {sign.flag for sign in state.signs}
        return tuple(
            Sign(flag, State.ASK, sign.title)
            for sign in rules.screening.signs
            if sign.id == tapped
            for flag in sign.flags
            if flag not in known
        )
    is_flag = any(flag.id == state.asking for flag in rules.flags)
    answer = heard.choice or heard.answer
    heard_itself = any(sign.flag == state.asking and sign.state is not State.ASK for sign in heard.signs)
    if is_flag and answer in {"yes", "no"} and not heard_itself:
        return (answered(state.asking, rules, yes=answer == "yes"),)
    return ()


def _says_more(now: Triage, state: SafetyState) -> bool:
    return bool(now.flags) and (now.urgency > state.told or not set(now.flags) <= set(state.told_flags))


def _refer(state: SafetyState, now: Triage) -> SafetyState:
    # After a referral that can wait, a question that may make it urgent follows at once.
    open_question = next((flag for flag in now.to_ask if flag not in state.asked), "")
    asking = "" if now.urgency is Urgency.EMERGENCY_NOW else open_question
    # An exercise is wanted no longer; a plan comes all the same, without its exercises.
    stays_wanted = now.urgency < Urgency.DOCTOR_DAYS or state.wanted == Led.CHECK_IN
    return replace(
        state,
        asking=asking,
        wanted=state.wanted if stays_wanted else "",
        asked=_with(state.asked, asking) if asking else state.asked,
        told=max(now.urgency, state.told),
        told_flags=_with(state.told_flags, *now.flags),
        move=Move.REFER,
    )


def _wants_numbers(state: SafetyState, heard: Heard, now: Triage) -> bool:
    if "numbers" in (heard.choice, heard.remark):
        return True
    return bool(now.flags) and heard.country is not None and heard.country != state.country


def _taking_back(state: SafetyState, heard: Heard, now: Triage, rules: RedFlags) -> SafetyState | None:
    """Return the state after a remark that would take a referral back, or None where there was none."""
    said = heard.choice or heard.remark
    can_be_cleared = any(flag not in NEVER_CLEARED for flag in now.flags)
    if state.asking == CLEARING and can_be_cleared:
        if said in {"checked", "mistaken"}:
            return _cleared(state, said, rules)
        if said == "still" or heard.answer in {"yes", "no", "unsure"}:
            return replace(state, asking="", move=Move.NOT_CLEARED)
    if state.asking == SOMEONE_ELSE:
        if heard.choice == "no" or heard.answer == "no":
            return replace(_without(state, _clearable(state, rules)), asking="", move=Move.RESUME)
        if heard.choice == "yes" or heard.answer == "yes":
            return replace(state, asking="", move=Move.NOT_CLEARED)
    if not can_be_cleared:
        return None
    if said == "someone_else":
        return replace(state, asking=SOMEONE_ELSE, move=Move.SOMEONE_ELSE)
    if said in {"checked", "mistaken", "got_help"}:
        return replace(state, asking=CLEARING, move=Move.CLEARING)
    return None


def _cleared(state: SafetyState, how: str, rules: RedFlags) -> SafetyState:
    if how == "mistaken":
        gone = _clearable(state, rules)
        move = Move.CLEARED_MISTAKEN
    else:
        # A check-up ends no pregnancy: what raises the level of other signs stays.
        raising = {multiplier.when for multiplier in rules.multipliers}
        gone = frozenset(flag for flag in _clearable(state, rules) if flag not in raising)
        move = Move.CLEARED_CHECKED
    return replace(_without(state, gone), asking="", move=move)


def _clearable(state: SafetyState, rules: RedFlags) -> frozenset[str]:
    return frozenset(sign.flag for sign in state.signs if sign.flag not in NEVER_CLEARED)


def _without(state: SafetyState, gone: frozenset[str]) -> SafetyState:
    return replace(
        state,
        signs=tuple(sign for sign in state.signs if sign.flag not in gone),
        told=Urgency.SELF_CARE,
        told_flags=tuple(flag for flag in state.told_flags if flag not in gone),
    )


def _after_question(state: SafetyState, heard: Heard, now: Triage) -> SafetyState:
    """Return the state after a message that followed a question and brought no new sign."""
    answer = heard.choice or heard.answer
    if state.asking == SCREENING:
        if answer in {"none", "no"}:
            return replace(state, asking="", screened=True, move=Move.RESUME)
        if answer.startswith(_SIGN_CHOICE):
            # One sign was tapped, so the other checks are answered; its own questions follow.
            ticked = replace(state, asking="", screened=True)
            return _ask_next(ticked, now) or replace(ticked, move=Move.RESUME)
        if answer == "yes":
            return replace(state, move=Move.SCREEN)
        if answer == "why":
            return replace(state, move=Move.WHY)
    elif state.asking not in {CLEARING, SOMEONE_ELSE}:
        if answer == "why":
            return replace(state, move=Move.WHY)
        if answer == "unsure":
            return replace(state, asking="", move=Move.NOT_SURE)
        settled = all(flag != state.asking for flag in now.to_ask)
        if settled:
            following = _ask_next(state, now)
            return following or replace(state, asking="", move=Move.RESUME)
    # Another subject: the question stays open and is asked again before any exercise.
    moved_on = replace(state, asking="", wanted=heard.wanted)
    return _ask_next(moved_on, now) or moved_on


def _ask_next(state: SafetyState, now: Triage, waits: Collection[str] = ()) -> SafetyState | None:
    """Return the state that asks the next flag's question, leaving out those that can wait; None where none is due."""
    flag = next((flag for flag in now.to_ask if flag not in state.asked and flag not in waits), None)
    if flag is None:
        return None
    return replace(state, asking=flag, asked=_with(state.asked, flag), move=Move.ASK)


def _with(known: Sequence[str], *more: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*known, *more)))


# --- reading answers -------------------------------------------------------------------------------------------------


def load_safety_words(folder: Path = ROOT / "knowledge") -> SafetyWords:
    """Read `safety_words.yml` of a folder.

    Raises:
        KnowledgeError: the file has mistakes.
    """
    path = folder / FILE_NAME
    words, problems = check(SafetyWords, read_yaml(path), path=path)
    if words is None:
        raise KnowledgeError(problems)
    return words


def answer_in(text: str, words: SafetyWords) -> str:
    """Return "yes", "no", "unsure" or "why" where a message starts as such an answer does, else ""."""
    said = _folded(text)
    for answer in ("unsure", "why", "no", "yes"):
        if any(said == phrase or said.startswith(f"{phrase} ") for phrase in getattr(words, answer)):
            return answer
    return ""


def remark_in(text: str, words: SafetyWords) -> str:
    """Return the remark about a referral that a message holds, else ""."""
    said = f" {_folded(text)} "
    for remark in ("mistaken", "someone_else", "checked", "got_help", "numbers"):
        if any(f" {phrase} " in said for phrase in getattr(words, remark)):
            return remark
    return ""


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold().replace("'", "").replace("’", "").replace("&", " and ")
    return re.sub(r"[\W_]+", " ", text).strip()
