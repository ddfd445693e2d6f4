"""What all actions share: reading the tracker into a value, sending an answer, failing calmly."""

from __future__ import annotations

import asyncio
import functools
import logging
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from backstride.answers import Answer, Answers
from backstride.check_in import load_plan_rules
from backstride.diary_desk import DiaryDesk
from backstride.diary_file import DiaryFile, load_diary_file
from backstride.diary_talk import DiaryMessages
from backstride.guided import Guided, put_down
from backstride.interview import Opening, State
from backstride.knowledge import Knowledge, load_knowledge
from backstride.language.answer_reader import shared_reader
from backstride.language.diary_reader import load_diary_reader
from backstride.language.message_parts import parts_of
from backstride.plan_messages import PlanMessages, QuestionMessages
from backstride.privacy import PrivacyMessages
from backstride.questionnaire import load_questionnaires
from backstride.referral import load_numbers
from backstride.reminder_talk import ReminderMessages
from backstride.safety import Move, SafetyState, gate
from backstride.safety_messages import SafetyMessages
from backstride.settings import ROOT, read_settings
from backstride.triage import RedFlags, load_red_flags, triage
from backstride.triage import State as SignState
from backstride.vocabulary import Entity, Intent, Led, Response, Slot, entry_of_intent
from backstride.wording import load_wording

logger = logging.getLogger(__name__)

# Below this confidence the answer offers other readings beside it; a reading must be at least this probable to be
# offered. Between "did you mean" (0.55) and "sure" (0.8) of the curve in bench/results/understanding.md: from 0.6 up
# nine answers in ten are right, and a button too many costs less than a wrong answer without a way on.
SURE = 0.6
POSSIBLE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What an action needs to know of the conversation.

    Args:
        text: what the person wrote last.
        intent: how it was understood.
        ranking: intents with their confidence, best first.
        others: other topics that the message asks about besides.
        entry: the entry that a tapped button names.
        wanted: the entry that was wanted before a question came between.
        thread: the entry that the conversation is about.
        listed: the entries of the last numbered list.
        shown: all entries shown so far.
        conditions: ids of conditions that the person has named.
        misses: messages in a row that were not understood.
        last_said: what the assistant said last.
        was_outside: whether the message before was understood to be outside.
        safety: what was said about warning signs, and what comes next.
        guided: the conversations that the assistant leads.
        conversation: its id.
        channel: the name of the channel that the last message came through.
        zone: the name of the person's time zone, or "" where it is not known.
        slots: all that is remembered.
    """

    text: str
    intent: str
    ranking: tuple[tuple[str, float], ...] = ()
    others: tuple[str, ...] = ()
    entry: str | None = None
    wanted: str | None = None
    thread: str | None = None
    listed: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    misses: int = 0
    last_said: str = ""
    was_outside: bool = False
    safety: SafetyState = field(default_factory=SafetyState)
    guided: Guided = field(default_factory=Guided)
    conversation: str = ""
    channel: str = ""
    zone: str = ""
    slots: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What an action sends, and which slots change beyond those that follow from the answer.

    Args:
        answer: the message, or the buttons beside a response.
        response: the response of the domain to send instead of the answer's text.
        after: further messages.
        slots: slots to set.
        follow_up: the action that comes next in the same turn.
    """

    answer: Answer | None = None
    response: str | None = None
    after: tuple[Answer, ...] = ()
    follow_up: str | None = None
    slots: Mapping[str, Any] = field(default_factory=dict)


@functools.lru_cache(maxsize=1)
def knowledge() -> Knowledge:
    """Return the process's one copy of the knowledge file."""
    return load_knowledge()


@functools.lru_cache(maxsize=1)
def answers() -> Answers:
    """Return the process's one composer of answers."""
    return Answers(knowledge(), load_wording())


@functools.lru_cache(maxsize=1)
def red_flags() -> RedFlags:
    """Return the process's one copy of the red-flag file."""
    return load_red_flags(ROOT / "knowledge")


@functools.lru_cache(maxsize=1)
def safety_messages() -> SafetyMessages:
    """Return the process's one composer of safety messages."""
    numbers = load_numbers(ROOT / "knowledge")
    return SafetyMessages(red_flags(), numbers, load_wording(), read_settings().country)


@functools.lru_cache(maxsize=1)
def question_messages() -> QuestionMessages:
    """Return the process's one composer of the questions of led conversations."""
    return QuestionMessages(load_questionnaires())


@functools.lru_cache(maxsize=1)
def plan_messages() -> PlanMessages:
    """Return the process's one composer of plans."""
    return PlanMessages(load_plan_rules(), load_questionnaires(), knowledge(), load_wording())


@functools.lru_cache(maxsize=1)
def diary_desk() -> DiaryDesk:
    """Return the process's one desk for the diary."""
    return DiaryDesk(load_diary_reader(), diary_messages())


@functools.lru_cache(maxsize=1)
def diary_file() -> DiaryFile:
    """Return the process's one copy of the diary's words."""
    return load_diary_file()


def diary_messages() -> DiaryMessages:
    """Return a composer of the diary's messages."""
    return DiaryMessages(diary_file().say)


def reminder_messages() -> ReminderMessages:
    """Return a composer of messages about reminders."""
    return ReminderMessages(diary_file().say)


def privacy_messages() -> PrivacyMessages:
    """Return a composer of messages about a person's data."""
    return PrivacyMessages(diary_file().say, diary_file().slots)


class AnswerAction(Action, ABC):  # type: ignore[misc]  # rasa_sdk ships no types
    """An action that turns a conversation's state into one answer."""

    action_name: ClassVar[str]
    # Whether it belongs to a conversation that the assistant leads: then nothing else is offered beside its questions.
    is_led: ClassVar[bool] = False

    def name(self) -> str:
        """Return the action's name in the domain."""
        return self.action_name

    @abstractmethod
    def reply(self, turn: Turn) -> Reply:
        """Return what to say in this turn; pure."""

    async def answer(self, turn: Turn) -> Reply:
        """Return what to say in this turn."""
        return self.reply(turn)

    async def run(
        self,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> list[dict[str, Any]]:
        """Answer; where that fails, say one calm sentence and log the cause under an id, without message text."""
        try:
            turn = read_turn(tracker)
            reply = await self.answer(turn)
            if not self.is_led:
                reply = with_check_in(turn, with_other_readings(turn, reply))
            reply = below_an_emergency(turn, without_exercises(turn, reply))
            send(dispatcher, reply)
            return changed_slots(turn, reply)
        except Exception:
            incident = uuid.uuid4().hex[:8]
            logger.exception("%s failed (incident %s)", self.action_name, incident)
            dispatcher.messages.clear()
            dispatcher.utter_message(response=Response.SOMETHING_WENT_WRONG, incident=incident)
            return []


class RecordsAction(AnswerAction):
    """An action whose `reply` reads or writes the diary and the like: it waits for the database in a thread."""

    async def answer(self, turn: Turn) -> Reply:
        """Return what to say in this turn, without holding up anybody else's."""
        return await asyncio.to_thread(self.reply, turn)


def read_turn(tracker: Tracker) -> Turn:
    """Turn rasa_sdk's tracker into the frozen value that actions work on."""
    message = tracker.latest_message
    ranking = message.get("intent_ranking") or []
    # rasa_sdk keeps only some keys of what the parser found on the message itself; the event has them all.
    said = (event for event in reversed(tracker.events) if event["event"] == "user")
    parsed = next((event.get("parse_data") or {} for event in said), {})
    return Turn(
        text=message.get("text") or "",
        intent=(message.get("intent") or {}).get("name") or "",
        ranking=tuple((reading["name"], float(reading["confidence"])) for reading in ranking),
        others=tuple(reading["name"] for reading in parsed.get("other_intents") or ()),
        entry=next(tracker.get_latest_entity_values(Entity.ENTRY), None),
        wanted=tracker.get_slot(Slot.WANTED),
        thread=tracker.get_slot(Slot.THREAD),
        listed=tuple(tracker.get_slot(Slot.LISTED) or ()),
        shown=tuple(tracker.get_slot(Slot.SHOWN) or ()),
        conditions=_conditions(tracker),
        misses=int(tracker.get_slot(Slot.MISSES) or 0),
        last_said=next((event.get("text") or "" for event in reversed(tracker.events) if event["event"] == "bot"), ""),
        was_outside=_intent_before(tracker) == Intent.OUT_OF_SCOPE,
        safety=SafetyState.from_json(tracker.get_slot(Slot.SAFETY)),
        guided=Guided.from_json(tracker.get_slot(Slot.GUIDED)),
        conversation=tracker.sender_id,
        channel=tracker.get_latest_input_channel() or "",
        zone=_zone(tracker),
        slots=dict(tracker.slots),
    )


def _conditions(tracker: Tracker) -> tuple[str, ...]:
    """Return the conditions that the person has named, among them those that are warning signs as well."""
    signs = SafetyState.from_json(tracker.get_slot(Slot.SAFETY)).signs
    said = (name for sign in signs if sign.state is SignState.PRESENT for name in (sign.flag, *sorted(sign.tags)))
    told = (name for name in said if name in knowledge().conditions)
    named = dict.fromkeys((*(tracker.get_slot(Slot.CONDITIONS) or ()), *told))
    # "Is it safe in pregnancy?" names one; a no to the question takes it back.
    denied = {sign.flag for sign in signs if sign.state is SignState.ABSENT}
    return tuple(name for name in named if name not in denied)


def _intent_before(tracker: Tracker) -> str:
    """Return how the message before the last one was understood."""
    said = [event for event in tracker.events if event["event"] == "user"]
    parsed = (said[-2].get("parse_data") or {}) if len(said) > 1 else {}
    return str((parsed.get("intent") or {}).get("name") or "")


def _zone(tracker: Tracker) -> str:
    """Return the name of the time zone that the person's device told last, or ""."""
    said = (event.get("metadata") or {} for event in reversed(tracker.events) if event["event"] == "user")
    return next((str(metadata["zone"]) for metadata in said if metadata.get("zone")), "")


def with_other_readings(turn: Turn, reply: Reply) -> Reply:
    """Return the reply with other topics of the message as buttons; after an unsure reading, with other readings."""
    asked = entry_of_intent(turn.intent)
    if asked is None or turn.entry or reply.answer is None or reply.response is not None:
        return reply
    others = further_topics(turn, is_one_answered=True)
    if others:
        return replace(reply, answer=answers().also(reply.answer, others, sure=True))
    if turn.ranking and turn.ranking[0][1] < SURE:
        readings = [
            entry for intent, share in turn.ranking[1:] if share >= POSSIBLE and (entry := entry_of_intent(intent))
        ]
        return replace(reply, answer=answers().also(reply.answer, readings, sure=False))
    return reply


def further_topics(turn: Turn, *, is_one_answered: bool) -> list[str]:
    """Return the entries that a message really asks about besides: one for each further question, and what it names.

    Args:
        turn: the conversation.
        is_one_answered: whether one of its questions is what is being answered.
    """
    # Where none is answered, what the whole message asks comes first: the question behind a long story.
    intents = turn.others if is_one_answered else (turn.intent, *turn.others)
    guessed = [e for e in map(entry_of_intent, intents) if e is not None and e in knowledge().entries]
    questions = parts_of(turn.text).questions
    # "Heat? And why?" asks twice.
    unanswered = max(len(questions), turn.text.count("?")) - is_one_answered
    asked = " ".join(questions) or turn.text
    return [e for place, e in enumerate(guessed) if place < unanswered or answers().mentioned_in(asked, [e])]


def with_check_in(turn: Turn, reply: Reply) -> Reply:
    """Return the reply, with the check-in offered where the message also told of a sore back."""
    is_new = turn.guided.state(Led.CHECK_IN) is None and not turn.guided.open
    if not is_new or reply.answer is None or reply.response is not None or turn.safety.move is not Move.PASS:
        return reply
    if not shared_reader().complains(Led.CHECK_IN, turn.text):
        return reply
    return replace(reply, answer=question_messages().with_offer(Led.CHECK_IN, reply.answer))


def below_an_emergency(turn: Turn, reply: Reply) -> Reply:
    """Return the reply; where one's own data are asked about beside an emergency, below what to do about that."""
    if turn.safety.move is not Move.DATA or reply.answer is None:
        return reply
    [first] = safety_messages().messages(turn.safety)
    return replace(reply, answer=first, after=(reply.answer, *reply.after))


def without_exercises(turn: Turn, reply: Reply) -> Reply:
    """Return the reply, or where it would show an exercise that may not be shown now, what is said instead.

    This stands behind all actions, so that no story, no button and no misread message shows an exercise while a warning
    sign is open, or before the five checks.
    """
    answer = reply.answer
    if answer is None or reply.response is not None or not answer.is_exercise:
        return reply
    if answer.warns and gate(turn.safety, "", red_flags()).move is not Move.WITHHOLD:
        # "Is it safe when pregnant?" is answered before anything is asked.
        return reply
    held = held_back(turn, answer.thread or "")
    if held is None:
        return reply
    # What the person told of themselves counts for what comes after the checks.
    told = {name: value for name, value in reply.slots.items() if name == Slot.CONDITIONS}
    return replace(held, slots={**told, **held.slots})


def held_back(turn: Turn, wanted: str) -> Reply | None:
    """Return what is said instead of an exercise while a sign is open or before the five checks, else None.

    Args:
        turn: the conversation.
        wanted: the entry, or the led conversation whose result, would be shown; it follows once that is settled.
    """
    state = gate(turn.safety, wanted, red_flags())
    if state.move is Move.PASS:
        return None
    first, *more = safety_messages().messages(state)
    return Reply(answer=first, after=tuple(more), slots={Slot.SAFETY: state.as_json()})


def led_question(turn: Turn, name: str, state: State) -> Reply | None:
    """Return what a led questionnaire asks or says on its way, or None where its result is due.

    Args:
        turn: the conversation.
        name: the questionnaire.
        state: where it stands.
    """
    is_referred = bool(triage(turn.safety.signs, red_flags()).flags)
    messages = question_messages().messages(name, state, referred=is_referred)
    if not messages:
        return None
    *before, last = messages
    # The check-in begins with a complaint, the others with the very question that they answer.
    answered = int(name != Led.CHECK_IN)
    if state.opening is Opening.NOW and len(parts_of(turn.text).questions) > answered:
        # What the first message asked besides is not lost: it waits as a button. What helps, and why, the plan says.
        asked = further_topics(turn, is_one_answered=bool(answered))
        last = answers().besides(last, [entry for entry in asked if not entry.endswith(".general")])
    first, *more = (*before, last)
    return Reply(answer=first, after=tuple(more))


def led_result(turn: Turn, name: str, state: State, answer: Answer) -> Reply:
    """Return the result of a led questionnaire; where it is about loading the back, only after the checks.

    Args:
        turn: the conversation.
        name: the questionnaire.
        state: where it stands.
        answer: the result.
    """
    checks = held_back(turn, name) if answer.is_exercise else None
    is_asked = checks is not None and SafetyState.from_json(checks.slots[Slot.SAFETY]).move is not Move.WITHHOLD
    if checks is not None and checks.answer is not None and is_asked and not state.unchecked:
        said = [*question_messages().before_checks(name, state), checks.answer, *checks.after]
        guided = put_down(turn.guided, name, state.announced().as_json(), is_open=True)
        slots = {**checks.slots, Slot.GUIDED: guided.as_json()}
        return replace(checks, answer=said[0], after=tuple(said[1:]), slots=slots)
    if checks is not None and is_asked:
        guided = put_down(turn.guided, name, state.put_off().as_json(), is_open=False)
        return Reply(answer=question_messages().unchecked(name), slots={Slot.GUIDED: guided.as_json()})
    guided = put_down(turn.guided, name, state.delivered().as_json(), is_open=False)
    reply = checks or Reply(answer=answer)
    return replace(reply, slots={**reply.slots, Slot.GUIDED: guided.as_json()})


def send(dispatcher: CollectingDispatcher, reply: Reply) -> None:
    """Hand a reply to Rasa: text, buttons, and the metadata that channels draw cards from."""
    if reply.response is not None:
        dispatcher.utter_message(response=reply.response, buttons=_buttons(reply.answer))
    elif reply.answer is not None:
        _utter(dispatcher, reply.answer)
    for answer in reply.after:
        _utter(dispatcher, answer)


def _utter(dispatcher: CollectingDispatcher, answer: Answer) -> None:
    metadata = {"knowledge": list(answer.knowledge)} if answer.knowledge else {}
    dispatcher.utter_message(text=answer.text, buttons=_buttons(answer), **metadata, **answer.metadata)


def _buttons(answer: Answer | None) -> list[dict[str, str]]:
    return [{"title": button.title, "payload": button.payload} for button in answer.buttons] if answer else []


def changed_slots(turn: Turn, reply: Reply) -> list[dict[str, Any]]:
    """Return the events that remember what was said: thread, list, entries shown."""
    # A slot that stays as it is needs no event: each one is stored and read again with every later message.
    slots: dict[str, Any] = {}
    if turn.misses:
        slots[Slot.MISSES] = 0
    if turn.wanted is not None:
        slots[Slot.WANTED] = None
    slots.update(reply.slots)
    answer = reply.answer
    if answer is not None:
        if answer.thread not in (None, turn.thread):
            slots.setdefault(Slot.THREAD, answer.thread)
        if answer.listed and answer.listed != turn.listed:
            slots[Slot.LISTED] = list(answer.listed)
        if not set(answer.knowledge) <= set(turn.shown):
            slots[Slot.SHOWN] = list(dict.fromkeys((*turn.shown, *answer.knowledge)))
    events = [SlotSet(name, value) for name, value in slots.items()]
    return [*events, FollowupAction(reply.follow_up)] if reply.follow_up else events
