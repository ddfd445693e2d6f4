"""What browser tests of several folders share: Chromium, two sizes of its window, the accessibility checker."""

from __future__ import annotations

import contextlib
import functools
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parents[1]
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
# Long enough for a machine that does much else; nothing is claimed about time. It stands here because it holds for the
# whole run: the last module that is imported would set it for the tests of all others.
PATIENCE_MS = 120_000
expect.set_options(timeout=PATIENCE_MS)
_RULES = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']"


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium without a window."""
    if not shutil.which(CHROMIUM):
        pytest.fail(f"{CHROMIUM} is missing; install it with: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def violations(page: Page) -> list[str]:
    """Return what axe finds in the page as it is now."""
    # Past the page's policy, which rightly lets no script be evaluated.
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": _axe_source()})
    run = (
        f"axe.run(document, {{runOnly: {_RULES}}})"
        ".then(({violations}) => violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target} ${n.failureSummary}`)))"
    )
    answer = session.send("Runtime.evaluate", {"expression": run, "awaitPromise": True, "returnByValue": True})
    session.detach()
    return list(answer["result"]["value"])


@functools.cache
def _axe_source() -> str:
    path = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not path.is_file():
        pytest.fail(f"{path} is missing; install it with: npm install --no-package-lock")
    return path.read_text(encoding="utf-8")
