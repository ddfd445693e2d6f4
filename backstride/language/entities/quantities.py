"""Read the numbers of a message, each with its unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backstride.language.entities.findings import MAX_SCORE
from backstride.language.entities.message import BREAKS, Message

DAYS_A_WEEK, DAYS_A_MONTH, DAYS_A_YEAR = 7, 30, 365
_KM_A_MILE = 1.609344

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen".split()
)
_TENS = {
    word: 10 * value for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
NUMBERS: Mapping[str, int] = {
    **{word: value for value, word in enumerate(_SMALL)}, **_TENS, "fourty": 40, "fourtyfive": 45, "forteen": 14,
}  # fmt: skip
_VAGUE = {"couple": 2, "few": 3, "several": 4}
_FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75}
_QUARTERS = frozenset({"quarter", "quarters"})
_RANGE_SIGNS = frozenset({"-", "–", "—", "to", "or", "~"})
_LONGEST_NUMBER = 7
# "2day" is no two days.
_TODAY_IN_HASTE = frozenset({"day", "nite", "night", "moro", "morrow", "mrw"})

MINUTE, HOUR, DAY = 1, 60, 1440
WEEK, MONTH, YEAR = DAY * DAYS_A_WEEK, DAY * DAYS_A_MONTH, DAY * DAYS_A_YEAR
# Words -> what they measure, and how many minutes or kilometres one is. "other" counts what is no time and no distance.
UNITS: Mapping[str, tuple[str, float]] = {
    word: (dimension, float(size))
    for words, dimension, size in (
        ("min mins minute minutes minuite minuites", "time", MINUTE),
        ("h hr hrs hour hours", "time", HOUR),
        ("day days d night nights", "time", DAY),
        ("week weeks wk wks w", "time", WEEK),
        ("fortnight fortnights", "time", 2 * WEEK),
        ("month months mo mos mth mths mnth mnths", "time", MONTH),
        ("year years yr yrs y", "time", YEAR),
        ("decade decades", "time", 10 * YEAR),
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
class Quantity:
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


def number_at(message: Message, index: int) -> tuple[float, int] | None:
    """Return the number that begins at a word, and the word after it; words such as "a few" need a unit behind."""
    word = message.at(index)
    if not word:
        return None
    after = message.at(index + 1)
    if word[0].isdigit() and word[0].isascii():
        return _digits_at(message, index, word)
    if word in _FRACTIONS:
        return _FRACTIONS[word], index + 1
    if word in NUMBERS:
        if word in _TENS:
            unit_at = index + 2 if after == "-" else index + 1
            unit = NUMBERS.get(message.at(unit_at), 0)
            if 0 < unit < 10:  # noqa: PLR2004 - thirty-four
                return float(_TENS[word] + unit), unit_at + 1
        if after == "hundred":
            return NUMBERS[word] * 100.0, index + 2
        return float(NUMBERS[word]), index + 1
    return _vague_at(message, index, word, after)


def _digits_at(message: Message, index: int, word: str) -> tuple[float, int] | None:
    before = message.at(index - 1)
    if message.glued(index) and before.isalpha() and before not in {"x", "h", "hr", "hrs"}:
        # "F28, back pain" is a woman of 28; "on the M25" is a road, and L4 a vertebra.
        of_a_person = before in {"m", "f"} and message.at(index - 2) in BREAKS and message.at(index + 1) in BREAKS
        if not of_a_person:
            return None
    is_texting = word == "2" and message.glued(index + 1) and message.at(index + 1) in _TODAY_IN_HASTE
    if len(word) > _LONGEST_NUMBER or is_texting:
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


def _vague_at(message: Message, index: int, word: str, after: str) -> tuple[float, int] | None:
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
    return len(unit) > 1 and unit in UNITS and UNITS[unit][0] in {"time", "distance"}


def quantities_in(message: Message) -> list[Quantity]:
    """Return the numbers of a message, each once, in its order."""
    found: list[Quantity] = []
    index = 0
    while index < len(message):
        quantity = _quantity_at(message, index)
        if quantity is None:
            index += 1
        else:
            found.append(quantity)
            index = quantity.end
    return found


def _quantity_at(message: Message, index: int) -> Quantity | None:
    number = number_at(message, index)
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
        counted = message.at(half_at + 1) in UNITS or _out_of_ten(message, half_at + 1) is not None
        if message.at(half_at) == "half" and counted:
            value, end = value + 0.5, half_at + 1
    if message.at(end) in _RANGE_SIGNS or (message.at(end) == "and" and message.at(index - 1) == "between"):
        value, end = _range_from(message, value, end)
    if message.at(end) == "/" and message.at(end + 1)[:1].isdigit():
        return _slashed(message, index, end, value)
    out_of = _out_of_ten(message, end)
    if out_of is not None:
        return Quantity(index, out_of, value, "score" if value <= MAX_SCORE else "other")
    return _with_unit(message, index, end, value)


def _many_at(message: Message, index: int) -> Quantity | None:
    """Read "for years" and a bare "Years." as two of them."""
    unit = message.words[index]
    alone = message.at(index - 1) in BREAKS and message.at(index + 1) in BREAKS
    if unit in {"weeks", "months", "years"} and (message.at(index - 1) == "for" or alone):
        size = UNITS[unit][1]
        return Quantity(index, index + 1, 2 * size, "time", unit, size)
    return None


def _range_from(message: Message, low: float, sign_at: int) -> tuple[float, int]:
    second = number_at(message, sign_at + 1)
    vague = message.at(sign_at + 1) in {"a", "an", "half", *_VAGUE}
    # "7 to 4" is a change and not a range, "10 - 3 weeks" two things.
    return (low, sign_at) if second is None or vague or second[0] <= low else second


def _clock_at(message: Message, index: int) -> Quantity | None:
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
    return Quantity(index, cursor + 1, 0.0, "clock", clock=tuple(parts))


def _slashed(message: Message, start: int, slash: int, value: float) -> Quantity:
    """Read 7/10, and swallow dates, 24/7 and the like."""
    end = slash + 2
    of_ten = message.at(slash + 1) == "10" and value <= MAX_SCORE
    while message.at(end) in {"/", "."} and message.glued(end) and message.at(end + 1)[:1].isdigit():
        of_ten = False
        end += 2
    unit = message.at(end + 1) if message.at(end) == "-" else message.at(end)
    if unit in UNITS or (message.glued(end) and unit.isalpha()):
        of_ten = False
    return Quantity(start, end, value, "score" if of_ten else "other")


def _out_of_ten(message: Message, index: int) -> int | None:
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
    return index + 1 if ten and message.at(index + 1) not in UNITS else None


def _with_unit(message: Message, start: int, end: int, value: float) -> Quantity:
    unit_at = end
    while message.at(unit_at) in {"-", "+", "ish", "solid", "full", "odd"} and message.at(unit_at + 1) in UNITS:
        unit_at += 1
    unit = message.at(unit_at)
    if unit not in UNITS or (unit in _GLUED_UNITS and not message.glued(unit_at)):
        a_year = end == start + 1 and is_year(message.at(start))
        return Quantity(start, end, value, "year" if a_year else "bare")
    dimension, size = UNITS[unit]
    if unit == "x" and message.at(unit_at + 1)[:1].isdigit():
        return Quantity(start, unit_at + 1, value, "other", unit)
    if unit == "m" and unit_at > 0 and message.at(unit_at - 2) in {"h", "hr"}:
        dimension = "time"
    value, end = value * size, unit_at + 1
    if dimension == "time" and size == HOUR:
        value, end = _minutes_after_hours(message, value, end, unit)
    if message.at(start) in {"a", "an"} and _is_rate(message, start):
        dimension = "other"
    if dimension in {"time", "distance"}:
        value, end = _and_a_half(message, value, end, size)
    return Quantity(start, end, value, dimension, unit, size)


def is_year(word: str) -> bool:
    """Return whether a word is a year, such as 2019."""
    return len(word) == 4 and word.isdecimal() and word[:2] in {"19", "20"}  # noqa: PLR2004


# These end in s and are counted by nobody: "it hurts a week", "this has been".
_NO_PLURALS = frozenset("this hurts aches lasts takes perhaps always sometimes".split())


def _is_rate(message: Message, index: int) -> bool:
    """Return whether "a day" stands in "three times a day" or "2 hours a day"."""
    before = message.at(index - 1)
    if message.at(index + 2) in {"ago", "back"}:
        return False
    plural = len(before) > 3 and before.endswith("s") and before not in _NO_PLURALS  # noqa: PLR2004
    return before in UNITS or before in {"once", "twice", "thrice"} or before.isdecimal() or plural


def _minutes_after_hours(message: Message, minutes: float, end: int, unit: str) -> tuple[float, int]:
    """Read the 15 of 1h15 and of "1 hour 15 min"."""
    index = end + (message.at(end) == "and")
    word = message.at(index)
    if word.isdecimal() and len(word) <= 2 and int(word) < 60:  # noqa: PLR2004 - minutes
        behind = message.at(index + 1)
        if behind in {"min", "mins", "minutes", "minute", "m"}:
            return minutes + int(word), index + 2
        if unit in {"h", "hr", "hrs"} and behind not in UNITS and behind not in {"/", "-", "to", "or"}:
            return minutes + int(word), index + 1
    return minutes, end


def _and_a_half(message: Message, value: float, end: int, size: float) -> tuple[float, int]:
    """Read "and a half" and "or two" behind a unit."""
    first, second = message.at(end), message.at(end + 1)
    if first in {"and", "n", "&"} and second == "a" and message.at(end + 2) == "half":
        return value + size / 2, end + 3
    if first in {"and", "n"} and second == "half":
        return value + size / 2, end + 2
    if first == "or" and second in {"two", "three"} and message.at(end + 2) not in UNITS:
        return float(NUMBERS[second]) * size, end + 2
    return value, end
