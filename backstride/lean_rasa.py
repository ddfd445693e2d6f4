"""Leave out of Rasa what takes time and computes nothing. What it answers stays the same."""

from __future__ import annotations

from typing import Any

from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.engine.storage.storage import ModelMetadata
from rasa.shared.core.events import Event
from rasa.shared.utils.common import all_subclasses

_read_metadata = ModelMetadata.from_dict
_resolve_by_type = Event.resolve_by_type


def make_rasa_lean() -> None:
    """Do all of the below, in this process; doing it again changes nothing."""
    build_result_validator_once()
    leave_out_the_training_graph()
    look_event_types_up()


def build_result_validator_once() -> None:
    """Make Rasa check an action's answer with one validator instead of a new one for each action.

    jsonschema checks a schema against its meta-schema whenever it is handed a bare schema: 20 ms an action.
    """
    schema = RemoteAction.action_response_format_spec()
    validator = validator_for(schema)(schema)

    def validate(_: RemoteAction, result: dict[str, Any]) -> bool:
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
