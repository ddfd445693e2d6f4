"""Take the pictures of the docs anew, with the trained model.

PYTHONPATH=tests python tests/widget/take_screenshots.py
"""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Callable
from pathlib import Path

from browsing import DESK, PHONE, chromium
from chat_page import ROOT, Chat, loaded, real_assistant
from playwright.sync_api import Browser, expect

FOLDER = ROOT / "docs" / "screenshots"
MAX_BYTES = 320_000
# Beside each other they are the picture of the README.
TOGETHER = ("pain", "exercises", "player", "emergency")


def _welcome(_: Chat) -> None:
    pass


def _pain(chat: Chat) -> None:
    chat.ask("My back hurts after running")
    chat.page.get_by_role("slider").press("ArrowLeft")


def _exercises(chat: Chat) -> None:
    chat.ask("show me some stretches")
    chat.press("None of these")
    expect(chat.page.get_by_role("button", name="Knee rolls")).to_be_visible()
    chat.page.get_by_role("button", name="Take me through them").scroll_into_view_if_needed()
    for image in chat.log.locator(".rows img").all():
        image.evaluate("image => image.decode()")


def _card(chat: Chat) -> None:
    _exercises(chat)
    chat.page.get_by_role("button", name="Half-kneeling lean").click()
    chat.page.get_by_role("article").get_by_role("img").evaluate("image => image.decode()")


def _player(chat: Chat) -> None:
    _card(chat)
    chat.page.clock.install()
    chat.page.clock.pause_at(chat.page.evaluate("Date.now()") + 1000)
    chat.page.get_by_role("button", name="Do it with me").click()
    for _ in range(3):
        chat.page.get_by_role("button", name="Next", exact=True).click()
    chat.page.clock.run_for(11_000)
    chat.page.get_by_role("dialog").get_by_role("img").evaluate("image => image.decode()")


def _several(chat: Chat) -> None:
    _pain(chat)
    chat.page.get_by_role("button", name="Send 4").click()
    for answer in ("Lower back", "A few days", "Getting better", "No, only the back"):
        chat.page.get_by_role("button", name=answer, exact=True).click()
    for tick in ("Longer than usual", "Hillier than usual"):
        chat.page.get_by_role("button", name=tick).click()


def _plan(chat: Chat) -> None:
    _several(chat)
    for tick in ("New or worn shoes", "I sit all day"):
        chat.page.get_by_role("button", name="Send my answer").last.click()
        chat.page.get_by_role("button", name=tick).click()
    chat.page.get_by_role("button", name="Send my answer").last.click()
    expect(chat.bot.last).to_contain_text("checks before any exercise")
    chat.press("None of these")
    chat.page.get_by_role("article", name="Your plan").evaluate("plan => plan.scrollIntoView()")


def _emergency(chat: Chat) -> None:
    chat.ask("what helps now")
    chat.ask("since yesterday it feels numb between my legs")


STATES: dict[str, Callable[[Chat], None]] = {
    "welcome": _welcome,
    "pain": _pain,
    "several": _several,
    "exercises": _exercises,
    "card": _card,
    "player": _player,
    "plan": _plan,
    "emergency": _emergency,
}
VIEWS = {
    "welcome": ("desk-light", "desk-dark", "phone-light"),
    "pain": ("phone-light",),
    "several": ("phone-light",),
    "exercises": ("phone-light", "phone-dark"),
    "card": ("phone-light",),
    "player": ("phone-light", "desk-dark"),
    "plan": ("phone-light", "phone-dark"),
    "emergency": ("phone-light", "phone-dark", "desk-light"),
}


def _take(browser: Browser, address: str, state: str, view: str) -> None:
    size, _, scheme = view.partition("-")
    context = browser.new_context(viewport=PHONE if size == "phone" else DESK, color_scheme=scheme, locale="en-GB")
    page = context.new_page()
    page.goto(address)
    loaded(page)
    STATES[state](Chat(page))
    page.screenshot(path=FOLDER / f"{state}-{view}.png", animations="disabled", caret="hide")
    context.close()


def _put_together(browser: Browser) -> None:
    pictures = [base64.b64encode((FOLDER / f"{state}-phone-light.png").read_bytes()).decode() for state in TOGETHER]
    page = browser.new_page(viewport={"width": 1240, "height": 660})
    page.set_content(
        "<body style='margin:0;padding:10px;display:flex;gap:10px;background:#d5e0dc'>"
        + "".join(
            f"<img style='height:640px;border-radius:16px' src='data:image/png;base64,{each}'>" for each in pictures
        )
    )
    page.screenshot(path=FOLDER / "readme.png")
    page.close()


def main() -> None:
    """Write docs/screenshots/*.png."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        real_assistant(Path(folder)) as address,
        chromium() as browser,
    ):
        for state, views in VIEWS.items():
            for view in views:
                _take(browser, address, state, view)
        _put_together(browser)
    for path in FOLDER.glob("*.png"):
        if path.stat().st_size > MAX_BYTES:
            raise SystemExit(f"{path} has {path.stat().st_size} bytes; more than it should")


if __name__ == "__main__":
    main()
