"""Read what a message says, one kind of thing after the other."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from rapidfuzz.distance import OSA

from backstride.language.entities.ages import ages
from backstride.language.entities.days import MONTHS, WEEKDAYS
from backstride.language.entities.distances import distances
from backstride.language.entities.findings import Found
from backstride.language.entities.medicines import medicines
from backstride.language.entities.message import message_of
from backstride.language.entities.onsets import onsets
from backstride.language.entities.phrases import PhraseTree
from backstride.language.entities.places import places
from backstride.language.entities.pregnancy import pregnancies
from backstride.language.entities.quantities import NUMBERS, UNITS, quantities_in
from backstride.language.entities.reading import Reading
from backstride.language.entities.run_times import run_times
from backstride.language.entities.scores import scores
from backstride.language.entities.words import EntityWords, load_entity_words
from backstride.language.text import REMEMBERED


@lru_cache(maxsize=1)
def shared_entity_reader() -> EntityReader:
    """Return the process's one reader of the words of the knowledge folder."""
    return EntityReader(load_entity_words())


class EntityReader:
    """Reads messages by the words of the file."""

    def __init__(self, words: EntityWords) -> None:
        self._phrases = PhraseTree(words)
        self._spellings = {wrong: right for right, all_wrong in words.spellings.items() for wrong in all_wrong}
        self._cues = {name: frozenset(text.split()) for name, text in words.cues.items()}
        self._never = frozenset(words.not_misspelt)
        calendar = {*WEEKDAYS, *MONTHS, "yesterday", "marathon"}
        self._known = self._phrases.vocabulary.union(*self._cues.values(), calendar, UNITS, NUMBERS)
        calendar -= {name for name in WEEKDAYS if name.endswith("s")}
        self._by_letter: dict[str, list[str]] = {}
        for word in sorted(self._phrases.vocabulary | calendar):
            if len(word) >= 7:  # noqa: PLR2004 - shorter words have too many neighbours
                self._by_letter.setdefault(word[0], []).append(word)

        # Several listen to one message, and some of them to a part of it.
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._found_in)

    def read(self, text: str, today: date) -> tuple[Found, ...]:
        """Return what a text says, in the order of the text; of equal findings the first.

        Args:
            text: the message. Every offset refers to it.
            today: the day from which "since Sunday" is counted; no earlier than 1901.
        """
        return self._remembered(text, today)

    def _found_in(self, text: str, today: date) -> tuple[Found, ...]:
        message = message_of(text, self._corrected)
        if not message.words:
            return ()
        phrases = self._phrases.find(message)
        found = _everything(Reading(message, phrases, quantities_in(message), self._cues, today))
        unique = {(item.entity, item.value, item.role): item for item in reversed(found)}
        return tuple(sorted(unique.values(), key=lambda item: (item.start, item.end)))

    def _corrected(self, word: str) -> str:
        if word in self._spellings:
            return self._spellings[word]
        if len(word) < 6 or word in self._known or word in self._never:  # noqa: PLR2004 - as in the file's head
            return word
        best, best_distance = word, 3
        for candidate in self._by_letter.get(word[0], ()):
            limit = 1 if len(candidate) < 9 else 2  # noqa: PLR2004 - as the file's head says
            if abs(len(candidate) - len(word)) <= limit:
                distance = OSA.distance(word, candidate, score_cutoff=limit)
                if distance <= limit and distance < best_distance:
                    best, best_distance = candidate, distance
        return best


def _everything(reading: Reading) -> list[Found]:
    """Return all findings; earlier readers take a number away from later ones."""
    found = [*medicines(reading), *places(reading)]
    if reading.quantities or any(phrase.kind == "pregnancy" for phrase in reading.phrases):
        found += pregnancies(reading)
    found += ages(reading)
    found += distances(reading)
    if reading.quantities:
        found += run_times(reading)
        found += scores(reading)
    found += onsets(reading)
    return found
