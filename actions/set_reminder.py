"""Sets a reminder to write into the diary."""

from __future__ import annotations

from datetime import datetime, timezone

from actions.base import RecordsAction, Reply, Turn, diary_file, reminder_messages
from backstride.language.message_parts import parts_of
from backstride.records import RecordsError, shared_records
from backstride.reminders import (
    Reminder,
    first_time,
    names_only_times,
    read_schedule,
    wants_more_than_daily,
    zone_named,
)
from backstride.vocabulary import ActionName


class SetReminder(RecordsAction):
    """Answers `set_reminder`."""

    action_name = ActionName.SET_REMINDER

    def reply(self, turn: Turn) -> Reply:
        """Return when the reminder comes, and by whose clock."""
        said = "" if turn.text.startswith("/") else turn.text
        zone = turn.zone if zone_named(turn.zone) else ""
        file = diary_file()
        names_none = read_schedule(said, file, zone=zone) == read_schedule("", file, zone=zone)
        try:
            before = shared_records().reminder(turn.conversation)
            if before is not None and names_none and parts_of(said).asks:
                # "When do you remind me?" changes nothing.
                return Reply(answer=reminder_messages().is_set(before, changed=False))
            # "In the morning, please" changes one that was set just now.
            changes = before is not None and names_only_times(said, file)
            schedule = read_schedule(said, file, zone=zone, before=before.schedule if before and changes else None)
            next_at = first_time(schedule, said, datetime.now(timezone.utc))
            reminder = Reminder(
                conversation=turn.conversation, channel=turn.channel, schedule=schedule, next_at=next_at
            )
            shared_records().set_reminder(reminder)
        except RecordsError:
            return Reply(answer=reminder_messages().said("reminder_not_set"))
        wanted_more = wants_more_than_daily(said)
        return Reply(answer=reminder_messages().is_set(reminder, changed=before is not None, wanted_more=wanted_more))
