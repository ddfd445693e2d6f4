"""Real Chromium against a real server with the scripted assistant."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import DESK, chromium
from chat_page import Chat, Server, loaded
from playwright.sync_api import Browser, BrowserContext


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, once a file: Playwright's event loop must have ended before another test needs one."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that most tests share; each test has a browser of its own and so a conversation of its own."""
    running = Server(tmp_path_factory.mktemp("server"), allowed_origins=["*"]).start()
    yield running
    running.kill()


@pytest.fixture
def open_chat(browser: Browser, server: Server) -> Iterator[Callable[..., Chat]]:
    """Return a function that opens the page at `/` as a new person would; it fails where the page has an error."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_page(url: str = "", *, context: BrowserContext | None = None, **options: Any) -> Chat:
        if context is None:
            context = browser.new_context(**({"viewport": DESK, "locale": "en-GB"} | options))
            contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if _is_error(message) else None)
        page.goto(url or server.url)
        loaded(page)
        return Chat(page)

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def _is_error(message: Any) -> bool:
    # A failed request says so in the console by itself; tests that cut the connection expect that.
    return message.type == "error" and "Failed to load resource" not in message.text


@pytest.fixture(scope="session")
def host_page(server: Server) -> Iterator[Callable[..., str]]:
    """Return a function that gives the address of another site's page with the widget in it."""
    pages: dict[str, tuple[str, str]] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            html, policy = pages.get(self.path.partition("?")[0], ("", ""))
            self.send_response(200 if html else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if policy:
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_: Any) -> None:
            pass

    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=site.serve_forever, daemon=True).start()

    def add(name: str, html: str = "", policy: str = "") -> str:
        html = html or (Path(__file__).parent / f"{name}.html").read_text(encoding="utf-8")
        pages[f"/{name}"] = (html.replace("SERVER", server.url), policy.replace("SERVER", server.url))
        return f"http://localhost:{site.server_port}/{name}"

    yield add
    site.shutdown()
    site.server_close()
