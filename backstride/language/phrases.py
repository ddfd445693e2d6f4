"""Find phrases, written so that a person can read and change them, in the words of a message.

A phrase is a row of words with a little syntax:

    can not feel            words in a row
    tea|cola coloured       either word
    numb <down_there>       <name> stands for any entry of a list; an entry is a phrase itself
    <down there|privates>   any of these, with more than one word
    (my) legs               what stands in brackets may be missing; (a|b) and (<name>) as well
    numb .. groin           .. is up to two words of any kind, within a clause
    numb ... groin          ... is up to five, past commas too, but never past the end of a sentence
    tingl*                  any ending
    numbness~               one letter may be wrong, missing, doubled or swapped, here and in every other phrase
    <number>                a number in digits or words

Up to two small words ("the", "my") between the words of a phrase are passed over: "pain in chest" finds "pain in my
chest". A comma between two words ends a match, unless the phrase has the long gap there. No gap passes over a word that
ends a thought ("but"); if one passes over a "not", the match is negated.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from spacy.lang.en.stop_words import STOP_WORDS

from backstride.language.words import BREAKS, CACHED_WORDS, COMMA, LEAST_LETTERS_TO_MEND, SENTENCE_ENDS, Words

Span = tuple[int, int]

_GAPS = {"..": 2, "...": 5}
_WORDS_WITHIN_A_CLAUSE = 2
_MOST_SMALL_WORDS = 2
_NUMBER = "<number>"
_WORD = re.compile(r"[a-z0-9][a-z0-9'.]*")
_LIST_NAME = re.compile(r"<(\w+)>")
_SIGNS = "write small letters and digits, and of signs only | * ~ .. ... < > ( )"
_DIGITS = re.compile(r"\d+(?:[.,]\d+)?")
_NUMBER_WORDS = frozenset(
    "half one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred couple few several dozen".split()
)
# How much rather a phrase is looked up by a word that says something.
_STOP_WORD_WEIGHT = 60
_NUMBER_WEIGHT = 100


class PhraseError(ValueError):
    """A phrase breaks the syntax: `wrong` says how, `mend` what to write."""

    def __init__(self, wrong: str, mend: str) -> None:
        self.wrong = wrong
        self.mend = mend
        super().__init__(f"{wrong}; {mend}")


@dataclass(frozen=True, slots=True)
class Match:
    """Where a phrase was found.

    Args:
        start: its first word.
        end: one past its last word.
        negated: whether a gap of the phrase passed over a "not".
    """

    start: int
    end: int
    negated: bool = False

    @property
    def span(self) -> Span:
        """The range of words."""
        return self.start, self.end

    def is_inside(self, other: Match) -> bool:
        """Whether another match has all its words."""
        return other.start <= self.start and self.end <= other.end


@dataclass(frozen=True, slots=True)
class _Gap:
    words: int


@dataclass(frozen=True, slots=True)
class _Firsts:
    """What a match can start with."""

    words: frozenset[str] = frozenset()
    beginnings: frozenset[str] = frozenset()
    number: bool = False

    def __or__(self, other: _Firsts) -> _Firsts:
        return _Firsts(self.words | other.words, self.beginnings | other.beginnings, self.number or other.number)


@dataclass(frozen=True, slots=True)
class _Place:
    choice: _Choice
    optional: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """Parts in a row.

    Args:
        number: its own, different from that of every other row and choice.
        parts: places and gaps.
        firsts: what a match can start with.
        needs: the numbers of the choices that a match must fill.
        has_gap: whether a gap stands in it or in a list that it names.
    """

    number: int
    parts: tuple[_Gap | _Place, ...]
    firsts: _Firsts
    needs: frozenset[int]
    has_gap: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Choice:
    """What may fill one place of a row.

    Args:
        number: its own, different from that of every other row and choice.
        singles: single words, beginnings of single words, a number.
        rows: longer alternatives, by their numbers.
        row_numbers: the numbers of the longer alternatives.
        firsts: what any of the alternatives can start with.
    """

    number: int
    singles: _Firsts
    rows: Mapping[int, _Row]
    row_numbers: frozenset[int]
    firsts: _Firsts


class PhraseBook:
    """Compiled phrases under names.

    Args:
        lists: what `<name>` stands for.
        small_words: words that are passed over between the words of a phrase.
        stop_words: words that no gap passes over.
        negations: words that turn a match into a denied one where a gap passes over them.
    """

    def __init__(
        self,
        lists: Mapping[str, Sequence[str]],
        *,
        small_words: Iterable[str] = (),
        stop_words: Iterable[str] = (),
        negations: Iterable[str] = (),
    ) -> None:
        self._small_words = frozenset(small_words)
        self._stop_words = frozenset(stop_words)
        self._negations = frozenset(negations)
        self._compiler = _Compiler(lists)
        self._phrases: list[tuple[str, _Row]] = []
        self._index: _Index | None = None

    @property
    def known_words(self) -> frozenset[str]:
        """Every whole word of the phrases."""
        return frozenset(self._compiler.words)

    @property
    def mendable_words(self) -> frozenset[str]:
        """The words that a phrase marks with ~."""
        return frozenset(self._compiler.mendable)

    @property
    def used_lists(self) -> frozenset[str]:
        """The lists that a phrase, or a list of a phrase, names."""
        return frozenset(self._compiler.used_lists)

    def __len__(self) -> int:
        return len(self._phrases)

    def add(self, name: str, phrase: str) -> None:
        """Add a phrase.

        Raises:
            PhraseError: the phrase breaks the syntax or names an unknown list.
        """
        self._phrases.append((name, self._compiler.row(phrase)))
        self._index = None

    def find(self, words: Words) -> dict[str, set[Match]]:
        """Return the matches of each name; they may overlap."""
        if self._index is None:
            self._index = _Index(self._phrases, self._compiler.choices, self._compiler.rows)
        found: dict[str, set[Match]] = {}
        for offset, sentence in _sentences(words.words):
            search = _Search(sentence, self._index, self._small_words, self._stop_words, self._negations)
            for name, start, end, negated in search.matches():
                found.setdefault(name, set()).add(Match(offset + start, offset + end, negated))
        return found


class _Index:
    """What each word can start or be, so that a message is compared only with what has a chance in it."""

    def __init__(self, phrases: Sequence[tuple[str, _Row]], choices: Sequence[_Choice], rows: Sequence[_Row]) -> None:
        self._starts = _ByWord(
            [(choice.number, choice.firsts) for choice in choices] + [(row.number, row.firsts) for row in rows]
        )
        self._singles = _ByWord([(choice.number, choice.singles) for choice in choices])
        self._look_up = lru_cache(maxsize=CACHED_WORDS)(self._both)
        frequency = Counter(word for choice in choices for word in choice.firsts.words)
        weights = {choice.number: _weight(choice.firsts, frequency) for choice in choices}
        self.by_rarest: dict[int, list[tuple[str, _Row]]] = {}
        for name, row in phrases:
            rarest = min(row.needs, key=lambda number: (weights[number], number))
            self.by_rarest.setdefault(rarest, []).append((name, row))
        self.rarest = frozenset(self.by_rarest)

    def look_up(self, word: str) -> tuple[frozenset[int], frozenset[int]]:
        """Return what a word can start, and what it can be as a single word."""
        return self._look_up(word)

    def _both(self, word: str) -> tuple[frozenset[int], frozenset[int]]:
        return self._starts.of(word), self._singles.of(word)


class _ByWord:
    """Numbers by words, by beginnings of words, and for any number."""

    def __init__(self, numbers: Iterable[tuple[int, _Firsts]]) -> None:
        by_word: dict[str, set[int]] = {}
        by_beginning: dict[str, set[int]] = {}
        with_number: set[int] = set()
        for number, firsts in numbers:
            for word in firsts.words:
                by_word.setdefault(word, set()).add(number)
            for beginning in firsts.beginnings:
                by_beginning.setdefault(beginning, set()).add(number)
            if firsts.number:
                with_number.add(number)
        self._by_word = by_word
        self._by_beginning = by_beginning
        self._with_number = with_number
        self._lengths = sorted({len(beginning) for beginning in by_beginning})

    def of(self, word: str) -> frozenset[int]:
        """Return the numbers that a word stands under."""
        beginnings = (word[:length] for length in self._lengths if length <= len(word))
        return frozenset(self._by_word.get(word, ())).union(
            *(self._by_beginning.get(beginning, ()) for beginning in beginnings),
            self._with_number if _is_number(word) else (),
        )


def _weight(firsts: _Firsts, frequency: Mapping[str, int]) -> int:
    """Return how often something may be expected in a message: a frequent word stands in many phrases."""
    return (
        sum(frequency[word] + (_STOP_WORD_WEIGHT if word in STOP_WORDS else 0) for word in firsts.words)
        + len(firsts.beginnings)
        + _NUMBER_WEIGHT * firsts.number
    )


def longest_apart(matches: Iterable[Match]) -> list[Match]:
    """Return the longest matches that do not overlap, in the order of the text; negated ones stand back."""
    chosen: list[Match] = []
    for match in sorted(matches, key=lambda match: (match.negated, match.start - match.end, match.start)):
        if all(match.end <= other.start or other.end <= match.start for other in chosen):
            chosen.append(match)
    return sorted(chosen, key=lambda match: match.start)


def literal_words(phrase: str) -> list[str]:
    """Return the whole words that a phrase names itself."""
    options = re.split(r"[ |<>()]+", _LIST_NAME.sub(" ", phrase))
    return [option.rstrip("~") for option in options if option and option[0] != "." and not option.endswith("*")]


def _sentences(words: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """Return each sentence with the place of its first word; no match goes past the end of one."""
    start = 0
    for place, word in enumerate(words):
        if word in SENTENCE_ENDS:
            if place > start:
                yield start, words[start:place]
            start = place + 1
    if start < len(words):
        yield start, words[start:]


def _is_number(word: str) -> bool:
    return word in _NUMBER_WORDS or _DIGITS.fullmatch(word) is not None


class _Search:
    """Matches rows of parts against one sentence.

    A set of places between the words is an integer: bit 3 stands for the place before the fourth word. So one step
    through a phrase is taken from all places at once.
    """

    def __init__(
        self,
        words: Sequence[str],
        index: _Index,
        small_words: frozenset[str],
        stop_words: frozenset[str],
        negations: frozenset[str],
    ) -> None:
        self._index = index
        self._everywhere = (1 << len(words)) - 1
        places: dict[str, int] = {}
        for place, word in enumerate(words):
            places[word] = places.get(word, 0) | 1 << place
        self._small = sum(places[word] for word in places.keys() & small_words)
        self._free = self._small | places.get(COMMA, 0)
        passable = self._everywhere & ~sum(places[word] for word in places.keys() & (stop_words | BREAKS))
        not_negated = passable & ~sum(places[word] for word in places.keys() & negations)
        # What a gap may pass over: first no "not", then any word.
        self._passes = (not_negated,) if passable == not_negated else (not_negated, passable)
        self._passable = not_negated
        self._places = places
        self._words = frozenset(places)
        # The numbers of the rows and choices that can start somewhere, and where each choice can be a single word.
        self._possible = frozenset[int]().union(*(index.look_up(word)[0] for word in places))
        self._singles: dict[int, int] = {}
        for word, of_word in places.items():
            for number in index.look_up(word)[1]:
                self._singles[number] = self._singles.get(number, 0) | of_word
        self._steps: dict[tuple[int, int], int] = {}

    def matches(self) -> Iterator[tuple[str, int, int, bool]]:
        """Return the names of the phrases that match, where, and whether a gap passed over a "not"."""
        candidates = [
            (name, row)
            for number in self._index.rarest & self._possible
            for name, row in self._index.by_rarest[number]
            if row.needs <= self._possible
        ]
        for passable in self._passes:
            self._passable = passable
            self._steps.clear()
            negated = passable != self._passes[0]
            for name, row in candidates:
                if (row.has_gap or not negated) and self._walk(row, self._everywhere):
                    for start in self._starts(row):
                        ends = self._walk(row, 1 << start)
                        if ends:
                            yield name, start, ends.bit_length() - 1, negated

    def _starts(self, row: _Row) -> Iterator[int]:
        if row.firsts.beginnings or row.firsts.number:
            words = [word for word in self._places if row.number in self._index.look_up(word)[0]]
        else:
            words = list(row.firsts.words & self._words)
        for word in words:
            places = self._places[word]
            while places:
                start = places & -places
                places ^= start
                yield start.bit_length() - 1

    def _walk(self, row: _Row, places: int) -> int:
        """Return where matches of a row end that start at one of these places."""
        is_first = True
        for part in row.parts:
            if isinstance(part, _Gap):
                places = self._over_gap(places, part.words)
                continue
            reached = self._step(part.choice, places if is_first else self._past_small_words(places))
            places = places | reached if part.optional else reached
            if not places:
                return 0
            is_first = False
        return places

    def _step(self, choice: _Choice, places: int) -> int:
        key = (choice.number, places)
        ends = self._steps.get(key)
        if ends is None:
            ends = (places & self._singles.get(choice.number, 0)) << 1
            for number in choice.row_numbers & self._possible:
                row = choice.rows[number]
                if row.needs <= self._possible:
                    ends |= self._walk(row, places)
            self._steps[key] = ends
        return ends

    def _past_small_words(self, places: int) -> int:
        for _ in range(_MOST_SMALL_WORDS):
            places |= (places & self._small) << 1
        return places

    def _over_gap(self, places: int, width: int) -> int:
        free = self._free if width > _WORDS_WITHIN_A_CLAUSE else self._small
        places |= (places & free) << 1
        for _ in range(width):
            places |= (places & self._passable) << 1
            places |= (places & free) << 1
        return places


class _Compiler:
    """Turns phrases into rows of parts; each list and each a|b is compiled once, so that matches can be remembered."""

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self._lists = lists
        self._choices: dict[str, _Choice] = {}
        self._numbers = itertools.count()
        self._open: list[str] = []
        self.words: set[str] = set()
        self.mendable: set[str] = set()
        self.used_lists: set[str] = set()
        self.choices: list[_Choice] = []
        self.rows: list[_Row] = []

    def row(self, phrase: str) -> _Row:
        """Return a phrase as parts.

        Raises:
            PhraseError: it breaks the syntax or names an unknown list.
        """
        parts = tuple(self._part(part) for part in _split(phrase, " "))
        firm = [i for i, part in enumerate(parts) if isinstance(part, _Place) and not part.optional]
        if not firm:
            raise PhraseError("has no word that must be there", "add one outside brackets")
        if any(isinstance(part, _Gap) for part in (*parts[: firm[0]], *parts[firm[-1] + 1 :])):
            raise PhraseError("starts or ends with dots", "leave the dots out, and brackets beside them too")
        row = _Row(
            number=next(self._numbers),
            parts=parts,
            firsts=_firsts_of(parts),
            needs=frozenset(part.choice.number for part in parts if isinstance(part, _Place) and not part.optional),
            has_gap=any(
                isinstance(part, _Gap) or any(row.has_gap for row in part.choice.rows.values()) for part in parts
            ),
        )
        self.rows.append(row)
        return row

    def _part(self, text: str) -> _Gap | _Place:
        if text in _GAPS:
            return _Gap(_GAPS[text])
        if text.startswith("(") and text.endswith(")"):
            return _Place(self._choice(text[1:-1]), optional=True)
        return _Place(self._choice(text), optional=False)

    def _choice(self, text: str) -> _Choice:
        if text not in self._choices:
            options = _Options()
            for option in _split(text, "|"):
                self._add(option, options)
            self._choices[text] = self._new_choice(options)
        return self._choices[text]

    def _add(self, option: str, options: _Options) -> None:
        if option == _NUMBER:
            options.number = True
        elif name := _LIST_NAME.fullmatch(option):
            options.include(self._list(name[1]))
        elif option.startswith("<") and option.endswith(">") and len(_split(option, " ")) == 1:
            options.include(self._choice(option[1:-1]))
        elif " " in option and _split(option, " ") != [option]:
            options.rows.append(self.row(option))
        else:
            self._add_word(option, options)

    def _add_word(self, option: str, options: _Options) -> None:
        word, ending = (option[:-1], option[-1]) if option[-1:] in {"*", "~"} else (option, "")
        self._check_word(option, word, ending)
        if ending == "*":
            options.beginnings.add(word)
            return
        options.words.add(word)
        self.words.add(word)
        if ending == "~":
            self.mendable.add(word)

    def _check_word(self, option: str, word: str, ending: str) -> None:
        if not _WORD.fullmatch(word):
            raise PhraseError(f"holds {option!r}", _SIGNS)
        if ending == "~" and len(word) < LEAST_LETTERS_TO_MEND:
            raise PhraseError(
                f"allows a wrong letter in {word!r}, which has too few",
                f"use ~ from {LEAST_LETTERS_TO_MEND} letters on; shorter misspellings stand under 'spellings'",
            )

    def _list(self, name: str) -> _Choice:
        key = f"<{name}>"
        if key in self._choices:
            return self._choices[key]
        if name not in self._lists:
            raise PhraseError(f"names the list <{name}>, which the file does not have", "correct the name or add it")
        if name in self._open:
            raise PhraseError(f"goes round in a circle: <{name}> holds itself", "take it out of its own entries")
        self.used_lists.add(name)
        self._open.append(name)
        options = _Options()
        try:
            for entry in self._lists[name]:
                row = self.row(entry)
                only = row.parts[0]
                if len(row.parts) == 1 and isinstance(only, _Place):
                    options.include(only.choice)
                else:
                    options.rows.append(row)
        finally:
            self._open.pop()
        self._choices[key] = self._new_choice(options)
        return self._choices[key]

    def _new_choice(self, options: _Options) -> _Choice:
        singles = _Firsts(frozenset(options.words), frozenset(options.beginnings), options.number)
        firsts = singles
        for row in options.rows:
            firsts |= row.firsts
        choice = _Choice(
            number=next(self._numbers),
            singles=singles,
            rows={row.number: row for row in options.rows},
            row_numbers=frozenset(row.number for row in options.rows),
            firsts=firsts,
        )
        self.choices.append(choice)
        return choice


class _Options:
    """The alternatives of one place while they are gathered."""

    def __init__(self) -> None:
        self.words: set[str] = set()
        self.beginnings: set[str] = set()
        self.number = False
        self.rows: list[_Row] = []

    def include(self, choice: _Choice) -> None:
        """Take over what another choice allows."""
        self.words |= choice.singles.words
        self.beginnings |= choice.singles.beginnings
        self.number = self.number or choice.singles.number
        self.rows.extend(choice.rows.values())


def _split(text: str, separator: str) -> list[str]:
    """Split a text outside its brackets.

    Raises:
        PhraseError: the brackets do not match.
    """
    pairs = {"(": ")", "<": ">"}
    parts: list[str] = [""]
    closing: list[str] = []
    for sign in text:
        if sign in pairs:
            closing.append(pairs[sign])
        elif sign in pairs.values() and (not closing or closing.pop() != sign):
            raise PhraseError(f"has a {sign!r} that nothing opened", "check the brackets")
        if sign == separator and not closing:
            parts.append("")
        else:
            parts[-1] += sign
    if closing:
        raise PhraseError(f"lacks a {closing[-1]!r}", "check the brackets")
    return [part for part in parts if part] if separator == " " else parts


def _firsts_of(parts: Iterable[_Gap | _Place]) -> _Firsts:
    firsts = _Firsts()
    for part in parts:
        if isinstance(part, _Place):
            firsts |= part.choice.firsts
            if not part.optional:
                break
    return firsts
