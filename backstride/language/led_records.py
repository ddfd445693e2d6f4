"""The diary and "forget me" as led conversations: who gets the next message while one of their questions is open."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from backstride.diary_talk import Asking, DiaryState
from backstride.guided import Heard, Kept
from backstride.language.diary_reader import load_diary_reader
from backstride.privacy import FORGET_NO, FORGET_YES
from backstride.safety_words import SafetyWords, answer_in
from backstride.vocabulary import ActionName, Intent, Led

_DIARY = "diary:"
# An answer to "how bad is it?" has few words; a longer one is written down only where it was meant for the diary.
_SHORT_ANSWER = 14
_CLEAR_ANSWER = 4
_ONE_ENTRY = frozenset({"entry", "last", "todays", "yesterdays"})
# Below this confidence a correction may be meant for something else.
_DOUBTFUL = 0.5


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
        is_next = is_fresh and heard.spoke == self.action and _tells_of_a_day(heard)
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


def _deletes_an_entry(heard: Heard) -> bool:
    """Return whether one entry is to go: "delete the last entry" must not be taken for "delete everything"."""
    words = set(heard.text.casefold().replace("'s", "s").split())
    return not words.isdisjoint(_ONE_ENTRY) and load_diary_reader().read(heard.text, heard.today).deletes
