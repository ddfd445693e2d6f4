"""The pain diary: what an entry holds, how entries change, and what they say together. Pure.

Nothing here is wording: the sentences stand in `knowledge/diary.yml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import Enum
from itertools import pairwise

# From here on a score counts as severe: the upper band of the usual 0-10 scale.
SEVERE_SCORE = 8
# A rise that has reached this is asked about; a smaller one is only told. The red zone of the traffic light starts at
# 6, the amber one at 4.
ASK_SCORE = 5
# Entries that must each be worse than the one before to count as rising.
RISING_DAYS = 3

# The trend compares the earlier with the later half of the days of these weeks.
TREND_DAYS = 28
# With fewer days, or all of them within one week, chance alone moves the averages too much to say anything.
TREND_LEAST_DAYS = 6
TREND_LEAST_SPAN = 7
# People with lasting low back pain who felt better had fallen by 1.3 to 1.8 points on a 0-10 scale, rounded up to 2 for
# general use (Suzuki and others, PLOS ONE 2020). A fall must be that large to be called one. That a rise is named from
# half of it on is our own choice, because missing one is the worse mistake.
TREND_FALL = 2.0
TREND_RISE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DiaryEntry:
    """What was written down for one day or one run.

    Args:
        day: the person's own day.
        before: pain before the run, 0 to 10.
        after: pain after the run, 0 to 10.
        level: pain of the day, where it was not said to be before or after a run; 0 to 10.
        distance_km: how far the run was.
        run_minutes: how long it took.
        rested: that there was no run was said.
        id: its number in the store; 0 for one that is not stored.
    """

    day: date
    before: float | None = None
    after: float | None = None
    level: float | None = None
    distance_km: float | None = None
    run_minutes: int | None = None
    rested: bool = False
    id: int = 0

    @property
    def worst(self) -> float | None:
        """The highest score of the entry, or None where it has none."""
        return max((score for score in (self.before, self.after, self.level) if score is not None), default=None)

    @property
    def has_run(self) -> bool:
        """Whether a run is written down with a distance or a time."""
        return self.distance_km is not None or self.run_minutes is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiaryWords:
    """What a message says for the diary.

    Args:
        entry: what is to be written down; its day is today's where none was named.
        names_day: whether a day was named.
        corrects: whether it mends what was said before ("no, 3 after").
        deletes: whether the last entry is to be removed.
        logs: whether it sounds like an entry: "log it", or a score before the run and one after it.
    """

    entry: DiaryEntry
    names_day: bool = False
    corrects: bool = False
    deletes: bool = False
    logs: bool = False

    @property
    def says_something(self) -> bool:
        """Whether there is anything to write down."""
        return self.entry.worst is not None or self.entry.has_run or self.entry.rested


class Direction(str, Enum):
    """What the entries say together."""

    EMPTY = "empty"
    TOO_FEW = "too_few"
    LOWER = "lower"
    HIGHER = "higher"
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """The direction, and what it was read from.

    Args:
        direction: the one thing to say.
        days: days with a score among the last TREND_DAYS.
        earlier: the mean of their earlier half, 0 to 10.
        later: the mean of their later half, 0 to 10.
    """

    direction: Direction
    days: int = 0
    earlier: float = 0.0
    later: float = 0.0


def completed(entry: DiaryEntry, more: DiaryEntry) -> DiaryEntry:
    """Return an entry with what was said of it later; the later words win, and what they do not say stays."""
    rested = more.rested or (entry.rested and not more.has_run)
    return replace(
        entry,
        before=entry.before if more.before is None else more.before,
        after=entry.after if more.after is None else more.after,
        level=entry.level if more.level is None else more.level,
        distance_km=None if rested else entry.distance_km if more.distance_km is None else more.distance_km,
        run_minutes=None if rested else entry.run_minutes if more.run_minutes is None else more.run_minutes,
        rested=rested,
    )


def corrected(entry: DiaryEntry, words: DiaryWords) -> DiaryEntry:
    """Return an entry as a correction mends it: a lone score takes the place of the only one that there is."""
    more = words.entry
    held = [name for name in ("before", "after", "level") if getattr(entry, name) is not None]
    if more.level is not None and more.before is None and more.after is None and held == ["after"]:
        more = replace(more, after=more.level, level=None)
    mended = completed(entry, more)
    return replace(mended, day=more.day) if words.names_day else mended


def worst_by_day(entries: Iterable[DiaryEntry]) -> dict[date, float]:
    """Return the highest score of each day that has one, in the order of the days."""
    found: dict[date, float] = {}
    for entry in entries:
        if entry.worst is not None:
            found[entry.day] = max(entry.worst, found.get(entry.day, 0.0))
    return dict(sorted(found.items()))


def distance_by_day(entries: Iterable[DiaryEntry]) -> dict[date, float]:
    """Return the kilometres of each day with a run of known length, in the order of the days."""
    found: dict[date, float] = {}
    for entry in entries:
        if entry.distance_km is not None:
            found[entry.day] = found.get(entry.day, 0.0) + entry.distance_km
    return dict(sorted(found.items()))


def trend(entries: Iterable[DiaryEntry], today: date) -> Trend:
    """Return what the last four weeks say; "too few days to say" is an answer.

    The days with a score are halved by their number (an odd one in the middle is left out), and the means of the
    halves are compared by TREND_FALL and TREND_RISE.
    """
    since = today - timedelta(days=TREND_DAYS - 1)
    worst = worst_by_day(entries)
    days = [day for day in worst if day >= since]
    if not days:
        return Trend(direction=Direction.TOO_FEW if worst else Direction.EMPTY)
    if len(days) < TREND_LEAST_DAYS or (days[-1] - days[0]).days < TREND_LEAST_SPAN:
        return Trend(direction=Direction.TOO_FEW, days=len(days))
    half = len(days) // 2
    earlier, later = (sum(worst[day] for day in part) / half for part in (days[:half], days[-half:]))
    direction = Direction.SAME
    if earlier - later >= TREND_FALL:
        direction = Direction.LOWER
    elif later - earlier >= TREND_RISE:
        direction = Direction.HIGHER
    return Trend(direction=direction, days=len(days), earlier=earlier, later=later)


def is_rising(entries: Iterable[DiaryEntry]) -> bool:
    """Return whether each of the last three days with a score was worse than the one before."""
    last = list(worst_by_day(entries).values())[-RISING_DAYS:]
    return len(last) == RISING_DAYS and all(before < after for before, after in pairwise(last))


class Concern(str, Enum):
    """What an entry gives reason to say about seeing someone, the most pressing first."""

    SEVERE = "severe"
    WORSENING = "worsening"  # rising, and no longer small: the question of the warning sign is asked
    RISING = "rising"
    NONE = "none"


def concern(entries: Sequence[DiaryEntry], latest: DiaryEntry) -> Concern:
    """Return what to say about seeing someone after `latest` was written down; `entries` hold it already."""
    worst = latest.worst
    if worst is None:
        return Concern.NONE
    if worst >= SEVERE_SCORE:
        return Concern.SEVERE
    newest = max((entry.day for entry in entries if entry.worst is not None), default=latest.day)
    if latest.day < newest or not is_rising(entries):
        return Concern.NONE
    return Concern.WORSENING if worst >= ASK_SCORE else Concern.RISING


def as_json(entry: DiaryEntry) -> dict[str, object]:
    """Return an entry as it is kept in the conversation and handed out; empty values are left out."""
    values: dict[str, object] = {
        "id": entry.id,
        "day": entry.day.isoformat(),
        "before": entry.before,
        "after": entry.after,
        "level": entry.level,
        "distance_km": entry.distance_km,
        "run_minutes": entry.run_minutes,
        "rested": entry.rested,
    }
    # Not "in": a score of 0 equals False, and no pain is worth keeping.
    return {name: value for name, value in values.items() if value is not None and value is not False}


def from_json(kept: dict[str, object]) -> DiaryEntry:
    """Return the entry that was kept by `as_json`."""
    values = {**kept, "day": date.fromisoformat(str(kept["day"]))}
    return DiaryEntry(**values)  # type: ignore[arg-type]  # what as_json wrote
