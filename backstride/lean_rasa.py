"""Leave out of Rasa what takes time and computes nothing. What it answers stays the same."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from types import SimpleNamespace
from typing import Any

import rasa.core.policies.rule_policy
import rasa.core.processor
from jsonschema.validators import validator_for
from rasa.core.actions.action import ActionExtractSlots, RemoteAction
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.rule_policy import RulePolicy
from rasa.core.processor import MessageProcessor
from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.storage import ModelMetadata
from rasa.graph_components.providers.domain_provider import DomainProvider
from rasa.shared.core.constants import (
    ACTION_VALIDATE_SLOT_MAPPINGS,
    DEFAULT_SLOT_NAMES,
    MAPPING_TYPE,
    SlotMappingType,
)
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses

from backstride.language.featurizer import Ahead, Listens, SentenceFeaturizer, begun, carrying
from backstride.lean_policies import (
    BEGIN_ANEW,
    TAKE_BACK,
    keep_states_while_a_message_is_answered,
    look_rules_up,
    spare,
)

_read_metadata = ModelMetadata.from_dict
_resolve_by_type = Event.resolve_by_type
_handle_message = MessageProcessor.handle_message
_parse_message = MessageProcessor.parse_message
_applied_events = DialogueStateTracker.applied_events
_extract_slots = ActionExtractSlots.run
_is_empty = Domain.is_empty
# Where a domain holds what was found out about it.
_ONLY_ENTITIES = "_only_entities_fill_slots"
_IS_EMPTY = "_is_known_to_be_empty"


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
    fill_no_slots_without_entities()
    look_once_whether_a_domain_is_empty()
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
    """Make Rasa begin each message with the encoder, in a thread, and do meanwhile what needs no vectors.

    ONNX Runtime needs no lock of Python's, so a second core can do it: the conversation is fetched and the words are
    read while it runs, and other conversations go on. What `listen` of a component or a policy reads it remembers for
    when it is asked.
    """

    async def handle(self: MessageProcessor, message: UserMessage) -> list[dict[str, Any]] | None:
        with carrying(None if message.parse_data else _begin(self, message.text or "")):
            answers: list[dict[str, Any]] | None = await _handle_message(self, message)
        return answers

    async def parse(
        self: MessageProcessor,
        message: UserMessage,
        tracker: DialogueStateTracker | None = None,
        only_output_properties: bool = True,
    ) -> dict[str, Any]:
        ahead = begun() or _begin(self, message.text or "")
        if ahead is None:
            spoken: dict[str, Any] = await _parse_message(self, message, tracker, only_output_properties)
            return spoken
        for listener in _components(self, Listens):
            listener.listen(ahead.text, ahead.clauses)
        if tracker is not None:
            _read_so_far(self, tracker)
        await ahead.vectors
        with carrying(ahead):
            parsed: dict[str, Any] = await _parse_message(self, message, tracker, only_output_properties)
        return parsed

    MessageProcessor.handle_message = handle
    MessageProcessor.parse_message = parse


def _begin(processor: MessageProcessor, text: str) -> Ahead | None:
    return next((featurizer.begin(text) for featurizer in _components(processor, SentenceFeaturizer)), None)


def _read_so_far(processor: MessageProcessor, tracker: DialogueStateTracker) -> None:
    """Let the rules read a conversation; once the message is there they go on from here (`lean_policies`)."""
    for provider in _components(processor, DomainProvider):
        for policy in _components(processor, RulePolicy):
            rule_only = policy._get_rule_only_data()
            policy._prediction_states(tracker, provider.provide_inference(), rule_only_data=rule_only)


def _components(processor: MessageProcessor, kind: type) -> list[Any]:
    """Return the components and policies of a kind; which they are is found once."""
    found: dict[type, list[Any]] = processor.graph_runner.__dict__.setdefault("_components_of", {})
    if kind not in found:
        nodes = processor.graph_runner._instantiated_nodes.values()
        found[kind] = [node._component for node in nodes if isinstance(node._component, kind)]
    return found[kind]


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

    def copied_slot(self: Slot) -> Slot:
        # Python's own way of copying asks the object first how it would be pickled.
        twin: Slot = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    def copied(self: DialogueStateTracker) -> DialogueStateTracker:
        twin: DialogueStateTracker = copy.copy(self)
        twin.events = self.events.copy()
        twin.slots = copy.copy(self.slots)
        for name, slot in self.slots.items():
            twin.slots[name] = copy.copy(slot)
        twin.active_loop = copy.copy(self.active_loop)
        return twin

    DialogueStateTracker.copy = copied
    Slot.__copy__ = copied_slot


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


def fill_no_slots_without_entities() -> None:
    """Make Rasa not look for the value of each slot where a message has none.

    It asks of each slot and each of its mappings, with every message, whether it might be filled from it.
    """

    async def run(
        self: ActionExtractSlots,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        tracker: DialogueStateTracker,
        domain: Domain,
    ) -> list[Event]:
        message = tracker.latest_message
        if message is not None and not message.entities and _only_entities_fill_slots(domain):
            return []
        filled: list[Event] = await _extract_slots(self, output_channel, nlg, tracker, domain)
        return filled

    ActionExtractSlots.run = run


def _only_entities_fill_slots(domain: Domain) -> bool:
    """Return whether a message without entities fills no slot; looked up once a domain."""
    known: bool | None = domain.__dict__.get(_ONLY_ENTITIES)
    if known is None:
        from_entity, custom = str(SlotMappingType.FROM_ENTITY), str(SlotMappingType.CUSTOM)
        known = ACTION_VALIDATE_SLOT_MAPPINGS not in domain.user_actions and all(
            mapping[MAPPING_TYPE] == from_entity or (mapping[MAPPING_TYPE] == custom and "action" not in mapping)
            for slot in domain.slots
            if slot.name not in DEFAULT_SLOT_NAMES
            for mapping in slot.mappings
        )
        domain.__dict__[_ONLY_ENTITIES] = known
    return known


def look_once_whether_a_domain_is_empty() -> None:
    """Make Rasa remember it: with every message it builds an empty domain to compare with."""

    def is_empty(self: Domain) -> bool:
        known: bool | None = self.__dict__.get(_IS_EMPTY)
        if known is None:
            known = self.__dict__[_IS_EMPTY] = bool(_is_empty(self))
        return known

    Domain.is_empty = is_empty
