"""Long texts in pieces that fit: between paragraphs, then lines, then sentences; a step of a list stays whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from backstride.channels.messaging.platform_limits import characters

Measure = Callable[[str], int]
_PARAGRAPH = re.compile(r"\n[ \t]*\n+")
_LINE = re.compile(r"\n")
# Not after "e.g." and the like, and not after the number of a step.
_SENTENCE = re.compile(r"(?<![eE]\.g\.)(?<!i\.e\.)(?<![Dd]r\.)(?<!vs\.)(?<!^\d\.)(?<!^\d\d\.)(?<=[.!?…])[\"'”’)]*\s+")
_WORD = re.compile(r"[^\S\n]+")
# From the coarsest to the finest, with what joins the pieces again.
_SEAMS: Sequence[tuple[re.Pattern[str], str]] = ((_PARAGRAPH, "\n\n"), (_LINE, "\n"), (_SENTENCE, " "), (_WORD, " "))
# Signs outside the alphabet of SMS; one of them makes the whole text cost twice as much.
_FOR_SMS = str.maketrans(
    {
        **dict.fromkeys("“”„«»", '"'),
        **dict.fromkeys("‘’‚´`", "'"),
        **dict.fromkeys("–—−‐‑", "-"),
        **dict.fromkeys("\u00a0\u202f\u2009\t", " "),
        **dict.fromkeys("\u200b\u2060\ufeff", None),
        "…": "...",
        "•": "-",
        "·": "-",
        "°": " degrees",
        "½": "1/2",
        "×": "x",
        "→": "->",
        "≥": ">=",
        "≤": "<=",
    }
)


def split_text(text: str, limit: int, measure: Measure = characters) -> list[str]:
    """Return a text in pieces that fit, in their order; joined they hold every word of it.

    A line is taken apart only where it alone is longer than a piece may be.

    Args:
        text: any length.
        limit: of one piece, as `measure` counts; 1 or more.
        measure: the platform's way of counting.
    """
    return [piece for piece in _split(text.strip(), limit, measure, 0) if piece.strip()]


def first_piece(text: str, limit: int, measure: Measure = characters) -> tuple[str, str]:
    """Return the beginning of a text that fits, cut as `split_text` cuts, and all the rest unchanged."""
    text = text.strip()
    pieces = split_text(text, limit, measure)
    if len(pieces) < 2:  # noqa: PLR2004
        return text, ""
    head = pieces[0]
    # The rest is looked up in the text itself, so that its own line breaks stay.
    end = _end_of(head, text)
    return head, text[end:].strip()


def for_sms(text: str) -> str:
    """Return a text with typographic signs replaced by those that an SMS holds without growing."""
    return text.translate(_FOR_SMS)


def _split(text: str, limit: int, measure: Measure, level: int) -> list[str]:
    if measure(text) <= limit:
        return [text]
    if level == len(_SEAMS):
        return _cut(text, limit, measure)
    seam, joint = _SEAMS[level]
    pieces: list[str] = []
    for part in _parts(seam, text):
        if pieces and measure(pieces[-1] + joint + part) <= limit:
            pieces[-1] += joint + part
        else:
            pieces += _split(part, limit, measure, level + 1)
    return pieces


def _parts(seam: re.Pattern[str], text: str) -> list[str]:
    """Return the parts between seams; what a seam holds besides blanks, a closing quotation mark, stays."""
    parts, begin = [], 0
    for found in seam.finditer(text):
        kept = len(found.group().rstrip())
        parts.append(text[begin : found.start() + kept])
        begin = found.end()
    parts.append(text[begin:])
    return [part for part in parts if part.strip()]


def _cut(text: str, limit: int, measure: Measure) -> list[str]:
    pieces = [""]
    for character in text:
        if pieces[-1] and measure(pieces[-1] + character) > limit:
            pieces.append("")
        pieces[-1] += character
    return pieces


def _end_of(head: str, text: str) -> int:
    """Return where a piece ends in the text that it was cut from; blanks between words may differ."""
    place = 0
    for character in "".join(head.split()):
        place = text.index(character, place) + 1
    return place
