"""A conversation as a person saw it, rebuilt from the events that Rasa keeps.

The tracker is the only memory: texts, chosen buttons, cards, order and times all come from its events, so any server
that reads the same tracker store shows the same conversation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rasa.shared.core.events import BotUttered, Event, UserUttered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from backstride.channels.cards import Cards

# Keys of a bot message's metadata that the widget knows what to do with; everything else stays on the server.
PASSED_ON = (
    *("knowledge", "urgency", "red_flags", "referral", "numbers", "heading", "sources"),
    *("asks", "ask", "several", "plan", "copy", "session", "chart", "file"),
)
# Most urgent first; a message with one of these is pinned.
PINNED_URGENCIES = ("emergency_now", "same_day", "doctor_days")
CLEARED = "cleared"
# Stands before a typed "/", so that Rasa reads the text as text. It is invisible and no blank that Rasa strips.
NEUTRAL = "\u2060"
_LOOKS_LIKE_PAYLOAD = re.compile(r"^[\s\u200b-\u200f\u2060\ufeff]*/")
_EXTERNAL = "EXTERNAL: "
# A line break and a tab may stand in a message; other control characters may not (Postgres refuses NUL).
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Offer:
    """A button that the assistant offered."""

    title: str
    payload: str


def clean_text(text: str) -> str:
    """Return a typed text as it can be stored: no control characters, no half characters, no outer blanks."""
    return _CONTROL.sub("", text.replace("\r\n", "\n")).encode("utf-8", "replace").decode("utf-8").strip()


def as_plain_text(text: str) -> str:
    """Return a typed text so that Rasa cannot take it for an intent with entities."""
    return NEUTRAL + text if _LOOKS_LIKE_PAYLOAD.match(text) else text


class Transcript:
    """Rebuilds messages. Made for one conversation, or for the answer to one message.

    A bot message is named after the message that it answers and its place in the answer: Rasa changes the times of
    events until they are stored, so that a time would not name the same message in a stream and in the tracker.

    Args:
        cards: draws the cards.
        answering: the id of the message whose answer is rebuilt.
    """

    def __init__(self, cards: Cards, answering: str = "start") -> None:
        self._cards = cards
        self._answering = answering
        self._replies = 0
        self._taken: set[str] = set()
        self._turn_is_new = True
        self.offered: dict[str, Offer] = {}
        """The buttons of the assistant's last turn by their ids; only these may be pressed."""

    def of_events(self, events: Iterable[Event]) -> list[Message]:
        """Return all messages in their order."""
        messages: dict[str, Message] = {}
        for event in events:
            metadata = event.metadata or {}
            if isinstance(event, UserUttered):
                message = self._of_person(event)
                chosen = metadata.get("button") or self._typed_choice(event)
                if message is not None and chosen in self.offered:
                    messages[chosen.rpartition(".")[0]]["chosen"] = chosen
            elif isinstance(event, BotUttered) and metadata.get("feedback"):
                message = None
                self._mark(messages, metadata["feedback"])
            elif isinstance(event, BotUttered):
                message = self.of_bot(event.message())
            else:
                continue
            if message is not None:
                messages[message["id"]] = message
        return list(messages.values())

    def of_bot(self, said: Mapping[str, Any]) -> Message | None:
        """Return what the widget gets of a bot message, or None for one that shows nothing.

        Args:
            said: text, buttons and timestamp, and beside them the keys of the metadata, as Rasa hands them to an
                output channel.
        """
        text = said.get("text") or ""
        offers = _offers(said)
        if not text and not offers:
            return None
        identity = f"{self._answering}.r{self._replies}"
        self._replies += 1
        message: Message = {"id": identity, "from": "bot", "text": text, "at": float(said.get("timestamp") or 0.0)}
        message |= {key: said[key] for key in PASSED_ON if said.get(key)}
        card = self._cards.of_message(text, said.get("knowledge") or ())
        if card is not None:
            message["card"], after = card
            if after:
                message["after"] = after
        exercise = self._cards.of_session(said.get("session") or {})
        if exercise is not None:
            message["exercise"] = exercise
        if self._turn_is_new:
            self.offered.clear()
            self._turn_is_new = False
        for number, offer in enumerate(offers):
            more = {
                "picture": self._cards.picture_behind(offer.payload),
                "does": self._cards.led_choice(offer.payload, said.get("question")),
            }
            button = {"id": f"{identity}.{number}", "title": offer.title}
            message.setdefault("buttons", []).append(button | {key: value for key, value in more.items() if value})
            self.offered[button["id"]] = offer
        return message

    def _of_person(self, event: UserUttered) -> Message | None:
        metadata = event.metadata or {}
        identity = wanted = str(metadata.get("client_id") or f"u{round(event.timestamp * 1e6)}")
        number = 1
        while identity in self._taken:
            number += 1
            identity = f"{wanted}-{number}"
        self._taken.add(identity)
        self._answering, self._replies, self._turn_is_new = identity, 0, True
        text = metadata.get("title") or event.text or ""
        # Intents that a program triggered, and payloads of other channels, are not the person's words.
        if not text or text.startswith(_EXTERNAL) or (text.startswith("/") and "title" not in metadata):
            return None
        return {"id": identity, "from": "person", "text": text.removeprefix(NEUTRAL), "at": event.timestamp}

    def _typed_choice(self, event: UserUttered) -> str | None:
        """Return the button whose title somebody typed: the text was then understood as its payload."""
        understood = (event.parse_data or {}).get("text")
        return next((button for button, offer in self.offered.items() if offer.payload == understood), None)

    @staticmethod
    def _mark(messages: Mapping[str, Message], feedback: Mapping[str, Any]) -> None:
        message = messages.get(str(feedback.get("message")))
        if message is not None:
            message["feedback"] = feedback.get("value")


def pinned_among(messages: Sequence[Message]) -> Message | None:
    """Return the message that stays in sight: the most urgent since the last clearing.

    Of equals the newest one stays that says something new, another sign or another number: a question about a referral,
    or its repetition, does not take its place.
    """
    pinned: Message | None = None
    for message in messages:
        if message.get("referral") == CLEARED:
            pinned = None
        elif message.get("urgency") in PINNED_URGENCIES and _is_more_pressing(message, pinned):
            pinned = message
    return pinned


def answer_to(events: Sequence[Event], client_id: str, cards: Cards) -> list[Message] | None:
    """Return what was answered to a message, or None where it has not arrived yet."""
    answer: list[BotUttered] | None = None
    for event in events:
        if isinstance(event, UserUttered):
            if answer is not None:
                break
            if (event.metadata or {}).get("client_id") == client_id:
                answer = []
        elif answer is not None and isinstance(event, BotUttered):
            answer.append(event)
    return None if answer is None else Transcript(cards, answering=client_id).of_events(answer)


def offered_last(events: Iterable[Event], cards: Cards) -> dict[str, Offer]:
    """Return the buttons of the assistant's last turn by their ids; only these may be pressed."""
    transcript = Transcript(cards)
    transcript.of_events(events)
    return transcript.offered


def _offers(said: Mapping[str, Any]) -> list[Offer]:
    buttons = [*(said.get("buttons") or ()), *(said.get("quick_replies") or ())]
    return [Offer(str(b["title"]), str(b["payload"])) for b in buttons if b.get("title") and b.get("payload")]


def _is_more_pressing(message: Message, pinned: Message | None) -> bool:
    if pinned is None or message["urgency"] != pinned["urgency"]:
        ranks = PINNED_URGENCIES.index
        return pinned is None or ranks(message["urgency"]) < ranks(pinned["urgency"])
    return any(message.get(key) != pinned.get(key) for key in ("red_flags", "numbers"))
