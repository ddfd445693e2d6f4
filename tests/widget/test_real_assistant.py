"""The widget with the real assistant behind it: the trained model, the real actions, a server as people run it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from browsing import violations
from chat_page import MODEL, Chat, real_assistant
from playwright.sync_api import expect

OpenChat = Callable[..., Chat]


@pytest.fixture(scope="module")
def real_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `backstride serve` with a database of its own."""
    if not MODEL.is_file():
        pytest.fail(f"{MODEL} is missing; run 'make train'.")
    with real_assistant(tmp_path_factory.mktemp("real")) as address:
        yield address


def test_exercise_comes_after_the_five_checks(open_chat: OpenChat, real_server: str) -> None:
    """The list, the session, the player; all of it is there again after a reload."""
    chat = open_chat(real_server)
    checks = chat.ask("show me some stretches")
    expect(checks).to_contain_text("checks before any exercise")
    chat.press("None of these")
    expect(chat.bot.last.get_by_role("button", name="Knee rolls")).to_be_visible()
    chat.ask("take me through them")
    expect(chat.bot.last).to_contain_text("Step 1 of 4")
    chat.bot.last.get_by_role("button", name="Do it with me").click()
    player = chat.page.get_by_role("dialog", name="Exercise: Bottom to heels")
    expect(player).to_contain_text("Step 1 of 4")
    chat.page.keyboard.press("Escape")
    said = chat.bot.count()
    chat.page.reload()
    expect(chat.bot).to_have_count(said)
    chat.bot.last.get_by_role("button", name="Done").click()
    expect(chat.bot.last).to_contain_text("Step 2 of 4")
    assert violations(chat.page) == []


def test_red_flag_in_the_middle_is_pinned(open_chat: OpenChat, real_server: str) -> None:
    """It stays over a question in between and a reload, with the number to dial; no exercise can be begun."""
    chat = open_chat(real_server)
    chat.ask("is a hot water bottle any good")
    chat.ask("since this morning it is numb between my legs and i cant pee")
    expect(chat.pin).to_contain_text("Get emergency help now")
    expect(chat.pin.get_by_role("link").first).to_have_attribute("href", "tel:999")
    chat.ask("show me some stretches")
    expect(chat.page.get_by_role("button", name="Do it with me")).to_have_count(0)
    chat.page.reload()
    expect(chat.pin).to_be_visible()


def test_check_in_is_answered_by_taps_alone(open_chat: OpenChat, real_server: str) -> None:
    """The slider, a choice, several ticks, the five checks: it ends in a plan that can be printed and is kept."""
    chat = open_chat(real_server)
    chat.ask("My back hurts after running")
    slider = chat.page.get_by_role("slider")
    slider.press("ArrowLeft")
    chat.page.get_by_role("button", name="Send 4").click()
    for answer in ("Lower back", "A few days", "Getting better", "No, only the back"):
        chat.page.get_by_role("button", name=answer, exact=True).click()
    for ticks in (("Longer than usual", "Hillier than usual"), ("No warm-up", "New or worn shoes"), ("I sit all day",)):
        for tick in ticks:
            chat.page.get_by_role("button", name=tick, exact=True).click()
        chat.page.get_by_role("button", name="Send my answer").last.click()
        expect(chat.person.last).to_contain_text(", ".join(ticks))
    expect(chat.bot.last).to_contain_text("Five quick checks")
    chat.press("None of these")
    plan = chat.page.get_by_role("article", name="Your plan")
    expect(plan).to_contain_text(re.compile("longer than usual.*hillier than usual"))
    expect(chat.bot.last.get_by_role("button", name="Print")).to_be_visible()
    assert violations(chat.page) == []
    chat.page.reload()
    expect(plan).to_be_visible()
