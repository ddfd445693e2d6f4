"""Conversations that the assistant leads: which of them is open, which begins, and what an interruption does to them.

A led conversation (the check-in, a stretch session, "can I run today?") is a pure state machine that keeps its state as
JSON. This module decides who gets a message: the open one first; then one that the message begins; else nobody, and
the rest of the dialogue answers. After such an answer the open one says its question again, so nothing is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol

Kept = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One thing that a message says in numbers or names: the entity, its role, and its normalised value."""

    entity: str
    value: Any
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message as far as it can be an answer: the words, and what was found in them."""

    text: str
    mentions: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A message, and what a led conversation may need to know beside it.

    Args:
        text: what the person wrote; "" for a tapped button.
        asks: whether it asks something.
        intent: how it was understood.
        confidence: how surely, 0 to 1.
        choice: what a tapped button of a led conversation says, such as "check_in:place:lower", or "".
        entry: the entry of the knowledge file that a tapped button names, or an exercise that is all it says, or "".
        mentions: scores, places, days … that it holds.
        earlier: what the person wrote before in this session, oldest first.
        listed: the entries of the last numbered list.
        conditions: ids of conditions that the person has named, as far as they hold.
        over: ids of conditions that the message takes back.
        flags: warning signs that it says are there.
        flags_before: and those that were said before it.
        spoke: the action whose words the person read last.
        set_reminder: whether a reminder was set in the turn before.
        is_for_safety: whether it has just answered a question about a warning sign: "no" is then no answer here.
        is_reply: whether what the person read last was the open conversation's own question.
        today: the day.
    """

    text: str = ""
    asks: bool = False
    intent: str = ""
    confidence: float = 0.0
    choice: str = ""
    entry: str = ""
    mentions: tuple[Mention, ...] = ()
    earlier: tuple[Said, ...] = ()
    listed: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    flags_before: tuple[str, ...] = ()
    spoke: str = ""
    set_reminder: bool = False
    is_for_safety: bool = False
    is_reply: bool = True
    today: date = field(default_factory=date.today)


class Machine(Protocol):
    """A conversation that the assistant leads."""

    @property
    def name(self) -> str:
        """The name that its state is kept under."""

    @property
    def action(self) -> str:
        """The action that says what its state calls for."""

    def starts(self, heard: Heard, kept: Kept | None) -> bool:
        """Return whether a message begins it, or takes it up again; `kept` is its last state."""

    def start(self, heard: Heard, kept: Kept | None) -> Kept:
        """Return the state at its beginning."""

    def hear(self, kept: Kept, heard: Heard) -> Kept | None:
        """Return the state after a message, or None where the message is about something else."""

    def again(self, kept: Kept) -> Kept:
        """Return the state that says the open question once more, after something else was answered."""

    def is_open(self, kept: Kept) -> bool:
        """Return whether it still waits for the person."""

    def is_silent(self, kept: Kept) -> bool:
        """Return whether it only takes note, so that something else answers the message."""

    def is_stopped(self, kept: Kept) -> bool:
        """Return whether the person has just asked it to stop."""

    def stopped(self, kept: Kept) -> Kept:
        """Return the state put down where it is, because another one was asked to stop."""

    def notes(self, before: Kept | None, after: Kept) -> bool:
        """Return whether a message that a question about a warning sign answers may still do this to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guided:
    """All led conversations of one person.

    Args:
        open: the names of those that wait for an answer; the last one gets the next message.
        states: the last state of each.
    """

    open: tuple[str, ...] = ()
    states: Mapping[str, Kept] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as it is kept in the conversation."""
        return {"open": list(self.open), "states": dict(self.states)}

    @classmethod
    def from_json(cls, kept: Kept | None) -> Guided:
        """Return what was kept; nothing kept is nothing open."""
        return cls(open=tuple(kept["open"]), states=kept["states"]) if kept else cls()

    def state(self, name: str) -> Kept | None:
        """Return the last state of one, or None where it never began."""
        return self.states.get(name)


def put_down(guided: Guided, name: str, state: Kept, *, is_open: bool) -> Guided:
    """Return the led conversations after the action of one has changed its state."""
    others = tuple(each for each in guided.open if each != name)
    return replace(guided, open=(*others, name) if is_open else others, states={**guided.states, name: dict(state)})


@dataclass(frozen=True, slots=True)
class Step:
    """What comes of a message: the led conversations after it, and the action that speaks, or None for nobody."""

    guided: Guided
    action: str | None = None


def hear(guided: Guided, heard: Heard, machines: Sequence[Machine]) -> Step:
    """Return what a message does: the open conversation gets it first, then one that it begins."""
    open_one = _open_one(guided, machines)
    if open_one is not None:
        after = open_one.hear(guided.states[open_one.name], heard)
        if after is not None:
            step = _spoken(guided, open_one, after)
            if open_one.is_stopped(after):
                # Somebody who has had enough is asked nothing by the others either.
                return replace(step, guided=_all_stopped(step.guided, machines))
            if step.action is not None:
                return step
            guided = step.guided
    # "Sorry, it was 5" corrects what was read last.
    for machine in sorted(machines, key=lambda machine: machine.action != heard.spoke):
        kept = guided.state(machine.name)
        if machine is not open_one and machine.starts(heard, kept):
            return _spoken(guided, machine, machine.start(heard, kept))
    return Step(guided)


def note(guided: Guided, heard: Heard, machines: Sequence[Machine], *, may_start: bool) -> Step:
    """Return what a message does besides, which a question or a referral about a warning sign has answered.

    What it tells is kept, and a conversation that it begins comes afterwards: nothing is lost by being asked first.

    Args:
        guided: the conversations before it.
        heard: the message.
        machines: all of them.
        may_start: whether it may begin one.
    """
    step = hear(guided, heard, machines)
    is_new = not set(step.guided.open) <= set(guided.open)
    changed = [m for m in machines if step.guided.state(m.name) != guided.state(m.name)]
    is_noted = all(m.notes(guided.state(m.name), step.guided.states[m.name]) for m in changed)
    return step if changed and is_noted and (may_start or not is_new) else Step(guided)


def opening_later(before: Guided, after: Guided) -> Guided:
    """Return the conversations with a mark on one that begins while something more urgent is asked."""
    begun = {name: {**after.states[name], "opening": "later"} for name in after.open if name not in before.open}
    return replace(after, states={**after.states, **begun})


def take_up(guided: Guided, machines: Sequence[Machine]) -> Step:
    """Return the open conversation's question once more, after something else was answered."""
    machine = _open_one(guided, machines)
    if machine is None:
        return Step(guided)
    return _spoken(guided, machine, machine.again(guided.states[machine.name]))


def _open_one(guided: Guided, machines: Sequence[Machine]) -> Machine | None:
    name = guided.open[-1] if guided.open else None
    return next((machine for machine in machines if machine.name == name), None)


def _all_stopped(guided: Guided, machines: Sequence[Machine]) -> Guided:
    stopped = {
        machine.name: dict(machine.stopped(guided.states[machine.name]))
        for machine in machines
        if machine.name in guided.open
    }
    return replace(guided, open=(), states={**guided.states, **stopped})


def _spoken(guided: Guided, machine: Machine, after: Kept) -> Step:
    others = tuple(name for name in guided.open if name != machine.name)
    action = None if machine.is_silent(after) else machine.action
    return Step(
        replace(
            guided,
            open=(*others, machine.name) if machine.is_open(after) else others,
            states={**guided.states, machine.name: dict(after)},
        ),
        action,
    )
