"""What all actions share: reading the tracker into a value, sending an answer, failing calmly."""

from __future__ import annotations

import functools
import logging
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from backstride.answers import Answer, Answers
from backstride.knowledge import Knowledge, load_knowledge
from backstride.vocabulary import Entity, Response, Slot
from backstride.wording import load_wording

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What an action needs to know of the conversation.

    Args:
        text: what the person wrote last.
        intent: how it was understood.
        ranking: intents with their confidence, best first.
        entry: the entry that a tapped button names.
        thread: the entry that the conversation is about.
        listed: the entries of the last numbered list.
        shown: all entries shown so far.
        conditions: ids of conditions that the person has named.
        misses: messages in a row that were not understood.
    """

    text: str
    intent: str
    ranking: tuple[tuple[str, float], ...] = ()
    entry: str | None = None
    thread: str | None = None
    listed: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    misses: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What an action sends, and which slots change beyond those that follow from the answer."""

    answer: Answer | None = None
    response: str | None = None
    slots: Mapping[str, Any] = field(default_factory=dict)


@functools.lru_cache(maxsize=1)
def knowledge() -> Knowledge:
    """Return the process's one copy of the knowledge file."""
    return load_knowledge()


@functools.lru_cache(maxsize=1)
def answers() -> Answers:
    """Return the process's one composer of answers."""
    return Answers(knowledge(), load_wording())


class AnswerAction(Action, ABC):  # type: ignore[misc]  # rasa_sdk ships no types
    """An action that turns a conversation's state into one answer."""

    action_name: ClassVar[str]

    def name(self) -> str:
        """Return the action's name in the domain."""
        return self.action_name

    @abstractmethod
    def reply(self, turn: Turn) -> Reply:
        """Return what to say in this turn; pure."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]  # noqa: ARG002
    ) -> list[dict[str, Any]]:
        """Answer; where that fails, say one calm sentence and log the cause under an id, without message text."""
        try:
            turn = read_turn(tracker)
            reply = self.reply(turn)
            send(dispatcher, reply)
            return changed_slots(turn, reply)
        except Exception:
            incident = uuid.uuid4().hex[:8]
            logger.exception("%s failed (incident %s)", self.action_name, incident)
            dispatcher.messages.clear()
            dispatcher.utter_message(response=Response.SOMETHING_WENT_WRONG, incident=incident)
            return []


def read_turn(tracker: Tracker) -> Turn:
    """Turn rasa_sdk's tracker into the frozen value that actions work on."""
    message = tracker.latest_message
    ranking = message.get("intent_ranking") or []
    return Turn(
        text=message.get("text") or "",
        intent=(message.get("intent") or {}).get("name") or "",
        ranking=tuple((reading["name"], float(reading["confidence"])) for reading in ranking),
        entry=next(tracker.get_latest_entity_values(Entity.ENTRY), None),
        thread=tracker.get_slot(Slot.THREAD),
        listed=tuple(tracker.get_slot(Slot.LISTED) or ()),
        shown=tuple(tracker.get_slot(Slot.SHOWN) or ()),
        conditions=tuple(tracker.get_slot(Slot.CONDITIONS) or ()),
        misses=int(tracker.get_slot(Slot.MISSES) or 0),
    )


def send(dispatcher: CollectingDispatcher, reply: Reply) -> None:
    """Hand a reply to Rasa: text, buttons, and the metadata that channels draw cards from."""
    answer = reply.answer
    if reply.response is not None:
        buttons = [{"title": b.title, "payload": b.payload} for b in answer.buttons] if answer else None
        dispatcher.utter_message(response=reply.response, buttons=buttons)
    elif answer is not None:
        dispatcher.utter_message(
            text=answer.text,
            buttons=[{"title": button.title, "payload": button.payload} for button in answer.buttons],
            knowledge=list(answer.knowledge),
        )


def changed_slots(turn: Turn, reply: Reply) -> list[dict[str, Any]]:
    """Return the events that remember what was said: thread, list, entries shown."""
    slots: dict[str, Any] = {Slot.MISSES: 0, **reply.slots}
    answer = reply.answer
    if answer is not None:
        if answer.thread is not None:
            slots.setdefault(Slot.THREAD, answer.thread)
        if answer.listed:
            slots[Slot.LISTED] = list(answer.listed)
        if answer.knowledge:
            slots[Slot.SHOWN] = list(dict.fromkeys((*turn.shown, *answer.knowledge)))
    return [SlotSet(name, value) for name, value in slots.items()]
