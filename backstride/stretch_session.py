"""The stretch session: one exercise after the other, part by part, at the person's own pace.

A pure state machine over the knowledge file. It decides what comes next; `session_messages.py` says it. Where something
hurts it stops, asks where and how, and names the warning signs whose own questions follow. What it asks for passes the
same gate as any other exercise.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from backstride.answers import GENTLE, payload
from backstride.exercise_parts import Part, parts_of
from backstride.guided import Heard, Kept
from backstride.knowledge import Entry, Knowledge
from backstride.session_words import HURTS, PAINS, SessionWords, begins, command_in, complains, pain_in
from backstride.triage import Sign, State
from backstride.vocabulary import ActionName, Entity, Intent, Led

NAME = Led.STRETCH_SESSION
# A longer list is no session but a catalogue.
MOST_EXERCISES = 5
_SURE = 0.6

# Kinds of pain -> the warning signs whose questions follow. A tapped "down a leg" is the sign itself; typed words may
# mean something else, so the flag's own question settles them.
_ASKED_AFTER: Mapping[str, tuple[str, ...]] = {
    "leg": ("both_legs", "leg_weakness", "leg_symptoms"),
    "chest": ("heart", "lung"),
    "sharp": ("severe_or_worsening",),
    "unsure": ("leg_symptoms", "severe_or_worsening"),
}
_TAPPED_IS_PRESENT = {"leg": "leg_symptoms"}
UNSURE = "unsure"


class Asking(str, Enum):
    """The question that is open."""

    NOTHING = ""  # a part of an exercise waits to be done
    WHERE = "where"  # where does it hurt, and how?
    GO_ON = "go_on"  # shall we go on here?


class Move(str, Enum):
    """What is said next."""

    BEGIN = "begin"  # what is coming, and the first part
    SHOW = "show"  # the part that is due, of a new exercise with its name and caution
    REPEAT = "repeat"  # the same part once more
    EASIER = "easier"  # the easier version, and the part
    NO_EASIER = "no_easier"
    HOW_MANY = "how_many"  # which of the exercises this is, and the part
    PAUSE = "pause"
    AT_START = "at_start"  # there is no step before this one
    HURTS = "hurts"  # stop; where does it hurt, and how?
    WHY = "why"  # why that is asked
    MILD = "mild"  # go on smaller, or leave it out
    LEFT_OUT = "left_out"  # this exercise is over; signs of the pain may have to be asked about
    UNSUITED = "unsuited"  # what was named in passing rules an exercise out
    AGAIN = "again"  # something else was answered: where we were, and whether to go on
    TAKE_UP = "take_up"  # the same, of a session that was stopped
    STOPPED = "stopped"
    LEFT = "left"  # nothing: somebody says goodbye, and hears a goodbye
    DONE = "done"
    NOTHING_SUITS = "nothing_suits"


class Status(str, Enum):
    """Where the session stands."""

    OPEN = "open"
    STOPPED = "stopped"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionState:
    """Where a stretch session stands.

    Args:
        exercises: what is done, in order.
        place: which of them is being done, from 0.
        part: which part of it, from 0.
        easier: whether its easier version is being done.
        asking: the question that is open.
        move: what is said next.
        status: whether the session is open.
        pain: the kind of pain that was named last; `left_out` asks about its warning signs.
        is_tapped: whether that kind was tapped.
        left_out: the exercises that were left out, because they hurt or do not suit the person.
        conditions: ids of conditions that the person has named.
    """

    exercises: tuple[str, ...]
    place: int = 0
    part: int = 0
    easier: bool = False
    asking: Asking = Asking.NOTHING
    move: Move = Move.BEGIN
    status: Status = Status.OPEN
    pain: str = ""
    is_tapped: bool = False
    left_out: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()

    @property
    def exercise(self) -> str:
        """The exercise that is being done, or the last one."""
        return self.exercises[min(self.place, len(self.exercises) - 1)]

    @property
    def goes_on(self) -> bool:
        """Whether the next thing is an exercise, or the offer of one."""
        return self.status is Status.OPEN and self.asking is not Asking.WHERE

    def stopped(self) -> SessionState:
        """Return the state put down where it is."""
        return replace(self, status=Status.STOPPED, asking=Asking.NOTHING, move=Move.STOPPED, pain="")

    def as_json(self) -> dict[str, Any]:
        """Return the state as it is kept in the conversation."""
        return {
            "exercises": list(self.exercises),
            "place": self.place,
            "part": self.part,
            "easier": self.easier,
            "asking": self.asking.value,
            "move": self.move.value,
            "status": self.status.value,
            "pain": self.pain,
            "is_tapped": self.is_tapped,
            "left_out": list(self.left_out),
            "conditions": list(self.conditions),
        }

    @classmethod
    def from_json(cls, kept: Kept) -> SessionState:
        """Return the state that was kept."""
        return cls(
            exercises=tuple(kept["exercises"]),
            place=kept["place"],
            part=kept["part"],
            easier=kept["easier"],
            asking=Asking(kept["asking"]),
            move=Move(kept["move"]),
            status=Status(kept["status"]),
            pain=kept["pain"],
            is_tapped=kept["is_tapped"],
            left_out=tuple(kept["left_out"]),
            conditions=tuple(kept["conditions"]),
        )


def choice(what: str) -> str:
    """Return what a button of the session sends."""
    return payload(Intent.CHOOSE_ITEM, **{Entity.CHOICE: f"{NAME}:{what}"})


class StretchSession:
    """The machine of stretch sessions, as `backstride.guided` runs it."""

    name = NAME
    action = ActionName.STRETCH_SESSION

    def __init__(self, knowledge: Knowledge, words: SessionWords) -> None:
        self._knowledge = knowledge
        self._words = words

    # --- what `backstride.guided` asks of every machine ----------------------------------------------------------

    def starts(self, heard: Heard, kept: Kept | None) -> bool:
        """Return whether a message asks to be taken through exercises."""
        if heard.choice:
            return heard.choice.startswith(f"{NAME}:")
        if heard.intent == Intent.START_STRETCH_SESSION:
            return heard.confidence >= _SURE / 2
        if not begins(heard.text, self._words):
            return False
        is_listed = any(entry.startswith("exercise.") for entry in heard.listed)
        is_open = heard.confidence < _SURE or heard.intent in _NO_QUESTIONS
        return bool(self._named(heard)) or (is_listed and is_open)

    def start(self, heard: Heard, kept: Kept | None) -> Kept:
        """Return the state at the beginning, or where a session stopped that is taken up again."""
        before = self.read(kept)
        chosen = self.chosen(heard)
        wanted = heard.choice.removeprefix(f"{NAME}:")
        if before is not None and wanted == "from_the_start":
            chosen = self._suited(before.exercises, (*before.conditions, *heard.conditions))
        elif before is not None and before.status is Status.STOPPED and before.place < len(before.exercises):
            is_same = not self._named(heard) and (not heard.listed or set(chosen) & set(before.exercises))
            if is_same or wanted == "next":
                return replace(before, status=Status.OPEN, asking=Asking.GO_ON, move=Move.TAKE_UP).as_json()
        if not chosen:
            exercises = tuple(heard.listed) or GENTLE
            return SessionState(exercises=exercises, status=Status.DONE, move=Move.NOTHING_SUITS).as_json()
        return SessionState(exercises=chosen, conditions=heard.conditions).as_json()

    def hear(self, kept: Kept, heard: Heard) -> Kept | None:
        """Return the state after a message, or None where it is about something else."""
        state = self.read(kept)
        if state is None:
            return None
        after = self.decide(state, heard)
        if after is None and self.starts(heard, kept):
            # Other exercises than those that are being done.
            chosen = self.chosen(heard)
            if set(chosen) - set(state.exercises):
                return self.start(heard, None)
            # "Carry on with the stretches", asked whether to carry on, is the yes.
            after = self._after_command(state, "next") if state.asking is Asking.GO_ON else None
            return after.as_json() if after else self.again(kept)
        return after.as_json() if after else None

    def again(self, kept: Kept) -> Kept:
        """Return the state that says where we are, after something else was answered."""
        state = self.read(kept)
        if state is None:
            return kept
        if state.move is Move.BEGIN or state.asking is Asking.WHERE:
            # The beginning may have given way to the checks before it; it is said whole.
            return replace(state, move=Move.BEGIN if state.move is Move.BEGIN else Move.HURTS).as_json()
        return replace(state, asking=Asking.GO_ON, move=Move.AGAIN).as_json()

    def is_open(self, kept: Kept) -> bool:
        """Return whether the session still waits for the person."""
        state = self.read(kept)
        return state is not None and state.status is Status.OPEN

    def is_silent(self, kept: Kept) -> bool:
        """Return whether something else answers the message: a goodbye."""
        state = self.read(kept)
        return state is not None and state.move is Move.LEFT

    def is_stopped(self, kept: Kept) -> bool:
        """Return whether the person has just asked it to stop."""
        state = self.read(kept)
        return state is not None and state.move is Move.STOPPED

    def stopped(self, kept: Kept) -> Kept:
        """Return the state put down where it is."""
        state = self.read(kept)
        return state.stopped().as_json() if state is not None else kept

    def notes(self, before: Kept | None, after: Kept) -> bool:
        """Return whether the message began it; within it a sign is asked about before anything goes on."""
        return before is None or not self.is_open(before)

    # --- the session ---------------------------------------------------------------------------------------------

    def read(self, kept: Kept | None) -> SessionState | None:
        """Return a kept state; None where there is none, or where its exercises are in the knowledge no longer."""
        state = SessionState.from_json(kept) if kept else None
        return state if state and all(exercise in self._knowledge.entries for exercise in state.exercises) else None

    def entry(self, state: SessionState) -> Entry:
        """Return the exercise that is being done."""
        return self._knowledge.entry(state.exercise)

    def parts(self, state: SessionState) -> tuple[Part, ...]:
        """Return the parts of the exercise that is being done."""
        return parts_of(self.entry(state))

    def part(self, state: SessionState) -> Part:
        """Return the part that is due."""
        parts = self.parts(state)
        return parts[min(state.part, len(parts) - 1)]

    def chosen(self, heard: Heard) -> tuple[str, ...]:
        """Return the exercises of a session: those named, else those listed last, else the gentle ones.

        None of them is one that does not suit a condition that the person has named.
        """
        conditions = (*heard.conditions, *(condition.id for condition in self._knowledge.conditions_in(heard.text)))
        listed = [entry for entry in heard.listed if entry.startswith("exercise.")]
        wanted = self._named(heard) or listed[:MOST_EXERCISES] or GENTLE
        suited = self._suited(wanted, conditions)
        return suited or self._suited(GENTLE, conditions)

    def signs(self, state: SessionState) -> tuple[Sign, ...]:
        """Return the warning signs that the kind of pain calls to ask about."""
        present = _TAPPED_IS_PRESENT.get(state.pain) if state.is_tapped else None
        return tuple(
            Sign(flag, State.PRESENT if flag == present else State.ASK, state.pain)
            for flag in _ASKED_AFTER.get(state.pain, ())
        )

    def decide(self, state: SessionState, heard: Heard) -> SessionState | None:
        """Return the state after a message, or None where the message is about something else."""
        if state.status is not Status.OPEN:
            return None
        said = () if heard.asks else (condition.id for condition in self._knowledge.conditions_in(heard.text))
        named = dict.fromkeys((*state.conditions, *heard.conditions, *said))
        state = replace(state, conditions=tuple(condition for condition in named if condition not in heard.over))
        tapped = heard.choice.removeprefix(f"{NAME}:") if heard.choice.startswith(f"{NAME}:") else ""
        if heard.choice and not tapped:
            return None
        if state.asking is Asking.WHERE:
            return self._after_where(state, heard, tapped)
        command = tapped or command_in(heard.text, self._words)
        if not command and heard.intent == Intent.GOODBYE and heard.confidence >= _SURE:
            return replace(state.stopped(), move=Move.LEFT)
        if not command and not heard.text:
            return None
        if command == HURTS:
            return self._hurt(state, heard)
        unsuited = self._unsuited(state, heard)
        if unsuited is not None:
            return unsuited
        if not command and not heard.asks and heard.intent in _ASIDES and not begins(heard.text, self._words):
            # "The door bell", "my dog wants to play": nothing to answer, and the place is kept.
            command = "pause"
        return self._after_command(state, command)

    def _after_command(self, state: SessionState, command: str) -> SessionState | None:
        here = replace(state, asking=Asking.NOTHING, pain="", is_tapped=False)
        command = _meant(state, command)
        match command:
            case "stop":
                # Somebody who stops because it hurts is asked about that all the same.
                pain = UNSURE if state.asking is Asking.WHERE else ""
                return replace(here, status=Status.STOPPED, move=Move.STOPPED, pain=pain)
            case "pause":
                return replace(state, asking=Asking.GO_ON, move=Move.PAUSE)
            case "from_the_start":
                return replace(here, place=0, part=0, easier=False, move=Move.BEGIN)
            case "skip":
                return self._at(here, state.place + 1, Move.SHOW)
            case "easier":
                has_one = self.entry(state).easier is not None
                return replace(here, easier=has_one, move=Move.EASIER if has_one else Move.NO_EASIER)
            case "repeat" | "how_many":
                return replace(here, move=Move(command))
            case "back":
                if state.part == 0:
                    return replace(here, move=Move.AT_START)
                return replace(here, part=state.part - 1, move=Move.SHOW)
            case "done" | "next":
                if state.asking is Asking.GO_ON and command == "next":
                    return replace(here, move=Move.REPEAT if state.part else Move.SHOW)
                if state.part + 1 < len(self.parts(state)):
                    return replace(here, part=state.part + 1, move=Move.SHOW)
                return self._at(here, state.place + 1, Move.SHOW)
        return None

    def _at(self, state: SessionState, place: int, move: Move) -> SessionState:
        """Return the state at the beginning of an exercise that suits, or at the end."""
        while place < len(state.exercises) and self._is_unsuited(state.exercises[place], state.conditions):
            state = replace(state, left_out=(*state.left_out, state.exercises[place]))
            place += 1
        after = replace(state, place=place, part=0, easier=False)
        if place < len(state.exercises):
            return replace(after, move=move)
        return replace(after, status=Status.DONE, asking=Asking.NOTHING, move=Move.DONE)

    def _hurt(self, state: SessionState, heard: Heard) -> SessionState:
        """Return the state after "it hurts": the question, unless the same message answers it."""
        stopped = replace(state, asking=Asking.WHERE, move=Move.HURTS, pain="", is_tapped=False)
        kind = pain_in(heard.text, self._words)
        return self._after_pain(stopped, kind, tapped=False) if kind else stopped

    def _after_where(self, state: SessionState, heard: Heard, tapped: str) -> SessionState | None:
        kind = tapped if tapped in (*PAINS, UNSURE) else pain_in(heard.text, self._words)
        if kind:
            return self._after_pain(state, kind, tapped=bool(tapped))
        command = tapped or command_in(heard.text, self._words)
        if command == "why" or heard.intent == Intent.ASK_WHY:
            return replace(state, move=Move.WHY)
        if command in {"stop", "skip", "easier"}:
            return self._after_command(state, command)
        is_question = heard.confidence >= _SURE and heard.intent not in _NO_QUESTIONS
        if is_question and not complains(heard.text, self._words):
            return None
        # "No idea", or words that no list knows: taken for more than a mild pull.
        return self._after_pain(state, UNSURE, tapped=False)

    def _after_pain(self, state: SessionState, kind: str, *, tapped: bool) -> SessionState:
        if kind == "mild":
            return replace(state, pain=kind, asking=Asking.GO_ON, move=Move.MILD)
        after = self._at(
            replace(state, pain=kind, is_tapped=tapped, left_out=(*state.left_out, state.exercise)),
            state.place + 1,
            Move.LEFT_OUT,
        )
        # Even after the last exercise the signs of the pain come first.
        return replace(after, move=Move.LEFT_OUT, asking=Asking.GO_ON)

    def _unsuited(self, state: SessionState, heard: Heard) -> SessionState | None:
        """Return the state after a message that names a condition which the exercise does not suit."""
        named = [condition.id for condition in self._knowledge.conditions_in(heard.text)]
        conditions = tuple(dict.fromkeys((*state.conditions, *named)))
        if not named or not self._is_unsuited(state.exercise, conditions):
            return None
        left_out = (*state.left_out, state.exercise)
        after = self._at(replace(state, conditions=conditions, left_out=left_out), state.place + 1, Move.UNSUITED)
        return replace(after, move=Move.UNSUITED, asking=Asking.GO_ON)

    def _named(self, heard: Heard) -> tuple[str, ...]:
        if heard.entry.startswith("exercise."):
            return (heard.entry,)
        said = f" {' '.join(heard.text.casefold().replace('-', ' ').split())} "
        return tuple(
            entry.id
            for entry in self._knowledge.of_group("exercise")
            if any(f" {name.casefold().replace('-', ' ')} " in said for name in (entry.title, *entry.names))
        )[:MOST_EXERCISES]

    def _suited(self, exercises: Sequence[str], conditions: Collection[str]) -> tuple[str, ...]:
        return tuple(exercise for exercise in exercises if not self._is_unsuited(exercise, conditions))

    def _is_unsuited(self, exercise: str, conditions: Collection[str]) -> bool:
        return bool(self._knowledge.exclusions(self._knowledge.entry(exercise), conditions))


def _meant(state: SessionState, command: str) -> str:
    """Return what a command means where the session stands: after a break "ok, back" says that the person is."""
    if command == "no":
        return "stop" if state.asking is Asking.GO_ON else "pause"
    return "next" if command == "back" and state.move is Move.PAUSE else command


# Understood as nothing that the assistant could answer.
_ASIDES = frozenset({Intent.OUT_OF_SCOPE, Intent.NLU_FALLBACK})
# Intents that answer "where does it hurt?" rather than ask something else.
_NO_QUESTIONS = frozenset(
    {Intent.AFFIRM, Intent.DENY, Intent.CHOOSE_ITEM, Intent.OUT_OF_SCOPE, Intent.NLU_FALLBACK, Intent.REPORT_PAIN, ""}
)
