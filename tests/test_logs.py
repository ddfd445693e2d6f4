"""Readable logs without message text."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

from backstride import logs

NOISY = ("apscheduler", "matplotlib", "tensorflow", "sanic.root", "sanic.access")


@pytest.fixture
def levels(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The levels that Rasa's own set-up is called with, instead of setting up this process."""
    called: list[int] = []
    monkeypatch.setattr(logs.rasa.utils.common, "configure_logging_and_warnings", lambda n, **_: called.append(n))
    monkeypatch.setattr(logs, "configure_structlog", called.append)
    before = {name: logging.getLogger(name).level for name in NOISY}
    yield called
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.parametrize(("name", "number"), [("info", logging.INFO), ("WARNING", logging.WARNING)])
def test_rasa_logs_at_the_level_that_was_asked_for(levels: list[int], name: str, number: int) -> None:
    logs.configure_logging(name)

    assert levels == [number, number]


def test_the_libraries_noise_is_turned_down(levels: list[int]) -> None:
    logs.configure_logging("debug")

    assert {logging.getLogger(name).level for name in NOISY} == {logging.WARNING}


def test_what_rasa_logs_of_a_message_is_not_shown() -> None:
    code = (
        "import logging, structlog\n"
        "from backstride.logs import configure_logging\n"
        "configure_logging('info')\n"
        "structlog.get_logger('rasa.core.processor').debug('processor.message.parse', text='my secret words')\n"
        "logging.getLogger('backstride.server').info('Ready')\n"
    )

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "secret" not in ended.stdout + ended.stderr
    assert "INFO    backstride.server  Ready" in ended.stderr
