"""Leave out of Rasa what takes time and computes nothing. What it answers stays the same."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from types import SimpleNamespace
from typing import Any

import rasa.core.policies.rule_policy
import rasa.core.processor
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.storage import ModelMetadata
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses

from backstride.language.featurizer import SentenceFeaturizer
from backstride.lean_policies import (
    BEGIN_ANEW,
    TAKE_BACK,
    keep_states_while_a_message_is_answered,
    look_rules_up,
    spare,
)

_read_metadata = ModelMetadata.from_dict
_resolve_by_type = Event.resolve_by_type
_parse_message = MessageProcessor.parse_message
_applied_events = DialogueStateTracker.applied_events


def make_rasa_lean() -> None:
    """Do all of the below, in this process; doing it again changes nothing."""
    leave_out_the_training_graph()
    make_answers_lean()


def make_answers_lean() -> None:
    """Do what makes answers quicker, and leave alone how a model is read."""
    build_result_validator_once()
    look_event_types_up()
    encode_in_a_thread()
    run_the_graph_in_a_row()
    copy_trackers_without_replaying()
    find_applied_events_by_type()
    copy_nothing_for_the_log()
    keep_states_while_a_message_is_answered()
    look_rules_up()


def build_result_validator_once() -> None:
    """Make Rasa check an action's answer with one validator instead of a new one for each action.

    jsonschema checks a schema against its meta-schema whenever it is handed a bare schema: 20 ms an action. What an
    endpoint with `is_trusted` answers was made by the library that the schema describes, in this process.
    """
    schema = RemoteAction.action_response_format_spec()
    validator = validator_for(schema)(schema)

    def validate(action: RemoteAction, result: dict[str, Any]) -> bool:
        if not getattr(action.action_endpoint, "is_trusted", False):
            validator.validate(result)
        return True

    RemoteAction._validate_action_result = validate


def leave_out_the_training_graph() -> None:
    """Make Rasa read from a model only the graph that answers.

    It would import every component that the training needed, TensorFlow with them, and run none of them.
    """

    def read(serialized: dict[str, Any]) -> ModelMetadata:
        return _read_metadata(serialized | {"train_schema": {"nodes": {}}})

    ModelMetadata.from_dict = read


def look_event_types_up() -> None:
    """Make Rasa find the class of a stored event in a table.

    It walks through all classes of events for each event of the conversation: half of the time of reading one.
    """
    types: dict[str, type[Event]] = {}
    for each in all_subclasses(Event):
        types.setdefault(each.type_name, each)

    def resolve(type_name: str, default: type[Event] | None = None) -> type[Event] | None:
        return types.get(type_name) or _resolve_by_type(type_name, default)

    Event.resolve_by_type = staticmethod(resolve)


def encode_in_a_thread() -> None:
    """Make Rasa let other conversations go on while a message goes through the encoder: a quarter of a message's time.

    ONNX Runtime needs no lock of Python's meanwhile, so a second core can do it.
    """

    async def parse(
        self: MessageProcessor,
        message: UserMessage,
        tracker: DialogueStateTracker | None = None,
        only_output_properties: bool = True,
    ) -> dict[str, Any]:
        async with contextlib.AsyncExitStack() as stack:
            for node in self.graph_runner._instantiated_nodes.values():
                if isinstance(node._component, SentenceFeaturizer):
                    await stack.enter_async_context(node._component.encoded_ahead(message.text or ""))
            parsed: dict[str, Any] = await _parse_message(self, message, tracker, only_output_properties)
        return parsed

    MessageProcessor.parse_message = parse


def run_the_graph_in_a_row() -> None:
    """Make Rasa run the components of a model one after the other, in an order that is found once.

    Dask builds and sorts a new graph for each message and each prediction, only to run it in one thread. A policy that
    yields to certainty runs after the others, and not at all where its answer could not count.
    """

    def run(
        self: DaskGraphRunner, inputs: dict[str, Any] | None = None, targets: Sequence[str] | None = None
    ) -> dict[str, Any]:
        wanted = tuple(targets or self._graph_schema.target_names)
        orders = self.__dict__.setdefault("_orders", {})
        if wanted not in orders:
            orders[wanted] = _order_of(self, wanted)
        found: dict[str, Any] = dict(inputs or {})
        for step in orders[wanted]:
            if step.name in found:
                raise GraphRunError(f"The input {step.name!r} is called as a component of the model is.")
            node = self._instantiated_nodes[step.name]
            if step.yields_to and (spared := spare(node, found, step.yields_to)):
                found[step.name] = spared
            else:
                _, found[step.name] = node(*((need, found[need]) for need in step.needs))
        return {name: found[name] for name in wanted}

    DaskGraphRunner.run = run


@dataclass(frozen=True, slots=True)
class _Step:
    """A component of the graph.

    Args:
        name: of its node.
        needs: the nodes whose results it is given.
        yields_to: the policies whose certainty makes its answer needless.
    """

    name: str
    needs: tuple[str, ...]
    yields_to: tuple[str, ...]


def _order_of(runner: DaskGraphRunner, targets: tuple[str, ...]) -> list[_Step]:
    """Return the components that the targets need, each after those that it needs itself or yields to."""
    nodes = runner._graph_schema.minimal_graph_schema(list(targets)).nodes
    policies = {name for name, node in nodes.items() if node.fn == "predict_action_probabilities"}
    yielding = {name for name in policies if getattr(nodes[name].uses, "yields_to_certainty", False)}
    steps = {
        name: _Step(name, tuple(node.needs.values()), tuple(policies - yielding) if name in yielding else ())
        for name, node in nodes.items()
    }
    before = {name: (*step.needs, *step.yields_to) for name, step in steps.items()}
    return [steps[name] for name in TopologicalSorter(before).static_order() if name in steps]


def copy_trackers_without_replaying() -> None:
    """Make Rasa copy a tracker as it is.

    For each action it replays all events of the conversation instead, to get at the same.
    """

    def copied(self: DialogueStateTracker) -> DialogueStateTracker:
        twin: DialogueStateTracker = copy.copy(self)
        twin.events = self.events.copy()
        twin.slots = copy.copy(self.slots)
        for name, slot in self.slots.items():
            twin.slots[name] = copy.copy(slot)
        twin.active_loop = copy.copy(self.active_loop)
        return twin

    DialogueStateTracker.copy = copied


def find_applied_events_by_type() -> None:
    """Make Rasa find at once which events count, where none takes another one back.

    It asks of each event of the conversation five times what it is, a dozen times a message.
    """
    plain = {each for each in all_subclasses(Event) if not issubclass(each, TAKE_BACK)}
    begins = {each for each in plain if issubclass(each, BEGIN_ANEW)}

    def applied_events(self: DialogueStateTracker) -> list[Event]:
        events = list(self.events)
        kinds = [type(event) for event in events]
        if not plain.issuperset(kinds):
            return list(_applied_events(self))
        begin = next((place for place in range(len(kinds), 0, -1) if kinds[place - 1] in begins), 0)
        return events[begin:]

    DialogueStateTracker.applied_events = applied_events


def copy_nothing_for_the_log() -> None:
    """Make Rasa hand to its debug log what it has, instead of deep copies that nobody reads."""
    unchanged = SimpleNamespace(deepcopy=lambda value: value)
    rasa.core.policies.rule_policy.copy = unchanged
    rasa.core.processor.copy = unchanged
