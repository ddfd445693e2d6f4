"""Tell whether a message that was not understood is in another language than English."""

from __future__ import annotations

import functools

from py3langid.langid import MODEL_FILE, LanguageIdentifier

ENGLISH = "en"
# Short or misspelt English is easily taken for another language: only a sure answer counts.
_SURE = 0.95
_MIN_WORDS = 3


def is_foreign(text: str) -> bool:
    """Return whether a text is surely in another language; a text of one or two Latin words never is."""
    few_words = len(text.split()) < _MIN_WORDS
    if few_words and text.isascii():
        return False
    language, probability = _identifier().classify(text)
    return bool(language != ENGLISH and probability >= _SURE)


@functools.lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
