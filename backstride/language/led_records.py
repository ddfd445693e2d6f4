"""The diary and "forget me" as led conversations, and what is said right behind a reminder."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from backstride.diary_file import DiaryFile
from backstride.diary_talk import Asking, DiaryState
from backstride.guided import Guided, Heard, Kept
from backstride.language.answer_reader import shared_reader
from backstride.language.diary_reader import load_diary_reader
from backstride.privacy import FORGET_NO, FORGET_YES
from backstride.reminders import names_clock, names_only_times
from backstride.safety_words import SafetyWords, answer_in, folded
from backstride.vocabulary import ActionName, Intent, Led

_DIARY = "diary:"
# An answer to "how bad is it?" has few words; a longer one is written down only where it was meant for the diary.
_SHORT_ANSWER = 14
_CLEAR_ANSWER = 4
_ONE_ENTRY = frozenset({"entry", "last", "todays", "yesterdays"})
# "Delete everything from today" may mean more than an entry.
_MORE_THAN_ENTRIES = frozenset({"all", "everything", "data", "conversation", "messages"})
# Below this confidence a correction may be meant for something else.
_DOUBTFUL = 0.5
# Up to this score, and in so few words, a run and its pain are noted rather than complained of: "8k today, pain 2".
_MILD = 3
_NOTED = 6
_ABOUT_REMINDERS = frozenset({Intent.SET_REMINDER, Intent.STOP_REMINDER})
# After their words the talk is about the diary.
_DIARY_ACTIONS = frozenset({ActionName.LOG_DIARY, ActionName.SHOW_DIARY, ActionName.EXPORT_DIARY})


class LedDiary:
    """Writing into the diary: what is missing is asked once; another subject closes the question."""

    name: Final = Led.DIARY
    action: Final = ActionName.LOG_DIARY

    def starts(self, heard: Heard, kept: Kept | None) -> bool:
        """Return whether a message is for the diary, or mends what was written just now."""
        # "no, 3 after" right behind "Written down …"
        is_fresh = kept is not None and heard.is_reply and bool(DiaryState.from_json(kept).last)
        if heard.choice.startswith(_DIARY):
            return True
        if heard.intent == Intent.LOG_DIARY:
            # "Sorry, I meant 6" mends what was said last, and that may have been an answer to another question.
            is_doubtful = not is_fresh and 0 < heard.confidence < _DOUBTFUL and _mends(heard)
            if not is_doubtful:
                return True
        # "Remind me on Tuesdays at 7" writes nothing down.
        is_elsewhere = heard.intent in _ABOUT_REMINDERS and heard.confidence >= _DOUBTFUL
        is_about_it = kept is not None and heard.spoke in _DIARY_ACTIONS and not is_elsewhere
        is_next = is_about_it and (_tells_of_a_day(heard) or _deletes_a_day(heard))
        return is_next or (is_fresh and _mends(heard)) or _deletes_an_entry(heard)

    def start(self, heard: Heard, kept: Kept | None) -> Kept:
        """Return the state in which the message is carried out."""
        choice = heard.choice if heard.choice.startswith(_DIARY) else ""
        return replace(_closed(kept), choice=choice, is_let_go=False).as_json()

    def hear(self, kept: Kept, heard: Heard) -> Kept | None:
        """Return the state after an answer, or None where the message is no answer."""
        state = DiaryState.from_json(kept)
        if heard.choice.startswith(_DIARY):
            return replace(state, choice=heard.choice).as_json()
        if heard.choice or heard.entry or not heard.text:
            return None
        words = load_diary_reader().read(heard.text, heard.today)
        is_short = len(heard.text.split()) <= _SHORT_ANSWER
        is_meant = heard.intent == Intent.LOG_DIARY or (heard.is_reply and is_short)
        is_answer = words.says_something or (state.asking is Asking.CHANGE and words.names_day)
        return replace(state, choice="").as_json() if is_meant and (is_answer or words.deletes) else None

    def again(self, kept: Kept) -> Kept:
        """Return the closed state: nothing is asked twice."""
        return _closed(kept).as_json()

    def is_open(self, kept: Kept) -> bool:
        """Return whether a question is open."""
        return DiaryState.from_json(kept).asking is not Asking.NOTHING

    def is_silent(self, kept: Kept) -> bool:
        """Return whether its question was let go; else it always speaks."""
        return DiaryState.from_json(kept).is_let_go

    def is_stopped(self, kept: Kept) -> bool:
        """Return whether the person has asked it to stop: its one question needs no stopping."""
        return False

    def stopped(self, kept: Kept) -> Kept:
        """Return the closed state."""
        return _closed(kept).as_json()

    def notes(self, before: Kept | None, after: Kept) -> bool:
        """Return whether something is to be written down, whatever else the message says."""
        return not DiaryState.from_json(after).is_let_go


class LedForgetting:
    """Erasing everything: asks once, and erases only on a clear yes to this very question."""

    name: Final = Led.FORGET
    action: Final = ActionName.FORGET_ME

    def __init__(self, words: SafetyWords) -> None:
        self._words = words

    def starts(self, heard: Heard, kept: Kept | None) -> bool:
        """Return whether somebody wants to be forgotten."""
        return heard.intent == Intent.FORGET_ME and not heard.choice

    def start(self, heard: Heard, kept: Kept | None) -> Kept:
        """Return the state that asks."""
        return {"asks": True, "answer": ""}

    def hear(self, kept: Kept, heard: Heard) -> Kept | None:
        """Return the state after a yes or a no, or None for anything else, which closes the question."""
        said = answer_in(heard.text, self._words) if heard.text and heard.is_reply else ""
        # "yes, but keep the diary" is no clear yes.
        is_clear = len(heard.text.split()) <= _CLEAR_ANSWER
        if heard.choice == FORGET_YES or (said == "yes" and is_clear):
            return {"asks": False, "answer": FORGET_YES}
        if heard.choice == FORGET_NO or said == "no":
            return {"asks": False, "answer": FORGET_NO}
        return None

    def again(self, kept: Kept) -> Kept:
        """Return the closed state: a later yes must not erase anything."""
        return {"asks": False, "answer": ""}

    def is_open(self, kept: Kept) -> bool:
        """Return whether the question is open."""
        return bool(kept["asks"])

    def is_silent(self, kept: Kept) -> bool:
        """Return whether the question was let go."""
        return not kept["asks"] and not kept["answer"]

    def is_stopped(self, kept: Kept) -> bool:
        """Return whether the person has asked it to stop: its one question needs no stopping."""
        return False

    def stopped(self, kept: Kept) -> Kept:
        """Return the closed state."""
        return self.again(kept)

    def notes(self, before: Kept | None, after: Kept) -> bool:
        """Return whether it may be answered by the way: nothing is erased so."""
        return False


def about_the_reminder(heard: Heard, file: DiaryFile, *, is_asked: bool) -> str | None:
    """Return the action for a message about the reminder that was set just now, and about nothing else, or None.

    It asks nothing, so nothing waits for an answer: another time right behind it moves it, "cancel that" takes it back.

    Args:
        heard: the message.
        file: words for times, and how a reminder is taken back.
        is_asked: whether a led conversation has said its question since: then only a time by the clock is about it.
    """
    if not heard.set_reminder or not heard.text or heard.asks:
        return None
    if is_asked and not names_clock(heard.text):
        return None
    if folded(heard.text) in file.saying.cancel:
        return ActionName.STOP_REMINDER
    return ActionName.SET_REMINDER if names_only_times(heard.text, file) else None


def meant_intent(guided: Guided, text: str, intent: str, spoke: str) -> str:
    """Return how a message is meant: pain that is told beside something else may be the complaint that comes first.

    "14k today, back is a 5 now" may be an entry. Where nothing was written down in this conversation, and nobody has
    been asked how the back is, it needs the sound of one, or it is mild and short. "My back is killing me, can I run?"
    is a complaint where nobody has been asked about the back or the last run.

    Args:
        guided: the led conversations so far.
        text: the message; "" for a tapped button.
        intent: how it was understood.
        spoke: the action whose words the person read last.
    """
    if not text or guided.state(Led.CHECK_IN) is not None:
        return intent
    if intent == Intent.RELIEF_KEEP_RUNNING and guided.state(Led.RETURN_TO_RUN) is None:
        return Intent.REPORT_PAIN if shared_reader().complains_first(Led.CHECK_IN, text) else intent
    if intent != Intent.LOG_DIARY or guided.state(Led.DIARY) is not None or spoke in _DIARY_ACTIONS:
        return intent
    words = load_diary_reader().read(text, date.today())  # noqa: DTZ011 - which day it is changes nothing here
    worst = words.entry.worst
    if worst is None or not words.entry.has_run or words.logs:
        return intent
    is_noted = worst <= _MILD and len(text.split()) <= _NOTED and not shared_reader().tells(Led.CHECK_IN, text)
    return intent if is_noted else Intent.REPORT_PAIN


def _closed(kept: Kept | None) -> DiaryState:
    state = DiaryState.from_json(kept)
    return DiaryState(last=state.last, held=state.held, is_let_go=True)


def _mends(heard: Heard) -> bool:
    if not heard.text or len(heard.text.split()) > _SHORT_ANSWER:
        return False
    words = load_diary_reader().read(heard.text, heard.today)
    return words.deletes or (words.corrects and (words.says_something or words.names_day))


def _tells_of_a_day(heard: Heard) -> bool:
    """Return whether a message goes on writing: "on Friday it was a 7", "I ran 3 miles"."""
    if not heard.text or heard.asks or len(heard.text.split()) > _SHORT_ANSWER:
        return False
    words = load_diary_reader().read(heard.text, heard.today)
    return words.says_something and (words.names_day or words.entry.distance_km is not None)


def _deletes_a_day(heard: Heard) -> bool:
    """Return whether the entry of a day is to go: "delete yesterday"."""
    said = heard.text.casefold().split()
    if not said or len(said) > _CLEAR_ANSWER or not _MORE_THAN_ENTRIES.isdisjoint(said):
        return False
    words = load_diary_reader().read(heard.text, heard.today)
    return words.deletes and words.names_day


def _deletes_an_entry(heard: Heard) -> bool:
    """Return whether one entry is to go: "delete the last entry" must not be taken for "delete everything"."""
    words = set(heard.text.casefold().replace("'s", "s").split())
    return not words.isdisjoint(_ONE_ENTRY) and load_diary_reader().read(heard.text, heard.today).deletes
