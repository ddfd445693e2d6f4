"""Messages of one conversation wait for each other, in their order, without polling."""

from __future__ import annotations

import asyncio
import gc

import pytest
from rasa.core.lock_store import LockError

from backstride.locks import OneProcessLockStore


async def settle() -> None:
    """Let every task that can run do so."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_messages_of_one_conversation_come_one_by_one_in_their_order() -> None:
    store = OneProcessLockStore()
    told: list[str] = []

    async def message(name: str) -> None:
        async with store.lock("ann"):
            told.append(f"{name} begins")
            await asyncio.sleep(0)
            told.append(f"{name} ends")

    await asyncio.gather(*(message(str(number)) for number in range(5)))

    assert told == [f"{number} {word}" for number in range(5) for word in ("begins", "ends")]


async def test_two_conversations_do_not_wait_for_each_other() -> None:
    store = OneProcessLockStore()

    async with store.lock("ann"), store.lock("ben"):
        assert len(store._locks) == 2


async def test_the_next_message_starts_without_waiting_for_a_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    store = OneProcessLockStore()
    real_sleep = asyncio.sleep
    slept: list[float] = []

    async def sleep(seconds: float, result: object = None) -> object:
        slept.append(seconds)
        return await real_sleep(0, result)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    begun = asyncio.Event()

    async def second() -> None:
        async with store.lock("ann"):
            begun.set()

    async with store.lock("ann"):
        waiting = asyncio.create_task(second())
        for _ in range(20):
            await real_sleep(0)
        assert not begun.is_set()
    await waiting

    assert begun.is_set()
    assert slept == []


async def test_a_lock_that_stays_taken_is_a_lock_error() -> None:
    store = OneProcessLockStore()

    async with store.lock("ann"):
        with pytest.raises(LockError, match="busy"):
            async with store.lock("ann", lock_lifetime=0.01):
                pytest.fail("two messages of one conversation at once")


async def test_a_lock_error_names_nobody() -> None:
    store = OneProcessLockStore()

    async with store.lock("a-secret-id"):
        with pytest.raises(LockError) as error:
            async with store.lock("a-secret-id", lock_lifetime=0):
                pass

    assert "a-secret-id" not in str(error.value)


async def test_after_a_wait_in_vain_the_lock_can_be_taken_again() -> None:
    store = OneProcessLockStore()
    async with store.lock("ann"):
        with pytest.raises(LockError):
            async with store.lock("ann", lock_lifetime=0):
                pass

    async with store.lock("ann", lock_lifetime=0.01):
        pass


async def test_a_message_that_fails_lets_go_of_the_lock() -> None:
    store = OneProcessLockStore()

    with pytest.raises(ValueError, match="broken"):
        async with store.lock("ann"):
            raise ValueError("broken")

    async with store.lock("ann", lock_lifetime=0.01):
        pass


async def test_a_message_that_is_cancelled_while_it_waits_leaves_the_lock_alone() -> None:
    store = OneProcessLockStore()

    async def wait() -> None:
        async with store.lock("ann"):
            pytest.fail("it was cancelled")

    async with store.lock("ann"):
        waiting = asyncio.create_task(wait())
        await settle()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    async with store.lock("ann", lock_lifetime=0.01):
        pass


async def test_no_lock_is_kept_for_a_conversation_that_is_over() -> None:
    store = OneProcessLockStore()
    for number in range(100):
        async with store.lock(f"person-{number}"):
            pass

    gc.collect()

    assert len(store._locks) == 0


async def test_rasas_own_arguments_are_taken() -> None:
    from rasa.utils.endpoints import EndpointConfig

    store = OneProcessLockStore(EndpointConfig(type="x"), port=1)

    async with store.lock("ann", wait_time_in_seconds=5) as ticket:
        assert ticket.conversation_id == "ann"
