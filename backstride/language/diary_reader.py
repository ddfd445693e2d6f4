"""Read a diary entry from a message: "4 before, 6 after, 8 km", "no run, 2/10", "was 4 went up to 6".

In the diary a bare number is a score unless it has a unit. The words that decide stand in `knowledge/diary.yml`. This
module reads text; it knows nothing of Rasa and of no clock.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from backstride.diary import DiaryEntry, DiaryWords
from backstride.diary_file import SayingWords, load_diary_file
from backstride.language.entities import (
    DISTANCE_KM,
    LONGEST,
    MAX_DISTANCE_KM,
    MAX_RUN_MINUTES,
    MAX_SCORE,
    USUAL,
    EntityReader,
    Found,
    shared_entity_reader,
)
from backstride.language.entities.days import days_named
from backstride.language.entities.message import Message, message_of
from backstride.language.entities.quantities import DAY, HOUR, NUMBERS, Quantity, quantities_in

# An entry is of one of these days; what was further back is no memory to draw a line from.
MAX_DAYS_AGO = 31
_LEAST_KM = 0.4
_BEFORE, _AFTER = "before", "after"
# Distances of runs that the entry is not about.
_OTHER_RUNS = frozenset({LONGEST, USUAL})
_STEP_SIGNS = frozenset({"to", "-", "–", "—", ">", "→", "then"})
_VAGUE_DAYS = frozenset({"week", "month", "year", "other"})
_NOT_RUNNING = frozenset("sitting sat sit desk drive driving drove walk walking walked bike cycling swim lying".split())
# What stands before a number that is no score: "i ran 8", "week 3".
_COUNTED = frozenset("ran did jogged covered week wk day stage lap set session mile km age aged".split())
# "the first one", "one of those days"
_ONE = frozenset({"one", "a", "an"})


@dataclass(frozen=True, slots=True)
class _Mark:
    """A phrase that says when a score was: words from `start` on; a leading one stands before its score."""

    start: int
    label: str
    leads: bool


@dataclass(frozen=True, slots=True)
class _Score:
    """A number that can be a pain score: words `start` to `end`."""

    start: int
    end: int
    value: float


class DiaryReader:
    """Reads messages by the words of the diary's file."""

    def __init__(self, words: SayingWords, entities: EntityReader) -> None:
        self._entities = entities
        self._labels = {
            _BEFORE: _phrases(words.before),
            _AFTER: _phrases(words.after),
        }
        self._leading = frozenset(_phrases(words.leading))
        self._no_run = _phrases(words.no_run)
        self._no_pain = _phrases(words.no_pain)
        self._correction = _phrases(words.correction)
        self._delete = _phrases(words.delete)
        self._rising = _phrases(words.rising)
        self._logging = _phrases(words.logging)

    def read(self, text: str, today: date) -> DiaryWords:
        """Return what a message says for the diary.

        Args:
            text: the message.
            today: the person's own day.
        """
        message = message_of(text, str)
        if not message.words:
            return DiaryWords(entry=DiaryEntry(day=today))
        days_ago, taken = self._day(message, today)
        distances = [found for found in self._entities.read(text, today) if found.entity == DISTANCE_KM]
        others = [found for found in distances if found.role in _OTHER_RUNS]
        # "Usually I do 8" tells of other runs; "it went from 4 to 6" of the pain.
        quantities = [
            quantity
            for quantity in quantities_in(message)
            if quantity.start not in taken
            and (_is_change(message, quantity) or not _is_within(message, quantity, others))
        ]
        distance = _distance(quantities, [found for found in distances if found not in others])
        minutes = _minutes(message, quantities)
        scores = self._scores(message, quantities)
        before, after, level = self._labelled(message, scores, has_run=distance is not None or minutes is not None)
        rested = distance is None and minutes is None and bool(_found(message, self._no_run))
        entry = DiaryEntry(
            day=today - timedelta(days=days_ago or 0),
            before=before,
            after=after,
            level=level,
            distance_km=distance,
            run_minutes=minutes,
            rested=rested,
        )
        return DiaryWords(
            entry=entry,
            names_day=days_ago is not None,
            corrects=self._corrects(message),
            deletes=bool(_found(message, self._delete)),
            logs=(before is not None and after is not None) or bool(_found(message, self._logging)),
        )

    def _day(self, message: Message, today: date) -> tuple[int | None, set[int]]:
        """Return how many days ago the entry is, and the words that say so."""
        for day in days_named(message, today):
            words = message.words[day.start : day.end]
            if not day.vague and 0 <= day.days <= MAX_DAYS_AGO and _VAGUE_DAYS.isdisjoint(words):
                return day.days, set(range(day.start, day.end))
        for quantity in quantities_in(message):
            is_ago = quantity.dimension == "time" and quantity.size == DAY and message.at(quantity.end) == "ago"
            days = round(quantity.value / DAY)
            if is_ago and 1 <= days <= MAX_DAYS_AGO:
                return days, set(range(quantity.start, quantity.end + 1))
        return None, set()

    def _scores(self, message: Message, quantities: Sequence[Quantity]) -> list[_Score]:
        found: list[_Score] = []
        for quantity in quantities:
            found += _scores_of(message, quantity)
        for start, end in _found(message, self._no_pain):
            if not any(score.start < end and start < score.end for score in found):
                found.append(_Score(start, end, 0.0))
        negated = {"not", "isnt", "wasnt"}
        return sorted((s for s in found if message.at(s.start - 1) not in negated), key=lambda score: score.start)

    def _labelled(
        self, message: Message, scores: Sequence[_Score], *, has_run: bool
    ) -> tuple[float | None, float | None, float | None]:
        """Return the scores before and after the run, and that of the day."""
        marks = self._marks(message, scores)
        said: dict[str, float] = {}
        rest: list[_Score] = []
        used: set[_Mark] = set()
        label_first = bool(marks and scores and marks[0].start < scores[0].start)
        for number, score in enumerate(scores):
            left = scores[number - 1].end if number else 0
            right = scores[number + 1].start if number + 1 < len(scores) else len(message)
            ahead = [mark for mark in marks if left <= mark.start < score.start and mark not in used][::-1]
            behind = [mark for mark in marks if score.end <= mark.start < right and not mark.leads]
            leading = [mark for mark in ahead if mark.leads]
            chosen = next(iter((*leading, *ahead, *behind) if label_first else (*leading, *behind, *ahead)), None)
            if chosen is None:
                rest.append(score)
                continue
            used.add(chosen)
            said.setdefault(chosen.label, score.value)
        return self._with_the_rest(message, said, rest, first=next(iter(scores), None), has_run=has_run)

    def _marks(self, message: Message, scores: Sequence[_Score]) -> list[_Mark]:
        taken = {index for score in scores for index in range(score.start, score.end)}
        found = [
            _Mark(start, label, tuple(message.words[start:end]) in self._leading)
            for label, phrases in self._labels.items()
            for start, end in _found(message, phrases)
            if taken.isdisjoint(range(start, end))
        ]
        return sorted(found, key=lambda mark: mark.start)

    def _with_the_rest(
        self, message: Message, said: dict[str, float], rest: list[_Score], *, first: _Score | None, has_run: bool
    ) -> tuple[float | None, float | None, float | None]:
        """Give the scores without a label a meaning: two of a run are before and after, one is of the day."""
        before, after = said.get(_BEFORE), said.get(_AFTER)
        changes = has_run or bool(_found(message, self._rising))
        if len(rest) == 2 and before is None and after is None and changes:  # noqa: PLR2004 - a pair
            return rest[0].value, rest[1].value, None
        if len(rest) == 1 and before is not None and after is None and changes:
            return before, rest[0].value, None
        if len(rest) == 1 and before is None and after is not None and rest[0] is first:
            return rest[0].value, after, None
        level = max((score.value for score in rest), default=None)
        return before, after, level

    def _corrects(self, message: Message) -> bool:
        starts = any(start == 0 for start, _ in _found(message, self._correction, anywhere=False))
        negates = {start for start, _ in (*_found(message, self._no_run), *_found(message, self._no_pain))}
        return starts and 0 not in negates


@functools.lru_cache(maxsize=1)
def load_diary_reader() -> DiaryReader:
    """Return the process's one reader, with the words of the knowledge folder."""
    return DiaryReader(load_diary_file().saying, shared_entity_reader())


def _distance(quantities: Iterable[Quantity], distances: Iterable[Found]) -> float | None:
    for quantity in quantities:
        if quantity.dimension == "distance" and _LEAST_KM <= quantity.value <= MAX_DISTANCE_KM:
            return round(quantity.value, 1)
    # A parkrun, a half: runs that are named without a number.
    named = (found.value for found in distances)
    return next((float(value) for value in named if isinstance(value, int | float)), None)


def _is_within(message: Message, quantity: Quantity, found: Iterable[Found]) -> bool:
    """Return whether a number is part of something that was read already."""
    start, end = message.starts[quantity.start], message.ends[quantity.end - 1]
    return any(each.start <= start and end <= each.end for each in found)


def _scores_of(message: Message, quantity: Quantity) -> list[_Score]:
    """Return the scores of a number: none for one with a unit, two for "4 to 6" where it is a change."""
    words = message.words[quantity.start : quantity.end]
    if quantity.dimension not in {"score", "bare"} or (words[0] in _ONE and not _follows_pain(message, quantity)):
        return []
    if quantity.dimension == "bare" and message.at(quantity.start - 1) in _COUNTED:
        return []
    signs = [index for index, word in enumerate(words) if word in _STEP_SIGNS]
    if quantity.dimension == "bare" and len(signs) == 1 and _is_change(message, quantity):
        low = _number(words[: signs[0]])
        if low is not None and _is_score(low):
            middle = quantity.start + signs[0]
            pair = [_Score(quantity.start, middle, low), _Score(middle + 1, quantity.end, quantity.value)]
            return [score for score in pair if _is_score(score.value)]
    return [_Score(quantity.start, quantity.end, quantity.value)] if _is_score(quantity.value) else []


def _follows_pain(message: Message, quantity: Quantity) -> bool:
    near = message.words[max(0, quantity.start - 3) : quantity.start]
    return not {"pain", "back", "score", "level", "was", "is", "now", "before", "after", "of", "at"}.isdisjoint(near)


def _is_change(message: Message, quantity: Quantity) -> bool:
    near = message.words[max(0, quantity.start - 3) : quantity.start]
    return not {"from", "went", "was", "gone", "rose", "goes"}.isdisjoint(near)


def _is_score(value: float) -> bool:
    return 0 <= value <= MAX_SCORE and (value * 2) % 1 == 0


def _number(words: Sequence[str]) -> float | None:
    if len(words) != 1:
        return None
    if words[0] in NUMBERS:
        return float(NUMBERS[words[0]])
    try:
        return float(words[0])
    except ValueError:
        return None


def _minutes(message: Message, quantities: Iterable[Quantity]) -> int | None:
    """Return how long the run took: a time of minutes or hours that is not one of sitting or driving."""
    for quantity in quantities:
        if quantity.dimension == "clock" and len(quantity.clock) == 2 and quantity.clock[0] >= 10:  # noqa: PLR2004
            before, behind = message.at(quantity.start - 1), message.at(quantity.end)
            if before in {"in", "ran", "run", "time"} and behind not in {"am", "pm"}:
                return quantity.clock[0]
        if quantity.dimension != "time" or quantity.size > HOUR or not 1 <= quantity.value <= MAX_RUN_MINUTES:
            continue
        around = message.words[max(0, quantity.start - 3) : quantity.end + 4]
        if _NOT_RUNNING.isdisjoint(around) and message.at(quantity.end) not in {"later", "ago", "before", "into"}:
            return round(quantity.value)
    return None


def _phrases(texts: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Return phrases as their words, longest first."""
    return tuple(sorted((tuple(message_of(text, str).words) for text in texts), key=len, reverse=True))


def _found(message: Message, phrases: Iterable[tuple[str, ...]], *, anywhere: bool = True) -> list[tuple[int, int]]:
    """Return where phrases stand, as words `start` to `end`; of overlapping ones the longest."""
    found: list[tuple[int, int]] = []
    words = frozenset(message.words)
    for phrase in phrases:
        if phrase[0] not in words:
            continue
        for start in range(len(message) - len(phrase) + 1 if anywhere else 1):
            end = start + len(phrase)
            overlaps = any(start < other_end and other_start < end for other_start, other_end in found)
            if not overlaps and tuple(message.words[start:end]) == phrase:
                found.append((start, end))
    return sorted(found)
