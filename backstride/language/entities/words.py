"""The word lists that decide what a message says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from backstride.checked_yaml import FrozenModel, check, read_yaml
from backstride.errors import KnowledgeError, Problem
from backstride.language.entities.findings import PLACES
from backstride.settings import ROOT

FILE_NAME = "entity_words.yml"


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
