"""Hold every conversation of tests/scenarios with the trained model and the real actions."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from rasa.utils.endpoints import EndpointConfig
from scenario_runner import FOLDER, ExpectedTurn, Reply, Scenario, differences, hold, load_agent, read_scenarios

from backstride.errors import KnowledgeError
from backstride.settings import ROOT

FILES = sorted(FOLDER.glob("*/*.yml"))
SCENARIOS = [scenario for file in FILES for scenario in read_scenarios(file)]


@pytest.mark.filterwarnings(
    # Only the garbage collector closes what a server that was killed left open.
    "ignore:unclosed database:ResourceWarning"
)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_scenario(scenario: Scenario, agent: Any, tmp_path: Path) -> None:
    if not any(turn.restart for turn in scenario.turns):
        asyncio.run(hold(scenario, agent))
        return
    store = EndpointConfig(type="SQL", dialect="sqlite", db=str(tmp_path / "conversations.db"))

    async def restarted() -> Any:
        return await load_agent(store)

    async def talk() -> None:
        await hold(scenario, await restarted(), restarted)

    asyncio.run(talk())


def test_every_topic_has_conversations() -> None:
    with_data = {folder.name for folder in (ROOT / "data").iterdir() if (folder / "nlu.yml").is_file()}

    assert {file.parent.name for file in FILES} >= with_data


def test_there_are_many_conversations_and_long_ones() -> None:
    assert len(SCENARIOS) >= 45
    assert sum(len(scenario.turns) > 6 for scenario in SCENARIOS) >= 12


ONE_TURN = "- name: a\n  turns:\n    - user: hi\n      bot: [x]\n"
TURN = "- name: a\n  turns:\n    - "
MISTAKES = [
    (TURN + "user: hi\n      bott: [x]\n", 4, "'turns.1.bott' is unknown"),
    (TURN + "bot: [x]\n", 3, "write one of 'user', 'tap' and 'restart: true'"),
    (TURN + "user: hi\n      tap: x\n      bot: [x]\n", 3, "write one of 'user', 'tap'"),
    (TURN + "user: hi\n", 3, "say what the reply must hold"),
    (TURN + "user: hi\n      bot: x\n", 4, "write a list"),
    (TURN + "user: hi\n      bot: ['']\n", 4, "is empty"),
    (TURN + "tap: x\n      bot: [x]\n", 1, "does not begin with words"),
    ("- name: a\n  turns: []\n", 1, "does not begin with words"),
    ("- turns:\n    - user: hi\n      bot: [x]\n", 1, "'name' is missing"),
    (2 * ONE_TURN, 5, "second time"),
    ("- hello\n", 1, "this is no conversation"),
    ("name: a\n", 1, "no list of conversations"),
    ("- name: a\n  turns: [\n", 3, "this is not YAML"),
    (ONE_TURN + "    - restart: true\n      bot: [x]\n", 5, "a restart says nothing"),
]


@pytest.mark.parametrize(("text", "line", "wrong"), MISTAKES, ids=[wrong for _, _, wrong in MISTAKES])
def test_a_wrong_file_is_refused_with_file_and_line(tmp_path: Path, text: str, line: int, wrong: str) -> None:
    file = tmp_path / "wrong.yml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(KnowledgeError) as refused:
        read_scenarios(file)

    assert f"{file}:{line}: " in str(refused.value)
    assert wrong in str(refused.value)


REPLY = Reply("Wrap it in a towel.\n\nFor 15 to  20 minutes.", {"Why?": "/ask_why"}, ("relief.heat",), ())


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        ({"bot": ["TOWEL", "15 to 20 minutes"], "knowledge": ["relief.heat"], "buttons": ["Why?"]}, []),
        ({"bot": ["ice"]}, ["'ice' is missing"]),
        ({"bot": ["wrap"], "not_bot": ["Towel"]}, ["'Towel' must not be there"]),
        ({"knowledge": ["relief.massage"]}, ["the metadata lack relief.massage"]),
        ({"bot": ["wrap"], "buttons": ["How often?"]}, ["no button 'How often?'"]),
    ],
)
def test_what_differs_is_told(expected: dict[str, list[str]], told: list[str]) -> None:
    assert list(differences(ExpectedTurn(user="hi", **expected), REPLY)) == told


def test_a_reply_without_words_differs() -> None:
    assert "the reply is empty" in list(differences(ExpectedTurn(user="hi", bot=["x"]), Reply("", {}, (), ())))
