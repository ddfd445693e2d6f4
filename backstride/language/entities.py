"""Read what a message says in numbers and names: pain score, place, onset, run, age, pregnancy, medicines.

Every number is looked at once, with its unit and with what stands around it, and it means one thing or nothing:
"three weeks" is an onset beside a word for pain and none beside "plan". The words that decide stand in
`knowledge/entity_words.yml`. This module reads text; it knows nothing of Rasa and of no clock.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from rapidfuzz.distance import OSA

from backstride.checked_yaml import FrozenModel, check, read_yaml
from backstride.errors import KnowledgeError, Problem
from backstride.settings import ROOT

FILE_NAME = "entity_words.yml"

PAIN_SCORE: Final = "pain_score"
BACK_PLACE: Final = "back_place"
ONSET_DAYS: Final = "onset_days"
DISTANCE_KM: Final = "distance_km"
RUN_MINUTES: Final = "run_minutes"
AGE: Final = "age"
PREGNANCY: Final = "pregnancy"
MEDICINE: Final = "medicine"
ENTITIES = (PAIN_SCORE, BACK_PLACE, ONSET_DAYS, DISTANCE_KM, RUN_MINUTES, AGE, PREGNANCY, MEDICINE)

ON_AND_OFF: Final = "on_and_off"
LAST_RUN, LONGEST, USUAL, WEEKLY, GOAL = "last_run", "longest", "usual", "weekly", "goal"
ROLES: Mapping[str, tuple[str, ...]] = {
    ONSET_DAYS: (ON_AND_OFF,),
    DISTANCE_KM: (LAST_RUN, LONGEST, USUAL, WEEKLY, GOAL),
}

PLACES = (
    "lower",
    "middle",
    "upper",
    "between_shoulder_blades",
    "one_side_left",
    "one_side_right",
    "one_side",
    "buttock",
    "tailbone",
    "both_sides",
    "down_the_leg",
)

MAX_SCORE = 10
MIN_AGE, MAX_AGE = 5, 110
MAX_ONSET_DAYS = 100 * 365
MAX_DISTANCE_KM = 330.0  # more than 200 miles are those of a pair of shoes
MAX_RUN_MINUTES = 48 * 60
MAX_WEEKS_PREGNANT = 42
MAX_WEEKS_AFTER_BIRTH = 520

_WEEKS_TO_BIRTH = 40
_LEAST_WEEKS_HINTED, _LEAST_WEEKS_UNHINTED = 4, 12
_DAYS_A_WEEK, _DAYS_A_MONTH, _DAYS_A_YEAR = 7, 30, 365
_WEEKS_A_MONTH = 4.35
_KM_A_MILE = 1.609344
_MARATHON_KM, _HALF_MARATHON_KM, _PARKRUN_KM = 42.2, 21.1, 5.0


@dataclass(frozen=True, slots=True)
class Pregnancy:
    """`state` is "pregnant" or "after_birth"; `weeks` of the pregnancy, or since the birth, where they were said."""

    state: str
    weeks: int | None = None


@dataclass(frozen=True, slots=True)
class Medicine:
    """`group` is the heading of the word list, such as "nsaid"; `name` the word of the list."""

    group: str
    name: str


Value = int | float | str | Pregnancy | Medicine


@dataclass(frozen=True, slots=True)
class Found:
    """Something said in `text[start:end]`; `role` tells apart what has the same type."""

    entity: str
    start: int
    end: int
    value: Value
    role: str | None = None


class EntityWords(FrozenModel):
    """The whole file; what each list is for stands there."""

    spellings: dict[str, tuple[str, ...]]
    not_misspelt: tuple[str, ...]
    places: dict[str, tuple[str, ...]]
    medicines: dict[str, tuple[str, ...]]
    pregnancy: dict[str, tuple[str, ...]]
    on_and_off: tuple[str, ...]
    cues: dict[str, str]


_CUES = (
    "pain", "event", "run", "habit", "idle", "other", "other_activity", "travel", "future", "things", "people",
)  # fmt: skip
_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "places": (*(place for place in PLACES if "side" not in place), "none"),
    "pregnancy": ("pregnant", "after_birth", "hint", "none"),
    "cues": _CUES,
}


def load_entity_words(folder: Path = ROOT / "knowledge") -> EntityWords:
    """Read `entity_words.yml` of a folder.

    Raises:
        KnowledgeError: the file has mistakes.
    """
    path = folder / FILE_NAME
    words, problems = check(EntityWords, read_yaml(path), path=path)
    if words is None:
        raise KnowledgeError(problems)
    wrong = [
        Problem(
            path=path, line=1, entry=part, wrong=f"the headings are {sorted(getattr(words, part))}", mend=f"use {names}"
        )
        for part, names in _HEADINGS.items()
        if sorted(getattr(words, part)) != sorted(names)
    ]
    if wrong:
        raise KnowledgeError(wrong)
    return words


# --- words of a message ----------------------------------------------------------------------------------------------

_TOKEN = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+(?:\.[0-9]+)?|[½¼¾]|[^\W\d_]+(?:['’][^\W\d_]+)*|\n|[^\w\s]|\w")
_SENTENCE_END = frozenset(".!?;\n…")
_CLAUSE_END = frozenset(",():-–—/=")
_CLAUSE_WORDS = frozenset({"but", "then", "although", "though", "until", "till", "til", "so", "because"})
# "he's" says that he is; any other 's is dropped.
_IS_SHORTENED = frozenset({"he", "she", "it", "that", "there", "here", "what"})
_FILLERS = frozenset({"my", "the", "his", "her", "your", "our", "their", "a", "an", "-", "left", "right", "both"})


@dataclass(frozen=True, slots=True)
class _Words:
    """The words, numbers and signs of a message, each with its place in the text, its sentence and its clause."""

    words: list[str]
    starts: list[int]
    ends: list[int]
    sentences: list[int]
    clauses: list[int]

    def __len__(self) -> int:
        return len(self.words)

    def at(self, index: int) -> str:
        """Return a word, or "" outside the message."""
        return self.words[index] if 0 <= index < len(self.words) else ""

    def glued(self, index: int) -> bool:
        """Return whether no blank stands before a word."""
        return 0 < index < len(self.words) and self.starts[index] == self.ends[index - 1]

    def clause_before(self, index: int, most: int = 12) -> list[str]:
        """Return the words of the same clause before one, nearest first."""
        return self._walk(index, -1, most, self.clauses)

    def clause_after(self, index: int, most: int = 8) -> list[str]:
        """Return the words of the same clause from the index on; `index - 1` tells which clause."""
        return self._walk(index - 1, 1, most, self.clauses)

    def sentence_before(self, index: int, most: int = 14) -> list[str]:
        """Return the words of the same sentence before one, nearest first."""
        return self._walk(index, -1, most, self.sentences)

    def sentence_after(self, index: int, most: int = 10) -> list[str]:
        """Return the words of the same sentence from the index on."""
        return self._walk(index - 1, 1, most, self.sentences)

    def _walk(self, index: int, step: int, most: int, parts: list[int]) -> list[str]:
        found: list[str] = []
        cursor = index + step
        while 0 <= cursor < len(self.words) and len(found) < most and parts[cursor] == parts[index]:
            found.append(self.words[cursor])
            cursor += step
        return found


def _words_of(text: str, correct: Callable[[str], str]) -> _Words:
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters become two when they are lowered
        lowered = "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)
    message = _Words([], [], [], [], [])
    sentence = clause = 0
    for match in _TOKEN.finditer(lowered):
        word = match.group()
        sign = not word[0].isalnum()
        if word[0].isalpha():
            word = correct(_plain_word(word))
            if word in _CLAUSE_WORDS:
                clause += 1
        message.words.append(word)
        message.starts.append(match.start())
        message.ends.append(match.end())
        message.sentences.append(sentence)
        message.clauses.append(clause)
        if sign and word in _SENTENCE_END and not (word == "." and lowered[match.end() : match.end() + 1].isdigit()):
            sentence += 1
            clause += 1
        elif sign and word in _CLAUSE_END and _parts_clauses(lowered, match.start(), match.end(), word):
            clause += 1
    return message


def _parts_clauses(text: str, start: int, end: int, sign: str) -> bool:
    """Return whether a sign ends a clause: a hyphen or slash inside a word does not."""
    if sign in ",()=":
        return True
    return (start == 0 or text[start - 1].isspace()) or (sign == ":" and text[end : end + 1].isspace())


def _plain_word(word: str) -> str:
    if "'" not in word and "’" not in word:
        return word
    stem, _, ending = word.replace("’", "'").partition("'")
    if ending == "s" and stem not in _IS_SHORTENED:
        return stem
    return stem + ending.replace("'", "")


# --- phrases ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Branch:
    """A place in the tree of all phrases."""

    next: dict[str, _Branch] = field(default_factory=dict)
    found: list[tuple[str, str, str]] = field(default_factory=list)  # kind, heading, phrase


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A listed phrase: words `start` to `end` of the message."""

    start: int
    end: int
    kind: str
    heading: str
    phrase: str


class _Phrases:
    """All listed phrases as a tree of their words."""

    def __init__(self, words: EntityWords) -> None:
        self._root = _Branch()
        self.vocabulary: set[str] = set()
        for kind, lists in (("place", words.places), ("medicine", words.medicines), ("pregnancy", words.pregnancy)):
            for heading, phrases in lists.items():
                for phrase in phrases:
                    self._add(kind, heading, phrase)
        for phrase in words.on_and_off:
            self._add(ON_AND_OFF, "", phrase)

    def _add(self, kind: str, heading: str, phrase: str) -> None:
        parts = _words_of(phrase, str).words
        # A phrase may begin with one of the small words ("left cheek"); inside it they count for nothing.
        parts = parts[:1] + [part for part in parts[1:] if part not in _FILLERS]
        branch = self._root
        for part in parts:
            branch = branch.next.setdefault(part, _Branch())
        branch.found.append((kind, heading, phrase))
        self.vocabulary.update(parts)

    def find(self, message: _Words) -> list[_Phrase]:
        """Return what stands in a message; of two that overlap the longer one, of two equal ones the first."""
        words, root = message.words, self._root.next
        phrases: list[_Phrase] = []
        index = 0
        while index < len(words):
            branch = root.get(words[index])
            if branch is None:
                index += 1
                continue
            cursor, end, found = index + 1, index, branch.found
            if found:
                end = cursor
            while cursor < len(words):
                step = branch.next.get(words[cursor])
                if step is not None:
                    branch = step
                    if branch.found:
                        found, end = branch.found, cursor + 1
                elif words[cursor] not in _FILLERS:
                    break
                cursor += 1
            phrases.extend(_Phrase(index, end, *entry) for entry in found)
            index = max(end, index + 1)
        return phrases


# --- numbers ---------------------------------------------------------------------------------------------------------

_SMALL = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split()
_NUMBERS: dict[str, int] = {word: value for value, word in enumerate([*_SMALL, "seventeen", "eighteen", "nineteen"])}
_TENS = {
    word: 10 * value for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_NUMBERS |= _TENS | {"fourty": 40, "fourtyfive": 45, "forteen": 14}
_VAGUE = {"couple": 2, "few": 3, "several": 4}
_FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75}
_DECADES = {
    word: 10 * value
    for value, word in enumerate("twenties thirties forties fifties sixties seventies eighties nineties".split(), 2)
}
_QUARTERS = frozenset({"quarter", "quarters"})
_RANGE_SIGNS = frozenset({"-", "–", "—", "to", "or", "~"})
_LONGEST_NUMBER = 7

_MINUTE, _HOUR, _DAY = 1, 60, 1440
_WEEK, _MONTH, _YEAR = _DAY * _DAYS_A_WEEK, _DAY * _DAYS_A_MONTH, _DAY * _DAYS_A_YEAR
# Words -> what they measure, and how many minutes or kilometres one is. "other" counts what is no time and no distance.
_UNITS: Mapping[str, tuple[str, float]] = {
    word: (dimension, float(size))
    for words, dimension, size in (
        ("min mins minute minutes minuite minuites", "time", _MINUTE),
        ("h hr hrs hour hours", "time", _HOUR),
        ("day days d night nights", "time", _DAY),
        ("week weeks wk wks w", "time", _WEEK),
        ("fortnight fortnights", "time", 2 * _WEEK),
        ("month months mo mos mth mths mnth mnths", "time", _MONTH),
        ("year years yr yrs y", "time", _YEAR),
        ("decade decades", "time", 10 * _YEAR),
        ("mile miles mi miler milers mpw", "distance", _KM_A_MILE),
        ("km kms k ks kilometre kilometres kilometer kilometers kpw", "distance", 1),
        ("m", "m", 1),
        ("f", "f", 1),
        ("kg kgs kilo kilos lb lbs pound pounds st stone ft feet foot cm mm inch inches mg mcg g gram ml", "other", 1),
        ("mph kph bpm spm rpm percent rep reps set sets time times x steps step metre metres meter meters", "other", 1),
        ("am pm oclock calories th nd rd sec secs second seconds s degrees % ° £ $ € tablets pills", "other", 1),
    )
    for word in words.split()
}
# These letters are units only where no blank stands before them: 2d, 18w.
_GLUED_UNITS = frozenset("d w y s g".split())


@dataclass(frozen=True, slots=True)
class _Quantity:
    """A number with its unit: words `start` to `end`; of a range `value` is the higher end.

    `dimension` is "time" (value in minutes), "distance" (km), "score" (of ten), "clock" (the two or three numbers of
    1:45), "bare" (no unit), "m" or "f" (metres, minutes or a man's age), "year", or "other".
    """

    start: int
    end: int
    value: float
    dimension: str
    unit: str = ""
    size: float = 1.0
    clock: tuple[int, ...] = ()


def _number_at(message: _Words, index: int) -> tuple[float, int] | None:
    """Return the number that begins at a word, and the word after it; words such as "a few" need a unit behind."""
    word = message.at(index)
    if not word:
        return None
    after = message.at(index + 1)
    if word[0].isdigit() and word[0].isascii():
        return _digits_at(message, index, word)
    if word in _FRACTIONS:
        return _FRACTIONS[word], index + 1
    if word in _NUMBERS:
        if word in _TENS:
            unit_at = index + 2 if after == "-" else index + 1
            unit = _NUMBERS.get(message.at(unit_at), 0)
            if 0 < unit < 10:  # noqa: PLR2004 - thirty-four
                return float(_TENS[word] + unit), unit_at + 1
        if after == "hundred":
            return _NUMBERS[word] * 100.0, index + 2
        return float(_NUMBERS[word]), index + 1
    return _vague_at(message, index, word, after)


def _digits_at(message: _Words, index: int, word: str) -> tuple[float, int] | None:
    before = message.at(index - 1)
    if message.glued(index) and (before.isalpha() and before not in {"x", "h", "hr", "hrs"}):
        return None
    if len(word) > _LONGEST_NUMBER:
        return None
    value, end = float(word.replace(",", "")), index + 1
    after = message.at(end)
    if after in _FRACTIONS:
        return value + _FRACTIONS[after], end + 1
    if after == "⁄" and message.at(end + 1).isdecimal() and word.isdecimal():
        # "2½" in its tidied shape is 21⁄2: the last digit belongs to the fraction.
        below = int(message.at(end + 1)[:3]) or 1
        return (int(word[:-1]) if word[:-1] else 0) + int(word[-1]) / below, end + 2
    if after == "1" and message.at(end + 1) == "/" and message.at(end + 2) == "2" and not message.glued(end):
        return value + 0.5, end + 3
    return value, end


def _vague_at(message: _Words, index: int, word: str, after: str) -> tuple[float, int] | None:
    """Read "a", "a couple of", "half an" and the like, where a time or a distance follows."""
    cursor = index
    if word in {"a", "an"}:
        cursor += 2 if after in {"good", "solid", "full"} else 1
        if _measures(message.at(cursor)):
            return 1.0, cursor
        word, after = message.at(cursor), message.at(cursor + 1)
    if word == "hundred":
        return 100.0, cursor + 1
    end = cursor + 1
    value: float | None = _VAGUE.get(word)
    if word == "half":
        value, end = 0.5, end + (after in {"a", "an"})
    elif word in _QUARTERS:
        value = 0.25
    end += message.at(end) == "of"
    end += word in _QUARTERS and message.at(end) in {"a", "an"}
    return (value, end) if value is not None and _measures(message.at(end)) else None


def _measures(unit: str) -> bool:
    """Return whether a word is a unit of time or distance, and no single letter."""
    return len(unit) > 1 and unit in _UNITS and _UNITS[unit][0] in {"time", "distance"}


def _quantities(message: _Words) -> list[_Quantity]:
    found: list[_Quantity] = []
    index = 0
    while index < len(message):
        quantity = _quantity_at(message, index)
        if quantity is None:
            index += 1
        else:
            found.append(quantity)
            index = quantity.end
    return found


def _quantity_at(message: _Words, index: int) -> _Quantity | None:
    number = _number_at(message, index)
    if number is None:
        return _many_at(message, index)
    value, end = number
    clock = _clock_at(message, index)
    if clock is not None:
        return clock
    quarters_at = end + (message.at(end) == "-")
    if message.at(quarters_at) in _QUARTERS:
        part = _vague_at(message, quarters_at, message.at(quarters_at), message.at(quarters_at + 1))
        value, end = (value * part[0], part[1]) if part is not None else (value, end)
    if message.at(end) == "and" and message.at(end + 1) in {"a", "half"}:
        half_at = end + 1 + (message.at(end + 1) == "a")
        if message.at(half_at) == "half" and message.at(half_at + 1) in _UNITS:
            value, end = value + 0.5, half_at + 1
    if message.at(end) in _RANGE_SIGNS or (message.at(end) == "and" and message.at(index - 1) == "between"):
        value, end = _range_from(message, value, end)
    if message.at(end) == "/" and message.at(end + 1)[:1].isdigit():
        return _slashed(message, index, end, value)
    out_of = _out_of_ten(message, end)
    if out_of is not None:
        return _Quantity(index, out_of, value, "score" if value <= MAX_SCORE else "other")
    return _with_unit(message, index, end, value)


def _many_at(message: _Words, index: int) -> _Quantity | None:
    """Read "for years" and a bare "Years." as two of them."""
    unit = message.words[index]
    alone = message.at(index - 1) in _BREAKS and message.at(index + 1) in _BREAKS
    if unit in {"weeks", "months", "years"} and (message.at(index - 1) == "for" or alone):
        size = _UNITS[unit][1]
        return _Quantity(index, index + 1, 2 * size, "time", unit, size)
    return None


def _range_from(message: _Words, low: float, sign_at: int) -> tuple[float, int]:
    second = _number_at(message, sign_at + 1)
    vague = message.at(sign_at + 1) in {"a", "an", "half", *_VAGUE}
    # "7 to 4" is a change and not a range, "10 - 3 weeks" two things.
    return (low, sign_at) if second is None or vague or second[0] <= low else second


def _clock_at(message: _Words, index: int) -> _Quantity | None:
    parts: list[int] = []
    cursor = index
    while message.at(cursor).isdecimal() and len(message.at(cursor)) <= 3:  # noqa: PLR2004 - 104:20
        parts.append(int(message.at(cursor)))
        if not (
            message.at(cursor + 1) == ":"
            and len(message.at(cursor + 2)) == 2  # noqa: PLR2004 - minutes and seconds have two digits
            and message.glued(cursor + 1)
            and message.glued(cursor + 2)
        ):
            break
        cursor += 2
    if not 2 <= len(parts) <= 3:  # noqa: PLR2004 - 1:45 or 1:45:30
        return None
    return _Quantity(index, cursor + 1, 0.0, "clock", clock=tuple(parts))


def _slashed(message: _Words, start: int, slash: int, value: float) -> _Quantity:
    """Read 7/10, and swallow dates, 24/7 and the like."""
    end = slash + 2
    of_ten = message.at(slash + 1) == "10" and value <= MAX_SCORE
    while message.at(end) in {"/", "."} and message.glued(end) and message.at(end + 1)[:1].isdigit():
        of_ten = False
        end += 2
    unit = message.at(end + 1) if message.at(end) == "-" else message.at(end)
    if unit in _UNITS or (message.glued(end) and unit.isalpha()):
        of_ten = False
    return _Quantity(start, end, value, "score" if of_ten else "other")


def _out_of_ten(message: _Words, index: int) -> int | None:
    """Return the word after "out of ten"."""
    index += message.at(index) == "-"
    word = message.at(index)
    if word == "out" and message.at(index + 1) in {"of", "a"}:
        index += 2
    elif word in {"outta", "outa", "outof", "of", "on"}:
        index += 1
    else:
        return None
    ten = message.at(index) in {"10", "ten"}
    return index + 1 if ten and message.at(index + 1) not in _UNITS else None


def _with_unit(message: _Words, start: int, end: int, value: float) -> _Quantity:
    unit_at = end
    while message.at(unit_at) in {"-", "+", "ish", "solid", "full", "odd"} and message.at(unit_at + 1) in _UNITS:
        unit_at += 1
    unit = message.at(unit_at)
    if unit not in _UNITS or (unit in _GLUED_UNITS and not message.glued(unit_at)):
        is_year = end == start + 1 and _is_year(message.at(start))
        return _Quantity(start, end, value, "year" if is_year else "bare")
    dimension, size = _UNITS[unit]
    if unit == "x" and message.at(unit_at + 1)[:1].isdigit():
        return _Quantity(start, unit_at + 1, value, "other", unit)
    if unit == "m" and unit_at > 0 and message.at(unit_at - 2) in {"h", "hr"}:
        dimension = "time"
    value, end = value * size, unit_at + 1
    if dimension == "time" and size == _HOUR:
        value, end = _minutes_after_hours(message, value, end, unit)
    if message.at(start) in {"a", "an"} and _is_rate(message, start):
        dimension = "other"
    if dimension in {"time", "distance"}:
        value, end = _and_a_half(message, value, end, size)
    return _Quantity(start, end, value, dimension, unit, size)


def _is_year(word: str) -> bool:
    return len(word) == 4 and word.isdecimal() and word[:2] in {"19", "20"}  # noqa: PLR2004 - 2019


# These end in s and are counted by nobody: "it hurts a week", "this has been".
_NO_PLURALS = frozenset("this hurts aches lasts takes perhaps always sometimes".split())


def _is_rate(message: _Words, index: int) -> bool:
    """Return whether "a day" stands in "three times a day" or "2 hours a day"."""
    before = message.at(index - 1)
    if message.at(index + 2) in {"ago", "back"}:
        return False
    plural = len(before) > 3 and before.endswith("s") and before not in _NO_PLURALS  # noqa: PLR2004
    return before in _UNITS or before in {"once", "twice", "thrice"} or before.isdecimal() or plural


def _minutes_after_hours(message: _Words, minutes: float, end: int, unit: str) -> tuple[float, int]:
    """Read the 15 of 1h15 and of "1 hour 15 min"."""
    index = end + (message.at(end) == "and")
    word = message.at(index)
    if word.isdecimal() and len(word) <= 2 and int(word) < 60:  # noqa: PLR2004 - minutes
        behind = message.at(index + 1)
        if behind in {"min", "mins", "minutes", "minute", "m"}:
            return minutes + int(word), index + 2
        if unit in {"h", "hr", "hrs"} and behind not in _UNITS and behind not in {"/", "-", "to", "or"}:
            return minutes + int(word), index + 1
    return minutes, end


def _and_a_half(message: _Words, value: float, end: int, size: float) -> tuple[float, int]:
    """Read "and a half" and "or two" behind a unit."""
    first, second = message.at(end), message.at(end + 1)
    if first in {"and", "n", "&"} and second == "a" and message.at(end + 2) == "half":
        return value + size / 2, end + 3
    if first in {"and", "n"} and second == "half":
        return value + size / 2, end + 2
    if first == "or" and second in {"two", "three"} and message.at(end + 2) not in _UNITS:
        return float(_NUMBERS[second]) * size, end + 2
    return value, end


# --- days ------------------------------------------------------------------------------------------------------------

_WEEKDAYS = {
    name: number
    for number, day in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
    for name in (day, day + "s")
}
_SHORT_WEEKDAYS = {
    "mon": 0, "tue": 1, "tues": 1, "wed": 2, "weds": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4, "sat": 5, "sun": 6,
}  # fmt: skip
_MONTHS = {
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8, "september": 9,
    "october": 10, "november": 11, "december": 12, "jan": 1, "feb": 2, "apr": 4, "aug": 8, "sept": 9, "sep": 9,
    "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_SEASONS = {"spring": (3, 1), "summer": (6, 1), "autumn": (9, 1), "fall": (9, 1), "winter": (12, 1)}
_FEASTS = {"christmas": (12, 25), "xmas": (12, 25), "halloween": (10, 31)}
_FEASTS_OF_TWO_WORDS = {("boxing", "day"): (12, 26), ("new", "year"): (1, 1), ("new", "years"): (1, 1)}
_DAY_WORDS = {"yesterday": 1, "today": 0, "tonight": 0}
_DAYS_OF_TWO_WORDS = {
    ("just", "now"): 0, ("this", "morning"): 0, ("this", "afternoon"): 0, ("this", "evening"): 0, ("this", "am"): 0,
    ("last", "night"): 1, ("other", "day"): 3, ("last", "week"): 7, ("past", "week"): 7, ("last", "month"): 30,
    ("past", "month"): 30, ("last", "year"): 365, ("past", "year"): 365,
}  # fmt: skip
_ORDINALS = frozenset("th st nd rd".split())
_BEFORE_SEASON = frozenset("in last the since this early late".split())
_BEFORE_WEEKEND = frozenset("the this at all last past".split())
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class _Day:
    """A day that a message names: words `start` to `end`, so many days ago. A `vague` one needs "since" or "in"."""

    start: int
    end: int
    days: int
    vague: bool = False


def _days_named(message: _Words, today: date) -> Iterator[_Day]:
    index = 0
    while index < len(message):
        day = _day_at(message, index, today)
        if day is None:
            index += 1
        else:
            yield day
            index = day.end


def _day_at(message: _Words, index: int, today: date) -> _Day | None:
    word, after = message.words[index], message.at(index + 1)
    days = _DAYS_OF_TWO_WORDS.get((word, after))
    if days is not None:
        return _Day(index, index + 2, days)
    if word in _DAY_WORDS:
        return _Day(index, index + 1, _DAY_WORDS[word])
    if word == "weekend" and message.at(index - 1) in _BEFORE_WEEKEND:
        return _Day(index, index + 1, _days_since_weekday(today, _SATURDAY))
    return _weekday_at(message, index, today) or _feast_at(message, index, today) or _date_at(message, index, today)


def _weekday_at(message: _Words, index: int, today: date) -> _Day | None:
    word, before = message.words[index], message.at(index - 1)
    weekday = _WEEKDAYS.get(word)
    if weekday is None and before in {"since", "on", "last"}:
        weekday = _SHORT_WEEKDAYS.get(word)
    if weekday is None:
        return None
    days = _days_since_weekday(today, weekday)
    if message.words[index + 1 : index + 4] == ["of", "last", "week"]:
        return _Day(index, index + 4, today.weekday() + _DAYS_A_WEEK - weekday)
    if message.at(index + 1) == "ago":
        # "two sundays ago"
        number = _number_at(message, index - 1)
        weeks = 2.0 if before == "couple" else number[0] if number else 1.0
        return _Day(index - 1, index + 2, days + _DAYS_A_WEEK * (max(int(weeks), 1) - 1))
    return _Day(index - (before == "last"), index + 1, days)


def _feast_at(message: _Words, index: int, today: date) -> _Day | None:
    word, after = message.words[index], message.at(index + 1)
    if word == "easter":
        if _is_year(after):
            return _Day(index, index + 2, (today - _easter(int(after))).days, vague=True)
        last = max(day for year in (today.year - 1, today.year) if (day := _easter(year)) <= today)
        return _Day(index, index + 1, (today - last).days, vague=True)
    feast = _FEASTS_OF_TWO_WORDS.get((word, after))
    if feast is not None:
        return _Day(index, index + 2, _days_since(today, *feast), vague=True)
    if word in _FEASTS or (word in _SEASONS and message.at(index - 1) in _BEFORE_SEASON):
        return _Day(index, index + 1, _days_since(today, *(_FEASTS | _SEASONS)[word]), vague=True)
    return None


def _date_at(message: _Words, index: int, today: date) -> _Day | None:
    """Read a month, with its year, and with the day of the month before it or behind it."""
    month = _MONTHS.get(message.words[index])
    if month is None:
        return None
    start, end, day = index, index + 1, 0
    behind = message.at(index + 1)
    if behind.isdecimal() and len(behind) <= 2:  # noqa: PLR2004 - march 3rd
        day, end = int(behind), index + 2 + (message.at(index + 2) in _ORDINALS)
    else:
        cursor = index - 1 - (message.at(index - 1) == "of")
        cursor -= message.at(cursor) in _ORDINALS
        before = message.at(cursor)
        if before.isdecimal() and len(before) <= 2:  # noqa: PLR2004 - 14th november
            day, start = int(before), cursor
    vague = not 1 <= day <= 31  # noqa: PLR2004 - days of a month
    if vague:
        day = 1
    year = message.at(end)
    if _is_year(year):
        return _Day(start, end + 1, (today - _nearest_date(int(year), month, day)).days, vague=vague)
    return _Day(start, end, _days_since(today, month, day), vague=vague)


def _days_since_weekday(today: date, weekday: int) -> int:
    return (today.weekday() - weekday - 1) % 7 + 1


def _easter(year: int) -> date:
    """Return Easter Sunday by the anonymous Gregorian rule (Meeus, Astronomical Algorithms, chapter 8)."""
    century, of_century = divmod(year, 100)
    epact = (19 * (year % 19) + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    to_sunday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    leap = (year % 19 + 11 * epact + 22 * to_sunday) // 451
    month, day = divmod(epact + to_sunday - 7 * leap + 114, 31)
    return date(year, month, day + 1)


def _nearest_date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:  # 31 June
        return date(year, month, 28)


def _days_since(today: date, month: int, day: int) -> int:
    """Return the days since the last time that a date came round."""
    then = _nearest_date(today.year, month, day)
    if then > today:
        then = _nearest_date(today.year - 1, month, day)
    return (today - then).days


# --- one message -----------------------------------------------------------------------------------------------------


class EntityReader:
    """Reads messages by the words of the file."""

    def __init__(self, words: EntityWords) -> None:
        self._phrases = _Phrases(words)
        self._spellings = {wrong: right for right, all_wrong in words.spellings.items() for wrong in all_wrong}
        self.cues = {name: frozenset(text.split()) for name, text in words.cues.items()}
        self._never = frozenset(words.not_misspelt)
        calendar = {*_WEEKDAYS, *_MONTHS, "yesterday", "marathon"}
        self._known = self._phrases.vocabulary.union(*self.cues.values(), calendar, _UNITS, _NUMBERS)
        calendar -= {name for name in _WEEKDAYS if name.endswith("s")}
        self._by_letter: dict[str, list[str]] = {}
        for word in sorted(self._phrases.vocabulary | calendar):
            if len(word) >= 7:  # noqa: PLR2004 - shorter words have too many neighbours
                self._by_letter.setdefault(word[0], []).append(word)

    def read(self, text: str, today: date) -> tuple[Found, ...]:
        """Return what a text says, in the order of the text; of equal findings the first.

        Args:
            text: the message. Every offset refers to it.
            today: the day from which "since Sunday" is counted; no earlier than 1901.
        """
        message = _words_of(text, self._corrected)
        if not message.words:
            return ()
        phrases = self._phrases.find(message)
        found = _Reading(message, phrases, _quantities(message), self.cues, today).everything()
        unique = {(item.entity, item.value, item.role): item for item in reversed(found)}
        return tuple(sorted(unique.values(), key=lambda item: (item.start, item.end)))

    def _corrected(self, word: str) -> str:
        if word in self._spellings:
            return self._spellings[word]
        if len(word) < 6 or word in self._known or word in self._never:  # noqa: PLR2004 - as in the file's head
            return word
        best, best_distance = word, 3
        for candidate in self._by_letter.get(word[0], ()):
            limit = 1 if len(candidate) < 9 else 2  # noqa: PLR2004 - as the file's head says
            if abs(len(candidate) - len(word)) <= limit:
                distance = OSA.distance(word, candidate, score_cutoff=limit)
                if distance <= limit and distance < best_distance:
                    best, best_distance = candidate, distance
        return best


_BREAKS = frozenset({"", ",", ".", "!", "?", "(", ")", "\n", "/"})
_BEFORE_DECADE = frozenset("my his her early mid middle late in the".split())
_BEFORE_OWN_DECADE = frozenset(
    ", . ( im am is are and now still well both someone people man woman runner lady".split()
)
_SEXES = frozenset("male female man woman m f guy bloke lady yo".split())
_AFTER_SEX = frozenset({*_BREAKS, "here", "with", "who", "runner", "-", ";"})
_AFTER_AGE = frozenset({*_BREAKS, ";", "-", "and", "now", "next", "with", "but", "so"})
# "started at 45" is no age of today.
_ONCE = frozenset("started start began took quit stopped since had".split())
_LEAST_LONE_AGE, _LEAST_METRES = 14, 100
# "60m and 100m", "200m reps"
_BEHIND_METRES = frozenset("and or to sprint sprints race races reps repeats hurdles dash swim of from away x".split())
_LEAST_KM = 0.4
_LEAST_FIRST_KM = 5  # "the first two miles" are a part of a run, "my first 10k" is one
_SHOES = frozenset("them these those shoes trainers pair".split())
_NO_RUN_BEFORE = frozenset("mark further more longer extra to from away steps".split())
_BEFORE_A_HALF = frozenset({"a", "my", "the", "first", "last", "yesterday", "yesterdays", *_WEEKDAYS})
_AFTER_A_HALF = frozenset({*_BREAKS, "on", "last", "in", "yesterday", "today", "next", "and"})
_LONGEST = frozenset("longest furthest farthest".split())
_USUAL = frozenset("usual usually normal normally regular regularly typical typically average nightly daily".split())
_DONE = frozenset(
    "ran did done finished completed went was after following managed took tried just since raced smashed "
    "yesterday".split()
)
_DONE_BEHIND = frozenset("yesterday today ago last done felt was since back at this ran".split())
_SPANS = frozenset("day days week weeks month months".split())
_ASKS = frozenset("should can could ok okay safe".split())
_STAGES = frozenset("into later mark ago per from mile miles / miler km k".split())
_RUNNING = frozenset(
    "run runs jog jogs tempo treadmill easy running jogging trail trails shuffle intervals race steady dreadmill "
    "racing road roads track pavement grass".split()
)
_RUNNING_BEFORE = _RUNNING | frozenset(
    "ran jogged raced marathon half out parkrun finished k km mile miles miler".split()
)
_MACHINES = frozenset("trainer bike rower elliptical yoga plank planks".split())
_BESIDE_RUNNING = frozenset("walk drive warm after before".split())
_TIMED = frozenset("running finished hm done pb time 13.1 26.2".split())
_DENIALS = frozenset(
    "no not never without dont doesnt didnt isnt arent wasnt cant cannot nor neither nothing havent hasnt aint none "
    "wont avoid avoiding shouldnt non".split()
)
_PLACE_DENIALS = frozenset("no not never dont doesnt didnt isnt wasnt nor neither nothing hasnt havent".split())
# Words that may stand between a denial and what it denies.
_DENIED_THROUGH = frozenset(
    "pain aches ache in on the my really down into to go goes going radiate radiates radiating travel spread spreads "
    "shoot shoots shooting run runs any at all it of a tingling numbness symptoms either from for taking take taken on "
    "using use used currently been am be chance way im longer have had history or nor and take".split()
)


class _Reading:
    """Reads one message; every method takes the meaning of one kind of thing."""

    def __init__(
        self,
        message: _Words,
        phrases: list[_Phrase],
        quantities: list[_Quantity],
        cues: Mapping[str, frozenset[str]],
        today: date,
    ) -> None:
        self._message = message
        self._phrases = phrases
        self._quantities = quantities
        self._cues = cues
        self._today = today
        self._used: set[int] = set()  # first words of quantities whose meaning is known
        self._medicine_words = {
            index for phrase in phrases if phrase.kind == "medicine" for index in range(phrase.start, phrase.end)
        }
        self._speaks_of_pain = any(phrase.kind == "place" for phrase in phrases) or any(
            word in cues["pain"] or word in cues["event"] or word in {"back", "spine"} for word in message.words
        )

    def everything(self) -> list[Found]:
        """Return all findings; earlier readings take a number away from later ones."""
        found = [*self._medicines(), *_places(self._message, self._placed_phrases(), self._place_is_denied)]
        if self._quantities or any(phrase.kind == "pregnancy" for phrase in self._phrases):
            found += self._pregnancies()
        found += self._ages()
        found += self._distances()
        if self._quantities:
            found += self._run_times()
            found += self._scores()
        found += self._onsets()
        return found

    def _found(self, entity: str, start: int, end: int, value: Value, role: str | None = None) -> Found:
        return Found(entity, self._message.starts[start], self._message.ends[end - 1], value, role)

    def _free(self, *dimensions: str) -> Iterator[_Quantity]:
        """Yield the quantities of some dimensions that mean nothing yet."""
        for quantity in self._quantities:
            if quantity.dimension in dimensions and quantity.start not in self._used:
                yield quantity

    def _is_denied(self, index: int, denials: Collection[str] = _DENIALS) -> bool:
        """Return whether "no", "not on any" or the like stands before a word."""
        message = self._message
        cursor = index - 1
        while cursor >= 0 and message.sentences[cursor] == message.sentences[index]:
            word = message.words[cursor]
            if word in denials:
                return message.at(cursor + 1) not in {"only", "just", "sure", "idea"}
            if word == "," or word not in _DENIED_THROUGH:
                return False
            cursor -= 1
        return False

    def _place_is_denied(self, index: int) -> bool:
        """Return the same for a place: "without my back grabbing" and "can't move my back" deny none."""
        return self._is_denied(index, _PLACE_DENIALS)

    def _placed_phrases(self) -> list[_Phrase]:
        """Return the phrases of places; some words stand for one only where pain or the back is spoken of."""
        message, about = self._message, self._cues["pain"] | self._cues["event"] | {"back", "spine"}
        short = len(message) < _FEW
        return [
            phrase
            for phrase in self._phrases
            if phrase.kind == "place"
            and (
                short
                or phrase.phrase not in _LOOSE_PLACES
                or not about.isdisjoint(
                    message.sentence_before(phrase.start, 12) + message.sentence_after(phrase.end, 12)
                )
            )
        ]

    # --- names ---

    def _medicines(self) -> list[Found]:
        found: list[Found] = []
        denied_until = -1
        for phrase in self._phrases:
            if phrase.kind != "medicine":
                continue
            joined = self._message.at(phrase.start - 1) in {"or", "nor"} and denied_until >= phrase.start - 2
            if joined or self._is_denied(phrase.start):
                denied_until = phrase.end
                continue
            found.append(self._found(MEDICINE, phrase.start, phrase.end, Medicine(phrase.heading, phrase.phrase)))
        return found

    def _pregnancies(self) -> list[Found]:
        """Return the pregnancy, at most one: the first that says its weeks, else the first."""
        found: list[tuple[bool, Found]] = []
        hinted = False
        for phrase in self._phrases:
            if phrase.kind != "pregnancy" or phrase.heading == "none":
                continue
            if phrase.heading == "hint":
                hinted = True
                continue
            if self._is_denied(phrase.start) or self._is_past_pregnancy(phrase):
                continue
            weeks, start, end = self._weeks_beside(phrase)
            if phrase.phrase in {"pp", "baby is"} and weeks is None:
                continue
            found.append((weeks is None, self._found(PREGNANCY, start, end, Pregnancy(phrase.heading, weeks))))
        if not found:
            found = self._hinted_pregnancy(hinted=hinted)
        return [min(found, key=lambda pair: pair[0])[1]] if found else []

    def _hinted_pregnancy(self, *, hinted: bool) -> list[tuple[bool, Found]]:
        """Read "26 weeks" beside a midwife, and "at 26 weeks"."""
        for quantity in self._free("time"):
            weeks = quantity.value / _DAY / _DAYS_A_WEEK
            alone = self._message.at(quantity.end) in {"", ",", ".", "and", "with", "!", "?", "now"}
            at = self._message.at(quantity.start - 1) == "at"
            least = _LEAST_WEEKS_HINTED if hinted else _LEAST_WEEKS_UNHINTED if at else MAX_WEEKS_PREGNANT + 1
            if quantity.size == _WEEK and least <= weeks <= MAX_WEEKS_PREGNANT and alone:
                self._used.add(quantity.start)
                value = Pregnancy("pregnant", math.floor(weeks))
                return [(False, self._found(PREGNANCY, quantity.start, quantity.end, value))]
        return []

    def _is_past_pregnancy(self, phrase: _Phrase) -> bool:
        """Return whether it is a pregnancy of once, or of a sister."""
        before = self._message.clause_before(phrase.start, 5)
        if phrase.heading == "pregnant":
            return bool({"was", "were", "wasnt", "previous", "last"} & set(before[:2]))
        return False

    def _weeks_beside(self, phrase: _Phrase) -> tuple[int | None, int, int]:
        """Return the weeks said beside a phrase, with the words of both together."""
        message = self._message
        for quantity in sorted(self._free("time", "bare"), key=lambda item: _gap(item, phrase)):
            gap = _gap(quantity, phrase)
            between = message.words[min(quantity.end, phrase.end) : max(quantity.start, phrase.start)]
            apart = message.sentences[quantity.start] != message.sentences[phrase.start]
            if gap > 5 or apart:  # noqa: PLR2004 - words in between
                continue
            weeks = self._weeks_of(quantity, phrase, between)
            if weeks is None:
                continue
            self._used.add(quantity.start)
            return weeks, min(quantity.start, phrase.start), max(quantity.end, phrase.end)
        return None, phrase.start, phrase.end

    def _weeks_of(self, quantity: _Quantity, phrase: _Phrase, between: list[str]) -> int | None:
        message = self._message
        before, behind = message.at(quantity.start - 1), message.at(quantity.end)
        if quantity.dimension == "bare":
            if not (behind == "+" and message.at(quantity.end + 1).isdecimal() and phrase.heading == "pregnant"):
                return None
            weeks = quantity.value
        elif quantity.size < _DAY or quantity.unit in {"night", "nights"}:
            return None
        elif quantity.size == _MONTH:
            weeks = quantity.value / quantity.size * _WEEKS_A_MONTH
        else:
            weeks = quantity.value / _DAY / _DAYS_A_WEEK
        if before in {"for", "last", "past", "since", "x"} or not self._cues["pain"].isdisjoint(between):
            return None
        if behind in {"of", "a"} and quantity.start > phrase.start:
            return None
        if phrase.phrase in {"baby due", "due"} or "due" in between:
            weeks = _WEEKS_TO_BIRTH - weeks
        elif phrase.heading == "after_birth" and before == "in":
            return None
        most = MAX_WEEKS_PREGNANT if phrase.heading == "pregnant" else MAX_WEEKS_AFTER_BIRTH
        return round(weeks) if 0 <= weeks <= most else None

    # --- age ---

    def _ages(self) -> list[Found]:
        """Return the age, at most one: the surest, of equally sure ones the first."""
        found: list[tuple[int, Found]] = []
        message = self._message
        for quantity in self._free("time", "bare", "m", "f", "other"):
            sure = self._age_sureness(quantity)
            if sure and MIN_AGE <= _years(quantity) <= MAX_AGE:
                self._used.add(quantity.start)
                end = quantity.end + (message.at(quantity.end) == "-")
                end = end + 1 if message.at(end) in {"old", "young"} else quantity.end
                found.append((-sure, self._found(AGE, quantity.start, end, int(_years(quantity)))))
        for index, word in enumerate(message.words):
            decade, end = _DECADES.get(word, 0), index + 1
            if len(word) == 2 and word[1] == "0" and message.at(index + 1) == "s":  # noqa: PLR2004 - 50s
                decade, end = int(word), index + 2
            before = message.at(index - 1)
            if before == "-":
                before = message.at(index - 2)
            if decade and before in _BEFORE_DECADE and self._is_now(index):
                age = decade + {"mid": 5, "middle": 5, "late": 7}.get(before, 0)
                found.append((-3, self._found(AGE, index, end, age)))
                self._used.add(index)
        return [min(found, key=lambda pair: pair[0])[1]] if found else []

    def _is_now(self, index: int) -> bool:
        """Return whether "in my sixties" says how old somebody is, not when something was."""
        before = self._message.sentence_before(index, 6)
        earlier = before[before.index("in") + 1 :] if "in" in before else before
        earlier = [word for word in earlier if word not in {"early", "mid", "late", "my"}]
        return not earlier or earlier[0] in _BEFORE_OWN_DECADE or earlier[0] in self._cues["people"]

    def _age_sureness(self, quantity: _Quantity) -> int:
        """Return 0 for no age, up to 3 for certainly one."""
        message = self._message
        before, behind = message.at(quantity.start - 1), message.at(quantity.end)
        if quantity.dimension == "time":
            return self._years_old(quantity)
        if quantity.dimension in {"m", "f"}:
            glued = message.glued(quantity.end - 1) and behind not in _BEHIND_METRES
            alone = sum(other.dimension == "m" for other in self._quantities) == 1 or quantity.dimension == "f"
            likely = MAX_SCORE < quantity.value < _LEAST_METRES and alone
            return 3 if likely and (glued or behind in _AFTER_SEX) else 0
        number = message.words[quantity.start : quantity.end]
        of_many = {"to", "or"} & set(number) or ("-" in number and number[0].isdecimal())  # "aged 11 to 14"
        if quantity.dimension == "other" or quantity.value != int(quantity.value) or of_many:
            return 0
        if message.glued(quantity.start) and before in {"m", "f"} and message.at(quantity.start - 2) != "'":
            return 3
        around = {before if before not in {",", "/"} else message.at(quantity.start - 2)}
        around.add(behind if behind not in {",", "/"} else message.at(quantity.end + 1))
        if around & _SEXES and quantity.value > MAX_SCORE:
            return 3
        if before == "aged":
            return 2 if message.at(quantity.start + 1) != "to" else 0
        if before in {"age", "turned", "turning"} or (
            before in {":", "of", "is", "="} and message.at(quantity.start - 2) == "age"
        ):
            return 3
        if behind == "y" and message.at(quantity.end + 1) in {"/", "o"}:
            return 3
        return self._bare_age(quantity, before, behind)

    def _bare_age(self, quantity: _Quantity, before: str, behind: str) -> int:
        message = self._message
        ends_here = behind in _AFTER_AGE
        earlier = message.at(quantity.start - 2)
        if before in {"nearly", "almost", "only", "just", "about", "now", "over"}:
            before, earlier = earlier, message.at(quantity.start - 3)
        if before in {"im", "am", "hes", "shes"} or (before == "is" and earlier in self._cues["people"]):
            # "I'm 8 weeks": has a unit and never comes here; "I'm 7/10" is a score.
            adult = quantity.value > MAX_SCORE or before not in {"im", "am"}
            return 3 if adult and (ends_here or behind in {"who", "years", "on", "or", "yet", "this"}) else 0
        if before == "of" and earlier in {"someone", "man", "woman", "person", "runner"}:
            return 3
        if before == "(" and behind == ")":
            return 0 if {earlier, message.at(quantity.start - 3)}.isdisjoint(self._cues["people"]) else 3
        if quantity.value <= MAX_SCORE:
            return 0
        if before == "at" and ends_here | (behind in {"i", "mean", "means"}):
            return 1 if _ONCE.isdisjoint(message.clause_before(quantity.start, 5)) else 0
        lone = before in _BREAKS and behind in _BREAKS and len(message) > 2  # noqa: PLR2004 - a bare "17" says nothing
        spelled = message.at(quantity.start) in _NUMBERS and quantity.end == quantity.start + 1
        return 2 if lone and not spelled and _LEAST_LONE_AGE <= quantity.value < _LEAST_METRES else 0

    def _years_old(self, quantity: _Quantity) -> int:
        message = self._message
        of_many = {"to", "or"} & set(message.words[quantity.start : quantity.end])
        if quantity.unit not in {"year", "years", "yr", "yrs", "y"} or of_many:
            return 0
        behind = [word for word in message.words[quantity.end : quantity.end + 6] if word != "-"]
        old = bool(behind) and (
            behind[0] in {"old", "young", "o"}
            or (behind[0] == "/" and behind[1:2] == ["o"])
            or (behind[0] == "of" and behind[1:2] == ["age"])
        )
        plain = message.at(quantity.start - 1) in {"im", "am"} and (not behind or behind[0] in {",", ".", "and"})
        if not (old or plain):
            return 0
        what = set(behind[1:4]) | set(message.clause_before(quantity.start, 4))
        if {"its", "it"} & what:
            what |= set(message.sentence_before(quantity.start, 8))
        return 0 if what & self._cues["things"] and not what & {"im", "am"} else 3

    # --- runs ---

    def _distances(self) -> list[Found]:
        found = [item for quantity in self._free("distance", "bare") if (item := self._distance(quantity))]
        message = self._message
        for index, word in enumerate(message.words):
            named = self._named_distance(index, word)
            if named is not None:
                kilometres, start, end = named
                role = self._run_role(start, end)
                found.append(self._found(DISTANCE_KM, start, end, kilometres, role))
        return found

    def _distance(self, quantity: _Quantity) -> Found | None:
        message = self._message
        if quantity.dimension == "bare":
            exact = {"13.1": _HALF_MARATHON_KM, "26.2": _MARATHON_KM}.get(message.at(quantity.start))
            if exact is None:
                return None
            self._used.add(quantity.start)
            role = self._run_role(quantity.start, quantity.end)
            return self._found(DISTANCE_KM, quantity.start, quantity.end, exact, role)
        self._used.add(quantity.start)
        before, behind = message.at(quantity.start - 1), message.at(quantity.end)
        after = message.at(quantity.end + 1)
        how_long_it_took = after[:1].isdigit() or after in {"an", "about", "under"}
        past_it = behind == "into" or (behind == "in" and not how_long_it_took)  # "3 miles in it hurts"
        a_week = after in {"week", "wk"}
        more = behind in _NO_RUN_BEFORE or (behind in {"per", "/"} and not a_week)
        programme = before == "to" and message.at(quantity.start - 2) in {"couch", "c"}
        of_shoes = behind in {"in", "on"} and not _SHOES.isdisjoint(message.words[quantity.end : quantity.end + 4])
        part = (before == "first" and quantity.value < _LEAST_FIRST_KM) or (before == "last" and behind == "of")
        likely = _LEAST_KM <= quantity.value <= MAX_DISTANCE_KM and before not in {"/", "per", "£", "$", "within"}
        if past_it or more or programme or of_shoes or part or not likely:
            return None
        if quantity.unit not in {"miler", "milers"} and self._not_running(quantity):
            return None
        end = quantity.end
        role = WEEKLY if quantity.unit in {"mpw", "kpw"} else self._run_role(quantity.start, end)
        return self._found(DISTANCE_KM, quantity.start, end, round(quantity.value, 1), role)

    def _not_running(self, quantity: _Quantity) -> bool:
        """Return whether the nearest verb is of driving, walking or cycling."""
        message = self._message
        runs = (self._cues["run"] | {"run", "running", "jogging"}) - {"mile", "miles", "km", "k"}
        for word in message.sentence_before(quantity.start, 8):
            if word in runs:
                return False
            if word in self._cues["travel"]:
                return True
        return not self._cues["travel"].isdisjoint(message.clause_after(quantity.end, 2))

    def _named_distance(self, index: int, word: str) -> tuple[float, int, int] | None:
        message = self._message
        before, behind = message.at(index - 1), message.at(index + 1)
        if word in {"parkrun", "parkruns"} or (word == "park" and behind in {"run", "runs"}):
            return _PARKRUN_KM, index, index + 1 + (word == "park")
        if word in {"marathon", "marathons"}:
            if behind in {"runner", "runners", "pace", "shoes", "effort"} or before in {"ultra", "half"}:
                return None
            return _MARATHON_KM, index, index + 1
        if word == "half":
            at = index + 1 + (behind == "-")
            if message.at(at) in {"marathon", "marathons"} and message.at(at + 1) not in {"pace", "effort"}:
                return _HALF_MARATHON_KM, index, at + 1
            a_half = before in _BEFORE_A_HALF and message.at(index - 2) not in {"and", "n"}
            if (a_half or message.at(index - 2) == ":") and behind in _AFTER_A_HALF:
                return _HALF_MARATHON_KM, index, index + 1
        if word == "hm" and (before not in _BREAKS or behind in {"in", "on", "training"}):
            return _HALF_MARATHON_KM, index, index + 1
        return None

    def _run_role(self, start: int, end: int) -> str | None:
        """Return which run a distance is of, where the words around it say so."""
        before, behind = self._message.sentence_before(start, 9), self._message.sentence_after(end, 6)
        near = (*behind[:3], "", "")
        several = before[:1] == ["x"]  # 3 x 5k a week
        a_week = near[0] in {"a", "per", "each", "every", "/"} and near[1] in {"week", "wk"} and not several
        if (
            a_week
            or near[0] in {"weekly", "pw", "week", "weeks"}
            or near[:3] == ("p", "/", "w")
            or "weekly" in before[:4]
        ):
            return WEEKLY
        if _LONGEST & {*before[:7], *near} or "further" in before[:4]:
            return LONGEST
        times = (
            "ago" not in behind
            and {"a", "times"} & set(behind[:4])
            and {"day", "time", "times", "week", "twice"} & set(behind[:5])
        )
        if _USUAL & set(before[:5]) or {"every", "each", "always"} & set(behind[:2]) or times:
            return USUAL
        if self._is_future(before, behind):
            return GOAL
        if _DONE & set(before[:7]) or _DONE_BEHIND & set(behind[:3]) or not before:
            return None if before and before[0] in {"past", "than", "over"} else LAST_RUN
        return USUAL if before[0] in {"run", "do", "jog"} and before[1:2] == ["i"] else None

    def _is_future(self, before: list[str], behind: list[str]) -> bool:
        ahead = self._cues["future"] & set(before[:5] + behind[:4])
        if ahead and not {"ago", "yesterday", "last", "since"} & set(before[:4] + behind[:4]):
            return not ({"training"} >= ahead and "training" in behind[:2] and "marathon" not in before)
        if {"out", "until", "till"} & set(before[:4]) and _SPANS & set(before[:6]):
            return True
        soon = behind[:1] == ["in"] and not _SPANS.isdisjoint(behind[2:3])
        asked = not _ASKS.isdisjoint(before) and {"run", "do", "race"} & set(before)
        return bool(soon or (asked and behind[:1] == ["on"]))

    def _run_times(self) -> list[Found]:
        found: list[Found] = []
        for quantity in self._free("time", "clock"):
            minutes = self._clock_minutes(quantity) if quantity.dimension == "clock" else quantity.value
            if quantity.dimension == "time" and (quantity.size > _HOUR or not self._is_run_time(quantity)):
                continue
            if minutes is not None and 1 <= minutes <= MAX_RUN_MINUTES:
                self._used.add(quantity.start)
                found.append(self._found(RUN_MINUTES, quantity.start, quantity.end, round(minutes)))
        return found

    def _is_run_time(self, quantity: _Quantity) -> bool:
        """Return whether a time is that of a run, and not the stage of one or the time of something else."""
        message, activities = self._message, self._cues["other_activity"]
        before, behind = message.at(quantity.start - 1), message.clause_after(quantity.end, 7)
        if len(message) <= quantity.end - quantity.start + 2 and not behind:
            return activities.isdisjoint(message.words)
        first = behind[0] if behind else ""
        stage = first in _STAGES or (first == "in" and behind[1:2] not in (["the"], ["a"]))
        if stage or before in {"within", "first", "last", "every"} or (first == "after" and before != "for"):
            return False
        together = behind[: behind.index("and")] if "and" in behind else behind
        doing = activities & set(message.clause_before(quantity.start, 2))
        walks = {"walk", "walking"} & doing and message.at(quantity.start - 3) in {"run", "jog"}
        if first in activities or not _MACHINES.isdisjoint(together[:4]) or (doing - {"takes", "took"} and not walks):
            return False
        if walks or (_RUNNING & set(together[:4]) and _BESIDE_RUNNING.isdisjoint(behind[:2])):
            return True
        # "after 45 minutes my back goes tight"
        after = before == "after" and self._speaks_of_pain and first not in {"of", "on", "at", "in"}
        return self._follows_running(quantity, first) or after

    def _follows_running(self, quantity: _Quantity, first: str) -> bool:
        """Return whether the nearest word before a time that says what was done says running."""
        activities = self._cues["other_activity"]
        beside = self._distance_beside(quantity)
        for word in self._message.sentence_before(quantity.start, 9):
            takes = word in {"takes", "took"} and beside
            if word in _RUNNING_BEFORE or takes or (word == "did" and first not in activities | {"of"}):
                return True
            if word in activities or word in self._cues["pain"]:
                return False
        return beside

    def _distance_beside(self, quantity: _Quantity) -> bool:
        sentences = self._message.sentences
        return any(
            other.dimension == "distance" and sentences[other.start] == sentences[quantity.start]
            for other in self._quantities
        )

    def _clock_minutes(self, quantity: _Quantity) -> float | None:
        """Return the minutes of 1:45, 52:30 or 3:52:10 where it is the time of a run."""
        message, clock = self._message, quantity.clock
        before, behind = message.at(quantity.start - 1), message.at(quantity.end)
        if behind in {"/", "am", "pm", "per", "min", "a"} or before in {"at", "by", "until", "@", "sub"}:
            return None
        if "pace" in message.words[max(0, quantity.start - 3) : quantity.end + 2]:
            return None
        if any(part > 59 for part in clock[1:]):  # noqa: PLR2004 - minutes and seconds
            return None
        if len(clock) == 3:  # noqa: PLR2004 - hours, minutes, seconds
            return clock[0] * 60 + clock[1] + clock[2] / 60
        near = message.words[max(0, quantity.start - 8) : quantity.start] + message.sentence_after(quantity.end, 3)
        if (self._cues["run"] | _TIMED).isdisjoint(near):
            return None
        # Nobody runs for ten hours and tells the seconds: a small first number is hours, a large one minutes.
        return clock[0] * 60.0 + clock[1] if clock[0] <= 9 else clock[0] + clock[1] / 60  # noqa: PLR2004

    # --- pain score ---

    def _scores(self) -> list[Found]:
        """Return the pain score, at most one: the last that holds now, else the highest that is not past."""
        message = self._message
        found: list[tuple[_Quantity, str]] = []
        for quantity in self._free("score", "bare"):
            if quantity.value > MAX_SCORE or (quantity.value * 2) % 1:
                continue
            when = self._score_when(quantity, after_a_score=bool(found))
            if when:
                found.append((quantity, when))
        if not found:
            return []
        for wanted in ("now", "said", "past"):
            fitting = [quantity for quantity, when in found if when == wanted]
            if fitting:
                best = max(fitting, key=lambda quantity: quantity.value)
                break
        self._used.update(quantity.start for quantity, _ in found)
        value: int | float = int(best.value) if best.value == int(best.value) else best.value
        end = best.end + (message.at(best.end) == "ish")
        return [self._found(PAIN_SCORE, best.start, end, value)]

    def _score_when(self, quantity: _Quantity, *, after_a_score: bool) -> str:
        """Return "now", "said" or "past" for a pain score, and "" for any other number."""
        message = self._message
        before = message.sentence_before(quantity.start, 10)
        behind = message.sentence_after(quantity.end, 4)
        if quantity.dimension == "score":
            if not _COUNTED.isdisjoint(behind[:1]) or {"rpe", "effort", "recommend"} & {*before[:4], *behind[:2]}:
                return ""
            if before[:1] in (["on"], ["since"], ["dated"]) and message.at(quantity.start + 1) == "/":
                return ""
        elif not self._is_bare_score(quantity, before, behind, after_a_score=after_a_score):
            return ""
        if "used" in before[:4]:
            return "past"
        closest = [word for word in before if word not in _SCORE_HEDGES][:1]
        soon = behind[: behind.index(",")] if "," in behind else behind
        if {"now", "today", "currently", "atm"} & {*soon[:2], *before} or closest in (["to"], ["on"], ["down"]):
            return "now"
        if {"was", "from", "before", "were", "during"} & {*before[:4], *behind[:1]}:
            return "past"
        return "said"

    def _is_bare_score(self, quantity: _Quantity, before: list[str], behind: list[str], *, after_a_score: bool) -> bool:
        message = self._message
        glued = message.glued(quantity.start) and message.at(quantity.start - 1) in {"/", "-", "+", ".", "#", "'", ":"}
        o_clock = _CLOCK_WORDS & set(before[:4]) or {"afternoon", "evening", "clock", "am", "pm"} & set(behind[:3])
        if glued or o_clock or not _may_follow_score(behind) or self._is_in_a_list(quantity):
            return False
        content = [word for word in before if word not in _SCORE_HEDGES]
        hedges = before[: before.index(content[0])] if content else before
        # "8 miles = a 6": what stands before the sign is what led to it.
        anchor = content[0] if content and not ("=" in hedges and content[0] in self._cues["run"]) else ""
        if anchor == "day" and {"bad", "good", "worst", "best"} & set(before[:3]):
            return True
        change = anchor in {"from", "to"} and (_RISING.isdisjoint(before) or not _STEPS.isdisjoint(before))
        ahead = anchor == "on" and "going" not in before[:3]
        if change or ahead or (anchor == "back" and not _RETURNS.isdisjoint(before)):
            return False
        if message.at(quantity.start) == "one" and len(message) > 2 and anchor not in _SCALE:  # noqa: PLR2004
            return False  # "a bad one", "the second one"
        if anchor in _NO_SCORE_AFTER or (anchor in self._cues["run"] and anchor not in _SCORE_ANCHORS):
            return False
        if quantity.value == 0 and behind[:1] == ["pain"]:
            return True
        alone = not before or before[0] in {",", "-", ":"}
        if alone and (not behind or behind[0] in _AFTER_LONE_SCORE):
            return True
        if anchor in _SCORE_ANCHORS or (not anchor and {"is", "its", "was"} & set(hedges) and "been" not in hedges):
            return True
        if after_a_score and anchor:
            return True
        article = {"a", "an"} & set(hedges) and (not behind or behind[0] in _AFTER_SCORE_WORDS)
        guess = set(hedges) & _SURE_HEDGES and (
            "between" not in hedges or "and" in message.words[quantity.start : quantity.end]
        )
        return bool(article or (guess and (self._speaks_of_pain or len(content) <= 1)))

    def _is_in_a_list(self, quantity: _Quantity) -> bool:
        """Return whether a number stands in a row of numbers: "8, 12, 5, 20"."""
        message = self._message
        before = message.at(quantity.start - 1) == "," and message.at(quantity.start - 2).isdecimal()
        return before and message.at(quantity.end) == "," and message.at(quantity.end + 1).isdecimal()

    # --- onset ---

    def _onsets(self) -> list[Found]:
        """Return since when it hurts, at most one: the surest, of equally sure ones the first."""
        found: list[tuple[int, int, int, int]] = []  # -sureness, first word, word after, days
        for quantity in self._free("time"):
            sure = self._duration_sureness(quantity)
            days = self._days_of(quantity)
            if sure and days is not None:
                found.append((-sure, quantity.start, quantity.end, days))
        for quantity in self._free("year"):
            if self._is_since(quantity.start, 5):
                days = (self._today - date(int(quantity.value), 1, 1)).days
                found.append((-3, quantity.start, quantity.end, days))
        counted = {quantity.start for quantity in self._quantities if quantity.dimension == "time"}
        for day in _days_named(self._message, self._today):
            sure = 0 if day.start + 1 in counted else self._day_sureness(day)
            if sure:
                found.append((-sure, day.start, day.end, day.days))
        numbered = self._numbered_day()
        if numbered:
            found.append(numbered)
        found = [item for item in found if 0 <= item[3] <= MAX_ONSET_DAYS]
        if not found:
            return []
        _, start, end, days = min(found)
        comes_and_goes = any(phrase.kind == ON_AND_OFF for phrase in self._phrases)
        return [self._found(ONSET_DAYS, start, end, days, ON_AND_OFF if comes_and_goes else None)]

    def _days_of(self, quantity: _Quantity) -> int | None:
        if quantity.size <= _HOUR:
            return int(quantity.value // _DAY)
        return round(quantity.value / _DAY) if quantity.value / _DAY <= MAX_ONSET_DAYS else None

    def _numbered_day(self) -> tuple[int, int, int, int] | None:
        """Read "day 3" of a pain."""
        message = self._message
        for quantity in self._free("bare"):
            unit = message.at(quantity.start - 1)
            of = message.words[quantity.end : quantity.end + 3]
            hurts = of[:1] == ["of"] and not {"this", "back", "pain", "agony"}.isdisjoint(of)
            kind_of_day = {"bad", "good", "worst", "best"} & set(message.clause_before(quantity.start, 2))
            if unit == "day" and not kind_of_day and (hurts or (of[:1] != ["of"] and self._speaks_of_pain)):
                return (-1, quantity.start - 1, quantity.end, int(quantity.value))
            if unit in {"week", "month"} and hurts:
                return (-2, quantity.start - 1, quantity.end, round(quantity.value * _UNITS[unit][1] / _DAY))
        return None

    def _duration_sureness(self, quantity: _Quantity) -> int:
        """Return 0 for a time that is no onset, up to 3."""
        message = self._message
        before, behind = message.clause_before(quantity.start, 9), message.clause_after(quantity.end, 7)
        first = behind[0] if behind else ""
        ago = first in {"ago", "earlier", "before"} or (
            first == "back" and behind[1:2] not in (["pain"], ["ache"], ["hurts"])
        )
        days_in_hours = quantity.value >= _DAY and first in {"now", "of", "", ",", "."}
        if quantity.size <= _HOUR and not ago and not days_in_hours:
            return 0
        if not self._may_be_onset(quantity, before):
            return 0
        if message.at(quantity.start - 1) in {"until", "till", "til"} or message.at(quantity.start - 2) == "until":
            return 3
        kind = self._nearest(quantity.start, quantity.end, habits_are_runs=ago)
        second = message.at(quantity.end + 1)
        idle = not self._cues["idle"].isdisjoint([*before[:4], *behind[:3]]) and not ago
        if idle or (first == "after" and not self._cues["other"].isdisjoint(behind[:5])):
            return 0
        if kind in {"pain", "event"}:
            return 3
        if first == "on" and second in {"and", "i", "it", "my", "still", "", ",", "."}:
            return 3
        if "off" in before[:3] and "back" in message.sentence_after(quantity.end):
            return 3  # off running for so long because of it
        if kind == "run":
            after_each = {"every", "each", "after"} & set(before[:4]) and self._speaks_of_pain
            return 2 if ago else int(bool(after_each and before[0] == "for"))
        if kind in {"other", "habit"}:
            return 0
        short = len(message) < _FEW
        lone = message.at(quantity.start - 1) in _BEFORE_A_WEEK and first in {*_BREAKS, "now", "or", "already"}
        sure = message.at(quantity.start) not in {"a", "an"} or lone
        return int(short or bool({"had", "been"} & set(before[:4])) or (self._speaks_of_pain and sure))

    def _may_be_onset(self, quantity: _Quantity, before: list[str]) -> bool:
        first, second = self._message.at(quantity.end), self._message.at(quantity.end + 1)
        if first in _NO_ONSET_BEFORE or (first == "before" and second not in {"", ",", ".", "and"}):
            return False
        of_something = second in self._cues["habit"] | self._cues["other"] or quantity.end + 1 in self._medicine_words
        if first == "of" and of_something:
            return False
        if first == "a" and second in {"day", "week", "month", "year"}:
            return False
        if second in {"a", "the"} and first in {"in", "on"}:
            return False
        again = {"each", "every", "any"}
        if first == "afterwards" or (first == "after" and second in again) or (first in {"each", "every"}):
            return False
        if first in {"a", "as"} and quantity.size == _YEAR:  # "twenty years a postman"
            return False
        if first in {"last", "this"} and second in {"year", "summer", "winter", "month"}:
            return False
        if first == "old" or self._message.at(quantity.end) == "/":
            return False
        skipped = [word for word in before if word not in {"about", "around", "like", "the", "a", "roughly"}]
        if skipped[:1] == ["to"]:  # "coming up to 3 months"
            return skipped[1:2] in (["up"], ["close"])
        return _NO_ONSET_AFTER.isdisjoint(skipped[:1])

    def _day_sureness(self, day: _Day) -> int:
        """Return 0 for a day that is no onset, up to 3."""
        message = self._message
        before, behind = message.clause_before(day.start, 9), message.clause_after(day.end, 6)
        # "until" begins a clause of its own: it stands before the day and not in its clause.
        first = message.at(day.start - 1)
        alone = len(message) <= day.end - day.start + 2 and self._cues["pain"].isdisjoint(message.words)
        if (self._is_since(day.start, 9) and first not in {"every", "each"}) or alone:
            return 3
        if first in {"until", "till", "til"}:
            return 3 if message.at(day.start) in {"last", "yesterday"} else 0
        if self._is_other_day(day, before, behind):
            return 0
        kind = self._nearest(day.start, day.end, habits_are_runs=True)
        if kind not in {"pain", "event"} and not self._is_past(day):
            return 0
        if kind == "pain" and day.days == 0 and self._cues["event"].isdisjoint(before + behind):
            return 0  # "it hurts today" does not say since when
        if kind in {"pain", "event"}:
            return 3
        if kind == "run":
            # Of two runs the one that the pain is told of.
            around = {*message.sentence_before(day.start, 20), *message.sentence_after(day.end, 20)}
            if message.words[day.end - 1] == "year" and _AFTERMATH.isdisjoint(around):
                return 0
            return 1 if (_HURTING | self._cues["pain"]).isdisjoint(around) else 2
        return 0 if kind == "other" or day.vague else int(self._speaks_of_pain)

    def _is_past(self, day: _Day) -> bool:
        """Return whether a day that may be one to come is told of as past."""
        message = self._message
        name = message.words[day.end - 1]
        may_come = day.vague or day.days == 0 or name in _WEEKDAYS or name == "weekend"
        if not may_come or message.words[day.start] in {"last", "this"} or message.at(day.start - 1) == "last":
            return True
        sentence = {*message.sentence_before(day.start, 20), *message.sentence_after(day.end, 20)}
        told = not _BYGONE.isdisjoint(sentence)
        hurting = not (self._cues["pain"] | _HURTING).isdisjoint(sentence) and _QUESTIONS.isdisjoint(sentence)
        return told or (hurting and not day.vague and day.days > 0)

    def _is_other_day(self, day: _Day, before: list[str], behind: list[str]) -> bool:
        """Return whether a day is one of many, one to come, or that of something else."""
        message = self._message
        first, name = message.at(day.start - 1), message.words[day.end - 1]
        sentence = [*message.sentence_before(day.start, 20), *message.sentence_after(day.end, 20)]
        weekday = name in _WEEKDAYS
        if weekday and (len(_WEEKDAYS.keys() & set(sentence)) > 1 and _BYGONE.isdisjoint(sentence)):
            return True
        if weekday and first in {"the", "my", "our"} and message.at(day.start - 2) != "on":
            return True
        if weekday and {"until", "till"} & set(message.words[max(0, day.start - 3) : day.start]):
            return True
        many = name in _WEEKDAYS and (name.endswith("s") or message.at(day.end) in {"mornings", "nights", "evenings"})
        if many or (first == "this" and name in _WEEKDAYS) or first in _NOT_THAT_DAY or before[:2] == ["on", "is"]:
            return True
        if day.vague and first not in {"in", "last", "early", "mid", "late", "of", "on", "at", "over"}:
            return True
        if self._cues["future"] & {*before, *behind} and "ago" not in behind:
            return True
        return self._number_stands_before(day) or self._asks_ahead(day, before, behind)

    def _asks_ahead(self, day: _Day, before: list[str], behind: list[str]) -> bool:
        """Return whether a weekday is one to come: "can I race on Saturday"."""
        if self._message.words[day.end - 1] not in _WEEKDAYS or self._message.at(day.start) == "last":
            return False
        words = set(before + behind + self._message.sentence_before(day.start, 12))
        return not _WISHES.isdisjoint(words) and _BYGONE.isdisjoint(words)

    def _number_stands_before(self, day: _Day) -> bool:
        """Return whether the day belongs to a number: "it was a 6 on Sunday", "two weeks last year"."""
        cursor = day.start - 1
        while self._message.at(cursor) in {"on", "the", "over"}:
            cursor -= 1
        return any(
            quantity.end - 1 == cursor
            and (quantity.dimension in {"bare", "score"} or (quantity.dimension == "time" and quantity.size >= _DAY))
            for quantity in self._quantities
        )

    def _is_since(self, index: int, within: int) -> bool:
        """Return whether "since" stands before a time, and is not that of a medicine or of years of running."""
        before = self._message.clause_before(index, within)
        if "since" not in before:
            return False
        since_at = index - 1 - before.index("since")
        earlier = self._message.clause_before(since_at, 6)
        if not self._cues["idle"].isdisjoint(earlier[:4]) and self._cues["pain"].isdisjoint(earlier):
            return False
        if since_at - 1 in self._medicine_words or not self._cues["habit"].isdisjoint(earlier):
            return not (self._cues["pain"] | self._cues["event"]).isdisjoint(earlier)
        return True

    def _nearest(self, start: int, end: int, *, habits_are_runs: bool = False) -> str:
        """Return which kind of word stands nearest to a time: "pain", "run", "habit", "other" or ""."""
        message = self._message
        first = self._first_kind(message.clause_before(start, 10), start, -1, habits_are_runs, stop="and")
        if first:
            return first
        first = self._first_kind(message.clause_after(end, 7), end - 1, 1, habits_are_runs)
        if first:
            return first
        first = self._first_kind(message.clause_before(start, 10), start, -1, habits_are_runs)
        if first:
            return first
        first = self._first_kind(message.sentence_before(start, 14), start, -1, habits_are_runs)
        return first if first != "habit" else ""

    def _first_kind(self, words: list[str], index: int, step: int, habits_are_runs: bool, stop: str = "") -> str:
        cues = self._cues
        for offset, word in enumerate(words, 1):
            if word == stop:
                return ""
            if index + step * offset in self._medicine_words or word in cues["other"]:
                return "other"
            if word in cues["habit"]:
                begun = {"started", "began", "begun", "start", "took", "up", "into", "again"} & set(words[offset:][:2])
                if habits_are_runs and not begun and word in {"running", "jogging"}:
                    return "run"
                return "habit"
            if word in cues["run"]:
                return "run"
            if word in cues["event"]:
                return "event"
            if word in cues["pain"]:
                return "pain"
        return ""


_FEW = 10  # words of a message that answers a question
_AFTER_LONE_SCORE = frozenset({*_BREAKS, "-", "ish", "maybe", "probably"})
_HURTING = frozenset({"back", "spine", "glute", "bum", "buttock", "tailbone", "coccyx", "lumbar"})
_NOT_THAT_DAY = frozenset("every each by next its is for most".split())
_QUESTIONS = frozenset("should can could ok okay safe how what best if every".split())
_WISHES = frozenset("can should could ok okay want have has".split())
_BYGONE = frozenset(
    "ran did went was since had came woke fell hurt pulled started gone done felt finished got after ever never"
    " ended began lifted raced tripped slipped".split()
)
_AFTERMATH = frozenset({"since", "never", "ever", "still"})
_STEPS = frozenset("runs times days weeks km k miles reps sessions".split())
# What is counted by tens without hurting: "9 out of 10 people".
_COUNTED = frozenset("people times runs days weeks nights runners doctors sessions cases patients of would".split())
# Words that may stand between "pain" and its score.
_SCORE_HEDGES = frozenset(
    "is at a an about around approx roughly maybe probably prob like of level currently now still the its it only "
    "just rated solid good steady strong hard bad easily easy say prolly perhaps average avg score scale rating number "
    ", : = ~ be been was goes - more id hovering sitting resting between anywhere either low high full".split()
)
_SURE_HEDGES = frozenset("between maybe probably prob about around like say roughly perhaps prolly".split())
_SCORE_ANCHORS = frozenset(
    "pain pains ache back score level rate rated rates rating give scale agony spasm spasms lower dropped drops hits "
    "hit reached reaches from to down up now went gone discomfort currently soreness stiffness varies "
    "ranges on 10".split()
)
# "gone from a 7 to a 4", and not "upped to 4" or "nine to five".
_RISING = frozenset("gets goes gone went dropped drops down going eased jumped shot risen rose pain now was".split())
_SCALE = frozenset("pain score level rate rated rating scale".split())
# "it wakes me about four", "around four in the afternoon"
_CLOCK_WORDS = frozenset("wakes wake waking until till count parked".split())
# "be back at 5" is a time of day.
_RETURNS = frozenset("be go come get got went came".split())
_NO_SCORE_AFTER = frozenset(
    "week day mile km size grade stage ran run did do number no lap set sets reps speed incline gear phase month level "
    "every each last next first past another for than after in with l x hold by until".split()
)
_AFTER_SCORE_WORDS = frozenset(
    ", . ! ? ) ; \n - or out now today at when on if most some by resting sitting bending though but and this because "
    "maybe ish every all after before for with until while then lying standing walking from to during i id in".split()
)
_BEFORE_A_WEEK = frozenset({*_BREAKS, "been", "about", "nearly", "almost", "over", "like", "for"})
_NO_ONSET_AFTER = frozenset("in within every each next takes take after by another first lasting lasted lasts".split())
_NO_ONSET_BEFORE = frozenset(
    "plan programme program course block streak training off later shift shifts early out until till old build "
    "notice to postpartum pregnant pp gone along per into straight course taper challenge ahead time".split()
)


def _may_follow_score(behind: list[str]) -> bool:
    return not behind or behind[0] in _AFTER_SCORE_WORDS or behind[0] in {"pain", "easily", "probably", "going"}


def _gap(quantity: _Quantity, phrase: _Phrase) -> int:
    return max(quantity.start - phrase.end, phrase.start - quantity.end, 0)


def _years(quantity: _Quantity) -> float:
    """Return the years of a number that may be an age."""
    return quantity.value / _DAY / _DAYS_A_YEAR if quantity.dimension == "time" else quantity.value


# --- places ----------------------------------------------------------------------------------------------------------

# Each word as one letter, so that the shapes below read along a message:
# L U M levels, B back, l r sides, b both, 1 one, s "side", h "hand", a "and", o "of my", n "on", q "mostly", c comma,
# . end of a sentence, P a listed place, D one down the leg, x any other.
_LETTERS = {
    letter: frozenset(words.split())
    for letter, words in {
        "L": "lower low lowest",
        "U": "upper",
        "M": "middle mid",
        "B": "back spine backs backache backs' spinal",
        "l": "left",
        "r": "right",
        "b": "both either",
        "1": "one 1 single",
        "s": "side sides sided",
        "h": "hand handed",
        "a": "and or to n & - / + mid",
        "o": "of my the his her your",
        "n": "on",
        "q": "days times mostly mainly more usually definitely pain ache hurts sore",
        "c": ", : ( )",
        ".": ". ! ? ; \n",
    }.items()
}
_LETTER_OF = {word: letter for letter, words in _LETTERS.items() for word in words} | {"mid": "M"}
_LEVEL_OF = {"L": "lower", "U": "upper", "M": "middle"}
_LEVELS_OF_BACK = re.compile(r"[LUM][LUMlrahc]{0,5}?s?B")
_LEVEL_AND_SIDE = re.compile(r"([LU])(?=(?:no?)?[lr]h?s|[lr](?:oo?B|[.c]|$))")
_BARE_LEVEL = re.compile(r"(?:(?<=^)|(?<=[.caobsq])|(?<=Ba)|(?<=B))[LU](?=[.c]|$)")
_SIDE = re.compile(r"([lr])a?h?a?s")
_SIDE_OF_LEVEL = re.compile(
    r"([lr])(?=[LUM][LUMa]*(?:B|s)|P|[LUM]P)|(?<=[LU])([lr])(?=[sB.c]|$|oo?B)|(?<=o)([lr])(?=B)"
)
_ON_THE_SIDE = re.compile(r"(?:no{0,2}|(?<=[.cq])o)([lr])(?=[.canaqxo]|$)|(?<=[.c])(l)(?=[.c])|([lr])(?=ooB|oB)")
_SHAPES = re.compile(r"[LUMlrb1]")
_BOTH = re.compile(r"bo?s|la(r)")
_ONE = re.compile(r"1a?s")
_AFTER_A_SIDE = frozenset(
    "mostly mainly only just above below near by when after if and but of now more at than".split()
)
# "in the middle" is a place on the back where the back is spoken of, and elsewhere a seat.
_LOOSE_PLACES = frozenset({"in middle", "across middle", "at bottom", "near bottom", "up top"})
# "right between the blades", "right in the middle": exactly there.
_NOT_SIDED = frozenset("between in at near top up high half halfway base small bottom middle centre center".split())
_SIDE_NAMES = {"l": "one_side_left", "r": "one_side_right"}


def _places(message: _Words, phrases: list[_Phrase], is_denied: Callable[[int], bool]) -> list[Found]:
    """Return the places on the back that a message names."""
    letters = [_LETTER_OF.get(word, "x") for word in message.words]
    spans: list[tuple[int, int, str]] = []
    for phrase in phrases:
        if phrase.heading != "none":
            spans.append((phrase.start, phrase.end, phrase.heading))
        if phrase.heading == "down_the_leg":
            letters[phrase.end - 1] = "D"
        elif phrase.heading != "none":
            for index in range(phrase.start, phrase.end):
                if letters[index] not in "lrL" and message.words[index] not in _NOT_SIDED:
                    letters[index] = "P"
        else:
            for index in range(phrase.start, phrase.end):
                letters[index] = "x"
    line = "".join(letters)
    if not _SHAPES.search(line):
        return _placed(message, spans, is_denied)
    for match in _LEVELS_OF_BACK.finditer(line):
        spans.extend(
            (index, match.end(), _LEVEL_OF[line[index]])
            for index in range(match.start(), match.end())
            if line[index] in _LEVEL_OF
        )
    spans.extend((match.start(), match.end(), _LEVEL_OF[match[1]]) for match in _LEVEL_AND_SIDE.finditer(line))
    spans.extend((match.start(), match.end(), _LEVEL_OF[match[0]]) for match in _BARE_LEVEL.finditer(line))
    spans.extend(_sides(message, line))
    if any(place in {"one_side_left", "one_side_right"} for _, _, place in spans):
        spans = [span for span in spans if span[2] != "one_side"]
    return _placed(message, spans, is_denied)


def _sides(message: _Words, line: str) -> Iterator[tuple[int, int, str]]:
    for pattern, place in ((_SIDE, ""), (_BOTH, "both_sides"), (_ONE, "one_side")):
        for match in pattern.finditer(line):
            if _is_of_the_back(message, line, match.end()):
                yield match.start(), match.end(), place or _SIDE_NAMES[match[1]]
    for pattern in (_SIDE_OF_LEVEL, _ON_THE_SIDE):
        for match in pattern.finditer(line):
            index = match.start(match.lastindex or 0)
            elsewhere = pattern is _ON_THE_SIDE and line[index + 1 : index + 2] in {"x", "q"}
            if elsewhere and message.at(index + 1) not in _AFTER_A_SIDE:
                continue
            if _is_of_the_back(message, line, index + 1) and "D" not in line[max(0, index - 4) : index]:
                yield index, index + 1, _SIDE_NAMES[line[index]]


def _is_of_the_back(message: _Words, line: str, index: int) -> bool:
    """Return whether a side is not followed by "of my knee"."""
    if message.at(index) != "of":
        return True
    while index < len(line) and line[index] == "o":
        index += 1
    return line[index : index + 1] in {"L", "U", "M", "B", "P"} or message.at(index) in {"it", "me", "body", ""}


def _placed(message: _Words, spans: list[tuple[int, int, str]], is_denied: Callable[[int], bool]) -> list[Found]:
    return [
        Found(BACK_PLACE, message.starts[start], message.ends[end - 1], place)
        for start, end, place in spans
        if not is_denied(start)
    ]
