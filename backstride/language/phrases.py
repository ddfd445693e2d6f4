"""Find phrases, written so that a person can read and change them, in the words of a message.

A phrase is a row of words with a little syntax:

    can not feel        words in a row
    tea|cola coloured   either word
    numb <down_there>   <name> stands for any entry of a list; an entry is a phrase itself
    (my) legs           what stands in brackets may be missing; (a|b) and (<name>) as well
    numb .. groin       .. is up to two words of any kind, ... up to five; never past the end of a sentence
    tingl*              any ending
    numbness~           one letter may be wrong, missing, doubled or swapped, here and in every other phrase
    <number>            a number in digits or words

A comma between two words ends a match, unless the phrase has a gap there.
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
_WORD = re.compile(r"[a-z0-9](?:[a-z0-9'.]*[a-z0-9])?")
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
    """

    words: frozenset[str]
    beginnings: tuple[str, ...]
    number: bool
    rows: Mapping[str, tuple[_Row, ...]]
    loose_rows: tuple[_Row, ...]
    firsts: _Firsts
    longest: int


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
    """

    name: str
    before: _Row
    after: _Row
    needs: frozenset[str]


class PhraseBook:
    """Compiled phrases under names.

    Args:
        lists: what `<name>` stands for.
    """

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self._compiler = _Compiler(lists)
        self._rows: list[tuple[str, _Row]] = []
        self._filed: tuple[dict[str, list[_Filed]], list[tuple[str, _Filed]], list[_Filed]] | None = None

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

    def find(self, words: Words) -> dict[str, list[Span]]:
        """Return, for each name, its longest matches that do not overlap, in the order of the text."""
        by_word, by_beginning, by_number = self._filed or self._file()
        search = _Search(words.words)
        found: dict[str, set[Span]] = {}
        for at, word in enumerate(words.words):
            candidates = list(by_word.get(word, ()))
            candidates += [filed for beginning, filed in by_beginning if word.startswith(beginning)]
            if by_number and _is_number(word):
                candidates += by_number
            for filed in candidates:
                if filed.needs and filed.needs.isdisjoint(search.present):
                    continue
                ends = search.ends_of_row(filed.after, {at})
                if ends:
                    starts = search.starts_of_row(filed.before, at)
                    if starts:
                        found.setdefault(filed.name, set()).add((min(starts), max(ends)))
        return {name: _longest_apart(spans) for name, spans in found.items()}

    def _file(self) -> tuple[dict[str, list[_Filed]], list[tuple[str, _Filed]], list[_Filed]]:
        frequency = Counter(
            word for _, row in self._rows for part in row if isinstance(part, _Place) for word in part.choice.firsts.words
        )

        def weight(place: _Place) -> int:
            firsts = place.choice.firsts
            stop_words = sum(_STOP_WORD_WEIGHT for word in firsts.words if word in STOP_WORDS)
            common = max((frequency[word] for word in firsts.words), default=0)
            return stop_words + common + len(firsts.beginnings) + _NUMBER_WEIGHT * firsts.number

        by_word: dict[str, list[_Filed]] = {}
        by_beginning: list[tuple[str, _Filed]] = []
        by_number: list[_Filed] = []
        for name, row in self._rows:
            keys = sorted(
                (weight(part), i) for i, part in enumerate(row) if isinstance(part, _Place) and not part.optional
            )
            key = keys[0][1]
            needs = next((firsts.words for firsts in _exact_firsts(row, keys[1:])), frozenset[str]())
            filed = _Filed(name, row[:key], row[key:], needs)
            firsts = _place(row[key]).choice.firsts
            for word in firsts.words:
                by_word.setdefault(word, []).append(filed)
            by_beginning.extend((beginning, filed) for beginning in firsts.beginnings)
            if firsts.number:
                by_number.append(filed)
        self._filed = (by_word, by_beginning, by_number)
        return self._filed


def literal_words(phrase: str) -> list[str]:
    """Return the whole words that a phrase names itself."""
    options = (option for part in phrase.split() for option in part.strip("()").split("|"))
    return [option.rstrip("~") for option in options if option[0] not in "<." and not option.endswith("*")]


def _exact_firsts(row: _Row, keys: Iterable[tuple[int, int]]) -> Iterator[_Firsts]:
    for _, i in keys:
        firsts = _place(row[i]).choice.firsts
        if firsts.words and not firsts.beginnings and not firsts.number:
            yield firsts


def _place(part: _Gap | _Place) -> _Place:
    assert isinstance(part, _Place)
    return part


def _longest_apart(spans: Iterable[Span]) -> list[Span]:
    chosen: list[Span] = []
    for start, end in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
        if all(end <= other_start or other_end <= start for other_start, other_end in chosen):
            chosen.append((start, end))
    return sorted(chosen)


def _is_number(word: str) -> bool:
    return word in _NUMBER_WORDS or _DIGITS.fullmatch(word) is not None


class _Search:
    """Matches rows of parts against one message, and remembers what it matched where."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._ends: dict[tuple[int, int], frozenset[int]] = {}
        self.present = frozenset(words)

    def ends_of_row(self, row: _Row, starts: set[int]) -> set[int]:
        """Return where matches of a row end that start at one of these places."""
        places = starts
        for part in row:
            if isinstance(part, _Gap):
                places = self._over_gap(places, part.words)
                continue
            found = set(places) if part.optional else set()
            for place in places:
                found |= self._ends_of(part.choice, place)
            if not found:
                return found
            places = found
        return places

    def starts_of_row(self, row: _Row, end: int) -> set[int]:
        """Return where matches of a row start that end at this place."""
        places = {end}
        for part in reversed(row):
            if isinstance(part, _Gap):
                places = self._back_over_gap(places, part.words)
                continue
            found = set(places) if part.optional else set()
            for place in places:
                for start in range(max(0, place - part.choice.longest), place):
                    if place in self._ends_of(part.choice, start):
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
            while at < len(self._words) and self._words[at] not in SENTENCE_ENDS:
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
            while at > 0 and self._words[at - 1] not in SENTENCE_ENDS:
                if self._words[at - 1] != COMMA:
                    if not left:
                        break
                    left -= 1
                at -= 1
                reached.add(at)
        return reached


class _Compiler:
    """Turns phrases into rows of parts; each list and each a|b is compiled once, so that matches can be remembered."""

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self._lists = lists
        self._choices: dict[str, _Choice] = {}
        self._open: list[str] = []
        self.words: set[str] = set()
        self.mendable: set[str] = set()
        self.used_lists: set[str] = set()

    def row(self, phrase: str) -> _Row:
        parts = tuple(self._part(part) for part in phrase.split())
        if not any(isinstance(part, _Place) and not part.optional for part in parts):
            raise PhraseError("has no word that must be there", "add one outside brackets")
        if isinstance(parts[0], _Gap) or isinstance(parts[-1], _Gap):
            raise PhraseError("starts or ends with a gap", "leave the dots out: words around it never matter")
        return parts

    def _part(self, text: str) -> _Gap | _Place:
        if text in _GAPS:
            return _Gap(_GAPS[text])
        optional = text.startswith("(") and text.endswith(")")
        inner = text[1:-1] if optional else text
        return _Place(self._choice(inner), optional)

    def _choice(self, text: str) -> _Choice:
        if text not in self._choices:
            self._choices[text] = self._compiled(text)
        return self._choices[text]

    def _compiled(self, text: str) -> _Choice:
        words: set[str] = set()
        beginnings: set[str] = set()
        number = False
        longer: list[_Row] = []
        for option in text.split("|"):
            if option == _NUMBER:
                number = True
            elif option.startswith("<") and option.endswith(">"):
                choice = self._list(option[1:-1])
                words |= choice.words
                beginnings.update(choice.beginnings)
                number = number or choice.number
                longer.extend(row for rows in choice.rows.values() for row in rows)
                longer.extend(choice.loose_rows)
            else:
                word, ending = (option[:-1], option[-1]) if option[-1:] in {"*", "~"} else (option, "")
                self._check_word(option, word, ending)
                if ending == "*":
                    beginnings.add(word)
                else:
                    words.add(word)
                    self.words.add(word)
                if ending == "~":
                    self.mendable.add(word)
        return _choice_of(words, beginnings, longer, number=number)

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
        try:
            singles: set[str] = set()
            beginnings: set[str] = set()
            longer: list[_Row] = []
            number = False
            for entry in self._lists[name]:
                row = self.row(entry)
                only = row[0] if len(row) == 1 else None
                if isinstance(only, _Place):
                    singles |= only.choice.words
                    beginnings.update(only.choice.beginnings)
                    number = number or only.choice.number
                    longer.extend(inner for rows in only.choice.rows.values() for inner in rows)
                    longer.extend(only.choice.loose_rows)
                else:
                    longer.append(row)
        finally:
            self._open.pop()
        self._choices[key] = _choice_of(singles, beginnings, longer, number=number)
        return self._choices[key]


def _choice_of(words: set[str], beginnings: set[str], longer: Iterable[_Row], *, number: bool) -> _Choice:
    rows: dict[str, dict[_Row, None]] = {}
    loose: dict[_Row, None] = {}
    firsts = _Firsts(frozenset(words), frozenset(beginnings), number)
    longest = 1
    for row in longer:
        row_firsts = _firsts_of(row)
        firsts |= row_firsts
        longest = max(longest, _longest(row))
        if row_firsts.beginnings or row_firsts.number:
            loose[row] = None
        else:
            for word in row_firsts.words:
                rows.setdefault(word, {})[row] = None
    return _Choice(
        words=frozenset(words),
        beginnings=tuple(sorted(beginnings)),
        number=number,
        rows={word: tuple(of_word) for word, of_word in rows.items()},
        loose_rows=tuple(loose),
        firsts=firsts,
        longest=longest,
    )


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
    # A gap may also pass over a pause behind each of its words.
    return sum(2 * part.words + 1 if isinstance(part, _Gap) else part.choice.longest for part in row)
