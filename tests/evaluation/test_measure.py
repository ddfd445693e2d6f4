"""What is measured on a model beside its intents and warning signs: several questions, conversations with a restart."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from backstride.evaluation import measure
from backstride.evaluation.conversations import Held
from backstride.evaluation.figures import Reading, ScenarioFigure
from backstride.evaluation.red_flags import Share
from backstride.evaluation.scenarios import Scenario, read_scenarios


def reading(intent: str, *others: str) -> Reading:
    return Reading(intent=intent, confidence=0.9, others=others)


@pytest.mark.parametrize(
    ("found", "hits"),
    [
        (reading("relief_heat", "relief_massage"), 1),
        # In any order, and beside something else.
        (reading("relief_massage", "greet", "relief_heat"), 1),
        (reading("relief_heat"), 0),
        (reading("greet", "relief_massage"), 0),
    ],
)
def test_two_questions_of_a_message_must_be_named(found: Reading, hits: int) -> None:
    message = {"text": "heat or massage", "main": "relief_heat", "also": ["relief_massage"]}

    assert measure._named([message], [found]) == Share(hits=hits, tries=1)


def test_message_is_read_as_a_person_would_get_it() -> None:
    class Agent:
        async def parse_message(self, _: str) -> dict[str, Any]:
            return {
                "intent": {"name": None, "confidence": None},
                "other_intents": [{"name": "relief_heat", "confidence": 0.3}],
                "red_flags": [{"id": "lung", "state": "ask", "urgency": "emergency_now", "evidence": "breath"}],
            }

    found = asyncio.run(measure.read(Agent(), "x"))
    assert (found.intent, found.confidence, found.others) == ("nlu_fallback", 0.0, ("relief_heat",))
    assert [(flag.id, flag.is_noticed) for flag in found.flags] == [("lung", True)]


def scenarios(folder: Path, text: str) -> Scenario:
    file = folder / "tests" / "scenarios" / "talk" / "a.yml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    (scenario,) = read_scenarios(file)
    return scenario


RESTART = "- name: a\n  turns:\n  - user: hello\n    bot: [hi]\n  - restart: true\n  - user: hello\n    bot: [hi]\n"
PLAIN = "- name: a\n  turns:\n  - user: hello\n    bot: [hi]\n"


@pytest.mark.parametrize(("text", "loads"), [(PLAIN, 0), (RESTART, 2)])
def test_conversation_with_a_restart_goes_on_in_another_agent_and_the_same_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, loads: int
) -> None:
    stores: list[Any] = []

    async def load(_: Path, store: Any) -> object:
        stores.append(store.kwargs["db"])
        return object()

    async def talk(_: Scenario, agent: object, restarted: Any = None) -> Held:
        if restarted is not None:
            assert await restarted() is not agent
        return Held("", "", 1)

    monkeypatch.setattr(measure, "load_agent", load)
    monkeypatch.setattr(measure, "talk_through", talk)
    found = asyncio.run(measure._hold(scenarios(tmp_path, text), object(), tmp_path / "model", tmp_path))

    assert found == ScenarioFigure()
    assert len(stores) == loads
    assert len(set(stores)) <= 1
    assert not any(Path(store).exists() for store in stores), "its conversations are gone afterwards"


def test_what_went_wrong_is_told_without_a_path_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def talk(scenario: Scenario, _: object) -> Held:
        return Held(f"{scenario.path}:4: 'hi' is missing", "> hello", 1)

    monkeypatch.setattr(measure, "talk_through", talk)
    found = asyncio.run(measure._hold(scenarios(tmp_path, PLAIN), object(), tmp_path / "model", tmp_path))

    assert found == ScenarioFigure(wrong="tests/scenarios/talk/a.yml:4: 'hi' is missing", transcript="> hello")
