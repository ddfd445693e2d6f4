"""Talking: what a person types, presses and sees."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from chat_page import PHONE, Chat, Server
from playwright.sync_api import expect

OpenChat = Callable[..., Chat]


def test_first_word_comes_at_once(open_chat: OpenChat) -> None:
    """From Enter to the first word: a moment even on a busy machine, a new conversation included."""
    chat = open_chat()
    chat.input.fill("hello")
    started = time.perf_counter()
    chat.input.press("Enter")
    expect(chat.bot.first).to_be_visible()
    took_s = time.perf_counter() - started
    assert took_s < 3, f"the first word took {took_s:.2f} s"


def test_welcome_says_what_it_is_and_offers_a_start(open_chat: OpenChat) -> None:
    """Before anything is said: not a doctor, the emergency line, four ways to begin; they go once one has begun."""
    chat = open_chat()
    expect(chat.page.get_by_text("not a doctor, and I cannot examine you")).to_be_visible()
    expect(chat.page.get_by_text("Call your local emergency number now.")).to_be_visible()
    chat.page.get_by_role("button", name="Show me stretches").click()
    expect(chat.person).to_have_text(re.compile("Show me stretches"))
    expect(chat.bot).to_contain_text("Bottom to heels")
    expect(chat.page.get_by_role("button", name="What helps now?")).to_be_hidden()


def test_button_is_disabled_after_the_choice_not_removed(open_chat: OpenChat) -> None:
    """The choice stays to be seen, the others too, and none can be pressed again."""
    chat = open_chat()
    menu = chat.ask("hello")
    chat.press("What helps now")
    expect(chat.person.last).to_contain_text("What helps now")
    chosen = menu.get_by_role("button", name="What helps now (chosen)")
    expect(chosen).to_have_attribute("aria-disabled", "true")
    expect(menu.get_by_role("button", name="What causes it")).to_have_attribute("aria-disabled", "true")
    said = chat.person.count()
    chosen.click(force=True)
    expect(chat.person).to_have_count(said)


def test_double_click_chooses_once(open_chat: OpenChat) -> None:
    """An impatient finger does not answer twice."""
    chat = open_chat()
    chat.ask("hello").get_by_role("button", name="What helps now").dblclick()
    expect(chat.bot).to_have_count(2)
    expect(chat.person).to_have_count(2)


def test_exercise_comes_as_a_card(open_chat: OpenChat) -> None:
    """Steps with their holds, cautions in sight, evidence and sources folded away."""
    chat = open_chat()
    chat.ask("stretch")
    card = chat.press("Half-kneeling lean").get_by_role("article")
    expect(card.get_by_role("heading", name="Half-kneeling lean")).to_be_visible()
    expect(card.locator(".steps > li")).to_have_count(5)
    expect(card.get_by_text("hold 15 s")).to_be_visible()
    expect(card.get_by_text("Take care")).to_be_visible()
    sources = card.locator(".sources")
    expect(sources).to_be_hidden()
    card.get_by_text("How sure is this, and who says so?").click()
    expect(sources).to_be_visible()


def test_follow_up_stays_text(open_chat: OpenChat) -> None:
    """The answer to "why?" is a plain message."""
    chat = open_chat()
    chat.ask("heat")
    expect(chat.press("Why?").get_by_role("article")).to_have_count(0)


def test_markdown_that_is_meant_is_shown(open_chat: OpenChat) -> None:
    """Paragraphs, lists, bold and links; nothing else."""
    chat = open_chat()
    answer = chat.ask("echo:**bold** and [site](https://example.org/a)\nnext line\n\n- one\n- two\n\n3. three\n4. four")
    expect(answer.locator("strong")).to_have_text("bold")
    expect(answer.get_by_role("link", name="site")).to_have_attribute("href", "https://example.org/a")
    expect(answer.locator("ul > li")).to_have_text(["one", "two"])
    expect(answer.locator("ol")).to_have_attribute("start", "3")
    expect(answer.locator("p").first.locator("br")).to_have_count(1)


def test_typing_shows_until_the_last_message(open_chat: OpenChat, server: Server) -> None:
    """The first message is there while the second is still being made."""
    chat = open_chat()
    chat.say("two, wait")
    expect(chat.bot).to_have_text([re.compile("First.")])
    expect(chat.page.locator(".dots")).to_be_visible()
    server.release()
    expect(chat.bot).to_have_count(2)
    expect(chat.page.locator(".dots")).to_be_hidden()


def test_pain_is_told_by_a_slider(open_chat: OpenChat) -> None:
    """Nothing is preselected; each number has a word; the answer is said in words."""
    chat = open_chat()
    question = chat.ask("how bad")
    send = question.get_by_role("button", name="Send …")
    expect(send).to_have_attribute("aria-disabled", "true")
    send.click(force=True)
    slider = question.get_by_role("slider", name="Your pain right now, from 0 to 10")
    for _ in range(2):
        slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "7 · strong")
    question.get_by_role("button", name="Send 7").click()
    expect(chat.person.last).to_contain_text("My pain is 7 out of 10")
    expect(slider).to_be_disabled()
    expect(chat.person).to_have_count(2)


def test_thumb_and_word_reach_the_trainers(open_chat: OpenChat) -> None:
    """A thumb down asks for a word; both are there after a reload."""
    chat = open_chat()
    answer = chat.ask("heat")
    answer.get_by_role("button", name="This did not help").click()
    word = answer.get_by_role("textbox", name="What was wrong or missing? (optional)")
    expect(word).to_be_focused()
    word.fill("too short")
    word.press("Enter")
    expect(answer.get_by_text("Thank you. Our trainers will read that.")).to_be_visible()
    chat.page.reload()
    expect(chat.bot.get_by_role("button", name="This did not help")).to_have_attribute("aria-pressed", "true")


def test_answer_can_be_copied_and_a_plan_printed(open_chat: OpenChat) -> None:
    """The clipboard gets the text; the print holds the plan and nothing of the page."""
    chat = open_chat(permissions=["clipboard-read", "clipboard-write"])
    plan = chat.ask("plan")
    plan.get_by_role("button", name="Copy").click()
    expect(plan.locator(".done")).to_be_visible()
    assert "Knee rolls" in chat.page.evaluate("navigator.clipboard.readText()")
    plan.get_by_role("button", name="Print").click()
    frame = chat.page.frame_locator("iframe[title=print]")
    expect(frame.locator("ul > li")).to_have_text(["Walk 10 minutes", "Knee rolls", "Hills"])
    expect(frame.get_by_text("Sore back after a run?")).to_have_count(0)


def test_long_text_is_counted_and_stopped(open_chat: OpenChat) -> None:
    """Near the limit the letters left are told; no more can be typed."""
    chat = open_chat()
    chat.input.fill("a" * 990)
    expect(chat.page.get_by_text("10 characters left")).to_be_visible()
    chat.input.press_sequentially("b" * 15)
    assert len(chat.input.input_value()) == 1000
    expect(chat.ask("x")).to_contain_text("You said: x")


def test_shift_enter_makes_a_line(open_chat: OpenChat) -> None:
    """Enter sends, Shift and Enter do not; lines stay lines."""
    chat = open_chat()
    chat.input.fill("one")
    chat.input.press("Shift+Enter")
    chat.input.press_sequentially("two")
    chat.input.press("Enter")
    expect(chat.person).to_have_text(re.compile("one\ntwo"), use_inner_text=True)


def test_failed_message_can_be_tried_again(open_chat: OpenChat) -> None:
    """An answer that fails is said calmly, the words are not lost, and one press sends them again."""
    chat = open_chat()
    chat.say("crash")
    expect(chat.status).to_contain_text("Sorry, something went wrong on my side.")
    expect(chat.person).to_contain_text("Not answered.")
    chat.page.reload()
    chat.page.get_by_role("button", name="Try again").click()
    expect(chat.status).to_contain_text("Sorry, something went wrong on my side.")
    expect(chat.ask("hello")).to_contain_text("Hello!")
    expect(chat.person).to_have_count(2)


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 900}, PHONE])
def test_new_answer_is_in_sight_from_its_start(open_chat: OpenChat, viewport: dict[str, int]) -> None:
    """After each message the question and the start of the answer are in sight, however long the answer is."""
    chat = open_chat(viewport=viewport)
    for text in ("stretch", "heat", "how bad", "numb"):
        answer = chat.ask(text)
        expect(chat.person.last).to_be_in_viewport(ratio=1)
        expect(answer.locator(".body")).to_be_in_viewport()
        expect(chat.page.get_by_role("button", name="New messages")).to_be_hidden()


def test_second_message_out_of_sight_is_announced(open_chat: OpenChat) -> None:
    """When a referral fills the screen and more follows below it, a button says so."""
    chat = open_chat(viewport=PHONE)
    chat.ask("hello")
    chat.ask("numb, then a question")
    expect(chat.person.last).to_be_in_viewport(ratio=1)
    jump = chat.page.get_by_role("button", name="New messages")
    jump.click()
    expect(chat.bot.last).to_be_in_viewport()
    expect(jump).to_be_hidden()


def test_pictures_come_with_a_list_of_exercises(open_chat: OpenChat) -> None:
    """Each button of the list shows its drawing; the card shows it large, with a text in its place."""
    chat = open_chat()
    pictures = chat.ask("stretch").locator(".pictured img")
    expect(pictures).to_have_count(5)
    assert pictures.first.evaluate("async image => { await image.decode(); return image.naturalWidth }") > 0
    expect(pictures.first).to_have_attribute("alt", "")
    picture = chat.press("Half-kneeling lean").get_by_role("article").get_by_role("img")
    expect(picture).to_have_attribute("alt", re.compile("kneels on one knee"))
    expect(chat.bot.last.locator(".replies")).to_have_class("replies")


def test_reader_further_up_is_not_torn_away(open_chat: OpenChat, server: Server) -> None:
    """Who reads something further up gets a button instead of a jump."""
    chat = open_chat()
    for text in ("stretch", "heat", "warm up"):
        chat.ask(text)
    chat.say("two, wait")
    expect(chat.bot.last).to_contain_text("First.")
    chat.log.evaluate("log => { log.scrollTop = 0 }")
    server.release()
    jump = chat.page.get_by_role("button", name="New messages")
    expect(jump).to_be_visible()
    assert chat.log.evaluate("log => log.scrollTop") == 0
    jump.click()
    expect(chat.bot.last).to_be_in_viewport()
    expect(jump).to_be_hidden()
