"""What is said about reminders. Pure; the sentences stand in `knowledge/diary.yml`."""

from __future__ import annotations

from datetime import datetime, timezone

from backstride.answers import Answer, Button, payload
from backstride.diary_file import WEEKDAYS
from backstride.message_windows import WINDOW_HOURS
from backstride.reminders import DAYS_A_WEEK, EVERY_DAY, Reminder, Schedule, zone_named
from backstride.wording import Wording

_WEB = "web"


class ReminderMessages:
    """Says when a reminder comes, and whose clock that is.

    Args:
        say: the sentences of `knowledge/diary.yml`.
    """

    def __init__(self, say: Wording) -> None:
        self._say = say

    def is_set(self, reminder: Reminder, *, changed: bool, wanted_more: bool = False) -> Answer:
        """Return what is said when a reminder was set or changed.

        Args:
            reminder: as it is kept now.
            changed: whether there was one before.
            wanted_more: whether the person would be asked more than once a day.
        """
        schedule = reminder.schedule
        key = "reminder_changed" if changed else "reminder_set"
        text = self._say(key, when=self.when(schedule), zone=self.zone(schedule))
        if wanted_more:
            text = f"{self._say('reminder_at_most_daily')} {text}"
        if reminder.channel == _WEB:
            text = f"{text} {self._say('reminder_where_web')}"
        elif reminder.channel in WINDOW_HOURS:
            text = f"{text} {self._say('reminder_where_window', hours=WINDOW_HOURS[reminder.channel])}"
        stop = Button(self._say("button_stop_reminder"), payload("stop_reminder"))
        return Answer(text=text, buttons=(stop,))

    def said(self, key: str) -> Answer:
        """Return a sentence that fills in nothing: reminder_stopped, reminder_none and the like."""
        return Answer(text=self._say(key))

    def when(self, schedule: Schedule) -> str:
        """Return when a reminder comes: "every Monday and Friday at 19:00"."""
        time = schedule.at.strftime("%H:%M")
        if schedule.once:
            return self._say("reminder_once", time=time)
        if schedule.weekdays == EVERY_DAY:
            return self._every_few_days(schedule.every_days, time)
        *first, last = [self._say(WEEKDAYS[day]) for day in sorted(schedule.weekdays)]
        days = self._say("and", first=", ".join(first), last=last) if first else last
        weeks = schedule.every_days // DAYS_A_WEEK
        if weeks > 1:
            return self._say("reminder_weeks", weeks=weeks, days=days, time=time)
        return self._say("reminder_weekly", days=days, time=time)

    def _every_few_days(self, days: int, time: str) -> str:
        keys = {1: "reminder_daily", 2: "reminder_other_day", DAYS_A_WEEK: "reminder_each_week"}
        return self._say(keys.get(days, "reminder_few_days"), days=days, time=time)

    def zone(self, schedule: Schedule) -> str:
        """Return whose time that is."""
        if schedule.zone:
            return self._say("reminder_zone_own", zone=schedule.zone.replace("_", " "))
        here = datetime.now(timezone.utc).astimezone(zone_named(""))
        return self._say("reminder_zone_server", zone=here.tzname() or "UTC")

    def question(self, reminder: Reminder, *, is_last: bool) -> Answer:
        """Return the question of a reminder; of the last one after many without an answer, with how to start again."""
        stop = Button(self._say("button_stop_reminder"), payload("stop_reminder"))
        text = self._say("reminder_question")
        if not is_last:
            return Answer(text=text, buttons=(stop,), metadata={"ask": "pain"})
        ends = self._say("reminder_last", count=reminder.unanswered)
        return Answer(text=f"{text}\n\n{ends}", metadata={"ask": "pain"})
