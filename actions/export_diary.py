"""Hands the diary over as a table."""

from __future__ import annotations

from actions.base import RecordsAction, Reply, Turn, diary_messages
from backstride.records import RecordsError, shared_records
from backstride.vocabulary import ActionName


class ExportDiary(RecordsAction):
    """Answers `export_diary`."""

    action_name = ActionName.EXPORT_DIARY

    def reply(self, turn: Turn) -> Reply:
        """Return the file on the web page, and the table as text elsewhere."""
        try:
            entries = shared_records().entries(turn.conversation)
        except RecordsError:
            return Reply(answer=diary_messages().not_read())
        return Reply(answer=diary_messages().table(entries, turn.channel))
