"""Find warning signs by rules that a person can read, and say in which light each was said.

The rules stand in `knowledge/red_flag_language.yml`, as phrases with a little syntax (see `phrases.py`):

    can not feel .. wipe|wiping      words in a row; a|b is either; .. is up to two words, ... up to five
    numb* <down_there>               numb* is any ending; <name> is a list of the file, entries may be several words
    (my) legs                        (word) may be there or not
    numbness~                        a letter may be wrong
    <number>                         a number in digits or words

A sign is a phrase of a flag. The words around it decide its light: "no numbness" is denied, "I used to have numbness"
is past, "my dad had numbness" is about others, "can running cause numbness" is only asked. What the light is decided by
stands in the file as well, under `context`. A thought is what a "no" reaches over: it ends with the sentence, at "but",
and where a new clause begins ("no fever, my legs are numb").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from backstride.checked_yaml import FrozenModel, check, line_of, read_yaml
from backstride.errors import KnowledgeError, Problem
from backstride.language.phrases import PhraseBook, PhraseError, Span, literal_words
from backstride.language.words import COMMA, QUESTION, SENTENCE_ENDS, Reader, Words
from backstride.settings import ROOT

FILE_NAME = "red_flag_language.yml"
_KINDS = ("say", "ask", "harmless")


class Light(str, Enum):
    """In which light a sign was said."""

    SAID = "said"  # it is there, or was since this began
    DENIED = "denied"  # it is not there
    PAST = "past"  # it was there once
    OTHERS = "others"  # a relative's history
    ASKED = "asked"  # only asked about, or supposed


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A sign that a rule found.

    Args:
        flag: the flag's id.
        light: in which light it was said.
        start: first character of the words in the text.
        end: one past the last character.
        words: the words.
        sure: whether the rule stands for the flag, or only for asking about it.
    """

    flag: str
    light: Light
    start: int
    end: int
    words: str
    sure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the rules found in one message.

    Args:
        mentions: the signs, in the order of the text.
        tags: finer facts that may belong to any sign.
        own_tags: finer facts that belong to some flags only, by flag.
    """

    mentions: tuple[Mention, ...]
    tags: frozenset[str]
    own_tags: Mapping[str, frozenset[str]]

    def tags_of(self, flag: str) -> frozenset[str]:
        """Return the finer facts that may belong to a flag."""
        return self.tags | self.own_tags.get(flag, frozenset())


class FlagLanguage(FrozenModel):
    """How people say one flag.

    Args:
        flag: its id.
        say: phrases that stand for it.
        ask: phrases that may mean it: the assistant asks.
        harmless: phrases that look like it; what they touch is not counted.
        past_counts: whether having had it counts as well (cancer, thin bones).
        over_counts: whether it counts although it went away since (passing out, coughing blood).
        relative_counts: whether a relative's counts as well.
        question_counts: whether only asking about it makes the assistant ask back (self-harm, overdose).
    """

    flag: str
    say: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()
    past_counts: bool = False
    over_counts: bool = False
    relative_counts: bool = False
    question_counts: bool = False


class ContextLanguage(FrozenModel):
    """The words that put what stands near them into another light.

    Args:
        deny: "no", "without", "have not had": what follows is denied, to the end of the thought.
        deny_next: "not", "never": only what follows at once is denied.
        deny_any: "it is not that": what follows is denied, even an inability.
        deny_after: "is normal": what stands before is denied.
        answer_no: "none", "nope": as the answer to "numbness?".
        not_a_denial: "not only", "no idea": look like a denial and are none.
        past: "used to", "as a kid": what stands in the same sentence is past.
        over: "went away", "all fine since": what stands before is over.
        now: "still", "again": takes back past and over.
        others: "my dad had", "runs in the family".
        other_is_patient: "my husband can not", "asking for my son": then others are who this is about.
        asked: "can ... cause", "signs of".
        idioms: "killing me": a sign inside one is none.
        stop: "but", "however": end a thought.
        new_clause: words that, behind a comma or "and", begin a new thought.
    """

    deny: tuple[str, ...]
    deny_next: tuple[str, ...]
    deny_any: tuple[str, ...]
    deny_after: tuple[str, ...]
    answer_no: tuple[str, ...]
    not_a_denial: tuple[str, ...]
    past: tuple[str, ...]
    over: tuple[str, ...]
    now: tuple[str, ...]
    others: tuple[str, ...]
    other_is_patient: tuple[str, ...]
    asked: tuple[str, ...]
    idioms: tuple[str, ...]
    stop: tuple[str, ...]
    new_clause: tuple[str, ...]


class TagLanguage(FrozenModel):
    """How people say a finer fact that steps a flag up or down: "both legs", "getting worse".

    Args:
        tag: its name in `red_flags.yml`.
        flags: the flags that it belongs to; none stands for all.
        say: phrases that stand for it.
        past_counts: whether having had it counts as well.
    """

    tag: str
    flags: tuple[str, ...] = ()
    say: tuple[str, ...]
    past_counts: bool = False


class Language(FrozenModel):
    """The whole file.

    Args:
        spellings: misspelt or short words, and what they mean.
        fillers: words that are passed over.
        lists: what `<name>` in a phrase stands for.
        context: what puts a sign into another light.
        tags: finer facts.
        flags: the warning signs.
    """

    spellings: Mapping[str, str] = {}
    fillers: tuple[str, ...] = ()
    lists: Mapping[str, tuple[str, ...]]
    context: ContextLanguage
    tags: tuple[TagLanguage, ...] = ()
    flags: tuple[FlagLanguage, ...]


def load_language(folder: Path = ROOT / "knowledge") -> Language:
    """Read `red_flag_language.yml` of a folder.

    Raises:
        KnowledgeError: the file has mistakes.
    """
    path = folder / FILE_NAME
    node = read_yaml(path)
    language, problems = check(Language, node, path=path)
    if language is None:
        raise KnowledgeError(problems)
    problems = [
        Problem(path=path, line=line_of(node, place), entry=entry, wrong=wrong, mend=mend)
        for place, entry, wrong, mend in _mistakes(language)
    ]
    if problems:
        raise KnowledgeError(problems)
    return language


class SignRules:
    """The compiled rules.

    Args:
        language: the file.

    Raises:
        PhraseError: a phrase breaks the syntax; `load_language` says so with its line.
    """

    def __init__(self, language: Language) -> None:
        self._flags = {flag.flag: flag for flag in language.flags}
        self._tags = {str(i): tag for i, tag in enumerate(language.tags)}
        self._book = PhraseBook(language.lists)
        for _, _, name, phrase in _phrases(language):
            self._book.add(name, phrase)
        self._reader = _reader_of(language, self._book)

    def __len__(self) -> int:
        """The number of phrases."""
        return len(self._book)

    def read(self, text: str) -> Reading:
        """Return what a tidied text says."""
        words = self._reader.read(text)
        found: dict[str, dict[str, list[Span]]] = {}
        for name, spans in self._book.find(words).items():
            group, _, rest = name.partition(":")
            found.setdefault(group, {})[rest] = spans
        context = _Context(words, found.get("context", {}))
        mentions = [
            mention
            for kind, sure in (("say", True), ("ask", False))
            for flag, spans in found.get(kind, {}).items()
            for mention in self._judge(text, words, context, flag, spans, found.get("harmless", {}), sure=sure)
        ]
        tags: set[str] = set()
        own_tags: dict[str, set[str]] = {}
        for number, spans in found.get("tag", {}).items():
            tag = self._tags[number]
            counted = {Light.SAID, Light.PAST} if tag.past_counts else {Light.SAID}
            if any(context.light_of(span) in counted for span in spans if not context.is_idiom(span)):
                if not tag.flags:
                    tags.add(tag.tag)
                for flag in tag.flags:
                    own_tags.setdefault(flag, set()).add(tag.tag)
        return Reading(
            mentions=tuple(sorted(mentions, key=lambda mention: (mention.start, mention.flag))),
            tags=frozenset(tags),
            own_tags={flag: frozenset(of_flag) for flag, of_flag in own_tags.items()},
        )

    def _judge(
        self,
        text: str,
        words: Words,
        context: _Context,
        flag: str,
        spans: Iterable[Span],
        harmless: Mapping[str, Sequence[Span]],
        *,
        sure: bool,
    ) -> Iterator[Mention]:
        language = self._flags[flag]
        for span in spans:
            if context.is_idiom(span) or _touches(span, harmless.get(flag, ())):
                continue
            light = context.light_of(span, over_counts=language.over_counts)
            certain = sure
            if (light is Light.PAST and language.past_counts) or (light is Light.OTHERS and language.relative_counts):
                light = Light.SAID
            elif light is Light.ASKED and language.question_counts:
                light, certain = Light.SAID, False
            start, end = words.starts[span[0]], words.ends[span[1] - 1]
            yield Mention(flag=flag, light=light, start=start, end=end, words=text[start:end], sure=certain)


class _Context:
    """The light that each part of a message stands in."""

    # How many words a trigger reaches.
    _DENY_REACH = 14
    _DENY_NEXT_REACH = 2
    _DENY_AFTER_REACH = 4
    _PAST_REACH = 14
    _OVER_REACH = 16
    _OTHERS_REACH = 9
    _ASKED_REACH = 30
    # An item of a list ("no fever, chills, weak legs") has no more words than this.
    _ITEM_WORDS = 4
    # A sentence that takes something back begins with it ("It went away").
    _OVER_STARTS_WITHIN = 4
    _ANSWER_WORDS = 3
    _NEGATIONS = frozenset({"no", "not", "never", "nothing", "without", "unable", "lost", "loss", "neither", "hardly"})
    _INABILITIES = frozenset({"can", "could", "do", "did", "does", "am", "is", "are", "was", "has", "have", "had"})
    _AND = frozenset({"and", "plus"})

    def __init__(self, words: Words, triggers: Mapping[str, Sequence[Span]]) -> None:
        self._words = words.words
        self._triggers = triggers
        self._stops = frozenset(start for start, _ in triggers.get("stop", ()))
        self._clause_starts = frozenset(start for start, _ in triggers.get("new_clause", ()))
        self._false_alarms = triggers.get("not_a_denial", ())
        self._other_is_patient = bool(triggers.get("other_is_patient"))

    def is_idiom(self, span: Span) -> bool:
        """Whether a token range is part of an idiom."""
        return _touches(span, self._triggers.get("idioms", ()))

    def light_of(self, span: Span, *, over_counts: bool = False) -> Light:
        """Return the light of a range of words; a trigger inside the range does not count."""
        if self._is_denied(span):
            return Light.DENIED
        if not self._other_is_patient and self._is_near(span, "others", self._OTHERS_REACH):
            return Light.OTHERS
        if self._is_near(span, "asked", self._ASKED_REACH):
            return Light.ASKED
        if self._is_past(span) or (not over_counts and self._is_over(span)):
            return Light.PAST
        return Light.SAID

    def _is_denied(self, span: Span) -> bool:
        start, end = span
        inability = self._words[start] in self._NEGATIONS or (
            self._words[start] in self._INABILITIES
            and any(word in self._NEGATIONS for word in self._words[start + 1 : start + 3])
        )
        if self._follows("deny_any", span, self._DENY_REACH):
            return True
        if not inability and (
            self._follows("deny", span, self._DENY_REACH) or self._follows("deny_next", span, self._DENY_NEXT_REACH)
        ):
            return True
        return any(
            end <= trigger[0] <= end + self._DENY_AFTER_REACH and self._is_one_thought(end, trigger[0])
            for trigger in self._triggers.get("deny_after", ())
            if not _touches(trigger, self._false_alarms)
        ) or self._is_answered_no(end)

    def _follows(self, name: str, span: Span, reach: int) -> bool:
        """Whether a range follows a trigger of denial, or begins inside one."""
        start, end = span
        for trigger in self._triggers.get(name, ()):
            if _touches(trigger, self._false_alarms):
                continue
            if trigger[0] < start < trigger[1]:
                return True
            if trigger[1] <= start <= trigger[1] + reach and self._is_one_thought(trigger[1], start, upto=end):
                return True
        return False

    def _is_answered_no(self, end: int) -> bool:
        """Whether "no" and nothing else answers what ends here: "numbness? none", "fever: no"."""
        words = self._words
        at = end
        while at < len(words) and words[at] not in {*SENTENCE_ENDS, COMMA}:
            at += 1
        if at >= len(words) or (words[at] != QUESTION and at > end):
            return False
        stop = at + 1
        while stop < len(words) and words[stop] not in {*SENTENCE_ENDS, COMMA}:
            stop += 1
        return stop - at - 1 <= self._ANSWER_WORDS and any(
            trigger[0] == at + 1 for trigger in self._triggers.get("answer_no", ())
        )

    def _is_past(self, span: Span) -> bool:
        start, end = span
        for trigger in self._triggers.get("past", ()):
            gap = _gap(span, trigger)
            if gap is None:
                if not (start <= trigger[0] and trigger[1] <= end):
                    return True
                continue
            if gap[1] - gap[0] <= self._PAST_REACH and self._is_one_thought(*gap) and not self._says_now(span, gap):
                return True
        return False

    def _is_over(self, span: Span) -> bool:
        for trigger in self._triggers.get("over", ()):
            if trigger[0] < span[1] or trigger[0] - span[1] > self._OVER_REACH or self._says_now(span, trigger):
                continue
            if _touches(trigger, self._false_alarms):
                continue
            between = self._words[span[1] : trigger[0]]
            ends = [i for i, word in enumerate(between) if word in SENTENCE_ENDS]
            if any(i in self._stops for i in range(span[1], trigger[0])) and not ends:
                continue
            if not ends or (len(ends) == 1 and len(between) - ends[0] - 1 <= self._OVER_STARTS_WITHIN):
                return True
        return False

    def _says_now(self, span: Span, other: Span) -> bool:
        low, high = min(span[0], other[0]), max(span[1], other[1])
        return any(low <= trigger[0] <= high + 2 for trigger in self._triggers.get("now", ()))

    def _is_near(self, span: Span, name: str, reach: int) -> bool:
        start, end = span
        for trigger in self._triggers.get(name, ()):
            gap = _gap(span, trigger)
            if gap is None:
                if not (start <= trigger[0] and trigger[1] <= end):
                    return True
                continue
            if gap[1] - gap[0] <= reach and self._is_one_thought(*gap):
                return True
        return False

    def _is_one_thought(self, start: int, end: int, *, upto: int | None = None) -> bool:
        """Whether no thought ends between two places.

        Args:
            start: the first place.
            end: the second.
            upto: where what stands at the second place ends; given where the first place starts a list that a long
                item cannot belong to.
        """
        words = self._words
        comma: int | None = None
        either = False
        for i in range(start, end):
            word = words[i]
            if word in SENTENCE_ENDS or i in self._stops:
                return False
            if word == COMMA:
                comma = i
            if (word == COMMA or word in self._AND) and i + 1 in self._clause_starts:
                return False
            either = either or word in {"or", "nor"}
        if comma is None or upto is None or either:
            return True
        rest = upto
        while rest < len(words) and words[rest] not in {*SENTENCE_ENDS, COMMA}:
            if words[rest] in {"or", "nor"}:
                return True
            rest += 1
        return rest - comma - 1 <= self._ITEM_WORDS


def _gap(span: Span, trigger: Span) -> Span | None:
    """Return the range between two ranges, or None where they overlap."""
    if trigger[1] <= span[0]:
        return trigger[1], span[0]
    if span[1] <= trigger[0]:
        return span[1], trigger[0]
    return None


def _touches(span: Span, others: Iterable[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def _phrases(language: Language) -> Iterator[tuple[tuple[str | int, ...], str, str, str]]:
    """Return each phrase with its place in the file, its entry, and the name that it is found under."""
    for key in ContextLanguage.__fields__:
        for i, phrase in enumerate(getattr(language.context, key)):
            yield ("context", key, i), key, f"context:{key}", phrase
    for number, tag in enumerate(language.tags):
        for i, phrase in enumerate(tag.say):
            yield ("tags", number, "say", i), tag.tag, f"tag:{number}", phrase
    for number, flag in enumerate(language.flags):
        for kind in _KINDS:
            for i, phrase in enumerate(getattr(flag, kind)):
                yield ("flags", number, kind, i), flag.flag, f"{kind}:{flag.flag}", phrase


def _reader_of(language: Language, book: PhraseBook | None = None) -> Reader:
    return Reader(
        spellings=language.spellings,
        fillers=language.fillers,
        mendable=book.mendable_words if book else (),
        known=book.known_words if book else (),
    )


def _mistakes(language: Language) -> Iterator[tuple[tuple[str | int, ...], str, str, str]]:
    """Yield where a phrase is wrong, its entry, how it is wrong, and the mend."""
    book = PhraseBook(language.lists)
    reader = _reader_of(language)
    entries = [
        (("lists", name, i), name, entry) for name, of_list in language.lists.items() for i, entry in enumerate(of_list)
    ]
    wrong_lists = list(_mistakes_in(entries, book, reader))
    yield from wrong_lists
    if not wrong_lists:  # a wrong list would spoil every phrase that names it
        yield from _mistakes_in(((place, entry, text) for place, entry, _, text in _phrases(language)), book, reader)


def _mistakes_in(
    phrases: Iterable[tuple[tuple[str | int, ...], str, str]], book: PhraseBook, reader: Reader
) -> Iterator[tuple[tuple[str | int, ...], str, str, str]]:
    for place, entry, phrase in phrases:
        try:
            book.add("", phrase)
        except PhraseError as error:
            yield place, entry, f"the phrase {phrase!r} {error.wrong}", error.mend
            continue
        for word in literal_words(phrase):
            read = " ".join(reader.read(word).words)
            if not read:
                yield place, entry, f"the phrase {phrase!r} holds {word!r}, a filler that is passed over", "leave it out"
            elif read != word:
                yield place, entry, f"the phrase {phrase!r} holds {word!r}, which is read as {read!r}", f"write {read!r}"
