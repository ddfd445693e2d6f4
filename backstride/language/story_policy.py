"""A learned dialogue policy that is small: logistic regression over the last turns of the stories.

Rasa's TED learns the same from the same stories with a transformer, at 9 ms a prediction and half a minute of
loading. This one takes a fraction of a millisecond; `bench/` holds the comparison.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.core.constants import DEFAULT_POLICY_PRIORITY
from rasa.core.featurizers.tracker_featurizers import MaxHistoryTrackerFeaturizer, TrackerFeaturizer
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker
from sklearn.linear_model import LogisticRegression

from backstride.vocabulary import ActionName

logger = logging.getLogger(__name__)

_FILE = "story_policy.npz"
# Answers that stay with the topic: what a yes or a no is about stands in the action before them.
_WITHIN_A_TOPIC = frozenset({ActionName.FOLLOW_UP, ActionName.CHOOSE_ITEM})
State = Mapping[str, Mapping[str, Any]]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class StoryPolicy(Policy):  # type: ignore[misc]  # Rasa ships no types
    """Predicts the next action from the intents and actions of the last turns, learned from the stories.

    Configuration:
        max_history: turns that are looked back at; the nearest counts most.
        c: inverse strength of the regularisation.
    """

    yields_to_certainty = True
    """It need not be asked where a policy above it is certain (see `lean_policies`): it has no events of its own."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults of the options above."""
        return {"priority": DEFAULT_POLICY_PRIORITY, "max_history": 6, "c": 20.0}

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        featurizer: TrackerFeaturizer | None = None,
        *,
        features: Sequence[str] = (),
        actions: Sequence[str] = (),
        weights: NDArray[np.float32] | None = None,
    ) -> None:
        """Create the policy, with what was learned where it is loaded."""
        super().__init__(config, model_storage, resource, execution_context, featurizer=featurizer)
        self._columns = {name: column for column, name in enumerate(features)}
        self._actions = list(actions)
        self._weights = weights  # actions x (features + 1); the last column is the bias

    def _create_featurizer(self) -> TrackerFeaturizer:
        # The states are turned into numbers here; the featurizer only cuts the history.
        return MaxHistoryTrackerFeaturizer(max_history=self.config["max_history"])

    def train(self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **_: object) -> Resource:
        """Learn from the stories' trackers and store the result."""
        originals = [tracker for tracker in training_trackers if not getattr(tracker, "is_augmented", False)]
        if originals:
            histories, labels = self.featurizer.training_states_and_labels(originals, domain)
            self._weights = self._fit(histories, [label[0] for label in labels])
            with self._model_storage.write_to(self._resource) as folder:
                learned = json.dumps({"features": list(self._columns), "actions": self._actions})
                np.savez(folder / _FILE, weights=self._weights, learned=np.array(learned))
        return self._resource

    def _fit(self, histories: Sequence[Sequence[State]], labels: Sequence[str]) -> NDArray[np.float32]:
        rows = [dict(_features_of(history)) for history in histories]
        names = sorted({name for row in rows for name in row})
        self._columns = {name: column for column, name in enumerate(names)}
        matrix = np.stack([self._row(row) for row in rows])
        model = LogisticRegression(C=self.config["c"], max_iter=2000, random_state=0)
        model.fit(matrix, labels)
        self._actions = list(model.classes_)
        weights = np.hstack([model.coef_, model.intercept_[:, None]])
        # For two classes scikit-learn keeps the second one's weights only.
        return np.asarray(weights if len(weights) > 1 else np.vstack([-weights, weights]) / 2, np.float32)

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **_: object,
    ) -> PolicyPrediction:
        """Return the probability of each action of the domain."""
        probabilities = self._default_predictions(domain)
        if self._weights is not None:
            history = self._prediction_states(tracker, domain, rule_only_data=rule_only_data)
            row = np.append(self._row(dict(_features_of(history))), np.float32(1))
            logits = self._weights @ row
            exponents = np.exp(logits - logits.max())
            for action, probability in zip(self._actions, exponents / exponents.sum(), strict=True):
                probabilities[domain.index_for_action(action)] = float(probability)
        return self._prediction(probabilities)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: object,
    ) -> StoryPolicy:
        """Load what was learned; a model that was trained without stories predicts nothing."""
        try:
            with model_storage.read_from(resource) as folder, np.load(folder / _FILE) as stored:
                learned = json.loads(str(stored["learned"]))
                return cls(config, model_storage, resource, execution_context, weights=stored["weights"], **learned)
        except (ValueError, FileNotFoundError):
            logger.info("StoryPolicy holds nothing: the model was trained without stories.")
            return cls(config, model_storage, resource, execution_context)

    def _row(self, features: Mapping[str, float]) -> NDArray[np.float32]:
        row = np.zeros(len(self._columns), np.float32)
        for name, value in features.items():
            column = self._columns.get(name)
            if column is not None:
                row[column] = value
        return row


def _features_of(history: Sequence[State]) -> Iterator[tuple[str, float]]:
    """Yield what a history says as named numbers: who did what how many states ago, back to the topic's action."""
    latest = ""
    answered = False
    for age, state in enumerate(reversed(history)):
        intent = str(state.get("user", {}).get("intent", ""))
        action = str(state.get("prev_action", {}).get("action_name", ""))
        loop = str(state.get("active_loop", {}).get("name", ""))
        if age == 0:
            latest = intent
            yield f"now:{intent}|{action}|{loop}", 1.0
            yield f"action:{action}", 1.0
        if age < 3:  # noqa: PLR2004  # beyond three states the exact place no longer matters
            yield f"{age}:intent:{intent}", 1.0
            yield f"{age}:action:{action}", 1.0
        yield f"past:action:{action}", 1.0 / (1 + age)
        if age == 0 or action in {"", ACTION_LISTEN_NAME}:
            continue
        if not answered:
            # What the assistant did last before this message, beside the message.
            yield f"pair:{latest}|{action}", 1.0
            answered = True
        if action not in _WITHIN_A_TOPIC:
            yield f"topic:{latest}|{action}", 1.0
            break
    for name, value in (history[-1].get("slots", {}) if history else {}).items():
        yield f"slot:{name}:{value}", 1.0
