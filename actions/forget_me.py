"""Erases all that is kept about the person, after one question."""

from __future__ import annotations

from actions.base import RecordsAction, Reply, Turn, privacy_messages
from backstride.guided import Guided, put_down
from backstride.privacy import FORGET_NO, FORGET_YES
from backstride.records import RecordsError, shared_records
from backstride.vocabulary import ActionName, Led, Slot


class ForgetMe(RecordsAction):
    """Answers `forget_me`, and the yes or no to its question.

    Diary and reminder are erased here. The conversation is in use until this message is answered: the store keeps the
    request, and `backstride.housekeeping` erases the conversation right behind it.
    """

    action_name = ActionName.FORGET_ME

    def reply(self, turn: Turn) -> Reply:
        """Return the question, or what was done."""
        answer = (turn.guided.state(Led.FORGET) or {}).get("answer")
        if answer == FORGET_NO:
            return Reply(answer=privacy_messages().said("forget_kept"))
        if answer != FORGET_YES:
            guided = put_down(turn.guided, Led.FORGET, {"asks": True, "answer": ""}, is_open=True)
            return Reply(answer=privacy_messages().ask_to_forget(), slots={Slot.GUIDED: guided.as_json()})
        try:
            shared_records().ask_erasure(turn.conversation)
        except RecordsError:
            return Reply(answer=privacy_messages().said("not_forgotten"))
        # Nothing is left to go on with: no open question is said again.
        return Reply(answer=privacy_messages().said("forgotten"), slots={Slot.GUIDED: Guided().as_json()})
