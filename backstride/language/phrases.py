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
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from spacy.lang.en.stop_words import STOP_WORDS

from backstride.language.words import BREAKS, COMMA, LEAST_LETTERS_TO_MEND, SENTENCE_ENDS, Words

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
        rows: longer alternatives, by the word they start with.
        loose_rows: longer alternatives that start with a beginning or a number.
        firsts: what any of the alternatives can start with.
        longest: how many words and pauses an alternative has at most.
        negative: whether an alternative holds a "not".
    """

    words: frozenset[str]
    beginnings: tuple[str, ...]
    number: bool
    rows: Mapping[str, tuple[_Row, ...]]
    loose_rows: tuple[_Row, ...]
    firsts: _Firsts
    longest: int
    negative: bool


@dataclass(frozen=True, slots=True)
class _Place:
    choice: _Choice
    optional: bool


_Row = tuple[_Gap | _Place, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Filed:
    """A phrase, filed under the words of its rarest place.

    Args:
        name: what a match stands for.
        before: the parts left of that place.
        after: the place and the parts right of it.
        needs: words of which one must be in the message; empty where other words will do.
        negative: whether the phrase itself holds a "not".
    """

    name: str
    before: _Row
    after: _Row
    needs: frozenset[str]
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
        self._stop_words = frozenset(stop_words) | SENTENCE_ENDS
        self._negations = frozenset(negations)
        self._compiler = _Compiler(lists, self._negations)
        self._rows: list[tuple[str, _Row]] = []
        self._filed: _Index | None = None

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
        return len(self._rows)

    def add(self, name: str, phrase: str) -> None:
        """Add a phrase.

        Raises:
            PhraseError: the phrase breaks the syntax or names an unknown list.
        """
        self._rows.append((name, self._compiler.row(phrase)))
        self._filed = None

    def find(self, words: Words) -> dict[str, list[Match]]:
        """Return, for each name, its longest matches that do not overlap, in the order of the text."""
        filed_under = self._filed or self._file()
        search = _Search(words.words, self._small_words, self._stop_words)
        found: dict[str, set[Match]] = {}
        for at, word in enumerate(words.words):
            for filed in filed_under.of(word):
                if filed.needs and filed.needs.isdisjoint(search.present):
                    continue
                ends = search.ends_of_row(filed.after, {at})
                starts = search.starts_of_row(filed.before, at) if ends else ends
                if starts:
                    start, end = min(starts), max(ends)
                    negated = not filed.negative and not self._negations.isdisjoint(words.words[start:end])
                    found.setdefault(filed.name, set()).add(Match(start, end, negated))
        return {name: _longest_apart(matches) for name, matches in found.items()}

    def _file(self) -> _Index:
        frequency = Counter(
            word
            for _, row in self._rows
            for part in row
            if isinstance(part, _Place)
            for word in part.choice.firsts.words
        )

        def weight(place: _Place) -> int:
            firsts = place.choice.firsts
            stop_words = sum(_STOP_WORD_WEIGHT for word in firsts.words if word in STOP_WORDS)
            common = max((frequency[word] for word in firsts.words), default=0)
            return stop_words + common + len(firsts.beginnings) + _NUMBER_WEIGHT * firsts.number

        index = _Index()
        for name, row in self._rows:
            keys = sorted(
                (weight(part), i) for i, part in enumerate(row) if isinstance(part, _Place) and not part.optional
            )
            key = keys[0][1]
            needs = next((firsts.words for firsts in _exact_firsts(row, keys[1:])), frozenset[str]())
            filed = _Filed(name, row[:key], row[key:], needs, _is_negative(row))
            index.add(filed, _place(row[key]).choice.firsts)
        self._filed = index
        return index


class _Index:
    """Phrases by the words that they are looked up by."""

    def __init__(self) -> None:
        self._by_word: dict[str, list[_Filed]] = {}
        self._by_beginning: dict[str, list[_Filed]] = {}
        self._by_number: list[_Filed] = []
        self._lengths: tuple[int, ...] = ()

    def add(self, filed: _Filed, firsts: _Firsts) -> None:
        for word in firsts.words:
            self._by_word.setdefault(word, []).append(filed)
        for beginning in firsts.beginnings:
            self._by_beginning.setdefault(beginning, []).append(filed)
        if firsts.number:
            self._by_number.append(filed)
        self._lengths = tuple(sorted({len(beginning) for beginning in self._by_beginning}))

    def of(self, word: str) -> Iterator[_Filed]:
        """Return the phrases that a word may belong to."""
        yield from self._by_word.get(word, ())
        for length in self._lengths:
            if length > len(word):
                break
            yield from self._by_beginning.get(word[:length], ())
        if self._by_number and _is_number(word):
            yield from self._by_number


def literal_words(phrase: str) -> list[str]:
    """Return the whole words that a phrase names itself."""
    options = re.split(r"[ |<>()]+", _LIST_NAME.sub(" ", phrase))
    return [option.rstrip("~") for option in options if option and option[0] != "." and not option.endswith("*")]


def _exact_firsts(row: _Row, keys: Iterable[tuple[int, int]]) -> Iterator[_Firsts]:
    for _, i in keys:
        firsts = _place(row[i]).choice.firsts
        if firsts.words and not firsts.beginnings and not firsts.number:
            yield firsts


def _place(part: _Gap | _Place) -> _Place:
    assert isinstance(part, _Place)
    return part


def _longest_apart(matches: Iterable[Match]) -> list[Match]:
    chosen: list[Match] = []
    for match in sorted(matches, key=lambda match: (match.negated, match.start - match.end, match.start)):
        if all(match.end <= other.start or other.end <= match.start for other in chosen):
            chosen.append(match)
    return sorted(chosen, key=lambda match: match.start)


def _is_number(word: str) -> bool:
    return word in _NUMBER_WORDS or _DIGITS.fullmatch(word) is not None


class _Search:
    """Matches rows of parts against one message, and remembers what it matched where."""

    def __init__(self, words: Sequence[str], small_words: frozenset[str], stop_words: frozenset[str]) -> None:
        self._words = words
        self._is_small = [word in small_words for word in words] + [False]
        self._is_stop = [word in stop_words for word in words]
        self._ends: dict[tuple[int, int], frozenset[int]] = {}
        self.present = frozenset(words)

    def ends_of_row(self, row: _Row, starts: set[int]) -> set[int]:
        """Return where matches of a row end that start at one of these places."""
        places = starts
        first = True
        for part in row:
            if isinstance(part, _Gap):
                places = self._over_gap(places, part.words)
                continue
            found = set(places) if part.optional else set()
            for place in places:
                found |= self._ends_of(part.choice, place)
                if not first and self._is_small[place]:
                    found |= self._ends_of(part.choice, place + 1)
            if not found:
                return found
            places = found
            first = False
        return places

    def starts_of_row(self, row: _Row, end: int) -> set[int]:
        """Return where matches of a row start that end at this place, or before a small word there."""
        places = {end}
        for part in reversed(row):
            if isinstance(part, _Gap):
                places = self._back_over_gap(places, part.words)
                continue
            found = set(places) if part.optional else set()
            for place in places:
                stops = (place, place - 1) if place > 0 and self._is_small[place - 1] else (place,)
                for stop in stops:
                    for start in range(max(0, stop - part.choice.longest), stop):
                        if stop in self._ends_of(part.choice, start):
                            found.add(start)
            if not found:
                return found
            places = found
        return places

    def _ends_of(self, choice: _Choice, start: int) -> frozenset[int]:
        key = (id(choice), start)
        ends = self._ends.get(key)
        if ends is None:
            ends = self._ends[key] = frozenset(self._match(choice, start))
        return ends

    def _match(self, choice: _Choice, start: int) -> Iterator[int]:
        if start >= len(self._words):
            return
        word = self._words[start]
        if word in BREAKS:
            return
        if (
            word in choice.words
            or (choice.beginnings and word.startswith(choice.beginnings))
            or (choice.number and _is_number(word))
        ):
            yield start + 1
        for row in (*choice.rows.get(word, ()), *choice.loose_rows):
            yield from self.ends_of_row(row, {start})

    def _over_gap(self, places: Iterable[int], width: int) -> set[int]:
        reached: set[int] = set()
        for place in places:
            left, at = width, place
            reached.add(at)
            while at < len(self._words) and not self._is_stop[at]:
                if self._words[at] != COMMA:
                    if not left:
                        break
                    left -= 1
                at += 1
                reached.add(at)
        return reached

    def _back_over_gap(self, places: Iterable[int], width: int) -> set[int]:
        reached: set[int] = set()
        for place in places:
            left, at = width, place
            reached.add(at)
            while at > 0 and not self._is_stop[at - 1]:
                if self._words[at - 1] != COMMA:
                    if not left:
                        break
                    left -= 1
                at -= 1
                reached.add(at)
        return reached


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
        self.rows.extend(row for rows in choice.rows.values() for row in rows)
        self.rows.extend(choice.loose_rows)

    def choice(self, negations: frozenset[str]) -> _Choice:
        rows: dict[str, dict[_Row, None]] = {}
        loose: dict[_Row, None] = {}
        firsts = _Firsts(frozenset(self.words), frozenset(self.beginnings), self.number)
        for row in self.rows:
            row_firsts = _firsts_of(row)
            firsts |= row_firsts
            if row_firsts.beginnings or row_firsts.number:
                loose[row] = None
            else:
                for word in row_firsts.words:
                    rows.setdefault(word, {})[row] = None
        return _Choice(
            words=frozenset(self.words),
            beginnings=tuple(sorted(self.beginnings)),
            number=self.number,
            rows={word: tuple(of_word) for word, of_word in rows.items()},
            loose_rows=tuple(loose),
            firsts=firsts,
            longest=max((_longest(row) for row in self.rows), default=1),
            negative=not negations.isdisjoint(self.words) or any(_is_negative(row) for row in self.rows),
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


def _longest(row: _Row) -> int:
    # A gap may also pass over a pause behind each of its words, and a small word may stand before each place.
    return sum(2 * part.words + 1 if isinstance(part, _Gap) else part.choice.longest + 1 for part in row)
