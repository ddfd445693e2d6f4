"""What every page uses: the studio behind a request, templates, redirects, forms."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from urllib.parse import parse_qs

import jinja2
from sanic.request import Request
from sanic.response import HTTPResponse, html
from sanic.response import redirect as sanic_redirect

from backstride.studio.navigation import NAVIGATION

if TYPE_CHECKING:
    from backstride.studio.people import Session
    from backstride.studio.workbench import Studio

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"
_MOST_FIELDS = 20_000

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def studio_of(request: Request) -> Studio:
    """Return the studio that a request came to."""
    studio: Studio = request.app.ctx.studio
    return studio


def session_of(request: Request) -> Session:
    """Return the session of a request; every page but signing in has one."""
    session: Session = request.ctx.session
    return session


async def in_thread(
    call: Callable[Parameters, Result], *arguments: Parameters.args, **named: Parameters.kwargs
) -> Result:
    """Run what would hold up other requests (files, databases, the encoder) in a thread."""
    return await asyncio.get_running_loop().run_in_executor(None, functools.partial(call, *arguments, **named))


async def render(request: Request, template: str, *, status: int = 200, **values: Any) -> HTTPResponse:
    """Return a page made from a template; text in it is escaped."""
    session: Session | None = getattr(request.ctx, "session", None)
    notice = await in_thread(studio_of(request).people.told, session) if session else None
    return html(
        _environment()
        .get_template(template)
        .render(
            person=session.person if session else "",
            csrf=session.csrf if session else "",
            navigation=NAVIGATION,
            path=request.path,
            notice=notice,
            **values,
        ),
        status=status,
    )


async def fragment(template: str, *, status: int = 200, **values: Any) -> HTTPResponse:
    """Return a part of a page, for `data-refresh`."""
    return html(_environment().get_template(template).render(**values), status=status)


async def go_to(request: Request, address: str, told: str = "", *, kind: str = "done") -> HTTPResponse:
    """Send the browser to a page of the studio, which shows a sentence.

    Args:
        request: the request.
        address: where to; it begins with one slash.
        told: what the page says once.
        kind: "done" or "problem".
    """
    if told:
        await in_thread(studio_of(request).people.tell, session_of(request), told, kind=kind)
    safe = address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/inbox"
    return sanic_redirect(safe, status=303)


def form_of(request: Request) -> dict[str, list[str]]:
    """Return a form's fields with their values in order; Sanic's own reading leaves empty ones out.

    Rows of fields with the same names belong together by their place, so that an empty one must keep its place.
    """
    if not str(request.headers.get("Content-Type", "")).startswith("application/x-www-form-urlencoded"):
        return {}
    try:
        return parse_qs(request.body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}


def field(request: Request, name: str, default: str = "") -> str:
    """Return what stands in a form's field."""
    return (form_of(request).get(name) or [default])[0]


def fields(request: Request, name: str) -> list[str]:
    """Return everything that was given under a name."""
    return form_of(request).get(name, [])


async def note(request: Request, what: str, **details: Any) -> None:
    """Add a line to the audit log, in the name of who sent the request."""
    await in_thread(studio_of(request).audit.note, session_of(request).person, what, **details)


@functools.lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = _moment
    environment.filters["iso"] = _iso
    environment.filters["utc"] = lambda moment: _moment(datetime.fromisoformat(moment).timestamp())
    environment.filters["percent"] = lambda share: f"{float(share) * 100:.0f} %"
    return environment


def _moment(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, timezone.utc).astimezone().strftime("%d %b %Y, %H:%M")


def _iso(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, timezone.utc).isoformat(timespec="seconds")
