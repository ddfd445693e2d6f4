"""A conversation turn by turn: what the person saw, and beside it what the assistant thought. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backstride.studio.summary import intent_of, is_typed, message_key, shown_text
from backstride.vocabulary import ActionName

LISTEN = "action_listen"
_SILENT = frozenset({LISTEN, "action_session_start"})


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardEntity:
    """An entity that was found, with the words that it was found in."""

    entity: str
    role: str
    value: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardFlag:
    """A warning sign that was heard, with its words."""

    id: str
    state: str
    urgency: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonMessage:
    """What a person wrote or tapped, and how it was read.

    Args:
        key: names the message inside its conversation.
        at: seconds since 1970.
        text: as the person saw it, masked unless asked for otherwise.
        is_masked: whether something in the text is hidden.
        is_typed: whether it is their own words.
        intent: the best reading.
        confidence: of it, 0 to 1.
        ranking: all readings, best first.
        others: other topics that the message asks about.
        entities: what was found in the words.
        flags: warning signs that were heard.
    """

    key: str
    at: float
    text: str
    is_masked: bool
    is_typed: bool
    intent: str
    confidence: float
    ranking: tuple[tuple[str, float], ...]
    others: tuple[str, ...]
    entities: tuple[HeardEntity, ...]
    flags: tuple[HeardFlag, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """An action that was chosen, by which policy, how surely."""

    action: str
    policy: str
    confidence: float | None


@dataclass(slots=True, kw_only=True)
class Reply:
    """What the assistant said."""

    id: str
    text: str
    buttons: tuple[str, ...]
    knowledge: tuple[str, ...]
    urgency: str
    flags: tuple[str, ...]
    thumb: str = ""
    thumb_words: str = ""


@dataclass(slots=True, kw_only=True)
class Turn:
    """A message of the person, None before the first one, and what followed.

    Args:
        message: what the person said.
        decisions: the actions, without those that say nothing.
        replies: what the person read.
        safety_move: what the safety rules decided in this turn, or "".
    """

    message: PersonMessage | None = None
    decisions: list[Decision] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    safety_move: str = ""

    @property
    def is_safety(self) -> bool:
        """Whether the safety policy took the turn."""
        return any(decision.action in ActionName.SAFETY for decision in self.decisions)


def turns_of(events: Iterable[Mapping[str, Any]], masked: Callable[[str], str]) -> list[Turn]:
    """Return the turns of a conversation.

    Args:
        events: all events as Rasa keeps them, in their order.
        masked: hides what is personal in a text; the identity to show it.
    """
    turns: list[Turn] = [Turn()]
    by_id: dict[str, Reply] = {}
    answering = "start"
    for event in events:
        turn = turns[-1]
        match event.get("event"):
            case "user":
                turns.append(Turn(message=_message(event, masked)))
                # The web channel names a reply after the message that it answers; thumbs name the reply.
                metadata = event.get("metadata") or {}
                stamp = round(float(event.get("timestamp") or 0) * 1e6)
                answering = str(metadata.get("client_id") or f"u{stamp}")
            case "action" if event.get("name") not in _SILENT:
                turn.decisions.append(_decision(event))
            case "slot" if event.get("name") == "safety":
                turn.safety_move = str((event.get("value") or {}).get("move") or "")
            case "bot":
                feedback = (event.get("metadata") or {}).get("feedback")
                if feedback:
                    _rate(by_id.get(str(feedback.get("message"))), feedback, masked)
                elif reply := _reply(event, f"{answering}.r{len(turn.replies)}", masked):
                    turn.replies.append(reply)
                    by_id[reply.id] = reply
            case _:
                pass
    return [turn for turn in turns if turn.message or turn.replies]


def _message(event: Mapping[str, Any], masked: Callable[[str], str]) -> PersonMessage:
    parsed = event.get("parse_data") or {}
    text = shown_text(event)
    shown = masked(text)
    intent, confidence = intent_of(event)
    return PersonMessage(
        key=message_key(event),
        at=float(event.get("timestamp") or 0.0),
        text=shown,
        is_masked=shown != text,
        is_typed=is_typed(event),
        intent=intent,
        confidence=confidence,
        ranking=tuple((str(r["name"]), float(r["confidence"])) for r in parsed.get("intent_ranking") or ()),
        others=tuple(str(reading["name"]) for reading in parsed.get("other_intents") or ()),
        entities=tuple(
            _entity(entity, str(event.get("text") or ""), masked) for entity in parsed.get("entities") or ()
        ),
        flags=tuple(
            HeardFlag(
                id=str(flag.get("id")),
                state=str(flag.get("state")),
                urgency=str(flag.get("urgency") or ""),
                evidence=masked(str(flag.get("evidence") or "")),
            )
            for flag in parsed.get("red_flags") or ()
        ),
    )


def _entity(entity: Mapping[str, Any], text: str, masked: Callable[[str], str]) -> HeardEntity:
    start, end = entity.get("start"), entity.get("end")
    value = entity.get("value")
    if isinstance(value, Mapping):
        value = " ".join(str(part) for part in value.values() if part is not None)
    return HeardEntity(
        entity=str(entity.get("entity")),
        role=str(entity.get("role") or ""),
        value=masked(str(value)),
        words=masked(text[start:end]) if isinstance(start, int) and isinstance(end, int) else "",
    )


def _decision(event: Mapping[str, Any]) -> Decision:
    confidence = event.get("confidence")
    return Decision(
        action=str(event.get("name") or event.get("action_text") or ""),
        # Rasa writes "policy_0_RulePolicy" in some versions.
        policy=str(event.get("policy") or "").rpartition("_")[2],
        confidence=None if confidence is None else float(confidence),
    )


def _reply(event: Mapping[str, Any], identity: str, masked: Callable[[str], str]) -> Reply | None:
    data, metadata = event.get("data") or {}, event.get("metadata") or {}
    text = str(event.get("text") or "")
    offered: Sequence[Mapping[str, Any]] = [*(data.get("buttons") or ()), *(data.get("quick_replies") or ())]
    buttons = tuple(str(button["title"]) for button in offered if button.get("title"))
    if not text and not buttons:
        return None
    return Reply(
        id=identity,
        text=masked(text) if metadata.get("personal") else text,
        buttons=buttons,
        knowledge=tuple(metadata.get("knowledge") or ()),
        urgency=str(metadata.get("urgency") or ""),
        flags=tuple(metadata.get("red_flags") or ()),
    )


def _rate(reply: Reply | None, feedback: Mapping[str, Any], masked: Callable[[str], str]) -> None:
    if reply is not None:
        reply.thumb = str(feedback.get("value") or "")
        reply.thumb_words = masked(str(feedback.get("words") or ""))
