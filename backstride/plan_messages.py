"""What the assistant says in its led questionnaires: questions, the plan, the summary, running today, how far.

The sentences are those of `knowledge/questionnaires.yml` and `knowledge/plan.yml`; here they are put in order.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from backstride.answers import Answer, Button, payload
from backstride.check_in import Plan, PlanRules, exercises_wait, make_plan, since_day, words_of
from backstride.interview import Move, Opening, State, Status, questions_left
from backstride.knowledge import Knowledge, Strength
from backstride.questionnaire import Question, QuestionnaireFile
from backstride.return_to_run import Light, advise, distance, farthest_km
from backstride.vocabulary import Entity, Intent, Led
from backstride.wording import Wording

_LADDER = "return.walk_run_ladder"
_SINCE = "since"
# From so many days on a date needs its year.
_HALF_A_YEAR = 180


def choice(text: str) -> str:
    """Return the payload of a button that answers a led conversation."""
    return payload(Intent.CHOOSE_ITEM, **{Entity.CHOICE: text})


class QuestionMessages:
    """The questions of all questionnaires."""

    def __init__(self, file: QuestionnaireFile) -> None:
        self._file = file

    def messages(self, name: str, state: State, *, referred: bool = False) -> tuple[Answer, ...]:
        """Return what to say for the state's move, apart from the result.

        Args:
            name: the questionnaire.
            state: where it stands.
            referred: whether a referral that can wait has been read.
        """
        texts = self._file.texts
        match state.move:
            case Move.STOPPED:
                return (Answer(text=texts.stopped, buttons=(self._command(name, "resume", texts.button_resume),)),)
            case Move.OFFER:
                plan = self._command(name, "finish", texts.button_plan)
                anew = Button(texts.button_anew, choice(f"{name}:start"))
                return (Answer(text=texts.offer, buttons=(plan, anew)),)
            case Move.ASK | Move.NOTED if state.opening is Opening.NOW:
                return self._first(name, state, referred=referred)
            case Move.ASK:
                return (self._question(name, state),)
            case Move.WHY:
                why = self._file.questionnaires[name].question(state.asking).why
                return (self._question(name, state, texts.why.format(why=why), asks_why=False),)
            case Move.EXPLAIN:
                means = self._file.questionnaires[name].question(state.asking).means
                return (self._question(name, state, texts.means.format(means=means)),)
            case Move.HOW_MANY:
                left = questions_left(state, self._file.questionnaires[name])
                return (self._question(name, state, texts.how_many.format(count=left)),)
            case Move.NOTED | Move.CHANGED:
                return (self._question(name, state, self._heard(name, state)),)
            case Move.KNOWN:
                known = self.recap(name, state, state.noted)
                return (self._question(name, state, texts.known.format(what=known) if known else texts.again),)
            case Move.THANKED | Move.WHICH | Move.UNCLEAR | Move.LEFT_OUT | Move.AGAIN | Move.RESUMED:
                return (self._question(name, state, getattr(texts, state.move.value)),)
            case Move.AT_START:
                return (self._question(name, state, texts.back_at_start),)
            case _:
                return ()

    def with_offer(self, name: str, answer: Answer) -> Answer:
        """Return an answer with the questionnaire offered behind it."""
        texts = self._file.texts
        button = Button(texts.button_begin, choice(f"{name}:start"))
        return replace(answer, text=f"{answer.text}\n\n{texts.offer_beside}", buttons=(*answer.buttons, button))

    def before_checks(self, name: str, state: State) -> tuple[Answer, ...]:
        """Return what is said before the checks that a result waits for: what is known, or has just been added."""
        texts, opening = self._file.texts, self._file.questionnaires[name].opening_told
        if state.opening is Opening.NOW:
            if opening is None:
                return ()
            known = texts.so_far.format(what=self.recap(name, state, state.answers.keys()))
            return (Answer(text=f"{opening}\n\n{known}"),)
        return (Answer(text=self._heard(name, state)),) if state.changed or state.noted else ()

    def unchecked(self, name: str) -> Answer:
        """Return what is said where there is no result without what must come before it."""
        texts = self._file.texts
        return Answer(text=texts.unchecked, buttons=(self._command(name, "resume", texts.button_resume),))

    def recap(self, name: str, state: State, keys: Collection[str]) -> str:
        """Return answers in words, as one says back what one has heard."""
        known = ((item, self._words(name, state, item.id)) for item in self._file.questionnaires[name].items)
        return "; ".join(item.recap.format(words=words) for item, words in known if item.id in keys and words)

    def _first(self, name: str, state: State, *, referred: bool) -> tuple[Answer, ...]:
        questionnaire, texts = self._file.questionnaires[name], self._file.texts
        opening = (questionnaire.opening_referred if referred else None) or questionnaire.opening
        known = self.recap(name, state, state.answers.keys())
        question = self._question(name, state, texts.so_far.format(what=known) if known else "")
        return (Answer(text=opening), question) if opening else (question,)

    def _command(self, name: str, command: str, title: str) -> Button:
        return Button(title, choice(f"{name}:command:{command}"))

    def changed(self, name: str, state: State) -> str:
        """Return in words what the last message corrected, as one says back what one has heard."""
        known = ((item, self._words(name, state, item.id)) for item in self._file.questionnaires[name].items)
        return "; ".join(
            (item.now or item.recap).format(words=words, value=state.answers[item.id])
            for item, words in known
            if item.id in state.changed and words
        )

    def _heard(self, name: str, state: State) -> str:
        """Return what was corrected or told, said back; what has no words of its own is only confirmed."""
        texts = self._file.texts
        if changed := self.changed(name, state):
            return texts.changed.format(what=changed)
        noted = self.recap(name, state, state.noted)
        return texts.noted.format(what=noted) if noted else texts.noted_plainly

    def _words(self, name: str, state: State, key: str) -> str:
        """Return an answer in words; "" for none."""
        start = since_day(state.answers, date.fromisoformat(state.began))
        if key == _SINCE and start is not None:
            # "Since 30 November", said a year later, is no today.
            is_near = (date.fromisoformat(state.began) - start).days < _HALF_A_YEAR
            return f"{start.day} {start:%B}" if is_near else _long_day(start)
        unit = str(state.answers.get("unit", "km"))
        return words_of(key, state.answers.get(key), self._file.questionnaires[name], unit=unit)

    def _question(self, name: str, state: State, before: str = "", *, asks_why: bool = True) -> Answer:
        question = self._file.questionnaires[name].question(state.asking)
        texts = self._file.texts
        ask = f"{question.ask} {texts.several_hint}" if question.several else question.ask
        buttons = [Button(o.title or o.words, choice(f"{name}:{question.id}:{o.id}")) for o in question.tappable]
        buttons.append(self._command(name, "skip", texts.button_skip))
        if asks_why:
            buttons.append(self._command(name, "why", texts.button_why))
        return Answer(
            text=f"{before}\n\n{ask}" if before else ask,
            buttons=tuple(buttons),
            metadata={"question": f"{name}.{question.id}", **_scale(question), **_several(question)},
        )


class PlanMessages:
    """The results of the questionnaires."""

    def __init__(self, rules: PlanRules, file: QuestionnaireFile, knowledge: Knowledge, wording: Wording) -> None:
        self._rules = rules
        self._questions = file
        self._knowledge = knowledge
        self._say = wording

    def plan_of(self, state: State, conditions: Collection[str] = ()) -> Plan:
        """Return the plan for a check-in's answers."""
        return make_plan(
            state.answers,
            self._rules,
            self._questions.questionnaires[Led.CHECK_IN],
            self._knowledge,
            began=date.fromisoformat(state.began),
            conditions=conditions,
        )

    def plan(
        self, state: State, conditions: Collection[str] = (), *, withheld: str | None = None, unchecked: bool = False
    ) -> Answer:
        """Return the plan on one screen.

        Args:
            state: the check-in.
            conditions: ids of conditions that the person has named.
            withheld: where a warning sign keeps exercises back, what to do about it: the first sentence of its card, or
                "" where that was looked at.
            unchecked: whether the checks before any exercise were left out, so that exercises are too.
        """
        is_withheld = withheld is not None
        plan, texts = self.plan_of(state, conditions), self._rules.texts
        exercises = () if is_withheld or unchecked else plan.exercises
        sections = self._sections(state, plan, withheld, unchecked=unchecked)
        intro = self._intro(state)
        if state.status is Status.DONE and state.noted and not state.changed:
            # Who has read the plan reads only what is new in it.
            without = {key: value for key, value in state.answers.items() if key not in state.noted}
            before = replace(state, answers=without)
            known = self._sections(before, self.plan_of(before, conditions), withheld, unchecked=unchecked)
            sections = [section for section in sections if section not in known]
            noted = QuestionMessages(self._questions).recap(Led.CHECK_IN, state, state.noted)
            told = texts.noted_some if sections else texts.noted_none
            intro = told.format(what=noted) if noted else intro
        blocks = [intro, *(_section(title, lines) for title, lines in sections)]
        kept = [entry for entry in plan.entries if entry in exercises or not entry.startswith("exercise.")]
        return Answer(
            text="\n\n".join(blocks),
            buttons=self._plan_buttons(
                has_exercises=bool(exercises),
                unchecked=unchecked and not is_withheld and not self.exercises_wait(state),
            ),
            knowledge=tuple(kept),
            thread="relief.stretching" if exercises else None,
            listed=exercises,
            metadata={"plan": [{"title": title, "lines": list(lines)} for title, lines in sections]}
            if sections
            else {},
        )

    def _sections(
        self, state: State, plan: Plan, withheld: str | None, *, unchecked: bool
    ) -> list[tuple[str, Sequence[str]]]:
        """Return the parts of a plan, each with its title; the arguments are those of `plan`."""
        texts, is_withheld = self._rules.texts, withheld is not None
        exercises = () if is_withheld or unchecked else plan.exercises
        return [
            (texts.fits, self._fits(plan)),
            (texts.today, plan.today),
            (texts.leave, (texts.withheld_leave,) if is_withheld else plan.leave),
            (texts.exercises, self._exercise_lines(state, exercises, withheld=is_withheld, unchecked=unchecked)),
            # What comes weeks later is for when somebody has looked.
            *(() if is_withheld else ((texts.weeks, plan.weeks),)),
            (texts.run_again, (texts.withheld_run_again,) if is_withheld else plan.run_again),
            (texts.see_someone, plan.see_someone if withheld is None else (self._when_withheld(withheld),)),
        ]

    def _when_withheld(self, first: str) -> str:
        """Return when to see someone where a warning sign was told."""
        texts = self._rules.texts
        return texts.withheld_see_someone.format(first=first) if first else texts.withheld_see_checked

    def _intro(self, state: State) -> str:
        """Return what stands above the plan: what it is, or what has just been added to it or changed."""
        texts, said = self._rules.texts, QuestionMessages(self._questions)
        if state.status is not Status.DONE:
            # What came in before it was there has been said back already.
            return texts.intro
        if changed := said.changed(Led.CHECK_IN, state):
            return texts.changed.format(what=changed)
        if noted := said.recap(Led.CHECK_IN, state, state.noted):
            return texts.noted.format(what=noted)
        return texts.noted_plainly if state.changed or state.noted else texts.intro

    def reasons(self, state: State, conditions: Collection[str] = ()) -> Answer:
        """Return where the plan comes from: each entry behind it with its evidence and source."""
        plan, texts = self.plan_of(state, conditions), self._rules.texts
        lines = [
            texts.reason_of_fit.format(title=self._knowledge.entry(f.entry).title, source=f.source)
            for f in plan.findings
        ]
        found = {finding.entry for finding in plan.findings}
        lines += [
            texts.reason.format(
                title=entry.title,
                strength=self._say(f"strength_{Strength(entry.evidence.strength).value}").rstrip("."),
                source=entry.sources[0].name,
            )
            for entry in (self._knowledge.entry(entry_id) for entry_id in plan.entries)
            if not entry.id.startswith("exercise.") and entry.id not in found
        ]
        return Answer(
            text="\n".join([texts.reasons, *lines]),
            buttons=self._plan_buttons(has_exercises=False),
            knowledge=plan.entries,
        )

    def summary(self, state: State, signs: Sequence[str] = ()) -> Answer:
        """Return the answers as a text for a clinician: with dates, without a diagnosis."""
        texts, questions = self._rules.texts, self._questions.questionnaires[Led.CHECK_IN]
        began = date.fromisoformat(state.began)
        unit = str(state.answers.get("unit", "km"))
        lines = [texts.summary_title.format(day=_long_day(began))]
        known = {**state.answers, **questions.shown(state.answers)}
        start = since_day(state.answers, began)
        for item in questions.items:
            words = words_of(item.id, known.get(item.id), questions, unit=unit)
            if item.id == "since" and start is not None:
                words = _long_day(start)
            is_asked_of_all = any(item is question and not question.only for question in questions.questions)
            if words or is_asked_of_all:
                lines.append(texts.summary_line.format(label=item.label, words=words or texts.not_said))
        named = ", ".join(signs)
        lines.append(texts.summary_signs.format(signs=named) if signs else texts.summary_no_signs)
        lines.append(texts.summary_close)
        return Answer(text="\n".join(lines), buttons=self._plan_buttons(has_exercises=False), metadata={"copy": True})

    def running_today(self, state: State, *, has_leg_sign: bool = False, offers_plan: bool = False) -> Answer:
        """Return the colour, why, and the step that follows.

        Args:
            state: the two answers.
            has_leg_sign: whether a sign in a leg was said, which makes it red.
            offers_plan: whether the check-in is offered, because there is no plan so far.
        """
        texts = self._rules.return_to_run
        answers = {**state.answers, "morning": "leg"} if has_leg_sign else state.answers
        advice = advise(answers)
        parts = [getattr(texts, reason) for reason in advice.reasons]
        ladder = self._knowledge.entry(_LADDER)
        if advice.light is not Light.RED:
            if advice.is_test:
                parts.append(texts.test_first)
            if advice.week is None and "rest_day" in advice.reasons:
                pass  # no run today, so nothing of how far
            elif advice.week is not None:
                line = texts.next_step if advice.is_test else texts.step
                parts.append(line.format(step=ladder.steps[advice.week - 1].text))
                if advice.next_week is not None:
                    parts.append(texts.step_up.format(step=ladder.steps[advice.next_week - 1].text))
            else:
                parts.append(texts.no_ladder)
            parts.append(texts.after)
        return Answer(
            text="\n\n".join(parts),
            buttons=(
                Button(texts.button_ladder, payload(Intent.CHOOSE_ITEM, entry=_LADDER)),
                Button(texts.button_light, payload(Intent.CHOOSE_ITEM, entry="return.traffic_light")),
                Button(texts.button_how_far, choice(f"{Led.HOW_FAR}:start")),
                *((Button(texts.button_plan, choice(f"{Led.CHECK_IN}:start")),) if offers_plan else ()),
            ),
            knowledge=("return.traffic_light", _LADDER),
            thread=_LADDER if advice.light is not Light.RED else None,
            metadata={"light": advice.light.value},
        )

    def how_far(self, state: State) -> Answer:
        """Return how far the next run may go."""
        texts = self._rules.how_far
        longest = state.answers.get("longest_run_km")
        unit = str(state.answers.get("unit", "km"))
        rule = "return.single_run_rule"
        if not isinstance(longest, int | float):
            text = texts.unknown
        elif longest <= 0:
            text, rule = texts.from_nothing, _LADDER
        else:
            text = texts.limit.format(
                longest=distance(float(longest), unit), most=distance(farthest_km(float(longest)), unit, is_limit=True)
            )
        return Answer(text=f"{text}\n\n{texts.guide}", knowledge=(rule,), thread=rule)

    def _fits(self, plan: Plan) -> tuple[str, ...]:
        texts = self._rules.texts
        if not plan.findings:
            return (texts.nothing_fits,)
        return tuple(
            texts.fit.format(title=self._knowledge.entry(f.entry).title, because=f.because) for f in plan.findings
        )

    def exercises_wait(self, state: State) -> bool:
        """Return whether the answers call for somebody to look at the back before any exercise."""
        return exercises_wait(state.answers, self._rules)

    def signs_to_ask(self, state: State) -> tuple[str, ...]:
        """Return the warning signs whose own questions come before the plan."""
        return self._questions.questionnaires[Led.CHECK_IN].signs_to_ask(state.answers)

    def signs_ruled_out(self, state: State) -> tuple[str, ...]:
        """Return the warning signs whose own questions the answers answer with no."""
        return self._questions.questionnaires[Led.CHECK_IN].signs_ruled_out(state.answers)

    def _exercise_lines(
        self, state: State, exercises: Sequence[str], *, withheld: bool, unchecked: bool
    ) -> tuple[str, ...]:
        texts = self._rules.texts
        if withheld:
            return (texts.no_exercises,)
        if self.exercises_wait(state):
            return (texts.exercises_wait,)
        if unchecked:
            return (texts.unchecked_exercises,)
        if not exercises:
            return (texts.none_suits,)
        entries = [self._knowledge.entry(exercise) for exercise in exercises]
        return (", ".join(entry.title for entry in entries),)

    def _plan_buttons(self, *, has_exercises: bool, unchecked: bool = False) -> tuple[Button, ...]:
        texts = self._rules.texts
        session = (Button(texts.button_session, f"/{Intent.START_STRETCH_SESSION}"),) if has_exercises else ()
        if unchecked:
            session = (Button(texts.button_checks, choice(f"{Led.CHECK_IN}:command:resume")),)
        return (
            *session,
            Button(texts.button_run_today, choice(f"{Led.RETURN_TO_RUN}:start")),
            Button(texts.button_reasons, choice(f"{Led.CHECK_IN}:show:reasons")),
            Button(texts.button_summary, choice(f"{Led.CHECK_IN}:show:summary")),
        )


def _section(title: str, lines: Sequence[str]) -> str:
    """Return a part of the plan: on one line where it has one, so that the whole stays on one screen."""
    return f"{title}: {lines[0]}" if len(lines) == 1 else "\n".join([title, *(f"- {line}" for line in lines)])


def _scale(question: Question) -> dict[str, Any]:
    if question.scale is None:
        return {"ask": "number"} if question.unit else {}
    # The widget draws a slider for it; a number that is typed is the score and no choice from a list.
    return {"ask": "pain", "scale": {"low": question.scale.low, "high": question.scale.high}}


def _several(question: Question) -> dict[str, Any]:
    # The widget lets several answers be ticked, and sends their titles in one message.
    return {"several": True} if question.several else {}


def _long_day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
