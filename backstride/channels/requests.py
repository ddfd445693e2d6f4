"""Requests of clients: read with a limit and a time, and refused without telling more than a code."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from sanic.response import json as json_response

if TYPE_CHECKING:
    from sanic.request import Request
    from sanic.response import HTTPResponse

BODY_TIMEOUT_S = 10.0


class Refusal(Exception):  # noqa: N818  # not a fault of the program: the client is told no
    """A request is not carried out; the client gets the status and the code, and never more than these.

    Args:
        status: of the response.
        code: what the client's program reads.
        wait_s: seconds after which the client may try again; 0 where trying again changes nothing.
        more: other keys of the response, beside `error`.
    """

    def __init__(self, status: int, code: str, *, wait_s: int = 0, **more: Any) -> None:
        self.status = status
        self.body = {"error": code, **more}
        self.wait_s = wait_s
        super().__init__(code)

    def response(self) -> HTTPResponse:
        """Return what the client gets."""
        headers = {"Cache-Control": "no-store"}
        if self.wait_s:
            headers["Retry-After"] = str(self.wait_s)
        return json_response(self.body, status=self.status, headers=headers)


async def read_body(request: Request, *, most_bytes: int) -> bytes:
    """Read a request's body, up to the limit and no longer than the time allowed; the route needs `stream=True`.

    Raises:
        Refusal: 413, 408 or 400.
    """
    declared = (request.headers.get("Content-Length") or "0").strip()
    if not declared.isdecimal():
        raise Refusal(400, "malformed")
    if int(declared) > most_bytes:
        raise Refusal(413, "too_large", limit=most_bytes)
    try:
        return await asyncio.wait_for(_read(request, most_bytes), BODY_TIMEOUT_S)
    except asyncio.TimeoutError as error:
        raise Refusal(408, "too_slow") from error


def read_json_object(raw: bytes) -> dict[str, Any]:
    """Return the JSON object that a body holds.

    Raises:
        Refusal: 400; it holds none.
    """
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "malformed") from error
    if not isinstance(body, dict):
        raise Refusal(400, "malformed")
    return body


async def _read(request: Request, most_bytes: int) -> bytes:
    raw = b""
    while chunk := await request.stream.read():
        raw += chunk
        if len(raw) > most_bytes:
            raise Refusal(413, "too_large", limit=most_bytes)
    return raw
