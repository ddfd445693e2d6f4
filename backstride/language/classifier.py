"""The intent classifier as a Rasa component."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from backstride.language.clauses import Clause
from backstride.language.featurizer import CLAUSES, LAYER_VECTORS, TIDY_TEXT, sentences_of
from backstride.language.fingerprint import fingerprint_of_language
from backstride.language.intent_model import Example, IntentModel, Scores
from backstride.language.questions import questions_among
from backstride.vocabulary import TOPIC_GROUPS, Intent

RANKING = "intent_ranking"
# The other topics that a message asks about, beside its intent: a list of {"name", "confidence"}.
OTHER_INTENTS = "other_intents"
_RANKING_LENGTH = 10
# A message that tells of a pain and then asks something is about what it asks. Where its last clear question reads
# by itself as a topic with at least _CLEAR, that reading counts _QUESTION_WEIGHT beside the reading of the whole.
_CLEAR = 0.8
_QUESTION_WEIGHT = 0.6
# What makes a topic another question of a message: the weights of a logistic regression of what `signs_of_others`
# returns, and its constant. `python -m bench.understanding` fits them; its report says on what and how well they do.
OTHERS_WEIGHTS: Scores = np.array([9.3, 2.6, 4.3])
OTHERS_CONSTANT = -6.9


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MessageClassifier(GraphComponent, IntentClassifier):  # type: ignore[misc]  # Rasa ships no types
    """Reads the intent of a message, and the other topics that its clauses ask about.

    Configuration:
        reject_below: a message whose best intent is less probable than this counts as not understood (`nlu_fallback`).
        out_of_scope_bias: what is added to the log-odds of `out_of_scope`: more than 0 rather rejects a stray message,
            less than 0 rather answers it.
        other_above: a topic beside the intent is listed where it is at least this probable that the message asks
            about it too.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Return what must stand before it in the pipeline."""
        return [Featurizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults of the options above."""
        return {"reject_below": 0.25, "out_of_scope_bias": 0.0, "other_above": 0.13}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MessageClassifier:
        """Create a component that has learned nothing yet."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: object,
    ) -> MessageClassifier:
        """Load what was learned."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, IntentModel.load(folder))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Return a hash of the code and word lists behind the component: Rasa trains again where they change."""
        return fingerprint_of_language()

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: IntentModel | None = None,
    ) -> None:
        self._reject_below = float(config["reject_below"])
        self._out_of_scope_bias = float(config["out_of_scope_bias"])
        self._other_above = float(config["other_above"])
        if not 0 <= self._reject_below <= 1:
            raise InvalidConfigException(f"MessageClassifier: 'reject_below' is {self._reject_below}; write 0 to 1.")
        self._model_storage = model_storage
        self._resource = resource
        self._model = model

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples of all intents, and store the result."""
        messages = [m for m in training_data.intent_examples if m.get(TEXT) and m.get(INTENT)]
        self._model = IntentModel.fit([_example(m) for m in messages], [m.get(INTENT) for m in messages])
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave training data as they are: nothing after this component learns from its output."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent, the ranking and the other topics of each message."""
        for message in messages:
            # Nothing is left of markup alone.
            if message.get(LAYER_VECTORS) is None or not message.get(TIDY_TEXT):
                _set(message, Intent.NLU_FALLBACK, 0.0, [])
            else:
                self._read(message)
        return messages

    def listen(self, text: str, clauses: Sequence[Clause]) -> None:
        """Read the words of a message while it is encoded."""
        if self._model is not None:
            self._model.listen(sentences_of(text, clauses))

    def _read(self, message: Message) -> None:
        model = self._model
        if model is None:
            return
        whole = _example(message)
        clauses = _clause_examples(message)
        readings = model.read([whole, *clauses])
        probabilities = self._biased(model, readings.probabilities)
        if clauses:
            questions = questions_among(message.get(CLAUSES), message.get(TIDY_TEXT))
            probabilities[0] = with_question(model.intents, probabilities, questions)
        order = np.argsort(-probabilities[0])[:_RANKING_LENGTH].tolist()
        ranking = [{"name": model.intents[i], "confidence": float(probabilities[0, i])} for i in order]
        best = ranking[0]
        name = best["name"] if best["confidence"] >= self._reject_below else Intent.NLU_FALLBACK
        _set(message, name, best["confidence"], ranking)
        others = self._others(model, str(best["name"]), probabilities, readings.estimates)
        message.set(OTHER_INTENTS, others, add_to_output=True)

    def _biased(self, model: IntentModel, probabilities: Scores) -> Scores:
        if not self._out_of_scope_bias or Intent.OUT_OF_SCOPE not in model.intents:
            return probabilities
        column = model.intents.index(Intent.OUT_OF_SCOPE)
        shifted = probabilities.copy()
        shifted[:, column] *= np.exp(self._out_of_scope_bias)
        return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))

    def _others(
        self, model: IntentModel, intent: str, probabilities: Scores, estimates: Scores
    ) -> list[dict[str, Any]]:
        """Return the topics that a message asks about beside its intent, surest first."""
        evidence = signs_of_others(probabilities, estimates) @ OTHERS_WEIGHTS + OTHERS_CONSTANT
        asked = 1 / (1 + np.exp(-evidence))
        likely = [(model.intents[i], float(asked[i])) for i in np.flatnonzero(asked >= self._other_above)]
        found = [
            {"name": name, "confidence": share}
            for name, share in likely
            if name != intent and name.partition("_")[0] in TOPIC_GROUPS
        ]
        return sorted(found, key=lambda other: (-other["confidence"], other["name"]))


def signs_of_others(probabilities: Scores, estimates: Scores) -> Scores:
    """Return what speaks for each intent being asked for too: float64, intents x 3.

    The columns: its estimate in the whole message; the highest in a clause; how probable it is in a clause.

    Args:
        probabilities: of the message and of each of its clauses, where there are several: rows x intents.
        estimates: of the same.
    """
    clauses = slice(1, None) if len(estimates) > 1 else slice(None)
    clear = probabilities[1:].max(axis=0) if len(probabilities) > 1 else np.zeros(probabilities.shape[1])
    return np.stack([estimates[0], estimates[clauses].max(axis=0), clear], axis=1)


def with_question(intents: Sequence[str], probabilities: Scores, questions: Sequence[int]) -> Scores:
    """Return the reading of a message in which a story of a pain gives way to the question that follows it.

    Args:
        intents: the names of the columns.
        probabilities: of the message and of each of its clauses: (1 + clauses) x intents.
        questions: which clauses ask something, counted from 0.
    """
    whole: Scores = probabilities[0]
    if intents[int(whole.argmax())] != Intent.REPORT_PAIN:
        return whole
    for reading in probabilities[1:][list(questions)][::-1]:
        best = int(reading.argmax())
        if reading[best] >= _CLEAR and intents[best].partition("_")[0] in TOPIC_GROUPS:
            return np.asarray((1 - _QUESTION_WEIGHT) * whole + _QUESTION_WEIGHT * reading)
    return whole


def _example(message: Message) -> Example:
    return Example(message.get(TIDY_TEXT), message.get(LAYER_VECTORS))


def _clause_examples(message: Message) -> list[Example]:
    vectors = message.get(LAYER_VECTORS)
    if len(vectors) == 1:
        return []
    return [Example(clause.text, vectors[row : row + 1]) for row, clause in enumerate(message.get(CLAUSES), start=1)]


def _set(message: Message, name: str, confidence: float, ranking: Sequence[dict[str, Any]]) -> None:
    message.set(INTENT, {"name": name, "confidence": confidence}, add_to_output=True)
    message.set(RANKING, list(ranking), add_to_output=True)
