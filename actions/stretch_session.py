"""Takes the person through exercises, one part after the other."""

from __future__ import annotations

import functools
from dataclasses import replace

from actions.base import AnswerAction, Reply, Turn, knowledge, red_flags, safety_messages
from backstride import safety
from backstride.guided import put_down
from backstride.safety import SafetyState
from backstride.session_messages import SessionMessages, pain_needs_questions
from backstride.session_words import load_session_words
from backstride.stretch_session import SessionState, StretchSession, stopped
from backstride.vocabulary import ActionName, Led, Slot
from backstride.wording import load_wording


class TakeThrough(AnswerAction):
    """Says what the stretch session calls for."""

    action_name = ActionName.STRETCH_SESSION

    def reply(self, turn: Turn) -> Reply:
        """Return the part that is due; where it hurts, the questions of the warning signs that this may be."""
        state = _session().read(turn.guided.state(Led.STRETCH_SESSION))
        if state is None:
            return Reply(answer=_messages().nothing_open())
        answer = _messages().message(state)
        if pain_needs_questions(state):
            signs = safety.Heard(signs=_session().signs(state))
            return _asked(turn, replace(answer, buttons=()), safety.decide(turn.safety, signs, red_flags()), answer)
        checked = safety.gate(turn.safety, Led.STRETCH_SESSION, red_flags())
        if answer.is_exercise and checked.move is not safety.Move.PASS:
            return _withheld(turn, state, checked)
        named = set(state.conditions) - set(turn.conditions)
        return Reply(answer=answer, slots={Slot.CONDITIONS: list(state.conditions)} if named else {})


@functools.lru_cache(maxsize=1)
def _session() -> StretchSession:
    return StretchSession(knowledge(), load_session_words())


@functools.lru_cache(maxsize=1)
def _messages() -> SessionMessages:
    return SessionMessages(knowledge(), _session(), load_wording())
