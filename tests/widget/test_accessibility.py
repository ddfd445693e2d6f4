"""Axe in every state, the keyboard alone, what a screen reader hears, zoom, contrast, motion, size of targets."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsing import DESK, PHONE, violations
from chat_page import Chat, Server
from playwright.sync_api import Browser, BrowserContext, Page, expect

OpenChat = Callable[..., Chat]
HostPage = Callable[..., str]


def _to_card(chat: Chat) -> None:
    chat.ask("stretch")
    card = chat.press("Half-kneeling lean")
    for fold in card.locator("summary").all():
        fold.click()


def _to_player(chat: Chat) -> None:
    chat.ask("stretch")
    chat.press("Half-kneeling lean").get_by_role("button", name="Do it with me").click()
    for _ in range(3):
        chat.page.get_by_role("button", name="Next").click()
    expect(chat.page.get_by_text("Get ready", exact=True)).to_be_visible()


def _to_error(chat: Chat) -> None:
    chat.say("crash")
    expect(chat.page.get_by_role("button", name="Try again")).to_be_visible()
    chat.page.context.set_offline(True)
    chat.say("hello")
    expect(chat.status).to_contain_text("You are offline.")


def _to_menu(chat: Chat) -> None:
    chat.ask("heat")
    chat.bot.last.get_by_role("button", name="This did not help").click()
    expect(chat.bot.last.get_by_role("textbox")).to_be_focused()
    chat.page.get_by_role("button", name="More").click()


def _to_question(chat: Chat) -> None:
    _to_menu(chat)
    chat.page.get_by_role("button", name="Forget me").click()


STATES: dict[str, Callable[[Chat], object]] = {
    "welcome": lambda _: None,
    "chatting": lambda chat: chat.ask("hello") and chat.press("What helps now"),
    "card": _to_card,
    "list": lambda chat: chat.ask("what helps?"),
    "list after the choice": lambda chat: chat.ask("what helps?") and chat.press("A warm compress"),
    "pain": lambda chat: chat.ask("how bad"),
    "pain told": lambda chat: chat.ask("how bad").get_by_role("slider").press("ArrowRight"),
    "several": lambda chat: chat.ask("which of these").get_by_role("button", name="Hillier than usual").click(),
    "pinned emergency": lambda chat: chat.ask("numb"),
    "pinned same day": lambda chat: (chat.ask("fever"), chat.pin.get_by_role("button", name="Why?").click()),
    "player": _to_player,
    "session": lambda chat: chat.ask("take me through them"),
    "plan": lambda chat: chat.ask("plan"),
    "error": _to_error,
    "menu": _to_menu,
    "question": _to_question,
}


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(open_chat: OpenChat, state: str) -> None:
    """WCAG 2.2 AA and the best practices, on the whole page, light on a desk and dark on a phone."""
    # What moves has no settled colours to measure.
    chat = open_chat(reduced_motion="reduce")
    STATES[state](chat)
    assert violations(chat.page) == []
    chat.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    chat.page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    assert violations(chat.page) == []


def test_axe_sees_into_the_widget(open_chat: OpenChat) -> None:
    """The checker would find a field without a name in the shadow tree."""
    chat = open_chat()
    chat.page.locator("textarea").evaluate("e => { e.removeAttribute('aria-label'); e.removeAttribute('placeholder') }")
    assert any(found.startswith("label:") for found in violations(chat.page))


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_beside_a_page(
    open_chat: OpenChat, host_page: Callable[..., str], viewport: dict[str, int]
) -> None:
    """Closed, and open in the corner or over the whole of a phone."""
    chat = open_chat(host_page("host"), viewport=viewport)
    assert violations(chat.page) == []
    chat.page.get_by_role("button", name="Sore back?").click()
    chat.ask("hello")
    assert violations(chat.page) == []


def _focused(page: Page) -> str:
    return str(
        page.evaluate(
            "(() => { let e = document.activeElement;"
            " while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;"
            " return e?.ariaLabel || e?.innerText?.trim() || e?.localName || '' })()"
        )
    )


def test_keyboard_alone_is_enough(open_chat: OpenChat, host_page: Callable[..., str]) -> None:
    """Open, write, choose, do an exercise, leave it, close; the focus is where one expects it, and is seen."""
    chat = open_chat(host_page("host"))
    page, press = chat.page, chat.page.keyboard.press
    page.locator("#before").focus()
    press("Tab")
    assert _focused(page).startswith("Sore back?")
    press("Enter")
    expect(chat.input).to_be_focused()
    page.keyboard.type("stretch")
    press("Enter")
    expect(chat.bot).to_have_count(1)
    # Back over the thumbs to the last button of the answer.
    for _ in range(10):
        press("Shift+Tab")
        if _focused(page) == "Knee rolls":
            break
    outline = page.evaluate(
        "getComputedStyle(document.querySelector('back-stride').shadowRoot.activeElement).outlineStyle"
    )
    assert outline == "solid"
    press("Enter")
    expect(chat.bot).to_have_count(2)
    assert _focused(page).startswith("Knee rolls")
    start = chat.bot.last.get_by_role("button", name="Do it with me")
    for _ in range(20):
        press("Tab")
        if _focused(page) == "Do it with me":
            break
    press("Space")
    player = page.get_by_role("dialog", name="Exercise: Knee rolls")
    # The page around the widget stays within reach, so the player must not claim that it is not.
    expect(player).not_to_have_attribute("aria-modal", "true")
    expect(player).to_be_visible()
    # Nothing of the chat behind it can be reached.
    for _ in range(12):
        press("Tab")
        assert _focused(page) not in {"Your message", "More", "Close the chat"}
    player.locator(".now").focus()
    press("Escape")
    expect(start).to_be_focused()
    press("Escape")
    expect(page.get_by_role("button", name="Sore back?")).to_be_focused()


def test_menu_is_left_by_escape(open_chat: OpenChat) -> None:
    """Escape closes the menu first, and the focus goes back to its button."""
    chat = open_chat()
    more = chat.page.get_by_role("button", name="More")
    more.press("Enter")
    expect(more).to_have_attribute("aria-expanded", "true")
    expect(chat.page.get_by_role("button", name="New conversation")).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(more).to_be_focused()
    expect(more).to_have_attribute("aria-expanded", "false")


def test_full_screen_keeps_the_focus_inside(open_chat: OpenChat, host_page: Callable[..., str]) -> None:
    """On a phone the page behind the panel cannot be reached by the keyboard."""
    chat = open_chat(host_page("host"), viewport=PHONE)
    chat.page.get_by_role("button", name="Sore back?").click()
    for _ in range(15):
        chat.page.keyboard.press("Tab")
        assert _focused(chat.page) != "A link before"


def _beside_keyboard(browser: Browser, size: dict[str, int]) -> BrowserContext:
    """Return a phone whose keyboard lies over the page: `seen` is what it leaves."""
    context = browser.new_context(viewport=size)
    context.add_init_script(
        "window.seen = Object.assign(new EventTarget(), {height: innerHeight, offsetTop: 0, scale: 1});"
        "Object.defineProperty(window, 'visualViewport', {value: seen})"
    )
    return context


def _leave(page: Page, height: int, scale: int = 1) -> None:
    page.evaluate(f"Object.assign(seen, {{height: {height}, scale: {scale}}}).dispatchEvent(new Event('resize'))")


def test_keyboard_of_a_phone_does_not_cover_the_field(
    browser: Browser, open_chat: OpenChat, host_page: HostPage
) -> None:
    """Where it lies over the page, the panel takes the room that is left; zoomed in, it stays as it is."""
    context = _beside_keyboard(browser, PHONE)
    chat = open_chat(host_page("host"), context=context)
    chat.page.get_by_role("button", name="Sore back?").click()
    panel = chat.page.get_by_role("dialog", name="Backstride")
    for height, scale, shown in ((444, 1, 444), (444, 2, 844), (844, 1, 844)):
        _leave(chat.page, height, scale)
        assert panel.evaluate("e => e.clientHeight") == shown
    context.close()


def test_keyboard_beside_an_emergency_leaves_room(browser: Browser, open_chat: OpenChat, host_page: HostPage) -> None:
    """On a small phone every number, some of the talk, and all of what is being written stay in sight."""
    context = _beside_keyboard(browser, {"width": 360, "height": 640})
    chat = open_chat(host_page("host"), context=context)
    chat.page.get_by_role("button", name="Sore back?").click()
    _leave(chat.page, 350)
    chat.ask("somewhere numb")
    chat.input.fill("and\nmy\nleft\nfoot\ntoo\nnow")
    send = chat.page.get_by_role("button", name="Send").bounding_box()
    assert send is not None
    assert send["y"] + send["height"] <= 350
    assert chat.log.evaluate("log => log.clientHeight") >= 60
    assert chat.pin.evaluate("pin => pin.scrollHeight - pin.clientHeight") <= 0
    context.close()


def test_letters_of_twice_the_size(open_chat: OpenChat, host_page: HostPage) -> None:
    """On a phone most of the panel stays the talk, no word of the head is broken, and what is new can be pressed."""
    chat = open_chat(host_page("host"), viewport=PHONE)
    chat.page.context.new_cdp_session(chat.page).send("Page.setFontSizes", {"fontSizes": {"standard": 32}})
    chat.page.get_by_role("button", name="Sore back?").click()
    chat.ask("stretch")
    chat.press("Half-kneeling lean")
    assert chat.log.evaluate("log => log.clientHeight") >= PHONE["height"] * 0.65
    title = chat.page.locator("#title")
    assert title.evaluate("e => e.clientHeight < 2 * parseFloat(getComputedStyle(e).fontSize)")
    assert chat.log.evaluate("log => log.scrollWidth - log.clientWidth") <= 0
    chat.ask("then a question")
    jump = chat.page.get_by_role("button", name="New messages").bounding_box()
    assert jump is not None
    assert jump["height"] < PHONE["height"] / 8


def test_bot_is_read_out_once(open_chat: OpenChat) -> None:
    """Words and choices of the assistant, nothing of the person, an emergency at once."""
    chat = open_chat()
    chat.ask("hello")
    expect(chat.page.locator("[aria-live=polite]").first).to_have_text(
        "Backstride said: Hello! Tell me what is going on. You can choose: "
        "What helps now, What causes it, How to prevent it, When to see a doctor"
    )
    chat.ask("numb")
    expect(chat.page.locator("[aria-live=assertive]")).to_contain_text("Call 999 now")
    expect(chat.log).to_have_attribute("aria-live", "off")


def test_letters_left_are_said_now_and_then(open_chat: OpenChat) -> None:
    """Near the limit the count is seen at each letter; a screen reader is told once in fifty."""
    chat = open_chat()
    chat.input.fill("a" * 900)
    expect(chat.page.locator(".left")).to_have_text("100 characters left")
    chat.input.press_sequentially("bbb")
    expect(chat.page.locator(".left")).to_have_text("97 characters left")
    assert chat.heard().split() == ["100", "characters", "left"]


def test_language_of_the_words_is_told(open_chat: OpenChat, host_page: Callable[..., str]) -> None:
    """On a page of another language, the widget says which language it speaks."""
    html = '<!doctype html><html lang="fr"><title>x</title><h1>x</h1><back-stride open></back-stride>'
    script = '<script type="module" src="SERVER/widget/backstride.js"></script>'
    chat = open_chat(host_page("french", html + script))
    expect(chat.page.locator(".root")).to_have_attribute("lang", "en")
    expect(chat.ask("hello")).to_have_attribute("lang", "en")


def test_page_at_400_percent(open_chat: OpenChat, host_page: Callable[..., str]) -> None:
    """At 320 by 256 pixels nothing is cut off at the side and an emergency leaves room to read and write."""
    chat = open_chat(host_page("host"), viewport={"width": 320, "height": 256})
    chat.page.get_by_role("button", name="Sore back?").click()
    chat.ask("numb")
    expect(chat.input).to_be_in_viewport(ratio=1)
    expect(chat.pin.get_by_role("link")).to_be_in_viewport(ratio=1)
    assert chat.log.evaluate("log => log.clientHeight") >= 60
    assert chat.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert chat.log.evaluate("log => log.scrollWidth - log.clientWidth") <= 0


def test_targets_are_large_enough(open_chat: OpenChat) -> None:
    """24 pixels both ways for everything that can be pressed (WCAG 2.5.8), links in a sentence aside."""
    chat = open_chat(viewport=PHONE)
    chat.ask("numb")
    chat.ask("heat")
    small = chat.page.locator("back-stride").evaluate(
        "host => [...host.shadowRoot.querySelectorAll('button, summary, input, textarea, .calls a')]"
        ".map(e => [e.ariaLabel || e.textContent, e.getBoundingClientRect()])"
        ".filter(([, r]) => r.width && (r.width < 24 || r.height < 24)).map(([name]) => name)"
    )
    assert small == []


def test_motion_can_be_switched_off(open_chat: OpenChat, server: Server) -> None:
    """With reduced motion nothing is animated."""
    chat = open_chat(reduced_motion="reduce")
    chat.say("two, wait")
    expect(chat.page.locator(".dots")).to_be_visible()
    assert chat.page.locator(".dots i").first.evaluate("dot => getComputedStyle(dot).animationName") == "none"
    server.release()
    expect(chat.bot).to_have_count(2)


def test_forced_colours_keep_the_edges(open_chat: OpenChat) -> None:
    """In high contrast messages, buttons and the pinned card have borders."""
    chat = open_chat(forced_colors="active")
    chat.ask("numb")
    for place in (chat.pin, chat.person.locator(".body"), chat.page.get_by_role("button", name="Send")):
        assert place.evaluate("e => getComputedStyle(e).borderTopStyle") == "solid"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_more_contrast_makes_small_print_as_strong_as_text(open_chat: OpenChat, scheme: str) -> None:
    """Whoever asks for more contrast gets it in both themes."""
    chat = open_chat(contrast="more", color_scheme=scheme)
    chat.ask("pain")
    colours = [
        part.evaluate("e => getComputedStyle(e).color") for part in (chat.bot.last, chat.page.locator("h2 small"))
    ]
    assert colours[0] == colours[1]


def test_right_to_left(open_chat: OpenChat, host_page: Callable[..., str]) -> None:
    """With dir="rtl" the panel, the messages and the launcher change sides."""
    html = '<!doctype html><title>rtl</title><script type="module" src="SERVER/widget/backstride.js"></script>'
    chat = open_chat(host_page("rtl", html + '<h1>x</h1><back-stride dir="rtl"></back-stride>'))
    launcher = chat.page.get_by_role("button", name="Sore back?").bounding_box()
    assert launcher is not None
    assert launcher["x"] < 200
    chat.page.get_by_role("button", name="Sore back?").click()
    chat.ask("hello")
    mine, theirs = chat.person.locator(".body").bounding_box(), chat.bot.locator(".body").bounding_box()
    assert mine is not None
    assert theirs is not None
    assert mine["x"] < theirs["x"]
