"""Says when to see someone, in which time, and which signs are an emergency."""

from __future__ import annotations

from actions.base import AnswerAction, Reply, Turn, answers
from backstride.vocabulary import ActionName


class ReferToDoctor(AnswerAction):
    """Answers `relief_see_doctor`."""

    action_name = ActionName.REFER_TO_DOCTOR

    def reply(self, turn: Turn) -> Reply:  # noqa: ARG002  # the same signposts for everyone
        """Return the signposts to a doctor and to the emergency services."""
        return Reply(answer=answers().entry("relief.see_doctor"))
