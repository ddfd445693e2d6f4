"""A real browser: a correction survives the tab, is written by clicks, and axe finds nothing on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from made_conversations import Store, action, bot, letters, user
from playwright.sync_api import Page, expect, sync_playwright
from studio_server import PASSWORD, Running

from backstride.settings import ROOT
from backstride.studio import application, people
from backstride.studio.index import label_of
from backstride.studio.settings import StudioSettings

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture
def page(settings: StudioSettings, store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    async def nothing(*_: object) -> None:
        """Follow nothing: a test says itself when to look."""

    monkeypatch.setattr(people, "_SCRYPT", {"n": 2, "r": 8, "p": 1})
    monkeypatch.setattr(application, "_keep_up", nothing)
    said = user("quokka bath for my sore back perhaps", "report_pain", 0.4, key="m1")
    store.add("s", [said, action("action_give_relief"), bot("A warm towel eases it.")])
    running = Running(settings)
    running.studio.meaning.vectors._encode = letters
    running.studio.people.add("Kim", PASSWORD)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_context(base_url=running.url, viewport={"width": 1280, "height": 900}).new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto("/sign-in")
        page.get_by_label("Name").fill("Kim")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/inbox")
        yield page
        browser.close()
        assert errors == []
    running.stop()


def violations(page: Page) -> Any:
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": AXE.read_text()})
    run = "axe.run().then(r => r.violations.map(v => v.id + ' ' + v.nodes[0].html))"
    options = {"expression": run, "awaitPromise": True, "returnByValue": True}
    return session.send("Runtime.evaluate", options)["result"]["value"]


def test_correction_reaches_the_data_when_the_tab_was_closed_in_between(page: Page, settings: StudioSettings) -> None:
    page.get_by_role("link", name="quokka bath").click()
    page.locator("summary", has_text="Correct").click()
    page.get_by_label("Right intent").select_option("relief_heat")
    expect(page.get_by_text("Kept: intent relief_heat")).to_be_visible()
    page.goto("about:blank")
    page.goto(f"/conversation/{label_of('s')}")
    expect(page.get_by_label("Right intent")).to_have_value("relief_heat")
    page.get_by_role("link", name="Into the data").click()
    page.get_by_role("button", name="Write into the data").click()
    expect(page.get_by_text("Written: data/relief/nlu.yml")).to_be_visible()
    assert "- quokka bath for my sore back perhaps\n" in (settings.project / "data/relief/nlu.yml").read_text()


@pytest.mark.parametrize(
    "address", ["/inbox", "/conversation/LABEL", "/conversation/LABEL/keep", "/changes", "/picture"]
)
def test_axe_finds_nothing_when_light_on_a_desk_or_dark_on_a_phone(page: Page, address: str) -> None:
    page.goto(address.replace("LABEL", label_of("s")))
    for fold in page.locator("details > summary").all()[:2]:
        fold.click()
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
