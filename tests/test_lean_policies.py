"""What the policies read of a conversation is what Rasa would have read."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.core.policies.ensemble import DefaultPolicyPredictionEnsemble
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.rule_policy import RulePolicy
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    Event,
    FollowupAction,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from backstride import lean_policies, lean_rasa
from backstride.lean_policies import keep_states_while_a_message_is_answered, look_rules_up, spare

DOMAIN = Domain.from_dict(
    {
        "version": "3.1",
        "intents": ["ask", "thank"],
        "entities": ["place"],
        "actions": ["action_a", "action_b"],
        "forms": {"some_form": {"required_slots": []}},
        "slots": {
            "thread": {"type": "text", "mappings": [{"type": "custom"}]},
            "only_in_rules": {"type": "bool", "mappings": [{"type": "custom"}]},
        },
    }
)
RULE_ONLY = {"rule_only_slots": ["only_in_rules"], "rule_only_loops": []}
READINGS = [
    {},
    {"omit_unset_slots": True},
    {"ignore_rule_only_turns": True, "rule_only_data": RULE_ONLY},
]

ordinary = st.one_of(
    st.sampled_from(["ask", "thank"]).map(
        lambda intent: UserUttered(intent, {"name": intent}, [{"entity": "place", "value": "low"}])
    ),
    st.builds(ActionExecuted, st.sampled_from(["action_listen", "action_a", "action_b"]), hide_rule_turn=st.booleans()),
    st.builds(SlotSet, st.just("thread"), st.sampled_from(["x", "y", None])),
    st.builds(SlotSet, st.just("only_in_rules"), st.booleans()),
    st.builds(FollowupAction, st.just("action_b")),
)
changing_the_past = st.sampled_from([ActionReverted, UserUtteranceReverted, Restarted, SessionStarted]).map(
    lambda kind: kind()
) | st.sampled_from(["some_form", None]).map(ActiveLoop)
events = st.lists(st.one_of(ordinary, ordinary, ordinary, changing_the_past), max_size=25)


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Leave Rasa as it is for other tests, which may have made it lean already."""
    own = (
        Domain.states_for_tracker_history,
        RulePolicy._get_possible_keys,
        RulePolicy._find_action_from_rules,
        DialogueStateTracker.copy,
        DialogueStateTracker.applied_events,
    )
    keep_states_while_a_message_is_answered()
    look_rules_up()
    yield
    (
        Domain.states_for_tracker_history,
        RulePolicy._get_possible_keys,
        RulePolicy._find_action_from_rules,
        DialogueStateTracker.copy,
        DialogueStateTracker.applied_events,
    ) = own


@given(events)
def test_states_are_those_of_rasa_after_each_event(happened: list[Event]) -> None:
    tracker = DialogueStateTracker("ann", DOMAIN.slots)

    for event in happened:
        tracker.update(event, DOMAIN)
        for options in READINGS:
            plain = lean_policies._states_for_tracker_history(DOMAIN, tracker, **options)
            assert DOMAIN.states_for_tracker_history(tracker, **options) == plain


@given(events)
def test_states_of_a_conversation_that_has_begun_are_those_of_rasa(happened: list[Event]) -> None:
    tracker = DialogueStateTracker.from_events("ann", happened, DOMAIN.slots)

    for options in READINGS:
        plain = lean_policies._states_for_tracker_history(DOMAIN, tracker, **options)
        assert DOMAIN.states_for_tracker_history(tracker, **options) == plain


def test_whoever_reads_the_states_may_change_them() -> None:
    tracker = talked("action_a", "action_listen")
    before = DOMAIN.states_for_tracker_history(tracker)

    for state in DOMAIN.states_for_tracker_history(tracker):
        for part in state.values():
            part.clear()

    assert DOMAIN.states_for_tracker_history(tracker) == before


def test_a_copy_goes_its_own_way() -> None:
    lean_rasa.copy_trackers_without_replaying()
    tracker = talked("action_a")
    DOMAIN.states_for_tracker_history(tracker)
    twin = tracker.copy()

    twin.update(ActionExecuted("action_b"))
    tracker.update(ActionExecuted("action_listen"))

    for each in (tracker, twin):
        plain = lean_policies._states_for_tracker_history(DOMAIN, each)
        assert DOMAIN.states_for_tracker_history(each) == plain


def test_each_event_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tracker = talked("action_a", "action_listen", "action_b")
    DOMAIN.states_for_tracker_history(tracker)
    read: list[Event] = []
    replay = DialogueStateTracker.update
    monkeypatch.setattr(
        DialogueStateTracker, "update", lambda self, event, domain=None: (read.append(event), replay(self, event))
    )
    DOMAIN.states_for_tracker_history(tracker)
    assert read == []

    new = ActionExecuted("action_listen")
    tracker.update(new)
    DOMAIN.states_for_tracker_history(tracker)

    assert read == [new, new]  # once by the conversation itself, once by its states


@given(events)
def test_a_copied_tracker_is_the_replayed_one(happened: list[Event]) -> None:
    lean_rasa.copy_trackers_without_replaying()
    tracker = DialogueStateTracker.from_events("ann", happened, DOMAIN.slots)
    replayed = tracker.init_copy()
    for event in happened:
        replayed.update(event)

    twin = tracker.copy()

    assert state_of(twin) == state_of(replayed)
    before = state_of(tracker)
    twin.update_with_events([SlotSet("thread", "new"), ActionExecuted("action_b"), ActiveLoop("some_form")], DOMAIN)
    assert state_of(tracker) == before


@given(events)
def test_the_events_that_count_are_those_that_rasa_finds(happened: list[Event]) -> None:
    tracker = DialogueStateTracker.from_events("ann", happened, DOMAIN.slots)
    DialogueStateTracker.applied_events = lean_rasa._applied_events
    expected = tracker.applied_events()
    lean_rasa.find_applied_events_by_type()

    found = tracker.applied_events()

    assert len(found) == len(expected)
    assert all(one is other for one, other in zip(found, expected, strict=True))
    found.clear()
    assert tracker.applied_events() == expected


# --- rules --------------------------------------------------------------------------------------------------

parts = {
    "prev_action": st.sampled_from([{"action_name": "action_listen"}, {"action_name": "action_a"}]),
    "user": st.sampled_from([{"intent": "ask"}, {"intent": "thank"}, {"text": "hello"}]),
    "slots": st.sampled_from([{"thread": [1.0]}, {"thread": "should_not_be_set"}]),
}
states = st.lists(st.fixed_dictionaries({}, optional=parts), min_size=1, max_size=3)
keys = states.map(lambda rule: json.dumps(rule, sort_keys=True))


class Rules(RulePolicy):  # type: ignore[misc]  # Rasa ships no types
    """A rule policy that only looks its rules up."""

    def __init__(self, lookup: dict[str, str]) -> None:
        self.lookup = {"rules": lookup}


@given(st.sets(keys, max_size=12), states)
def test_rules_are_those_that_rasa_finds(rules: set[str], conversation: list[dict[str, Any]]) -> None:
    lookup = dict.fromkeys(rules, "action_b")
    # In a conversation a slot's feature is a tuple.
    for state in conversation:
        if isinstance(state.get("slots", {}).get("thread"), list):
            state["slots"] = {"thread": (1.0,)}
    policy = Rules(lookup)

    plain = lean_policies._get_possible_keys(policy, lookup, conversation)

    assert policy._get_possible_keys(lookup, conversation) == plain


def test_a_rule_that_comes_later_is_found() -> None:
    policy = Rules({})
    state = {"prev_action": {"action_name": "action_listen"}, "user": {"intent": "ask"}}
    assert policy._get_possible_keys(policy.lookup["rules"], [state]) == set()

    key = json.dumps([state])
    policy.lookup["rules"][key] = "action_b"

    assert policy._get_possible_keys(policy.lookup["rules"], [state]) == {key}


@pytest.mark.parametrize(
    ("user", "is_looked_at"), [({"intent": "ask"}, False), ({"text": "hello"}, True), ({}, True)], ids=str
)
def test_words_are_looked_at_where_a_rule_may_speak_of_them(
    user: dict[str, str], is_looked_at: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = [{"prev_action": {"action_name": "action_listen"}, "user": user}]
    looked: list[bool] = []
    monkeypatch.setattr(
        lean_policies, "_find_action_from_rules", lambda *_: (looked.append(True), (None, None, False))[1]
    )

    found = Rules({json.dumps(rule): "action_b"})._find_action_from_rules(talked(), DOMAIN, True)

    assert found == (None, None, False)
    assert bool(looked) is is_looked_at


# --- policies that yield ------------------------------------------------------------------------------------

shares = st.sampled_from([0.0, 0.3, 0.7, 1.0])
opinions = st.lists(shares, min_size=len(DOMAIN.action_names_or_texts), max_size=len(DOMAIN.action_names_or_texts))
others = st.lists(st.tuples(opinions, st.booleans()), min_size=1, max_size=3)


def node_of(policy: Any) -> Any:
    return SimpleNamespace(_component=policy, _inputs={"tracker": "__tracker__", "domain": "domain"})


@given(opinions, others, st.integers(0, 3), st.sampled_from([ActionExecuted, ActionExecutionRejected]))
def test_what_is_spared_would_have_changed_nothing(
    own: list[float], above: list[tuple[list[float], bool]], priority: int, last: type[Event]
) -> None:
    tracker = talked("action_listen")
    tracker.update(last("action_a"))
    policy = SimpleNamespace(priority=priority, _default_predictions=lambda _: [0.0] * len(own))
    policy._prediction = lambda probabilities: PolicyPrediction(probabilities, "learned", priority)

    def asked() -> dict[str, PolicyPrediction]:
        return {
            str(place): PolicyPrediction(list(shares), "above", place, is_no_user_prediction=is_no_user)
            for place, (shares, is_no_user) in enumerate(above)
        }

    def decided(prediction: PolicyPrediction) -> PolicyPrediction:
        predictions = [*asked().values(), prediction]
        return DefaultPolicyPredictionEnsemble().combine_predictions(predictions, tracker, DOMAIN)

    found = {"__tracker__": tracker, "domain": DOMAIN, **asked()}
    spared = spare(node_of(policy), found, asked())
    if spared is not None:
        assert decided(spared) == decided(PolicyPrediction(own, "learned", priority))


@pytest.mark.parametrize(
    ("shares", "priority", "last", "is_spared"),
    [
        ([1.0, 0.0], 2, ActionExecuted, True),
        ([0.9, 0.0], 2, ActionExecuted, False),
        ([1.0, 0.0], 1, ActionExecuted, False),
        ([1.0, 0.0], 2, ActionExecutionRejected, False),
    ],
)
def test_a_policy_is_spared_where_one_above_is_certain(
    shares: list[float], priority: int, last: type[Event], *, is_spared: bool
) -> None:
    tracker = talked("action_listen")
    tracker.update(last("action_a"))
    policy = SimpleNamespace(priority=1, _default_predictions=lambda _: [0.0, 0.0], _prediction=lambda shares: shares)
    found = {"__tracker__": tracker, "domain": DOMAIN, "rules": PolicyPrediction(shares, "rules", priority)}

    assert spare(node_of(policy), found, ["rules"]) == ([0.0, 0.0] if is_spared else None)


def talked(*actions: str) -> DialogueStateTracker:
    happened = [ActionExecuted("action_listen"), UserUttered("ask", {"name": "ask"})]
    return DialogueStateTracker.from_events("ann", [*happened, *map(ActionExecuted, actions)], DOMAIN.slots)


def state_of(tracker: DialogueStateTracker) -> dict[str, Any]:
    kept = {name: value for name, value in vars(tracker).items() if name not in {"slots", "_kept_states"}}
    slots = {name: (slot.value, slot.has_been_set) for name, slot in tracker.slots.items()}
    return copy.deepcopy({**kept, "events": list(tracker.events), "slots": slots})
