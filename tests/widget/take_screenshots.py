"""Take the pictures of the README anew: python tests/widget/take_screenshots.py

The entries and the referral are real, the conversation around them is scripted.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from chat_page import ARGUMENTS, CHROMIUM, DESK, PHONE, ROOT, Chat, Server
from playwright.sync_api import expect, sync_playwright

FOLDER = ROOT / "docs" / "screenshots"
MAX_BYTES = 150_000


def _welcome(_: Chat) -> None:
    pass


def _pain(chat: Chat) -> None:
    question = chat.ask("My back hurts after running")
    question.get_by_role("slider").press("ArrowRight")


def _exercises(chat: Chat) -> None:
    chat.ask("Which stretch is good for a stiff back?")
    chat.log.evaluate("log => { log.scrollTop = log.scrollHeight }")
    chat.page.wait_for_function(
        "[...document.querySelector('back-stride').shadowRoot.images ?? []].every(image => image.complete)"
    )


def _card(chat: Chat) -> None:
    chat.ask("Which stretch is good for a stiff back?")
    card = chat.press("Half-kneeling lean")
    card.get_by_role("img").evaluate("image => image.decode()")


def _player(chat: Chat) -> None:
    _card(chat)
    chat.page.clock.install()
    chat.page.clock.pause_at(chat.page.evaluate("Date.now()") + 1000)
    chat.bot.last.get_by_role("button", name="Do it with me").click()
    for _ in range(3):
        chat.page.get_by_role("button", name="Next").click()
    chat.page.clock.run_for(11_000)
    chat.page.get_by_role("dialog").get_by_role("img").evaluate("image => image.decode()")


def _session(chat: Chat) -> None:
    chat.ask("take me through them")
    chat.page.get_by_role("img").last.evaluate("image => image.decode()")


def _plan(chat: Chat) -> None:
    chat.ask("plan")


def _emergency(chat: Chat) -> None:
    chat.ask("Which stretch is good for a stiff back?")
    chat.ask("since yesterday it feels numb between my legs")


STATES: dict[str, Callable[[Chat], None]] = {
    "welcome": _welcome,
    "pain": _pain,
    "exercises": _exercises,
    "card": _card,
    "player": _player,
    "session": _session,
    "plan": _plan,
    "emergency": _emergency,
}
VIEWS = {
    "welcome": ("desk-light", "desk-dark", "phone-light"),
    "pain": ("phone-light",),
    "exercises": ("phone-light", "phone-dark"),
    "card": ("phone-light",),
    "player": ("phone-light", "desk-dark"),
    "session": ("phone-light",),
    "plan": ("phone-dark",),
    "emergency": ("phone-light", "phone-dark", "desk-light"),
}


def main() -> None:
    """Write docs/screenshots/*.png."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder)).start()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            for state, views in VIEWS.items():
                for view in views:
                    size, _, scheme = view.partition("-")
                    context = browser.new_context(
                        viewport=PHONE if size == "phone" else DESK, color_scheme=scheme, locale="en-GB"
                    )
                    page = context.new_page()
                    page.goto(server.url)
                    chat = Chat(page)
                    expect(chat.input).to_be_visible()
                    page.wait_for_function("document.querySelector('back-stride')?.panel?.conversation.isLoaded")
                    STATES[state](chat)
                    path = FOLDER / f"{state}-{view}.png"
                    page.screenshot(path=path, animations="disabled", caret="hide")
                    if path.stat().st_size > MAX_BYTES:
                        raise SystemExit(f"{path} has {path.stat().st_size} bytes; more than {MAX_BYTES}")
                    context.close()
        finally:
            browser.close()
            server.kill()


if __name__ == "__main__":
    main()
