"""Measure a trained model: intents, warning signs, whole conversations, speed and size."""

from __future__ import annotations

import datetime
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from rasa.utils.endpoints import EndpointConfig

from backstride.evaluation.basis import basis_of
from backstride.evaluation.conversations import load_agent, talk_through
from backstride.evaluation.figures import Evaluation, Reading, ScenarioFigure, Speed
from backstride.evaluation.intents import IntentExample, read_test_set, score_intents
from backstride.evaluation.red_flags import FlagMessage, Share, measure_flags, read_messages, readings_of
from backstride.evaluation.scenarios import Scenario, read_scenarios

Stage = Literal["intents", "warning signs", "conversations"]
# Told the stage, how much of it is done and how much there is in all.
OnProgress = Callable[[Stage, int, int], None]

# Questions of one message that should be named at the least.
_QUESTIONS: Final = 2
_SPEED_MESSAGES: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Tests:
    """Everything that a model is measured on.

    Args:
        examples: messages with their intent.
        several: messages with several questions, and what they are.
        flag_messages: messages with and without warning signs.
        scenarios: whole conversations.
        basis: hash over all of it, over the knowledge and the code.
    """

    examples: tuple[IntentExample, ...]
    several: tuple[Mapping[str, Any], ...]
    flag_messages: tuple[FlagMessage, ...]
    scenarios: tuple[Scenario, ...]
    basis: str


def read_tests(project: Path) -> Tests:
    """Return what models are measured on: the test sets and conversations below `tests/` of a project.

    Raises:
        KnowledgeError: a conversation or a test set cannot be read.
    """
    folder = project / "tests"
    several = folder / "nlu" / "multi_topic.yml"
    files = sorted((folder / "scenarios").glob("*/*.yml"))
    return Tests(
        examples=read_test_set(folder / "nlu" / "test_set.yml"),
        several=tuple(yaml.safe_load(several.read_text(encoding="utf-8"))) if several.is_file() else (),
        flag_messages=read_messages(folder / "red_flags"),
        scenarios=tuple(scenario for file in files for scenario in read_scenarios(file)),
        basis=basis_of(project),
    )


async def evaluate(
    agent: Any, model: Path, tests: Tests, *, project: Path, sha256: str, on_progress: OnProgress
) -> Evaluation:
    """Measure a loaded model.

    Args:
        agent: the model, loaded.
        model: its file, for conversations in which the server is started again.
        tests: what it is measured on.
        project: the folder whose path is left out of what is told.
        sha256: of the model's file.
        on_progress: told how far it is.
    """
    examples, several, flag_messages, scenarios = tests.examples, tests.several, tests.flag_messages, tests.scenarios
    texts = [example.text for example in examples]
    total = len(texts) + len(several)
    readings = []
    for done, text in enumerate([*texts, *(message["text"] for message in several)]):
        on_progress("intents", done, total)
        readings.append(await read(agent, text))
    predicted = [reading.intent for reading in readings[: len(texts)]]

    flag_readings = []
    for done, message in enumerate(flag_messages):
        on_progress("warning signs", done, len(flag_messages))
        flag_readings.append((await read(agent, message.text)).flags)

    figures: dict[str, ScenarioFigure] = {}
    for done, scenario in enumerate(scenarios):
        on_progress("conversations", done, len(scenarios))
        figures[scenario.id] = await _hold(scenario, agent, model, project)

    return Evaluation(
        sha256=sha256,
        basis=tests.basis,
        made_at=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        intents=score_intents([example.intent for example in examples], predicted),
        several=_named(several, readings[len(texts) :]),
        predicted=dict(zip(texts, predicted, strict=True)),
        flags=measure_flags(flag_messages, flag_readings),
        flag_readings={m.text: tuple(r) for m, r in zip(flag_messages, flag_readings, strict=True)},
        scenarios=figures,
    )


async def read(agent: Any, text: str) -> Reading:
    """Return what a model reads in a message."""
    parsed: Mapping[str, Any] = await agent.parse_message(text)
    intent = parsed.get("intent") or {}
    return Reading(
        intent=intent.get("name") or "nlu_fallback",
        confidence=float(intent.get("confidence") or 0),
        others=tuple(other["name"] for other in parsed.get("other_intents") or ()),
        flags=readings_of(parsed.get("red_flags") or ()),
    )


async def load_timed(model: Path) -> tuple[Any, float]:
    """Load a model and return it with the seconds that took."""
    started = time.perf_counter()
    agent = await load_agent(model)
    return agent, time.perf_counter() - started


async def compare_speed(agents: Sequence[Any], load_s: Sequence[float], tests: Tests) -> list[Speed]:
    """Measure how long models take to read a message, in turns, so that a busy moment hits all of them."""
    texts = [example.text for example in tests.examples]
    texts = texts[:: max(1, len(texts) // _SPEED_MESSAGES)][:_SPEED_MESSAGES]
    taken: list[list[float]] = [[] for _ in agents]
    for text in texts:
        for agent, times in zip(agents, taken, strict=True):
            started = time.perf_counter()
            await agent.parse_message(text)
            times.append(1000 * (time.perf_counter() - started))
    return [
        Speed(
            messages=len(times),
            p50_ms=statistics.median(times),
            p95_ms=sorted(times)[int(0.95 * (len(times) - 1))],
            load_s=load,
        )
        for times, load in zip(taken, load_s, strict=True)
    ]


async def _hold(scenario: Scenario, agent: Any, model: Path, project: Path) -> ScenarioFigure:
    if not any(turn.restart for turn in scenario.turns):
        held = await talk_through(scenario, agent)
    else:
        with tempfile.TemporaryDirectory() as folder:
            store = EndpointConfig(type="SQL", dialect="sqlite", db=str(Path(folder) / "conversations.db"))

            async def restarted() -> Any:
                return await load_agent(model, store)

            held = await talk_through(scenario, await restarted(), restarted)
    # A path of this machine says nothing on another one.
    return ScenarioFigure(
        wrong=held.wrong.replace(f"{project}/", "") or None, transcript=held.transcript if held.wrong else None
    )


def _named(messages: Sequence[Mapping[str, Any]], readings: Sequence[Reading]) -> Share:
    hits = [
        len({reading.intent, *reading.others} & {message["main"], *message["also"]}) >= _QUESTIONS
        for message, reading in zip(messages, readings, strict=True)
    ]
    return Share(hits=sum(hits), tries=len(hits))
