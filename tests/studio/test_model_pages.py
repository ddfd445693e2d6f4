"""Promoting, refusing and rolling back in a real browser."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from test_comparison import comparison, evaluation

from backstride.evaluation.basis import basis_of
from backstride.model_store import ModelStore
from backstride.settings import ROOT
from backstride.studio.comparisons import Comparisons
from backstride.studio.settings import StudioSettings
from backstride.training import fingerprints

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js") if (ROOT / "node_modules").is_dir() else None
PASSWORD = "a long enough password 1"


@pytest.fixture
def settings(settings: StudioSettings) -> StudioSettings:
    """A serving model and a candidate that was compared with it."""
    store = ModelStore(settings.models)
    file = settings.project / "trained.tar.gz"
    file.write_text("old")
    # Of the code that is here: a roll-back tries to load a model of other code, and this one is none.
    parts = fingerprints(settings.project)
    old = store.keep(file, inputs="x", parts=parts).id
    store.install(old, kind="trained", by="ann")
    file.write_text("new")
    new = store.keep(file).id
    both = comparison(evaluation(), evaluation(), basis=basis_of(settings.project))
    Comparisons(settings.state).write(both.copy(update={"candidate": new, "current": old}))
    return settings


@pytest.fixture
def page(settings: StudioSettings) -> Iterator[Page]:
    """The studio's page of models, signed in."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BACKSTRIDE")}
    environment |= {"BACKSTRIDE_STUDIO_PROJECT": str(settings.project), "STUDIO_PORT": str(port)}
    command = [sys.executable, "-m", "backstride.cli", "studio"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as studio:
        assert studio.stdout is not None
        address = next(found.group() for line in studio.stdout if (found := re.search(r"http://\S+", line)))
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
                page = browser.new_context(bypass_csp=True).new_page()
                page.set_default_timeout(120_000)
                page.goto(address)
                page.get_by_label("Name").fill("Ann")
                for field in page.locator("input[type=password]").all():
                    field.fill(PASSWORD)
                page.get_by_role("button", name="Begin").click()
                page.get_by_role("link", name="Models").click()
                yield page
                browser.close()
        finally:
            studio.terminate()


def violations(page: Page) -> list[str]:
    if AXE is None:
        return []
    page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate("axe.run().then(({ violations }) => violations.map(({ id }) => id))")
    return found


def test_a_candidate_is_promoted_and_rolled_back(page: Page, settings: StudioSettings) -> None:
    store = ModelStore(settings.models)
    assert violations(page) == []
    page.get_by_role("link", name="See the comparison").click()
    expect(page.get_by_role("heading", name="Nothing stands against it")).to_be_visible()
    assert violations(page) == []

    page.get_by_label("Why this model should serve").fill("better")
    page.get_by_role("button", name="Promote").click()
    expect(page.get_by_role("status").first).to_contain_text("serves from now on")
    assert store.serving.read_text() == "new"

    page.get_by_text("Roll back to").click()
    page.get_by_label("Why?").fill("worse")
    page.get_by_role("button", name="Roll back now").click()
    expect(page.get_by_role("status").first).to_contain_text("serves again")
    assert store.serving.read_text() == "old"
    assert [(decision.by, decision.why) for decision in store.decisions()][1:] == [("Ann", "better"), ("Ann", "worse")]


def test_a_training_that_fails_is_told_with_its_log(page: Page, settings: StudioSettings) -> None:
    (settings.project / "tests" / "nlu" / "test_set.yml").unlink()
    page.get_by_role("button", name="Train and compare").click()

    expect(page.get_by_text("failed", exact=True)).to_be_visible()
    assert violations(page) == []
    assert ModelStore(settings.models).serving.read_text() == "old"
