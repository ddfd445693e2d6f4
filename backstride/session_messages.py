"""What the assistant says in a stretch session; the sentences are those of the knowledge file and `wording.yml`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from backstride.answers import Answer, Button
from backstride.exercise_parts import Part
from backstride.knowledge import Knowledge
from backstride.stretch_session import UNSURE, Asking, Move, SessionState, Status, StretchSession, choice
from backstride.wording import Wording

# Kinds of pain that can be tapped, in the order of the buttons.
_PAIN_BUTTONS = ("mild", "sharp", "leg", "chest", "elsewhere")
# Moves that have the person move: the part that is due is shown.
_SHOWN = frozenset({Move.BEGIN, Move.SHOW, Move.REPEAT, Move.EASIER, Move.NO_EASIER, Move.HOW_MANY, Move.AT_START})


class SessionMessages:
    """Turns the state of a stretch session into messages."""

    def __init__(self, knowledge: Knowledge, session: StretchSession, wording: Wording) -> None:
        self._knowledge = knowledge
        self._session = session
        self._say = wording

    def message(self, state: SessionState) -> Answer:
        """Return what to say for the state's move."""
        if state.move in _SHOWN:
            return self._part(state)
        if state.asking is Asking.WHERE:
            return self._where(state)
        title = self._session.entry(state).title
        match state.move:
            case Move.MILD:
                return Answer(text=self._say("session_mild"), buttons=self._buttons("next easier skip hurts stop"))
            case Move.PAUSE:
                return Answer(text=self._say("session_pause"), buttons=self._buttons("next skip hurts stop"))
            case Move.AGAIN | Move.TAKE_UP:
                if state.part == 0 and state.exercises[state.place - 1] in state.left_out:
                    text = self._say("session_next_is", title=title)
                    return Answer(text=text, buttons=self._buttons("next skip stop"))
                part, steps = self._session.part(state), len(self._session.entry(state).steps)
                text = self._say("session_again", title=title, number=part.step + 1, all=steps)
                return Answer(text=text, buttons=self._buttons("next skip from_the_start stop"))
            case Move.LEFT_OUT | Move.UNSUITED:
                return self._left_out(state)
            case Move.STOPPED:
                return Answer(text=self._say("session_stopped"), buttons=self._buttons("next"))
            case Move.NOTHING_SUITS:
                return Answer(text=self._say("session_nothing_suits"))
        return self._done(state)

    def with_open_sign(self, answer: Answer) -> Answer:
        """Return an answer with a line about a question that comes again before the next exercise."""
        return replace(answer, text=f"{answer.text}\n\n{self._say('session_open_sign')}")

    def nothing_open(self) -> Answer:
        """Return what is said where there is no session to go on with."""
        return Answer(
            text=self._say("session_gone"), buttons=(Button(self._say("button_stretches"), "/relief_stretching"),)
        )

    def withheld(self) -> Answer:
        """Return what ends a session after a referral."""
        return Answer(text=self._say("session_withheld"))

    def ended(self, state: SessionState) -> Answer:
        """Return that an exercise, or the session, is over; a question follows."""
        if state.move is Move.STOPPED:
            return Answer(text=self._say("session_stopped"))
        return Answer(text=self._say("session_left_out", title=self._knowledge.entry(state.left_out[-1]).title))

    # --- parts of an exercise ------------------------------------------------------------------------------------

    def _part(self, state: SessionState) -> Answer:
        entry, part = self._session.entry(state), self._session.part(state)
        lines = [*self._before(state), *self._heading(state)]
        if state.easier and entry.easier and (state.move is Move.EASIER or part.step == 0):
            lines.append(self._say("session_easier", easier=entry.easier))
        if state.move is Move.NO_EASIER:
            lines.append(self._say("session_no_easier", title=entry.title))
        lines.append(self._step(part, len(entry.steps), is_new=state.move is Move.SHOW))
        lines.append(self._say("session_wait_hold" if part.hold_seconds else "session_wait"))
        return Answer(
            text="\n\n".join(lines),
            buttons=self._buttons("done hurts easier skip stop", is_last=state.place + 1 == len(state.exercises)),
            knowledge=(entry.id,),
            thread=entry.id,
            metadata={"session": self._place(state, part)},
        )

    def _before(self, state: SessionState) -> list[str]:
        if state.move is Move.AT_START:
            return [self._say("session_at_start")]
        if state.move is Move.HOW_MANY:
            title, number = self._session.entry(state).title, state.place + 1
            return [self._say("session_how_many", title=title, number=number, all=len(state.exercises))]
        if state.move is not Move.BEGIN:
            return []
        titles = [self._knowledge.entry(exercise).title for exercise in state.exercises]
        if len(titles) == 1:
            return [self._say("session_begin_one", title=titles[0])]
        return [self._say("session_begin", count=len(titles), titles=", ".join(titles))]

    def _heading(self, state: SessionState) -> list[str]:
        """Return the name of an exercise that begins, and the caution that matters."""
        if state.part or state.move not in {Move.BEGIN, Move.SHOW}:
            return []
        entry = self._session.entry(state)
        number = self._say("session_exercise", title=entry.title, number=state.place + 1, all=len(state.exercises))
        lines = [number] if len(state.exercises) > 1 else []
        return [*lines, self._say("take_care", caution=entry.cautions[0])] if entry.cautions else lines

    def _step(self, part: Part, steps: int, *, is_new: bool) -> str:
        dose = self._dose(part)
        if is_new and part.set > 1:
            return self._say("session_once_more", text=part.text, dose=dose)
        if is_new and part.side == 2:  # noqa: PLR2004  # the second side
            return self._say("session_other_side", text=part.text, dose=dose)
        return self._say("session_step", number=part.step + 1, all=steps, text=part.text, dose=dose)

    def _dose(self, part: Part) -> str:
        said = []
        if part.hold_seconds:
            said.append(self._say("hold_one", seconds=part.hold_seconds))
        if part.repetitions > 1:
            said.append(self._say("repeat", count=part.repetitions))
        if part.side:
            said.append(self._say("session_side_first" if part.side == 1 else "session_side_second"))
        if part.sets > 1:
            said.append(self._say("session_set", number=part.set, all=part.sets))
        return self._say("dose", parts=", ".join(said)) if said else ""

    def _place(self, state: SessionState, part: Part) -> dict[str, Any]:
        """Return what a channel shows and counts: the exercise, where in it, and the hold."""
        entry = self._session.entry(state)
        return {
            "exercise": entry.id,
            "place": state.place,
            "of": len(state.exercises),
            "part": state.part,
            "steps": len(entry.steps),
            **part.as_json(),
        } | ({"easier": entry.easier} if state.easier else {})

    # --- it hurts, and the ends ----------------------------------------------------------------------------------

    def _where(self, state: SessionState) -> Answer:
        text = self._say("session_why_where" if state.move is Move.WHY else "session_hurts")
        buttons = (Button(self._say(f"button_pain_{kind}"), choice(kind)) for kind in _PAIN_BUTTONS)
        return Answer(text=text, buttons=tuple(buttons), metadata={"asks": "session_pain"})

    def _left_out(self, state: SessionState) -> Answer:
        before = self._knowledge.entry(state.left_out[-1] if state.left_out else state.exercise)
        if state.move is Move.UNSUITED:
            exclusion = next(iter(self._knowledge.exclusions(before, state.conditions)), None)
            label = self._knowledge.conditions[exclusion.condition].label if exclusion else ""
            why = exclusion.why if exclusion else ""
            lines = [self._say("safe_excluded", condition=label, title=before.title, why=why)]
        else:
            lines = [self._say("session_left_out", title=before.title)]
        if state.status is Status.DONE:
            return Answer(text="\n\n".join([*lines, self._say("session_was_last")]))
        lines.append(self._say("session_next_is", title=self._session.entry(state).title))
        return Answer(text="\n\n".join(lines), buttons=self._buttons("next skip stop"))

    def _done(self, state: SessionState) -> Answer:
        done = [exercise for exercise in state.exercises if exercise not in state.left_out]
        if not done:
            return Answer(text=self._say("session_was_last"))
        titles = ", ".join(self._knowledge.entry(exercise).title for exercise in done)
        buttons = (Button(self._say("button_how_often"), "/ask_how_often"), *self._buttons("from_the_start"))
        return Answer(text=self._say("session_done", titles=titles), buttons=buttons, metadata={"session_over": True})

    def _buttons(self, names: str, *, is_last: bool = False) -> tuple[Button, ...]:
        made = []
        for name in names.split():
            title = "finish" if name == "skip" and is_last else "carry_on" if name == "next" else name
            made.append(Button(self._say(f"button_session_{title}"), choice(name)))
        return tuple(made)


def pain_needs_questions(state: SessionState) -> bool:
    """Return whether warning signs are asked about after this message."""
    return bool(state.pain) and (state.move is Move.LEFT_OUT or (state.move is Move.STOPPED and state.pain == UNSURE))
