"""What a delivery means: a text for the assistant, or sentences of the channel's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from backstride.channels.history import as_plain_text, clean_text
from backstride.channels.messaging.choices import (
    Choice,
    Offered,
    choice_clicked,
    choice_guessed,
    choice_named,
    is_number,
    offered_now,
)
from backstride.channels.messaging.incoming import Incoming, Kind
from backstride.channels.messaging.render import Part, Renderer
from backstride.wording import Wording

# The longest message of any platform here; what is longer is read up to this.
MAX_TEXT = 4000
_MORE = frozenset({"more", "rest", "more please", "continue"})
_PAYLOADS = {Kind.START: "/greet", Kind.HELP: "/help"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is to be done.

    Args:
        text: for the assistant: plain text, or the payload of a button that it offered; None for nothing.
        metadata: what the tracker keeps beside it: the button, and the words that the person saw or typed.
        before: what the channel says itself, before the assistant.
        after: the same, after it.
        as_typed: the plain text, where a button was only guessed from it; the assistant reads this instead if it holds
            a warning sign.
        clicked: the button that was tapped, where one was and it is still on offer.
        is_rest: whether what is sent is the rest of the answer before.
    """

    text: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    before: tuple[Part, ...] = ()
    after: tuple[Part, ...] = ()
    as_typed: str | None = None
    clicked: Choice | None = None
    is_rest: bool = False


class Reader:
    """Reads what arrives on one channel.

    Args:
        renderer: renders the channel's own sentences.
        wording: those sentences.
        shortens: whether answers are shortened, so that "more" asks for the rest.
    """

    def __init__(self, renderer: Renderer, wording: Wording, *, shortens: bool = False) -> None:
        self._renderer = renderer
        self._say = wording
        self._shortens = shortens

    def read(self, incoming: Incoming, events: Sequence[Any]) -> Reading:
        """Return what a delivery means after the conversation so far."""
        offered = offered_now(events)
        text = clean_text(incoming.text)
        match incoming.kind:
            case Kind.START | Kind.HELP:
                metadata = {"title": text or f"/{incoming.kind.value}"}
                return Reading(text=_PAYLOADS[incoming.kind], metadata=metadata)
            case Kind.STOP:
                return Reading(after=self._sentence("chat_stop"))
            case Kind.CLICK:
                return self._click(incoming, offered)
            case kind if kind.is_unreadable:
                # A caption is read like any message: it may hold a warning sign.
                note = self._sentence(f"chat_{kind.value}")
                return self._words(text, offered, after=note) if text else Reading(after=note)
        if not text:
            return Reading(after=self._sentence("chat_other"))
        if self._shortens and (text.casefold().strip(" .!") in _MORE or self._picks_unseen(text, offered, events)):
            rest = self._renderer.rest(events)
            if rest:
                return Reading(before=tuple(rest), is_rest=True)
        return self._words(text, offered)

    def _picks_unseen(self, text: str, offered: Offered, events: Sequence[Any]) -> bool:
        """Return whether a number means a button that was not shown so far: its menu comes then, and no guess."""
        chosen = choice_named(text, offered)
        return chosen is not None and is_number(text) and not self._renderer.has_shown(chosen, events)

    def _click(self, incoming: Incoming, offered: Offered) -> Reading:
        chosen = choice_clicked(incoming.button, offered)
        if chosen is not None:
            metadata = {"button": chosen.id, "title": chosen.title}
            return Reading(text=chosen.payload, metadata=metadata, clicked=chosen)
        if incoming.is_group:
            # Somebody else's button: the platform's receipt says so to the one who tapped it.
            return Reading()
        key = "chat_stale" if offered.choices else "chat_stale_nothing"
        return Reading(before=tuple(self._renderer.say(self._say(key), offered.choices)))

    def _words(self, text: str, offered: Offered, after: tuple[Part, ...] = ()) -> Reading:
        named = choice_named(text, offered)
        meant = named or choice_guessed(text, offered)
        if meant is not None:
            return Reading(
                text=meant.payload,
                metadata={"button": meant.id, "title": text},
                after=after,
                as_typed=as_plain_text(text) if named is None else None,
            )
        if len(text) > MAX_TEXT:
            after = (*after, *self._sentence("chat_too_long"))
        return Reading(text=as_plain_text(text[:MAX_TEXT]), after=after)

    def _sentence(self, key: str) -> tuple[Part, ...]:
        return tuple(self._renderer.say(self._say(key)))
