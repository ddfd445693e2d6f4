"""Turn a message into words that phrases can be compared with.

Words come in small letters and in spaCy's normal form: "can't", "cant" and "cannot" are all "can not". Misspellings
that are listed are put right, and filler words ("really", "kind of") are left out. The end of a sentence stays as "."
or "?", a smaller pause as ","; hyphens and slashes join words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

import spacy
from rapidfuzz.distance import OSA
from spacy.util import compile_infix_regex

from backstride.language.text import REMEMBERED

END, QUESTION, COMMA = ".", "?", ","
SENTENCE_ENDS = frozenset({END, QUESTION})
BREAKS = frozenset({END, QUESTION, COMMA})

# A shorter word has too many neighbours one letter away.
LEAST_LETTERS_TO_MEND = 5
_LONGEST_WORD = 40
CACHED_WORDS = 20_000

_BRACKETED_NUMBER = re.compile(r"\((\d{1,2})\)")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_INFIXES = [
    r"(?<=[A-Za-z0-9])[.,!?;:/+&=~](?=[A-Za-z])",  # "numb.i", "legs/feet"
    r"(?<=[0-9])(?=[A-Za-z])",  # "70yo", "39c"
    r"(?<=[0-9])/(?=[0-9])",  # "10/10"
    r"(?<=[A-Za-z0-9])[–—-](?=[A-Za-z0-9])",
    r"\.{2,}|…",
]
_MEANT = {"'m": "am", "ve": "have", "'ve": "have", "re": "are", "'re": "are", "did": "did"}
_JOINERS = {"&": "and", "+": "and"}
_SILENT = frozenset({"'", '"', "%", "#", "*", "_", "°", "~"})
# After these "'s" is "is"; elsewhere it says whose.
_PRONOUNS = frozenset({"it", "that", "this", "he", "she", "there", "what", "who", "where", "how", "here", "everything"})

# "No my legs are numb" is an answer and a sentence, as if a comma stood between them.
_ANSWERS = frozenset({"no", "nope", "nah"})
_SENTENCE_STARTS = frozenset({"i", "my", "it", "the", "he", "she", "they", "we", "his", "her", "there", "that", "this"})


@dataclass(frozen=True, slots=True)
class Words:
    """A message as phrases see it.

    Args:
        words: the words and pauses.
        starts: where each starts in the text.
        ends: one past its last character.
    """

    words: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.words)


class _Token(NamedTuple):
    """A token of spaCy's: its text and normal form, where it stands, and whether a blank follows."""

    text: str
    norm: str
    start: int
    end: int
    is_followed_by_blank: bool


class Reader:
    """Reads texts into words.

    Args:
        spellings: misspelt or short forms, and the words meant.
        fillers: words to leave out; an entry may have several.
        mendable: words of which a misspelling by one letter is put right.
        known: words that are right as they are.
    """

    def __init__(
        self,
        *,
        spellings: Mapping[str, str],
        fillers: Iterable[str],
        mendable: Iterable[str] = (),
        known: Iterable[str] = (),
    ) -> None:
        self._spellings = {wrong: tuple(meant.split()) for wrong, meant in spellings.items()}
        self._fillers: dict[str, list[tuple[str, ...]]] = {}
        for filler in sorted(fillers, key=lambda entry: -len(entry.split())):
            first, *rest = filler.split()
            self._fillers.setdefault(first, []).append(tuple(rest))
        self._mendable = sorted(set(mendable))
        self._known = frozenset(known) | frozenset(self._mendable)
        self._mended = lru_cache(maxsize=CACHED_WORDS)(self._mend)
        # Whoever listens to a message asks for its words anew.
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._words)

    def read(self, text: str) -> Words:
        """Return the words of a text."""
        return self._remembered(text)

    def _words(self, text: str) -> Words:
        words: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        for token in _tokens_of(text):
            for word in self._words_of(token, words):
                if words and words[-1] in _ANSWERS and word in _SENTENCE_STARTS:
                    words.append(COMMA)
                    starts.append(token.start)
                    ends.append(token.start)
                words.append(word)
                starts.append(token.start)
                ends.append(token.end)
        kept = _one_break_each(words, self._without_fillers(words))
        return Words(tuple(words[i] for i in kept), tuple(starts[i] for i in kept), tuple(ends[i] for i in kept))

    def _words_of(self, token: _Token, before: Sequence[str]) -> Sequence[str]:
        text = token.text
        if not _LETTER_OR_DIGIT.search(text):
            return _pause_of(token)
        previous = before[-1] if before else ""
        norm = token.norm
        if norm in {"'s", "s"}:
            return ("is",) if previous in _PRONOUNS else ()
        if norm in {"'d", "d"}:
            return ()
        if text == "m" and previous == "i":
            return ("am",)
        word = _MEANT.get(text, norm)
        for form in (text, word):
            if form in self._spellings:
                return self._spellings[form]
        return (self._mended(word.strip(".'-")[:_LONGEST_WORD]),)

    def _mend(self, word: str) -> str:
        if len(word) < LEAST_LETTERS_TO_MEND or word in self._known:
            return word
        for right in self._mendable:
            if abs(len(right) - len(word)) <= 1 and OSA.distance(word, right, score_cutoff=1) <= 1:
                return right
        return word

    def _without_fillers(self, words: Sequence[str]) -> list[int]:
        kept: list[int] = []
        i = 0
        while i < len(words):
            for rest in self._fillers.get(words[i], ()):
                if tuple(words[i + 1 : i + 1 + len(rest)]) == rest:
                    i += 1 + len(rest)
                    break
            else:
                kept.append(i)
                i += 1
        return kept


@cache
def _english() -> spacy.Language:
    nlp = spacy.blank("en")
    nlp.tokenizer.infix_finditer = compile_infix_regex([*nlp.Defaults.infixes, *_INFIXES]).finditer
    return nlp


@lru_cache(maxsize=REMEMBERED)
def _tokens_of(text: str) -> tuple[_Token, ...]:
    # "My daughter (13) runs" is no pause, and says how old she is.
    plain = _BRACKETED_NUMBER.sub(r" \1 ", _small_letters(text))
    return tuple(
        _Token(token.text, token.norm_.lower(), token.idx, token.idx + len(token), bool(token.whitespace_))
        for token in _english().make_doc(plain)
    )


def _small_letters(text: str) -> str:
    """Return a text in small letters, of the same length: spaCy splits "can't" but not "CAN'T"."""
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)


def _pause_of(token: _Token) -> Sequence[str]:
    text = token.text
    if text in _JOINERS:
        return (_JOINERS[text],)
    if "?" in text:
        return (QUESTION,)
    if text in {".", ";"} or "!" in text or "\n" in text:
        return (END,)
    if text in {"-", "/", "–", "—"}:  # joins words, unless blanks stand around it
        return (COMMA,) if token.is_followed_by_blank else ()
    return () if not text.strip() or text in _SILENT else (COMMA,)


def _one_break_each(words: Sequence[str], kept: Sequence[int]) -> list[int]:
    """Leave out pauses at the start, and of pauses in a row all but the strongest."""
    result: list[int] = []
    for i in kept:
        if words[i] not in BREAKS:
            result.append(i)
        elif result:
            last = words[result[-1]]
            if last == COMMA and words[i] != COMMA:
                result[-1] = i
            elif last not in BREAKS or (last == END and words[i] == QUESTION):
                if last in BREAKS:
                    result[-1] = i
                else:
                    result.append(i)
    return result
