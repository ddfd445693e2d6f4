"""What a person is told about the data that are kept of them. Pure; the sentences stand in `knowledge/diary.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from backstride.answers import Answer, Button, payload
from backstride.diary import DiaryEntry
from backstride.diary_talk import DiaryMessages
from backstride.reminder_talk import ReminderMessages
from backstride.reminders import Reminder
from backstride.wording import Wording

# What the two buttons under "shall I erase everything?" say.
FORGET_YES: Final = "forget:yes"
FORGET_NO: Final = "forget:no"
# Channels of this assistant's own, beside which no other company sees the messages.
OWN_CHANNELS: Final = frozenset({"web", "rest", "cmdline", "socketio", "scenario", ""})
WEB: Final = "web"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptData:
    """What is kept about one person.

    Args:
        slots: what was remembered from the conversation, slot to value.
        signs: titles of warning signs that came up.
        messages: how many messages of the person there are, or None where that is not known.
        since: the day of the first one.
        entries: the diary.
        reminder: the reminder, or None.
        retention_days: days without a message after which all is erased; 0 for never.
    """

    slots: Mapping[str, Any]
    signs: tuple[str, ...] = ()
    messages: int | None = None
    since: date | None = None
    entries: tuple[DiaryEntry, ...] = ()
    reminder: Reminder | None = None
    retention_days: int = 0


class PrivacyMessages:
    """Says what is kept, how long, and what was erased.

    Args:
        say: the sentences of `knowledge/diary.yml`.
        slots: how each slot is named to the person.
    """

    def __init__(self, say: Wording, slots: Mapping[str, str]) -> None:
        self._say = say
        self._slots = slots
        self._diary = DiaryMessages(say)
        self._reminders = ReminderMessages(say)

    def known(self, kept: KeptData, today: date) -> Answer:
        """Return in plain words what is kept about a person."""
        say = self._say
        lines = [say("data_intro"), self._about_messages(kept, today), self._about_slots(kept)]
        if kept.entries:
            first, last = (self._diary.day(entry.day, today) for entry in (kept.entries[0], kept.entries[-1]))
            if first == last:
                lines.append(say("data_diary_day", count=len(kept.entries), first=first))
            else:
                lines.append(say("data_diary", count=len(kept.entries), first=first, last=last))
        else:
            lines.append(say("data_no_diary"))
        if kept.reminder is not None:
            schedule = kept.reminder.schedule
            lines.append(say("data_reminder", when=self._reminders.when(schedule), zone=self._reminders.zone(schedule)))
        else:
            lines.append(say("data_no_reminder"))
        closing = f"{self.kept_for(kept.retention_days)} {say('data_where')}"
        return Answer(text="\n".join(lines) + f"\n\n{closing}", buttons=self._buttons("button_my_data"))

    def privacy(self, channel: str, retention_days: int) -> Answer:
        """Return who sees what is written, how long it is kept, and what the person can do."""
        parts = [self._say("privacy"), self.kept_for(retention_days)]
        if channel not in OWN_CHANNELS:
            parts.append(self._say("privacy_platform"))
        parts.append(self._say("privacy_choices"))
        return Answer(text="\n\n".join((" ".join(parts[:2]), *parts[2:])), buttons=self._buttons(""))

    def kept_for(self, retention_days: int) -> str:
        """Return how long things are kept."""
        return self._say("data_kept", days=retention_days) if retention_days else self._say("data_kept_for_ever")

    def ask_to_forget(self) -> Answer:
        """Return the one question before everything is erased."""
        buttons = (
            Button(self._say("button_forget_yes"), payload("forget_me", choice=FORGET_YES)),
            Button(self._say("button_forget_no"), payload("forget_me", choice=FORGET_NO)),
        )
        return Answer(text=self._say("forget_ask"), buttons=buttons)

    def said(self, key: str) -> Answer:
        """Return a sentence that fills in nothing: forgotten, forget_kept, not_forgotten, data_not_read."""
        return Answer(text=self._say(key))

    def file(self, channel: str, conversation: str) -> Answer:
        """Return the file with all data, or where it is to be had."""
        if channel == WEB:
            return Answer(text=self._say("data_file"), metadata={"file": "data"})
        return Answer(text=self._say("data_file_elsewhere", conversation=conversation))

    def _about_messages(self, kept: KeptData, today: date) -> str:
        if kept.messages is None or kept.since is None:
            return self._say("data_messages_here")
        return self._say("data_messages", count=kept.messages, day=self._diary.day(kept.since, today))

    def _about_slots(self, kept: KeptData) -> str:
        named = [
            f"{title} ({in_words(kept.slots[slot])})"
            for slot, title in self._slots.items()
            if kept.slots.get(slot) not in (None, [], "")
        ]
        if kept.signs:
            named.append(self._say("data_sign", signs=", ".join(kept.signs)))
        return self._say("data_slots", slots="; ".join(named)) if named else self._say("data_no_slots")

    def _buttons(self, asked: str) -> tuple[Button, ...]:
        offers = (
            ("button_my_data", "ask_my_data"),
            ("button_export", "export_my_data"),
            ("button_forget", "forget_me"),
        )
        return tuple(Button(self._say(title), payload(intent)) for title, intent in offers if title != asked)


def in_words(value: Any) -> str:
    """Return the value of a slot as plain words: no braces, no underscores."""
    if isinstance(value, Mapping):
        parts = [in_words(each) for each in value.values() if each not in (None, "")]
        return ", ".join(dict.fromkeys(parts))
    if isinstance(value, list | tuple):
        return ", ".join(map(in_words, value))
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).replace("_", " ")
