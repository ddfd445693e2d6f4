"""The policy of the conversations that the assistant leads, below the safety policy and above all others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from rasa.core.policies.policy import PolicyPrediction
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from backstride.answers import Answers
from backstride.diary_file import load_diary_file
from backstride.guided import Guided, Heard, Machine, Said, Step, hear, note, opening_later, take_up
from backstride.knowledge import Knowledge, load_knowledge
from backstride.language.answer_reader import shared_reader
from backstride.language.certain_policy import CertainPolicy
from backstride.language.clauses import Clause
from backstride.language.data_requests import is_about_data, spoke_last, spoken_before
from backstride.language.led import leaves_the_word, led_conversations, mentions_in, signs_typed
from backstride.language.led_records import about_the_reminder, meant_intent
from backstride.language.message_parts import parts_of
from backstride.language.text import REMEMBERED, tidy
from backstride.safety import Move, SafetyState, signs_from_json
from backstride.safety_words import load_safety_words
from backstride.settings import ROOT
from backstride.triage import Sign, State, Urgency, load_red_flags, triage
from backstride.vocabulary import ActionName, Entity, Led, Slot
from backstride.wording import load_wording

# Under the safety policy (10), above Rasa's rules (6).
_PRIORITY = 9
_UNDER_18 = "under_18"
# How far back a led conversation looks for answers that were given before it began.
_MOST_EARLIER = 20


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class GuidedPolicy(CertainPolicy):
    """Hands each message to the led conversation that is open, or to the one that it begins.

    What that conversation does not take is answered by the rules and stories; then its question is said again.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults: the second highest priority."""
        return {"priority": _PRIORITY, "max_history": 1}

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        featurizer: None = None,
    ) -> None:
        super().__init__(config, model_storage, resource, execution_context, featurizer=featurizer)
        self._machines = led_conversations()
        self._rules = load_red_flags(ROOT / "knowledge")
        self._words = load_safety_words()
        self._diary = load_diary_file()

    def listen(self, text: str, clauses: Sequence[Clause]) -> None:
        """Read the words of a message while it is encoded."""
        shared_reader().listen(text)
        _worded(text)

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **_: object,
    ) -> PolicyPrediction:
        """Return certainty for the action of a led conversation where it is its turn, and no opinion elsewhere."""
        if tracker.latest_message is None or tracker.latest_action_name == ACTION_SESSION_START_NAME:
            return self.no_opinion(domain)
        guided = Guided.from_json(tracker.get_slot(Slot.GUIDED))
        actions = {*(machine.action for machine in self._machines), *ActionName.ABOUT_REMINDERS}
        latest = tracker.latest_action_name
        if latest == ACTION_LISTEN_NAME:
            heard = _heard(tracker, actions)
            events = _conditions_kept(tracker, heard)
            about_reminder = about_the_reminder(heard, self._diary, is_asked=bool(guided.open))
            if about_reminder is not None:
                return self.certain(domain, about_reminder, events)
            return self._predicted(domain, guided, hear(guided, heard, self._machines_for(tracker)), events)
        if latest in ActionName.SAFETY:
            return self._after_safety(tracker, domain, guided, actions)
        if latest in actions and not self._is_over(guided, latest):
            return self.certain(domain, ACTION_LISTEN_NAME)
        if not guided.open or SafetyState.from_json(tracker.get_slot(Slot.SAFETY)).asking:
            return self.certain(domain, ACTION_LISTEN_NAME) if latest in actions else self.no_opinion(domain)
        return self._predicted(domain, guided, take_up(guided, self._machines_for(tracker)))

    def _after_safety(
        self, tracker: DialogueStateTracker, domain: Domain, guided: Guided, actions: set[str]
    ) -> PolicyPrediction:
        """Return what follows a referral or a question about a sign: what the message told besides is kept."""
        before, now = _safety_before(tracker), SafetyState.from_json(tracker.get_slot(Slot.SAFETY))
        urgency = triage(now.signs, self._rules).urgency
        heard = replace(_heard(tracker, actions), is_for_safety=bool(before.asking) and now.move is not Move.REFER)
        # Who was just told not to run is not asked about the run later either.
        may_start = urgency < Urgency.SAME_DAY and now.move is not Move.WITHHOLD
        step = note(guided, heard, self._machines_for(tracker), may_start=may_start)
        if not leaves_the_word(now, self._rules, heard.intent):
            # The safety policy waits for the answer; what was told counts all the same.
            return self.no_opinion(domain, _kept(guided, Step(opening_later(guided, step.guided))))
        if step.action is None:
            step = take_up(step.guided, self._machines_for(tracker))
        if step.action is None:
            return self.certain(domain, ACTION_LISTEN_NAME, _kept(guided, step))
        return self._predicted(domain, guided, step)

    def _machines_for(self, tracker: DialogueStateTracker) -> Sequence[Machine]:
        """Return those that may have the word: a plan for adults is none for a child.

        Beside an emergency only what one's own data are asked about, and of that only the erasing is led.
        """
        safety = tracker.get_slot(Slot.SAFETY) or {"signs": ()}
        urgency = triage(signs_from_json(safety["signs"]), self._rules).urgency
        if urgency is Urgency.EMERGENCY_NOW and is_about_data(tracker, self._words):
            return [m for m in self._machines if m.name == Led.FORGET]
        said = (tracker.latest_message.parse_data or {}).get("red_flags", ())
        is_child = _UNDER_18 in _present(signs_from_json((*safety["signs"], *said)))
        return [m for m in self._machines if not (is_child and m.name == Led.CHECK_IN)]

    def _is_over(self, guided: Guided, action: str) -> bool:
        """Whether the conversation that has just spoken came to its end, so that another one's question comes again."""
        return not any(machine.action == action and machine.name in guided.open for machine in self._machines)

    def _predicted(
        self, domain: Domain, before: Guided, step: Step, besides: Iterable[SlotSet] = ()
    ) -> PolicyPrediction:
        events = [*_kept(before, step), *besides]
        if step.action is None:
            return self.no_opinion(domain, events)
        return self.certain(domain, step.action, events)


@lru_cache(maxsize=1)
def _knowledge() -> Knowledge:
    return load_knowledge()


@lru_cache(maxsize=1)
def _answers() -> Answers:
    return Answers(_knowledge(), load_wording())


@dataclass(frozen=True, slots=True)
class _Worded:
    """What the words of a message say, whatever came before it.

    Args:
        asks: whether it asks something.
        over: ids of conditions that it takes back.
        entry: the exercise that is all it names, or "".
    """

    asks: bool = False
    over: tuple[str, ...] = ()
    entry: str = ""


@lru_cache(maxsize=REMEMBERED)
def _worded(text: str) -> _Worded:
    return _Worded(
        asks=parts_of(text).asks,
        over=tuple(condition.id for condition in _knowledge().conditions_over_in(text)),
        entry=_answers().asked_by_name(text) or "",
    )


def _kept(before: Guided, step: Step) -> list[SlotSet]:
    return [SlotSet(Slot.GUIDED, step.guided.as_json())] if step.guided != before else []


def _conditions_kept(tracker: DialogueStateTracker, heard: Heard) -> list[SlotSet]:
    """Return the event that forgets the conditions which the message takes back."""
    is_less = not set(heard.over).isdisjoint(tracker.get_slot(Slot.CONDITIONS) or ())
    return [SlotSet(Slot.CONDITIONS, list(heard.conditions))] if is_less else []


def _safety_before(tracker: DialogueStateTracker) -> SafetyState:
    """Return what was known of warning signs before the last message."""
    is_before = False
    for event in reversed(tracker.applied_events()):
        if isinstance(event, UserUttered):
            is_before = True
        elif is_before and isinstance(event, SlotSet) and event.key == Slot.SAFETY:
            return SafetyState.from_json(event.value)
    return SafetyState()


def _heard(tracker: DialogueStateTracker, actions: set[str]) -> Heard:
    message = tracker.latest_message
    text = tidy(message.text or "")
    is_payload = text.startswith("/")
    values = {entity["entity"]: entity["value"] for entity in message.entities}
    safety = tracker.get_slot(Slot.SAFETY) or {"signs": ()}
    choice = str(values.get(Entity.CHOICE, ""))
    guided = Guided.from_json(tracker.get_slot(Slot.GUIDED))
    typed = () if is_payload else signs_typed(guided, text)
    said = (*signs_from_json((message.parse_data or {}).get("red_flags", ())), *typed)
    spoke = spoke_last(tracker)
    worded = _Worded() if is_payload else _worded(text)
    intent = meant_intent(guided, "" if is_payload else text, message.intent.get("name") or "", spoke)
    return Heard(
        text="" if is_payload else text,
        asks=worded.asks,
        intent=intent,
        confidence=float(message.intent.get("confidence") or 0.0),
        choice=choice,
        entry=str(values.get(Entity.ENTRY, "") or worded.entry),
        mentions=mentions_in(message.entities),
        earlier=_earlier(tracker),
        listed=tuple(tracker.get_slot(Slot.LISTED) or ()),
        conditions=tuple(c for c in tracker.get_slot(Slot.CONDITIONS) or () if c not in worded.over),
        over=worded.over,
        flags=_present(said),
        flags_before=_present(signs_from_json(safety["signs"])),
        spoke=spoke,
        set_reminder=ActionName.SET_REMINDER in spoken_before(tracker),
        is_reply=spoke in actions,
    )


def _present(signs: Iterable[Sign]) -> tuple[str, ...]:
    return tuple(sign.flag for sign in signs if sign.state is State.PRESENT)


def _earlier(tracker: DialogueStateTracker) -> tuple[Said, ...]:
    said = [event for event in tracker.applied_events() if isinstance(event, UserUttered) and event.text]
    return tuple(
        Said(text=tidy(event.text), mentions=mentions_in(event.entities))
        for event in said[-_MOST_EARLIER - 1 : -1]
        if not event.text.startswith("/")
    )
