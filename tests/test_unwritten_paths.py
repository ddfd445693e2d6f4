"""The dialogue generalises: paths that no story spells out lead where a person would expect."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from rasa.shared.core.events import ActionExecuted, UserUttered
from ruamel.yaml import YAML
from scenario_runner import Conversation

from backstride.settings import ROOT

# A step of a path: an intent or an action.
Path = tuple[str, ...]

PATHS = [
    pytest.param(
        ["how should i be holding myself when i run", "how often should I practise that", "yes"],
        ("prevent_posture", "action_give_prevention_tip", "ask_how_often", "action_follow_up", "affirm"),
        "action_give_prevention_tip",
        id="a tip, how often, yes to more tips",
    ),
    pytest.param(
        ["is it lactic acid", "who says so", "yes"],
        ("cause_too_much_exercise", "action_explain_cause", "ask_source", "action_follow_up", "affirm"),
        "action_give_relief",
        id="a cause, its source, yes to relief",
    ),
    pytest.param(
        ["is a hot water bottle any good", "r u a bot", "no"],
        ("relief_heat", "action_give_relief", "bot_challenge", "utter_bot_challenge", "deny"),
        "utter_anything_else",
        id="heat, a robot question, no",
    ),
    pytest.param(
        ["why does my back hurt after running", "thanks", "no"],
        ("cause_general", "action_explain_cause", "thanks", "utter_thanks", "deny"),
        "utter_goodbye",
        id="the causes, thanks, no more",
    ),
]


def stories() -> Iterator[Path]:
    """Each story as intents and actions in their order."""
    for file in sorted((ROOT / "data").glob("*/stories.yml")):
        for story in YAML(typ="safe").load(file.read_text(encoding="utf-8"))["stories"]:
            yield tuple(
                step.get("intent") or step["action"] for step in story["steps"] if {"intent", "action"} & set(step)
            )


def holds(story: Path, path: Path) -> bool:
    return any(story[start : start + len(path)] == path for start in range(len(story)))


def rules_for(intent: str) -> list[str]:
    files = (ROOT / "data").glob("*/rules.yml")
    rules = [rule for file in files for rule in YAML(typ="safe").load(file.read_text(encoding="utf-8"))["rules"]]
    return [rule["rule"] for rule in rules if any(step.get("intent") == intent for step in rule["steps"])]


def turns_of(events: Sequence[Any]) -> tuple[list[str], str]:
    """The intents and actions of a conversation in their order, and the policy that predicted the last action."""
    steps: list[str] = []
    policy = ""
    for event in events:
        if isinstance(event, UserUttered):
            steps.append(event.intent_name or "")
        elif isinstance(event, ActionExecuted) and event.action_name not in {"action_listen", "action_session_start"}:
            steps.append(event.action_name or "")
            policy = event.policy or ""
    return steps, policy


@pytest.mark.parametrize(("messages", "path", "then"), PATHS)
def test_a_path_that_no_story_spells_out(messages: list[str], path: Path, then: str, agent: Any) -> None:
    assert not any(holds(story, path) for story in stories())
    assert not rules_for(path[-1])

    async def talk() -> tuple[list[str], str]:
        conversation = Conversation(agent)
        for message in messages:
            await conversation.say(message)
        tracker = await agent.tracker_store.retrieve(conversation.sender)
        return turns_of(tracker.events)

    steps, policy = asyncio.run(talk())

    assert steps == [*path, then]
    assert "StoryPolicy" in policy


def test_what_a_story_does_spell_out_is_found() -> None:
    """The proof above would be worth nothing if it found nothing anywhere."""
    assert any(holds(story, ("thanks", "utter_thanks", "deny", "utter_goodbye")) for story in stories())
    assert rules_for("greet")
