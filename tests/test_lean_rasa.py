"""What is left out of Rasa changes nothing of what it answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
import pytest
from rasa.core.actions.action import RemoteAction
from rasa.engine.storage.storage import ModelMetadata
from rasa.shared.core.events import Event, SlotSet
from rasa.shared.utils.common import all_subclasses

from backstride import lean_rasa
from backstride.lean_rasa import build_result_validator_once, look_event_types_up, make_rasa_lean


@pytest.fixture
def stock() -> Iterator[Callable[..., bool]]:
    """Rasa's own check of an action's result; everything is put back afterwards."""
    own = RemoteAction._validate_action_result
    yield own
    RemoteAction._validate_action_result = own
    ModelMetadata.from_dict = lean_rasa._read_metadata
    Event.resolve_by_type = staticmethod(lean_rasa._resolve_by_type)


# --- the validator ------------------------------------------------------------------------------------------

SLOT = {"event": "slot", "timestamp": None, "name": "thread", "value": "relief.heat"}
RESULTS = [
    {"events": [], "responses": []},
    {"events": [SLOT], "responses": [{"text": "x"}]},
    {"events": [{"event": "followup", "name": "action_x", "timestamp": None}], "responses": []},
    {},
    {"events": [], "responses": [], "more": 1},
    {"events": None, "responses": []},
    {"events": [], "responses": ["x"]},
    {"events": [], "responses": {}},
    {"events": [{"event": "slot"}], "responses": []},
    {"events": [{"event": "nonsense"}], "responses": []},
    {"events": ["slot"], "responses": []},
    [],
    None,
]


def refuses(check: Callable[..., bool], result: Any) -> bool:
    try:
        return not check(RemoteAction("action_x", None), result)
    except jsonschema.ValidationError:
        return True


@pytest.mark.parametrize("result", RESULTS, ids=json.dumps)
def test_the_one_validator_decides_as_rasas_own(stock: Callable[..., bool], result: Any) -> None:
    build_result_validator_once()

    assert refuses(RemoteAction._validate_action_result, result) == refuses(stock, result)


def test_both_kinds_of_results_are_among_those_above(stock: Callable[..., bool]) -> None:
    assert {refuses(stock, result) for result in RESULTS} == {True, False}


def test_the_validator_is_built_once(stock: Callable[..., bool], monkeypatch: pytest.MonkeyPatch) -> None:
    build_result_validator_once()

    def build_again(*_: Any) -> Any:
        pytest.fail("a second validator was built")

    monkeypatch.setattr(lean_rasa, "validator_for", build_again)
    monkeypatch.setattr(RemoteAction, "action_response_format_spec", build_again)

    assert RemoteAction._validate_action_result(RemoteAction("action_x", None), {"events": [], "responses": []})


# --- the model ----------------------------------------------------------------------------------------------


def test_of_a_model_only_the_graph_that_answers_is_read(
    stock: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[dict[str, Any]] = []
    monkeypatch.setattr(lean_rasa, "_read_metadata", read.append)
    stored = {"train_schema": {"nodes": {"a": {}}}, "predict_schema": {"nodes": {"b": {}}}, "model_id": "m"}

    make_rasa_lean()
    ModelMetadata.from_dict(stored)

    assert read == [stored | {"train_schema": {"nodes": {}}}]
    assert stored["train_schema"] == {"nodes": {"a": {}}}
    ModelMetadata.from_dict = staticmethod(lean_rasa._read_metadata)


# --- events ----------------------------------------------------------------------------------------------


def test_every_kind_of_event_is_found_as_rasa_finds_it(stock: Callable[..., bool]) -> None:
    names = {each.type_name for each in all_subclasses(Event)}
    found = {name: Event.resolve_by_type(name) for name in names}

    look_event_types_up()

    assert {name: Event.resolve_by_type(name) for name in names} == found
    assert found["slot"] is SlotSet


def test_an_unknown_kind_is_answered_as_by_rasa(stock: Callable[..., bool]) -> None:
    look_event_types_up()

    assert Event.resolve_by_type("topic") is None
    assert Event.resolve_by_type("nonsense", SlotSet) is SlotSet
    with pytest.raises(ValueError, match="nonsense"):
        Event.resolve_by_type("nonsense")


def test_a_known_kind_is_found_without_a_walk_through_all(
    stock: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    look_event_types_up()
    monkeypatch.setattr(lean_rasa, "_resolve_by_type", lambda *_: pytest.fail("all classes were walked through"))

    assert Event.from_parameters({"event": "slot", "name": "a", "value": 1}) == SlotSet("a", 1)
