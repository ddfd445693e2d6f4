"""What people wrote last, in their own words, so that two models can be asked how they read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backstride.studio.summary import is_typed, message_key, shown_text

if TYPE_CHECKING:
    from backstride.studio.index import ConversationIndex
    from backstride.studio.tracker_events import TrackerEvents

RECENT = 500


@dataclass(frozen=True, slots=True)
class RecentMessage:
    """A message, unmasked: never shown, never written down.

    Args:
        conversation: the conversation's label.
        key: names the message inside it.
        text: the person's words.
    """

    conversation: str
    key: str
    text: str


def recent_messages(index: ConversationIndex, events: TrackerEvents, limit: int = RECENT) -> list[RecentMessage]:
    """Return the newest messages, each wording once.

    Args:
        index: of the tracker store; knows which messages are the newest.
        events: the tracker store; knows their words.
        limit: how many at most.
    """
    wanted = index.recent_messages(limit)
    senders = {label: sender for label in {m.conversation for m in wanted} if (sender := index.sender_of(label))}
    listed = events.listed_events(list(senders.values()))
    words = {
        (label, message_key(event)): shown_text(event)
        for label, sender in senders.items()
        for event in listed[sender]
        if event.get("event") == "user" and is_typed(event)
    }
    found: dict[str, RecentMessage] = {}
    for message in wanted:
        text = words.get((message.conversation, message.key))
        if text:
            found.setdefault(" ".join(text.casefold().split()), RecentMessage(message.conversation, message.key, text))
    return list(found.values())
