"""Read how long somebody ran."""

from __future__ import annotations

from backstride.language.entities.findings import MAX_RUN_MINUTES, RUN_MINUTES, Found
from backstride.language.entities.quantities import HOUR, Quantity
from backstride.language.entities.reading import Reading

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


def run_times(reading: Reading) -> list[Found]:
    """Return the times that runs took, in minutes."""
    found: list[Found] = []
    for quantity in reading.free("time", "clock"):
        minutes = _clock_minutes(reading, quantity) if quantity.dimension == "clock" else quantity.value
        if quantity.dimension == "time" and (quantity.size > HOUR or not _is_run_time(reading, quantity)):
            continue
        if minutes is not None and 1 <= minutes <= MAX_RUN_MINUTES:
            reading.take(quantity.start)
            found.append(reading.finding(RUN_MINUTES, quantity.start, quantity.end, round(minutes)))
    return found


def _is_run_time(reading: Reading, quantity: Quantity) -> bool:
    """Return whether a time is that of a run, and not the stage of one or the time of something else."""
    message, activities = reading.message, reading.cues["other_activity"]
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
    after = before == "after" and reading.speaks_of_pain and first not in {"of", "on", "at", "in"}
    return _follows_running(reading, quantity, first) or after


def _follows_running(reading: Reading, quantity: Quantity, first: str) -> bool:
    """Return whether the nearest word before a time that says what was done says running."""
    activities = reading.cues["other_activity"]
    beside = _distance_beside(reading, quantity)
    for word in reading.message.sentence_before(quantity.start, 9):
        takes = word in {"takes", "took"} and beside
        if word in _RUNNING_BEFORE or takes or (word == "did" and first not in activities | {"of"}):
            return True
        if word in activities or word in reading.cues["pain"]:
            return False
    return beside


def _distance_beside(reading: Reading, quantity: Quantity) -> bool:
    sentences = reading.message.sentences
    return any(
        other.dimension == "distance" and sentences[other.start] == sentences[quantity.start]
        for other in reading.quantities
    )


def _clock_minutes(reading: Reading, quantity: Quantity) -> float | None:
    """Return the minutes of 1:45, 52:30 or 3:52:10 where it is the time of a run."""
    message, clock = reading.message, quantity.clock
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
    if (reading.cues["run"] | _TIMED).isdisjoint(near):
        return None
    # Nobody runs for ten hours and tells the seconds: a small first number is hours, a large one minutes.
    return clock[0] * 60.0 + clock[1] if clock[0] <= 9 else clock[0] + clock[1] / 60  # noqa: PLR2004
