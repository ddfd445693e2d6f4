"""Says that a message was not understood, and offers the nearest readings; the second time the menu and a human."""

from __future__ import annotations

from actions.base import AnswerAction, Reply, Turn, answers
from backstride.spoken_language import is_foreign
from backstride.vocabulary import ActionName, Intent, Response, Slot


class NotUnderstood(AnswerAction):
    """Answers `nlu_fallback` and `out_of_scope`, and stands in where no policy is sure."""

    action_name = ActionName.NOT_UNDERSTOOD

    def reply(self, turn: Turn) -> Reply:
        """Return the nearest readings as buttons; after two misses in a row the menu and a human."""
        if not any(character.isalnum() for character in turn.text):
            return Reply(response=Response.NOTHING_SAID, answer=answers().menu(""))
        misses = {Slot.MISSES: turn.misses + 1}
        if is_foreign(turn.text):
            return Reply(response=Response.ENGLISH_ONLY, slots=misses)
        if turn.misses >= 1:
            menu = answers().menu("")
            return Reply(response=Response.NOT_UNDERSTOOD_AGAIN, answer=menu, slots=misses)
        if turn.intent == Intent.OUT_OF_SCOPE:
            return Reply(response=Response.OUT_OF_SCOPE, answer=answers().menu(""), slots=misses)
        readings = answers().readings([intent for intent, _ in turn.ranking])
        return Reply(response=Response.NOT_UNDERSTOOD, answer=readings, slots=misses)
