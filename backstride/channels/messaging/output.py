"""Rasa's way out to a platform."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rasa.core.channels.channel import OutputChannel

Post = Callable[[str, Iterable[Mapping[str, Any]]], None]


class MessagingOutput(OutputChannel):  # type: ignore[misc]  # Rasa ships no types
    """What is said in a turn is held until the turn ends; anything later goes at once.

    Rasa keeps this object for a reminder and calls it hours later, so it holds nothing of a request.

    Args:
        channel: the channel's name.
        post: sends messages to a conversation.
        is_holding: whether a turn is being answered.
    """

    def __init__(self, channel: str, post: Post, *, is_holding: bool = False) -> None:
        self._channel = channel
        self._post = post
        self._is_holding = is_holding
        self.held: list[dict[str, Any]] = []

    def name(self) -> str:
        """Return the channel's name, by which responses of the domain may be kept for it."""
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Take a whole message: text, buttons and the keys of its metadata."""
        if self._is_holding:
            self.held.append(dict(message))
        else:
            self._post(recipient_id, [message])

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        """Take a plain text."""
        await self.send_response(recipient_id, {**kwargs, "text": text})

    async def send_text_with_buttons(
        self, recipient_id: str, text: str, buttons: list[dict[str, Any]], **kwargs: Any
    ) -> None:
        """Take a text with buttons."""
        await self.send_response(recipient_id, {**kwargs, "text": text, "buttons": buttons})

    def release(self) -> list[dict[str, Any]]:
        """Return what was held, and hold nothing from now on."""
        self._is_holding = False
        held, self.held = self.held, []
        return held
