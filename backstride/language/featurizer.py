"""The sentence encoder as a Rasa component: vectors of the message and of each of its clauses."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from backstride.language.clauses import Clause, clauses_of
from backstride.language.encoder import DIMENSION, Vectors, shared_encoder
from backstride.language.kept_vectors import encode_kept
from backstride.language.text import tidy

# Keys of a Rasa message under which the components downstream find what this one made.
CLAUSES = "clauses"  # tuple of Clause, of the tidied text
VECTORS = "sentence_vectors"  # float32, (1 + clauses) x 384: the whole message, then each clause
LAYER_VECTORS = "layer_vectors"  # float32, (1 + clauses) x (4 x 384): the same with the encoder's lower layers
TIDY_TEXT = "tidy_text"  # the text that was read: one kind of quotes, no markup, bounded length


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceFeaturizer(DenseFeaturizer, GraphComponent):  # type: ignore[misc]  # Rasa ships no types
    """Adds a sentence vector (1 x 384) to each message, and the vectors of its clauses for Backstride's components.

    Configuration:
        weights: "package", "cache" or a folder; null looks in the environment variable BACKSTRIDE_WEIGHTS, then
            in the package, then in the cache.
        threads: threads that one forward pass may use.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults of the options above."""
        return {**DenseFeaturizer.get_default_config(), "weights": None, "threads": 1}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Refuse a number of threads that is none.

        Raises:
            InvalidConfigException: `threads` is no whole number of 1 or more.
        """
        threads = config.get("threads", 1)
        if not isinstance(threads, int) or threads < 1:
            raise InvalidConfigException(f"SentenceFeaturizer: 'threads' is {threads!r}; write 1 or more.")

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceFeaturizer:
        """Create the component; the encoder is shared by all components of the process."""
        return cls(execution_context.node_name, config)

    def __init__(self, name: str, config: dict[str, Any]) -> None:
        super().__init__(name, {**self.get_default_config(), **config})
        self._ahead: dict[tuple[str, ...], Vectors] = {}  # sentences of a message to their vectors

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Encode all training examples in batches, with all cores: nobody is waiting for another answer."""
        encoder = shared_encoder(self._config["weights"], os.cpu_count() or 1)
        self._encode(training_data.training_examples, lambda texts: encode_kept(texts, encoder))
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Encode messages; those without text stay as they are."""
        encoder = shared_encoder(self._config["weights"], self._config["threads"])
        self._encode(messages, encoder.encode_with_layers)
        return messages

    @contextlib.asynccontextmanager
    async def encoded_ahead(self, text: str) -> AsyncIterator[None]:
        """Encode a message in a thread before it is processed inside, so that nobody else waits for it meanwhile.

        Args:
            text: what was typed. A tapped button is left alone: another text may take its place before it is encoded.
        """
        if not text or text.startswith("/"):
            yield
            return
        tidied = tidy(text)
        sentences = tuple(_sentences(tidied, clauses_of(tidied)))
        encoder = shared_encoder(self._config["weights"], self._config["threads"])
        self._ahead[sentences] = await asyncio.to_thread(encoder.encode_with_layers, sentences)
        try:
            yield
        finally:
            # A typed title of a button was read as the button; nothing that a person wrote stays behind.
            self._ahead.pop(sentences, None)

    def _encode(self, messages: list[Message], encode: Callable[[Sequence[str]], Vectors]) -> None:
        spoken = [message for message in messages if message.get(TEXT)]
        if not spoken:
            return
        sentences: list[str] = []
        starts: list[int] = []
        for message in spoken:
            text = tidy(message.get(TEXT))
            clauses = clauses_of(text)
            message.set(TIDY_TEXT, text)
            message.set(CLAUSES, clauses)
            starts.append(len(sentences))
            sentences += _sentences(text, clauses)
        vectors = self._ahead.pop(tuple(sentences), None) if len(spoken) == 1 else None
        if vectors is None:
            vectors = encode(sentences)
        for message, start, end in zip(spoken, starts, [*starts[1:], len(sentences)], strict=True):
            self._attach(message, vectors[start:end])

    def _attach(self, message: Message, vectors: Vectors) -> None:
        message.set(LAYER_VECTORS, vectors)
        message.set(VECTORS, np.ascontiguousarray(vectors[:, :DIMENSION]))
        whole = np.ascontiguousarray(vectors[:1, :DIMENSION])
        self.add_features_to_message(sequence=None, sentence=whole, attribute=TEXT, message=message)


def _sentences(text: str, clauses: Sequence[Clause]) -> list[str]:
    """Return what is encoded of a message: all of it, then its clauses. A message of one clause is its own clause."""
    return [text, *(clause.text for clause in clauses)] if len(clauses) > 1 else [text]
