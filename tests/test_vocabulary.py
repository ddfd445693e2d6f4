"""The names in Python and the names in the domain are the same."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from ruamel.yaml import YAML

from backstride import vocabulary
from backstride.knowledge import load_knowledge
from backstride.settings import ROOT
from backstride.vocabulary import ActionName, Entity, Intent, Response, Slot, entry_of_intent


@pytest.fixture(scope="module")
def domain() -> dict[str, Any]:
    document: dict[str, Any] = YAML(typ="safe").load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    return document


def names_in(holder: type) -> set[str]:
    """The names that a class of the vocabulary holds."""
    return {value for key, value in vars(holder).items() if not key.startswith("_") and isinstance(value, str)}


def classes() -> Iterator[type]:
    yield from (member for _, member in inspect.getmembers(vocabulary, inspect.isclass))


def intents_of(domain: dict[str, Any]) -> set[str]:
    return {intent if isinstance(intent, str) else next(iter(intent)) for intent in domain["intents"]}


def test_every_intent_is_in_the_domain(domain: dict[str, Any]) -> None:
    assert names_in(Intent) <= intents_of(domain)


def test_the_entities_are_those_of_the_domain(domain: dict[str, Any]) -> None:
    named = {entity if isinstance(entity, str) else next(iter(entity)) for entity in domain["entities"]}
    assert names_in(Entity) <= named


def test_the_slots_are_those_of_the_domain(domain: dict[str, Any]) -> None:
    assert names_in(Slot) <= set(domain["slots"])


def test_every_response_is_in_the_domain(domain: dict[str, Any]) -> None:
    assert names_in(Response) <= set(domain["responses"])


def test_the_custom_actions_are_those_of_the_domain(domain: dict[str, Any]) -> None:
    assert names_in(ActionName) == set(domain["actions"])


def test_every_custom_action_has_one_class() -> None:
    from rasa_sdk.executor import ActionExecutor

    executor = ActionExecutor()
    executor.register_package("actions")

    assert set(executor.actions) == names_in(ActionName)


def test_every_custom_action_has_its_own_file() -> None:
    files = {file.stem for file in (ROOT / "actions").glob("*.py")} - {"__init__", "base"}

    assert {f"action_{stem}" for stem in files} == names_in(ActionName)


def test_every_set_of_names_holds_known_names_only() -> None:
    known = set().union(*map(names_in, classes()))

    for holder in classes():
        for key, value in vars(holder).items():
            if isinstance(value, frozenset):
                assert value <= known, key


def test_an_intent_named_after_an_entry_gives_its_id() -> None:
    assert entry_of_intent("relief_see_doctor") == "relief.see_doctor"


@pytest.mark.parametrize("intent", ["greet", "ask_why", "relief", "", "nlu_fallback", "_heat"])
def test_any_other_intent_gives_none(intent: str) -> None:
    assert entry_of_intent(intent) is None


def test_every_intent_named_after_an_entry_has_its_entry(domain: dict[str, Any]) -> None:
    asked_for = {entry for intent in intents_of(domain) if (entry := entry_of_intent(intent)) is not None}

    assert asked_for <= set(load_knowledge().entries)


def test_every_intent_of_the_domain_has_training_data_or_is_made_by_rasa(domain: dict[str, Any]) -> None:
    taught: set[str] = set()
    for file in (ROOT / "data").glob("*/nlu.yml"):
        taught |= {block["intent"] for block in YAML(typ="safe").load(file.read_text(encoding="utf-8"))["nlu"]}

    assert intents_of(domain) - taught == {Intent.NLU_FALLBACK}
    assert taught <= intents_of(domain)
