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
PASSED_ON = ("knowledge", "urgency", "red_flags", "referral", "numbers", "heading", "ask", "plan", "timer")
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
    """Rebuilds messages; made for one conversation or one turn, since it keeps their ids apart."""

    def __init__(self, cards: Cards) -> None:
        self._cards = cards
        self._taken: set[str] = set()

    def of_events(self, events: Iterable[Event]) -> list[Message]:
        """Return all messages in their order."""
        messages: dict[str, Message] = {}
        payloads: dict[str, str] = {}
        for event in events:
            if isinstance(event, UserUttered):
                message = self._of_person(event)
                if message is None:
                    continue
                chosen = (event.metadata or {}).get("button") or _typed_choice(event, payloads)
                if chosen in payloads:
                    messages[chosen.rpartition(".")[0]]["chosen"] = chosen
                messages[message["id"]] = message
                payloads.clear()
            elif isinstance(event, BotUttered):
                feedback = (event.metadata or {}).get("feedback")
                if feedback:
                    _mark(messages.get(str(feedback.get("message"))), feedback)
                    continue
                message = self.of_bot(event.message())
                if message is None:
                    continue
                messages[message["id"]] = message
                payloads.update(
                    zip((b["id"] for b in message.get("buttons", ())), _payloads(event.message()), strict=True)
                )
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
        at = float(said.get("timestamp") or 0.0)
        message: Message = {"id": self._new_id(f"b{round(at * 1e6)}"), "from": "bot", "text": text, "at": at}
        message |= {key: said[key] for key in PASSED_ON if said.get(key)}
        card = self._cards.of_message(text, said.get("knowledge") or ())
        if card is not None:
            message["card"] = card
        if offers:
            message["buttons"] = [
                {"id": f"{message['id']}.{number}", "title": offer.title}
                | ({"picture": picture} if (picture := self._cards.picture_behind(offer.payload)) else {})
                for number, offer in enumerate(offers)
            ]
        return message

    def _of_person(self, event: UserUttered) -> Message | None:
        metadata = event.metadata or {}
        text = metadata.get("title") or event.text or ""
        # Intents that a program triggered, and payloads of other channels, are not the person's words.
        if not text or text.startswith(_EXTERNAL) or (text.startswith("/") and "title" not in metadata):
            return None
        identity = metadata.get("client_id") or f"u{round(event.timestamp * 1e6)}"
        return {
            "id": self._new_id(str(identity)),
            "from": "person",
            "text": text.removeprefix(NEUTRAL),
            "at": event.timestamp,
        }

    def _new_id(self, wanted: str) -> str:
        identity, number = wanted, 1
        while identity in self._taken:
            number += 1
            identity = f"{wanted}-{number}"
        self._taken.add(identity)
        return identity


def pinned_among(messages: Sequence[Message]) -> Message | None:
    """Return the message that stays in sight: the most urgent since the last clearing, of equals the newest."""
    pinned: Message | None = None
    for message in messages:
        if message.get("referral") == CLEARED:
            pinned = None
        elif message.get("urgency") in PINNED_URGENCIES and (
            pinned is None or _rank(message["urgency"]) <= _rank(pinned["urgency"])
        ):
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
    return None if answer is None else Transcript(cards).of_events(answer)


def offered_last(events: Sequence[Event], cards: Cards) -> dict[str, Offer]:
    """Return the buttons of the assistant's last turn by their ids; only these may be pressed."""
    said: list[BotUttered] = []
    for event in reversed(events):
        if isinstance(event, BotUttered):
            if event.text or (event.data or {}).get("buttons"):
                said.append(event)
        elif isinstance(event, UserUttered) and said:
            break
    transcript = Transcript(cards)
    offered: dict[str, Offer] = {}
    for event in reversed(said):
        message = transcript.of_bot(event.message())
        if message is not None:
            offered.update(zip((b["id"] for b in message.get("buttons", ())), _offers(event.message()), strict=True))
    return offered


def _offers(said: Mapping[str, Any]) -> list[Offer]:
    buttons = [*(said.get("buttons") or ()), *(said.get("quick_replies") or ())]
    return [Offer(str(b["title"]), str(b["payload"])) for b in buttons if b.get("title") and b.get("payload")]


def _payloads(said: Mapping[str, Any]) -> list[str]:
    return [offer.payload for offer in _offers(said)]


def _typed_choice(event: UserUttered, payloads: Mapping[str, str]) -> str | None:
    """Return the button whose title somebody typed: the text was then understood as its payload."""
    understood = (event.parse_data or {}).get("text")
    return next((button for button, payload in payloads.items() if payload == understood), None)


def _mark(message: Message | None, feedback: Mapping[str, Any]) -> None:
    if message is not None:
        message["feedback"] = feedback.get("value")


def _rank(urgency: str) -> int:
    return PINNED_URGENCIES.index(urgency)
