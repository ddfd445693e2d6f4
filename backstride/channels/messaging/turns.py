"""One delivery and the assistant's answer to it, under the conversation's lock."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import BotUttered, UserUttered

from backstride.channels.assistant import calm_sentence, new_incident, told_without_words
from backstride.channels.erasure import real_store
from backstride.channels.history import clean_text
from backstride.channels.messaging.choices import Choice
from backstride.channels.messaging.incoming import Incoming, Kind
from backstride.channels.messaging.output import MessagingOutput
from backstride.channels.messaging.reading import MAX_TEXT, Reader, Reading
from backstride.channels.messaging.render import REST, Part, Renderer

logger = logging.getLogger(__name__)

STOP_REMINDER = "stop_reminder"


class OpenOutput(Protocol):
    """Opens Rasa's way out to the platform."""

    def __call__(self, *, is_holding: bool) -> MessagingOutput:
        """Return one that holds what is said, or sends it at once."""


class Turns:
    """Lets the assistant answer what arrives on one channel.

    Args:
        channel: the channel's name.
        reader: reads what arrives.
        renderer: renders what the assistant says.
        open_output: makes the output of a turn.
        on_click: told of each tapped button, and which one that is still on offer it was.
        timeout_s: seconds that an answer may take.
    """

    def __init__(
        self,
        channel: str,
        *,
        reader: Reader,
        renderer: Renderer,
        open_output: OpenOutput,
        on_click: Callable[[Incoming, Choice | None], None],
        timeout_s: float,
    ) -> None:
        self._channel = channel
        self._reader = reader
        self._renderer = renderer
        self._open_output = open_output
        self._on_click = on_click
        self._timeout_s = timeout_s

    async def answer(self, agent: Any, incoming: Incoming) -> list[Part]:
        """Return what is sent in answer, referrals first; nothing where it was answered before. Raises nothing."""
        out = self._open_output(is_holding=True)
        reading, has_failed = Reading(), False
        try:
            async with agent.lock_store.lock(incoming.conversation):
                read = await self._read(agent, incoming)
                if read is None:
                    return []
                reading = read
                if incoming.kind is Kind.CLICK:
                    self._on_click(incoming, reading.clicked)
                await asyncio.wait_for(self._talk(agent, incoming, reading, out), self._timeout_s)
                if reading.is_rest:
                    await _note_rest(agent, incoming.conversation, reading.before)
        except Exception as error:
            has_failed = True
            told = told_without_words(error)
            logger.error("A message was not answered (%s, incident %s): %s", self._channel, new_incident(), told)  # noqa: TRY400
        held = out.release()
        if has_failed and not held:
            held = [{"text": calm_sentence(agent)}]
        # "No more reminders" may have been answered by the assistant itself.
        after = () if incoming.kind is Kind.STOP and held else reading.after
        parts = [*reading.before, *self._renderer.turn(held), *after]
        return sorted(parts, key=lambda part: not part.is_urgent)

    async def _read(self, agent: Any, incoming: Incoming) -> Reading | None:
        """Return what a delivery means; None where it was answered before, or is an edit that asks for nothing."""
        tracker = await real_store(agent.tracker_store).retrieve(incoming.conversation)
        events = list(tracker.events) if tracker else []
        if _was_answered(events, incoming.delivery):
            return None
        if incoming.kind is Kind.EDITED and not await _has_warning_sign(agent, incoming.text):
            return None
        reading = self._reader.read(incoming, events)
        if reading.as_typed and await _has_warning_sign(agent, reading.as_typed):
            return replace(reading, text=reading.as_typed, metadata={})
        return reading

    async def _talk(self, agent: Any, incoming: Incoming, reading: Reading, out: MessagingOutput) -> None:
        if incoming.kind is Kind.STOP and STOP_REMINDER in agent.domain.intents:
            tracker = await agent.processor.fetch_tracker_and_update_session(incoming.conversation, out)
            await agent.processor.trigger_external_user_uttered(STOP_REMINDER, None, tracker, out)
        if reading.text is None:
            return
        message = UserMessage(
            reading.text,
            out,
            incoming.conversation,
            input_channel=self._channel,
            message_id=incoming.delivery,
            metadata={"client_id": incoming.delivery, **reading.metadata},
        )
        await agent.processor.handle_message(message)
        if not out.held:
            tracker = await real_store(agent.tracker_store).retrieve(incoming.conversation)
            if tracker is None or not tracker.is_paused():
                logger.error("A message got no reply (%s, incident %s)", self._channel, new_incident())
                out.held.append({"text": calm_sentence(agent)})


async def _note_rest(agent: Any, conversation: str, parts: Sequence[Part]) -> None:
    """Note in the conversation that the rest of an answer was sent: from now on its menu counts."""
    store = real_store(agent.tracker_store)
    tracker = await store.get_or_create_tracker(conversation)
    tracker.update(BotUttered("\n\n".join(part.text for part in parts), metadata={REST: True}))
    await store.save(tracker)


def _was_answered(events: Sequence[Any], delivery: str) -> bool:
    return any(
        isinstance(event, UserUttered) and (event.metadata or {}).get("client_id") == delivery for event in events
    )


async def _has_warning_sign(agent: Any, text: str) -> bool:
    """Return whether a text names a warning sign, or may do so."""
    parsed = await agent.parse_message(clean_text(text)[:MAX_TEXT])
    return any(flag.get("state") != "absent" for flag in parsed.get("red_flags") or ())
