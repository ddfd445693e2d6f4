"""The studio's web application: signing in, protection of every request, the pages."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import secrets
import sqlite3
import traceback
import uuid
from typing import TYPE_CHECKING, Any

from sanic import Sanic
from sanic.exceptions import NotFound, SanicException
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import redirect as sanic_redirect

from backstride.channels.body_lengths import refuse_bad_lengths
from backstride.errors import BackstrideError, KnowledgeError
from backstride.studio.pages import PAGES
from backstride.studio.project_files import ProjectError
from backstride.studio.tracker_events import StoreError
from backstride.studio.web import STATIC, field, in_thread, render
from backstride.studio.workbench import GoneError, open_studio

if TYPE_CHECKING:
    from collections.abc import Callable

    from backstride.studio.settings import StudioSettings
    from backstride.studio.workbench import Studio

logger = logging.getLogger(__name__)

COOKIE = "backstride_studio"
# Everything else asks for a session.
PUBLIC = frozenset({"/sign-in", "/first-start"})
MAX_BODY_BYTES = 2_000_000
_SYNC_EVERY_S = 4.0
_SYNC_BUDGET_S = 2.0
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def create_app(settings: StudioSettings, *, name: str = "backstride_studio") -> Sanic:
    """Return the application.

    At the first start `app.ctx.first_key` holds the key without which nobody can set the first password.
    """
    app = Sanic(name, configure_logging=False)
    refuse_bad_lengths(app)
    app.config.REQUEST_MAX_SIZE = MAX_BODY_BYTES
    app.config.FALLBACK_ERROR_FORMAT = "text"
    app.ctx.studio = open_studio(settings)
    app.ctx.first_key = secrets.token_urlsafe(18) if app.ctx.studio.people.is_empty() else ""
    app.register_middleware(_guard(settings), "request")
    app.register_middleware(_add_headers, "response")
    app.error_handler.add(Exception, _failed)
    _add_static(app)
    for pages in PAGES:
        pages.add_to(app)
    app.register_listener(_keep_up, "after_server_start")
    return app


async def _keep_up(app: Sanic, *_: Any) -> None:
    """Begin to follow the conversations and the examples, beside the pages."""
    # By their names Sanic knows what to end with the server.
    app.add_task(_follow_conversations(app), name="conversations")
    app.add_task(_follow_examples(app), name="examples")


async def _follow_conversations(app: Sanic) -> None:
    studio: Studio = app.ctx.studio
    while studio.events is not None:
        left = 0
        try:
            left = await in_thread(studio.index.sync, studio.events, budget_s=_SYNC_BUDGET_S)
        except StoreError:
            # Each page that needs the conversations says what is wrong.
            pass
        except sqlite3.Error as error:
            # A full disk, a locked file: the next look may find it mended.
            logger.warning("The conversations cannot be followed: %s", type(error).__name__)
        await asyncio.sleep(_SYNC_EVERY_S if not left else 0.05)


async def _follow_examples(app: Sanic) -> None:
    studio: Studio = app.ctx.studio
    while True:
        try:
            await in_thread(studio.meaning.learn, studio.project.examples, studio.project.test_set)
            # So that the page of what was not understood does not encode a thousand messages while somebody waits.
            await in_thread(studio.meaning.read_ahead, [message.text for message in studio.index.not_understood()])
        except (OSError, ValueError, BackstrideError, sqlite3.Error) as error:
            logger.warning("The training examples cannot be read: %s", type(error).__name__)
        await asyncio.sleep(_SYNC_EVERY_S)


def serve(settings: StudioSettings, *, on_ready: Callable[[str], None] | None = None) -> None:
    """Serve until the process is told to stop.

    Args:
        settings: where to listen, and on which project to work.
        on_ready: called with the address to open.
    """
    app = create_app(settings)

    async def tell(app: Sanic, *_: Any) -> None:
        address = f"http://{settings.interface}:{settings.port}/"
        if on_ready is not None:
            on_ready(f"{address}first-start?key={app.ctx.first_key}" if app.ctx.first_key else address)

    app.register_listener(tell, "after_server_start")
    app.run(host=settings.interface, port=settings.port, access_log=False, motd=False)


def _guard(settings: StudioSettings) -> Callable[[Request], Any]:
    """Return the middleware that looks at every request before its page does."""

    async def guard(request: Request) -> HTTPResponse | None:
        # A page of another site that makes a browser believe its name were this machine's (DNS rebinding).
        host = str(request.headers.get("Host", "")).rsplit(":", 1)[0].strip("[]")
        if settings.interface in _LOOPBACK and host not in _LOOPBACK:
            return HTTPResponse("This studio is reached by the address that it printed.", status=421)
        if request.path.startswith("/static/"):
            return None
        token = request.cookies.get(COOKIE)
        session = await in_thread(request.app.ctx.studio.people.session, token) if token else None
        request.ctx.session = session
        if request.method not in {"GET", "HEAD"} and not _comes_from_here(request):
            return HTTPResponse("This form came from another page.", status=403)
        if request.path in PUBLIC:
            return None
        if session is None:
            return sanic_redirect("/sign-in", status=303)
        if request.method not in {"GET", "HEAD"}:
            given = request.headers.get("X-CSRF-Token") or field(request, "csrf")
            if not hmac.compare_digest(str(given).encode(), session.csrf.encode()):
                return HTTPResponse("This form is out of date: go back, load the page again.", status=403)
        return None

    return guard


def _comes_from_here(request: Request) -> bool:
    origin = request.headers.get("Origin")
    if origin is not None:
        return str(origin).partition("://")[2] == str(request.headers.get("Host", ""))
    return str(request.headers.get("Sec-Fetch-Site", "same-origin")) == "same-origin"


async def _add_headers(_: Request, response: Any) -> None:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


async def _failed(request: Request, error: Exception) -> HTTPResponse:
    if isinstance(error, GoneError):
        return await render(request, "problem.html", status=404, heading=str(error))
    if isinstance(error, NotFound):
        return await render(request, "problem.html", status=404, heading="There is no such page")
    if isinstance(error, SanicException):
        return await render(request, "problem.html", status=error.status_code, heading=str(error))
    if isinstance(error, (KnowledgeError, ProjectError)):
        # Somebody is at work in an editor: the page is there again when the file is.
        heading = "A file of the project cannot be used as it is"
        return await render(request, "problem.html", status=503, heading=heading, told=str(error))
    incident = uuid.uuid4().hex[:8]
    # The error's own text may hold a person's words; its type and place do not.
    place = "".join(traceback.format_tb(error.__traceback__))
    logger.error("A page failed (incident %s): %s\n%s", incident, type(error).__name__, place)
    return await render(request, "problem.html", status=500, heading=f"Something went wrong (incident {incident})")


def _add_static(app: Sanic) -> None:
    """Serve the files of `static/`, read once; a changed file has another tag."""
    files = {path.name: path.read_bytes() for path in STATIC.iterdir() if path.suffix in _TYPES}
    tags = {name: f'"{hashlib.sha256(body).hexdigest()[:24]}"' for name, body in files.items()}

    async def send(request: Request, name: str) -> HTTPResponse:
        if name not in files:
            raise NotFound("There is no such file")
        headers = {"ETag": tags[name], "Cache-Control": "no-cache"}
        if request.headers.get("If-None-Match") == tags[name]:
            return HTTPResponse(status=304, headers=headers)
        return HTTPResponse(files[name], headers=headers, content_type=_TYPES[f".{name.rpartition('.')[2]}"])

    app.add_route(send, "/static/<name:str>", methods=["GET", "HEAD"], name="static_file")
