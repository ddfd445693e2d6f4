"""Refusing what does not come from the platform: constant-time comparisons, and a body that is read with a limit."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from backstride.channels import requests

if TYPE_CHECKING:
    from sanic.request import Request

MAX_BODY_BYTES = 100_000


def is_same_secret(given: str | None, expected: str) -> bool:
    """Compare in a time that tells nothing of the secret; a missing or an empty value is never the same."""
    if not given or not expected:
        return False
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode("utf-8"))


def hmac_sha256_hex(secret: str, *parts: bytes) -> str:
    """Return the HMAC-SHA256 of the joined parts in lower-case hexadecimal."""
    return hmac.new(secret.encode(), b"".join(parts), hashlib.sha256).hexdigest()


async def read_body(request: Request) -> bytes:
    """Read a delivery's body as it came: its very bytes are signed.

    Raises:
        Refusal: 413, 408 or 400.
    """
    return await requests.read_body(request, most_bytes=MAX_BODY_BYTES)
