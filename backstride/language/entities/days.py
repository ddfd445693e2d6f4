"""Read the days that a message names, as so many days ago."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from backstride.language.entities.message import Message
from backstride.language.entities.quantities import DAYS_A_WEEK, is_year, number_at

WEEKDAYS = {
    name: number
    for number, day in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
    for name in (day, day + "s")
}
_SHORT_WEEKDAYS = {
    "mon": 0, "tue": 1, "tues": 1, "wed": 2, "weds": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4, "sat": 5, "sun": 6,
}  # fmt: skip
MONTHS = {
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
_BEFORE_YESTERDAY = frozenset({("day", "before", "yesterday"), ("night", "before", "last")})
_ORDINALS = frozenset("th st nd rd".split())
_BEFORE_SEASON = frozenset("in last the since this early late".split())
_BEFORE_WEEKEND = frozenset("the this at all last past".split())
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Day:
    """A day that a message names: words `start` to `end`, so many days ago.

    A `vague` one needs "since" or "in"; a `weekday` may also be one to come.
    """

    start: int
    end: int
    days: int
    vague: bool = False
    weekday: bool = False


def days_named(message: Message, today: date) -> Iterator[Day]:
    """Yield the days that a message names, in its order."""
    index = 0
    while index < len(message):
        day = _day_at(message, index, today)
        if day is None:
            index += 1
        else:
            yield day
            index = day.end


def _day_at(message: Message, index: int, today: date) -> Day | None:
    word, after = message.words[index], message.at(index + 1)
    if (word, after, message.at(index + 2)) in _BEFORE_YESTERDAY:
        return Day(index, index + 3, 2)
    days = _DAYS_OF_TWO_WORDS.get((word, after))
    if days is not None:
        return Day(index, index + 2, days)
    if word in _DAY_WORDS:
        return Day(index, index + 1, _DAY_WORDS[word])
    if word == "weekend" and message.at(index - 1) in _BEFORE_WEEKEND:
        return Day(index, index + 1, _days_since_weekday(today, _SATURDAY))
    return _weekday_at(message, index, today) or _feast_at(message, index, today) or _date_at(message, index, today)


def _weekday_at(message: Message, index: int, today: date) -> Day | None:
    word, before = message.words[index], message.at(index - 1)
    weekday = WEEKDAYS.get(word)
    if weekday is None and before in {"since", "on", "last"}:
        weekday = _SHORT_WEEKDAYS.get(word)
    if weekday is None:
        return None
    days = _days_since_weekday(today, weekday)
    if message.words[index + 1 : index + 4] == ["of", "last", "week"]:
        return Day(index, index + 4, today.weekday() + DAYS_A_WEEK - weekday, weekday=True)
    if message.at(index + 1) == "ago":
        # "two sundays ago"
        number = number_at(message, index - 1)
        weeks = 2.0 if before == "couple" else number[0] if number else 1.0
        return Day(max(index - 1, 0), index + 2, days + DAYS_A_WEEK * (max(int(weeks), 1) - 1), weekday=True)
    return Day(index - (before == "last"), index + 1, days, weekday=True)


def _feast_at(message: Message, index: int, today: date) -> Day | None:
    word, after = message.words[index], message.at(index + 1)
    if word == "easter":
        if is_year(after):
            return Day(index, index + 2, (today - _easter(int(after))).days, vague=True)
        last = max(day for year in (today.year - 1, today.year) if (day := _easter(year)) <= today)
        return Day(index, index + 1, (today - last).days, vague=True)
    feast = _FEASTS_OF_TWO_WORDS.get((word, after))
    if feast is not None:
        return Day(index, index + 2, _days_since(today, *feast), vague=True)
    if word in _FEASTS or (word in _SEASONS and message.at(index - 1) in _BEFORE_SEASON):
        return Day(index, index + 1, _days_since(today, *(_FEASTS | _SEASONS)[word]), vague=True)
    return None


def _date_at(message: Message, index: int, today: date) -> Day | None:
    """Read a month, with its year, and with the day of the month before it or behind it."""
    month = MONTHS.get(message.words[index])
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
    if is_year(year):
        return Day(start, end + 1, (today - _nearest_date(int(year), month, day)).days, vague=vague)
    return Day(start, end, _days_since(today, month, day), vague=vague)


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
