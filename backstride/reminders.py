"""Reminders: when to ask, read from a message, and when the next time is. Pure; the sentences stand in diary.yml."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from backstride.diary_file import USUAL_TIME, WEEKDAYS, DiaryFile

EVERY_DAY = frozenset(range(7))
# After so many that nobody answered it stops by itself: an unread question is a burden, and a reason to keep data.
MAX_UNANSWERED = 5
_NOON, _LAST_MORNING_HOUR, _MIDNIGHT = 12, 11, 24

_DAY_WORDS = {
    **{name: frozenset({number}) for number, name in enumerate(WEEKDAYS)},
    **{name[:3]: frozenset({number}) for number, name in enumerate(WEEKDAYS)},
    "tues": frozenset({1}),
    "weds": frozenset({2}),
    "thur": frozenset({3}),
    "thurs": frozenset({3}),
    "weekday": frozenset(range(5)),
    "weekend": frozenset({5, 6}),
}
_CLOCK = re.compile(
    r"(?:\b(?P<at>at|around|about|by|@|to|make (?:it|that))\s*)?\b(?P<hour>[01]?\d|2[0-3])(?:[:.h](?P<minute>[0-5]\d))?"
    r"\s*(?P<half>am|pm|a\.m\.|p\.m\.|o'?clock)?(?![\w:])",
)
# "Half eight" is half past eight.
_HALF_PAST = re.compile(r"\b(?:(?P<what>half|quarter) (?P<which>past|to)|half) (?P<hour>\d{1,2})\b")
_NUMBER_WORDS = {
    word: number
    for number, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), start=1)
}
_SPOKEN_HOUR = re.compile(rf"\b(at|past|to|by|around|about|half) ({'|'.join(_NUMBER_WORDS)})\b")
_WORD = re.compile(r"[a-z]+")
_BARE_HOUR = re.compile(r"\s*(?:[01]?\d|2[0-3])\W*")
DAYS_A_WEEK, _MOST_DAYS = 7, 60
_DAYS_OF = {"day": 1, "evening": 1, "night": 1, "morning": 1, "week": DAYS_A_WEEK, "month": 30}
_COUNTS = {"other": 2, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, **_NUMBER_WORDS}
_EVERY_FEW = re.compile(
    rf"\b(?:every|each)\s+(?P<count>{'|'.join(_COUNTS)}|[1-9]\d?)\s+"
    rf"(?P<unit>{'|'.join((*_DAYS_OF, *sorted(_DAY_WORDS)))})s?\b"
)
_ONCE_A = {
    r"alternat(?:e|ing) (?:day|evening|night|morning)s?": 2,
    r"(?:fortnightly|every fortnight|once a fortnight)": 2 * DAYS_A_WEEK,
    r"(?:weekly|every week|each week|once a week)": DAYS_A_WEEK,
    r"(?:monthly|every month|each month|once a month)": 30,
}
_MORE_THAN_DAILY = re.compile(
    r"\b(?:twice|two times|three times|\d times|several times) (?:a|per|each|every) day\b|\bhourly\b"
    r"|\bevery (?:few |other |\w+ )?hours?\b|\bmorning and (?:evening|night)\b|\bafter (?:every|each) (?:run|meal)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When to ask.

    Args:
        at: the time of day.
        weekdays: 0 is Monday; all seven for every day.
        zone: the name of the time zone, such as Europe/Berlin; "" for that of the server.
        once: ask a single time.
        every_days: days from one time to the next, 2 for every other day; with days of the week a number of weeks.
    """

    at: time
    weekdays: frozenset[int] = EVERY_DAY
    zone: str = ""
    once: bool = False
    every_days: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """A reminder as it is kept.

    Args:
        conversation: whom to ask.
        channel: the name of Rasa's channel through which.
        schedule: when.
        next_at: the next time, with a time zone.
        unanswered: how many were not answered in a row.
    """

    conversation: str
    channel: str
    schedule: Schedule
    next_at: datetime
    unanswered: int = 0


def zone_named(name: str) -> tzinfo | None:
    """Return a time zone by its name, that of the server for "", or None for one that is not known."""
    if not name:
        return datetime.now(timezone.utc).astimezone().tzinfo
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # a name that no zone has, or none that could be one
        return None


def next_time(schedule: Schedule, after: datetime, *, last: datetime | None = None) -> datetime:
    """Return the next time to ask, in UTC.

    A time that a change of the clocks leaves out is asked an hour later; one that comes twice is asked at its first.

    Args:
        schedule: when to ask.
        after: a time with a time zone; the next one is later than it.
        last: when it was asked last, from which every other day is counted; None before the first time.
    """
    zone = zone_named(schedule.zone) or timezone.utc
    local = after.astimezone(zone)
    counted_from = last.astimezone(zone).date() if last is not None else None
    for days in range(9 + schedule.every_days):
        day = local.date() + timedelta(days=days)
        is_between = counted_from is not None and (day - counted_from).days % schedule.every_days
        if day.weekday() not in schedule.weekdays or is_between:
            continue
        # Through UTC: only there is a time that the clocks leave out a real one.
        wanted = datetime.combine(day, schedule.at, tzinfo=zone).astimezone(timezone.utc)
        if wanted > after:
            return wanted
    raise ValueError("a schedule names at least one day of the week")


def read_schedule(text: str, file: DiaryFile, *, zone: str = "", before: Schedule | None = None) -> Schedule:
    """Return when somebody wants to be asked; what they do not say is as before, else every day at the usual time.

    Args:
        text: "every evening", "at 7:30 pm on weekdays", "tomorrow at noon".
        file: words for times of day, the usual time, and what says that it comes again.
        zone: the person's time zone, or "".
        before: the schedule that the message changes, or None for a new one.
    """
    times, said = file.times, _spoken_hours_as_digits(text.casefold().replace("’", "'"))
    if _BARE_HOUR.fullmatch(said):
        said = f"at {said}"
    words = [word for word in _WORD.findall(said) if word not in {"may", "sat"} or _is_a_day(word, said)]
    part = next((word for word in (_singular(word) for word in words) if word in times and word != USUAL_TIME), None)
    clock = _clock_in(said, part)
    days: frozenset[int] = frozenset()
    for word in words:
        days |= _DAY_WORDS.get(_singular(word), frozenset())
    is_repeated = not file.saying.repeating.isdisjoint(words)
    once = not days and not is_repeated
    is_single = "once" in words and not re.search(r"\bonce (?:a|per|every|each)\b", said)
    once = once and (is_single or bool({"tonight", "tomorrow"} & set(words)))
    every = _days_between(said, names_days=bool(days)) if not once else 1
    at = clock or (times[part] if part else before.at if before else times[USUAL_TIME])
    if before is not None and clock is None and part is not None and before.at != times[USUAL_TIME]:
        # "At 9", and then "in the morning".
        at = _in_part(before.at, times[part])
    if before is not None and not days and not once and not is_repeated:
        return Schedule(at=at, weekdays=before.weekdays, zone=zone, once=before.once, every_days=before.every_days)
    return Schedule(at=at, weekdays=days or EVERY_DAY, zone=zone, once=once, every_days=every)


def names_only_times(text: str, file: DiaryFile) -> bool:
    """Return whether a message says nothing but when: "at 9", "in the morning", "mon wed fri only".

    Args:
        text: the message.
        file: words for times of day, and what may stand beside them.
    """
    said = text.casefold().replace("’", "'")
    if _BARE_HOUR.fullmatch(said):
        return True
    left = _without_clock(said)
    whens = {*file.times, *_DAY_WORDS, *_DAYS_OF, *file.saying.repeating, "tomorrow"} - {USUAL_TIME}
    words = {_singular(word) for word in re.findall(r"[^\W_]+", left)}
    return (names_clock(text) or not whens.isdisjoint(words)) and words <= whens | file.saying.beside_times


def names_clock(text: str) -> bool:
    """Return whether a message says a time by the clock: "at 9", "7:30"; a number alone may be anything."""
    said = text.casefold().replace("’", "'")
    return _without_clock(said) != _spoken_hours_as_digits(said)


def _without_clock(said: str) -> str:
    left = _HALF_PAST.sub(" ", _spoken_hours_as_digits(said))
    return _CLOCK.sub(lambda match: " " if match["at"] or match["minute"] or match["half"] else match[0], left)


def _spoken_hours_as_digits(said: str) -> str:
    """Return a text with "at nine" written "at 9"."""
    return _SPOKEN_HOUR.sub(lambda m: f"{m.group(1)} {_NUMBER_WORDS[m.group(2)]}", said)


def _in_part(at: time, part: time) -> time:
    """Return a time of day in the half of the day that another one lies in: 9 in the evening, or in the morning."""
    is_morning = part.hour < _NOON
    return time(at.hour % _NOON + (0 if is_morning else _NOON), at.minute)


def wants_more_than_daily(text: str) -> bool:
    """Return whether somebody wants to be asked more than once a day, which no schedule does."""
    return bool(_MORE_THAN_DAILY.search(text.casefold()))


def _days_between(said: str, *, names_days: bool) -> int:
    """Return the days from one time to the next: 2 for "every other day", 14 for "every other Monday"."""
    span = _EVERY_FEW.search(said)
    if span is None:
        once_a = next((days for word, days in _ONCE_A.items() if re.search(rf"\b{word}\b", said)), 1)
        return 1 if names_days and once_a == DAYS_A_WEEK else once_a
    word, unit = span["count"], span["unit"]
    count = int(word) if word.isdigit() else _COUNTS[word]
    days = count * _DAYS_OF.get(unit, 1)
    if names_days and not days % DAYS_A_WEEK:
        return days
    # "Every other Monday" counts weeks, whatever word names the day.
    return count * DAYS_A_WEEK if unit not in _DAYS_OF and names_days else min(max(days, 1), _MOST_DAYS)


def first_time(schedule: Schedule, text: str, now: datetime) -> datetime:
    """Return the first time to ask: "tomorrow" leaves today out."""
    if "tomorrow" not in text.casefold():
        return next_time(schedule, now)
    zone = zone_named(schedule.zone) or timezone.utc
    end_of_today = datetime.combine(now.astimezone(zone).date(), time.max, tzinfo=zone)
    return next_time(schedule, max(now, end_of_today.astimezone(timezone.utc)))


def _is_a_day(word: str, said: str) -> bool:
    return word == "sat" and bool(re.search(r"\b(on|every|each|and|fri|sun)\W+sat\b", said))


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and word[:-1] in {*_DAY_WORDS, "evening", "morning", "night"} else word


def _clock_in(said: str, part: str | None) -> time | None:
    """Return the time of day of a message; without am or pm, that of the part of the day named, else the later one."""
    half_past = _HALF_PAST.search(said)
    if half_past and 1 <= int(half_past["hour"]) <= _NOON:
        minutes = 15 if half_past["what"] == "quarter" else 30
        hour = _full_hour(int(half_past["hour"]), said, part)
        moved = datetime(2000, 1, 1, hour) + timedelta(minutes=-minutes if half_past["which"] == "to" else minutes)  # noqa: DTZ001 - a clock's hands, no moment
        return moved.time()
    for match in _CLOCK.finditer(said):
        half = (match["half"] or "").replace(".", "")
        if not (match["at"] or match["minute"] or half):
            continue
        hour, minute = int(match["hour"]), int(match["minute"] or 0)
        if half in {"am", "pm"}:
            if not 1 <= hour <= _NOON:
                continue
            return time(hour % _NOON + (_NOON if half == "pm" else 0), minute)
        full = match["minute"] is not None and (hour == 0 or hour > _NOON or match["hour"].startswith("0"))
        return time(hour if full else _full_hour(hour, said, part), minute)
    return None


def _full_hour(hour: int, said: str, part: str | None) -> int:
    """Return which hour of the day "7" is: the morning's where one is named, else the evening's, when a day is over."""
    if hour == 0 or hour > _NOON:
        return hour
    if part in {"noon", "midday", "lunch", "lunchtime"} or (hour == _NOON and part is None):
        return hour
    if part == "morning" or re.search(r"\b(a\.?m\.?|breakfast)\b", said):
        return hour % _NOON
    return hour % _NOON + _NOON
