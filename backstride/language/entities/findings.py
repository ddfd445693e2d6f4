"""What can be found in a message, and within which bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

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
