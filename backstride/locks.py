"""Keep two messages of one conversation apart, without polling."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, InMemoryLockStore, LockError
from rasa.utils.endpoints import EndpointConfig


class OneProcessLockStore(InMemoryLockStore):  # type: ignore[misc]  # Rasa ships no types
    """A lock store for one server process: the next message of a conversation starts when the one before is done.

    Rasa's own stores look once a second whether it is their turn, so that a second message waits up to a second
    longer than it must. Several server processes need a lock store that they share.
    """

    def __init__(self, endpoint_config: EndpointConfig | None = None, **_: Any) -> None:
        """Create a store without locks; Rasa hands over the endpoint's configuration, which holds nothing for us."""
        super().__init__()
        # A lock lives as long as someone holds it or waits for it.
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    @asynccontextmanager
    async def lock(
        self,
        conversation_id: str,
        lock_lifetime: float = LOCK_LIFETIME,
        wait_time_in_seconds: float = 1,  # there is no polling
    ) -> AsyncGenerator[TicketLock, None]:
        """Hold the conversation's lock.

        Args:
            conversation_id: whose messages must not overlap.
            lock_lifetime: seconds to wait for the lock at most.
            wait_time_in_seconds: unused; part of Rasa's signature.

        Raises:
            LockError: the lock was not free in time.
        """
        lock = self._locks.setdefault(conversation_id, asyncio.Lock())
        try:
            await asyncio.wait_for(lock.acquire(), lock_lifetime)
        except asyncio.TimeoutError as error:
            raise LockError(f"A conversation was busy for {lock_lifetime:.0f} s.") from error
        try:
            yield TicketLock(conversation_id)
        finally:
            lock.release()
