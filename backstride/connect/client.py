"""Asking a platform's HTTP API something, once, with a time limit, and without ever showing a secret."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp

TIMEOUT_S = 10.0
# Far more than any of the answers that are read here.
MAX_ANSWER_BYTES = 1_000_000


class UnreachableError(Exception):
    """Nobody answered; the text names the host and the reason, never the address, which may hold a token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back.

    Args:
        status: the HTTP status.
        text: the body.
        headers: by their names in lower case.
    """

    status: int
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> Any:
        """The body as JSON; an empty mapping where it is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return {}

    def at(self, *keys: str) -> Any:
        """Return what stands at a place of the JSON body, or None."""
        node = self.body
        for key in keys:
            node = node.get(key) if isinstance(node, Mapping) else None
        return node


class Client:
    """Sends requests; use it as a context manager."""

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Client:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._timeout_s), trust_env=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def ask(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        data: bytes | None = None,
        login: tuple[str, str] | None = None,
    ) -> Answer:
        """Send a request and return the answer, whatever its status.

        Args:
            method: GET or POST.
            url: where to.
            params: what stands behind the question mark.
            headers: further headers.
            body: sent as JSON.
            form: sent as a form.
            data: sent as it is.
            login: name and password for basic authentication.

        Raises:
            UnreachableError: no answer in time, or no connection.
        """
        if self._session is None:
            raise RuntimeError("use the client as a context manager")
        host = urlsplit(url).hostname or "the given address"
        try:
            async with self._session.request(
                method,
                url,
                params=params,
                headers={**(headers or {}), **({"Authorization": _basic(*login)} if login else {})},
                json=body,
                data=data if data is not None else form,
                # A token must not travel to wherever a redirection points.
                allow_redirects=False,
            ) as response:
                raw = b""
                while len(raw) < MAX_ANSWER_BYTES and (chunk := await response.content.read(MAX_ANSWER_BYTES)):
                    raw += chunk
                return Answer(
                    status=response.status,
                    text=raw.decode("utf-8", "replace"),
                    headers={name.lower(): value for name, value in response.headers.items()},
                )
        except asyncio.TimeoutError as error:
            raise UnreachableError(f"{host} did not answer within {self._timeout_s:.0f} s") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise UnreachableError(f"{host} cannot be reached ({type(error).__name__})") from error


def _basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
