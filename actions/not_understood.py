"""Says what is outside, or that a message was not understood; the second time in a row the menu and a human."""

from __future__ import annotations

import functools
import re

from actions.base import AnswerAction, Reply, Turn, answers
from backstride.outside import Outside, is_gibberish, load_outside, said_again
from backstride.spoken_language import is_foreign
from backstride.vocabulary import ActionName, Intent, Response, Slot

# What a button says that is not on offer any more is handed on as the text that it is.
_OLD_BUTTON = re.compile(r"^[\s\u2060]*/[a-z_]+\{.*\}\s*$")


class NotUnderstood(AnswerAction):
    """Answers `nlu_fallback` and `out_of_scope`, and stands in where no policy is sure."""

    action_name = ActionName.NOT_UNDERSTOOD

    def reply(self, turn: Turn) -> Reply:
        """Return the exercise that is named, who is right for what is outside, or the nearest readings as buttons."""
        if _OLD_BUTTON.match(turn.text):
            # An open question follows by itself.
            return Reply(response=Response.OLD_BUTTON, answer=None if turn.guided.open else answers().menu(""))
        if not any(character.isalnum() for character in turn.text):
            return Reply(response=Response.NOTHING_SAID, answer=answers().menu(""))
        named = answers().asked_by_name(turn.text)
        if named is not None:
            return Reply(answer=answers().open(named, left_out_for=turn.conditions))
        misses = {Slot.MISSES: turn.misses + 1}
        if is_foreign(turn.text):
            return Reply(response=Response.ENGLISH_ONLY, slots=misses)
        if turn.intent == Intent.OUT_OF_SCOPE and not is_gibberish(turn.text):
            return _outside(turn)
        if turn.misses >= 1:
            return Reply(response=Response.NOT_UNDERSTOOD_AGAIN, answer=answers().menu(""), slots=misses)
        readings = answers().readings([intent for intent, _ in turn.ranking])
        return Reply(response=Response.NOT_UNDERSTOOD, answer=readings, slots=misses)


def _outside(turn: Turn) -> Reply:
    """Return who is right for what was asked: it was understood, so it is no miss."""
    kind = outside().kind_of(turn.text)
    is_second = turn.was_outside if kind is None else kind.text == turn.last_said
    if is_second:
        return Reply(answer=answers().menu(said_again(kind, outside())))
    if kind is not None:
        return Reply(answer=answers().menu(kind.text))
    return Reply(response=Response.OUT_OF_SCOPE, answer=answers().menu(""))


@functools.lru_cache(maxsize=1)
def outside() -> Outside:
    """Return the process's one copy of what is outside."""
    return load_outside()
