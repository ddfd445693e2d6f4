"""By keyboard alone, with a real training: a misread message becomes a model that answers it, and back again.

The project is a copy with few examples, so that training and comparing take seconds; everything else is as in life: the
studio and the assistant are processes of their own, and somebody talks to the assistant all the while.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from made_conversations import action, bot, store_at, user
from playwright.sync_api import Locator, Page, expect, sync_playwright
from small_project import small_project

from backstride.model_store import SERVED, ModelStore
from backstride.settings import ROOT

MODEL = ROOT / "models" / "backstride.tar.gz"
PASSWORD = "correct horse battery"
# Of the answer about heat, in knowledge/back_pain.yml.
HEAT = "home remedy with the best proof"
MISREAD = "is a wheat bag ok to use in the evening"
# Long enough for a machine that does much else; nothing is claimed about time.
PATIENCE_MS = 600_000


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that does not know what a wheat bag is, a trained model, and a message that was misread."""
    if not MODEL.is_file():
        pytest.fail(f"{MODEL} is missing; run 'make train'.")
    folder = small_project(tmp_path / "project", without="wheat")
    models = ModelStore(folder / "models")
    models.install(models.keep(MODEL).id, kind="trained", by="make train")
    store = store_at(folder / "conversations.db")
    # Just now: what is older than the retention period is erased by the assistant.
    now = time.time()
    said = user(MISREAD, "out_of_scope", 0.87, ranking=[("out_of_scope", 0.87), ("relief_heat", 0.12)], at=now)
    replies = [action("action_not_understood", at=now), bot("That is outside what I know.", at=now)]
    store.add("somebody", [said, *replies])
    store.close()
    return folder


def _process(project: Path, *command: str, **environment: str) -> subprocess.Popen[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BACKSTRIDE")}
    # From the project's folder, so that its own copy of the code runs.
    return subprocess.Popen(
        [sys.executable, "-m", "backstride.cli", *command],
        cwd=project,
        env=inherited | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _told(process: subprocess.Popen[str], pattern: str) -> str:
    """Return what a process says first that looks like this; fail with all that it said where it ends without."""
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if found := re.search(pattern, line):
            return found.group()
    pytest.fail("".join(said))


def _free_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


class Runner:
    """Somebody who talks to the assistant."""

    def __init__(self, address: str) -> None:
        self._address = address

    def say(self, text: str) -> list[dict[str, Any]]:
        """Send a message; return all that came back."""
        body = {"sender": "runner", "message": text}
        answer = requests.post(f"{self._address}/webhooks/rest/webhook", json=body, timeout=120)
        replies: list[dict[str, Any]] = answer.json()
        assert replies, f"no answer to {text!r}"
        return replies


@pytest.fixture
def runner(project: Path) -> Iterator[Runner]:
    """The assistant serves."""
    with _process(project, "serve", PORT=_free_port()) as serving:
        try:
            address = _told(serving, r"http://[\d.:]+")
            _told(serving, "Chat at|Ctrl-C")
            yield Runner(address)
        finally:
            serving.terminate()


@pytest.fixture
def page(project: Path) -> Iterator[Page]:
    """The studio's first page, before anybody signed in."""
    with _process(project, "studio", STUDIO_PORT=_free_port()) as studio:
        try:
            address = _told(studio, r"http://\S+")
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                page.set_default_timeout(PATIENCE_MS)
                errors: list[str] = []
                page.on("pageerror", lambda error: errors.append(str(error)))
                page.goto(address)
                yield page
                browser.close()
                assert errors == []
        finally:
            studio.terminate()


def reach(page: Page, wanted: Locator) -> None:
    """Go to an element with the Tab key and nothing else."""
    expect(wanted).to_be_visible()
    for _ in range(150):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the keyboard does not reach {wanted}")


def press(page: Page, wanted: Locator) -> None:
    """Reach an element and press it."""
    reach(page, wanted)
    page.keyboard.press("Enter")


def answers_with(project: Path, model: str) -> bool:
    """Return whether the running assistant says that it answers with a model."""
    return bool(json.loads((project / "models" / SERVED).read_text())["model"] == model)


@pytest.mark.loop
def test_misread_message_is_answered_after_the_loop_and_no_longer_after_a_roll_back(
    page: Page, runner: Runner, project: Path
) -> None:
    store = ModelStore(project / "models")
    before = store.current()
    assert before is not None
    # The first question of the check-in, without what is said before it.
    asked_first = runner.say("my lower back hurts")[-1]["text"].splitlines()[-1]

    # The first start.
    page.keyboard.type("Kim")
    for field in page.locator("input[type=password]").all():
        reach(page, field)
        page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox")

    # The inbox: what was not understood, opened at the message.
    page.wait_for_function("fetch('/inbox').then(r => r.text()).then(t => t.includes('wheat bag'))")
    filter_box = page.get_by_role("checkbox", name="Not understood")
    reach(page, filter_box)
    page.keyboard.press("Space")
    page.wait_for_url("**/inbox?*not-understood*")
    press(page, page.get_by_role("link", name="wheat bag"))

    # The correction.
    intent = page.get_by_label("Right intent")
    reach(page, intent)
    page.keyboard.type("relief_heat")
    expect(page.get_by_text("Kept: intent relief_heat")).to_be_visible()
    press(page, page.get_by_role("link", name="Into the data"))

    # Into the data.
    press(page, page.get_by_role("button", name="Write into the data"))
    expect(page.get_by_text("Written: data/relief/nlu.yml")).to_be_visible()
    assert f"- {MISREAD}\n" in (project / "data/relief/nlu.yml").read_text()

    # Train and compare, watched until the comparison opens by itself.
    press(page, page.get_by_role("button", name="Train and compare"))
    page.wait_for_url("**/models/compare/*", timeout=PATIENCE_MS)
    expect(page.get_by_role("heading", name="Nothing stands against it")).to_be_visible()
    expect(page.get_by_text(MISREAD)).to_be_visible()
    assert store.current() == before

    # Promote; the assistant takes it over in the middle of a conversation.
    reach(page, page.get_by_label("Why this model should serve"))
    page.keyboard.type("knows what a wheat bag is")
    page.keyboard.press("Enter")
    expect(page.get_by_text("answers since")).to_be_visible(timeout=PATIENCE_MS)
    candidate = store.current()
    assert candidate is not None
    assert candidate.id != before.id
    assert answers_with(project, candidate.id)
    in_between = runner.say(MISREAD)
    assert HEAT in in_between[0]["text"]
    assert asked_first in in_between[-1]["text"], "the question that was open is asked again"

    # Roll back; the same conversation goes on.
    press(page, page.get_by_text("Roll back to"))
    reach(page, page.get_by_label("Why?"))
    page.keyboard.type("only a try")
    page.keyboard.press("Enter")
    expect(page.get_by_text("serves again")).to_be_visible()
    expect(page.get_by_text("answers since")).to_be_visible(timeout=PATIENCE_MS)
    assert answers_with(project, before.id)
    assert asked_first not in runner.say("5")[-1]["text"], "the answer is taken and the next question asked"
    assert [(d.kind, d.by, d.why) for d in store.decisions()][1:] == [
        ("promoted", "Kim", "knows what a wheat bag is"),
        ("rolled_back", "Kim", "only a try"),
    ]
