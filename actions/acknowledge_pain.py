"""Takes up a report of pain: a kind line, a useful one, and the next steps."""

from __future__ import annotations

from actions.base import AnswerAction, Reply, Turn, answers
from backstride.answers import Answer
from backstride.vocabulary import ActionName, Response, Slot


class AcknowledgePain(AnswerAction):
    """Answers `report_pain`."""

    action_name = ActionName.ACKNOWLEDGE_PAIN

    def reply(self, turn: Turn) -> Reply:
        """Return the caring lines with the ways on."""
        ways_on = Answer(text="", buttons=answers().menu_buttons())
        # A follow-up question is about what comes next, not about what was said before the report.
        forget = {Slot.THREAD: None} if turn.thread else {}
        return Reply(response=Response.ACKNOWLEDGE_PAIN, answer=ways_on, slots=forget)
