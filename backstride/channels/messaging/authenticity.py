"""Refusing what does not come from the platform: constant-time comparisons, and a body that is read with a limit."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from sanic.response import json as json_response

if TYPE_CHECKING:
    from sanic.request import Request
    from sanic.response import HTTPResponse

MAX_BODY_BYTES = 100_000
BODY_TIMEOUT_S = 10.0


class Refusal(Exception):  # noqa: N818  # not a fault of the program: the sender is told no
    """A delivery is not taken; the sender gets the status and the code and never more."""

    def __init__(self, status: int, code: str) -> None:
        self.status = status
        self.code = code
        super().__init__(code)

    def response(self) -> HTTPResponse:
        """Return what the sender gets."""
        return json_response({"error": self.code}, status=self.status, headers={"Cache-Control": "no-store"})


def is_same_secret(given: str | None, expected: str) -> bool:
    """Compare in a time that tells nothing of the secret; a missing or an empty value is never the same."""
    if not given or not expected:
        return False
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode("utf-8"))


def hmac_sha256_hex(secret: str, *parts: bytes) -> str:
    """Return the HMAC-SHA256 of the joined parts in lower-case hexadecimal."""
    return hmac.new(secret.encode(), b"".join(parts), hashlib.sha256).hexdigest()


async def read_body(request: Request) -> bytes:
    """Read a request's body, up to the limit and no longer than the time allowed; the route needs `stream=True`.

    Raises:
        Refusal: 413 or 408.
    """
    try:
        return await asyncio.wait_for(_read(request), BODY_TIMEOUT_S)
    except asyncio.TimeoutError as error:
        raise Refusal(408, "too_slow") from error


async def _read(request: Request) -> bytes:
    declared = request.headers.get("Content-Length") or "0"
    if not declared.isdecimal() or int(declared) > MAX_BODY_BYTES:
        raise Refusal(413, "too_large")
    raw = b""
    while chunk := await request.stream.read():
        raw += chunk
        if len(raw) > MAX_BODY_BYTES:
            raise Refusal(413, "too_large")
    return raw


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
