"""Stops the reminders."""

from __future__ import annotations

from actions.base import RecordsAction, Reply, Turn, reminder_messages
from backstride.records import RecordsError, shared_records
from backstride.vocabulary import ActionName


class StopReminder(RecordsAction):
    """Answers `stop_reminder`."""

    action_name = ActionName.STOP_REMINDER

    def reply(self, turn: Turn) -> Reply:
        """Return that no more reminders come."""
        try:
            was_set = shared_records().stop_reminder(turn.conversation)
        except RecordsError:
            return Reply(answer=reminder_messages().said("reminder_not_stopped"))
        return Reply(answer=reminder_messages().said("reminder_stopped" if was_set else "reminder_none"))
