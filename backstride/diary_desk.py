"""Carries out what a message does to the diary: reads it, writes it into the store, and says what was done.

Every call waits for the database: call it in a thread.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timezone
from typing import Protocol

from backstride import diary, diary_talk
from backstride.answers import Answer
from backstride.diary import Concern, DiaryEntry, DiaryWords
from backstride.diary_talk import Deed, DiaryMessages, DiaryState, Plan
from backstride.records import Records, RecordsError
from backstride.reminders import zone_named

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What came of a message.

    Args:
        answer: what is said.
        state: what the diary remembers now.
        entry: the entry that was written, or None.
        concern: what it gives reason to say about seeing someone.
    """

    answer: Answer
    state: DiaryState
    entry: DiaryEntry | None = None
    concern: Concern = Concern.NONE


class ReadsMessages(Protocol):
    """Reads a message for the diary; `backstride.language.diary_reader` does."""

    def read(self, text: str, today: date) -> DiaryWords:
        """Return what a message says for the diary."""


class DiaryDesk:
    """Reads messages for the diary and keeps it.

    Args:
        reader: reads the messages.
        messages: says what was done.
    """

    def __init__(self, reader: ReadsMessages, messages: DiaryMessages) -> None:
        self._reader = reader
        self.messages = messages

    def write(self, records: Records, conversation: str, text: str, state: DiaryState, today: date) -> Written:
        """Carry out what a message says; where the database does not answer, say so and hold the entry.

        Args:
            records: the store.
            conversation: whose diary it is.
            text: the message; "" for a tapped button.
            state: what the diary remembers.
            today: the person's own day.
        """
        words = self._reader.read(text, today)
        tried = Plan(deed=Deed.ADD, entry=words.entry)
        try:
            entries = records.entries(conversation)
            tried = diary_talk.plan(state, words, entries)
            stored = _carry_out(records, conversation, tried)
            if tried.deed in diary_talk.STORED:
                records.answered(conversation)
        except RecordsError as error:
            return self._not_written(state, tried, error)
        answer = self.messages.done(tried.deed, stored or tried.entry, today=today)
        concern = _concern(entries, tried, stored)
        return Written(answer=answer, state=diary_talk.after(state, tried, stored), entry=stored, concern=concern)

    def _not_written(self, state: DiaryState, tried: Plan, error: RecordsError) -> Written:
        logger.error("A diary entry was not written: %s", error)
        says_something = tried.entry is not None and (tried.entry.worst is not None or tried.entry.has_run)
        if says_something or (tried.entry is not None and tried.entry.rested):
            return Written(answer=self.messages.not_saved(), state=diary_talk.failed(state, tried))
        return Written(answer=self.messages.not_read(), state=replace(state, choice=""))


def _carry_out(records: Records, conversation: str, wanted: Plan) -> DiaryEntry | None:
    """Change the store as planned, and return the entry as it now stands there."""
    entry = wanted.entry
    if entry is None or wanted.deed not in diary_talk.STORED:
        return None
    if wanted.deed is Deed.REMOVE:
        records.remove(conversation, entry.id)
        return None
    if wanted.deed in {Deed.COMPLETE, Deed.CHANGE} and records.change(conversation, entry):
        return entry
    # New, put back, or deleted meanwhile in another window.
    return records.add(conversation, entry)


def _concern(entries: Sequence[DiaryEntry], done: Plan, stored: DiaryEntry | None) -> Concern:
    if stored is None or done.deed is Deed.PUT_BACK:
        return Concern.NONE
    others = [entry for entry in entries if entry.id != stored.id]
    return diary.concern([*others, stored], stored)


def today_in(zone: str, now: datetime | None = None) -> date:
    """Return the day in a time zone; in that of the server where the zone is "" or not known."""
    now = now or datetime.now(timezone.utc)
    return now.astimezone(zone_named(zone) or zone_named("")).date()
