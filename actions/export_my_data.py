"""Hands over all that is kept about the person."""

from __future__ import annotations

from actions.base import AnswerAction, Reply, Turn, privacy_messages
from backstride.vocabulary import ActionName


class ExportMyData(AnswerAction):
    """Answers `export_my_data`."""

    action_name = ActionName.EXPORT_MY_DATA

    def reply(self, turn: Turn) -> Reply:
        """Return the file on the web page, and elsewhere how to get it."""
        return Reply(answer=privacy_messages().file(turn.channel, turn.conversation))
