"""What the policies share that learn nothing and are sure of what they say."""

from __future__ import annotations

from typing import Any

from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.generator import TrackerWithCachedStates


class CertainPolicy(Policy):  # type: ignore[misc]  # Rasa ships no types
    """A policy whose rules are written down elsewhere: it predicts one action with certainty, or has no opinion."""

    def train(self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **_: object) -> Resource:
        """Learn nothing: the rules are written down."""
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: object,
    ) -> CertainPolicy:
        """Create the policy: nothing was stored."""
        return cls(config, model_storage, resource, execution_context)

    def certain(self, domain: Domain, action: str, events: list[Event] | None = None) -> PolicyPrediction:
        """Return certainty for an action, above what a form of Rasa's would predict."""
        probabilities = self._default_predictions(domain)
        probabilities[domain.index_for_action(action)] = 1.0
        # Optional events count only where this prediction wins: what another policy answers is no answer to this one.
        # "No user" predictions rank above a form's own, which would otherwise win.
        return self._prediction(probabilities, optional_events=events or [], is_no_user_prediction=True)

    def no_opinion(self, domain: Domain, events: list[Event] | None = None) -> PolicyPrediction:
        """Return that another policy should decide."""
        return self._prediction(self._default_predictions(domain), events=events or [])
