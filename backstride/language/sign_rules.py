"""Find warning signs by rules that a person can read, and say in which light each was said.

The rules stand in `knowledge/red_flag_language.yml`, as phrases with a little syntax (all of it in `phrases.py`):

    can not feel .. wipe|wiping      words in a row; a|b is either; .. is up to two words, ... up to five
    numb* <down_there>               numb* is any ending; <name> is a list of the file, entries may be several words
    (my) legs                        (word) may be there or not
    numbness~                        a letter may be wrong
    <number>                         a number in digits or words

A phrase under `say` stands for its flag, one under `say_with_back_pain` only where the message tells of back pain, one
under `ask` makes the assistant ask, one under `slight` makes it ask at most where no back pain is told, one under
`slight_unless_severe` where that is not severe, and what one under `harmless` touches is not counted. The light comes
from the words around it: see `sign_context.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from backstride.language.phrases import Match, longest_apart
from backstride.language.sign_context import Context, Light, touches
from backstride.language.sign_language import Language, TagLanguage, empty_book, load_language, phrases_of
from backstride.language.words import Reader, Words

# The words of the context that take a sign out of here and now.
_SHADES = frozenset(
    {"deny", "deny_next", "deny_any", "deny_after", "answer_no", "past", "over", "others", "others_now", "asked"}
    | {"asked_next", "asked_after", "idioms", "supposed"}
)

# The tag without which back pain leaves a sign as slight as it was told.
_SEVERE = "severe"

# The kinds of phrases that find a flag: surely, surely beside back pain, perhaps.
_FINDING = ("say", "say_with_back_pain", "ask")

__all__ = ["Language", "Light", "Mention", "Reading", "SignRules", "load_language"]


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
        later_tags: those of `tags` that may also be told in a message after that of their sign.
        shades: where words stand that may put what is near them into another light, as (first character, one past the
            last): "no", "used to", "my dad had", "what is".
        slight: where a flag is told in its slightest form, by flag, in the same way: "fell off my bike, just a scrape".
    """

    mentions: tuple[Mention, ...]
    tags: frozenset[str]
    own_tags: Mapping[str, frozenset[str]]
    later_tags: frozenset[str] = frozenset()
    shades: tuple[tuple[int, int], ...] = ()
    slight: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)

    def is_shaded(self, flag: str, start: int, end: int) -> bool:
        """Whether a range of characters holds words that may put a flag into another light, or make little of it."""
        return any(first < end and start < last for first, last in (*self.shades, *self.slight.get(flag, ())))

    def tags_of(self, flag: str) -> frozenset[str]:
        """Return the finer facts that may belong to a flag."""
        return self.tags | self.own_tags.get(flag, frozenset())


class SignRules:
    """The compiled rules.

    Args:
        language: the file, as `load_language` gives it.
    """

    def __init__(self, language: Language) -> None:
        self._flags = {flag.flag: flag for flag in language.flags}
        self._tags = {str(number): tag for number, tag in enumerate(language.tags)}
        self._book = empty_book(language)
        for placed in phrases_of(language):
            self._book.add(f"{placed.group}:{placed.name}", placed.phrase)
        self._reader = Reader(
            spellings=language.spellings,
            fillers=language.fillers,
            mendable=self._book.mendable_words,
            known=self._book.known_words,
        )
        # A message's words are read while it is encoded, and used when its vectors are there.
        self._remembered = lru_cache(maxsize=2)(self._reading_of)

    def __len__(self) -> int:
        """The number of phrases."""
        return len(self._book)

    def read(self, text: str) -> Reading:
        """Return what a tidied text says."""
        return self._remembered(text)

    def _reading_of(self, text: str) -> Reading:
        words = self._reader.read(text)
        found: dict[str, dict[str, Collection[Match]]] = {}
        for full_name, matches in self._book.find(words).items():
            group, _, name = full_name.partition(":")
            found.setdefault(group, {})[name] = matches
        context = Context(words, found.get("context", {}))
        tags: set[str] = set()
        later_tags: set[str] = set()
        own_tags: dict[str, set[str]] = {}
        for tag in self._said_tags(context, found.get("tag", {}), found.get("no_tag", {})):
            if not tag.flags:
                tags.add(tag.tag)
            if not (tag.flags or tag.with_sign_only):
                later_tags.add(tag.tag)
            for flag in tag.flags:
                own_tags.setdefault(flag, set()).add(tag.tag)
        slight = _of_the_writer(found.get("slight", {}), context)
        mild = {
            flag: matches
            for flag, matches in _of_the_writer(found.get("slight_unless_severe", {}), context).items()
            if _SEVERE not in tags | own_tags.get(flag, set())
        }
        mentions: list[Mention] = []
        for flag in {flag for kind in _FINDING for flag in found.get(kind, {})}:
            made_little_of = () if context.tells_of_back_pain else slight.get(flag, ())
            say, ask = self._counted(flag, found, context, (*made_little_of, *mild.get(flag, ())))
            mentions += [self._mention(flag, match, text, words, context, sure=True) for match in say]
            mentions += [self._mention(flag, match, text, words, context, sure=False) for match in ask]
        return Reading(
            mentions=tuple(sorted(mentions, key=lambda mention: (mention.start, mention.flag))),
            tags=frozenset(tags),
            own_tags={flag: frozenset(of_flag) for flag, of_flag in own_tags.items()},
            later_tags=frozenset(later_tags),
            shades=tuple(
                sorted(
                    (words.starts[match.start], words.ends[match.end - 1])
                    for name in _SHADES & found.get("context", {}).keys()
                    for match in found["context"][name]
                )
            ),
            slight={
                flag: tuple(
                    (words.starts[match.start], words.ends[match.end - 1])
                    for match in (*slight.get(flag, ()), *mild.get(flag, ()))
                )
                for flag in slight.keys() | mild.keys()
            },
        )

    def _counted(
        self,
        flag: str,
        found: Mapping[str, Mapping[str, Collection[Match]]],
        context: Context,
        slight: Collection[Match],
    ) -> tuple[list[Match], list[Match]]:
        """Return where a flag was found surely, and where perhaps; what lies inside a sure one tells nothing more.

        What lies inside a part that is told as slight is found perhaps.
        """
        harmless = found.get("harmless", {}).get(flag, ())
        sure, with_back_pain, perhaps = (found.get(kind, {}).get(flag, ()) for kind in _FINDING)
        if with_back_pain and context.tells_of_back_pain:
            sure = [*sure, *with_back_pain]
        else:
            perhaps = [*perhaps, *with_back_pain]
        if slight:
            doubtful = [match for match in sure if any(match.is_inside(other) for other in slight)]
            perhaps = [*perhaps, *doubtful]
            sure = [match for match in sure if match not in doubtful]
        say, ask = (
            longest_apart(
                match for match in matches if not context.is_idiom(match) and not touches(match.span, harmless)
            )
            for matches in (sure, perhaps)
        )
        return say, [match for match in ask if not any(match.is_inside(other) for other in say if not other.negated)]

    def _mention(self, flag: str, match: Match, text: str, words: Words, context: Context, *, sure: bool) -> Mention:
        light, certain = self._light(flag, match, context)
        start, end = _whole_words(text, words.starts[match.start], words.ends[match.end - 1])
        return Mention(flag=flag, light=light, start=start, end=end, words=text[start:end], sure=sure and certain)

    def _light(self, flag: str, match: Match, context: Context) -> tuple[Light, bool]:
        """Return the light of a sign, as far as its flag minds, and whether it is certain."""
        language = self._flags[flag]
        match context.light_of(match, over_counts=language.over_counts):
            case Light.PAST if language.past_counts:
                return Light.SAID, True
            case Light.OTHERS if language.relative_counts:
                return Light.SAID, True
            case Light.ASKED if language.question_counts:
                return Light.SAID, False
            case light:
                return light, language.anyone_counts or not context.is_perhaps_of_others(match)

    def _said_tags(
        self, context: Context, found: Mapping[str, Collection[Match]], harmless: Mapping[str, Collection[Match]]
    ) -> Iterator[TagLanguage]:
        for number, matches in found.items():
            tag = self._tags[number]
            counted = {Light.SAID, Light.PAST} if tag.past_counts else {Light.SAID}
            if any(
                not context.is_idiom(match)
                and not touches(match.span, harmless.get(number, ()))
                and context.light_of(match) in counted
                for match in matches
            ):
                yield tag


def _of_the_writer(found: Mapping[str, Collection[Match]], context: Context) -> dict[str, tuple[Match, ...]]:
    """Return the matches that are told of here and now and of the writer: a small dose is none for a toddler."""
    return {
        flag: tuple(
            match
            for match in matches
            if context.light_of(match) is Light.SAID and not context.is_perhaps_of_others(match)
        )
        for flag, matches in found.items()
    }


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a range to whole words: a match may begin at the "n't" of "can't"."""
    while start > 0 and text[start - 1].isalnum() and (text[start].isalnum() or text[start] == "'"):
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and (text[end].isalnum() or text[end] == "'"):
        end += 1
    return start, end
