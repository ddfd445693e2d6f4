"""What the assistant knows about warning signs in a conversation, and what a message says about them.

Frozen values; what follows from them is decided in `backstride/safety.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from backstride.triage import Sign, State, Urgency

# What `asking` holds besides the id of a flag.
SCREENING = "screening"
CLEARING_CHECKED = "clearing_checked"
CLEARING_MISTAKEN = "clearing_mistaken"
SOMEONE_ELSE = "someone_else"
# A sign that no conversation takes back.
NEVER_CLEARED = frozenset({"self_harm"})


class Move(str, Enum):
    """What to do in this turn."""

    PASS = "pass"  # nothing: the dialogue goes on  # noqa: S105  # no password
    REFER = "refer"  # the full card
    REPEAT = "repeat"  # the card's action and safety net, in short
    WITHHOLD = "withhold"  # an exercise was asked for: that it can wait, and the card's action
    STANDS = "stands"  # somebody plays it down
    NUMBERS = "numbers"  # the emergency numbers
    DATA = "data"  # the emergency's action in short, above what was asked about one's own data
    WHY_REFERRED = "why_referred"  # why the advice is what it is
    WHAT_TO_TELL = "what_to_tell"  # what to say to whoever answers
    GOT_HELP = "got_help"  # others have taken over
    ASK = "ask"  # a flag's own question
    ASK_AGAIN = "ask_again"  # the same, because an exercise was asked for
    ASK_CLEARLY = "ask_clearly"  # the same, because the reply was neither yes nor no
    ASK_YES_OR_NO = "ask_yes_or_no"  # the same, because the reply may be either
    ASK_FOR_THEM = "ask_for_them"  # the same, about the person it is about
    EXPLAIN = "explain"  # what the question means
    WHY = "why"  # why the question is asked
    NOT_SURE = "not_sure"  # the answer to "don't know"
    LEFT = "left"  # the answer to "stop": the question is left for now
    SCREEN = "screen"  # the five checks before any exercise
    SCREEN_AGAIN = "screen_again"  # the same in short, where they were read before
    REMIND = "remind"  # one line about them, after something else was answered
    WHICH = "which"  # which of them it is
    RESUME = "resume"  # back to what was wanted before the question
    RELIEVED = "relieved"  # the same, after a no that deserves words of its own
    CLEARING = "clearing"  # the question that a referral is taken back by
    CLEARED_CHECKED = "cleared_checked"
    CLEARED_MISTAKEN = "cleared_mistaken"
    CLEARED_OTHER = "cleared_other"  # the referral was for another person, and the talk is about one's own back
    NOT_CLEARED = "not_cleared"
    SOMEONE_ELSE = "someone_else"  # the referral is for another person: whose back is it about from here on?


# Moves that answer as a referral; the others are questions and what follows from them.
REFERRALS = frozenset(
    {
        Move.REFER,
        Move.REPEAT,
        Move.WITHHOLD,
        Move.STANDS,
        Move.NUMBERS,
        Move.DATA,
        Move.WHY_REFERRED,
        Move.WHAT_TO_TELL,
        Move.GOT_HELP,
        Move.CLEARING,
        Move.CLEARED_CHECKED,
        Move.CLEARED_MISTAKEN,
        Move.CLEARED_OTHER,
        Move.NOT_CLEARED,
        Move.SOMEONE_ELSE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a message says that matters here.

    Args:
        signs: the warning signs recognised in it.
        tags: finer facts in it that may belong to a sign of an earlier message: "she limps", "now it is both sides".
        said: its words, in small letters and without punctuation; "" for a tapped button.
        answer: "yes", "no", "unsure", "why" or "".
        is_vague: whether its words are a yes that crosses no sign out: "a bit", "it is".
        leans: "yes" or "no" where it was understood as such without its words, else "".
        remark: what it says about a question or a referral beside an answer, as `safety_words.remark_in` names it.
        side: "only" where it answers with one side ("no, the right"), "named" where a no goes on to name one, else "".
        narrowed_to: what an answer is narrowed to, "the shivers" of "no, only the shivers", or "".
        taken_on: what a no goes on to behind a "but", "it takes ages" of "not really, but it takes ages", or "".
        is_aside: whether it asks for nothing that the assistant could give.
        leaves: whether it says goodbye.
        names_place: whether all it says is a place on a list, such as "the second one".
        takes_note: whether all it says is that it was read: "ok", which is no yes to what somebody has.
        defers: flags that it only asks about, so that their own question can wait until an exercise is wanted.
        choice: what a tapped button of a safety message says: "yes", "sign:legs" …, or "".
        wanted: the entry of the knowledge file that the message asks for, or "".
        country: the country that the person says they are in, or None.
        about_data: whether it asks about the data that are kept, or answers whether to erase them.
        in_led: whether a conversation that the assistant leads is open: what can wait for days is asked at its end.
        in_exercise: whether exercises are being done: nothing that is hinted at waits then.
        wants_to_run: whether it asks about running, sport or an exercise: a referral is said again then.
    """

    signs: tuple[Sign, ...] = ()
    tags: frozenset[str] = frozenset()
    said: str = ""
    answer: str = ""
    is_vague: bool = False
    leans: str = ""
    remark: str = ""
    side: str = ""
    narrowed_to: str = ""
    taken_on: str = ""
    is_aside: bool = False
    leaves: bool = False
    names_place: bool = False
    takes_note: bool = False
    defers: frozenset[str] = frozenset()
    choice: str = ""
    wanted: str = ""
    country: str | None = None
    about_data: bool = False
    in_led: bool = False
    in_exercise: bool = False
    wants_to_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyState:
    """What a conversation has said about warning signs, and what comes next.

    Args:
        signs: all signs so far.
        asking: the flag whose question is open, or SCREENING, CLEARING_CHECKED, CLEARING_MISTAKEN, SOMEONE_ELSE, or "".
        insisted: whether the open question was said a second time.
        asked: flags whose question was asked, and SCREENING once the five checks were read.
        screened: whether the five checks were answered with "none of these".
        told: the level of the last full referral.
        told_flags: the flags that it named.
        told_first: the rules whose first aid was told, by their ids.
        helped: whether the person has said that others are looking after it.
        checked: whether signs were taken back because a doctor or nurse had looked at them.
        wanted: the entry to open once the open question is answered, or "".
        country: the country whose numbers are named, or None.
        move: what to do in this turn.
    """

    signs: tuple[Sign, ...] = ()
    asking: str = ""
    insisted: bool = False
    asked: tuple[str, ...] = ()
    screened: bool = False
    told: Urgency = Urgency.SELF_CARE
    told_flags: tuple[str, ...] = ()
    told_first: tuple[str, ...] = ()
    helped: bool = False
    checked: bool = False
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
            "insisted": self.insisted,
            "asked": list(self.asked),
            "screened": self.screened,
            "told": self.told.value,
            "told_flags": list(self.told_flags),
            "told_first": list(self.told_first),
            "helped": self.helped,
            "checked": self.checked,
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
            # Conversations that are kept from before these were known have none.
            insisted=kept.get("insisted", False),
            asked=tuple(kept["asked"]),
            screened=kept["screened"],
            told=Urgency(kept["told"]),
            told_flags=tuple(kept["told_flags"]),
            told_first=tuple(kept.get("told_first", ())),
            helped=kept.get("helped", False),
            checked=kept.get("checked", False),
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
