"""Talking: what a person types, presses and sees."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from browsing import PHONE
from chat_page import Chat, Server
from playwright.sync_api import expect

OpenChat = Callable[..., Chat]


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
    """Nothing is preselected; each number has a word; what was sent stays to be read, and holds the focus."""
    chat = open_chat()
    question = chat.ask("how bad")
    send = question.get_by_role("button", name="Send …")
    expect(send).to_have_attribute("aria-disabled", "true")
    send.click(force=True)
    slider = question.get_by_role("slider", name="Your pain right now, from 0 to 10")
    slider.press("Shift+Tab")
    slider.press("Shift")
    expect(send).to_have_attribute("aria-disabled", "true")
    for _ in range(2):
        slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "7 · strong")
    question.get_by_role("button", name="Send 7").click()
    expect(chat.person.last).to_contain_text("7 out of 10")
    expect(slider).to_be_hidden()
    expect(question.get_by_text("7 · strong")).to_be_focused()
    expect(chat.person).to_have_count(2)
    chat.page.reload()
    expect(chat.person).to_have_count(2)
    expect(chat.page.get_by_role("slider")).to_have_count(0)


def test_pain_in_the_middle_can_be_sent_without_moving(open_chat: OpenChat) -> None:
    """Where the slider stands is an answer too, by a tap on it or by the space bar."""
    chat = open_chat()
    slider = chat.ask("how bad").get_by_role("slider")
    slider.press(" ")
    expect(chat.bot.last.get_by_role("button", name="Send 5")).to_have_attribute("aria-disabled", "false")


def test_slider_stands_in_the_place_of_its_answers(open_chat: OpenChat) -> None:
    """The buttons that the slider says more finely are left out; the others stay."""
    question = open_chat().ask("how bad")
    expect(question.get_by_role("button", name="Skip")).to_be_visible()
    expect(question.get_by_role("button", name="Mild")).to_have_count(0)


def test_several_answers_are_ticked_and_sent_together(open_chat: OpenChat) -> None:
    """Where more than one may hold: tick, untick, send; other buttons go at once; it is one message."""
    chat = open_chat()
    question = chat.ask("which of these")
    send = question.get_by_role("button", name="Send my answer")
    send.click(force=True)
    for name in ("Longer than usual", "Faster than usual", "Hillier than usual", "Faster than usual"):
        question.get_by_role("button", name=name).click()
    expect(question.get_by_role("button", name="Hillier than usual")).to_have_attribute("aria-pressed", "true")
    expect(question.get_by_role("button", name="Faster than usual")).to_have_attribute("aria-pressed", "false")
    expect(chat.person).to_have_count(1)
    send.click()
    expect(chat.person.last).to_contain_text("Longer than usual, Hillier than usual")
    expect(chat.bot).to_have_count(2)
    send.click(force=True)
    question.get_by_role("button", name="Faster than usual").click(force=True)
    expect(question.get_by_role("button", name="Faster than usual")).to_have_attribute("aria-pressed", "false")
    expect(chat.person).to_have_count(2)


def test_command_beside_several_answers_goes_at_once(open_chat: OpenChat) -> None:
    """Skip is no answer to tick."""
    chat = open_chat()
    chat.ask("which of these")
    chat.press("Skip")
    expect(chat.person.last).to_contain_text("Skip")


def test_list_is_told_on_its_choices_once(open_chat: OpenChat) -> None:
    """What a list says of each choice stands on the choice; the list itself is left out, the copy has all of it."""
    chat = open_chat(permissions=["clipboard-read", "clipboard-write"])
    answer = chat.ask("what helps?")
    rows = answer.locator(".rows li")
    expect(rows).to_have_count(5)
    expect(rows.nth(2)).to_contain_text("A warm compress")
    expect(rows.nth(2)).to_contain_text("Wrapped warmth")
    expect(answer.locator(".body")).not_to_contain_text("Wrapped warmth")
    assert chat.heard().count("A warm compress") == 1
    answer.get_by_role("button", name="Copy").click()
    expect(answer.locator(".done")).to_be_visible()
    assert "3. A warm compress: Wrapped warmth" in chat.page.evaluate("navigator.clipboard.readText()")
    # All of the row can be pressed.
    rows.nth(2).click(position={"x": 5, "y": 5})
    expect(chat.person.last).to_contain_text("A warm compress")
    expect(rows.nth(2).get_by_role("button", name="A warm compress (chosen)")).to_have_attribute(
        "aria-disabled", "true"
    )


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("1. One: first\n2. Two: second", ["One"]),
        ("1. One: first\n2. Two: second", ["Two", "One", "Three: no"]),
        ("2. One: first\n1. Two: second", ["One", "Two"]),
        ("One: first", ["One"]),
    ],
    ids=["more than the choices", "all of it", "another order", "no list"],
)
def test_list_that_is_not_that_of_the_choices_stays(open_chat: OpenChat, text: str, titles: list[str]) -> None:
    """Nothing that is said is lost where list and buttons do not belong together."""
    buttons = [{"title": title, "payload": f"/x{title}"} for title in titles]
    answer = open_chat().ask("json:" + json.dumps({"text": text, "buttons": buttons}))
    for words in re.findall(r"first|second", text):
        expect(answer).to_contain_text(words)


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
    expect(frame.locator("h1")).to_have_text("Your plan")
    expect(frame.locator("ul > li")).to_have_text(["Walk 10 minutes", "Knee rolls", "Hills"])
    # The paper has its own look, under the page's strict policy too.
    assert frame.locator("h1").evaluate("e => getComputedStyle(e).fontSize") == "24px"
    expect(frame.get_by_text("Sore back after a run?")).to_have_count(0)


def test_long_text_is_counted_and_never_cut(open_chat: OpenChat) -> None:
    """Near the limit the letters left are told; beyond it nothing is lost or sent until it is shorter."""
    chat = open_chat()
    chat.input.fill("a" * 990)
    expect(chat.page.locator(".left")).to_have_text("10 characters left")
    chat.page.keyboard.insert_text(" and the end of a long story that was pasted")
    expect(chat.page.locator(".left")).to_have_text("-34 characters left")
    chat.input.press("Enter")
    expect(chat.status).to_contain_text("too long")
    expect(chat.person).to_have_count(0)
    expect(chat.input).to_have_value(re.compile("that was pasted$"))
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
    pictures = chat.ask("stretch").locator(".rows img")
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
