"""Find the listed phrases in a message."""

from __future__ import annotations

from dataclasses import dataclass, field

from backstride.language.entities.findings import ON_AND_OFF
from backstride.language.entities.message import Message, message_of
from backstride.language.entities.words import EntityWords

_FILLERS = frozenset({"my", "the", "his", "her", "your", "our", "their", "a", "an", "-", "left", "right", "both"})


@dataclass(slots=True)
class _Branch:
    """A place in the tree of all phrases."""

    next: dict[str, _Branch] = field(default_factory=dict)
    found: list[tuple[str, str, str]] = field(default_factory=list)  # kind, heading, phrase


@dataclass(frozen=True, slots=True)
class Phrase:
    """A listed phrase: words `start` to `end` of the message."""

    start: int
    end: int
    kind: str
    heading: str
    phrase: str


class PhraseTree:
    """All listed phrases as a tree of their words."""

    def __init__(self, words: EntityWords) -> None:
        self._root = _Branch()
        self.vocabulary: set[str] = set()
        for kind, lists in (("place", words.places), ("medicine", words.medicines), ("pregnancy", words.pregnancy)):
            for heading, phrases in lists.items():
                for phrase in phrases:
                    self._add(kind, heading, phrase)
        for phrase in words.on_and_off:
            self._add(ON_AND_OFF, "", phrase)

    def _add(self, kind: str, heading: str, phrase: str) -> None:
        parts = message_of(phrase, str).words
        # A phrase may begin with one of the small words ("left cheek"); inside it they count for nothing.
        parts = parts[:1] + [part for part in parts[1:] if part not in _FILLERS]
        branch = self._root
        for part in parts:
            branch = branch.next.setdefault(part, _Branch())
        branch.found.append((kind, heading, phrase))
        self.vocabulary.update(parts)

    def find(self, message: Message) -> list[Phrase]:
        """Return what stands in a message; of two that overlap the longer one, of two equal ones the first."""
        words, root = message.words, self._root.next
        phrases: list[Phrase] = []
        index = 0
        while index < len(words):
            branch = root.get(words[index])
            if branch is None:
                index += 1
                continue
            cursor, end, found = index + 1, index, branch.found
            if found:
                end = cursor
            while cursor < len(words):
                step = branch.next.get(words[cursor])
                if step is not None:
                    branch = step
                    if branch.found:
                        found, end = branch.found, cursor + 1
                elif words[cursor] not in _FILLERS:
                    break
                cursor += 1
            phrases.extend(Phrase(index, end, *entry) for entry in found)
            index = max(end, index + 1)
        return phrases
