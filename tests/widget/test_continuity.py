"""Nothing is lost: reload, lost connection, a server that dies, two tabs, an expired token."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browsing import DESK
from chat_page import Chat, Server
from playwright.sync_api import Browser, Route, expect

OpenChat = Callable[..., Chat]
HostPage = Callable[..., str]


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Server]:
    """A server of one test's own, to be killed."""
    running = Server(tmp_path).start()
    yield running
    running.kill()


def test_reload_brings_everything_back(open_chat: OpenChat) -> None:
    """Texts, the chosen button, the card, the pinned card, order and times; and nothing is read out again."""
    chat = open_chat()
    chat.ask("hello")
    chat.press("What helps now")
    chat.ask("heat")
    chat.ask("numb")
    # Of a button, "chosen" is for the ear alone and the rest for the eye; both are text.
    before = chat.page.locator(".message").all_inner_texts()
    chat.page.reload()
    expect(chat.pin).to_contain_text("Get emergency help now")
    expect(chat.page.get_by_role("article")).to_have_count(1)
    assert chat.page.locator(".message").all_inner_texts() == before
    assert chat.heard().strip() == ""
    expect(chat.bot.last).to_be_in_viewport()


def test_earlier_messages_stay_once_asked_for(open_chat: OpenChat) -> None:
    """A long conversation comes in pages; a look for news does not take away what somebody scrolled back to."""
    said = [{"id": f"m{number}", "from": "person", "text": f"word {number}", "at": number} for number in range(9)]

    def answer(route: Route) -> None:
        is_earlier = "before=m6" in route.request.url
        page = said[3:6] if is_earlier else said[6:]
        route.fulfill(json={"messages": page, "earlier": True, "pinned": None, "max_text": 1000})

    chat = open_chat()
    chat.ask("hello")
    chat.page.route("**/chat/messages*", answer)
    chat.page.reload()
    expect(chat.person).to_have_count(3)
    chat.page.get_by_role("button", name="Show earlier messages").click()
    for _ in range(2):
        expect(chat.person.locator(".body")).to_have_text([f"word {number}" for number in range(3, 9)])
        chat.page.evaluate("document.querySelector('back-stride').panel.conversation.refresh()")
    expect(chat.page.get_by_role("button", name="Show earlier messages")).to_be_visible()


def test_draft_survives_a_reload(open_chat: OpenChat) -> None:
    """A half-written message is still there."""
    chat = open_chat()
    chat.input.fill("my back hurts since")
    chat.page.reload()
    expect(chat.input).to_have_value("my back hurts since")


def test_reload_in_the_middle_of_an_answer(open_chat: OpenChat, server: Server) -> None:
    """The message is sent again under its id, and the answer comes once."""
    chat = open_chat()
    chat.say("two, wait")
    expect(chat.bot).to_have_count(1)
    chat.page.reload()
    expect(chat.person).to_have_count(1)
    server.release()
    expect(chat.bot).to_have_text([re.compile("First."), re.compile("Second.")])
    expect(chat.person).to_have_count(1)


def test_offline_message_waits_and_goes_out(open_chat: OpenChat) -> None:
    """It says so, keeps what is written, in order, and sends it when the connection is back."""
    chat = open_chat()
    chat.ask("hello")
    chat.page.context.set_offline(True)
    expect(chat.status).to_contain_text("You are offline.")
    chat.say("echo:one")
    chat.say("echo:two")
    expect(chat.person.last).to_contain_text("Waits until you are online")
    chat.page.context.set_offline(False)
    expect(chat.bot).to_have_text([re.compile("Hello"), re.compile("one"), re.compile("two")])
    expect(chat.status).to_have_text("Connected again.")
    expect(chat.person).to_have_count(3)


def test_offline_message_survives_closing_the_page(open_chat: OpenChat) -> None:
    """What was written offline goes out when the page is opened again."""
    chat = open_chat()
    chat.ask("hello")
    context = chat.page.context
    context.set_offline(True)
    chat.say("echo:kept")
    expect(chat.person).to_have_count(2)
    chat.page.close()
    context.set_offline(False)
    again = open_chat(context=context)
    expect(again.bot.last).to_contain_text("kept")


def test_server_dies_and_comes_back(open_chat: OpenChat, mortal: Server) -> None:
    """Killed in the middle of an answer: the conversation goes on where it stopped, each message answered once."""
    chat = open_chat(mortal.url)
    chat.ask("hello")
    chat.say("two, wait")
    expect(chat.bot).to_have_count(2)
    mortal.kill()
    expect(chat.status).to_contain_text("I cannot reach the server.")
    chat.say("echo:after")
    mortal.start()
    mortal.release()
    expect(chat.bot.last).to_contain_text("after")
    expect(chat.bot).to_have_text([re.compile(word) for word in ("Hello", "First.", "Second.", "after")])
    expect(chat.person).to_have_count(3)
    expect(chat.status).to_have_text("Connected again.")


def test_server_that_never_answers_is_asked_less_and_less(open_chat: OpenChat, host_page: HostPage) -> None:
    """Before there is a conversation too, and nobody is told in between that it answers."""
    chat = open_chat(host_page("host"))
    chat.page.route("**/chat/**", lambda route: route.abort())
    chat.page.get_by_role("button", name="Sore back?").click()
    chat.say("hello")
    waits_s = chat.page.evaluate(
        """async () => {
        const { conversation, status } = document.querySelector('back-stride').panel;
        while (conversation.waitS < 4 && status.textContent !== 'Connected again.') {
            await new Promise(requestAnimationFrame);
        }
        return conversation.waitS;
        }"""
    )
    assert waits_s == 4
    chat.page.unroute("**/chat/**")
    expect(chat.bot).to_contain_text("Hello!")
    expect(chat.status).to_have_text("Connected again.")


def test_two_tabs_show_one_conversation(open_chat: OpenChat) -> None:
    """What is said in one tab is seen and heard in the other; either may go on."""
    one = open_chat()
    two = open_chat(context=one.page.context)
    one.ask("hello")
    expect(two.bot).to_have_count(1)
    assert "Hello!" in two.heard()
    two.press("What helps now")
    expect(one.bot).to_have_count(2)
    expect(one.bot.first.get_by_role("button", name="What helps now (chosen)")).to_be_visible()
    one.ask("numb")
    expect(two.pin).to_be_visible()


def test_choice_that_was_overtaken_is_explained(open_chat: OpenChat) -> None:
    """A button that another tab has made old is not pressed silently."""
    one = open_chat()
    one.ask("hello")
    token = one.page.evaluate("document.querySelector('back-stride').panel.conversation.remembered.token")
    one.page.request.post(
        one.page.url + "chat/messages",
        headers={"Authorization": f"Bearer {token}"},
        data={"id": "elsewhere-1", "text": "echo:elsewhere"},
    )
    one.bot.first.get_by_role("button", name="What helps now").click()
    expect(one.status).to_contain_text("That choice belongs to an earlier message.")


def test_new_conversation_leaves_the_old_one(open_chat: OpenChat) -> None:
    """After a question, the panel is empty and the other tab follows; the old conversation can still be erased."""
    one = open_chat()
    two = open_chat(context=one.page.context)
    one.ask("numb")
    expect(two.bot).to_have_count(1)
    one.page.bring_to_front()
    one.page.get_by_role("button", name="More").click()
    one.page.get_by_role("button", name="New conversation").click()
    one.page.get_by_role("button", name="Begin anew").click()
    for chat in (one, two):
        expect(chat.bot).to_have_count(0)
        expect(chat.pin).to_be_hidden()
        expect(chat.page.get_by_role("button", name="Show me stretches")).to_be_visible()
    expect(one.ask("hello")).to_contain_text("Hello!")


def test_forget_me_erases_every_conversation(open_chat: OpenChat) -> None:
    """On the server and here, also those before this one; a "no" erases nothing."""
    chat = open_chat()
    chat.ask("echo:first secret")
    chat.page.evaluate("document.querySelector('back-stride').panel.conversation.beginAnew()")
    chat.ask("echo:second secret")
    tokens = chat.page.evaluate(
        "(({token, previous}) => [token, ...previous])"
        "(document.querySelector('back-stride').panel.conversation.remembered)"
    )
    assert len(tokens) == 2
    for answer in ("Cancel", "Erase everything"):
        chat.page.get_by_role("button", name="More").click()
        chat.page.get_by_role("button", name="Forget me").click()
        chat.page.get_by_role("dialog").get_by_role("button", name=answer).click()
        expect(chat.bot).to_have_count(1 if answer == "Cancel" else 0)
    expect(chat.status).to_have_text("Everything is erased. Nothing about you is kept.")
    for token in tokens:
        kept = chat.page.request.get(chat.page.url + "chat/export", headers={"Authorization": f"Bearer {token}"})
        assert kept.json()["events"] == []
    assert "secret" not in json.dumps(chat.page.evaluate("({...localStorage, ...sessionStorage})"))


def test_my_data_can_be_taken_away(open_chat: OpenChat) -> None:
    """A file with every word of every conversation that this browser can open."""
    chat = open_chat()
    chat.ask("echo:of the first")
    chat.page.evaluate("document.querySelector('back-stride').panel.conversation.beginAnew()")
    chat.ask("echo:of the second")
    chat.page.get_by_role("button", name="More").click()
    with chat.page.expect_download() as download:
        chat.page.get_by_role("button", name="Download my data").click()
    kept = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert download.value.suggested_filename == "backstride.json"
    assert [[e["text"] for e in c["events"] if e["event"] == "bot"] for c in kept["conversations"]] == [
        ["of the second"],
        ["of the first"],
    ]


def test_expired_token_begins_a_new_conversation(open_chat: OpenChat) -> None:
    """It is said, and what the person wrote is answered all the same."""
    chat = open_chat()
    chat.ask("hello")
    chat.page.evaluate(
        "(() => { const c = document.querySelector('back-stride').panel.conversation; c.remember({token: 'a.b'}) })()"
    )
    chat.say("echo:still heard")
    expect(chat.bot.last).to_contain_text("still heard")
    expect(chat.status).to_contain_text("The earlier conversation has expired")
    expect(chat.person).to_have_count(1)


def test_too_fast_is_told_and_sent_later(open_chat: OpenChat) -> None:
    """The server's 429 becomes a sentence and a wait; nothing is thrown away."""
    chat = open_chat()
    chat.ask("hello")
    chat.page.route(
        "**/chat/messages", lambda route: route.fulfill(status=429, json={"error": "too_many", "wait": 1}), times=1
    )
    chat.say("echo:patience")
    expect(chat.status).to_have_text("That was a lot at once. Your message goes out in 1 s.")
    expect(chat.bot.last).to_contain_text("patience")
    expect(chat.person).to_have_count(2)


@pytest.mark.parametrize("kept", ["{broken", "null", "7", '{"unsent": null, "previous": "x"}', '{"token": "a.b"}'])
def test_spoilt_storage_is_no_end(browser: Browser, open_chat: OpenChat, server: Server, kept: str) -> None:
    """Whatever stands where the browser kept the conversation, one can talk."""
    context = browser.new_context(viewport=DESK)
    context.add_init_script(
        f"sessionStorage.once ??= localStorage.setItem('backstride {server.url}', {json.dumps(kept)}) ?? 'done'"
    )
    chat = open_chat(context=context)
    expect(chat.ask("hello")).to_contain_text("Hello!")
    chat.page.reload()
    expect(chat.bot).to_have_count(1)
    context.close()


def test_page_without_storage_still_talks(browser: Browser, open_chat: OpenChat) -> None:
    """Where the browser keeps nothing for the page, the conversation lasts as long as the page."""
    context = browser.new_context(viewport=DESK)
    context.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('closed') }})")
    chat = open_chat(context=context)
    chat.ask("hello")
    chat.press("What helps now")
    expect(chat.person).to_have_count(2)
    context.close()
