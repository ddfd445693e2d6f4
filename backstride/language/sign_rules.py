"""Find warning signs by rules that a person can read, and say in which light each was said.

The rules stand in `knowledge/red_flag_language.yml`, as phrases with a little syntax:

    can not feel .. wipe|wiping      words in a row; a|b is either; .. is up to two words, ... up to five
    numb* <down_there>               numb* is any ending; <name> is a list of the file, entries may be several words
    (my) legs                        (word) may be there or not
    numbness~                        a letter may be wrong
    <number>                         a number in digits or words

Words are compared in spaCy's normal form: "can't", "cant" and "cannot" are all "can not".
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import spacy
from spacy.matcher import Matcher
from spacy.tokens import Doc
from spacy.util import filter_spans

from backstride.checked_yaml import FrozenModel, check, read_yaml
from backstride.errors import KnowledgeError, Problem
from backstride.settings import ROOT

FILE_NAME = "red_flag_language.yml"
_MAX_PATTERNS = 4000


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


class FlagLanguage(FrozenModel):
    """How people say one flag.

    Args:
        flag: its id.
        say: phrases that stand for it.
        ask: phrases that may mean it: the assistant asks.
        harmless: phrases that look like it; what they cover is not counted.
        past_counts: whether having had it counts as well (cancer, thin bones).
        relative_counts: whether a relative's counts as well.
        question_counts: whether only asking about it counts as asking (self-harm, overdose).
    """

    flag: str
    say: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()
    past_counts: bool = False
    relative_counts: bool = False


class ContextLanguage(FrozenModel):
    """The words that put what stands near them into another light.

    Args:
        deny_before: "no", "without": what follows is denied, up to the end of the thought.
        deny_after: "is normal", "went away": what stands before is denied.
        not_a_denial: "not only", "no idea": look like a denial and are none.
        past: "used to", "as a kid".
        others: "my dad had", "runs in the family".
        asked: "can ... cause", "signs of".
        stop: "but", "however": end a thought.
    """

    deny_before: tuple[str, ...]
    deny_after: tuple[str, ...]
    not_a_denial: tuple[str, ...]
    past: tuple[str, ...]
    others: tuple[str, ...]
    asked: tuple[str, ...]
    stop: tuple[str, ...]


class TagLanguage(FrozenModel):
    """How people say a finer fact that steps a flag up or down: "both legs", "getting worse"."""

    tag: str
    say: tuple[str, ...]


class Language(FrozenModel):
    """The whole file."""

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
    language, problems = check(Language, read_yaml(path), path=path)
    if language is None:
        raise KnowledgeError(problems)
    bad = [
        Problem(path=path, line=1, entry=owner, wrong=f"the phrase {phrase!r} {error}", mend="see the top of the file")
        for owner, phrase in _all_phrases(language)
        for error in _mistakes_in(phrase, language.lists)
    ]
    if bad:
        raise KnowledgeError(bad)
    return language


class SignRules:
    """The compiled rules."""

    def __init__(self, language: Language) -> None:
        self._nlp = spacy.blank("en")
        self._lists = language.lists
        self._flags = {flag.flag: flag for flag in language.flags}
        self._matcher = Matcher(self._nlp.vocab)
        for flag in language.flags:
            for kind, phrases in (("say", flag.say), ("ask", flag.ask), ("harmless", flag.harmless)):
                self._add(self._matcher, f"{kind}:{flag.flag}", phrases)
        self._context = Matcher(self._nlp.vocab)
        for name in ContextLanguage.__fields__:
            self._add(self._context, name, getattr(language.context, name))
        self._tags = Matcher(self._nlp.vocab)
        for tag in language.tags:
            self._add(self._tags, tag.tag, tag.say)

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """Return the signs that a tidied text speaks of, in the order of the text."""
        doc = self._nlp(text)
        context = _Context(doc, self._spans(self._context, doc))
        found: dict[str, dict[str, list[tuple[int, int]]]] = {}
        for name, spans in self._spans(self._matcher, doc).items():
            kind, _, flag = name.partition(":")
            found.setdefault(flag, {})[kind] = spans
        mentions = [mention for flag, kinds in found.items() for mention in self._judge(doc, context, flag, kinds)]
        return tuple(sorted(mentions, key=lambda mention: mention.start))

    def tags(self, text: str) -> frozenset[str]:
        """Return the finer facts that a text states, unless it denies them."""
        doc = self._nlp(text)
        context = _Context(doc, self._spans(self._context, doc))
        return frozenset(
            tag
            for tag, spans in self._spans(self._tags, doc).items()
            if any(context.light_of(span) is Light.SAID for span in spans)
        )

    def _judge(
        self, doc: Doc, context: _Context, flag: str, kinds: Mapping[str, list[tuple[int, int]]]
    ) -> Iterator[Mention]:
        harmless = kinds.get("harmless", [])
        language = self._flags[flag]
        for kind in ("say", "ask"):
            for start, end in kinds.get(kind, []):
                if any(start < h_end and h_start < end for h_start, h_end in harmless):
                    continue
                light = context.light_of((start, end))
                if (light is Light.PAST and language.past_counts) or (
                    light is Light.OTHERS and language.relative_counts
                ):
                    light = Light.SAID
                span = doc[start:end]
                yield Mention(
                    flag=flag,
                    light=light,
                    start=span.start_char,
                    end=span.end_char,
                    words=span.text,
                    sure=kind == "say",
                )

    def _spans(self, matcher: Matcher, doc: Doc) -> dict[str, list[tuple[int, int]]]:
        """Return the longest matches of each rule that do not overlap, as token ranges."""
        by_name: dict[str, list[Any]] = {}
        for span in matcher(doc, as_spans=True):
            by_name.setdefault(span.label_, []).append(span)
        return {name: [(span.start, span.end) for span in filter_spans(spans)] for name, spans in by_name.items()}

    def _add(self, matcher: Matcher, name: str, phrases: Iterable[str]) -> None:
        patterns = [pattern for phrase in phrases for pattern in compile_phrase(phrase, self._lists)]
        if patterns:
            matcher.add(name, patterns, greedy="LONGEST")


class _Context:
    """The light that each part of a text stands in."""

    # How many words a trigger reaches at most.
    _DENY_REACH = 12
    _DENY_AFTER_REACH = 6
    _PAST_REACH = 10
    _OTHERS_REACH = 8

    def __init__(self, doc: Doc, triggers: Mapping[str, list[tuple[int, int]]]) -> None:
        self._doc = doc
        self._triggers = triggers
        self._sentence_ends = {token.i for token in doc if token.text in {".", "!", "?", ";", "\n"} or "\n" in token.text}
        self._stops = {start for start, _ in triggers.get("stop", [])}

    def light_of(self, span: tuple[int, int]) -> Light:
        """Return the light of a token range; a trigger inside the range does not count."""
        if self._denied(span):
            return Light.DENIED
        if self._near(span, "others", self._OTHERS_REACH, before_only=True, within_thought=True):
            return Light.OTHERS
        if self._near(span, "asked", 30, before_only=False, within_thought=False):
            return Light.ASKED
        if self._near(span, "past", self._PAST_REACH, before_only=False, within_thought=True):
            return Light.PAST
        return Light.SAID

    def _denied(self, span: tuple[int, int]) -> bool:
        false_alarms = self._triggers.get("not_a_denial", [])
        for start, end in self._triggers.get("deny_before", []):
            if any(start < f_end and f_start < end for f_start, f_end in false_alarms):
                continue
            if end <= span[0] and span[0] - end <= self._DENY_REACH and self._same_thought(end, span[0]):
                return True
        return any(
            start >= span[1] and start - span[1] <= self._DENY_AFTER_REACH and self._same_thought(span[1], start)
            for start, _ in self._triggers.get("deny_after", [])
        )

    def _near(
        self, span: tuple[int, int], name: str, reach: int, *, before_only: bool, within_thought: bool
    ) -> bool:
        for start, end in self._triggers.get(name, []):
            if end <= span[0]:
                gap = (end, span[0])
            elif start >= span[1] and not before_only:
                gap = (span[1], start)
            elif start < span[1] and span[0] < end and not (span[0] <= start and end <= span[1]):
                return True
            else:
                continue
            joined = self._same_thought(*gap) if within_thought else self._same_sentence(*gap)
            if gap[1] - gap[0] <= reach and joined:
                return True
        return False

    def _same_sentence(self, start: int, end: int) -> bool:
        return not any(i in self._sentence_ends for i in range(start, end))

    def _same_thought(self, start: int, end: int) -> bool:
        return self._same_sentence(start, end) and not any(i in self._stops for i in range(start, end))


def compile_phrase(phrase: str, lists: Mapping[str, Sequence[str]]) -> list[list[dict[str, Any]]]:
    """Turn a phrase of the file into spaCy Matcher patterns.

    Raises:
        ValueError: the phrase names an unknown list or has unbalanced signs.
    """
    choices: list[list[list[dict[str, Any]]]] = []
    for part in phrase.split():
        optional = part.startswith("(") and part.endswith(")")
        word = part[1:-1] if optional else part
        alternatives = [_tokens_of(option, lists) for option in _options(word, lists)]
        choices.append(_merged(alternatives) + ([[]] if optional else []))
    patterns = [list(itertools.chain.from_iterable(choice)) for choice in itertools.product(*choices)]
    return [pattern for pattern in patterns if pattern]


def _options(word: str, lists: Mapping[str, Sequence[str]]) -> list[str]:
    if word.startswith("<") and word.endswith(">") and word != "<number>":
        name = word[1:-1]
        if name not in lists:
            raise ValueError(f"names the list <{name}>, which the file does not have")
        return [option for entry in lists[name] for option in _options_of_entry(entry)]
    return word.split("|")


def _options_of_entry(entry: str) -> list[str]:
    return [entry]


def _tokens_of(option: str, lists: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:  # noqa: ARG001
    return [token for word in option.split() for token in _tokens_of_word(word)]


# A gap never crosses the end of a sentence.
_GAP = {"TEXT": {"NOT_IN": [".", "!", "?", ";"]}, "OP": "?"}


def _tokens_of_word(word: str) -> list[dict[str, Any]]:
    if word == "..":
        return [dict(_GAP) for _ in range(2)]
    if word == "...":
        return [dict(_GAP) for _ in range(5)]
    if word == "<number>":
        return [{"LIKE_NUM": True}]
    if not re.fullmatch(r"[a-z0-9'/%.,+-]+[*~]?", word):
        raise ValueError(f"holds {word!r}: write small letters, and only the signs | * ~ .. ... < > ( )")
    if word.endswith("*"):
        return [{"NORM": {"REGEX": f"^{re.escape(word[:-1])}"}}]
    if word.endswith("~"):
        return [{"NORM": {"FUZZY1": word[:-1]}}]
    return [{"NORM": word}]


def _merged(alternatives: list[list[dict[str, Any]]]) -> list[list[dict[str, Any]]]:
    """Join alternatives of one plain word into one pattern: fewer patterns, faster matching."""
    plain = [
        tokens[0]["NORM"] for tokens in alternatives if len(tokens) == 1 and isinstance(tokens[0].get("NORM"), str)
    ]
    others = [
        tokens for tokens in alternatives if not (len(tokens) == 1 and isinstance(tokens[0].get("NORM"), str))
    ]
    return ([[{"NORM": {"IN": plain}}]] if plain else []) + others


def _all_phrases(language: Language) -> Iterator[tuple[str, str]]:
    for flag in language.flags:
        for phrase in (*flag.say, *flag.ask, *flag.harmless):
            yield flag.flag, phrase
    for tag in language.tags:
        for phrase in tag.say:
            yield tag.tag, phrase
    for name in ContextLanguage.__fields__:
        for phrase in getattr(language.context, name):
            yield name, phrase


def _mistakes_in(phrase: str, lists: Mapping[str, Sequence[str]]) -> Iterator[str]:
    try:
        count = len(compile_phrase(phrase, lists))
    except ValueError as error:
        yield str(error)
    else:
        if count > _MAX_PATTERNS:
            yield f"stands for {count} patterns; split it"
