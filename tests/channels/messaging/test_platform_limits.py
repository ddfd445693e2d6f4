"""The table of limits: its sources, and Slack's own client library, which holds some of the figures."""

from __future__ import annotations

import re
from datetime import date

import pytest
from slack_sdk.models.blocks import ActionsBlock, ButtonElement, ImageBlock, SectionBlock

from backstride.channels.messaging.messenger import TEMPLATE_BUTTONS, TEMPLATE_TEXT
from backstride.channels.messaging.platform_limits import ALL, LOOKED_UP, SLACK
from backstride.channels.messaging.slack import ALT_LENGTH
from backstride.settings import ROOT

GUIDE = ROOT / "docs" / "channels" / "README.md"
HERE = ROOT / "tests" / "channels" / "messaging"


def test_slacks_are_those_of_its_own_library() -> None:
    assert SectionBlock.text_max_length == SLACK.text
    assert ActionsBlock.elements_max_length == SLACK.buttons
    assert ButtonElement.text_max_length == SLACK.button_title
    assert ButtonElement.action_id_max_length == SLACK.button_id_bytes
    assert ImageBlock.alt_text_max_length == ALT_LENGTH
    assert ImageBlock.title_max_length == ALT_LENGTH


@pytest.mark.parametrize("channel", ALL)
def test_each_platform_has_its_sources_and_the_day(channel: str) -> None:
    assert ALL[channel].sources
    assert all(source.startswith("https://") for source in ALL[channel].sources)
    assert date.fromisoformat(LOOKED_UP)


def test_messengers_template_holds_less_than_its_messages() -> None:
    assert ALL["messenger"].text > TEMPLATE_TEXT
    assert ALL["messenger"].buttons > TEMPLATE_BUTTONS


@pytest.mark.parametrize("channel", ALL)
def test_the_guide_names_the_same_figures(channel: str) -> None:
    limits = ALL[channel]
    window = f"{limits.window_hours:.0f} h" if limits.window_hours else "any time"
    figures = (limits.text, limits.caption, limits.buttons, limits.button_title, limits.button_id_bytes, window)
    assert f"| {channel} | {' | '.join(map(str, figures))} |" in GUIDE.read_text(encoding="utf-8")
    assert f"looked up on {LOOKED_UP}" in GUIDE.read_text(encoding="utf-8")


def test_every_test_that_the_guide_names_is_there() -> None:
    """A table of proofs is worth what its tests are."""
    named = set(re.findall(r"`(?:tests/)?(test_\w+)(\.py)?`", GUIDE.read_text(encoding="utf-8")))
    files = {file.name for file in [*HERE.glob("test_*.py"), *(ROOT / "tests").glob("test_*.py")]}
    code = "".join(file.read_text(encoding="utf-8") for file in HERE.glob("test_*.py"))
    assert len(named) > 20
    assert {name for name, ending in named if ending and f"{name}.py" not in files} == set()
    assert {name for name, ending in named if not ending and f"def {name}(" not in code} == set()
