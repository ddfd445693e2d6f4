"""Takes the person through exercises, one part after the other."""

from __future__ import annotations

import functools

from actions.base import AnswerAction, Reply, Turn, knowledge, red_flags, safety_messages
from backstride import safety
from backstride.answers import Answer
from backstride.guided import put_down
from backstride.session_messages import SessionMessages, pain_needs_questions
from backstride.session_words import load_session_words
from backstride.stretch_session import Move, SessionState, StretchSession
from backstride.triage import triage
from backstride.vocabulary import ActionName, Led, Slot
from backstride.wording import load_wording


class TakeThrough(AnswerAction):
    """Says what the stretch session calls for."""

    action_name = ActionName.STRETCH_SESSION
    is_led = True

    def reply(self, turn: Turn) -> Reply:
        """Return the part that is due; where it hurts, the questions of the warning signs that this may be."""
        state = _session().read(turn.guided.state(Led.STRETCH_SESSION))
        if state is None:
            return Reply(answer=_messages().nothing_open())
        answer = _messages().message(state)
        if pain_needs_questions(state):
            return _asked(turn, state, answer)
        checked = safety.gate(turn.safety, Led.STRETCH_SESSION, red_flags())
        if state.goes_on and checked.move is not safety.Move.PASS:
            return _kept_back(turn, state, checked)
        if state.move is Move.STOPPED and triage(turn.safety.signs, red_flags()).to_ask:
            answer = _messages().with_open_sign(answer)
        is_new = set(state.conditions) - set(turn.conditions)
        return Reply(answer=answer, slots={Slot.CONDITIONS: list(state.conditions)} if is_new else {})


def _asked(turn: Turn, state: SessionState, answer: Answer) -> Reply:
    """Return the questions of the warning signs that a pain may be, or the referral that it calls for."""
    after = safety.decide(turn.safety, safety.Heard(signs=_session().signs(state)), red_flags())
    asked = safety_messages().messages(after)
    slots = {Slot.SAFETY: after.as_json()}
    if not asked:
        return Reply(answer=answer, slots=slots)
    if after.move in safety.REFERRALS:
        return Reply(answer=asked[0], after=asked[1:], slots=slots)
    return Reply(answer=_messages().ended(state), after=asked, slots=slots)


def _kept_back(turn: Turn, state: SessionState, checked: safety.SafetyState) -> Reply:
    """Return what is said where the checks come first, or where a warning sign ends the session."""
    first, *more = safety_messages().messages(checked)
    if checked.move is not safety.Move.WITHHOLD:
        return Reply(answer=first, after=tuple(more), slots={Slot.SAFETY: checked.as_json()})
    guided = put_down(turn.guided, Led.STRETCH_SESSION, state.stopped().as_json(), is_open=False)
    if state.move is Move.AGAIN or turn.safety.move is safety.Move.REFER:
        # The referral has just been read.
        first, more = _messages().withheld(), []
    return Reply(answer=first, after=tuple(more), slots={Slot.GUIDED: guided.as_json()})


@functools.lru_cache(maxsize=1)
def _session() -> StretchSession:
    return StretchSession(knowledge(), load_session_words())


@functools.lru_cache(maxsize=1)
def _messages() -> SessionMessages:
    return SessionMessages(knowledge(), _session(), load_wording())
