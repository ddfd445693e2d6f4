"""Erase a conversation from wherever Rasa keeps it. Rasa's own tracker stores have no way to do that."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa.core.brokers.sql import SQLEventBroker
from rasa.core.tracker_store import (
    FailSafeTrackerStore,
    InMemoryTrackerStore,
    MongoTrackerStore,
    RedisTrackerStore,
    SQLTrackerStore,
)


class CannotEraseError(Exception):
    """The tracker store is of a kind that this project does not know how to erase from."""


def real_store(store: Any) -> Any:
    """Return the tracker store behind the wrapper that answers an outage with an empty conversation."""
    return store._tracker_store if isinstance(store, FailSafeTrackerStore) else store


async def erase(store: Any, conversation: str) -> None:
    """Remove everything that a tracker store, and an SQL event broker beside it, hold of a conversation.

    Raises:
        CannotEraseError: the store is of an unknown kind and has no `delete` of its own.
    """
    if isinstance(store, FailSafeTrackerStore):
        # What was said during an outage lies in the wrapper's own memory.
        if store._fallback_tracker_store is not None:
            await erase(store._fallback_tracker_store, conversation)
        store = store._tracker_store
    await _erase_from(store, conversation)
    broker = store.event_broker
    if isinstance(broker, SQLEventBroker):
        await asyncio.to_thread(_delete_rows, broker, broker.SQLBrokerEvent, conversation)


async def _erase_from(store: Any, conversation: str) -> None:
    if callable(getattr(store, "delete", None)):
        await store.delete(conversation)
    elif isinstance(store, SQLTrackerStore):
        await asyncio.to_thread(_delete_rows, store, store.SQLEvent, conversation)
    elif isinstance(store, InMemoryTrackerStore):
        store.store.pop(conversation, None)
    elif isinstance(store, RedisTrackerStore):
        await asyncio.to_thread(store.red.delete, store.key_prefix + conversation)
    elif isinstance(store, MongoTrackerStore):
        await asyncio.to_thread(store.conversations.delete_one, {"sender_id": conversation})
    else:
        raise CannotEraseError(type(store).__name__)


def _delete_rows(holder: Any, table: Any, conversation: str) -> None:
    with holder.session_scope() as session:
        session.query(table).filter(table.sender_id == conversation).delete(synchronize_session=False)
        session.commit()
