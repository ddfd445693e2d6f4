"""Policies that are sure: what they remember counts only where they have the word."""

from __future__ import annotations

from unittest.mock import Mock

from rasa.core.policies.ensemble import DefaultPolicyPredictionEnsemble
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from backstride.language.certain_policy import CertainPolicy

DOMAIN = Domain.from_dict({"actions": ["action_refer", "action_ask"], "slots": {}})


class Sure(CertainPolicy):
    """A policy that predicts nothing by itself."""

    def predict_action_probabilities(self, *_: object, **__: object) -> None:
        """Predict nothing."""


def policy(priority: int) -> CertainPolicy:
    """Return a policy of a priority."""
    return Sure({"priority": priority, "max_history": 1}, Mock(), Mock(), Mock())


def test_what_a_lower_policy_would_remember_is_dropped_when_a_higher_one_speaks() -> None:
    """A "no" to a warning sign's question is no answer to the open question of the check-in."""
    refer = policy(10).certain(DOMAIN, "action_refer", [SlotSet("safety", 1)])
    ask = policy(9).certain(DOMAIN, "action_ask", [SlotSet("guided", 1)])
    tracker = DialogueStateTracker("a-person", [])

    best = DefaultPolicyPredictionEnsemble().combine_predictions([refer, ask], tracker, DOMAIN)

    assert best.policy_priority == 10
    assert [event.key for event in best.events if isinstance(event, SlotSet)] == ["safety"]


def test_what_a_policy_without_opinion_remembers_is_kept() -> None:
    safety = policy(10).no_opinion(DOMAIN, [SlotSet("safety", 1)])
    ask = policy(9).certain(DOMAIN, "action_ask")
    tracker = DialogueStateTracker("a-person", [])

    best = DefaultPolicyPredictionEnsemble().combine_predictions([safety, ask], tracker, DOMAIN)

    assert [event.key for event in best.events if isinstance(event, SlotSet)] == ["safety"]
