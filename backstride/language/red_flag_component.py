"""The red-flag recogniser as a Rasa component."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from backstride.language.clauses import Clause
from backstride.language.encoder import shared_encoder
from backstride.language.featurizer import CLAUSES, LAYER_VECTORS, TIDY_TEXT, sentences_of
from backstride.language.fingerprint import fingerprint_of_language
from backstride.language.kept_vectors import encode_kept
from backstride.language.red_flag_model import RedFlagModel, labelled_texts, load_phrases
from backstride.language.red_flags import Guess, Thresholds, guesses_of, recognise
from backstride.language.sign_rules import Light, SignRules, load_language
from backstride.settings import ROOT
from backstride.triage import Sign, levels, load_red_flags

# The signs of a message: a list of {"id", "state", "urgency", "evidence", "tags"}.
RED_FLAGS = "red_flags"
# The finer facts that may belong to a sign of an earlier message: a sorted list of tags.
RED_FLAG_TAGS = "red_flag_tags"
_THRESHOLDS = tuple(field.name for field in dataclasses.fields(Thresholds))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class RedFlagRecognizer(GraphComponent, IntentClassifier):  # type: ignore[misc]  # Rasa ships no types
    """Adds the warning signs of a message to what Rasa knows of it; it changes no intent.

    Configuration:
        ask_emergency, ask, present_emergency, present, confirm_emergency, confirm, hear_emergency, hear: from which
            probability of the classifier on what follows (see `Thresholds`).
        weights: of the sentence encoder, as for SentenceFeaturizer; used in training only.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Return what must stand before it in the pipeline."""
        return [Featurizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults of the options above."""
        return {
            "ask_emergency": 0.1,
            "ask": 0.15,
            "present_emergency": 0.6,
            "present": 1.0,
            "confirm_emergency": 0.1,
            "confirm": 0.7,
            "hear_emergency": 0.005,
            "hear": 0.04,
            "weights": None,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> RedFlagRecognizer:
        """Create a component that has the rules but has learned nothing yet."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: object,
    ) -> RedFlagRecognizer:
        """Load what was learned; the rules come from the knowledge folder as it is now."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, RedFlagModel.load(folder))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Return a hash of the code and phrases behind the component: Rasa trains again where they change."""
        return fingerprint_of_language()

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: RedFlagModel | None = None,
    ) -> None:
        self._config = config
        self._thresholds = Thresholds(**{name: float(config[name]) for name in _THRESHOLDS})
        self._model_storage = model_storage
        self._resource = resource
        self._model = model
        self._sign_rules = SignRules(load_language())
        self._red_flags = load_red_flags(ROOT / "knowledge")

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the red-flag phrases; messages in which the rules hear no sign are further clean examples."""
        phrases = load_phrases()
        messages = {
            text: message.get(LAYER_VECTORS)[0]
            for message in training_data.intent_examples
            if (text := message.get(TIDY_TEXT))
        }
        said = labelled_texts(phrases, messages)
        for text in messages.keys() & said.keys() - phrases.flags_of.keys():
            if not self._is_quiet(text):
                del said[text]
        unread = [text for text in said if text not in messages]
        encoder = shared_encoder(self._config["weights"], os.cpu_count() or 1)
        messages.update(zip(unread, encode_kept(unread, encoder), strict=True))
        vectors = np.array([messages[text] for text in said], np.float32)
        self._model = RedFlagModel.fit(list(said), vectors, list(said.values()), phrases.flags)
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    def _is_quiet(self, text: str) -> bool:
        return not any(mention.light is Light.SAID for mention in self._sign_rules.read(text).mentions)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave training data as they are."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Set `red_flags` and `red_flag_tags` of each message."""
        for message in messages:
            signs = self._signs_of(message) if message.get(LAYER_VECTORS) is not None else ()
            message.set(RED_FLAGS, as_json(signs, self._red_flags), add_to_output=True)
            text = message.get(TIDY_TEXT) or "/"
            tags = () if text.startswith("/") else self._sign_rules.read(text).later_tags
            message.set(RED_FLAG_TAGS, sorted(tags), add_to_output=True)
        return messages

    def listen(self, text: str, clauses: Sequence[Clause]) -> None:
        """Read the words of a message while it is encoded."""
        self._sign_rules.read(text)
        if self._model is not None:
            self._model.listen(sentences_of(text, clauses))

    def _signs_of(self, message: Message) -> tuple[Sign, ...]:
        text = message.get(TIDY_TEXT)
        if text.startswith("/"):
            # A tapped button says what it says, in its entities.
            return ()
        return recognise(self._sign_rules.read(text), self._guesses(message), self._red_flags, self._thresholds)

    def _guesses(self, message: Message) -> Sequence[Guess]:
        if self._model is None:
            return ()
        text = message.get(TIDY_TEXT)
        clauses = message.get(CLAUSES) if len(message.get(LAYER_VECTORS)) > 1 else ()
        parts = [(text, 0, len(text)), *((clause.text, clause.start, clause.end) for clause in clauses)]
        vectors = np.asarray(message.get(LAYER_VECTORS))
        return guesses_of(
            self._model.flags, parts, self._model.probabilities([words for words, _, _ in parts], vectors)
        )


def as_json(signs: Sequence[Sign], red_flags: Any) -> list[dict[str, Any]]:
    """Return signs as they stand in `/model/parse`, each with the level that it has in the light of the others."""
    level = levels(signs, red_flags)
    return [
        {
            "id": sign.flag,
            "state": sign.state.value,
            "urgency": level[sign.flag].value,
            "evidence": sign.evidence,
            "tags": sorted(sign.tags),
        }
        for sign in signs
    ]
