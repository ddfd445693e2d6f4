"""Shows how the pain went: the direction in one sentence, the last entries, and a picture where one can be drawn."""

from __future__ import annotations

from dataclasses import replace

from actions.base import RecordsAction, Reply, Turn, diary_messages
from backstride.diary_desk import today_in
from backstride.diary_picture import text_alternative
from backstride.records import RecordsError, shared_records
from backstride.vocabulary import ActionName


class ShowDiary(RecordsAction):
    """Answers `show_diary`."""

    action_name = ActionName.SHOW_DIARY

    def reply(self, turn: Turn) -> Reply:
        """Return the overview; its metadata carry what the picture shows, in words."""
        today = today_in(turn.zone)
        try:
            entries = shared_records().entries(turn.conversation)
        except RecordsError:
            return Reply(answer=diary_messages().not_read())
        answer = diary_messages().overview(entries, today)
        alternative = text_alternative(entries, today, diary_messages())
        chart = {"chart": {"until": today.isoformat(), "alt": alternative}} if alternative else {}
        return Reply(answer=replace(answer, metadata=chart))
