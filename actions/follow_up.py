"""Answers a question about what was said last: why, how long, how often, how to, is it safe, what else, from where."""

from __future__ import annotations

from collections.abc import Callable

from actions.base import AnswerAction, Reply, Turn, answers, knowledge
from backstride.answers import Answer
from backstride.vocabulary import ActionName, Intent, Slot

# What a follow-up question may name without its having been shown.
_TO_DO = frozenset({"exercise", "relief"})

# Questions of those who mean to do it.
_DOES = frozenset({Intent.ASK_HOW_LONG, Intent.ASK_HOW_OFTEN, Intent.ASK_HOW_TO})

# What a follow-up question is about where nothing was said before: sore backs.
_ABOUT_BACKS = {
    Intent.ASK_HOW_LONG: "relief.recovery_time",
    Intent.ASK_WHAT_ELSE: "relief.general",
}


class FollowUp(AnswerAction):
    """Answers `ask_…` about the entry that the conversation is about."""

    action_name = ActionName.FOLLOW_UP

    def reply(self, turn: Turn) -> Reply:
        """Return the answer about the entry that the message names, else about the thread."""
        thread = _meant(turn)
        if thread is None and turn.intent in _ABOUT_BACKS:
            return Reply(answer=answers().open(_ABOUT_BACKS[turn.intent], left_out_for=turn.conditions))
        if turn.intent == Intent.ASK_SHOW_ALL or thread is None:
            return Reply(answer=answers().all_of(thread))
        if turn.intent == Intent.ASK_WHAT_ELSE:
            return Reply(answer=answers().what_else(thread, turn.shown))
        if turn.intent == Intent.ASK_IS_IT_SAFE:
            return _is_it_safe(turn, thread)
        entry = knowledge().entry(thread)
        is_left_out = entry.group != "exercise" and knowledge().exclusions(entry, turn.conditions)
        if turn.intent in _DOES and is_left_out:
            # "How many of them a day?", asked by somebody on blood thinners.
            named = [knowledge().conditions[condition] for condition in turn.conditions]
            return Reply(answer=answers().is_it_safe(thread, named))
        return Reply(answer=_ABOUT_ENTRY[turn.intent](thread))


def _meant(turn: Turn) -> str | None:
    """Return the entry that the message names: of the last list, else an exercise or a measure; else the thread."""
    if turn.thread is not None and answers().mentioned_in(turn.text, (turn.thread,)):
        return turn.thread
    to_do = tuple(id_ for id_, entry in knowledge().entries.items() if entry.group in _TO_DO)
    return answers().mentioned_in(turn.text, turn.listed) or answers().mentioned_in(turn.text, to_do) or turn.thread


def _is_it_safe(turn: Turn, thread: str) -> Reply:
    named = knowledge().conditions_in(turn.text)
    remembered = list(dict.fromkeys((*turn.conditions, *(condition.id for condition in named))))
    asked_about = [knowledge().conditions[condition] for condition in remembered]
    return Reply(answer=answers().is_it_safe(thread, named or asked_about), slots={Slot.CONDITIONS: remembered})


_ABOUT_ENTRY: dict[str, Callable[[str], Answer]] = {
    Intent.ASK_WHY: lambda thread: answers().why(thread),
    Intent.ASK_HOW_LONG: lambda thread: answers().how_long(thread),
    Intent.ASK_HOW_OFTEN: lambda thread: answers().how_often(thread),
    Intent.ASK_HOW_TO: lambda thread: answers().how_to(thread),
    Intent.ASK_SOURCE: lambda thread: answers().where_from(thread),
}
