"""Calls to a platform's API: time-limited, repeated with growing pauses, never telling a secret or a person's words."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

logger = logging.getLogger(__name__)

_TOO_MANY = 429
_SERVER_ERROR = 500
_OK = range(200, 300)


class UndeliveredError(Exception):
    """A message could not be delivered; the reason names no person and no words."""


class BlockedError(UndeliveredError):
    """The person does not want messages from the assistant, or is gone."""


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What the platform answered: the status, and the JSON object of the body or an empty one."""

    status: int
    body: Mapping[str, Any]

    @property
    def is_ok(self) -> bool:
        """Whether the status says that it was done."""
        return self.status in _OK


def no_hint(_: ApiAnswer) -> float | None:
    """Return nothing: the platform says in no body how long to wait."""
    return None


class Api:
    """An HTTP client for one platform.

    A call that may have reached the platform before its answer was lost is repeated: a warning that arrives twice is
    better than none.

    Args:
        timeout_s: of one attempt.
        attempts: at most.
        longest_pause_s: between two attempts; a platform that asks for more is given up on.
        pause_asked: reads from an answer how many seconds the platform wants us to wait, where it is not in the
            Retry-After header.
        is_temporary: whether an answer that is neither "too many" nor a server's fault says in its body that the same
            call may work later.
        sleep: waits; tests set it.
    """

    def __init__(
        self,
        *,
        timeout_s: float = 10,
        attempts: int = 5,
        longest_pause_s: float = 60,
        pause_asked: Callable[[ApiAnswer], float | None] = no_hint,
        is_temporary: Callable[[ApiAnswer], bool] = lambda _: False,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._attempts = attempts
        self._longest_pause_s = longest_pause_s
        self._pause_asked = pause_asked
        self._is_temporary = is_temporary
        self._sleep = sleep
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self,
        method: str,
        url: str,
        *,
        json_body: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ApiAnswer:
        """Return the platform's answer, whatever its status, once it is neither "too many" nor a server's fault.

        Raises:
            UndeliveredError: no attempt got such an answer.
        """
        reason = ""
        for attempt in range(self._attempts):
            pause: float | None = None
            try:
                answer, retry_after = await self._attempt(method, url, json_body, form, headers)
            except (aiohttp.ClientError, asyncio.TimeoutError) as error:
                # An aiohttp error's own text holds the address, and Telegram's address holds the token.
                reason = type(error).__name__
            else:
                is_final = answer.status != _TOO_MANY and answer.status < _SERVER_ERROR
                if is_final and not self._is_temporary(answer):
                    return answer
                reason = f"status {answer.status}"
                pause = retry_after if retry_after is not None else self._pause_asked(answer)
            if attempt == self._attempts - 1:
                break
            if pause is None:
                pause = 0.5 * 2**attempt * random.uniform(1, 1.5)  # noqa: S311  # spreads the load, hides nothing
            if pause > self._longest_pause_s:
                raise UndeliveredError(f"{reason}, to be repeated only after {pause:.0f} s")
            await self._sleep(pause)
        raise UndeliveredError(f"{reason}, {self._attempts} times")

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _attempt(
        self,
        method: str,
        url: str,
        json_body: Mapping[str, Any] | None,
        form: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
    ) -> tuple[ApiAnswer, float | None]:
        if self._session is None or self._session.closed:
            # The environment's proxies are the administrator's wish.
            self._session = aiohttp.ClientSession(timeout=self._timeout, trust_env=True)
        async with self._session.request(
            method, url, json=json_body, data=form, headers=headers, allow_redirects=False
        ) as response:
            raw = await response.content.read(1_000_000)
            try:
                body = json.loads(raw)
            except ValueError:
                body = {}
            answer = ApiAnswer(response.status, body if isinstance(body, dict) else {})
            return answer, _seconds(response.headers.get("Retry-After"))


def _seconds(header: str | None) -> float | None:
    # A date instead of seconds is possible, but no platform here sends one.
    return float(header) if header is not None and header.strip().isdecimal() else None
