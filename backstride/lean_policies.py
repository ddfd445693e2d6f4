"""Let Rasa's policies read a conversation once a message, not once a prediction. What they predict stays the same."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.graph import GraphNode
from rasa.shared.core.constants import ACTION_LISTEN_NAME, PREVIOUS_ACTION, SHOULD_NOT_BE_SET, USER
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    Event,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

State = dict[str, Any]

# Events that take back what came before them, and those after which a conversation begins anew.
TAKE_BACK = (ActionReverted, ActiveLoop, UserUtteranceReverted)
BEGIN_ANEW = (Restarted, SessionStarted)
_KEPT = "_kept_states"
_FOUND_RULES = "_found_rules"
_states_for_tracker_history = Domain.states_for_tracker_history
_find_action_from_rules = RulePolicy._find_action_from_rules
_get_possible_keys = RulePolicy._get_possible_keys


def keep_states_while_a_message_is_answered() -> None:
    """Make Rasa extend the states of a conversation by what is new, instead of replaying all of it.

    A message needs two or three predictions, and two policies look at the conversation for each.
    """

    def states(
        self: Domain,
        tracker: DialogueStateTracker,
        omit_unset_slots: bool = False,
        ignore_rule_only_turns: bool = False,
        rule_only_data: dict[str, Any] | None = None,
    ) -> list[State]:
        options: dict[str, Any] = {
            "omit_unset_slots": omit_unset_slots,
            "ignore_rule_only_turns": ignore_rule_only_turns,
            "rule_only_data": rule_only_data,
        }
        if type(tracker) is not DialogueStateTracker:
            # Training has trackers with a memory of their own.
            plain: list[State] = _states_for_tracker_history(self, tracker, **options)
            return plain
        owner, kept = tracker.__dict__.get(_KEPT, (None, {}))
        if owner != id(tracker):
            # Nothing was kept yet, or this is a copy, which goes its own way.
            tracker.__dict__[_KEPT] = id(tracker), (kept := {})
        key = (omit_unset_slots, ignore_rule_only_turns)
        history = kept.get(key)
        if history is None or not history.continues_in(tracker, self, rule_only_data):
            history = kept[key] = _History(tracker, self, **options)
        history.catch_up(tracker)
        now: list[State] = history.states_now()
        return now

    Domain.states_for_tracker_history = states


class _History:
    """The states of one conversation as one kind of policy sees them."""

    def __init__(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        *,
        omit_unset_slots: bool,
        ignore_rule_only_turns: bool,
        rule_only_data: dict[str, Any] | None,
    ) -> None:
        self._domain = domain
        self._omit_unset_slots = omit_unset_slots
        self._ignore_rule_only_turns = ignore_rule_only_turns
        self._rule_only_data = rule_only_data
        self._follower = tracker.init_copy()
        self._states: list[State] = []
        self._is_hidden = False
        self._last_action: Any = None
        self._follow(tracker.applied_events())
        self._seen = len(tracker.events)
        self._latest = tracker.events[-1] if tracker.events else None

    def continues_in(
        self, tracker: DialogueStateTracker, domain: Domain, rule_only_data: dict[str, Any] | None
    ) -> bool:
        """Return whether a tracker only adds to what was read."""
        if domain is not self._domain or rule_only_data != self._rule_only_data or len(tracker.events) < self._seen:
            return False
        if self._seen and tracker.events[self._seen - 1] is not self._latest:
            return False
        return not any(isinstance(event, (*TAKE_BACK, *BEGIN_ANEW)) for event in self._new_in(tracker))

    def catch_up(self, tracker: DialogueStateTracker) -> None:
        """Read what is new in a tracker that continues what was read."""
        self._follow(self._new_in(tracker))
        self._seen = len(tracker.events)
        self._latest = tracker.events[-1] if tracker.events else None

    def states_now(self) -> list[State]:
        """Return the states so far and the present one, as Rasa does; they belong to the caller."""
        now = copy.copy(self)
        now._states = list(self._states)
        now._read(hide_rule_turn=False)
        return [{kind: copy.copy(part) for kind, part in state.items()} for state in now._states]

    def _new_in(self, tracker: DialogueStateTracker) -> Iterable[Event]:
        return itertools.islice(tracker.events, self._seen, None)

    def _follow(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, ActionExecuted):
                self._read(hide_rule_turn=event.hide_rule_turn)
            self._follower.update(event)

    def _read(self, *, hide_rule_turn: bool) -> None:
        """Add the state before an action: one step of Rasa's `Domain.states_for_tracker_history`."""
        domain, follower = self._domain, self._follower
        if self._ignore_rule_only_turns:
            if not self._is_hidden:
                self._last_action = domain._get_prev_action_sub_state(follower)
            if not follower.followup_action and follower.latest_action_name != follower.active_loop_name:
                self._is_hidden = hide_rule_turn
            if self._is_hidden:
                return
        state = domain.get_active_state(follower, omit_unset_slots=self._omit_unset_slots)
        if self._ignore_rule_only_turns:
            domain._remove_rule_only_features(state, self._rule_only_data)
            if self._states:
                domain._substitute_rule_only_user_input(state, self._states[-1])
            if self._last_action:
                state[PREVIOUS_ACTION] = self._last_action
        self._states.append(domain._clean_state(state))


def spare(node: GraphNode, found: Mapping[str, Any], above: Iterable[str]) -> PolicyPrediction | None:
    """Return that a policy has no opinion where what it would predict could not count, else None: it is to be asked.

    Rasa takes the surest prediction, and of equally sure ones that of the higher priority.

    Args:
        node: the policy's; it predicts no events.
        found: what the nodes of the graph gave so far, by their names.
        above: the nodes of the other policies.
    """
    policy = node._component
    is_beaten = any(
        found[name].policy_priority > policy.priority and found[name].max_confidence == 1.0 for name in above
    )
    tracker = found[node._inputs["tracker"]]
    last = next((e for e in reversed(tracker.events) if isinstance(e, (ActionExecuted, ActionExecutionRejected))), None)
    if not is_beaten or isinstance(last, ActionExecutionRejected):
        # Of an action that has refused to run Rasa forgets how sure a policy was.
        return None
    return policy._prediction(policy._default_predictions(found[node._inputs["domain"]]))


def look_rules_up() -> None:
    """Make Rasa look at the rules that fit the last action and intent, instead of at all of them.

    It also looks twice, once at the words and once at the intent; where no rule speaks of words, the first look is left
    out.
    """

    def possible_keys(self: RulePolicy, lookup: dict[str, str], states: list[State]) -> set[str]:
        if not states:
            return set(lookup)
        keys = _rules_of(self, lookup).fitting(states[-1])
        chosen: set[str] = _get_possible_keys(self, dict.fromkeys(keys, ""), states)
        return chosen

    def find(
        self: RulePolicy, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> tuple[str | None, str | None, bool]:
        lookup = self.lookup.get("rules", {})
        if use_text_for_last_user_input and _rules_of(self, lookup).always_name_the_intent:
            return None, None, False
        found: tuple[str | None, str | None, bool] = _find_action_from_rules(
            self, tracker, domain, use_text_for_last_user_input
        )
        return found

    RulePolicy._get_possible_keys = possible_keys
    RulePolicy._find_action_from_rules = find


def _rules_of(policy: RulePolicy, lookup: dict[str, str]) -> _Rules:
    kept: dict[int, _Rules] = policy.__dict__.setdefault(_FOUND_RULES, {})
    rules = kept.get(id(lookup))
    if rules is None or not rules.are_of(lookup):
        rules = kept[id(lookup)] = _Rules(policy, lookup)
    return rules


class _Rules:
    """Rules by the action and the intent of their last state."""

    def __init__(self, policy: RulePolicy, lookup: dict[str, str]) -> None:
        self._lookup, self._count = lookup, len(lookup)
        self._by_action: dict[Any, dict[Any, list[str]]] = {}
        self.always_name_the_intent = True
        for key in lookup:
            last = policy._rule_key_to_state(key)[-1]
            action = last.get(PREVIOUS_ACTION, {}).get(ACTION_NAME)
            intent = last.get(USER, {}).get(INTENT)
            intent = None if intent == SHOULD_NOT_BE_SET else intent
            self._by_action.setdefault(action, {}).setdefault(intent, []).append(key)
            if action in {None, ACTION_LISTEN_NAME} and intent is None:
                self.always_name_the_intent = False

    def are_of(self, lookup: dict[str, str]) -> bool:
        """Return whether a table is the one that was read, and no rule has come since."""
        return lookup is self._lookup and len(lookup) == self._count

    def fitting(self, state: State) -> list[str]:
        """Return the rules whose last state may fit a state of a conversation; those left out cannot."""
        action = state.get(PREVIOUS_ACTION, {}).get(ACTION_NAME)
        intent = state.get(USER, {}).get(INTENT)
        keys = []
        # A rule without an action begins a conversation, and says nothing of the intent.
        for rule_action in {action, None}:
            for rule_intent, rules in self._by_action.get(rule_action, {}).items():
                if rule_action is None or rule_intent in {None, intent}:
                    keys += rules
        return keys
