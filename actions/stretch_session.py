"""Takes the person through exercises, one part after the other."""

from __future__ import annotations

import functools
from dataclasses import replace

from actions.base import AnswerAction, Reply, Turn, knowledge, red_flags, safety_messages
from backstride import safety
from backstride.session_messages import SessionMessages, pain_needs_questions
from backstride.session_words import load_session_words
from backstride.stretch_session import NAME, StretchSession
from backstride.vocabulary import ActionName, Slot
from backstride.wording import load_wording


class TakeThrough(AnswerAction):
    """Says what the stretch session calls for."""

    action_name = ActionName.STRETCH_SESSION

    def reply(self, turn: Turn) -> Reply:
        """Return the part that is due; where it hurts, the questions of the warning signs that this may be."""
        state = _session().read(turn.guided.state(NAME))
        if state is None:
            return Reply(answer=_messages().nothing_open())
        answer = _messages().message(state)
        slots = {Slot.CONDITIONS: list(state.conditions)} if set(state.conditions) - set(turn.conditions) else {}
        if not pain_needs_questions(state):
            return Reply(answer=answer, slots=slots)
        after = safety.decide(turn.safety, safety.Heard(signs=_session().signs(state)), red_flags())
        asked = safety_messages().messages(after)
        said = replace(answer, buttons=()) if asked else answer
        return Reply(answer=said, after=asked, slots={**slots, Slot.SAFETY: after.as_json()})


@functools.lru_cache(maxsize=1)
def _session() -> StretchSession:
    return StretchSession(knowledge(), load_session_words())


@functools.lru_cache(maxsize=1)
def _messages() -> SessionMessages:
    return SessionMessages(knowledge(), _session(), load_wording())
