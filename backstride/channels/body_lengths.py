"""Refuse a request whose Content-Length is no length, before the server reads its body.

Sanic 21.12 takes the header as `int()` reads it. A negative one makes it look for the body's end for ever, without
waiting for anything: one request of a stranger, to any address, and nobody is answered any more.
"""

from __future__ import annotations

from typing import Any, Final

from sanic import Blueprint, Request, Sanic
from sanic.exceptions import InvalidUsage

_EVENT: Final = "http.lifecycle.request"


def refuse_bad_lengths(app: Blueprint | Sanic) -> None:
    """Make an application, or the one that a blueprint is registered with, answer 400 to such requests to any address.

    By a signal, which Sanic sends for requests to every address, also where a blueprint asks for it. A listener would
    ask too late: before the server starts, Sanic takes the signals that nobody waits for out of its code.
    """

    async def check(request: Request, **_: Any) -> None:
        if not _is_length(request.headers.getall("content-length", []), is_chunked=_is_chunked(request)):
            raise InvalidUsage("Bad Request")

    app.signal(_EVENT)(check)


def _is_chunked(request: Request) -> bool:
    return "transfer-encoding" in request.headers


def _is_length(lengths: list[str], *, is_chunked: bool) -> bool:
    """Return whether the headers say one length at most, in digits alone.

    Nor may both a length and chunks say where a body ends: a proxy may believe the other one (RFC 9112, section 6.3).
    """
    if len(lengths) > 1 or (lengths and is_chunked):
        return False
    return all(length.isascii() and length.strip().isdecimal() for length in lengths)
