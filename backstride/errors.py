"""The errors that Backstride raises on purpose.

BackstrideError
├── KnowledgeError      a file in `knowledge/` says something that it must not
├── WeightsError        the sentence encoder's weights are missing or not the ones expected
└── SettingsError       an environment variable or an option holds a wrong value
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class BackstrideError(Exception):
    """The root of every error that this project raises on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in a knowledge file: where it is, what is wrong, and the mend.

    Args:
        path: the file.
        line: counted from 1.
        entry: the id of the entry that holds the mistake, or "" where there is none.
        wrong: what the file says.
        mend: what to write instead.
    """

    path: Path
    line: int
    entry: str
    wrong: str
    mend: str

    def __str__(self) -> str:
        entry = f"{self.entry}: " if self.entry else ""
        return f"{self.path}:{self.line}: {entry}{self.wrong}; {self.mend}"


class KnowledgeError(BackstrideError):
    """Knowledge files hold mistakes; `problems` lists all of them in the order of the lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (str(p.path), p.line)))
        super().__init__("\n".join(map(str, self.problems)))


class WeightsError(BackstrideError):
    """The sentence encoder's weights are missing, or their hash is not the one expected."""


class SettingsError(BackstrideError):
    """An environment variable or an option holds a value that cannot be used."""
