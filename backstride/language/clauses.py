"""Cut a message into its clauses: real messages say several things in one breath.

A vector of a whole message blurs them; a vector for each clause does not. The cut is by punctuation and by the
joining words that English puts between clauses. It errs towards fewer, longer clauses: a fragment of two words means
little on its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# A clause of fewer words stays with the one before it, or with the one that follows where it stands first.
_MIN_WORDS = 3
# Each clause is encoded by itself. A longer story has its shortest neighbours joined, so that none of it is lost: its
# one question mostly stands at the end.
MAX_CLAUSES = 40
_LAST_ALONE = 4

_HARD_BREAK = re.compile(r"[.!?;]+(?=\s|$)|\n+|[()\[\]]|\s[-–—]+\s|…|\.{2,}")
_SOFT_BREAK = re.compile(
    r",\s+|\s+(?=(?:but|however|although|though|because|cause|cuz|coz|so|also|plus|and|then|while|except|should|is it"
    r"|can i|do i)\b)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a message: `text` stands at `start` to `end` (characters) of it."""

    text: str
    start: int
    end: int


def clauses_of(message: str) -> tuple[Clause, ...]:
    """Return the clauses of a message in their order; a message without a word has none."""
    spans: list[tuple[int, int]] = []
    for start, end in _split(message, 0, len(message), _HARD_BREAK, min_words=1):
        spans.extend(_split(message, start, end, _SOFT_BREAK, min_words=_MIN_WORDS))
    return tuple(Clause(message[start:end], start, end) for start, end in _joined(spans))


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join the neighbours that are shortest together until there are few enough; what asks at the end stays alone.

    Args:
        spans: where each clause starts and ends, in characters.
    """
    spans = list(spans)
    while len(spans) > MAX_CLAUSES:
        shortest = min(range(len(spans) - _LAST_ALONE - 1), key=lambda at: spans[at + 1][1] - spans[at][0])
        spans[shortest : shortest + 2] = [(spans[shortest][0], spans[shortest + 1][1])]
    return spans


def _split(message: str, start: int, end: int, breaks: re.Pattern[str], *, min_words: int) -> list[tuple[int, int]]:
    """Cut at the breaks, and join what is too short to the part before it."""
    parts: list[tuple[int, int]] = []
    cursor = start
    cuts = [match.span() for match in breaks.finditer(message, start, end)]
    for cut_start, cut_end in [*cuts, (end, end)]:
        part = _trim(message, cursor, cut_start)
        cursor = cut_end
        if part is None:
            continue
        short = len(_WORD.findall(message, *part)) < min_words
        previous_short = bool(parts) and len(_WORD.findall(message, *parts[-1])) < min_words
        if parts and (short or previous_short):
            parts[-1] = (parts[-1][0], part[1])
        else:
            parts.append(part)
    return parts


def _trim(message: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the span without the blanks at its ends, or None where no word is left."""
    words = list(_WORD.finditer(message, start, end))
    if not words:
        return None
    text = message[start:end]
    return start + len(text) - len(text.lstrip()), start + len(text.rstrip())
