"""Says honestly that of the neighbouring articles only the titles are known."""

from __future__ import annotations

from actions.base import AnswerAction, Reply, Turn, answers
from backstride.vocabulary import ActionName


class NameArticle(AnswerAction):
    """Answers `ask_article`."""

    action_name = ActionName.NAME_ARTICLE

    def reply(self, turn: Turn) -> Reply:
        """Return the title that the message means, or all of them."""
        return Reply(answer=answers().article(turn.text))
