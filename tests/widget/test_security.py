"""Hostile words stay words, hostile pages stay outside, strict policies are kept."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from chat_page import ROOT, Chat
from playwright.sync_api import Route, expect

OpenChat = Callable[..., Chat]

_ATTACKS = [
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "<svg onload=window.pwned=1>",
    "<svg><script>window.pwned=1</script></svg>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "<a href=javascript:window.pwned=1>x</a>",
    "<details open ontoggle=window.pwned=1>",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=//evil.example>",
    "<base href=//evil.example>",
    "<form action=//evil.example><input name=x>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=window.pwned=1>",
    "</textarea><script>window.pwned=1</script>",
    "--><script>window.pwned=1</script>",
    "{{constructor.constructor('window.pwned=1')()}}",
    "${window.pwned=1}",
    "[x](javascript:window.pwned=1)",
    "[x](JaVaScRiPt:window.pwned=1)",
    "[x](java\tscript:window.pwned=1)",
    "[x](&#106;avascript:window.pwned=1)",
    "[x](data:text/html,<script>window.pwned=1</script>)",
    "[x](vbscript:window.pwned=1)",
    "[x](blob:https://evil.example/1)",
    "[x](//evil.example)",
    "[x](http://evil.example)",
    "[x](https:javascript:window.pwned=1)",
    "[<img src=x onerror=window.pwned=1>](https://example.org)",
    '[x](https://example.org/"onmouseover="window.pwned=1)',
    "![x](https://evil.example/track.png)",
    "**<script>window.pwned=1</script>**",
    "- <script>window.pwned=1</script>",
    "1. <img src=x onerror=window.pwned=1>",
    "https://example.org/<script>window.pwned=1</script>",
    "javascript:window.pwned=1",
    "\u202egnp.exe",
    "\ufeff<b>x</b>",
    "%3Cscript%3Ewindow.pwned=1%3C/script%3E",
    "&lt;script&gt;",
    "\\u003cscript\\u003e",
    "`<script>window.pwned=1</script>`",
]
_TAGS = {"a", "b", "br", "button", "div", "li", "ol", "p", "path", "small", "span", "strong", "svg", "time", "ul", "h4"}
_TAGS |= {"article", "details", "form", "h3", "input", "section", "summary"}


def hostile_texts(count: int) -> list[str]:
    """Return texts that try to be more than text, alone and in each other's company; the same in each run."""
    dice = random.Random(17)
    texts = list(_ATTACKS)
    while len(texts) < count:
        parts = [dice.choice(_ATTACKS) for _ in range(dice.randint(1, 3))]
        cut = dice.randint(1, len(parts[0]))
        parts[0] = dice.choice([parts[0], parts[0][:cut], parts[0].upper(), parts[0].replace(" ", "\n")])
        texts.append(dice.choice(["", " ", "\n", "\n\n", '"', "'", ">", "**", "[a]("]).join(["", *parts, ""]))
    return texts[:count]


def test_five_hundred_hostile_texts_show_as_text(open_chat: OpenChat) -> None:
    """Of the person and of the assistant, in messages, buttons, cards and referrals: nothing runs, nothing is lost."""
    texts = hostile_texts(500)
    messages: list[dict[str, Any]] = []
    for number, text in enumerate(texts):
        messages.append({"id": f"p{number}", "from": "person", "text": text, "at": number})
        answer = {"id": f"p{number}.r0", "from": "bot", "text": text, "at": number}
        answer["buttons"] = [{"id": f"p{number}.r0.0", "title": text}]
        if number % 5 == 0:
            answer |= {"urgency": "routine", "heading": text, "numbers": [{"label": text, "number": text}]}
        if number % 5 == 1:
            answer["card"] = dict.fromkeys(
                ("title", "answer", "detail", "why", "dose", "easier", "correction"), text
            ) | {
                "id": "x",
                "group": "relief",
                "cautions": [text],
                "steps": [{"text": text}],
                "not_for": [{"who": text, "why": text}],
                "sources": [{"body": text, "what": text}],
                "evidence": {"says": text, "strength": text},
                "checked": {"on": text, "by": text},
            }
        if number % 5 == 2:
            answer["plan"] = [{"title": text, "lines": [text]}]
        if number % 5 == 3:
            answer |= {"after": text, "ask": "pain"}
        messages.append(answer)

    def answer_with_them(route: Route) -> None:
        route.fulfill(json={"messages": messages, "earlier": False, "pinned": None, "max_text": 1000})

    chat = open_chat()
    chat.ask("hello")
    chat.page.route("**/chat/messages", answer_with_them)
    chat.page.reload()
    expect(chat.person).to_have_count(500)
    assert chat.person.locator(".body").evaluate_all("all => all.map(e => e.textContent)") == texts
    page = chat.page
    assert page.evaluate("window.pwned") is None
    inside = "[...document.querySelector('back-stride').shadowRoot.querySelectorAll('.message[data-id] *')]"
    assert set(page.evaluate(f"{inside}.map(e => e.localName)")) <= _TAGS
    assert (
        page.evaluate(f"{inside}.flatMap(e => [...e.attributes]).filter(a => /^on|^style$|^src/.test(a.name)).length")
        == 0
    )
    links = page.evaluate(f"{inside}.filter(e => e.localName === 'a').map(e => e.href)")
    assert links
    assert [link for link in links if not re.match(r"https://|mailto:|tel:", link)] == []
    # What is no Markdown is all there, letter by letter.
    plain = [text for text in texts if not re.search(r"[*\n]|^\s*(-|\d+\.) |https:|\]\(", text)]
    shown = chat.bot.locator(".body").evaluate_all("all => all.map(e => e.textContent)")
    assert len(plain) > 60
    assert [text for text in plain if not any(text.strip() in each for each in shown)] == []


def test_hostile_texts_pass_through_the_server_unchanged(open_chat: OpenChat) -> None:
    """The whole way there and back, and after a reload."""
    chat = open_chat()
    for text in _ATTACKS[:6]:
        answer = chat.ask(f"echo:{text}")
        expect(answer.locator(".body")).to_have_text(text)
    chat.page.reload()
    expect(chat.person).to_have_count(6)
    assert chat.page.evaluate("window.pwned") is None


def test_safe_links_live(open_chat: OpenChat) -> None:
    """Addresses of https, mail and telephone can be followed, and tell nothing to where they lead."""
    chat = open_chat()
    answer = chat.ask("echo:[a](https://example.org) [b](mailto:me@example.org) [c](tel:+44123) https://example.org/x.")
    links = answer.get_by_role("link")
    expect(links).to_have_count(4)
    for link in links.all():
        expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(links.last).to_have_attribute("href", "https://example.org/x")


STRICT = (
    "default-src 'none'; script-src SERVER; connect-src SERVER; img-src SERVER; style-src 'nonce-page'; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
)


def test_widget_keeps_its_looks_on_a_hostile_page(open_chat: OpenChat, host_page: Callable[..., str]) -> None:
    """Under a strict policy and against the page's own styles; and the page keeps its own looks."""
    chat = open_chat(host_page("hostile", policy=STRICT))
    launcher = chat.page.get_by_role("button", name="Sore back?")
    expect(launcher).to_be_visible()
    launcher.click()
    answer = chat.ask("stretch")
    looks = answer.locator(".body").evaluate(
        "e => (({color, letterSpacing, textTransform, fontSize, fontFamily, opacity}) =>"
        " ({color, letterSpacing, textTransform, fontSize, fontFamily, opacity}))(getComputedStyle(e))"
    )
    assert looks == {
        "color": "rgb(21, 33, 30)",
        "letterSpacing": "normal",
        "textTransform": "none",
        "fontSize": "16px",
        "fontFamily": looks["fontFamily"],
        "opacity": "1",
    }
    assert "Comic" not in looks["fontFamily"]
    chat.press("Half-kneeling lean").get_by_role("button", name="Do it with me").click()
    expect(chat.page.get_by_role("dialog", name="Exercise: Half-kneeling lean")).to_be_visible()
    probe = chat.page.locator("#probe")
    assert probe.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(1, 2, 3)"
    assert probe.evaluate("e => getComputedStyle(e).position") == "static"


def test_page_can_choose_the_colour_and_the_language(open_chat: OpenChat, host_page: Callable[..., str]) -> None:
    """By custom properties, by the attribute `theme`, and by a file of texts; what it lacks stays English."""
    html = (
        "<!doctype html><title>x</title><style>back-stride { --backstride-accent: rgb(1, 2, 3) }</style><h1>x</h1>"
        '<script type="module" src="SERVER/widget/backstride.js"></script>'
        '<back-stride lang="de-CH" theme="dark" open></back-stride>'
    )
    address = host_page("chosen", html)

    def german(route: Route) -> None:
        cors = {"Access-Control-Allow-Origin": "*"}
        route.fulfill(content_type="text/javascript", headers=cors, body="export default { write: 'Ihre Nachricht' }")

    chat = open_chat()
    chat.page.context.route("**/widget/texts.de.js", german)
    chat = open_chat(address, context=chat.page.context)
    panel = chat.page.get_by_role("dialog", name="Backstride")
    expect(panel).to_be_visible()
    expect(panel.get_by_role("textbox", name="Ihre Nachricht")).to_be_visible()
    assert panel.locator(".mark").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(1, 2, 3)"
    assert panel.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(23, 33, 34)"
    chat.page.locator("back-stride").evaluate("e => e.removeAttribute('open')")
    expect(panel).to_be_hidden()


def test_site_that_is_not_allowed_is_told(open_chat: OpenChat, host_page: Callable[..., str]) -> None:
    """Where the server does not know the site, the person gets a sentence and the message is not lost."""
    chat = open_chat(host_page("host"))
    chat.page.route("**/chat/**", lambda route: route.fulfill(status=403, json={"error": "origin_not_allowed"}))
    chat.page.get_by_role("button", name="Sore back?").click()
    chat.say("hello")
    expect(chat.status).to_have_text("This page may not use the chat.")


@pytest.mark.parametrize(
    "way", ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("]
)
def test_no_text_can_become_markup(way: str) -> None:
    """The widget has none of the ways by which a text turns into elements or code."""
    for path in [*(ROOT / "widget").glob("*.js"), *(ROOT / "widget" / "page").glob("*.js")]:
        assert way not in path.read_text(encoding="utf-8"), path


def test_token_never_stands_in_an_address(open_chat: OpenChat) -> None:
    """It travels in a header only, so that no log or referrer holds it."""
    chat = open_chat()
    addresses: list[str] = []
    chat.page.on("request", lambda request: addresses.append(request.url))
    chat.ask("hello")
    chat.page.reload()
    expect(chat.bot).to_have_count(1)
    token = json.loads(next(iter(chat.page.evaluate("Object.values(localStorage)"))))["token"]
    assert addresses
    assert not any(token in address for address in addresses)
