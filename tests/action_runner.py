"""Run one action as the action server would: a small tracker in, messages and slots out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from backstride.safety import SafetyState

# A conversation in which the five checks before any exercise were answered.
CHECKED = SafetyState(screened=True).as_json()


@dataclass(frozen=True, slots=True)
class Said:
    """What an action sent and what it asked Rasa to remember.

    Args:
        messages: as the dispatcher holds them.
        events: as Rasa gets them.
    """

    messages: Sequence[Mapping[str, Any]]
    events: Sequence[Mapping[str, Any]]

    @property
    def text(self) -> str:
        """What the person reads."""
        return "\n\n".join(message.get("text") or "" for message in self.messages)

    @property
    def responses(self) -> list[str]:
        """The responses of the domain that were sent."""
        return [message["response"] for message in self.messages if message.get("response")]

    @property
    def titles(self) -> list[str]:
        """The titles of the buttons of the last message."""
        return [button["title"] for button in self.messages[-1]["buttons"]]

    @property
    def knowledge(self) -> list[str]:
        """The entries that the messages name in their metadata."""
        return [entry for message in self.messages for entry in message.get("knowledge", ())]

    @property
    def slots(self) -> dict[str, Any]:
        """The slots that were set."""
        return {event["name"]: event["value"] for event in self.events if event["event"] == "slot"}


def tracker(
    text: str = "",
    intent: str = "",
    *,
    slots: Mapping[str, Any] | None = None,
    entities: Mapping[str, str] | None = None,
    ranking: Sequence[tuple[str, float]] = (),
    others: Sequence[str] = (),
    last_said: str = "",
) -> Tracker:
    """Return a conversation whose last message is this one; the five checks are answered unless `slots` says else."""
    message = {
        "text": text,
        "intent": {"name": intent, "confidence": 1.0},
        "intent_ranking": [{"name": name, "confidence": confidence} for name, confidence in ranking],
        "entities": [{"entity": name, "value": value} for name, value in (entities or {}).items()],
    }
    parsed = {"other_intents": [{"name": name, "confidence": 0.9} for name in others]}
    before = [{"event": "bot", "text": last_said}] if last_said else []
    heard = [{"event": "action", "name": "action_listen"}, {"event": "user", "text": text, "parse_data": parsed}]
    events = [*before, *heard]
    return Tracker("a-person", {"safety": CHECKED, **(slots or {})}, message, events, False, None, {}, "action_listen")


def run(action: Action, *arguments: Any, **options: Any) -> Said:
    """Run an action on a conversation; the arguments are those of `tracker`."""
    return run_on(action, tracker(*arguments, **options))


def run_on(action: Action, conversation: Tracker) -> Said:
    """Run an action on a given conversation."""
    dispatcher = CollectingDispatcher()
    events = asyncio.run(action.run(dispatcher, conversation, {}))
    return Said(dispatcher.messages, events)
