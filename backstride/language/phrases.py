"""Find phrases, written so that a person can read and change them, in the words of a message.

A phrase is a row of words with a little syntax:

    can not feel            words in a row
    tea|cola coloured       either word
    numb <down_there>       <name> stands for any entry of a list; an entry is a phrase itself
    <down there|privates>   any of these, with more than one word
    (my) legs               what stands in brackets may be missing; (a|b) and (<name>) as well
    numb .. groin           .. is up to two words of any kind, ... up to five; never past the end of a sentence
    tingl*                  any ending
    numbness~               one letter may be wrong, missing, doubled or swapped, here and in every other phrase
    <number>                a number in digits or words

Small words ("the", "my") between the words of a phrase are passed over: "pain in chest" finds "pain in my chest".
A comma between two words ends a match, unless the phrase has a gap there. A gap never passes over a word that ends a
thought ("but"); if it passes over a "not", the match is a denied one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from spacy.lang.en.stop_words import STOP_WORDS

from backstride.language.words import BREAKS, CACHED_WORDS, COMMA, LEAST_LETTERS_TO_MEND, Words

Span = tuple[int, int]

_GAPS = {"..": 2, "...": 5}
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


@dataclass(frozen=True, slots=True, eq=False)
class _Choice:
    """One place of a phrase: a single word, or a row of parts.

    Args:
        words: single words.
        beginnings: how single words may begin.
        number: whether a number will do.
        rows: longer alternatives.
        firsts: what any of the alternatives can start with.
        negative: whether an alternative holds a "not".
    """

    words: frozenset[str]
    beginnings: tuple[str, ...]
    number: bool
    rows: tuple[tuple[_Firsts, _Row], ...]
    firsts: _Firsts
    negative: bool


@dataclass(frozen=True, slots=True)
class _Place:
    choice: _Choice
    optional: bool


_Row = tuple[_Gap | _Place, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Phrase:
    """A compiled phrase.

    Args:
        name: what a match stands for.
        row: its parts.
        firsts: what a match can start with.
        needs: the places that must be filled, by the number of their choice.
        negative: whether the phrase itself holds a "not".
    """

    name: str
    row: _Row
    firsts: _Firsts
    needs: frozenset[int]
    negative: bool


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
        self._compiler = _Compiler(lists, self._negations)
        self._phrases: list[_Phrase] = []
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
        row = self._compiler.row(phrase)
        needs = frozenset(id(part.choice) for part in row if isinstance(part, _Place) and not part.optional)
        self._phrases.append(_Phrase(name, row, _firsts_of(row), needs, _is_negative(row)))
        self._index = None

    def find(self, words: Words) -> dict[str, list[Match]]:
        """Return, for each name, its longest matches that do not overlap, in the order of the text."""
        if self._index is None:
            self._index = _Index(self._phrases)
        search = _Search(words.words, self._small_words, self._stop_words)
        found: dict[str, set[Match]] = {}
        for phrase in self._index.candidates(search.present):
            for start, end in search.spans(phrase):
                negated = not phrase.negative and not self._negations.isdisjoint(words.words[start:end])
                found.setdefault(phrase.name, set()).add(Match(start, end, negated))
        return {name: _longest_apart(matches) for name, matches in found.items()}


class _Index:
    """Tells which phrases have a chance in a message: those of which every place finds a word there."""

    def __init__(self, phrases: Sequence[_Phrase]) -> None:
        choices = {
            id(part.choice): part.choice
            for phrase in phrases
            for part in phrase.row
            if isinstance(part, _Place) and not part.optional
        }
        by_word: dict[str, set[int]] = {}
        by_beginning: dict[str, set[int]] = {}
        self._with_number = frozenset(number for number, choice in choices.items() if choice.firsts.number)
        for number, choice in choices.items():
            for word in choice.firsts.words:
                by_word.setdefault(word, set()).add(number)
            for beginning in choice.firsts.beginnings:
                by_beginning.setdefault(beginning, set()).add(number)
        self._by_word = {word: frozenset(numbers) for word, numbers in by_word.items()}
        self._by_beginning = {beginning: frozenset(numbers) for beginning, numbers in by_beginning.items()}
        self._lengths = sorted({len(beginning) for beginning in by_beginning})
        self._choices_of = lru_cache(maxsize=CACHED_WORDS)(self._look_up)
        # Each phrase is looked at only where its rarest place finds a word.
        self._by_rarest: dict[int, list[_Phrase]] = {}
        weights = {number: _weight(choice, by_word) for number, choice in choices.items()}
        for phrase in phrases:
            rarest = min(phrase.needs, key=lambda number: (weights[number], number))
            self._by_rarest.setdefault(rarest, []).append(phrase)

    def candidates(self, present: Iterable[str]) -> Iterator[_Phrase]:
        """Return the phrases that may match a message with these words."""
        possible = frozenset[int]().union(*map(self._choices_of, present))
        for number in possible & self._by_rarest.keys():
            for phrase in self._by_rarest[number]:
                if phrase.needs <= possible:
                    yield phrase

    def _look_up(self, word: str) -> frozenset[int]:
        beginnings = (word[:length] for length in self._lengths if length <= len(word))
        return self._by_word.get(word, frozenset()).union(
            *(self._by_beginning.get(beginning, ()) for beginning in beginnings),
            self._with_number if _is_number(word) else (),
        )


def _weight(choice: _Choice, by_word: Mapping[str, set[int]]) -> int:
    """Return how often a choice may be expected to find a word: many phrases name a frequent word."""
    firsts = choice.firsts
    return (
        sum(len(by_word[word]) + (_STOP_WORD_WEIGHT if word in STOP_WORDS else 0) for word in firsts.words)
        + len(firsts.beginnings)
        + _NUMBER_WEIGHT * firsts.number
    )


def literal_words(phrase: str) -> list[str]:
    """Return the whole words that a phrase names itself."""
    options = re.split(r"[ |<>()]+", _LIST_NAME.sub(" ", phrase))
    return [option.rstrip("~") for option in options if option and option[0] != "." and not option.endswith("*")]


def _longest_apart(matches: Iterable[Match]) -> list[Match]:
    chosen: list[Match] = []
    for match in sorted(matches, key=lambda match: (match.negated, match.start - match.end, match.start)):
        if all(match.end <= other.start or other.end <= match.start for other in chosen):
            chosen.append(match)
    return sorted(chosen, key=lambda match: match.start)


def _is_number(word: str) -> bool:
    return word in _NUMBER_WORDS or _DIGITS.fullmatch(word) is not None


class _Search:
    """Matches rows of parts against one message.

    A set of places between the words is an integer: bit 3 stands for the place before the fourth word. So one step
    through a phrase is taken from all places at once.
    """

    def __init__(self, words: Sequence[str], small_words: frozenset[str], stop_words: frozenset[str]) -> None:
        self.present: dict[str, int] = {}
        for place, word in enumerate(words):
            self.present[word] = self.present.get(word, 0) | 1 << place
        self._everywhere = (1 << len(words)) - 1
        self._small = self._places_of(small_words)
        self._commas = self.present.get(COMMA, 0)
        self._passable = self._everywhere & ~self._places_of(stop_words) & ~self._places_of(BREAKS)
        self._active: dict[int, tuple[int, list[_Row]]] = {}
        self._steps: dict[tuple[int, int], int] = {}

    def spans(self, phrase: _Phrase) -> Iterator[Span]:
        """Return where a phrase matches: for each start the longest."""
        if not self._walk(phrase.row, self._everywhere):
            return
        starts = self._places_that_start(phrase.firsts)
        while starts:
            start = starts & -starts
            starts ^= start
            ends = self._walk(phrase.row, start)
            if ends:
                yield start.bit_length() - 1, ends.bit_length() - 1

    def _walk(self, row: _Row, places: int) -> int:
        """Return where matches of a row end that start at one of these places."""
        is_first = True
        for part in row:
            if isinstance(part, _Gap):
                places = self._over_gap(places, part.words)
                continue
            reached = self._step(part.choice, places if is_first else places | (places & self._small) << 1)
            places = places | reached if part.optional else reached
            if not places:
                return 0
            is_first = False
        return places

    def _step(self, choice: _Choice, places: int) -> int:
        key = (id(choice), places)
        ends = self._steps.get(key)
        if ends is None:
            singles, rows = self._active_part(choice)
            ends = (places & singles) << 1
            for row in rows:
                ends |= self._walk(row, places)
            self._steps[key] = ends
        return ends

    def _active_part(self, choice: _Choice) -> tuple[int, list[_Row]]:
        """Return the places where a single word of a choice stands, and the rows that have a chance."""
        part = self._active.get(id(choice))
        if part is None:
            singles = self._places_that_start(_Firsts(choice.words, frozenset(choice.beginnings), choice.number))
            rows = [row for firsts, row in choice.rows if self._places_that_start(firsts)]
            part = self._active[id(choice)] = (singles, rows)
        return part

    def _places_that_start(self, firsts: _Firsts) -> int:
        places = self._places_of(firsts.words)
        if firsts.beginnings:
            beginnings = tuple(firsts.beginnings)
            for word, of_word in self.present.items():
                if word.startswith(beginnings):
                    places |= of_word
        if firsts.number:
            for word, of_word in self.present.items():
                if _is_number(word):
                    places |= of_word
        return places

    def _places_of(self, words: frozenset[str]) -> int:
        places = 0
        for word in self.present.keys() & words:
            places |= self.present[word]
        return places

    def _over_gap(self, places: int, width: int) -> int:
        places |= (places & self._commas) << 1
        for _ in range(width):
            places |= (places & self._passable) << 1
            places |= (places & self._commas) << 1
        return places


class _Compiler:
    """Turns phrases into rows of parts; each list and each a|b is compiled once, so that matches can be remembered."""

    def __init__(self, lists: Mapping[str, Sequence[str]], negations: frozenset[str]) -> None:
        self._lists = lists
        self._negations = negations
        self._choices: dict[str, _Choice] = {}
        self._open: list[str] = []
        self.words: set[str] = set()
        self.mendable: set[str] = set()
        self.used_lists: set[str] = set()

    def row(self, phrase: str) -> _Row:
        parts = tuple(self._part(part) for part in _split(phrase, " "))
        if not any(isinstance(part, _Place) and not part.optional for part in parts):
            raise PhraseError("has no word that must be there", "add one outside brackets")
        if isinstance(parts[0], _Gap) or isinstance(parts[-1], _Gap):
            raise PhraseError("starts or ends with a gap", "leave the dots out: words around it never matter")
        return parts

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
            self._choices[text] = options.choice(self._negations)
        return self._choices[text]

    def _add(self, option: str, options: _Options) -> None:
        if option == _NUMBER:
            options.number = True
        elif name := _LIST_NAME.fullmatch(option):
            options.include(self._list(name[1]))
        elif option.startswith("<") and option.endswith(">") and len(_split(option, " ")) == 1:
            options.include(self._choice(option[1:-1]))
        elif " " in option:
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
                if len(row) == 1 and isinstance(row[0], _Place):
                    options.include(row[0].choice)
                else:
                    options.rows.append(row)
        finally:
            self._open.pop()
        self._choices[key] = options.choice(self._negations)
        return self._choices[key]


class _Options:
    """The alternatives of one place while they are gathered."""

    def __init__(self) -> None:
        self.words: set[str] = set()
        self.beginnings: set[str] = set()
        self.number = False
        self.rows: list[_Row] = []

    def include(self, choice: _Choice) -> None:
        self.words |= choice.words
        self.beginnings.update(choice.beginnings)
        self.number = self.number or choice.number
        self.rows.extend(row for _, row in choice.rows)

    def choice(self, negations: frozenset[str]) -> _Choice:
        firsts = _Firsts(frozenset(self.words), frozenset(self.beginnings), self.number)
        rows = tuple((_firsts_of(row), row) for row in dict.fromkeys(self.rows))
        for row_firsts, _ in rows:
            firsts |= row_firsts
        return _Choice(
            words=frozenset(self.words),
            beginnings=tuple(sorted(self.beginnings)),
            number=self.number,
            rows=rows,
            firsts=firsts,
            negative=not negations.isdisjoint(self.words) or any(_is_negative(row) for _, row in rows),
        )


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


def _is_negative(row: _Row) -> bool:
    return any(isinstance(part, _Place) and part.choice.negative for part in row)


def _firsts_of(row: _Row) -> _Firsts:
    firsts = _Firsts()
    for part in row:
        if isinstance(part, _Gap):
            raise PhraseError("has a gap behind words that may be missing", "put a word before the dots")
        firsts |= part.choice.firsts
        if not part.optional:
            break
    return firsts
