"""The sentence encoder as a Rasa component: vectors of the message and of each of its clauses."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

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

# As many messages are encoded at once as there are cores.
_THREADS = os.cpu_count() or 1
_ENCODING = ThreadPoolExecutor(_THREADS, thread_name_prefix="encoder")
# How long a thread may take to begin before the caller goes on: it needs Python's lock for a moment, and the caller,
# who has it, would otherwise give it away only after milliseconds.
_BEGINS_WITHIN_S = 0.0005


@dataclass(frozen=True, slots=True)
class Ahead:
    """A message that goes through the encoder while other things are done.

    Args:
        typed: the message as it came.
        text: the message, tidied.
        clauses: of it.
        vectors: of the message and its clauses, once they are there.
    """

    typed: str
    text: str
    clauses: tuple[Clause, ...]
    vectors: asyncio.Future[Vectors]


@runtime_checkable
class Listens(Protocol):
    """A component or a policy that reads the words of a message while it is encoded, and remembers what it read."""

    def listen(self, text: str, clauses: Sequence[Clause]) -> None:
        """Read a tidied message and its clauses; nothing that is found may change what is answered."""


_AHEAD: ContextVar[Ahead | None] = ContextVar("ahead", default=None)


def begun() -> Ahead | None:
    """Return what has begun of the message that is being answered."""
    return _AHEAD.get()


@contextlib.contextmanager
def carrying(ahead: Ahead | None) -> Iterator[None]:
    """Let what is called inside find what has begun; a featurizer is called once its vectors are there."""
    token = _AHEAD.set(ahead)
    try:
        yield
    finally:
        _AHEAD.reset(token)


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
        self._under_way = 0

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

    def begin(self, text: str) -> Ahead | None:
        """Send a message through the encoder in a thread; what is done meanwhile takes no longer for it.

        Args:
            text: what was typed. Of a tapped button nothing is begun: another text may take its place before it is
                encoded.
        """
        if not text or text.startswith("/"):
            return None
        tidied = tidy(text)
        clauses = clauses_of(tidied)
        encoder = shared_encoder(self._config["weights"], self._config["threads"])
        batches, has_begun = encoder.batches_of(sentences_of(tidied, clauses)), threading.Event()

        def run() -> Vectors:
            has_begun.set()
            return encoder.run_with_layers(batches)

        vectors = asyncio.get_running_loop().run_in_executor(_ENCODING, run)
        self._under_way += 1
        vectors.add_done_callback(self._is_done)
        if self._under_way <= _THREADS:
            has_begun.wait(_BEGINS_WITHIN_S)
        return Ahead(text, tidied, clauses, vectors)

    def _is_done(self, _: asyncio.Future[Vectors]) -> None:
        self._under_way -= 1

    def _encode(self, messages: list[Message], encode: Callable[[Sequence[str]], Vectors]) -> None:
        spoken = [message for message in messages if message.get(TEXT)]
        if not spoken:
            return
        ahead = begun()
        # A typed title of a button is read as the button.
        if ahead is not None and [message.get(TEXT) for message in spoken] == [ahead.typed]:
            self._attach(spoken[0], ahead.text, ahead.clauses, ahead.vectors.result())
            return
        texts = [tidy(message.get(TEXT)) for message in spoken]
        clauses = [clauses_of(text) for text in texts]
        sentences = [sentences_of(*each) for each in zip(texts, clauses, strict=True)]
        vectors = encode(list(itertools.chain.from_iterable(sentences)))
        start = 0
        for message, text, of_text, encoded in zip(spoken, texts, clauses, sentences, strict=True):
            self._attach(message, text, of_text, vectors[start : start + len(encoded)])
            start += len(encoded)

    def _attach(self, message: Message, text: str, clauses: tuple[Clause, ...], vectors: Vectors) -> None:
        message.set(TIDY_TEXT, text)
        message.set(CLAUSES, clauses)
        message.set(LAYER_VECTORS, vectors)
        message.set(VECTORS, np.ascontiguousarray(vectors[:, :DIMENSION]))
        whole = np.ascontiguousarray(vectors[:1, :DIMENSION])
        self.add_features_to_message(sequence=None, sentence=whole, attribute=TEXT, message=message)


def sentences_of(text: str, clauses: Sequence[Clause]) -> list[str]:
    """Return what is read of a message: all of it, then its clauses. A message of one clause is its own clause."""
    return [text, *(clause.text for clause in clauses)] if len(clauses) > 1 else [text]
