"""Real Chromium against a real server with the scripted assistant."""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}

expect.set_options(timeout=8_000)


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Server:
    """The scripted server in a process of its own, so that it can be killed like a real one."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        generous = {"messages_per_minute": 1e5, "address_messages_per_minute": 1e5, "conversations_per_hour": 1e5}
        self._command = [
            sys.executable,
            "-W",
            "ignore",
            str(ROOT / "tests" / "channels" / "scripted_server.py"),
            *("--port", str(self.port)),
            *("--database", str(folder / "conversations.db")),
            *("--key-file", str(folder / "web.key")),
            *("--options", json.dumps(generous | options)),
        ]
        self._log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Server:
        """Start, and return when it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, cwd=ROOT)
        for _ in range(300):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(self.url, timeout=5).close()
                return self
            time.sleep(0.1)
        raise RuntimeError(f"the scripted server did not start:\n{self._log.read_text()}")

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def release(self) -> None:
        """Let the scripted assistant go on where it was told to wait."""
        request = urllib.request.Request(f"{self.url}/test/release", method="POST")
        urllib.request.urlopen(request, timeout=5).close()


class Chat:
    """A page with the widget, and what a person does there."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.input = page.get_by_role("textbox", name="Your message")
        self.log = page.get_by_role("log")
        self.bot = page.locator(".message.bot:not(.welcome)[data-id]")
        self.person = page.locator(".message.person")
        self.pin = page.get_by_role("region", name="Important: please read")
        self.status = page.locator(".status")

    def say(self, text: str) -> None:
        """Type and send."""
        self.input.fill(text)
        self.input.press("Enter")

    def ask(self, text: str) -> Locator:
        """Say something and return the last message of the answer."""
        before = self.bot.count()
        self.say(text)
        expect(self.bot.nth(before)).to_be_visible()
        expect(self.page.locator(".message.sending")).to_have_count(0)
        return self.bot.nth(self.bot.count() - 1)

    def press(self, name: str) -> Locator:
        """Press a button of the last answer, and return the answer to that."""
        before = self.bot.count()
        self.bot.last.get_by_role("button", name=name, exact=True).click()
        expect(self.bot.nth(before)).to_be_visible()
        return self.bot.nth(before)

    def heard(self) -> str:
        """Return what a screen reader was told."""
        return "\n".join(self.page.locator("[aria-live=polite], [aria-live=assertive]").all_inner_texts())


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if not shutil.which(CHROMIUM):
        pytest.fail(f"{CHROMIUM} is missing; install it with: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


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
        page.wait_for_function("document.querySelector('back-stride')?.panel?.conversation.isLoaded")
        return Chat(page)

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def _is_error(message: Any) -> bool:
    # A failed request says so in the console by itself; tests that cut the connection expect that.
    return message.type == "error" and "Failed to load resource" not in message.text


@functools.cache
def axe_source() -> str:
    """Return the accessibility checker."""
    path = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not path.is_file():
        pytest.fail(f"{path} is missing; install it with: npm install --no-package-lock")
    return path.read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """Return what axe finds in the page as it is now."""
    page.evaluate(axe_source())
    found = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
        ".then(({violations}) => violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target} ${n.failureSummary}`)))"
    )
    return list(found)


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
