"""Read what a message says in numbers and names: pain score, place, onset, run, age, pregnancy, medicines.

Every number is looked at once, with its unit and with what stands around it, and it means one thing or nothing:
"three weeks" is an onset beside a word for pain and none beside "plan". The words that decide stand in
`knowledge/entity_words.yml`. This package reads text; it knows nothing of Rasa and of no clock.
"""

from backstride.language.entities.findings import (
    AGE,
    BACK_PLACE,
    DISTANCE_KM,
    ENTITIES,
    GOAL,
    LAST_RUN,
    LONGEST,
    MAX_AGE,
    MAX_DISTANCE_KM,
    MAX_ONSET_DAYS,
    MAX_RUN_MINUTES,
    MAX_SCORE,
    MAX_WEEKS_AFTER_BIRTH,
    MAX_WEEKS_PREGNANT,
    MEDICINE,
    MIN_AGE,
    ON_AND_OFF,
    ONSET_DAYS,
    PAIN_SCORE,
    PLACES,
    PREGNANCY,
    ROLES,
    RUN_MINUTES,
    USUAL,
    WEEKLY,
    Found,
    Medicine,
    Pregnancy,
    Value,
)
from backstride.language.entities.reader import EntityReader, shared_entity_reader
from backstride.language.entities.words import FILE_NAME, EntityWords, load_entity_words
from backstride.settings import ROOT

__all__ = [
    "AGE",
    "BACK_PLACE",
    "DISTANCE_KM",
    "ENTITIES",
    "FILE_NAME",
    "GOAL",
    "LAST_RUN",
    "LONGEST",
    "MAX_AGE",
    "MAX_DISTANCE_KM",
    "MAX_ONSET_DAYS",
    "MAX_RUN_MINUTES",
    "MAX_SCORE",
    "MAX_WEEKS_AFTER_BIRTH",
    "MAX_WEEKS_PREGNANT",
    "MEDICINE",
    "MIN_AGE",
    "ONSET_DAYS",
    "ON_AND_OFF",
    "PAIN_SCORE",
    "PLACES",
    "PREGNANCY",
    "ROLES",
    "ROOT",
    "RUN_MINUTES",
    "USUAL",
    "WEEKLY",
    "EntityReader",
    "EntityWords",
    "Found",
    "Medicine",
    "Pregnancy",
    "Value",
    "load_entity_words",
    "shared_entity_reader",
]
