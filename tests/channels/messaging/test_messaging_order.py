from __future__ import annotations

import asyncio

import pytest

from backstride.channels.messaging.order import InOrder, TooManyWaitingError


async def test_jobs_of_one_key_run_in_their_order_when_the_first_is_slow() -> None:
    line, done, gate = InOrder(), [], asyncio.Event()

    async def slow() -> None:
        await gate.wait()
        done.append("slow")

    async def quick() -> None:
        done.append("quick")

    first, second = line.submit("a", slow), line.submit("a", quick)
    gate.set()
    await asyncio.gather(first, second)
    assert done == ["slow", "quick"]


async def test_another_key_does_not_wait_when_one_is_stuck() -> None:
    line, stuck = InOrder(), asyncio.Event()

    async def hang() -> None:
        await stuck.wait()

    async def quick() -> None:
        return None

    line.submit("a", hang)
    await asyncio.wait_for(line.submit("b", quick), 5)
    stuck.set()
    await line.drain(5)


async def test_the_next_job_runs_when_one_fails(caplog: pytest.LogCaptureFixture) -> None:
    line, done = InOrder(), []

    async def fail() -> None:
        raise RuntimeError("my leg is numb")

    async def work() -> None:
        done.append(1)

    line.submit("a", fail)
    await line.submit("a", work)
    assert done == [1]
    assert "RuntimeError" in caplog.text
    assert "numb" not in caplog.text


async def test_a_job_is_refused_when_too_many_wait() -> None:
    line, gate = InOrder(max_waiting=1), asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    line.submit("a", wait)
    await asyncio.sleep(0)  # the first one is running now
    line.submit("a", wait)
    with pytest.raises(TooManyWaitingError):
        line.submit("a", wait)
    gate.set()
    await line.drain(5)


async def test_nothing_is_left_over_when_all_is_done() -> None:
    line = InOrder()

    async def work() -> None:
        return None

    await asyncio.gather(*(line.submit(str(number % 3), work) for number in range(30)))
    await line.drain(5)
    assert line._waiting == {}


async def test_what_hangs_is_given_up_when_the_server_stops() -> None:
    line = InOrder()

    async def hang() -> None:
        await asyncio.Event().wait()

    running, waiting = line.submit("a", hang), line.submit("a", hang)
    await line.drain(0.01)
    assert running.done()
    assert waiting.cancelled()
