"""From the answers of the check-in to what commonly goes with them and a plan; pure, by the rules of `plan.yml`.

It never names a diagnosis: a fit says what commonly goes with such answers, and "nothing stands out" is one too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pydantic import Field, root_validator

from backstride.checked_yaml import FrozenModel, YamlMap, check, line_of, read_yaml
from backstride.errors import KnowledgeError, Problem
from backstride.knowledge import Knowledge, Source, load_knowledge
from backstride.questionnaire import CONDITIONS, Questionnaire, QuestionnaireFile, Value, chosen_of, load_questionnaires
from backstride.return_to_run import distance
from backstride.settings import ROOT

FILE_NAME = "plan.yml"
_MOST_FITS = 2
_MOST_EXERCISES = 3
_DAYS_A_WEEK = 7
# Under this a distance is no run to compare with.
_SHORTEST_RUN_KM = 0.1
_TWO_WEEKS, _SIX_WEEKS = timedelta(weeks=2), timedelta(weeks=6)
# What the answers hold besides the questions and facts of the questionnaire.
_DERIVED = frozenset({"jump_percent", "usual_jump_percent", "weeks"})
# By how much the run was longer, and than what; the first that is known counts.
_JUMPS = {"jump_percent": "longest_run_km", "usual_jump_percent": "usual_run_km"}


class Range(FrozenModel):
    """A number within bounds, both included."""

    at_least: float | None = None
    at_most: float | None = None

    def holds(self, number: float) -> bool:
        """Return whether a number lies within."""
        return (self.at_least is None or number >= self.at_least) and (self.at_most is None or number <= self.at_most)


When = Mapping[str, Range | tuple[str, ...]]


class Fit(FrozenModel):
    """A rule for what commonly goes with some answers."""

    entry: str
    when: When
    weight: int
    because: str
    source: Source


class Line(FrozenModel):
    """A line of the plan, with the entry behind it; of the lines about one thing only the first counts."""

    text: str
    about: str | None = None
    entry: str | None = None
    when: When = Field(default_factory=dict)


class Exercise(FrozenModel):
    """An exercise that suits some answers."""

    entry: str
    weight: int
    when: When = Field(default_factory=dict)


class MostLines(FrozenModel):
    """How many lines each section may have."""

    today: int
    leave: int
    weeks: int
    run_again: int
    see_someone: int


class PlanTexts(FrozenModel):
    """What is said around the plan."""

    intro: str
    changed: str
    noted: str
    noted_some: str
    noted_none: str
    noted_plainly: str
    fits: str
    fit: str
    nothing_fits: str
    today: str
    leave: str
    exercises: str
    no_exercises: str
    unchecked_exercises: str
    exercises_wait: str
    withheld_leave: str
    withheld_run_again: str
    withheld_see_someone: str
    withheld_see_checked: str
    none_suits: str
    weeks: str
    run_again: str
    see_someone: str
    reasons: str
    reason: str
    reason_of_fit: str
    summary_title: str
    summary_line: str
    summary_signs: str
    summary_no_signs: str
    summary_close: str
    not_said: str
    button_session: str
    button_checks: str
    button_reasons: str
    button_summary: str
    button_run_today: str


class ReturnTexts(FrozenModel):
    """What is said about running today."""

    green: str
    amber: str
    red: str
    red_leg: str
    red_longer: str
    rest_day: str
    test_first: str
    step: str
    next_step: str
    step_up: str
    no_ladder: str
    after: str
    button_ladder: str
    button_light: str
    button_how_far: str
    button_plan: str


class HowFarTexts(FrozenModel):
    """What is said about how far to run."""

    limit: str
    from_nothing: str
    unknown: str
    guide: str


class PlanRules(FrozenModel):
    """The whole of `plan.yml`."""

    fits: tuple[Fit, ...]
    most_lines: MostLines
    today: tuple[Line, ...]
    leave: tuple[Line, ...]
    exercises_wait: tuple[When, ...]
    exercises: tuple[Exercise, ...]
    weeks: tuple[Line, ...]
    run_again: tuple[Line, ...]
    see_someone: tuple[Line, ...]
    texts: PlanTexts
    return_to_run: ReturnTexts
    how_far: HowFarTexts

    @root_validator(skip_on_failure=True)
    def _always_has_a_line(cls, values: dict[str, Any]) -> dict[str, Any]:  # noqa: N805  # pydantic hands over the class
        for section in ("today", "leave", "weeks", "run_again", "see_someone"):
            if not any(not line.when for line in values[section]):
                raise ValueError(f"'{section}' may stay empty; end it with a line without 'when'")
        return values


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What commonly goes with the answers, why in the person's own words, and where that is from."""

    entry: str
    because: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What follows from the answers.

    Args:
        findings: what commonly goes with them, the strongest first; empty where nothing stands out.
        today, leave, weeks, run_again, see_someone: the lines of each section.
        exercises: ids of up to three exercises; empty where none suits.
        entries: the entries of the knowledge file behind all this, each once.
    """

    findings: tuple[Finding, ...]
    today: tuple[str, ...]
    leave: tuple[str, ...]
    exercises: tuple[str, ...]
    weeks: tuple[str, ...]
    run_again: tuple[str, ...]
    see_someone: tuple[str, ...]
    entries: tuple[str, ...]


def load_plan_rules(folder: Path = ROOT / "knowledge") -> PlanRules:
    """Read `plan.yml` of a folder, and hold its names against the knowledge and the check-in's questions.

    Raises:
        KnowledgeError: the file has mistakes, or names an entry, a question or an answer that there is none of.
    """
    path = folder / FILE_NAME
    document = read_yaml(path)
    rules, problems = check(PlanRules, document, path=path)
    if rules is None:
        raise KnowledgeError(problems)
    wrong = list(_wrong_names(path, document, rules, load_knowledge(folder), load_questionnaires(folder)))
    if wrong:
        raise KnowledgeError(wrong)
    return rules


def make_plan(
    answers: Mapping[str, Value],
    rules: PlanRules,
    questions: Questionnaire,
    knowledge: Knowledge,
    *,
    began: date,
    conditions: Collection[str] = (),
) -> Plan:
    """Return the plan for the answers of a check-in.

    Args:
        answers: question or fact to answer; None was skipped.
        rules: `plan.yml`.
        questions: the check-in's questions, for the words of the answers.
        knowledge: the knowledge file, for what an exercise is not for.
        began: the day of the check-in, from which the days of "since" count back.
        conditions: ids of conditions that the person has named.
    """
    known = _with_derived(answers, questions)
    entries: list[str] = []

    def lines(section: str) -> tuple[str, ...]:
        counting = [line for line in getattr(rules, section) if _holds(line.when, known)]
        firsts = {line.about or line.text: line for line in reversed(counting)}
        apart = [line for line in counting if firsts[line.about or line.text] is line]
        taken = apart[: getattr(rules.most_lines, section)]
        entries.extend(line.entry for line in taken if line.entry)
        return tuple(_filled(line.text, known, began) for line in taken)

    findings = _findings(known, rules, questions)
    entries.extend(finding.entry for finding in findings)
    exercises = () if exercises_wait(known, rules) else _exercises(known, rules, knowledge, conditions)
    return Plan(
        findings=findings,
        today=lines("today"),
        leave=lines("leave"),
        exercises=exercises,
        weeks=lines("weeks"),
        run_again=lines("run_again"),
        see_someone=lines("see_someone"),
        entries=tuple(dict.fromkeys((*exercises, *entries))),
    )


def exercises_wait(answers: Mapping[str, Value], rules: PlanRules) -> bool:
    """Return whether the answers are such that somebody looks at the back before any exercise."""
    return any(_holds(when, answers) for when in rules.exercises_wait)


def words_of(question_id: str, value: Value, questions: Questionnaire, *, unit: str = "km") -> str:
    """Return an answer in words, as the summary has it; "" for one that was skipped."""
    if value is None:
        return ""
    if question_id.endswith("_km") and isinstance(value, int | float):
        return distance(float(value), unit)
    question = next((q for q in questions.questions if q.id == question_id), None)
    options = question.options if question is not None else ()
    named = [o.words for o in options if o.id in chosen_of(value)]
    if named:
        return _and(named)
    if question is not None and question.scale is not None:
        return f"{value} of {question.scale.high}"
    return str(value).replace("_", " ")


def since_day(answers: Mapping[str, Value], began: date) -> date | None:
    """Return the day on which the pain began, or None where nobody said."""
    days = answers.get("since")
    return began - timedelta(days=int(days)) if isinstance(days, int | float) else None


def _with_derived(answers: Mapping[str, Value], questions: Questionnaire) -> dict[str, Value]:
    """Return what is known, with what follows from it by counting."""
    known: dict[str, Value] = {key: value for key, value in answers.items() if value is not None}
    known |= questions.shown(answers)
    for name, fact in _JUMPS.items():
        last, before = known.get("last_run_km"), known.get(fact)
        if isinstance(last, int | float) and isinstance(before, int | float) and before >= _SHORTEST_RUN_KM:
            known[name] = 100 * (last / before - 1)
            # The longest run of the month says more than what is usual.
            break
    since = known.get("since")
    if isinstance(since, int | float):
        known["weeks"] = int(since // _DAYS_A_WEEK)
    return known


def _holds(when: When, known: Mapping[str, Value]) -> bool:
    return all(key in known and _matches(wanted, known[key]) for key, wanted in when.items())


def _matches(wanted: Range | tuple[str, ...], value: Value) -> bool:
    if isinstance(wanted, Range):
        return isinstance(value, int | float) and wanted.holds(value)
    return bool(set(chosen_of(value)) & set(wanted))


def _findings(known: Mapping[str, Value], rules: PlanRules, questions: Questionnaire) -> tuple[Finding, ...]:
    found: dict[str, tuple[int, Finding]] = {}
    for rule in sorted(rules.fits, key=lambda rule: -rule.weight):
        if rule.entry not in found and _holds(rule.when, known):
            unit = str(known.get("unit", "km"))
            because = rule.because.format(
                words=_and(list(_chosen_words(rule.when, known, questions))),
                last_run=words_of("last_run_km", known.get("last_run_km"), questions, unit=unit),
                longest_run=words_of("longest_run_km", known.get("longest_run_km"), questions, unit=unit),
                usual_run=words_of("usual_run_km", known.get("usual_run_km"), questions, unit=unit),
            )
            found[rule.entry] = (rule.weight, Finding(entry=rule.entry, because=because, source=rule.source.name))
    return tuple(finding for _, finding in list(found.values())[:_MOST_FITS])


def _chosen_words(when: When, known: Mapping[str, Value], questions: Questionnaire) -> Iterable[str]:
    for key, wanted in when.items():
        if not isinstance(wanted, Range):
            for option in questions.question(key).options:
                if option.id in wanted and option.id in chosen_of(known[key]):
                    yield option.words


def _exercises(
    known: Mapping[str, Value], rules: PlanRules, knowledge: Knowledge, conditions: Collection[str]
) -> tuple[str, ...]:
    named = {*conditions, *chosen_of(known.get(CONDITIONS, ()))}
    suiting = [
        exercise
        for exercise in rules.exercises
        if _holds(exercise.when, known) and not knowledge.exclusions(knowledge.entry(exercise.entry), named)
    ]
    heaviest = sorted(suiting, key=lambda exercise: -exercise.weight)
    return tuple(dict.fromkeys(exercise.entry for exercise in heaviest))[:_MOST_EXERCISES]


def _filled(text: str, known: Mapping[str, Value], began: date) -> str:
    start = since_day(known, began) or began
    return text.format(two_weeks=_day(start + _TWO_WEEKS), six_weeks=_day(start + _SIX_WEEKS))


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1] if words else ""


def _wrong_names(
    path: Path, document: YamlMap, rules: PlanRules, knowledge: Knowledge, questionnaires: QuestionnaireFile
) -> Iterable[Problem]:
    """Yield what names an entry, a question or an answer that does not exist."""
    check_in = questionnaires.questionnaires["check_in"]
    options = {question.id: {option.id for option in question.options} for question in check_in.questions}
    known = {*options, *(fact.id for fact in check_in.facts), *_DERIVED}
    for section in ("fits", "today", "leave", "exercises", "weeks", "run_again", "see_someone"):
        for number, rule in enumerate(getattr(rules, section)):
            line = line_of(document, [section, number])
            name = f"{section}[{number + 1}]"
            if rule.entry is not None and rule.entry not in knowledge.entries:
                wrong = f"'entry' names {rule.entry!r}, which back_pain.yml does not have"
                yield Problem(path=path, line=line, entry=name, wrong=wrong, mend="correct the name")
            for key, wanted in rule.when.items():
                if key not in known:
                    wrong = f"'when' names {key!r}, which the check-in does not ask"
                    yield Problem(path=path, line=line, entry=name, wrong=wrong, mend=f"write one of {sorted(known)}")
                elif not isinstance(wanted, Range) and key in options:
                    for option in set(wanted) - options[key]:
                        wrong = f"'when' names the answer {option!r}, which {key!r} does not have"
                        mend = f"write one of {sorted(options[key])}"
                        yield Problem(path=path, line=line, entry=name, wrong=wrong, mend=mend)
