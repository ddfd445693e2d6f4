"""What the inbox shows of a conversation, made from its events. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from backstride.vocabulary import ActionName, Intent

# A typed slash is kept from Rasa by an invisible character before it.
_NEUTRAL = "\u2060"
_PREVIEW = 160
# What is rather not asked of a message whose intent needs no words: a tapped button.
CERTAIN = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message of a person, masked, and how it was read.

    Args:
        key: names the message inside its conversation.
        at: seconds since 1970.
        text: what was written, masked.
        intent: how it was read.
        confidence: of that reading, 0 to 1.
        understood: whether it was answered as something the assistant knows.
        flags: the warning signs heard in it.
    """

    key: str
    at: float
    text: str
    intent: str
    confidence: float
    understood: bool
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the inbox shows of a conversation, what it is searched by, and its first message not understood."""

    channel: str
    first_at: float
    last_at: float
    messages: Sequence[Said]
    not_understood: int
    least_confidence: float
    thumbs_down: int
    flag_present: bool
    flag_asked: bool
    flag_cleared: bool
    unfinished: bool
    preview: str
    odd: str
    words: str


def message_key(event: Mapping[str, Any]) -> str:
    """Return what names a person's message inside its conversation."""
    return str(event.get("message_id") or f"u{round(float(event.get('timestamp') or 0) * 1e6)}")


def is_typed(event: Mapping[str, Any]) -> bool:
    """Return whether a person's message is their own words, and no tapped button and nothing a program sent."""
    text = str(event.get("text") or "")
    metadata = event.get("metadata") or {}
    return bool(text) and "title" not in metadata and not text.startswith(("/", "EXTERNAL: "))


def shown_text(event: Mapping[str, Any]) -> str:
    """Return a person's message as they see it: the title of a tapped button, or their words."""
    metadata = event.get("metadata") or {}
    return str(metadata.get("title") or event.get("text") or "").removeprefix(_NEUTRAL)


def is_understood(event: Mapping[str, Any]) -> bool:
    """Return whether the assistant read something in a message; the answer to it may still be that it does not know."""
    return intent_of(event)[0] not in {"", Intent.NLU_FALLBACK}


def intent_of(event: Mapping[str, Any]) -> tuple[str, float]:
    """Return how a message was read, and with which confidence."""
    intent = (event.get("parse_data") or {}).get("intent") or {}
    return str(intent.get("name") or ""), float(intent.get("confidence") or 0.0)


def summarise(events: Iterable[Mapping[str, Any]], masked: Callable[[str], str]) -> Summary:
    """Return what the inbox shows.

    Args:
        events: a conversation's events as Rasa keeps them, in their order.
        masked: hides what is personal in a text.
    """
    messages: list[Said] = []
    spoken: list[str] = []
    channel, first_at, last_at, down = "", 0.0, 0.0, {}
    present = asked = cleared = unfinished = False
    for event in events:
        at = float(event.get("timestamp") or 0.0)
        match event.get("event"):
            case "user":
                channel = channel or str(event.get("input_channel") or "")
                first_at, last_at = first_at or at, at
                if is_typed(event):
                    said = _said(event, at, masked)
                    messages.append(said)
                    spoken.append(said.text)
            case "action" if event.get("name") == ActionName.NOT_UNDERSTOOD and messages:
                # What the person was told counts: a message taken for something foreign is answered like that too.
                messages[-1] = replace(messages[-1], understood=False)
            case "bot":
                metadata = event.get("metadata") or {}
                feedback = metadata.get("feedback")
                if feedback:
                    down[str(feedback.get("message"))] = feedback.get("value") == "down"
                    spoken.append(masked(str(feedback.get("words") or "")))
                cleared = cleared or metadata.get("referral") == "cleared"
                spoken.append(str(event.get("text") or ""))
            case "slot" if event.get("name") == "safety":
                state = event.get("value") or {}
                present = present or any(sign.get("state") == "present" for sign in state.get("signs") or ())
                asked = asked or bool(state.get("asked"))
                cleared = cleared or str(state.get("move") or "").startswith("cleared")
            case "slot" if event.get("name") == "guided":
                unfinished = _is_unfinished(event.get("value"))
            case _:
                pass
    unsure = [said.confidence for said in messages]
    return Summary(
        channel=channel,
        first_at=first_at,
        last_at=last_at,
        messages=messages,
        not_understood=sum(not said.understood for said in messages),
        least_confidence=min(unsure, default=CERTAIN),
        thumbs_down=sum(down.values()),
        flag_present=present,
        flag_asked=asked,
        flag_cleared=cleared,
        unfinished=unfinished,
        preview=_preview(messages),
        odd=next((said.key for said in messages if not said.understood), ""),
        words="\n".join(filter(None, spoken)),
    )


def _said(event: Mapping[str, Any], at: float, masked: Callable[[str], str]) -> Said:
    intent, confidence = intent_of(event)
    flags = (event.get("parse_data") or {}).get("red_flags") or ()
    return Said(
        key=message_key(event),
        at=at,
        text=masked(shown_text(event)),
        intent=intent,
        confidence=confidence,
        understood=is_understood(event),
        flags=tuple(str(flag.get("id")) for flag in flags if flag.get("state") != "absent"),
    )


def _is_unfinished(guided: Any) -> bool:
    """Return whether the slot of the guided conversations holds one that was waits for an answer."""
    return isinstance(guided, Mapping) and bool(guided.get("open"))


def _preview(messages: Sequence[Said]) -> str:
    """Return the message that most likely needs a look: one not understood, else a long one."""
    odd = next((said for said in messages if not said.understood), None)
    chosen = odd or max(messages[:3], key=lambda said: len(said.text), default=None)
    text = " ".join(chosen.text.split()) if chosen else ""
    return text if len(text) <= _PREVIEW else f"{text[: _PREVIEW - 1]}…"
