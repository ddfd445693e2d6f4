"""What arrived from a platform, in one shape for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote, unquote


class Kind(Enum):
    """What a delivery is; the value names the sentence of `knowledge/wording.yml` that answers it (`chat_<value>`)."""

    TEXT = "text"
    CLICK = "click"
    START = "start"
    HELP = "help"
    STOP = "stop"
    EDITED = "edited"
    PHOTO = "photo"
    VOICE = "voice"
    VIDEO = "video"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT = "contact"
    FILE = "file"
    OTHER = "other"

    @property
    def is_unreadable(self) -> bool:
        """Whether the assistant can only say that it cannot read such a thing."""
        return self in _UNREADABLE


_UNREADABLE = frozenset(
    {Kind.PHOTO, Kind.VOICE, Kind.VIDEO, Kind.STICKER, Kind.LOCATION, Kind.CONTACT, Kind.FILE, Kind.OTHER}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One thing that a person did on a platform.

    Args:
        conversation: the key of the person's conversation, from `conversation_key`.
        delivery: the platform's own id of this event; the same id is answered once.
        kind: what it is.
        text: the words; of an unreadable kind its caption, which may hold a warning sign.
        button: the id that a tapped button carried.
        is_group: whether others can read along.
        is_addressed: whether it is meant for the assistant; in a group nothing else is answered.
        receipt: what the platform wants back for a click, such as Telegram's callback query id.
    """

    conversation: str
    delivery: str
    kind: Kind = Kind.TEXT
    text: str = ""
    button: str | None = None
    is_group: bool = False
    is_addressed: bool = True
    receipt: str | None = None

    @property
    def is_for_assistant(self) -> bool:
        """Whether it is to be answered."""
        return self.is_addressed or not self.is_group


def conversation_key(channel: str, *address: str) -> str:
    """Return the key of a conversation, which holds all that is needed to send there later.

    Args:
        channel: the channel's name.
        address: the platform's ids, such as chat and person; the order is the platform's module's own.
    """
    return ":".join((channel, *(quote(part, safe="+") for part in address)))


def address_of(conversation: str) -> tuple[str, ...]:
    """Return the ids that a conversation's key was made from.

    Raises:
        ValueError: it is no key of a messaging conversation.
    """
    channel, *address = conversation.split(":")
    if not channel or not address:
        raise ValueError("this is no key of a messaging conversation")
    return tuple(unquote(part) for part in address)
