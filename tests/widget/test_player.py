"""The stretch player, with a clock that the test turns."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from chat_page import Chat
from playwright.sync_api import Locator, Page, expect

OpenChat = Callable[..., Chat]

# Stands for what a phone can do, and counts it.
SENSES = """
window.senses = {tones: 0, buzzes: 0, spoken: [], awake: 0};
window.AudioContext = class {
  currentTime = 0;
  destination = {};
  createOscillator() { return {connect: to => to, start: () => { senses.tones += 1 }, stop() {}} }
  createGain() { return {gain: {setValueAtTime() {}, exponentialRampToValueAtTime() {}}, connect: to => to} }
  close() {}
};
navigator.vibrate = () => { senses.buzzes += 1; return true };
Object.defineProperty(window, 'speechSynthesis', {value: {cancel() {}, speak: said => senses.spoken.push(said.text)}});
Object.defineProperty(navigator, 'wakeLock', {value: {request: async () => {
  senses.awake += 1;
  return {release: async () => { senses.awake -= 1 }};
}}});
"""


class Player:
    """An open player, and the clock."""

    def __init__(self, page: Page, title: str) -> None:
        self.page = page
        self.dialog = page.get_by_role("dialog", name=f"Exercise: {title}")
        self.ring = self.dialog.locator(".ring")
        self.now = self.dialog.locator(".now")

    def button(self, name: str) -> Locator:
        """Return one of its buttons."""
        return self.dialog.get_by_role("button", name=name, exact=True)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.page.clock.run_for(round(seconds * 1000))

    def senses(self) -> dict[str, object]:
        """Return what was heard, felt and spoken so far."""
        return dict(self.page.evaluate("window.senses"))


@pytest.fixture
def start(open_chat: OpenChat) -> Callable[..., Player]:
    """Return a function that starts the player on an exercise."""

    def start_player(title: str = "Half-kneeling lean") -> Player:
        chat = open_chat()
        chat.page.evaluate(SENSES)
        chat.ask("stretch")
        card = chat.press(title)
        chat.page.clock.install()
        chat.page.clock.pause_at(chat.page.evaluate("Date.now()") + 1000)
        card.get_by_role("button", name="Do it with me").click()
        player = Player(chat.page, title)
        expect(player.dialog).to_be_visible()
        return player

    return start_player


def test_steps_wait_and_holds_are_counted(start: Callable[..., Player]) -> None:
    """Steps without a time wait for the person; a hold runs by itself through both turns and both sides."""
    player = start()
    expect(player.dialog).to_contain_text("Step 1 of 5")
    player.wait(60)
    expect(player.dialog).to_contain_text("Step 1 of 5")
    for _ in range(3):
        player.button("Next").click()
    for kind, seconds, side in [
        ("Get ready", 5, "First side · 1 of 2"),
        ("Hold", 15, "First side · 1 of 2"),
        ("Let go", 4, "First side · 2 of 2"),
        ("Hold", 15, "First side · 2 of 2"),
        ("Change sides", 10, "Second side · 1 of 2"),
        ("Hold", 15, "Second side · 1 of 2"),
        ("Let go", 4, "Second side · 2 of 2"),
        ("Hold", 15, "Second side · 2 of 2"),
    ]:
        expect(player.ring).to_have_text(f"{seconds}{kind}")
        expect(player.dialog).to_contain_text(side)
        player.wait(seconds - 1)
        expect(player.ring).to_have_text(f"1{kind}")
        player.wait(1.05)
    expect(player.dialog).to_contain_text("Step 5 of 5")
    assert player.senses()["tones"] == 4
    assert player.senses()["buzzes"] == 4
    player.button("Next").click()
    expect(player.now).to_have_text("Well done.")
    player.button("Once more").click()
    expect(player.dialog).to_contain_text("Step 1 of 5")


def test_hold_can_be_paused_repeated_and_skipped(start: Callable[..., Player]) -> None:
    """Pause stops the count, again begins the hold anew, skip goes on."""
    player = start()
    for _ in range(3):
        player.button("Next").click()
    player.button("Skip").click()
    expect(player.ring).to_have_text("15Hold")
    player.wait(5)
    player.button("Pause").click()
    player.wait(60)
    expect(player.ring).to_have_text("10Hold")
    player.button("Go on").click()
    player.wait(2)
    expect(player.ring).to_have_text("8Hold")
    player.button("Again").click()
    expect(player.ring).to_have_text("15Hold")
    player.button("Skip").click()
    expect(player.ring).to_have_text("4Let go")
    assert player.senses()["tones"] == 0


def test_it_hurts_ends_it_and_tells_the_assistant(start: Callable[..., Player]) -> None:
    """One press: the exercise is over and the assistant hears of it."""
    player = start()
    player.button("It hurts").click()
    expect(player.dialog).to_have_count(0)
    chat = Chat(player.page)
    expect(chat.person.last).to_contain_text("It hurts when I do this: Half-kneeling lean")
    expect(chat.bot.last).to_contain_text("You said: It hurts when I do this")


def test_screen_reader_is_told_each_thing_once(start: Callable[..., Player]) -> None:
    """The step when it begins, then only what changes: no ticking."""
    player = start()
    player.page.evaluate(
        """() => {
        window.told = [];
        const live = document.querySelector('back-stride').shadowRoot.querySelector('.player [aria-live]');
        const observer = new MutationObserver(() => told.push(live.textContent));
        observer.observe(live, {childList: true, characterData: true, subtree: true});
        }"""
    )
    for _ in range(3):
        player.button("Next").click()
    player.wait(5.2)
    player.wait(15.2)
    expect(player.ring).to_contain_text("Let go")
    assert player.page.evaluate("told.slice(2)") == [
        "Hold there and keep breathing. Get ready",
        "Hold, 15 seconds",
        "Let go",
    ]
    expect(player.ring).to_have_attribute("aria-hidden", "true")


def test_steps_are_read_aloud_if_wanted(start: Callable[..., Player]) -> None:
    """Off at first; switched on it reads the present step and all that follow, and stays on the next time."""
    player = start()
    assert player.senses()["spoken"] == []
    player.dialog.get_by_role("checkbox", name="Read aloud").check()
    player.button("Next").click()
    assert len(player.senses()["spoken"]) == 2  # type: ignore[arg-type]
    player.page.keyboard.press("Escape")
    player.page.get_by_role("button", name="Do it with me").click()
    expect(player.dialog.get_by_role("checkbox", name="Read aloud")).to_be_checked()


def test_sound_and_buzz_can_be_switched_off(start: Callable[..., Player]) -> None:
    """Without sound the end of a hold is shown and told, not heard."""
    player = start()
    player.dialog.get_by_role("checkbox", name="Sound").uncheck()
    for _ in range(3):
        player.button("Next").click()
    player.wait(5.2)
    player.wait(15.2)
    expect(player.ring).to_contain_text("Let go")
    assert (player.senses()["tones"], player.senses()["buzzes"]) == (0, 0)


def test_screen_stays_awake_while_it_runs(start: Callable[..., Player]) -> None:
    """The lock is taken at the start and given back at the end."""
    player = start()
    assert player.senses()["awake"] == 1
    player.button("Stop and go back to the chat").click()
    expect(player.page.get_by_role("button", name="Do it with me")).to_be_focused()
    assert player.senses()["awake"] == 0


def test_keyboard_runs_the_player(start: Callable[..., Player]) -> None:
    """The step has the focus; Tab goes to Next; Escape leads back to where it was started."""
    player = start()
    expect(player.now).to_be_focused()
    player.page.keyboard.press("Tab")
    expect(player.button("Next")).to_be_focused()
    player.page.keyboard.press("Enter")
    expect(player.now).to_be_focused()
    expect(player.dialog).to_contain_text("Step 2 of 5")
    player.page.keyboard.press("Escape")
    expect(player.page.get_by_role("button", name="Do it with me")).to_be_focused()


# --- a stretch session ---------------------------------------------------------------------------------------------


@pytest.fixture
def session(open_chat: OpenChat) -> Callable[[], tuple[Chat, Locator]]:
    """Return a function that begins a session in the chat: the chat and its first message."""

    def begin() -> tuple[Chat, Locator]:
        chat = open_chat()
        chat.page.evaluate(SENSES)
        return chat, chat.ask("take me through them")

    return begin


def _in_player(chat: Chat, message: Locator, title: str) -> Player:
    message.get_by_role("button", name="Do it with me").click()
    player = Player(chat.page, title)
    expect(player.dialog).to_be_visible()
    return player


def test_session_can_be_done_by_buttons_alone(session: Callable[[], tuple[Chat, Locator]]) -> None:
    """Each part is a message; only the last one can be answered or played."""
    chat, first = session()
    expect(first).to_contain_text("Step 1 of 5: Kneel on one knee")
    expect(first.get_by_role("img")).to_be_visible()
    second = chat.press("Done")
    expect(second).to_contain_text("Step 2 of 5")
    expect(first.get_by_role("button", name="Do it with me")).to_have_attribute("aria-disabled", "true")
    expect(second.get_by_role("button", name="Do it with me")).to_have_attribute("aria-disabled", "false")


def test_player_begins_where_the_session_is(session: Callable[[], tuple[Chat, Locator]]) -> None:
    """After three steps in the chat the player opens at the hold, with the same seconds, side and set."""
    chat, _ = session()
    for _ in range(3):
        chat.press("Done")
    expect(chat.bot.last).to_contain_text("(hold 15 seconds, first side, 1 of 2)")
    player = _in_player(chat, chat.bot.last, "Half-kneeling lean")
    expect(player.dialog).to_contain_text("Step 4 of 5")
    expect(player.dialog).to_contain_text("First side · 1 of 2")
    player.button("Skip").click()
    expect(player.ring).to_contain_text("Hold")


def test_player_goes_on_with_the_next_exercise(session: Callable[[], tuple[Chat, Locator]]) -> None:
    """At the end of one the assistant is told, and the player opens again with what it names next."""
    chat, first = session()
    player = _in_player(chat, first, "Half-kneeling lean")
    for _ in range(12):
        player.dialog.get_by_role("button", name="Next", exact=True).or_(player.button("Skip")).click()
    expect(player.now).to_have_text("Well done.")
    player.button("Next exercise").click()
    following = Player(chat.page, "Knee rolls")
    expect(following.dialog).to_contain_text("Step 1 of 4")
    expect(chat.person.last).to_contain_text("Next exercise")
    expect(chat.bot.last).to_contain_text("Knee rolls (exercise 2 of 2)")


def test_it_hurts_in_a_session_asks_where(session: Callable[[], tuple[Chat, Locator]]) -> None:
    """One press: the player closes, and the question stands there with its answers; nothing can be played meanwhile."""
    chat, first = session()
    _in_player(chat, first, "Half-kneeling lean").button("It hurts").click()
    expect(chat.bot.last).to_contain_text("Where does it hurt, and how?")
    expect(chat.bot.last.get_by_role("button", name="Down a leg, or tingling")).to_be_visible()
    expect(chat.page.get_by_role("dialog")).to_have_count(0)


def test_session_is_still_there_after_a_reload(session: Callable[[], tuple[Chat, Locator]]) -> None:
    """The part that is due can be played, and answered, as before."""
    chat, _ = session()
    chat.press("Done")
    chat.page.reload()
    expect(chat.bot.last).to_contain_text("Step 2 of 5")
    player = _in_player(chat, chat.bot.last, "Half-kneeling lean")
    expect(player.dialog).to_contain_text("Step 2 of 5")
    player.button("Stop and go back to the chat").click()
    expect(chat.press("Done")).to_contain_text("Step 3 of 5")
