"""The page, the widget's files and the pictures; and the headers that every response carries."""

from __future__ import annotations

import gzip
import hashlib
import html
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sanic.response import HTTPResponse

from backstride.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from sanic.request import Request

WIDGET = ROOT / "widget"
PICTURES = ROOT / "knowledge" / "images"

_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
# Stands on the page where the number of days is filled in.
_RETENTION = b"{{retention}}"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_NOTHING_POLICY = "default-src 'none'; frame-ancestors 'none'"
# A response that sets one of these itself keeps its own.
_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": _NOTHING_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
)
_CORS_HEADERS = (
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers",
    "Access-Control-Expose-Headers",
    "Access-Control-Max-Age",
)
# Comments on lines of their own; the modules are written for readers and sent without these. Anything else stays as it
# is, so that a line in a browser's error is easily found.
_COMMENT = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\n", re.DOTALL | re.MULTILINE)
# The mark by which sanic-cors, which Rasa adds to its server, knows that a response is done.
_CORS_DONE = "_sanic_cors_e"


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent: read and compressed once."""

    body: bytes
    zipped: bytes
    kind: str
    tag: str


class Site:
    """All files that may be had, by their address; nothing else on the disk can be reached."""

    def __init__(self, widget: Path = WIDGET, pictures: Path = PICTURES, *, retention: str = "") -> None:
        """Read the files.

        Args:
            widget: the folder of the widget.
            pictures: the folder of the drawings.
            retention: the sentence that stands on the page about how long things are kept.
        """
        files = {f"/widget/{path.name}": path for path in widget.glob("*.js")}
        files |= {f"/widget/page/{path.name}": path for path in (widget / "page").glob("*.*") if path.suffix in _TYPES}
        files |= {f"/pictures/{path.name}": path for path in pictures.glob("*.svg")}
        said = html.escape(retention).encode()
        self._files = {address: _read(path, {_RETENTION: said}) for address, path in files.items()}

    @property
    def addresses(self) -> Collection[str]:
        """The addresses of all files."""
        return self._files.keys()

    def zipped_bytes(self, address: str) -> int:
        """Return how many bytes a file has as it is sent."""
        return len(self._files[address].zipped)

    def answer(self, request: Request, address: str) -> HTTPResponse | None:
        """Return the response with a file, or None where there is no such file."""
        file = self._files.get(address)
        if file is None:
            return None
        is_page = address.endswith(".html")
        headers = {
            # Checked again each time: all modules of the widget always belong together.
            "Cache-Control": "no-cache",
            "ETag": file.tag,
            "Vary": "Accept-Encoding",
        }
        if is_page:
            headers["Content-Security-Policy"] = PAGE_POLICY
        else:
            # Other people's pages load these; there is nothing of anybody in them.
            headers["Access-Control-Allow-Origin"] = "*"
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        if request.headers.get("If-None-Match") == file.tag:
            return HTTPResponse(status=304, headers=headers)
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return HTTPResponse(file.zipped, headers=headers, content_type=file.kind)
        return HTTPResponse(file.body, headers=headers, content_type=file.kind)


@dataclass(frozen=True, slots=True)
class Origins:
    """Which pages may use the chat: those of this server, and those of the origins allowed by name."""

    allowed: frozenset[str] = frozenset()

    def admits(self, request: Request) -> bool:
        """Return whether a request comes from a page that may use the chat, or from no page at all."""
        origin = request.headers.get("Origin")
        if origin is None or "*" in self.allowed or origin in self.allowed:
            return True
        return str(origin).partition("://")[2] == str(request.headers.get("Host", ""))

    def mark(self, request: Request, response: HTTPResponse) -> None:
        """Say in a response to the chat which page may read it; this alone decides, whatever `--cors` says."""
        for name in _CORS_HEADERS:
            response.headers.pop(name, None)
        setattr(request.ctx, _CORS_DONE, "1")
        response.headers["Vary"] = "Origin"
        origin = request.headers.get("Origin")
        if origin is None or not self.admits(request):
            return
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "Retry-After"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
            response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
            response.headers["Access-Control-Max-Age"] = "600"


def add_security_headers(response: Any) -> None:
    """Add the headers that every response carries, where it has none of its own."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


def without_comments(script: str) -> str:
    """Return a script without the comments that stand on lines of their own."""
    return _COMMENT.sub("", script)


def _read(path: Path, filled_in: Mapping[bytes, bytes]) -> File:
    body = path.read_bytes()
    if path.suffix == ".html":
        for mark, words in filled_in.items():
            body = body.replace(mark, words)
    if path.suffix == ".js":
        body = without_comments(body.decode()).encode()
    return File(
        body=body,
        zipped=gzip.compress(body, mtime=0),
        kind=_TYPES[path.suffix],
        tag=f'"{hashlib.sha256(body).hexdigest()[:24]}"',
    )
