"""What the studio's tests share: a copy of the project's files, a tracker store, a studio that answers, Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browsing import DESK, PATIENCE_MS, chromium
from made_conversations import Store, action, bot, letters, store_at, user
from playwright.sync_api import Browser, BrowserContext, Page
from studio_server import PASSWORD, Person, Running

from backstride.settings import ROOT
from backstride.studio import application, people
from backstride.studio.index import label_of
from backstride.studio.settings import StudioSettings


@pytest.fixture(scope="session")
def _files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    for name in ("data", "knowledge"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copytree(ROOT / "tests" / "nlu", folder / "tests" / "nlu")
    for name in ("domain.yml", "config.yml", "endpoints.yml"):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture
def project(_files: Path, tmp_path: Path) -> Path:
    """A copy of the project that a test may change."""
    return Path(shutil.copytree(_files, tmp_path / "project"))


@pytest.fixture
def settings(project: Path) -> StudioSettings:
    """Settings for that copy."""
    return StudioSettings(
        project=project,
        state=project / ".studio",
        endpoints=project / "endpoints.yml",
        models=project / "models",
    )


@pytest.fixture
def _named(settings: StudioSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line works on that copy."""
    monkeypatch.setenv("BACKSTRIDE_STUDIO_PROJECT", str(settings.project))
    for name in ("BACKSTRIDE_MODELS", "BACKSTRIDE_ENDPOINTS", "BACKSTRIDE_STUDIO_STATE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def store(project: Path) -> Store:
    """The tracker store that `endpoints.yml` names."""
    return store_at(project / "conversations.db")


@pytest.fixture
def running(settings: StudioSettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """A studio that answers; it looks at the conversations when a page asks, and words stand in for the encoder."""

    async def nothing(*_: object) -> None:
        """Follow nothing: a test says itself when to look."""

    # The real cost of a hash is a tenth of a second; the tests sign in often.
    monkeypatch.setattr(people, "_SCRYPT", {"n": 2, "r": 8, "p": 1})
    monkeypatch.setattr(application, "_keep_up", nothing)
    running = Running(settings)
    running.studio.meaning.vectors._encode = letters
    yield running
    running.stop()


@pytest.fixture
def kim(running: Running) -> Person:
    """Somebody who is signed in."""
    return running.person()


@pytest.fixture
def label(store: Store) -> str:
    """A conversation of a message that was misread and a tapped button."""
    said = user("quokka bath for my sore back perhaps", "report_pain", 0.4, key="m1")
    tapped = user("/ask_why", "ask_why", 1.0, title="Why?", key="m2")
    reply = bot("A warm towel eases it.", knowledge=["relief.heat"])
    store.add("s", [said, action("action_give_relief"), reply, tapped])
    return label_of("s")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, once a file: Playwright's event loop must have ended before another test needs one."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def sign_in(running: Running, browser: Browser) -> Iterator[Callable[[str], Page]]:
    """Opens a window of its own for a person, signed in, at the inbox."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def page_of(name: str) -> Page:
        running.studio.people.add(name, PASSWORD)
        contexts.append(browser.new_context(base_url=running.url, viewport=DESK))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto("/sign-in")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/inbox")
        return page

    yield page_of
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(sign_in: Callable[[str], Page]) -> Page:
    """Kim's browser."""
    return sign_in("Kim")
