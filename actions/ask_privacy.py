"""Says who can read what is written here, and how long it is kept."""

from __future__ import annotations

from actions.base import AnswerAction, Reply, Turn, privacy_messages
from backstride.settings import read_settings
from backstride.vocabulary import ActionName


class AskPrivacy(AnswerAction):
    """Answers `ask_privacy`."""

    action_name = ActionName.ASK_PRIVACY

    def reply(self, turn: Turn) -> Reply:
        """Return what is kept, where, how long, and what the person can do."""
        return Reply(answer=privacy_messages().privacy(turn.channel, read_settings().retention_days))
