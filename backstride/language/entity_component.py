"""The entity reader as a Rasa component."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timezone
from typing import Any

from rapidfuzz.distance import Levenshtein
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_ROLE,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from backstride.language.clauses import Clause
from backstride.language.entities import EntityReader, Found, Medicine, Pregnancy, Value, load_entity_words
from backstride.language.featurizer import TIDY_TEXT
from backstride.language.text import MAX_CHARACTERS


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class MessageEntityExtractor(GraphComponent, EntityExtractorMixin):  # type: ignore[misc]  # Rasa ships no types
    """Adds what a message says in numbers and names: pain score, place, onset, run, age, pregnancy, medicines.

    It reads the tidied text where the sentence featurizer has left one; the offsets are those of the original text.
    """

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MessageEntityExtractor:
        """Create the component with the words of the knowledge folder."""
        return cls(EntityReader(load_entity_words()))

    def __init__(self, reader: EntityReader) -> None:
        self._reader = reader

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave training data as they are."""
        return training_data

    def listen(self, text: str, clauses: Sequence[Clause]) -> None:
        """Read a message while it is encoded."""
        self._reader.read(text, _today())

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities of each message to those that it has."""
        for message in messages:
            original = message.get(TEXT) or ""
            # A tapped button says what it says, in its own entities.
            if original and not original.startswith("/"):
                entities = self.add_extractor_name(self._entities(original, message.get(TIDY_TEXT)))
                message.set(ENTITIES, [*message.get(ENTITIES, []), *entities], add_to_output=True)
        return messages

    def _entities(self, original: str, tidied: str | None) -> list[dict[str, Any]]:
        read = original[:MAX_CHARACTERS] if tidied is None else tidied
        found = self._reader.read(read, _today())
        if not found:
            return []
        starts, ends = offsets_in(original, read)
        return [_as_entity(item, starts[item.start], ends[item.end - 1]) for item in found]


def offsets_in(original: str, tidied: str) -> tuple[list[int], list[int]]:
    """Return for each character of a tidied text where it starts and ends in the original one."""
    shift = original.find(tidied)
    if shift >= 0:
        return list(range(shift, shift + len(tidied))), list(range(shift + 1, shift + len(tidied) + 1))
    starts, ends = [0] * len(tidied), [0] * len(tidied)
    # What `tidy` never reads need not be compared.
    for step in Levenshtein.opcodes(tidied, original[: 2 * MAX_CHARACTERS]):
        for index in range(step.src_start, step.src_end):
            # What stands in the tidied text alone ("½" becomes three characters) is where its neighbour is.
            start = min(step.dest_start + index - step.src_start, max(step.dest_end - 1, 0))
            starts[index], ends[index] = start, min(start + 1, len(original))
    return starts, ends


def _as_entity(item: Found, start: int, end: int) -> dict[str, Any]:
    entity = {
        ENTITY_ATTRIBUTE_TYPE: item.entity,
        ENTITY_ATTRIBUTE_START: start,
        ENTITY_ATTRIBUTE_END: max(end, start + 1),
        ENTITY_ATTRIBUTE_VALUE: _as_json(item.value),
    }
    return entity if item.role is None else {**entity, ENTITY_ATTRIBUTE_ROLE: item.role}


def _as_json(value: Value) -> int | float | str | dict[str, str | int | None]:
    match value:
        case Pregnancy(state, weeks):
            return {"state": state, "weeks": weeks}
        case Medicine(group, name):
            return {"class": group, "name": name}
        case _:
            return value


def _today() -> date:
    """Return the day where the server stands; the person's own may differ by one."""
    return datetime.now(timezone.utc).astimezone().date()
