"""Send messages over HTTP as one client or as several at once, and take the times."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from bench.processes import ADDRESS, BenchError
from bench.worker import TURNS

_MESSAGE_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Traffic:
    """What so many messages over HTTP took.

    Args:
        milliseconds: each message.
        seconds: all of them together.
        empty: messages that got no reply.
    """

    milliseconds: tuple[float, ...]
    seconds: float
    empty: int

    def __add__(self, other: Traffic) -> Traffic:
        """Return both together."""
        return Traffic(self.milliseconds + other.milliseconds, self.seconds + other.seconds, self.empty + other.empty)

    @property
    def messages_a_second(self) -> float:
        """How many messages were answered a second."""
        return len(self.milliseconds) / self.seconds


def url_of(port: int) -> str:
    """Return the address of the REST channel on a port."""
    return f"http://{ADDRESS}:{port}/webhooks/rest/webhook"


async def send(port: int, texts: Sequence[str], *, clients: int, conversation: str) -> Traffic:
    """Send texts, each client its share one after the other; a conversation ends after some turns.

    Raises:
        BenchError: a message was answered with anything but 200.
    """
    timeout = aiohttp.ClientTimeout(total=_MESSAGE_TIMEOUT_S)
    async with aiohttp.ClientSession(timeout=timeout) as session:

        async def one_client(number: int) -> tuple[list[float], int]:
            milliseconds, empty = [], 0
            for turn, text in enumerate(texts[number::clients]):
                started = time.perf_counter()
                replies = await _post(session, port, f"{conversation}-{number}-{turn // TURNS}", text)
                milliseconds.append((time.perf_counter() - started) * 1000)
                empty += not replies
            return milliseconds, empty

        started = time.perf_counter()
        found = await asyncio.gather(*(one_client(number) for number in range(clients)))
        seconds = time.perf_counter() - started
    return Traffic(tuple(ms for times, _ in found for ms in times), seconds, sum(empty for _, empty in found))


async def wait_for_answer(port: int, text: str, *, check: Callable[[], None], timeout_s: float) -> float:
    """Return how many seconds pass until a server answers a message with a reply.

    Args:
        port: where the server will listen.
        text: what to say.
        check: raises where the server has ended.
        timeout_s: when to give up.

    Raises:
        BenchError: no answer came in time.
    """
    started = time.perf_counter()
    timeout = aiohttp.ClientTimeout(total=_MESSAGE_TIMEOUT_S)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        attempt = 0
        while time.perf_counter() - started < timeout_s:
            check()
            attempt += 1
            try:
                if await _post(session, port, f"first-answer-{attempt}", text):
                    return time.perf_counter() - started
            except (aiohttp.ClientError, BenchError):
                pass
            await asyncio.sleep(0.1)
    raise BenchError(f"Nothing answered on port {port} within {timeout_s:.0f} s.")


async def _post(session: aiohttp.ClientSession, port: int, sender: str, text: str) -> list[Any]:
    async with session.post(url_of(port), json={"sender": sender, "message": text}) as response:
        if response.status != 200:
            raise BenchError(f"A message to port {port} was answered with {response.status}.")
        replies: list[Any] = await response.json()
        return replies
