"""By keyboard alone, with a real training: a misread message becomes a model that answers it, and back again.

The project is a copy with few examples, so that training and comparing take seconds; everything else is as in life: the
studio and the assistant are processes of their own, and somebody talks to the assistant all the while.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from browsing import DESK, free_port
from made_conversations import action, bot, store_at, user
from playwright.sync_api import Browser, Locator, Page, expect
from processes import Command
from small_project import small_project

from backstride.model_store import SERVED, ModelStore
from backstride.settings import ROOT

MODEL = ROOT / "models" / "backstride.tar.gz"
PASSWORD = "correct horse battery"
# Of the answer about heat, in knowledge/back_pain.yml.
HEAT = "home remedy with the best proof"
# A thing that no example names.
MISREAD = "is a snoozle pouch ok to use in the evening"
# Long enough for a training on a machine that does much else; nothing is claimed about time.
PATIENCE_MS = 600_000


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that does not know what a snoozle pouch is, a trained model, and a message that was misread."""
    if not MODEL.is_file():
        pytest.fail(f"{MODEL} is missing; run 'make train'.")
    folder = small_project(tmp_path / "project", without="snoozle")
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
    port = free_port()
    with Command(project, "serve", PORT=str(port)) as serving:
        serving.told("Chat at")
        yield Runner(f"http://127.0.0.1:{port}")


@pytest.fixture
def page(project: Path, browser: Browser) -> Iterator[Page]:
    """The studio's first page, before anybody signed in."""
    with Command(project, "studio", STUDIO_PORT=str(free_port())) as studio:
        address = studio.told(r"http://\S+")
        context = browser.new_context(viewport=DESK)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        yield page
        context.close()
        assert errors == []


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
    expect(page.get_by_role("link", name="snoozle")).to_be_visible()
    filter_box = page.get_by_role("checkbox", name="Not understood")
    reach(page, filter_box)
    page.keyboard.press("Space")
    page.wait_for_url("**/inbox?*not-understood*")
    press(page, page.get_by_role("link", name="snoozle"))

    # The correction: the second likeliest reading stands first.
    reach(page, page.get_by_label("Right intent"))
    page.keyboard.press("ArrowDown")
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
    page.keyboard.type("knows what a snoozle is")
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
        ("promoted", "Kim", "knows what a snoozle is"),
        ("rolled_back", "Kim", "only a try"),
    ]
