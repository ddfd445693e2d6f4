"""Work in order: one conversation's jobs one after another, those of different conversations side by side."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

Job = Callable[[], Awaitable[None]]


class TooManyWaitingError(Exception):
    """A conversation has more jobs waiting than it may have."""


class InOrder:
    """Runs jobs of the same key in the order in which they were handed over.

    Args:
        max_waiting: jobs of one key that may wait; one that runs is not counted.
    """

    def __init__(self, max_waiting: int = 50) -> None:
        self._max_waiting = max_waiting
        self._waiting: dict[str, deque[tuple[Job, asyncio.Future[None]]]] = {}
        self._workers: set[asyncio.Task[None]] = set()

    def submit(self, key: str, job: Job) -> asyncio.Future[None]:
        """Hand over a job; the future is done when the job is, also where it failed.

        Raises:
            TooManyWaitingError: the key's line is full.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line = self._waiting.get(key)
        if line is not None:
            if len(line) >= self._max_waiting:
                raise TooManyWaitingError(key)
            line.append((job, done))
            return done
        self._waiting[key] = deque([(job, done)])
        worker = asyncio.create_task(self._work(key))
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)
        return done

    async def drain(self, timeout_s: float) -> None:
        """Wait until everything that was handed over is done; what is not done in time is given up."""
        if not self._workers:
            return
        _, late = await asyncio.wait(set(self._workers), timeout=timeout_s)
        for worker in late:
            worker.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _work(self, key: str) -> None:
        line = self._waiting[key]
        try:
            while line:
                job, done = line.popleft()
                try:
                    await job()
                except Exception as error:  # the next job of the line is not to suffer
                    # The error's own text may hold a person's words.
                    logger.error("A job failed: %s", type(error).__name__)  # noqa: TRY400
                finally:
                    if not done.done():
                        done.set_result(None)
        finally:
            # No await lies between the empty line and this, so that no job can be handed over in between.
            del self._waiting[key]
            for _, done in line:
                done.cancel()
