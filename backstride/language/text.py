"""Bring what people type into one shape before anything reads it."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

# So many texts are remembered by each of those that read them, more than the longest message has clauses: several
# listen to one message and to its parts, and what was written before it is looked at again.
REMEMBERED = 64
# Longer texts are read up to here; the channels say so to the person.
MAX_CHARACTERS = 4000

_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "“": '"', "”": '"', "\u00a0": " "})
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_SPACES = re.compile(r"[^\S\n]+")
# Pictographs, dingbats, symbols: the encoder knows none of them, and 👍 must not look like 👎.
_EMOJI = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
# Words in the names of pictures that people send as a mood, and what they mean by them: a grin "with cold sweat" is no
# sweat, a heart is a greeting, a red face says that the day was hot.
_MISLEADING = re.compile(
    r" with (?:open mouth and )?(?:cold sweat|tears? of joy|tear|smiling eyes|tightly-closed eyes|look of triumph)"
    r"|^(?!broken|anatomical).*\bheart\b.*| and tightly-closed eyes$| with part between.*|^clock face.*"
)
_PLAIN_NAMES = {
    "overheated face": "hot face",
    "loudly crying face": "sad face",
    "face screaming in fear": "shocked face",
    "face with stuck-out tongue": "joking face",
    "face with finger covering closed lips": "quiet face",
    "confused face": "unsure face",
    "thinking face": "puzzled face",
}
_REPEATED_LETTER = re.compile(r"([a-zA-Z])\1{3,}")


@lru_cache(maxsize=REMEMBERED)
def tidy(text: str) -> str:
    """Return the text with one kind of quotes and blanks, without markup or invisible characters, bounded in length.

    Letters are not lowered and misspellings are not corrected: the encoder reads both, and the original words are
    shown as evidence.
    """
    text = html.unescape(text[: 2 * MAX_CHARACTERS])
    # Before and after: the normal form of some quotes is a blank with an accent, of others a plain quote.
    text = unicodedata.normalize("NFKC", text.translate(_QUOTES)).translate(_QUOTES)
    text = _INVISIBLE.sub("", _MARKUP.sub(" ", text))
    text = _EMOJI.sub(_spelt_out, text)
    text = _REPEATED_LETTER.sub(r"\1\1", text)
    return _SPACES.sub(" ", text)[:MAX_CHARACTERS].strip()


def _spelt_out(emoji: re.Match[str]) -> str:
    name = _MISLEADING.sub("", unicodedata.name(emoji.group(), "sign").lower()).strip()
    return f" {_PLAIN_NAMES.get(name, name)} "
