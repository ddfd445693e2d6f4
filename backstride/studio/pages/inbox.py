"""The conversations, newest first, with filters and search."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlencode

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from backstride.studio.index import FILTERS, LOW_CONFIDENCE, PAGE, Query
from backstride.studio.tracker_events import StoreError
from backstride.studio.web import fragment, in_thread, render, studio_of
from backstride.studio.workbench import Studio

_FRESH_BUDGET_S = 0.25


def add_to(app: Sanic) -> None:
    """Add the routes."""
    app.add_route(_show, "/inbox", methods=["GET"], name="inbox")
    app.add_route(_left_part, "/inbox/left", methods=["GET"], name="inbox_left")


def query_of(values: dict[str, list[str]]) -> Query:
    """Return what an address asks for; what makes no sense in it counts as not asked."""

    def one(name: str) -> str:
        return str((values.get(name) or [""])[0])[:200]

    page = one("page")
    return Query(
        filters=tuple(name for name in FILTERS if name in values.get("f", ())),
        channel=one("channel"),
        begin=_day(one("from")),
        end=_day(one("to"), after=1),
        words=one("q"),
        page=int(page) if page.isdecimal() and 0 < int(page) < 10**6 else 1,
    )


def address_of(values: dict[str, list[str]], **changed: str) -> str:
    """Return the part of an address behind the `?`, with some values changed; empty ones are left out."""
    kept = {name: given for name, given in values.items() if name in {"f", "channel", "from", "to", "q", "page"}}
    kept |= {name: [value] for name, value in changed.items()}
    return urlencode([(name, value) for name, given in kept.items() for value in given if value])


async def _show(request: Request) -> HTTPResponse:
    studio = studio_of(request)
    values = {name: list(given) for name, given in request.args.items()}
    left, problem = await _look(studio)
    query = query_of(values)
    found = await in_thread(studio.index.find, query)
    pages = max(1, -(-found.total // PAGE))
    return await render(
        request,
        "inbox.html",
        found=found,
        query=query,
        filters=FILTERS,
        low=LOW_CONFIDENCE,
        problem=problem,
        left=left,
        is_empty=not found.conversations,
        address=address_of(values),
        newer=address_of(values, page=str(query.page - 1)) if query.page > 1 else "",
        older=address_of(values, page=str(query.page + 1)) if query.page < pages else "",
        pages=pages,
        day_from=(values.get("from") or [""])[0],
        day_to=(values.get("to") or [""])[0],
    )


async def _left_part(request: Request) -> HTTPResponse:
    """Say how much of the conversations is still to be read, and when all of it is there."""
    values = {name: list(given) for name, given in request.args.items()}
    left, problem = await _look(studio_of(request))
    is_empty = request.args.get("empty") == "1"
    return await fragment("_left.html", left=left, problem=problem, is_empty=is_empty, address=address_of(values))


async def _look(studio: Studio) -> tuple[int, str]:
    """Take over what came a moment ago; a long backlog goes on beside the pages.

    Returns:
        How many conversations are still to be read, and why they cannot be, or "".
    """
    if studio.events is None:
        return 0, studio.store_problem
    try:
        return await in_thread(studio.index.sync, studio.events, budget_s=_FRESH_BUDGET_S), ""
    except StoreError as error:
        return 0, str(error)


def _day(text: str, *, after: int = 0) -> float:
    """Return when a day begins where the studio runs, in seconds since 1970, or 0 for no day."""
    try:
        return (datetime.fromisoformat(text[:10]).astimezone() + timedelta(days=after)).timestamp() if text else 0.0
    except (ValueError, OverflowError):
        return 0.0
