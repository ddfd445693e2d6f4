"""The questionnaires of `knowledge/questionnaires.yml` as frozen typed values: questions, options, texts.

How one is held is `interview.py`'s.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import root_validator

from backstride.checked_yaml import FrozenModel, check, line_of, read_yaml, unknown_name
from backstride.errors import KnowledgeError, Problem
from backstride.settings import ROOT

FILE_NAME = "questionnaires.yml"
# What of an answer names warning signs.
_SIGN_KEYS = ("flags", "hints", "asks", "rules_out")
# What answers are kept under that no question asks for: the conditions that the person has named.
CONDITIONS = "conditions"
# And the unit in which distances are said: "km" or "mi".
UNIT = "unit"
# The fact of how far somebody is on the walk-run ladder.
WEEK = "week"

# An answer: a number, an option's id, or several ids; None was skipped.
Value = int | float | str | tuple[str, ...] | None


class Scale(FrozenModel):
    """A number from `low` to `high`."""

    low: int
    high: int


class Beyond(FrozenModel):
    """What two numbers that were told say: the one is so much more than the other.

    Args:
        fact: the one.
        than: the other: the first of these that is known.
        percent: how much more it must be at least.
    """

    fact: str
    than: tuple[str, ...]
    percent: float

    def holds(self, answers: Mapping[str, Value]) -> bool:
        """Return whether it is so much more."""
        more = answers.get(self.fact)
        known = (answers[other] for other in self.than if answers.get(other) is not None)
        less = next(known, None)
        if not isinstance(more, int | float) or not isinstance(less, int | float):
            return False
        return less > 0 and 100 * (more / less - 1) >= self.percent


class Option(FrozenModel):
    """One answer to choose.

    Args:
        id: its name in rules and in what is kept.
        title: what its button says; an answer without one can be given in words only.
        words: how it reads in the summary, after the question's label.
        value: the number that it stands for, where the answer is a number.
        says: phrases that mean it as an answer, in the syntax of `language/phrases.py`.
        told: phrases that mean it in any message, asked or not.
        asked: everyday words that mean it only while the question is open: "short", "slow".
        not_so: phrases that hold its words and mean something else: "weak core" is no weak leg.
        flags: warning signs that it stands for; the safety rules look at them at once.
        hints: warning signs that its words only hint at where they answer the question; their own questions follow.
        asks: warning signs whose own questions come before the result where it was answered.
        rules_out: warning signs whose own questions it answers with no.
        alone: whether it holds only where no other option does ("none of these").
        beside: whether its words count beside what the question's entity is read from.
        shown_by: numbers that answer the question so without its being asked.
    """

    id: str
    title: str | None = None
    words: str
    value: int | None = None
    says: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    not_so: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    rules_out: tuple[str, ...] = ()
    alone: bool = False
    beside: bool = False
    shown_by: Beyond | None = None


class Item(FrozenModel):
    """Something that is known of the person, asked for or not.

    Args:
        id: its name in rules and in what is kept.
        label: its name in the summary.
        recap: how an answer reads where the person is told what is known of them, around its {words}.
        now: the same where the person has changed it, around its {words} or its {value}.
        entity: what fills it when it is mentioned anywhere.
        role: the role that the entity must have.
        not_role: roles that it must not have.
        most: whether of several numbers the highest stands rather than the last.
    """

    id: str
    label: str
    recap: str = "{words}"
    now: str | None = None
    entity: str | None = None
    role: str | None = None
    not_role: tuple[str, ...] = ()
    most: bool = False

    def is_named_by(self, entity: str, role: str | None) -> bool:
        """Return whether an entity in a role fills it."""
        return entity == self.entity and self.role in (None, role) and role not in self.not_role


class Fact(Item):
    """Something worth knowing that is never asked for: a distance that was mentioned, an age.

    Args:
        number_after: the word whose number fills it: "week" for "week 3".
    """

    number_after: str | None = None


class Question(Item):
    """One question.

    Args:
        ask: what the person is asked.
        why: the answer to "why do you ask?".
        means: the answer to "what do you mean?".
        several: whether more than one option may hold.
        gathers: whether more than one may hold where it is answered in words, though one button is enough.
        either: answers of which one holds at a time, such as left and right; a correction changes only its own kind.
        options: what can be answered.
        scale: the number that can be answered.
        frame: a sentence around a bare answer in which the entity is read: "back pain since {answer}".
        unit: what a number alone is counted in: "km".
        yes, no: the option that a plain yes or no stands for.
        only: it is asked only where another question has one of these answers.
        unless: it is left out where another question or fact has one of these answers; "known" is any.
    """

    ask: str
    why: str
    means: str
    several: bool = False
    gathers: bool = False
    either: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    scale: Scale | None = None
    frame: str = "{answer}"
    unit: str | None = None
    yes: str | None = None
    no: str | None = None
    only: Mapping[str, tuple[str, ...]] = {}
    unless: Mapping[str, tuple[str, ...]] = {}

    @property
    def is_about_signs(self) -> bool:
        """Whether an answer stands for a warning sign: it counts only where the question was asked."""
        return any(option.flags for option in self.options)

    @root_validator(skip_on_failure=True)
    def _can_be_answered(cls, values: dict[str, Any]) -> dict[str, Any]:  # noqa: N805  # pydantic hands over the class
        ids = [option.id for option in values["options"]]
        if not ids and values["entity"] is None:
            raise ValueError("nothing answers it; give it options or an entity")
        if len(set(ids)) < len(ids):
            raise ValueError("two options have the same id; rename one")
        for word in ("yes", "no"):
            if values[word] is not None and values[word] not in ids:
                raise ValueError(f"{word!r} names {values[word]!r}, which is no option; write one of {ids}")
        for unknown in set(values["either"]) - set(ids):
            raise ValueError(f"'either' names {unknown!r}, which is no option; write some of {ids}")
        return values

    @property
    def tappable(self) -> tuple[Option, ...]:
        """The options that have a button, in their order."""
        return tuple(option for option in self.options if option.title is not None)

    def is_called(self, answers: Mapping[str, Value]) -> bool:
        """Return whether other answers call for it; a question without `only` needs none."""
        return all(set(chosen_of(answers.get(other))) & set(values) for other, values in self.only.items())

    def is_left_out(self, answers: Mapping[str, Value]) -> bool:
        """Return whether the answers make it needless."""
        return not self.is_called(answers) or any(
            other in answers and ("known" in values or bool(set(chosen_of(answers[other])) & set(values)))
            for other, values in self.unless.items()
        )

    def together(self, before: Value, now: Value, *, corrects: bool) -> Value:
        """Return an answer beside the one that was given before, where both hold.

        "The left side" is said beside "lower back", and takes the place of "the right side"; "never lift" is said
        beside "desk job".

        Args:
            before: the answer so far.
            now: what is said now.
            corrects: whether it takes back what is of its own kind.
        """
        said = chosen_of(now)
        alone = {option.id for option in self.options if option.alone}
        if not (self.gathers or self.several) or before is None or not said or not alone.isdisjoint(said):
            return now
        kinds = {option in self.either for option in said}
        replaced = kinds if corrects else kinds & {True}
        kept = [o for o in chosen_of(before) if o not in alone and (o in self.either) not in replaced]
        return tuple(dict.fromkeys((*kept, *said)))

    def option(self, option_id: str) -> Option:
        """Return an option.

        Raises:
            KeyError: it has none of that id.
        """
        for option in self.options:
            if option.id == option_id:
                return option
        raise KeyError(option_id)


class Questionnaire(FrozenModel):
    """A short conversation of questions.

    Args:
        intents: messages understood so begin it.
        phrases: and messages that hold one of these.
        phrases_beside: and those that hold one of these and hardly more, or answers to all of its questions.
        complaints: what makes it worth offering beside the answer to something else.
        complaints_first: what makes it come before the answer to whether one may run.
        opening: what is said before the first question, if anything.
        opening_referred: what is said instead right behind a referral that can wait.
        opening_told: what is said instead where the first message leaves nothing to ask.
        questions: in the order in which they are asked.
        facts: what is picked up by the way.
        shows: what can be asked for once all is answered, and phrases that ask for it.
    """

    intents: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    phrases_beside: tuple[str, ...] = ()
    complaints: tuple[str, ...] = ()
    complaints_first: tuple[str, ...] = ()
    opening: str | None = None
    opening_referred: str | None = None
    opening_told: str | None = None
    questions: tuple[Question, ...]
    facts: tuple[Fact, ...] = ()
    shows: Mapping[str, tuple[str, ...]] = {}

    @property
    def items(self) -> tuple[Item, ...]:
        """All that it may know: facts and questions."""
        return (*self.facts, *self.questions)

    def question(self, question_id: str) -> Question:
        """Return a question.

        Raises:
            KeyError: there is none of that id.
        """
        for question in self.questions:
            if question.id == question_id:
                return question
        raise KeyError(question_id)

    def signs_to_ask(self, answers: Mapping[str, Value]) -> tuple[str, ...]:
        """Return the warning signs whose own questions the answers call for, each once."""
        return tuple(dict.fromkeys(flag for option in self._chosen(answers) for flag in option.asks))

    def signs_ruled_out(self, answers: Mapping[str, Value]) -> tuple[str, ...]:
        """Return the warning signs whose own questions the answers answer with no, each once."""
        return tuple(dict.fromkeys(flag for option in self._chosen(answers) for flag in option.rules_out))

    def _chosen(self, answers: Mapping[str, Value]) -> Iterator[Option]:
        for question in self.questions:
            chosen = chosen_of(answers.get(question.id))
            yield from (option for option in question.options if option.id in chosen)

    def shown(self, answers: Mapping[str, Value]) -> dict[str, Value]:
        """Return the answers that need no question, because numbers that were told give them.

        Args:
            answers: what is known; a question that was skipped counts as open.
        """
        return {
            question.id: (option.id,) if question.several else option.id
            for question in self.questions
            if answers.get(question.id) is None
            for option in question.options
            if option.shown_by is not None and option.shown_by.holds(answers)
        }


class Commands(FrozenModel):
    """How people steer a led conversation, in the syntax of `language/phrases.py`."""

    skip: tuple[str, ...]
    back: tuple[str, ...]
    stop: tuple[str, ...]
    resume: tuple[str, ...]
    finish: tuple[str, ...]
    explain: tuple[str, ...]
    not_these: tuple[str, ...]
    how_many: tuple[str, ...]
    correct: tuple[str, ...]
    turns: tuple[str, ...]
    repeats: tuple[str, ...]
    besides: tuple[str, ...]


class Texts(FrozenModel):
    """What is said around the questions."""

    why: str
    means: str
    so_far: str
    noted: str
    noted_plainly: str
    known: str
    thanked: str
    how_many: str
    which: str
    unclear: str
    left_out: str
    changed: str
    back_at_start: str
    again: str
    stopped: str
    resumed: str
    unchecked: str
    offer: str
    offer_beside: str
    button_begin: str
    button_plan: str
    button_anew: str
    button_skip: str
    button_why: str
    button_back: str
    button_stop: str
    button_resume: str
    several_hint: str


class QuestionnaireFile(FrozenModel):
    """The whole of `questionnaires.yml`."""

    texts: Texts
    commands: Commands
    lists: Mapping[str, tuple[str, ...]] = {}
    # A word typed in haste, and the word that is meant.
    spellings: Mapping[str, str] = {}
    questionnaires: Mapping[str, Questionnaire]


def load_questionnaires(folder: Path = ROOT / "knowledge") -> QuestionnaireFile:
    """Read `questionnaires.yml` of a folder.

    Raises:
        KnowledgeError: the file has mistakes.
    """
    path = folder / FILE_NAME
    found, problems = check(QuestionnaireFile, read_yaml(path), path=path)
    if found is None:
        raise KnowledgeError(problems)
    return found


def unknown_signs(folder: Path, flags: Collection[str]) -> Iterator[Problem]:
    """Return where an answer of a folder's file names a warning sign that does not exist.

    Args:
        folder: the knowledge folder, whose file has no other mistake.
        flags: the ids of `red_flags.yml`.
    """
    path = folder / FILE_NAME
    node = read_yaml(path)
    for name, questionnaire in load_questionnaires(folder).questionnaires.items():
        for i, question in enumerate(questionnaire.questions):
            for k, option in enumerate(question.options):
                named = [(key, place, flag) for key in _SIGN_KEYS for place, flag in enumerate(getattr(option, key))]
                for key, place, flag in named:
                    if flag not in flags:
                        line = line_of(node, ("questionnaires", name, "questions", i, "options", k, key, place))
                        yield unknown_name(path, line, f"{question.id}.{option.id}", "warning sign", flag, flags)


def signs_of_choice(choice: str, file: QuestionnaireFile) -> tuple[tuple[str, str], ...]:
    """Return the warning signs that a tapped answer stands for, each with the words of its button.

    Args:
        choice: what the button says: "check_in:legs:both".
        file: all questionnaires.
    """
    name, _, rest = choice.partition(":")
    asked, _, tapped = rest.partition(":")
    questionnaire = file.questionnaires.get(name)
    questions = questionnaire.questions if questionnaire is not None else ()
    return tuple(
        (flag, option.title or option.words)
        for question in questions
        if question.id == asked
        for option in question.options
        if option.id == tapped
        for flag in option.flags
    )


def chosen_of(value: Value) -> Sequence[str]:
    """Return the option ids of an answer."""
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str) else ()
