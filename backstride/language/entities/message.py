"""The words, numbers and signs of a message."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_TOKEN = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+(?:\.[0-9]+)?|[½¼¾]|[^\W\d_]+(?:['’][^\W\d_]+)*|\n|[^\w\s]|\w")
_SENTENCE_END = frozenset(".!?;\n…")
_CLAUSE_END = frozenset(",():-–—/=")
_CLAUSE_WORDS = frozenset({"but", "then", "although", "though", "until", "till", "til", "so", "because"})
# "he's" says that he is; any other 's is dropped.
_IS_SHORTENED = frozenset({"he", "she", "it", "that", "there", "here", "what"})
BREAKS = frozenset({"", ",", ".", "!", "?", "(", ")", "\n", "/"})


@dataclass(frozen=True, slots=True)
class Message:
    """The words, numbers and signs of a message, each with its place in the text, its sentence and its clause."""

    words: list[str]
    starts: list[int]
    ends: list[int]
    sentences: list[int]
    clauses: list[int]

    def __len__(self) -> int:
        return len(self.words)

    def at(self, index: int) -> str:
        """Return a word, or "" outside the message."""
        return self.words[index] if 0 <= index < len(self.words) else ""

    def glued(self, index: int) -> bool:
        """Return whether no blank stands before a word."""
        return 0 < index < len(self.words) and self.starts[index] == self.ends[index - 1]

    def clause_before(self, index: int, most: int = 12) -> list[str]:
        """Return the words of the same clause before one, nearest first."""
        return self._walk(index, -1, most, self.clauses)

    def clause_after(self, index: int, most: int = 8) -> list[str]:
        """Return the words of the same clause from the index on; `index - 1` tells which clause."""
        return self._walk(index - 1, 1, most, self.clauses)

    def sentence_before(self, index: int, most: int = 14) -> list[str]:
        """Return the words of the same sentence before one, nearest first."""
        return self._walk(index, -1, most, self.sentences)

    def sentence_after(self, index: int, most: int = 10) -> list[str]:
        """Return the words of the same sentence from the index on."""
        return self._walk(index - 1, 1, most, self.sentences)

    def _walk(self, index: int, step: int, most: int, parts: list[int]) -> list[str]:
        found: list[str] = []
        cursor = index + step
        while 0 <= cursor < len(self.words) and len(found) < most and parts[cursor] == parts[index]:
            found.append(self.words[cursor])
            cursor += step
        return found


def message_of(text: str, correct: Callable[[str], str]) -> Message:
    """Return the words of a text, lowered and each put through `correct`; the places are those of the text."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters become two when they are lowered
        lowered = "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)
    message = Message([], [], [], [], [])
    sentence = clause = 0
    for match in _TOKEN.finditer(lowered):
        word = match.group()
        sign = not word[0].isalnum()
        if word[0].isalpha():
            word = correct(_plain_word(word))
            if word in _CLAUSE_WORDS:
                clause += 1
        message.words.append(word)
        message.starts.append(match.start())
        message.ends.append(match.end())
        message.sentences.append(sentence)
        message.clauses.append(clause)
        if sign and word in _SENTENCE_END and not (word == "." and lowered[match.end() : match.end() + 1].isdigit()):
            sentence += 1
            clause += 1
        elif sign and word in _CLAUSE_END and _parts_clauses(lowered, match.start(), match.end(), word):
            clause += 1
    return message


def _parts_clauses(text: str, start: int, end: int, sign: str) -> bool:
    """Return whether a sign ends a clause: a hyphen or slash inside a word does not."""
    if sign in ",()=":
        return True
    return (start == 0 or text[start - 1].isspace()) or (sign == ":" and text[end : end + 1].isspace())


def _plain_word(word: str) -> str:
    if "'" not in word and "’" not in word:
        return word
    stem, _, ending = word.replace("’", "'").partition("'")
    if ending == "s" and stem not in _IS_SHORTENED:
        return stem
    return stem + ending.replace("'", "")
