"""Can I run today, and how far: the pain traffic light, the walk-run ladder, the longest-run rule. Pure.

The bands of 0 to 3, 4 and 5, and 6 to 10 are those of AHP Suffolk (an NHS service), applied to backs by consensus; the
ladder is the leaflet of OxSport, Oxford University Hospitals; the tenth over the longest run of 30 days follows
Schuster Brandt Frandsen and others 2025.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from backstride.questionnaire import Value

_GREEN_UP_TO = 3
_AMBER_UP_TO = 5
_MOST_OF_LONGEST = 1.1
KM_PER_MILE = 1.609344
LAST_WEEK = 7


class Light(str, Enum):
    """What a pain score says about running."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to do today.

    Args:
        light: the colour.
        reasons: keys of the texts that say why, the first in the colour's own place.
        week: the step of the walk-run ladder that is due, 1 to 7; None where the person is on no ladder.
        next_week: the step after it, where the run was green; None at the top, and where no step up is due.
        is_test: whether a test of five minutes comes before the ladder.
    """

    light: Light
    reasons: tuple[str, ...]
    week: int | None
    next_week: int | None = None
    is_test: bool = False


def advise(answers: Mapping[str, Value]) -> Advice:
    """Return what the two answers say.

    Args:
        answers: "pain" (0 to 10), "morning" (usual, worse, worse_longer, not_run, leg) and "week" (of the ladder).
    """
    pain, morning = answers.get("pain"), answers.get("morning")
    week = answers.get("week")
    step = week if isinstance(week, int) and 1 <= week <= LAST_WEEK else None
    light = _light(pain if isinstance(pain, int) else None, morning)
    if morning == "leg":
        return Advice(light=Light.RED, reasons=("red_leg",), week=_down(step))
    if morning == "worse_longer":
        return Advice(light=Light.RED, reasons=("red_longer",), week=_down(step))
    if light is Light.RED:
        return Advice(light=light, reasons=("red",), week=_down(step))
    if morning == "not_run":
        # What the last run says of the next one is nothing where there was none: the test comes first.
        return Advice(light=light, reasons=(), week=1, is_test=True)
    if morning == "worse":
        return Advice(light=light, reasons=("rest_day",), week=_down(step))
    if light is Light.AMBER or step is None:
        return Advice(light=light, reasons=(light.value,), week=step)
    # A week has several runs: one that went well is no week.
    return Advice(light=light, reasons=(light.value,), week=step, next_week=step + 1 if step < LAST_WEEK else None)


def week_reached(answers: Mapping[str, Value]) -> int | None:
    """Return the step of the ladder that earlier answers led to, or None where there were none."""
    return advise(answers).week if "morning" in answers else None


def farthest_km(longest_km: float) -> float:
    """Return how far a single run may go, in kilometres, after the longest run of the past 30 days."""
    return longest_km * _MOST_OF_LONGEST


def distance(km: float, unit: str, *, is_limit: bool = False) -> str:
    """Return a distance as people write it, in "km" or "mi", to the nearest tenth; a limit to the one below."""
    amount = km / KM_PER_MILE if unit == "mi" else km
    # The small share takes back what binary fractions lose.
    tenths = int(amount * 10 + 1e-6) / 10 if is_limit else round(amount, 1)
    name = "miles" if unit == "mi" else "km"
    return f"{tenths:g} {name}"


def _light(pain: int | None, morning: Value) -> Light:
    if pain is None or _GREEN_UP_TO < pain <= _AMBER_UP_TO:
        return Light.AMBER
    if pain > _AMBER_UP_TO:
        return Light.RED
    return Light.AMBER if morning == "worse" else Light.GREEN


def _down(week: int | None) -> int | None:
    return max(week - 1, 1) if week is not None else None
