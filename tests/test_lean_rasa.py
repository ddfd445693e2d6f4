"""What is left out of Rasa changes nothing of what it answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
import pytest
from rasa.core.actions.action import ActionExtractSlots, RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.engine.exceptions import GraphComponentException, GraphRunError
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.storage import ModelMetadata
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses
from rasa.utils.endpoints import EndpointConfig

from backstride import lean_rasa
from backstride.language.encoder import shared_encoder
from backstride.language.featurizer import SentenceFeaturizer
from backstride.language.red_flag_component import RedFlagRecognizer
from backstride.lean_rasa import (
    build_result_validator_once,
    encode_in_a_thread,
    fill_no_slots_without_entities,
    look_event_types_up,
    look_once_whether_a_domain_is_empty,
    make_rasa_lean,
    run_the_graph_in_a_row,
)
from backstride.server import InProcessActions


@pytest.fixture
def stock() -> Iterator[Callable[..., bool]]:
    """Rasa's own check of an action's result; everything is put back afterwards."""
    own, run = RemoteAction._validate_action_result, DaskGraphRunner.run
    parse, handle = MessageProcessor.parse_message, MessageProcessor.handle_message
    extract, is_empty = ActionExtractSlots.run, Domain.is_empty
    yield own
    RemoteAction._validate_action_result = own
    DaskGraphRunner.run = run
    MessageProcessor.parse_message, MessageProcessor.handle_message = parse, handle
    ActionExtractSlots.run, Domain.is_empty = extract, is_empty
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


@pytest.mark.parametrize(("endpoint", "is_checked"), [(InProcessActions("actions"), False), (EndpointConfig(), True)])
def test_only_what_another_process_answers_is_checked(
    stock: Callable[..., bool], endpoint: EndpointConfig, is_checked: bool
) -> None:
    build_result_validator_once()
    action = RemoteAction("action_x", endpoint)
    if is_checked:
        with pytest.raises(jsonschema.ValidationError):
            action._validate_action_result({"events": None, "responses": []})
    else:
        assert action._validate_action_result({"events": None, "responses": []})


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


# --- the graph ----------------------------------------------------------------------------------------------


class Joined(GraphComponent):  # type: ignore[misc]  # Rasa ships no types
    """Says its name behind what it was given."""

    def __init__(self, name: str) -> None:
        self.name = name

    @classmethod
    def create(cls, config: dict[str, Any], **_: Any) -> Joined:
        return cls(config["name"])

    def join(self, first: str, second: str = "") -> str:
        if self.name == "broken":
            raise RuntimeError("broken")
        return f"({first}{second}{self.name})"


def node(name: str, **needs: str) -> SchemaNode:
    return SchemaNode(needs=needs, uses=Joined, constructor_name="create", fn="join", config={"name": name})


def runner_of(**nodes: SchemaNode) -> DaskGraphRunner:
    context = ExecutionContext(GraphSchema(nodes))
    return DaskGraphRunner(GraphSchema(nodes), model_storage=None, execution_context=context)


class Certain(Joined):
    """A policy that is as sure as its name says."""

    asked: list[str]
    priority = 2

    def predict_action_probabilities(self, **_: Any) -> PolicyPrediction:
        self.asked.append(self.name)
        return self._prediction([float(self.name)])

    def _prediction(self, shares: list[float]) -> PolicyPrediction:
        return PolicyPrediction(shares, self.name, self.priority)


class Yielding(Certain):
    """A policy below it that need not be asked."""

    yields_to_certainty = True
    priority = 1

    def predict_action_probabilities(self, **_: Any) -> PolicyPrediction:
        self.asked.append(self.name)
        return self._prediction([0.5])

    def _default_predictions(self, _: Domain) -> list[float]:
        return [0.0]


def policy(kind: type[Joined], name: str) -> SchemaNode:
    fn = "predict_action_probabilities"
    return SchemaNode({"tracker": "tracker", "domain": "domain"}, kind, "create", fn, {"name": name}, eager=True)


GRAPH = {
    "d": node("d", first="b", second="c"),
    "c": node("c", first="message", second="a"),
    "b": node("b", first="a"),
    "a": node("a", first="message"),
    "other": node("other", first="d"),
}


@pytest.mark.parametrize("targets", [["d"], ["b", "other"], ["a"]], ids=str)
def test_the_graph_gives_what_it_gives_in_dask(stock: Callable[..., bool], targets: list[str]) -> None:
    given = {"message": "hello "}
    plain = runner_of(**GRAPH).run(given, targets)

    run_the_graph_in_a_row()
    lean = runner_of(**GRAPH)

    assert lean.run(given, targets) == plain
    assert lean.run(given, targets) == plain


def test_the_order_is_found_once(stock: Callable[..., bool], monkeypatch: pytest.MonkeyPatch) -> None:
    run_the_graph_in_a_row()
    runner = runner_of(**GRAPH)
    runner.run({"message": ""}, ["d"])
    monkeypatch.setattr(lean_rasa, "_order_of", lambda *_: pytest.fail("it was looked for again"))

    assert runner.run({"message": ""}, ["d"]) == {"d": "(((a)b)((a)c)d)"}


def test_what_a_component_raises_is_told_as_by_rasa(stock: Callable[..., bool]) -> None:
    run_the_graph_in_a_row()

    with pytest.raises(GraphComponentException):
        runner_of(broken=node("broken", first="message")).run({"message": ""}, ["broken"])
    with pytest.raises(GraphRunError, match="'a'"):
        runner_of(**GRAPH).run({"message": "", "a": "taken"}, ["d"])


@pytest.mark.parametrize(("sureness", "is_asked"), [("1.0", False), ("0.9", True)])
def test_a_policy_that_yields_is_asked_last_and_only_where_none_is_certain(
    stock: Callable[..., bool], monkeypatch: pytest.MonkeyPatch, sureness: str, is_asked: bool
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(Certain, "asked", asked, raising=False)
    run_the_graph_in_a_row()
    runner = runner_of(
        yielding=policy(Yielding, "yielding"),
        certain=policy(Certain, sureness),
        chosen=node("chosen", first="yielding", second="certain"),
    )

    given = {"tracker": DialogueStateTracker("ann", []), "domain": Domain.empty()}
    runner.run(given, ["chosen"])

    assert asked == ([sureness, "yielding"] if is_asked else [sureness])


# --- what is done while the encoder works ----------------------------------------------------------------------


def part_of(agent: Any, kind: type) -> Any:
    (part,) = lean_rasa._components(agent.processor, kind)
    return part


async def test_a_message_is_encoded_in_a_thread_and_once(stock: Callable[..., bool], agent: Any) -> None:
    encode_in_a_thread()
    config = part_of(agent, SentenceFeaturizer)._config
    encoder = shared_encoder(config["weights"], config["threads"])
    encode, threads = encoder.run_with_layers, list[threading.Thread]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            encoder, "run_with_layers", lambda them: (threads.append(threading.current_thread()), encode(them))[1]
        )
        parsed = await agent.parse_message("is heat any good for my back")
        answers = await agent.handle_text("is ice any good for my back", sender_id="in-a-thread")

    assert parsed["intent"]["name"] == "relief_heat"
    assert answers
    assert len(threads) == 2
    assert threading.main_thread() not in threads


async def test_words_are_read_while_the_message_is_encoded(stock: Callable[..., bool], agent: Any) -> None:
    encode_in_a_thread()
    config = part_of(agent, SentenceFeaturizer)._config
    encoder = shared_encoder(config["weights"], config["threads"])
    encode, have_listened = encoder.run_with_layers, threading.Event()
    listen = part_of(agent, RedFlagRecognizer).listen
    with pytest.MonkeyPatch.context() as patch:
        # The encoder waits for the reader of words: were the reader to wait for the encoder, neither would go on.
        patch.setattr(encoder, "run_with_layers", lambda them: (have_listened.wait(30), encode(them))[1])
        patch.setattr(
            part_of(agent, RedFlagRecognizer), "listen", lambda *words: (listen(*words), have_listened.set())[0]
        )
        parsed = await agent.parse_message("my legs went numb, and I cannot pee")

    assert have_listened.is_set()
    assert [sign["state"] for sign in parsed["red_flags"] if sign["id"] == "cauda_equina"] == ["present"]


async def test_what_is_read_ahead_changes_no_answer(stock: Callable[..., bool], agent: Any) -> None:
    said = ["my lower back hurts since sunday", "4 out of 10", "is heat any good?", "2", "/greet", "no numbness", ""]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MessageProcessor, "parse_message", lean_rasa._parse_message)
        patch.setattr(MessageProcessor, "handle_message", lean_rasa._handle_message)
        plain = [await agent.handle_text(text, sender_id="plain") for text in said]
    encode_in_a_thread()
    ahead = [await agent.handle_text(text, sender_id="ahead") for text in said]

    assert [[message | {"recipient_id": ""} for message in answers] for answers in ahead] == [
        [message | {"recipient_id": ""} for message in answers] for answers in plain
    ]


# --- slots and domains -----------------------------------------------------------------------------------------

DOMAIN = """
version: "3.1"
intents: [tell]
entities: [score]
slots:
  score: {{type: any, mappings: [{mapping}]}}
"""


@pytest.mark.parametrize("entities", [[], [{"entity": "score", "value": 4}]], ids=["none", "one"])
@pytest.mark.parametrize(
    "mapping",
    ["{type: from_entity, entity: score}", "{type: custom}", "{type: from_intent, value: 1}", "{type: from_text}"],
)
async def test_slots_are_filled_as_by_rasa(
    stock: Callable[..., bool], mapping: str, entities: list[dict[str, Any]]
) -> None:
    domain = Domain.from_yaml(DOMAIN.format(mapping=mapping))
    tracker = DialogueStateTracker("ann", domain.slots)
    tracker.update(ActionExecuted("action_listen"))
    tracker.update(UserUttered("4", {"name": "tell"}, entities))
    asked: list[Any] = [ActionExtractSlots(None), CollectingOutputChannel(), None, tracker, domain]
    by_rasa = await lean_rasa._extract_slots(*asked)
    fill_no_slots_without_entities()

    assert await ActionExtractSlots.run(*asked) == by_rasa


async def test_a_message_without_entities_asks_no_slot(stock: Callable[..., bool]) -> None:
    domain = Domain.from_yaml(DOMAIN.format(mapping="{type: from_entity, entity: score}"))
    tracker = DialogueStateTracker("ann", domain.slots)
    tracker.update(UserUttered("hello", {"name": "tell"}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lean_rasa, "_extract_slots", lambda *_: pytest.fail("each slot was asked"))
        fill_no_slots_without_entities()
        assert await ActionExtractSlots(None).run(CollectingOutputChannel(), None, tracker, domain) == []


def test_whether_a_domain_is_empty_is_found_once(stock: Callable[..., bool]) -> None:
    look_once_whether_a_domain_is_empty()
    empty, full = Domain.empty(), Domain.from_yaml(DOMAIN.format(mapping="{type: custom}"))

    assert [empty.is_empty(), full.is_empty()] == [True, False]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lean_rasa, "_is_empty", lambda _: pytest.fail("it was found again"))
        assert [empty.is_empty(), full.is_empty()] == [True, False]
