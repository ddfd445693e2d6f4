"""A real browser: a correction survives the tab, is written by clicks, and axe finds nothing on the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsing import DESK, PHONE, violations
from made_conversations import Store, action, bot, user
from playwright.sync_api import Page, expect
from studio_server import Running

from backstride.studio.index import label_of
from backstride.studio.settings import StudioSettings


@pytest.fixture
def running(running: Running, store: Store) -> Running:
    """A studio with one conversation, in which a message was misread."""
    said = user("quokka bath for my sore back perhaps", "out_of_scope", 0.4, key="m1")
    store.add("s", [said, action("action_not_understood"), bot("That is outside what I know.")])
    return running


def test_correction_reaches_the_data_when_the_tab_was_closed_in_between(page: Page, settings: StudioSettings) -> None:
    page.get_by_role("link", name="quokka bath").click()
    # The correction of a message that was not understood is open already.
    page.get_by_label("Right intent").select_option("relief_heat")
    expect(page.get_by_text("Kept: intent relief_heat")).to_be_visible()
    page.goto("about:blank")
    page.goto(f"/conversation/{label_of('s')}")
    expect(page.get_by_label("Right intent")).to_have_value("relief_heat")
    page.get_by_role("link", name="Into the data").click()
    page.get_by_role("button", name="Write into the data").click()
    expect(page.get_by_text("Written: data/relief/nlu.yml")).to_be_visible()
    assert "- quokka bath for my sore back perhaps\n" in (settings.project / "data/relief/nlu.yml").read_text()


def test_inbox_fills_by_itself_when_the_conversations_are_read(page: Page, running: Running, store: Store) -> None:
    store.add("late", [user("may i carry my wombat", "out_of_scope", 0.3)])
    with running.studio.index._syncing:
        page.goto("/inbox?q=wombat")
        expect(page.get_by_text("The conversations are being read")).to_be_visible()
    expect(page.get_by_role("link", name="wombat")).to_be_visible()


def test_list_comes_before_the_filters_on_a_phone_until_they_are_asked_for(page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto("/inbox")
    filter_box = page.get_by_role("checkbox", name="Not understood")
    expect(page.get_by_role("link", name="quokka bath")).to_be_in_viewport()
    expect(filter_box).to_be_hidden()
    page.get_by_text("Filters", exact=True).click()
    filter_box.check()
    page.wait_for_url("**/inbox?*not-understood*")
    # What narrows the list is seen beside it.
    expect(filter_box).to_be_checked()
    expect(filter_box).to_be_visible()


def correct(page: Page, intent: str) -> None:
    page.goto(f"/conversation/{label_of('s')}#m1")
    page.get_by_label("Right intent").select_option(intent)


def test_second_trainer_sees_the_first_one_s_correction_and_overwrites_nothing(
    sign_in: Callable[[str], Page], running: Running
) -> None:
    kim, lou = sign_in("Kim"), sign_in("Lou")
    for page in (kim, lou):
        page.goto(f"/conversation/{label_of('s')}#m1")
        expect(page.get_by_label("Right intent")).to_be_visible()
    kim.get_by_label("Right intent").select_option("relief_heat")
    expect(kim.get_by_text("Kept: intent relief_heat")).to_be_visible()
    lou.get_by_label("Right intent").select_option("relief_massage")
    expect(lou.get_by_text("Somebody else has corrected this meanwhile: intent relief_heat")).to_be_visible()
    assert violations(lou) == []
    # What Lou types from now on is not sent behind Kim's back either.
    lou.get_by_label("Wording for the data").fill("another wording")
    lou.get_by_role("link", name="Load it again").click()
    expect(lou.get_by_label("Right intent")).to_have_value("relief_heat")
    (step,) = running.studio.corrections.waiting()
    assert (step.who, step.correction.intent) == ("Kim", "relief_heat")
    # And now that it was seen, Lou may change it.
    lou.get_by_label("Right intent").select_option("relief_massage")
    expect(lou.get_by_text("Kept: intent relief_massage")).to_be_visible()


def test_second_trainer_writes_nothing_over_what_the_first_wrote(
    sign_in: Callable[[str], Page], settings: StudioSettings
) -> None:
    kim, lou = sign_in("Kim"), sign_in("Lou")
    correct(kim, "relief_heat")
    expect(kim.get_by_text("Kept: intent relief_heat")).to_be_visible()
    for page in (kim, lou):
        page.goto("/changes")
    kim.get_by_role("button", name="Write into the data").click()
    expect(kim.get_by_text("Written: data/relief/nlu.yml")).to_be_visible()
    lou.get_by_role("button", name="Write into the data").click()
    expect(lou.get_by_text("have changed since you looked")).to_be_visible()
    expect(lou.get_by_text("Nothing was written")).to_be_visible()
    assert (settings.project / "data/relief/nlu.yml").read_text().count("- quokka bath for my sore back perhaps\n") == 1


def test_group_is_added_to_a_near_intent_with_one_press(page: Page, running: Running) -> None:
    project = running.studio.project
    running.studio.meaning.learn(project.examples, project.test_set)
    page.goto("/unknown")
    expect(page.get_by_role("heading", name="quokka bath")).to_be_visible()
    assert violations(page) == []
    near = page.get_by_role("group", name="Add to the nearest intent").get_by_role("button").first
    intent = near.inner_text()
    near.click()
    expect(page.get_by_text(f"1 message is {intent} now")).to_be_visible()


def test_axe_finds_nothing_on_any_page_light_on_a_desk_or_dark_on_a_phone(page: Page) -> None:
    """One browser for all of them: each start of one costs more than a look."""
    found = {}
    for address in (
        "/inbox",
        "/inbox?f=not-understood",
        f"/conversation/{label_of('s')}#m1",
        f"/conversation/{label_of('s')}/keep",
        "/unknown",
        "/changes",
        "/models",
        "/picture",
        "/audit",
        "/people",
        "/nowhere",
    ):
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(DESK)
        page.goto(address)
        for fold in page.locator("details:not([open]) > summary:visible").all()[:2]:
            fold.click()
        found[f"{address}, light"] = violations(page)
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size(PHONE)
        found[f"{address}, dark"] = violations(page)
        found[f"{address}, wide"] = (
            [] if page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"] else ["too wide"]
        )
    assert {address: wrong for address, wrong in found.items() if wrong} == {}
