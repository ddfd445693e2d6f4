"""Read since when it hurts."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from backstride.language.entities.days import WEEKDAYS, Day, days_named
from backstride.language.entities.findings import MAX_ONSET_DAYS, ON_AND_OFF, ONSET_DAYS, Found
from backstride.language.entities.message import BREAKS
from backstride.language.entities.quantities import DAY, HOUR, UNITS, YEAR, Quantity
from backstride.language.entities.reading import FEW_WORDS, Reading

_HURTING = frozenset({"back", "spine", "glute", "bum", "buttock", "tailbone", "coccyx", "lumbar"})
_NOT_THAT_DAY = frozenset("every each by next its is for most".split())
_QUESTIONS = frozenset("should can could ok okay safe how what best if every".split())
# "My longest in the last month" is a time of runs.
_OF_RUNS = frozenset("longest furthest farthest".split())
_WISHES = frozenset("can should could ok okay want have has".split())
_BYGONE = frozenset(
    "ran did went was since had came woke fell hurt pulled started gone done felt finished got after ever never"
    " ended began lifted raced tripped slipped".split()
)
_HAS = frozenset({"got", "have"})
# Between "got" and a day these make the run one that is over: "got a run in on Saturday", "got a race and since then".
_DONE = frozenset("in done finished since".split())
_ARTICLES = frozenset("a an my our the".split())
# "Meant to be doing the half on Sunday", "I'd love to race on Saturday".
_STILL_TO_DO = frozenset("be do run race go jog join pace".split())
_BOUGHT = frozenset({"bought", "purchased", "ordered"})
_WHEN_IT_HURTS = frozenset({"after", "when", "while", "during", "from"})
_AFTERMATH = frozenset({"since", "never", "ever", "still"})
_BEFORE_A_WEEK = frozenset({*BREAKS, "been", "about", "nearly", "almost", "over", "like", "for"})
_NO_ONSET_AFTER = frozenset("in within every each next takes take after by another first lasting lasted lasts".split())
_NO_ONSET_BEFORE = frozenset(
    "plan programme program course block streak training off later shift shifts early out until till old build "
    "notice to postpartum pregnant pp gone along per into straight course taper challenge ahead time".split()
)


def onsets(reading: Reading) -> list[Found]:
    """Return since when it hurts, at most one: the surest, of equally sure ones the first."""
    found: list[tuple[int, int, int, int]] = []  # -sureness, first word, word after, days
    for quantity in reading.free("time"):
        sure = _duration_sureness(reading, quantity)
        days = _days_of(reading, quantity)
        if sure and days is not None:
            found.append((-sure, quantity.start, quantity.end, days))
    for quantity in reading.free("year"):
        if _is_since(reading, quantity.start, 5):
            days = (reading.today - date(int(quantity.value), 1, 1)).days
            found.append((-3, quantity.start, quantity.end, days))
    counted = {quantity.start for quantity in reading.quantities if quantity.dimension == "time"}
    for day in days_named(reading.message, reading.today):
        of_runs = not _OF_RUNS.isdisjoint(reading.message.clause_before(day.start, 4))
        sure = 0 if day.start + 1 in counted or of_runs else _day_sureness(reading, day)
        if sure:
            found.append((-sure, day.start, day.end, day.days))
    numbered = _numbered_day(reading)
    if numbered:
        found.append(numbered)
    found = [item for item in found if 0 <= item[3] <= MAX_ONSET_DAYS]
    if not found:
        return []
    # "I fell 3 years ago, and it hurts since last week": of equally sure ones that behind "since".
    _, start, end, days = min(found, key=lambda item: (item[0], not _is_since(reading, item[1], 4), item))
    comes_and_goes = any(phrase.kind == ON_AND_OFF for phrase in reading.phrases)
    return [reading.finding(ONSET_DAYS, start, end, days, ON_AND_OFF if comes_and_goes else None)]


def _days_of(reading: Reading, quantity: Quantity) -> int | None:
    if quantity.size <= HOUR:
        return int(quantity.value // DAY)
    return round(quantity.value / DAY) if quantity.value / DAY <= MAX_ONSET_DAYS else None


def _numbered_day(reading: Reading) -> tuple[int, int, int, int] | None:
    """Read "day 3" of a pain."""
    message = reading.message
    for quantity in reading.free("bare"):
        unit = message.at(quantity.start - 1)
        of = message.words[quantity.end : quantity.end + 3]
        hurts = of[:1] == ["of"] and not {"this", "back", "pain", "agony"}.isdisjoint(of)
        kind_of_day = {"bad", "good", "worst", "best"} & set(message.clause_before(quantity.start, 2))
        if unit == "day" and not kind_of_day and (hurts or (of[:1] != ["of"] and reading.speaks_of_pain)):
            return (-1, quantity.start - 1, quantity.end, int(quantity.value))
        if unit in {"week", "month"} and hurts:
            return (-2, quantity.start - 1, quantity.end, round(quantity.value * UNITS[unit][1] / DAY))
    return None


def _duration_sureness(reading: Reading, quantity: Quantity) -> int:
    """Return 0 for a time that is no onset, up to 3."""
    message = reading.message
    before, behind = message.clause_before(quantity.start, 9), message.clause_after(quantity.end, 7)
    first = behind[0] if behind else ""
    ago = first in {"ago", "earlier", "before"} or (
        first == "back" and behind[1:2] not in (["pain"], ["ache"], ["hurts"])
    )
    days_in_hours = quantity.value >= DAY and first in {"now", "of", "", ",", "."}
    if quantity.size <= HOUR and not ago and not days_in_hours:
        return 0
    if not _may_be_onset(reading, quantity, before):
        return 0
    if message.at(quantity.start - 1) in {"until", "till", "til"} or message.at(quantity.start - 2) == "until":
        return 3
    kind = _nearest(reading, quantity.start, quantity.end, habits_are_runs=ago)
    second = message.at(quantity.end + 1)
    idle = not reading.cues["idle"].isdisjoint([*before[:4], *behind[:3]]) and not ago
    if idle or (first == "after" and not reading.cues["other"].isdisjoint(behind[:5])):
        return 0
    if kind in {"pain", "event"}:
        return 3
    if first == "on" and second in {"and", "i", "it", "my", "still", "", ",", "."}:
        return 3
    if "off" in before[:3] and "back" in message.sentence_after(quantity.end):
        return 3  # off running for so long because of it
    if kind == "run":
        after_each = {"every", "each", "after"} & set(before[:4]) and reading.speaks_of_pain
        return 2 if ago else int(bool(after_each and before[0] == "for"))
    if kind in {"other", "habit"}:
        return 0
    short = len(message) < FEW_WORDS
    lone = message.at(quantity.start - 1) in _BEFORE_A_WEEK and first in {*BREAKS, "now", "or", "already"}
    sure = message.at(quantity.start) not in {"a", "an"} or lone
    return int(short or bool({"had", "been"} & set(before[:4])) or (reading.speaks_of_pain and sure))


def _may_be_onset(reading: Reading, quantity: Quantity, before: list[str]) -> bool:
    first, second = reading.message.at(quantity.end), reading.message.at(quantity.end + 1)
    if first in _NO_ONSET_BEFORE or (first == "before" and second not in {"", ",", ".", "and"}):
        return False
    of_something = second in reading.cues["habit"] | reading.cues["other"] or quantity.end + 1 in reading.medicine_words
    if first == "of" and of_something:
        return False
    if first == "a" and second in {"day", "week", "month", "year"}:
        return False
    if second in {"a", "the"} and first in {"in", "on"}:
        return False
    again = {"each", "every", "any"}
    if first == "afterwards" or (first == "after" and second in again) or (first in {"each", "every"}):
        return False
    if first in {"a", "as"} and quantity.size == YEAR:  # "twenty years a postman"
        return False
    if first in {"last", "this"} and second in {"year", "summer", "winter", "month"}:
        return False
    if first == "old" or reading.message.at(quantity.end) == "/":
        return False
    skipped = [word for word in before if word not in {"about", "around", "like", "the", "a", "roughly"}]
    if skipped[:1] == ["to"]:  # "coming up to 3 months"
        return skipped[1:2] in (["up"], ["close"])
    return _NO_ONSET_AFTER.isdisjoint(skipped[:1])


def _day_sureness(reading: Reading, day: Day) -> int:
    """Return 0 for a day that is no onset, up to 3."""
    message = reading.message
    before, behind = message.clause_before(day.start, 9), message.clause_after(day.end, 6)
    # "until" begins a clause of its own: it stands before the day and not in its clause.
    first = message.at(day.start - 1)
    if day.weekday and _is_of_a_run_to_come(reading, before):
        return 0
    alone = len(message) <= day.end - day.start + 2 and reading.cues["pain"].isdisjoint(message.words)
    if (_is_since(reading, day.start, 9) and first not in {"every", "each"}) or alone:
        return 3
    if first in {"until", "till", "til"}:
        return 3 if message.at(day.start) in {"last", "yesterday"} else 0
    if _is_other_day(reading, day, before, behind):
        return 0
    kind = _nearest(reading, day.start, day.end, habits_are_runs=True)
    around = {*message.sentence_before(day.start, 20), *message.sentence_after(day.end, 20)}
    tells_of_pain = not (_HURTING | reading.cues["pain"]).isdisjoint(around)
    if not tells_of_pain and not _BOUGHT.isdisjoint(before):
        return 0  # "I bought new ones in September"
    if kind not in {"pain", "event"} and not _is_past(reading, day):
        return 0
    if kind == "pain" and day.days == 0 and reading.cues["event"].isdisjoint(before + behind):
        return 0  # "it hurts today" does not say since when
    if kind in {"pain", "event"}:
        return 3
    if kind == "run":
        # Of two runs the one that the pain is told of.
        if message.words[day.end - 1] == "year" and _AFTERMATH.isdisjoint(around):
            return 0
        return 2 if tells_of_pain else 1
    return 0 if kind == "other" or day.vague else int(reading.speaks_of_pain)


def _is_past(reading: Reading, day: Day) -> bool:
    """Return whether a day that may be one to come is told of as past."""
    message = reading.message
    name = message.words[day.end - 1]
    may_come = day.vague or day.days == 0 or day.weekday or name == "weekend"
    if not may_come or message.words[day.start] in {"last", "this"} or message.at(day.start - 1) == "last":
        return True
    sentence = {*message.sentence_before(day.start, 20), *message.sentence_after(day.end, 20)}
    told = not _BYGONE.isdisjoint(sentence)
    hurting = not (reading.cues["pain"] | _HURTING).isdisjoint(sentence) and _QUESTIONS.isdisjoint(sentence)
    return told or (hurting and not day.vague and day.days > 0)


def _is_of_a_run_to_come(reading: Reading, before: list[str]) -> bool:
    """Return whether the words before a day, the nearest first, put a run on the calendar: "got a race on Saturday"."""
    if before[:2] == ["on", "is"]:
        return True
    has = next((at for at, word in enumerate(before) if word in _HAS), 0)
    between = before[: max(has - 1, 0)]
    has_a_run = not reading.cues["run"].isdisjoint(between) and before[has - 1] in _ARTICLES
    return has_a_run and _DONE.isdisjoint(between)


def _is_other_day(reading: Reading, day: Day, before: list[str], behind: list[str]) -> bool:
    """Return whether a day is one of many, one to come, or that of something else."""
    message = reading.message
    first, name = message.at(day.start - 1), message.words[day.end - 1]
    sentence = [*message.sentence_before(day.start, 20), *message.sentence_after(day.end, 20)]
    if day.weekday and (len(WEEKDAYS.keys() & set(sentence)) > 1 and _BYGONE.isdisjoint(sentence)):
        return True
    if day.weekday and first in {"the", "my", "our"} and message.at(day.start - 2) != "on":
        return True
    if day.weekday and {"until", "till"} & set(message.words[max(0, day.start - 3) : day.start]):
        return True
    many = day.weekday and (name.endswith("days") or message.at(day.end) in {"mornings", "nights", "evenings"})
    if many or (first == "this" and day.weekday) or first in _NOT_THAT_DAY:
        return True
    if day.vague and first not in {"in", "last", "early", "mid", "late", "of", "on", "at", "over"}:
        return True
    if reading.cues["future"] & {*before, *behind} and "ago" not in behind:
        return True
    return _number_stands_before(reading, day) or _asks_ahead(reading, day, before, behind)


def _asks_ahead(reading: Reading, day: Day, before: list[str], behind: list[str]) -> bool:
    """Return whether a weekday is one to come: "can I race on Saturday"."""
    if not day.weekday or reading.message.at(day.start) == "last":
        return False
    words = set(before + behind + reading.message.sentence_before(day.start, 12))
    is_to_do = any(word == "to" and then in _STILL_TO_DO for word, then in pairwise(reading.message.words))
    return (is_to_do or not _WISHES.isdisjoint(words)) and _BYGONE.isdisjoint(words)


def _number_stands_before(reading: Reading, day: Day) -> bool:
    """Return whether the day belongs to a number: "it was a 6 on Sunday", "two weeks last year"."""
    cursor = day.start - 1
    while reading.message.at(cursor) in {"on", "the", "over"}:
        cursor -= 1
    return any(
        quantity.end - 1 == cursor
        and (quantity.dimension in {"bare", "score"} or (quantity.dimension == "time" and quantity.size >= DAY))
        for quantity in reading.quantities
    )


def _is_since(reading: Reading, index: int, within: int) -> bool:
    """Return whether "since" stands before a time, and is not that of a medicine or of years of running."""
    before = reading.message.clause_before(index, within)
    if "since" not in before:
        return False
    since_at = index - 1 - before.index("since")
    earlier = reading.message.clause_before(since_at, 6)
    if not reading.cues["idle"].isdisjoint(earlier[:4]) and reading.cues["pain"].isdisjoint(earlier):
        return False
    if since_at - 1 in reading.medicine_words or not reading.cues["habit"].isdisjoint(earlier):
        return not (reading.cues["pain"] | reading.cues["event"]).isdisjoint(earlier)
    return True


def _nearest(reading: Reading, start: int, end: int, *, habits_are_runs: bool = False) -> str:
    """Return which kind of word stands nearest to a time: "pain", "run", "habit", "other" or ""."""
    message = reading.message
    before = message.clause_before(start, 10)
    near = (
        _first_kind(reading, before, start, -1, habits_are_runs, stop="and")
        or _first_kind(reading, message.clause_after(end, 7), end - 1, 1, habits_are_runs)
        or _first_kind(reading, before, start, -1, habits_are_runs)
    )
    if near:
        return near
    far = _first_kind(reading, message.sentence_before(start, 14), start, -1, habits_are_runs)
    return far if far != "habit" else ""


def _first_kind(
    reading: Reading, words: list[str], index: int, step: int, habits_are_runs: bool, stop: str = ""
) -> str:
    cues = reading.cues
    for offset, word in enumerate(words, 1):
        if word == stop:
            return ""
        if index + step * offset in reading.medicine_words or word in cues["other"]:
            return "other"
        if word in cues["habit"]:
            if (
                step < 0
                and words[offset : offset + 1]
                and words[offset] in _WHEN_IT_HURTS
                and "since" in words[:offset]
            ):
                # "Hurts after running since 2 weeks" says nothing of how long somebody runs.
                continue
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
