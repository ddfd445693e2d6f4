"""Conversations and records as the chat reads and writes them: an outage is told, never taken for an empty one."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from backstride.channels.assistant import new_incident
from backstride.channels.erasure import real_store
from backstride.channels.requests import Refusal
from backstride.records import RecordsError

logger = logging.getLogger(__name__)

Kept = TypeVar("Kept")


@contextlib.contextmanager
def store_failures() -> Iterator[None]:
    """Turn an outage of the tracker store into a refusal that the client can repeat later."""
    try:
        yield
    except Refusal:
        raise
    except Exception as error:
        incident = new_incident()
        logger.error("The tracker store failed (incident %s): %s", incident, type(error).__name__)  # noqa: TRY400
        raise Refusal(503, "store_unavailable", incident=incident) from error


async def tracker_of(agent: Any, conversation: str) -> Any | None:
    """Return a conversation since its last restart, which is all that the assistant goes by; None for a new one.

    Raises:
        Refusal: 503; the store cannot be read.
    """
    with store_failures():
        return await real_store(agent.tracker_store).retrieve(conversation)


async def whole_tracker_of(agent: Any, conversation: str) -> Any | None:
    """Return a whole conversation, None for a new one.

    Raises:
        Refusal: 503; the store cannot be read.
    """
    with store_failures():
        return await real_store(agent.tracker_store).retrieve_full_tracker(conversation)


async def append_event(agent: Any, conversation: str, event: Any) -> None:
    """Add an event to a conversation; the conversation's lock must be held.

    Raises:
        Refusal: 503; the store cannot be read or written.
    """
    store = real_store(agent.tracker_store)
    with store_failures():
        tracker = await store.get_or_create_tracker(conversation)
        tracker.update(event)
        await store.save(tracker)


async def ask_records(call: Callable[..., Kept], *arguments: Any) -> Kept:
    """Ask the store of diary and reminders, in a thread.

    Raises:
        Refusal: 503; it does not answer.
    """
    try:
        return await asyncio.to_thread(call, *arguments)
    except RecordsError as error:
        incident = new_incident()
        logger.error("The diary failed (incident %s): %s", incident, error)  # noqa: TRY400
        raise Refusal(503, "store_unavailable", incident=incident) from error
