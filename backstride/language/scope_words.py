"""Tell by single words whether a message is about a back, about another part of the body, about running."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backstride.checked_yaml import FrozenModel, check, read_yaml
from backstride.errors import KnowledgeError
from backstride.settings import ROOT

FILE_NAME = "scope_words.yml"
SIZE = 6
_LONG_WORDS = 25


class _Lists(FrozenModel):
    back: tuple[str, ...]
    elsewhere: tuple[str, ...]
    running: tuple[str, ...]


class ScopeWords:
    """The word lists of `knowledge/scope_words.yml`, ready to search."""

    def __init__(self, lists: _Lists) -> None:
        self._back = _compiled(lists.back)
        self._elsewhere = _compiled(lists.elsewhere)
        self._running = _compiled(lists.running)

    def features(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return what the words say of each text: float32, texts x 6, each 0 or 1.

        The columns: the back is named; only another part of the body is named; running is named; running is named and
        the back is not; none of the three; the text is long.
        """
        return np.array([self._row(text) for text in texts], np.float32).reshape(-1, SIZE)

    def _row(self, text: str) -> tuple[bool, ...]:
        back, elsewhere, running = (bool(words.search(text)) for words in (self._back, self._elsewhere, self._running))
        return (
            back,
            elsewhere and not back,
            running,
            running and not back,
            not (back or elsewhere or running),
            len(text.split()) > _LONG_WORDS,
        )


def load_scope_words(folder: Path = ROOT / "knowledge") -> ScopeWords:
    """Read `scope_words.yml` of a folder.

    Raises:
        KnowledgeError: the file has mistakes.
    """
    path = folder / FILE_NAME
    lists, problems = check(_Lists, read_yaml(path), path=path)
    if lists is None:
        raise KnowledgeError(problems)
    return ScopeWords(lists)


def _compiled(words: Sequence[str]) -> re.Pattern[str]:
    patterns = [re.escape(word).replace(r"\*", r"\w*").replace(r"\?", "?").replace(r"\ ", " ") for word in words]
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.IGNORECASE)
