"""Tell apart what is understood to be outside: another part of the body, other questions of runners, a joke.

The words and the answers stand in `knowledge/outside.yml`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from backstride.checked_yaml import FrozenModel, check, read_yaml
from backstride.errors import KnowledgeError
from backstride.settings import ROOT

FILE_NAME = "outside.yml"
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
# So many neighbouring keys are no word.
_KEYS = 4


class Kind(FrozenModel):
    """One kind of thing that is outside, and what is said to it."""

    id: str
    words: tuple[str, ...]
    text: str
    # For the second time in a row; without one, that of the file.
    again: str | None = None


class Outside(FrozenModel):
    """Everything in `knowledge/outside.yml`."""

    again: str
    kinds: tuple[Kind, ...]

    def kind_of(self, text: str) -> Kind | None:
        """Return the first kind one of whose words a text holds."""
        said = text.casefold().replace("’", "'")
        return next((kind for kind in self.kinds if _pattern(kind.words).search(said)), None)


@lru_cache(maxsize=64)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    endings = (re.escape(word).replace(r"\*", r"\w*") for word in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(endings)})(?!\w)")


def said_again(kind: Kind | None, outside: Outside) -> str:
    """Return what is said the second time in a row."""
    return (kind.again if kind else None) or outside.again


def is_gibberish(text: str) -> bool:
    """Return whether no word of a text could be one: "xx", "bcdfg", "asdfgh"."""
    words = re.findall(r"[^\W\d_]+", text.casefold())
    return bool(words) and all(_is_no_word(word) for word in words)


def _is_no_word(word: str) -> bool:
    rows = (*_ROWS, *(row[::-1] for row in _ROWS))
    on_a_row = any(word[start : start + _KEYS] in row for row in rows for start in range(len(word) - _KEYS + 1))
    return on_a_row or not re.search(r"[aeiouy]|[^\x00-\x7f]", word) or len(set(word)) == 1


def load_outside(folder: Path = ROOT / "knowledge") -> Outside:
    """Read `outside.yml` of a folder.

    Raises:
        KnowledgeError: the file has mistakes.
    """
    path = folder / FILE_NAME
    outside, problems = check(Outside, read_yaml(path), path=path)
    if outside is None:
        raise KnowledgeError(problems)
    return outside
