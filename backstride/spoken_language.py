"""Tell whether a message that was not understood is in another language than English."""

from __future__ import annotations

import functools
import unicodedata

from py3langid.langid import MODEL_FILE, LanguageIdentifier
from rapidfuzz import fuzz

ENGLISH = "en"
# Short or misspelt English is easily taken for another language: only a sure answer counts.
_SURE = 0.95
# Words with accents are rarely English, so that less is enough.
_SURE_WITH_ACCENTS = 0.7
_MIN_WORDS = 3
# A message with more than this share of letters of another script is not English, whatever its words.
_FOREIGN_LETTERS = 0.5
# Two of these make a message English, whatever places it names: other languages have none or few of them.
_ENGLISH_WORDS = frozenset(
    "the and my your with what why how should does after when this that back hurts hurt pain running ran i'm i've "
    "don't dont can't cant they you would could been about because from says said say which who where bad sore stiff "
    "exercise exercises stretch stretches think know".split()
)
_ENOUGH_ENGLISH = 2
_SIGNS = ".,;:!?()\"'"
# Shorter words are too near to one of another language.
_NEAR, _SHORTEST_NEAR = 80, 4


def is_foreign(text: str) -> bool:
    """Return whether a text is surely in another language; a text of one or two Latin words never is."""
    if _is_mostly_in_another_script(text):
        return True
    if len(text.split()) < _MIN_WORDS and text.isascii():
        return False
    words = {word.strip(_SIGNS) for word in text.lower().replace("’", "'").split()}
    if sum(_is_nearly_english(word) for word in words) >= _ENOUGH_ENGLISH:
        return False
    language, probability = _identifier().classify(text)
    has_accents = any(character.isalpha() and not character.isascii() for character in text)
    enough = _SURE_WITH_ACCENTS if has_accents and len(text.split()) >= _MIN_WORDS else _SURE
    return bool(language != ENGLISH and probability >= enough)


def _is_nearly_english(word: str) -> bool:
    """Return whether a word is one of the English ones, or one typed in haste: "aftr", "hurst"."""
    if word in _ENGLISH_WORDS:
        return True
    is_long = len(word) >= _SHORTEST_NEAR
    return is_long and any(word[0] == known[0] and fuzz.ratio(word, known) >= _NEAR for known in _ENGLISH_WORDS)


def get_ready() -> None:
    """Read the model that tells languages apart, so that the first message that needs it does not wait for it."""
    _identifier()


def _is_mostly_in_another_script(text: str) -> bool:
    letters = [character for character in unicodedata.normalize("NFKC", text) if character.isalpha()]
    foreign = sum(not unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
    return foreign > _FOREIGN_LETTERS * len(letters)


@functools.lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
