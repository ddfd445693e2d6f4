"""A warning sign stays in sight, and nothing that could hurt goes on beside it."""

from __future__ import annotations

from collections.abc import Callable

from browsing import PHONE
from chat_page import Chat, Server
from playwright.sync_api import expect

OpenChat = Callable[..., Chat]


def test_emergency_stays_pinned(open_chat: OpenChat) -> None:
    """It cannot scroll away, is not displaced by a calmer one, and goes when it is cleared."""
    chat = open_chat()
    chat.ask("numb")
    for text in ("stretch", "heat", "fever"):
        chat.ask(text)
    chat.log.evaluate("log => { log.scrollTop = 0 }")
    expect(chat.pin).to_be_in_viewport(ratio=1)
    expect(chat.pin).to_contain_text("Get emergency help now")
    chat.ask("all clear")
    expect(chat.pin).to_be_hidden()


def test_number_can_be_dialled(open_chat: OpenChat) -> None:
    """The pinned card and the message both carry a tel: link with the number's meaning."""
    chat = open_chat(viewport=PHONE)
    message = chat.ask("numb")
    for place in (chat.pin, message):
        link = place.get_by_role("link", name="Call 999: Emergency, the UK")
        expect(link).to_have_attribute("href", "tel:999")
        box = link.bounding_box()
        assert box is not None
        assert box["height"] >= 44


def test_numbers_stay_in_sight_above_the_reasons(open_chat: OpenChat) -> None:
    """Who asks why can still call without scrolling, on a small phone too."""
    chat = open_chat(viewport={"width": 320, "height": 568})
    chat.ask("numb")
    chat.pin.get_by_role("button", name="Why?").click()
    expect(chat.pin.locator(".more")).to_be_in_viewport()
    expect(chat.pin.get_by_role("link", name="Call 999: Emergency, the UK")).to_be_in_viewport(ratio=1)


def test_reasons_have_room_below_many_numbers(open_chat: OpenChat) -> None:
    """Where the country is not known, who asks why on a small phone sees more than the edge of the answer."""
    chat = open_chat(viewport={"width": 360, "height": 640})
    chat.ask("somewhere numb")
    chat.pin.get_by_role("button", name="Why?").click()
    seen = chat.pin.evaluate(
        "pin => pin.getBoundingClientRect().bottom - pin.querySelector('.more').getBoundingClientRect().top"
    )
    assert seen >= 100


def test_unknown_country_gets_several_numbers(open_chat: OpenChat) -> None:
    """Where the country is not known, each number says where it holds, and none stands out."""
    chat = open_chat()
    chat.ask("somewhere numb")
    links = chat.pin.get_by_role("link")
    expect(links).to_have_count(4)
    expect(chat.pin).to_contain_text("the US and Canada")
    colours = set(links.evaluate_all("links => links.map(link => getComputedStyle(link).backgroundColor)"))
    assert len(colours) == 1


def test_strange_numbers_are_no_links(open_chat: OpenChat) -> None:
    """Only what looks like a telephone number can be dialled."""
    chat = open_chat()
    chat.ask(
        'json:{"text": "help", "urgency": "emergency_now", "numbers": [{"label": "a", "number": "javascript:alert(1)"},'
        ' {"label": "b", "number": "999;ext=1"}, {"label": "c", "number": "+44 20 7946 0000"}]}'
    )
    expect(chat.pin.get_by_role("link")).to_have_count(1)
    expect(chat.pin.get_by_role("link")).to_have_attribute("href", "tel:+442079460000")


def test_reason_can_be_unfolded_in_place(open_chat: OpenChat) -> None:
    """The pinned card tells why without scrolling anywhere."""
    chat = open_chat()
    chat.ask("numb")
    why = chat.pin.get_by_role("button", name="Why?")
    expect(chat.pin.get_by_text("Do not drive yourself.")).to_be_hidden()
    why.click()
    expect(chat.pin.get_by_text("Do not drive yourself.")).to_be_visible()
    expect(chat.pin.get_by_role("button", name="Less")).to_have_attribute("aria-expanded", "true")


def test_no_exercise_beside_a_warning_sign(open_chat: OpenChat) -> None:
    """The player of an earlier card cannot be started until the sign is cleared."""
    chat = open_chat()
    chat.ask("stretch")
    start = chat.press("Knee rolls").get_by_role("button", name="Do it with me")
    chat.ask("fever")
    expect(start).to_have_attribute("aria-disabled", "true")
    start.click(force=True)
    expect(chat.page.get_by_role("dialog", name="Exercise: Knee rolls")).to_have_count(0)
    chat.ask("all clear")
    start.click()
    expect(chat.page.get_by_role("dialog", name="Exercise: Knee rolls")).to_be_visible()


def test_no_exercise_while_a_sign_is_asked_about(open_chat: OpenChat) -> None:
    """An open question about a warning sign holds the player back too."""
    chat = open_chat()
    chat.ask("stretch")
    start = chat.press("Knee rolls").get_by_role("button", name="Do it with me")
    chat.ask('json:{"text": "Is a leg weak?", "asks": "leg_weakness"}')
    expect(start).to_have_attribute("aria-disabled", "true")
    chat.ask("hello")
    expect(start).to_have_attribute("aria-disabled", "false")


def test_pinned_referral_is_not_replaced_by_its_question(open_chat: OpenChat) -> None:
    """The reason in the pinned card stays that of the referral."""
    chat = open_chat()
    chat.ask('json:{"text": "Go today.", "urgency": "same_day", "red_flags": ["a"]}')
    chat.ask('json:{"text": "Are you sure?", "urgency": "same_day", "red_flags": ["a"]}')
    chat.pin.get_by_role("button", name="Why?").click()
    expect(chat.pin).to_contain_text("Go today.")
    chat.ask('json:{"text": "Go now.", "urgency": "emergency_now", "red_flags": ["b"], "sources": ["NHS, 2025"]}')
    expect(chat.pin).to_contain_text("Get emergency help now")
    expect(chat.bot.last).to_contain_text("Source: NHS, 2025")


def test_urgent_answer_opens_the_closed_panel(
    open_chat: OpenChat, host_page: Callable[..., str], server: Server
) -> None:
    """Somebody who closed the chat before the answer came still gets to see an emergency; else only a badge."""
    chat = open_chat(host_page("host"))
    launcher = chat.page.get_by_role("button", name="Sore back?")
    for text in ("two, wait", "numb, wait"):
        launcher.click()
        chat.say(text)
        expect(chat.person.last).to_contain_text(text)
        chat.page.get_by_role("button", name="Close the chat").click()
        server.release()
        if text == "two, wait":
            expect(launcher).to_contain_text("1 new")
    expect(chat.pin).to_be_visible()
