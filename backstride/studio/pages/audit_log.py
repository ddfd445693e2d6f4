"""Who changed what."""

from __future__ import annotations

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from backstride.studio.web import in_thread, render, studio_of

_PAGE = 100


def add_to(app: Sanic) -> None:
    """Add the route."""
    app.add_route(_show, "/audit", methods=["GET"], name="audit")


async def _show(request: Request) -> HTTPResponse:
    before = str(request.args.get("before", ""))
    entries = await in_thread(
        studio_of(request).audit.entries, limit=_PAGE, before=int(before) if before.isdecimal() else None
    )
    earlier = entries[-1][0] if len(entries) == _PAGE else None
    return await render(request, "audit.html", entries=[entry for _, entry in entries], earlier=earlier)
