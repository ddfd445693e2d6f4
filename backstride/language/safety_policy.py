"""The policy above all others: what a message says about warning signs is looked at before anything else.

It learns nothing. It hands each message to the pure rules of `backstride/safety.py`, keeps the result in the slot
`safety`, and where that result is more than "go on" it predicts the action that says it, above forms and rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from rasa.core.policies.policy import PolicyPrediction
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from backstride.answers import Answers
from backstride.guided import Guided
from backstride.knowledge import load_knowledge
from backstride.language.certain_policy import CertainPolicy
from backstride.language.clauses import Clause
from backstride.language.data_requests import is_about_data, spoke_last
from backstride.language.led import (
    answers_the_question,
    begins_check_in,
    begins_one,
    leaves_the_word,
    signs_in_answer,
    signs_typed,
)
from backstride.language.led_records import meant_intent
from backstride.language.message_parts import parts_of
from backstride.language.red_flag_component import RED_FLAG_TAGS
from backstride.language.text import tidy
from backstride.places import place_named
from backstride.questionnaire import load_questionnaires, signs_of_choice
from backstride.referral import CountryReader, load_numbers
from backstride.safety import REFERRALS, SCREENING, Heard, Move, SafetyState, decide, reminded, signs_from_json
from backstride.safety_words import (
    answer_in,
    folded,
    holds,
    is_no_taken_on,
    is_vague,
    is_whole_no,
    load_safety_words,
    narrowed_to,
    remark_in,
    side_in,
    taken_on,
    takes_note,
)
from backstride.settings import ROOT
from backstride.triage import Sign, State, load_red_flags
from backstride.vocabulary import ActionName, Entity, Intent, Led, Slot, entry_of_intent
from backstride.wording import load_wording

# Above led conversations (9), rules (6) and forms.
_PRIORITY = 10
# What a reply to a question is understood as where it asks for nothing.
_ASIDES = frozenset({Intent.AFFIRM, Intent.DENY, Intent.OUT_OF_SCOPE, Intent.NLU_FALLBACK, Intent.REPORT_PAIN})
# Below this confidence a message asks for nothing for certain; from this one up a yes or a no is one without its words.
_UNDERSTOOD = 0.6
_CLEAR = 0.8
# A longer message says more than yes or no.
_SHORT = 5


@dataclass(frozen=True, slots=True)
class _Worded:
    """What the words of a message say, whatever came before it.

    Args:
        said: the text as phrases are written.
        remark: what it says beside an answer (`remark_in`), or "".
        answer: the answer that it starts with (`answer_in`), or "".
        is_vague: whether that is too little to cross a sign out.
        side: how it names one side as an answer (`side_in`), or "".
        narrowed_to: what a no is narrowed to (`narrowed_to`), or "".
        taken_on: what a no goes on to (`taken_on`), or "".
        takes_note: whether all that they say is that the last message was read.
        names_exercise: whether it asks for an exercise by its name.
        country: where its writer is, or None.
        wants_to_run: whether it asks about running, sport or an exercise.
    """

    said: str = ""
    remark: str = ""
    answer: str = ""
    is_vague: bool = False
    side: str = ""
    narrowed_to: str = ""
    taken_on: str = ""
    takes_note: bool = False
    names_exercise: bool = False
    country: str | None = None
    wants_to_run: bool = False


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class SafetyPolicy(CertainPolicy):
    """Predicts the referral or the question that a warning sign calls for, with certainty."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults: the highest priority."""
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
        self._rules = load_red_flags(ROOT / "knowledge")
        self._countries = CountryReader(load_numbers(ROOT / "knowledge"))
        self._words = load_safety_words()
        self._questionnaires = load_questionnaires()
        self._answers = Answers(load_knowledge(), load_wording())
        # "Is it safe in pregnancy?" is answered first.
        self._only_asked_about = frozenset(multiplier.when for multiplier in self._rules.multipliers)
        self._worded = lru_cache(maxsize=2)(self._words_in)

    def listen(self, text: str, clauses: Sequence[Clause]) -> None:
        """Read the words of a message while it is encoded."""
        self._worded(text)

    def _words_in(self, text: str) -> _Worded:
        said = folded(text)
        return _Worded(
            said=said,
            remark=remark_in(text, self._words),
            answer=answer_in(text, self._words),
            is_vague=is_vague(text, self._words),
            side=side_in(text, self._words),
            narrowed_to=narrowed_to(text, self._words),
            taken_on=taken_on(text, self._words),
            takes_note=takes_note(text, self._words),
            names_exercise=bool(said) and self._answers.asked_by_name(text) is not None,
            country=self._countries.read(text),
            wants_to_run=parts_of(text).asks and holds(text, self._words.wants_to_run),
        )

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **_: object,
    ) -> PolicyPrediction:
        """Return certainty for the safety action where one is due, and no opinion elsewhere."""
        if tracker.latest_action_name in ActionName.SAFETY:
            # It has spoken; nothing else answers this message, not even a form. What it told a led conversation
            # besides is kept by the policy of those, which goes on where this one leaves it the word.
            state = SafetyState.from_json(tracker.get_slot(Slot.SAFETY))
            is_over = not leaves_the_word(state, self._rules, _meant_intent(tracker))
            return self.certain(domain, ACTION_LISTEN_NAME) if is_over else self.no_opinion(domain)
        if tracker.latest_message is None:
            return self.no_opinion(domain)
        if tracker.latest_action_name in ActionName.ABOUT_DATA:
            is_told = SafetyState.from_json(tracker.get_slot(Slot.SAFETY)).move is Move.DATA
            # Beside an emergency nothing follows what was asked about the data, not even an open question.
            return self.certain(domain, ACTION_LISTEN_NAME) if is_told else self._after_an_action(tracker, domain)
        if tracker.latest_action_name != ACTION_LISTEN_NAME:
            return self._after_an_action(tracker, domain)
        before = SafetyState.from_json(tracker.get_slot(Slot.SAFETY))
        after = decide(before, self._heard(tracker), self._rules)
        events = [SlotSet(Slot.SAFETY, after.as_json())] if after != before else []
        if after.move in {Move.PASS, Move.DATA}:
            # One's own data are shown by the rules, and erased by the policy of led conversations.
            return self.no_opinion(domain, events)
        action = ActionName.REFER_TO_DOCTOR if after.move in REFERRALS else ActionName.CHECK_WARNING_SIGNS
        return self.certain(domain, action, events)

    def _after_an_action(self, tracker: DialogueStateTracker, domain: Domain) -> PolicyPrediction:
        """Return what follows another action's answer: the five checks, or an emergency's question, if still open."""
        state = SafetyState.from_json(tracker.get_slot(Slot.SAFETY))
        again = reminded(state, self._rules)
        if again is not None and state.asking == SCREENING and Guided.from_json(tracker.get_slot(Slot.GUIDED)).open:
            # The message began a conversation whose question comes now; the checks come before its exercises.
            return self.no_opinion(domain, [SlotSet(Slot.SAFETY, replace(state, asking="").as_json())])
        if again is not None:
            return self.certain(domain, ActionName.CHECK_WARNING_SIGNS, [SlotSet(Slot.SAFETY, again.as_json())])
        return self.no_opinion(domain)

    def _heard(self, tracker: DialogueStateTracker) -> Heard:
        message = tracker.latest_message
        text = tidy(message.text or "")
        is_payload = text.startswith("/")
        choice = next((e["value"] for e in message.entities if e["entity"] == Entity.CHECK), "")
        entry = next((e["value"] for e in message.entities if e["entity"] == Entity.ENTRY), None)
        wanted = entry or entry_of_intent(message.intent.get("name") or "") or ""
        answered = next((e["value"] for e in message.entities if e["entity"] == Entity.CHOICE), "")
        intent = message.intent.get("name") or ""
        confidence = float(message.intent.get("confidence") or 0.0)
        worded = _Worded() if is_payload else self._worded(text)
        said = worded.said
        signs = signs_from_json((message.parse_data or {}).get("red_flags", ()))
        asking = SafetyState.from_json(tracker.get_slot(Slot.SAFETY)).asking
        place = place_named(said) if asking and said else None
        if place is not None:
            choice = self._choice_at(place, asking)
        if worded.names_exercise:
            # "Bridge, please" asks for the exercise, and hints at nothing.
            signs = tuple(sign for sign in signs if sign.state is not State.ASK)
        asks_for_nothing = (intent in _ASIDES or confidence < _UNDERSTOOD) and not message.entities
        guided = Guided.from_json(tracker.get_slot(Slot.GUIDED))
        typed = () if is_payload else signs_typed(guided, text)
        meant = _meant_intent(tracker)
        answer = worded.answer
        may_lean = bool(said) and not worded.remark and not is_no_taken_on(text, self._words)
        leans = _leaning(intent, confidence, said) if may_lean else ""
        if "no" in {answer, leans} and _asks_the_checks(tracker) and not is_whole_no(text, self._words):
            # "No gym" answers another question, and "just the pee thing" is none of the five nos.
            answer = leans = ""
        if not answer and leans and answers_the_question(guided, text):
            # "Normal", asked how the morning after was, is no answer about a fever.
            leans = ""
        signs = signs if is_payload else signs_in_answer(guided, text, signs)
        tapped = (Sign(flag, State.PRESENT, title) for flag, title in signs_of_choice(answered, self._questionnaires))
        return Heard(
            signs=(*signs, *tapped, *typed),
            tags=frozenset((message.parse_data or {}).get(RED_FLAG_TAGS, ())),
            said=said,
            answer=answer,
            is_vague=worded.is_vague,
            leans=leans,
            remark=worded.remark,
            side=worded.side,
            narrowed_to=worded.narrowed_to,
            taken_on=worded.taken_on,
            is_aside=bool(said) and asks_for_nothing and not worded.names_exercise and not begins_one(text),
            leaves=intent == Intent.GOODBYE and confidence >= _CLEAR and not answer,
            names_place=place is not None,
            takes_note=worded.takes_note,
            defers=self._only_asked_about if intent == Intent.ASK_IS_IT_SAFE else frozenset(),
            choice=str(choice),
            wanted=wanted,
            about_data=is_about_data(tracker, self._words),
            country=worded.country,
            in_led=bool(guided.open) or (not is_payload and begins_check_in(guided, text, meant, message.entities)),
            in_exercise=Led.STRETCH_SESSION in guided.open[-1:],
            wants_to_run=worded.wants_to_run,
        )

    def _choice_at(self, place: int, asking: str) -> str:
        """Return what the answer at a place on the list says, or "" where that is not clear.

        Of the five checks it is the sign. Of a sign's own question only the first: that is the yes, and the first of
        what it names. "The second one" may mean the no, or the second of what it names, and a no must be one.
        """
        signs = self._rules.screening.signs
        if asking == SCREENING and -1 <= place <= len(signs):
            return f"sign:{signs[place - (place > 0)].id}"
        is_yes = place == 1 and any(flag.id == asking for flag in self._rules.flags)
        return "yes" if is_yes else ""


def _meant_intent(tracker: DialogueStateTracker) -> str:
    """Return how the last message is meant, "" where there is none."""
    message = tracker.latest_message
    if message is None:
        return ""
    text, guided = tidy(message.text or ""), Guided.from_json(tracker.get_slot(Slot.GUIDED))
    said = "" if text.startswith("/") else text
    return meant_intent(guided, said, message.intent.get("name") or "", spoke_last(tracker))


def _asks_the_checks(tracker: DialogueStateTracker) -> bool:
    return SafetyState.from_json(tracker.get_slot(Slot.SAFETY)).asking == SCREENING


def _leaning(intent: str, confidence: float, said: str) -> str:
    """Return "yes" or "no" for a short message that was clearly understood as one, else "": a number is neither."""
    if confidence < _CLEAR or len(said.split()) > _SHORT or said.isdecimal():
        return ""
    return {Intent.AFFIRM: "yes", Intent.DENY: "no"}.get(intent, "")
