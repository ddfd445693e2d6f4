"""The knowledge as frozen typed entries: every word of health advice that the assistant says.

`back_pain.yml` holds causes, relief, prevention, exercises and the way back to running; `conditions.yml` what
changes the advice for a person; `related_articles.yml` titles that the assistant knows by name only. Loading checks
everything and names all mistakes at once, in words for the trainers who write these files.
"""

# No "from __future__ import annotations" here: pydantic reads the annotations when the classes are made.

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import Field, StrictInt, validator

from backstride.checked_yaml import FrozenModel, YamlList, YamlMap, check, line_of, parse_yaml, shown
from backstride.errors import KnowledgeError, Problem
from backstride.settings import ROOT

GROUPS = ("cause", "relief", "prevent", "exercise", "return")

# Groups that load the body: a professional's advice comes first where a condition says so.
_GROUPS_OF_LOADING = frozenset({"exercise", "return"})

MAX_TITLE = 24
MAX_SUMMARY = 80
MAX_ANSWER = 320
MAX_RELATED = 5

_ENTRY_ID = re.compile(rf"(?:{'|'.join(GROUPS)})\.[a-z][a-z0-9_]*")
_CONDITION_ID = re.compile(r"[a-z][a-z0-9_]*")
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")

_SMALL_LETTERS = "small letters, digits and _"
_ENTRY_NAMES = f"a name starts with {'., '.join(GROUPS[:-1])}. or {GROUPS[-1]}. and goes on in {_SMALL_LETTERS}"
_CONDITION_NAMES = f"write a name in {_SMALL_LETTERS}, such as sore_knee"

_Model = TypeVar("_Model", bound=FrozenModel)


class Strength(str, Enum):
    """How sure the evidence is, strongest first."""

    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"
    VERY_LOW = "very_low"
    CONSENSUS = "consensus"


class Step(FrozenModel):
    """One thing to do.

    Args:
        text: what to do.
        hold_seconds: how long to hold, 1 or more.
        repetitions: how many times, 1 or more; on the step that is repeated.
        each_side: both sides take a turn.
    """

    text: str
    hold_seconds: StrictInt | None = None
    repetitions: StrictInt | None = None
    each_side: bool = False

    @validator("hold_seconds")
    @classmethod
    def _hold_lasts(cls, seconds: int | None) -> int | None:
        return _one_or_more(seconds, "a hold lasts 1 second or more")

    @validator("repetitions")
    @classmethod
    def _is_repeated(cls, times: int | None) -> int | None:
        return _one_or_more(times, "a step is done 1 time or more")


class Evidence(FrozenModel):
    """What studies found, in plain words, and how sure that is."""

    says: str
    strength: Strength


class Source(FrozenModel):
    """Who said it, when, and in what."""

    body: str
    year: StrictInt | None = None
    what: str | None = None

    @property
    def name(self) -> str:
        """The body with the year, where there is one."""
        return f"{self.body} {self.year}" if self.year else self.body

    @validator("year")
    @classmethod
    def _is_a_year(cls, year: int | None) -> int | None:
        if year is not None and not 1900 <= year <= date.max.year:  # noqa: PLR2004 - no source here is older
            raise ValueError("write the year with four digits, such as 2020")
        return year


class Exclusion(FrozenModel):
    """Somebody whom an entry does not suit.

    Args:
        condition: the id of a condition.
        why: a clause that reads well after "because", without a full stop.
    """

    condition: str
    why: str


class Check(FrozenModel):
    """Who checked an entry against its sources, and when; which clinician reviewed it, if one did."""

    on: date
    by: str
    clinician: str | None = None

    @validator("on", pre=True)
    @classmethod
    def _is_written_out(cls, day: object) -> object:
        # pydantic alone would read a number as seconds since 1970.
        if isinstance(day, datetime) or not isinstance(day, date | str):
            raise ValueError("write a date such as 2026-11-23")  # noqa: TRY004 - pydantic's own kind of error
        if isinstance(day, str) and not _ISO_DATE.fullmatch(day):
            raise ValueError("write a date such as 2026-11-23")
        return day


class Entry(FrozenModel):
    """One thing that the assistant knows: a cause, a relief, a prevention tip, an exercise, a step back to running.

    Args:
        id: group and name with a dot between, such as relief.heat.
        title: a short noun phrase; it stands on the entry's button.
        summary: one short line for a numbered list.
        answer: the point in one to three sentences.
        detail: more, for somebody who asks.
        why: why it happens, or why it works or is believed to.
        how_long: a short answer to "how long?".
        how_often: a short answer to "how often?".
        steps: what to do, in order; an exercise has at least one.
        dose: how many, how many rounds.
        evidence: what studies found.
        correction: where common advice is wrong or thin, in kind words.
        cautions: what to watch for; the most important one first.
        not_for: whom it does not suit.
        easier: an easier version.
        sources: where it comes from; at least one, the best one first.
        related: ids of what to look at next; of a group's introduction the points of the overview.
        names: other words that people use for it.
        asked_with: the entry whose question may name this one; the group's introduction where it is left out.
        picture: the name of a file in knowledge/images.
        checked: who checked it and when.
    """

    id: str
    title: str = Field(max_length=MAX_TITLE)
    summary: str = Field(max_length=MAX_SUMMARY)
    answer: str = Field(max_length=MAX_ANSWER)
    detail: str | None = None
    why: str
    how_long: str | None = None
    how_often: str | None = None
    steps: tuple[Step, ...] = ()
    dose: str | None = None
    evidence: Evidence
    correction: str | None = None
    cautions: tuple[str, ...] = ()
    not_for: tuple[Exclusion, ...] = ()
    easier: str | None = None
    sources: tuple[Source, ...]
    related: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    asked_with: str | None = None
    picture: str | None = None
    checked: Check

    @property
    def group(self) -> str:
        """The part of the id before the dot: one of GROUPS."""
        return self.id.partition(".")[0]

    @validator("steps", pre=True)
    @classmethod
    def _lines_are_steps(cls, steps: object) -> object:
        # A trainer may write a step that is only text as a plain line.
        if not isinstance(steps, Sequence) or isinstance(steps, str):
            return steps
        return [{"text": step} if isinstance(step, str) else step for step in steps]

    @validator("steps", always=True)
    @classmethod
    def _exercise_has_steps(cls, steps: tuple[Step, ...], values: Mapping[str, Any]) -> tuple[Step, ...]:
        if not steps and str(values.get("id", "")).startswith("exercise."):
            raise ValueError("an exercise needs at least one step: say what to do, one line a step")
        return steps

    @validator("sources")
    @classmethod
    def _has_a_source(cls, sources: tuple[Source, ...]) -> tuple[Source, ...]:
        if not sources:
            raise ValueError("name at least one source that was really read")
        return sources

    @validator("related")
    @classmethod
    def _relates_to_few(cls, related: tuple[str, ...]) -> tuple[str, ...]:
        if len(related) > MAX_RELATED:
            raise ValueError(f"name {MAX_RELATED} at most: the ones to look at next")
        return related


class Condition(FrozenModel):
    """Something about a person that changes what suits them.

    Args:
        id: its name in not_for.
        label: reads well after "with", such as "a sore knee".
        phrases: words that people use for it.
        part: words for the part of the body; said to be fine again, it takes the condition back.
        general: what holds for everybody with it.
        see_first: a professional's advice comes before any exercise.
        why_first: with see_first, a clause that reads well after "because".
    """

    id: str
    label: str
    phrases: tuple[str, ...]
    part: tuple[str, ...] = ()
    general: str
    see_first: bool
    why_first: str | None = None

    @validator("phrases")
    @classmethod
    def _can_be_heard(cls, phrases: tuple[str, ...]) -> tuple[str, ...]:
        if not phrases or not all(map(_words_of, phrases)):
            raise ValueError("write at least one phrase, each with words that people type")
        return phrases


class Article(FrozenModel):
    """An article that the assistant knows by its title only.

    Args:
        title: as it was published.
        about: what the title itself tells; reads well after "about".
    """

    title: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """All that the assistant knows.

    Args:
        entries: by id, in the order of the file.
        conditions: by id, in the order of the file.
        articles: in the order of the file.
    """

    entries: Mapping[str, Entry]
    conditions: Mapping[str, Condition]
    articles: tuple[Article, ...] = ()
    _heard: Mapping[str, re.Pattern[str]] = field(init=False, repr=False, compare=False)
    _parts: Mapping[str, re.Pattern[str]] = field(init=False, repr=False, compare=False)
    _any: re.Pattern[str] = field(init=False, repr=False, compare=False)  # most messages name no condition at all

    def __post_init__(self) -> None:
        heard = {condition.id: _pattern_of(condition.phrases) for condition in self.conditions.values()}
        parts = {condition.id: _pattern_of(condition.part) for condition in self.conditions.values() if condition.part}
        object.__setattr__(self, "_heard", heard)
        object.__setattr__(self, "_parts", parts)
        phrases = [phrase for condition in self.conditions.values() for phrase in (*condition.phrases, *condition.part)]
        object.__setattr__(self, "_any", _pattern_of(tuple(phrases)))
        object.__setattr__(self, "entries", MappingProxyType(dict(self.entries)))
        object.__setattr__(self, "conditions", MappingProxyType(dict(self.conditions)))

    def entry(self, entry_id: str) -> Entry:
        """Return the entry with this id.

        Raises:
            KeyError: there is none; the message names those that look alike.
        """
        try:
            return self.entries[entry_id]
        except KeyError:
            near = difflib.get_close_matches(entry_id, self.entries)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise KeyError(f"the knowledge has no entry '{entry_id}'{hint}") from None

    def of_group(self, group: str) -> tuple[Entry, ...]:
        """Return the entries of a group in the order of the file, its introduction (`.general`) among them."""
        return tuple(entry for entry in self.entries.values() if entry.group == group)

    def related_to(self, entry: Entry) -> tuple[Entry, ...]:
        """Return the entries to look at next, in the order that the entry names them."""
        return tuple(self.entry(entry_id) for entry_id in entry.related)

    def conditions_in(self, text: str) -> tuple[Condition, ...]:
        """Return the conditions whose phrases a text holds, in the order of the file.

        Whole words only; capitals, apostrophes, hyphens and line breaks make no difference. What is denied right
        there ("not pregnant", "no knee pain", "the knee pain is gone") does not count.
        """
        words = _words_of(text)
        if not self._any.search(words):
            return ()
        clauses = [_words_of(clause) for clause in _CLAUSE_ENDS.split(text)]
        return tuple(
            condition for condition in self.conditions.values() if self._is_named(condition.id, words, clauses)
        )

    def conditions_over_in(self, text: str) -> tuple[Condition, ...]:
        """Return the conditions that a text takes back ("not pregnant", "my knee is fine now"), in the file's order.

        "My hip replacement is fine" takes nothing back: where a professional comes first, only a no does.
        """
        if not self._any.search(_words_of(text)):
            return ()
        named = {condition.id for condition in self.conditions_in(text)}
        clauses = [_words_of(clause) for clause in _CLAUSE_ENDS.split(text)]
        return tuple(
            condition
            for condition in self.conditions.values()
            if condition.id not in named and self._is_over(condition, clauses)
        )

    def _is_over(self, condition: Condition, clauses: Sequence[str]) -> bool:
        heard, part = self._heard[condition.id], self._parts.get(condition.id)
        for clause in clauses:
            if any(_DENIED_BEFORE.search(clause[: match.start()]) for match in heard.finditer(clause)):
                return True
            names = [] if condition.see_first else [heard] if part is None else [heard, part]
            if any(_GONE_BEHIND.match(clause[match.end() :]) for name in names for match in name.finditer(clause)):
                return True
        return False

    def _is_named(self, condition_id: str, words: str, clauses: Sequence[str]) -> bool:
        pattern = self._heard[condition_id]
        if not pattern.search(words):
            return False
        found = [(clause, match) for clause in clauses for match in pattern.finditer(clause)]
        # A phrase that goes past the end of a clause is in none of them.
        return not found or any(not _is_denied(clause, match.start(), match.end()) for clause, match in found)

    def exclusions(self, entry: Entry, condition_ids: Iterable[str]) -> tuple[Exclusion, ...]:
        """Return why an entry does not suit somebody with these conditions; empty where nothing speaks against it.

        What the entry says itself comes first. An exercise or a step back to running does not suit either where a
        condition asks for a professional first, whether or not the entry names the condition.
        """
        asked = tuple(dict.fromkeys(condition_ids))
        own = tuple(exclusion for exclusion in entry.not_for if exclusion.condition in asked)
        if entry.group not in _GROUPS_OF_LOADING:
            return own
        named = {exclusion.condition for exclusion in own}
        first = (
            self.conditions[condition_id]
            for condition_id in asked
            if condition_id in self.conditions and condition_id not in named
        )
        return own + tuple(
            Exclusion(condition=condition.id, why=condition.why_first or condition.general)
            for condition in first
            if condition.see_first
        )


def load_knowledge(folder: Path = ROOT / "knowledge") -> Knowledge:
    """Read `back_pain.yml`, `conditions.yml` and `related_articles.yml` of a folder.

    Raises:
        KnowledgeError: with every mistake of all three files.
    """
    problems: list[Problem] = []
    path = folder / "back_pain.yml"
    document, head = _read(path, _EntriesHead, problems)
    entry_blocks = _named_blocks(path, document, "entries", _ENTRY_ID, _ENTRY_NAMES, problems)
    entry_names = _names(document, "entries")
    default = head.checked if head else _NEVER_CHECKED
    entries = [
        _checked(Entry, block, problems, id=block.name, **({} if "checked" in block.node else {"checked": default}))
        for block in entry_blocks
    ]

    path = folder / "conditions.yml"
    document, _ = _read(path, _ConditionsHead, problems)
    condition_blocks = _named_blocks(path, document, "conditions", _CONDITION_ID, _CONDITION_NAMES, problems)
    condition_names = _names(document, "conditions")
    conditions = [_checked(Condition, block, problems, id=block.name) for block in condition_blocks]

    path = folder / "related_articles.yml"
    document, _ = _read(path, _ArticlesHead, problems)
    articles = [
        _checked(Article, block, problems) for block in _listed_blocks(path, document, "articles", "article", problems)
    ]

    problems += _wrong_relations(entry_blocks, entry_names)
    if condition_names:  # else the file itself is wrong, which is told already
        problems += _unknown_conditions(entry_blocks, condition_names)
    problems += _missing_pictures(entry_blocks, folder / "images")
    problems += _shared_names(entry_blocks)
    if problems:
        raise KnowledgeError(problems)
    return Knowledge(
        entries={entry.id: entry for entry in entries if entry},
        conditions={condition.id: condition for condition in conditions if condition},
        articles=tuple(article for article in articles if article),
    )


class _EntriesHead(FrozenModel):
    checked: Check
    entries: dict[Any, Any]


class _ConditionsHead(FrozenModel):
    conditions: dict[Any, Any]


class _ArticlesHead(FrozenModel):
    articles: list[Any]


# Stands in where the file's own check is wrong, so that this is told once and not again for each entry.
_NEVER_CHECKED = Check(on=date.min, by="nobody")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """One entry, condition or article as its file holds it, with the line of its name."""

    path: Path
    name: str
    line: int
    node: YamlMap

    def problem(self, wrong: str, mend: str, *place: str | int) -> Problem:
        """Say what is wrong at a place inside the block."""
        return Problem(path=self.path, line=line_of(self.node, place), entry=self.name, wrong=wrong, mend=mend)

    def listed(self, key: str) -> list[tuple[int, Any]]:
        """Return the items of a list with their indexes; none where there is no list."""
        items = self.node.get(key)
        return list(enumerate(items)) if isinstance(items, YamlList) else []


def _read(path: Path, model: type[_Model], problems: list[Problem]) -> tuple[YamlMap, _Model | None]:
    """Read a file and check its outermost keys."""
    document, found = parse_yaml(path)
    problems += found
    if document is None:
        return YamlMap(), None
    head, found = check(model, document, path=path)
    problems += found
    return document, head


def _named_blocks(
    path: Path, document: YamlMap, key: str, allowed: re.Pattern[str], mend: str, problems: list[Problem]
) -> list[_Block]:
    """Return the blocks of a mapping, and note those with a wrong name and those that are no block."""
    nodes = document.get(key)
    blocks = []
    for name, node in nodes.items() if isinstance(nodes, YamlMap) else ():
        line = line_of(document, (key, name))
        if not isinstance(name, str) or not allowed.fullmatch(name):
            problems.append(Problem(path=path, line=line, entry="", wrong=f"'{name}' cannot be a name", mend=mend))
        blocks += _block(path, str(name), line, node, problems)
    return blocks


def _names(document: YamlMap, key: str) -> set[str]:
    """Return the names in a mapping, also of what is wrong inside: a relation to it does not dangle."""
    nodes = document.get(key)
    return {str(name) for name in nodes} if isinstance(nodes, YamlMap) else set()


def _listed_blocks(path: Path, document: YamlMap, key: str, name: str, problems: list[Problem]) -> list[_Block]:
    """Return the blocks of a list, and note what is no block."""
    nodes = document.get(key)
    blocks = []
    for index, node in enumerate(nodes) if isinstance(nodes, YamlList) else ():
        blocks += _block(path, f"{name} {index + 1}", line_of(document, (key, index)), node, problems)
    return blocks


def _block(path: Path, name: str, line: int, node: object, problems: list[Problem]) -> list[_Block]:
    if isinstance(node, YamlMap):
        return [_Block(path=path, name=name, line=line, node=node)]
    mend = "write 'key: value' lines below it, indented"
    problems.append(Problem(path=path, line=line, entry=name, wrong=f"it is {shown(node)}", mend=mend))
    return []


def _checked(model: type[_Model], block: _Block, problems: list[Problem], **given: object) -> _Model | None:
    checked, found = check(model, block.node, path=block.path, entry=block.name, line=block.line, given=given)
    problems += found
    return checked


def _wrong_relations(blocks: Sequence[_Block], known: set[str]) -> Iterator[Problem]:
    for block in blocks:
        seen: set[str] = set()
        for index, related in block.listed("related"):
            if not isinstance(related, str):
                continue  # the model has refused it
            wrong = f"'related.{index + 1}' is '{related}'"
            if related == block.name:
                yield block.problem(f"{wrong}, the entry itself", "name another one or remove it", "related", index)
            elif related not in known:
                mend = f"no entry has this name: {_nearest(related, known)}"
                yield block.problem(wrong, mend, "related", index)
            elif related in seen:
                yield block.problem(f"{wrong} a second time", "keep one of the two", "related", index)
            seen.add(related)
        asked_with = block.node.get("asked_with")
        if isinstance(asked_with, str) and asked_with not in known:
            mend = f"no entry has this name: {_nearest(asked_with, known)}"
            yield block.problem(f"'asked_with' is '{asked_with}'", mend, "asked_with")


def _unknown_conditions(blocks: Sequence[_Block], known: set[str]) -> Iterator[Problem]:
    for block in blocks:
        for index, exclusion in block.listed("not_for"):
            condition = exclusion.get("condition") if isinstance(exclusion, YamlMap) else None
            if isinstance(condition, str) and condition.strip() and condition not in known:
                yield block.problem(
                    f"'not_for.{index + 1}.condition' is '{condition}'",
                    f"conditions.yml has none of this name: {_nearest(condition, known)}",
                    "not_for",
                    index,
                    "condition",
                )


def _missing_pictures(blocks: Sequence[_Block], images: Path) -> Iterator[Problem]:
    for block in blocks:
        picture = block.node.get("picture")
        if not isinstance(picture, str) or not picture.strip():
            continue
        # A name that leads out of the folder is refused as well: the file is sent to browsers.
        if picture not in {file.name for file in images.glob("*") if file.is_file()}:
            yield block.problem(
                f"'picture' is '{picture}'", f"put a file of this name into {images}, or remove the key", "picture"
            )


def _shared_names(blocks: Sequence[_Block]) -> Iterator[Problem]:
    """Find names that two entries of a group share: somebody who says one could mean either."""
    first: dict[tuple[str, str], str] = {}
    for block in blocks:
        group = block.name.partition(".")[0]
        for index, name in [(-1, block.node.get("title")), *block.listed("names")]:
            if not isinstance(name, str):
                continue
            owner = first.setdefault((group, _words_of(name)), block.name)
            if owner != block.name:
                where = "title" if index < 0 else f"names.{index + 1}"
                place = ("title",) if index < 0 else ("names", index)
                yield block.problem(
                    f"'{where}' is '{name}', which {owner} is called too", "keep it at one of the two", *place
                )


_CLAUSE_ENDS = re.compile(r"[,.;:!?\n]+|\bbut\b", re.IGNORECASE)
_DENIED_BEFORE = re.compile(
    r"(?<!\w)(?:no|not|never|without|dont have|do not have|doesnt have|havent|have not)"
    r"(?: (?:a|an|any|my|the|got|had|have|been))* $"
)
_GONE_BEHIND = re.compile(
    r" (?:is|are|has|have|feels?|seems?)(?: (?:all|now|totally|completely|perfectly|absolutely|really|both))*"
    r" (?:fine|ok|okay|alright|gone|healed|sorted|normal|good now|better now)"
    r"(?! (?:when|if|unless|except|until|as))(?!\w)"
    r"| (?:does not|doesnt|do not|dont) hurt (?:any more|anymore|now)(?!\w)"
    r"| (?:no longer hurts?|(?:has |have )?stopped hurting)(?!\w)"
)


def _is_denied(words: str, start: int, end: int) -> bool:
    return bool(_DENIED_BEFORE.search(words[:start]) or _GONE_BEHIND.match(words[end:]))


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean '{near[0]}'?" if near else "correct its spelling or remove it"


def _one_or_more(number: int | None, mend: str) -> int | None:
    if number is not None and number < 1:
        raise ValueError(mend)
    return number


def _words_of(text: str) -> str:
    """Return the words of a text as phrases are compared: small letters, no apostrophes, one space between."""
    return " ".join(re.sub(r"[^\w]+", " ", re.sub(r"['’`´]", "", text.casefold())).split())


def _pattern_of(phrases: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(_words_of(phrase)) for phrase in phrases)})(?!\w)")
