"""What the tests of the widget share: the scripted server as a process, a page with the widget, the checker."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from browsing import free_port
from playwright.sync_api import Locator, Page, expect

ROOT = Path(__file__).parents[2]
MODEL = Path(os.environ.get("BACKSTRIDE_MODELS", ROOT / "models")) / "backstride.tar.gz"
# Long enough for a machine that does much else.
START_S = 300


def answers(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server answers; fail with the end of its log where it does not."""
    begun = time.monotonic()
    while True:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(address, timeout=120).close()
            return
        if process.poll() is not None or time.monotonic() - begun > START_S:
            raise RuntimeError(f"the server did not start:\n{log.read_text()[-3000:]}")
        time.sleep(0.1)


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
        answers(self.url, self._process, self._log)
        return self

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def release(self) -> None:
        """Let the scripted assistant go on where it was told to wait."""
        request = urllib.request.Request(f"{self.url}/test/release", method="POST")
        urllib.request.urlopen(request, timeout=120).close()


@contextlib.contextmanager
def real_assistant(folder: Path) -> Iterator[str]:
    """Run `backstride serve` with the trained model and a database in a folder; give its address."""
    (folder / "endpoints.yml").write_text(
        f"tracker_store: {{type: SQL, dialect: sqlite, db: {folder / 'conversations.db'}}}\n"
        "lock_store: {type: backstride.locks.OneProcessLockStore}\n"
    )
    (folder / "credentials.yml").write_text(
        f"backstride.channels.web.WebChannel: {{key_file: {folder / 'web.key'}, messages_per_minute: 100000}}\n"
    )
    port = free_port()
    settings = {
        "PORT": str(port),
        "BACKSTRIDE_COUNTRY": "uk",
        "BACKSTRIDE_MODELS": str(MODEL.parent),
        "BACKSTRIDE_ENDPOINTS": str(folder / "endpoints.yml"),
        "BACKSTRIDE_CREDENTIALS": str(folder / "credentials.yml"),
    }
    log = folder / "server.log"
    with log.open("wb") as sink:
        command = [sys.executable, "-W", "ignore", "-m", "backstride.cli", "serve"]
        process = subprocess.Popen(command, stdout=sink, stderr=sink, cwd=ROOT, env=os.environ | settings)
    try:
        address = f"http://127.0.0.1:{port}"
        answers(address, process, log)
        yield address
    finally:
        process.kill()
        process.wait()


def loaded(page: Page) -> None:
    """Wait until the widget has its conversation.

    Not `wait_for_function`: where it must ask a second time, the page's own policy forbids what it evaluates.
    """
    page.evaluate(
        """async () => {
        const host = document.querySelector('back-stride');
        if (host.panel?.conversation.isLoaded) return;
        await new Promise(done => host.addEventListener('ready', done, {once: true}));
        }"""
    )


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
