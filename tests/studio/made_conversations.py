"""Conversations as Rasa keeps them, made for the studio's tests: no model is needed."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from backstride.studio.tracker_events import _EVENTS

_numbers = itertools.count(1)
START = 1_790_000_000.0

Event = dict[str, Any]


def user(
    text: str,
    intent: str = "report_pain",
    confidence: float = 0.9,
    *,
    at: float = START,
    ranking: Sequence[tuple[str, float]] = (),
    entities: Sequence[Mapping[str, Any]] = (),
    flags: Sequence[Mapping[str, Any]] = (),
    channel: str = "web",
    title: str = "",
    key: str = "",
) -> Event:
    """Return what is kept of a person's message."""
    key = key or f"m{next(_numbers):06d}"
    readings = list(ranking) or [(intent, confidence), ("relief_general", round(1 - confidence, 3))]
    return {
        "event": "user",
        "timestamp": at,
        "text": text,
        "input_channel": channel,
        "message_id": key,
        "metadata": {"client_id": f"client-{key}"} | ({"title": title} if title else {}),
        "parse_data": {
            "intent": {"name": intent, "confidence": confidence},
            "intent_ranking": [{"name": name, "confidence": share} for name, share in readings],
            "entities": list(entities),
            "red_flags": list(flags),
            "other_intents": [],
        },
    }


def action(name: str, policy: str | None = "RulePolicy", confidence: float = 1.0, *, at: float = START) -> Event:
    """Return what is kept of an action."""
    return {"event": "action", "timestamp": at, "name": name, "policy": policy, "confidence": confidence}


def bot(text: str, *, at: float = START, buttons: Sequence[str] = (), **metadata: Any) -> Event:
    """Return what is kept of what the assistant said."""
    data = {"buttons": [{"title": title, "payload": f"/x{n}"} for n, title in enumerate(buttons)]} if buttons else {}
    return {"event": "bot", "timestamp": at, "text": text, "data": data, "metadata": metadata}


def thumb(message: Event, value: str = "down", words: str = "") -> Event:
    """Return what is kept of a thumb on the first answer to a message."""
    told = {"message": f"{message['metadata']['client_id']}.r0", "value": value, "words": words}
    return {"event": "bot", "timestamp": message["timestamp"], "text": None, "data": {}, "metadata": {"feedback": told}}


def slot(name: str, value: Any, *, at: float = START) -> Event:
    """Return what is kept of a slot."""
    return {"event": "slot", "timestamp": at, "name": name, "value": value}


class Store:
    """A tracker store's table in a SQLite file or another database."""

    def __init__(self, url: str) -> None:
        self.engine = sa.create_engine(url)
        _EVENTS.metadata.create_all(self.engine)

    def add(self, sender: str, events: Iterable[Event]) -> None:
        """Append events to a conversation, as Rasa does."""
        rows = [
            {
                "sender_id": sender,
                "type_name": event["event"],
                "timestamp": event["timestamp"],
                "intent_name": None,
                "action_name": event.get("name"),
                "data": json.dumps(event),
            }
            for event in events
        ]
        with self.engine.begin() as connection:
            connection.execute(_EVENTS.insert(), rows)

    def erase(self, sender: str) -> None:
        """Remove a conversation, as "forget me" does."""
        with self.engine.begin() as connection:
            connection.execute(_EVENTS.delete().where(_EVENTS.c.sender_id == sender))

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def store_at(path: Path) -> Store:
    """Return a store in a SQLite file."""
    return Store(f"sqlite:///{path}")


_TEXTS = (
    "my lower back aches since the long run on sunday",
    "is a hot water bottle any good",
    "how do i stop this from coming back",
    "can i keep running with it",
    "what stretches help right now",
)
_STRAY = (
    "which insoles would you buy",
    "what insoles are best for flat feet",
    "do i need new insoles",
    "can i claim the physio on my insurance",
    "does insurance pay for physio",
    "how do i book an appointment with you",
)


def a_conversation(number: int, *, at: float) -> list[Event]:
    """Return a conversation of a few turns; equal numbers give equal ones."""
    pick = random.Random(number)
    events: list[Event] = [{"event": "session_started", "timestamp": at}, action("action_listen", None, at=at)]
    for turn in range(pick.randint(2, 5)):
        now = at + 20 * turn
        stray = pick.random() < 0.15
        text = pick.choice(_STRAY if stray else _TEXTS)
        intent = "nlu_fallback" if stray else "relief_heat"
        said = user(text, intent, 0.2 if stray else pick.uniform(0.4, 0.99), at=now)
        events += [said, action("action_not_understood" if stray else "action_give_relief", at=now)]
        events += [bot("A warm towel for 15 to 20 minutes eases many people's backs.", at=now)]
        events += [action("action_listen", at=now)]
        if pick.random() < 0.05:
            events.append(thumb(said))
    return events


def letters(texts: Sequence[str]) -> np.ndarray:
    """Return vectors by the words of a text: enough to tell what is near, in no time."""
    vectors = np.zeros((len(texts), 384), np.float32)
    for row, text in enumerate(texts):
        for word in text.lower().split():
            vectors[row, int(hashlib.sha256(word.encode()).hexdigest(), 16) % 384] += 1
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
