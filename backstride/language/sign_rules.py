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
from backstride.language.phrases import Match, PhraseBook, PhraseError, Span, literal_words
from backstride.language.words import COMMA, END, QUESTION, SENTENCE_ENDS, Reader, Words
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
        not_a_denial: "not only", "not gone": look like a denial, or like the end of a sign, and are none.
        past: "used to", "as a kid": what stands in the same sentence is past.
        over: "went away", "fine since": what stands before is over.
        it: words that may stand for a sign said before: "It went away".
        now: "still", "again": takes back past and over.
        again: "same as", "is back": take back past and over from anywhere in the sentence.
        others: "my dad had", "runs in the family".
        others_now: "my dad has": perhaps others' history, so the assistant asks.
        other_is_patient: "my husband can not", "asking for my son": then others are who this is about.
        asked: "can ... cause", "signs of".
        asked_next: "what is": what follows at once is only asked about.
        asked_after: "just curious": what stands before in the sentence is only asked.
        first_person: "i", "my": between the question and the sign they say that it is there ("what is it when my leg ...").
        idioms: "killing me": a sign inside one is none.
        stop: "but", "however": end a thought; no gap of a phrase passes over them.
        stop_denial: "because", "when": end what a denial reaches.
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
    it: tuple[str, ...]
    now: tuple[str, ...]
    again: tuple[str, ...]
    others: tuple[str, ...]
    others_now: tuple[str, ...]
    other_is_patient: tuple[str, ...]
    asked: tuple[str, ...]
    asked_next: tuple[str, ...]
    asked_after: tuple[str, ...]
    first_person: tuple[str, ...]
    idioms: tuple[str, ...]
    stop: tuple[str, ...]
    stop_denial: tuple[str, ...]
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
        fillers: words that mean nothing here, left out before anything else.
        small_words: words that are passed over between the words of a phrase.
        lists: what `<name>` in a phrase stands for.
        context: what puts a sign into another light.
        tags: finer facts.
        flags: the warning signs.
    """

    spellings: Mapping[str, str] = {}
    fillers: tuple[str, ...] = ()
    small_words: tuple[str, ...] = ()
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
        self._book = _book_of(language)
        for _, _, name, phrase in _phrases(language):
            self._book.add(name, phrase)
        self._reader = _reader_of(language, self._book)

    def __len__(self) -> int:
        """The number of phrases."""
        return len(self._book)

    def read(self, text: str) -> Reading:
        """Return what a tidied text says."""
        words = self._reader.read(text)
        found: dict[str, dict[str, list[Match]]] = {}
        for name, matches in self._book.find(words).items():
            group, _, rest = name.partition(":")
            found.setdefault(group, {})[rest] = matches
        context = _Context(words, found.get("context", {}))
        mentions = [
            mention
            for kind, sure in (("say", True), ("ask", False))
            for flag, matches in found.get(kind, {}).items()
            for mention in self._judge(
                text, words, context, flag, matches, found.get("harmless", {}).get(flag, ()), sure=sure
            )
        ]
        tags: set[str] = set()
        own_tags: dict[str, set[str]] = {}
        for number, matches in found.get("tag", {}).items():
            tag = self._tags[number]
            counted = {Light.SAID, Light.PAST} if tag.past_counts else {Light.SAID}
            if any(context.light_of(match) in counted for match in matches if not context.is_idiom(match)):
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
        matches: Iterable[Match],
        harmless: Sequence[Match],
        *,
        sure: bool,
    ) -> Iterator[Mention]:
        language = self._flags[flag]
        for match in matches:
            if context.is_idiom(match) or _touches(match.span, harmless):
                continue
            light = context.light_of(match, over_counts=language.over_counts)
            certain = sure and not context.is_perhaps_of_others(match)
            if (light is Light.PAST and language.past_counts) or (light is Light.OTHERS and language.relative_counts):
                light = Light.SAID
            elif light is Light.ASKED and language.question_counts:
                light, certain = Light.SAID, False
            start, end = words.starts[match.start], words.ends[match.end - 1]
            yield Mention(flag=flag, light=light, start=start, end=end, words=text[start:end], sure=certain)


class _Context:
    """The light that each part of a message stands in."""

    # How many words a trigger reaches.
    _DENY_REACH = 14
    _DENY_NEXT_REACH = 2
    _DENY_AFTER_REACH = 3
    _PAST_REACH = 14
    _OVER_REACH = 5
    _OTHERS_REACH = 9
    _ASKED_REACH = 12
    _ASKED_NEXT_REACH = 2
    # An item of a list ("no fever, chills, weak legs") has no more words than this.
    _ITEM_WORDS = 4
    _INABILITY_WITHIN = 3
    _AND = frozenset({"and", "plus"})
    _OR = frozenset({"or", "nor"})
    _PAUSES = frozenset({*SENTENCE_ENDS, COMMA})

    def __init__(self, words: Words, triggers: Mapping[str, Sequence[Match]]) -> None:
        self._words = words.words
        self._triggers = triggers
        self._stops = _starts(triggers, "stop")
        self._denial_stops = self._stops | _starts(triggers, "stop_denial")
        self._clause_starts = _starts(triggers, "new_clause")
        self._it = _starts(triggers, "it")
        self._first_person = _starts(triggers, "first_person")
        self._false_alarms = triggers.get("not_a_denial", ())
        self._other_is_patient = bool(triggers.get("other_is_patient"))

    def is_idiom(self, match: Match) -> bool:
        """Whether a match is part of an idiom."""
        return _touches(match.span, self._triggers.get("idioms", ()))

    def light_of(self, match: Match, *, over_counts: bool = False) -> Light:
        """Return the light of a match; a trigger inside it does not count."""
        span = match.span
        if self._is_denied(match):
            return Light.DENIED
        if not self._other_is_patient and any(
            self._is_near(span, trigger, self._OTHERS_REACH) for trigger in self._all("others")
        ):
            return Light.OTHERS
        if self._is_asked(span):
            return Light.ASKED
        if self._is_past(span) or (not over_counts and self._is_over(span)):
            return Light.PAST
        return Light.SAID

    def is_perhaps_of_others(self, match: Match) -> bool:
        """Whether a match may be about somebody who is not the one with the pain."""
        return not self._other_is_patient and any(
            self._is_near(match.span, trigger, self._OTHERS_REACH, before_only=True)
            for trigger in self._all("others_now")
        )

    def _all(self, name: str) -> Sequence[Match]:
        return self._triggers.get(name, ())

    def _is_denied(self, match: Match) -> bool:
        start, end = span = match.span
        if any(self._denies(trigger, span, self._DENY_REACH) for trigger in self._all("deny_any")):
            return True
        if match.negated and not _touches(span, self._false_alarms):
            return True
        denials = [
            (trigger, reach)
            for name, reach in (("deny", self._DENY_REACH), ("deny_next", self._DENY_NEXT_REACH))
            for trigger in self._all(name)
            if not _touches(trigger.span, self._false_alarms)
        ]
        # "not able to pee" is a sign by its own "not": no other denies it.
        head = range(start, min(end, start + self._INABILITY_WITHIN))
        is_inability = any(trigger.start in head for trigger, _ in denials) or any(
            alarm.start in head or (alarm.start < start < alarm.end) for alarm in self._false_alarms
        )
        if not is_inability and any(self._denies(trigger, span, reach) for trigger, reach in denials):
            return True
        return (not is_inability and self._is_answered_no(end)) or any(
            end <= trigger.start <= end + self._DENY_AFTER_REACH and self._is_plain(end, trigger.start)
            for trigger in self._all("deny_after")
            if not _touches(trigger.span, self._false_alarms)
        )

    def _denies(self, trigger: Match, span: Span, reach: int) -> bool:
        """Whether a range follows a trigger of denial, or begins inside one."""
        start, end = span
        if trigger.start < start < trigger.end:
            return True
        if not trigger.end <= start <= trigger.end + reach:
            return False
        return self._is_one_thought(trigger.end, start, stops=self._denial_stops) and self._is_one_list(
            trigger.end, start, end
        )

    def _is_answered_no(self, end: int) -> bool:
        """Whether "no" and nothing else answers what ends here: "numbness? none", "fever: no"."""
        pause = self._next_pause(end)
        if pause >= len(self._words) or (self._words[pause] != QUESTION and (pause > end or self._words[pause] == END)):
            return False
        answer = (pause + 1, self._next_pause(pause + 1))
        if self._words[answer[1] : answer[1] + 1] == (QUESTION,):
            return False
        return any(trigger.span == answer for trigger in self._all("answer_no"))

    def _is_past(self, span: Span) -> bool:
        return any(
            self._is_near(span, trigger, self._PAST_REACH) and not self._says_now(span, trigger.span, beyond=3)
            for trigger in self._all("past")
        )

    def _is_over(self, span: Span) -> bool:
        """Whether what ends a range is told behind it: "... went away", "... . It went away"."""
        for trigger in self._all("over"):
            distance = trigger.start - span[1]
            if (
                not 0 <= distance <= self._OVER_REACH
                or self._says_now(span, trigger.span)
                or _touches(trigger.span, self._false_alarms)
            ):
                continue
            between = range(span[1], trigger.start)
            pauses = [i for i in between if self._words[i] in self._PAUSES]
            if not pauses and self._is_plain(span[1], trigger.start):
                return True
            if len(pauses) == 1 and all(i in self._it for i in range(pauses[0] + 1, trigger.start)):
                return True
        return False

    def _says_now(self, span: Span, other: Span, *, beyond: int = 0) -> bool:
        low, high = min(span[0], other[0]), max(span[1], other[1])
        return any(
            low <= trigger.start < high + beyond and not _touches(trigger.span, (Match(*other),))
            for trigger in self._all("now")
        ) or any(
            not any(word in SENTENCE_ENDS for word in self._words[min(high, trigger.start) : trigger.start])
            and not any(word in SENTENCE_ENDS for word in self._words[trigger.end : max(low, trigger.end)])
            for trigger in self._all("again")
        )

    def _is_asked(self, span: Span) -> bool:
        for name, reach in (("asked", self._ASKED_REACH), ("asked_next", self._ASKED_NEXT_REACH)):
            for trigger in self._all(name):
                if not self._is_near(span, trigger, reach, before_only=True):
                    continue
                supposed = "if" in self._words[trigger.start : span[0]]
                if supposed or not self._first_person.intersection(range(trigger.end, span[1])):
                    return True
        return any(
            span[1] <= trigger.start and not any(word in SENTENCE_ENDS for word in self._words[span[1] : trigger.start])
            for trigger in self._all("asked_after")
        )

    def _is_near(self, span: Span, trigger: Match, reach: int, *, before_only: bool = False) -> bool:
        gap = _gap(span, trigger.span)
        if gap is None:
            return not (span[0] <= trigger.start and trigger.end <= span[1])
        if before_only and gap[0] == span[1]:
            return False
        return gap[1] - gap[0] <= reach and self._is_one_thought(*gap)

    def _is_one_thought(self, start: int, end: int, *, stops: frozenset[int] | None = None) -> bool:
        """Whether no thought ends between two places."""
        stops = self._stops if stops is None else stops
        for i in range(start, end):
            word = self._words[i]
            if word in SENTENCE_ENDS or i in stops:
                return False
            if (word == COMMA or word in self._AND) and i + 1 in self._clause_starts:
                return False
        return True

    def _is_one_list(self, start: int, end: int, item_end: int) -> bool:
        """Whether what stands behind a comma is short enough for an item of a list, or joined to it by "or"."""
        between = self._words[start:end]
        if COMMA not in between:
            return True
        last_comma = end - 1 - between[::-1].index(COMMA)
        pause = self._next_pause(item_end)
        return not self._OR.isdisjoint(self._words[start:pause]) or pause - last_comma - 1 <= self._ITEM_WORDS

    def _is_plain(self, start: int, end: int) -> bool:
        """Whether neither a pause nor an "and" stands between two places."""
        between = self._words[start:end]
        return self._PAUSES.isdisjoint(between) and self._AND.isdisjoint(between) and self._is_one_thought(start, end)

    def _next_pause(self, start: int) -> int:
        at = start
        while at < len(self._words) and self._words[at] not in self._PAUSES:
            at += 1
        return at


def _starts(triggers: Mapping[str, Sequence[Match]], name: str) -> frozenset[int]:
    return frozenset(trigger.start for trigger in triggers.get(name, ()))


def _gap(span: Span, trigger: Span) -> Span | None:
    """Return the range between two ranges, or None where they overlap."""
    if trigger[1] <= span[0]:
        return trigger[1], span[0]
    if span[1] <= trigger[0]:
        return span[1], trigger[0]
    return None


def _touches(span: Span, others: Iterable[Match]) -> bool:
    return any(span[0] < other.end and other.start < span[1] for other in others)


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


def _book_of(language: Language) -> PhraseBook:
    context = language.context
    return PhraseBook(
        language.lists,
        small_words=language.small_words,
        stop_words=(entry for entry in context.stop if " " not in entry),
        negations=(entry for entry in (*context.deny, *context.deny_next) if " " not in entry),
    )


def _reader_of(language: Language, book: PhraseBook | None = None) -> Reader:
    return Reader(
        spellings=language.spellings,
        fillers=language.fillers,
        mendable=book.mendable_words if book else (),
        known=book.known_words if book else (),
    )


def _mistakes(language: Language) -> Iterator[tuple[tuple[str | int, ...], str, str, str]]:
    """Yield where a phrase is wrong, its entry, how it is wrong, and the mend."""
    book = _book_of(language)
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
                yield (
                    place,
                    entry,
                    f"the phrase {phrase!r} holds {word!r}, a filler that is passed over",
                    "leave it out",
                )
            elif read != word:
                yield (
                    place,
                    entry,
                    f"the phrase {phrase!r} holds {word!r}, which is read as {read!r}",
                    f"write {read!r}",
                )
