"""The file of phrases that stand for warning signs: `knowledge/red_flag_language.yml`, read and checked.

How a phrase is written stands at the top of the file and in `phrases.py`.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from backstride.checked_yaml import FrozenModel, check, line_of, read_yaml, unknown_name
from backstride.errors import KnowledgeError, Problem
from backstride.language.phrases import PhraseBook, PhraseError, literal_words
from backstride.language.words import Reader
from backstride.settings import ROOT

FILE_NAME = "red_flag_language.yml"
PHRASES_FOLDER = "red_flag_phrases"
_KINDS = ("say", "say_with_back_pain", "ask", "slight", "slight_unless_severe", "harmless")


class FlagLanguage(FrozenModel):
    """How people say one flag.

    Args:
        flag: its id.
        say: phrases that stand for it.
        say_with_back_pain: phrases that stand for it where the message tells of back pain; else the assistant asks.
        ask: phrases that may mean it: the assistant asks.
        slight: phrases that tell it in its slightest form, such as a scrape: the assistant asks at most.
        slight_unless_severe: the same beside back pain too, unless that is told as severe: "sat down on my bum".
        harmless: phrases that look like it; what they touch is not counted.
        past_counts: whether having had it counts as well (cancer, thin bones).
        over_counts: whether it counts although it went away since (passing out, coughing blood).
        relative_counts: whether a relative's counts as well.
        anyone_counts: whether it counts for sure whoever it happens to, where it is told of now.
        question_counts: whether only asking about it makes the assistant ask back (self-harm, overdose).
    """

    flag: str
    say: tuple[str, ...] = ()
    say_with_back_pain: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    slight: tuple[str, ...] = ()
    slight_unless_severe: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()
    past_counts: bool = False
    over_counts: bool = False
    relative_counts: bool = False
    anyone_counts: bool = False
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
        i_am_patient: "I am the one", "not me": then nobody else is, whatever is said of them.
        back_pain: tells of back pain.
        supposed: "suppose I", "hypothetically": what follows is only supposed.
        not_supposed: "I suppose": look like it, and are none.
        asked: "can ... cause", "signs of".
        asked_next: "what is": what follows at once is only asked about.
        asked_after: "just curious": what stands before in the sentence is only asked.
        first_person: "i", "my": between question and sign they say that it is there ("what is it when my leg ...").
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
    i_am_patient: tuple[str, ...]
    back_pain: tuple[str, ...]
    supposed: tuple[str, ...]
    not_supposed: tuple[str, ...]
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
        harmless: phrases that look like it; what they touch is not counted.
        past_counts: whether having had it counts as well.
        with_sign_only: whether it counts only in the message that tells a sign: "since this morning" is said of much.
    """

    tag: str
    flags: tuple[str, ...] = ()
    say: tuple[str, ...]
    harmless: tuple[str, ...] = ()
    past_counts: bool = False
    with_sign_only: bool = False


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


class Placed(NamedTuple):
    """A phrase and where it stands.

    Args:
        place: its place in the file.
        entry: the id of its entry, for messages.
        group: what kind of phrase it is: "context", "tag", "no_tag", or a kind of phrase of a flag, such as "say".
        name: what it stands for: a part of the context, the number of a tag, or a flag.
        phrase: itself.
    """

    place: tuple[str | int, ...]
    entry: str
    group: str
    name: str
    phrase: str


def load_language(folder: Path = ROOT / "knowledge") -> Language:
    """Read `red_flag_language.yml` of a folder.

    Raises:
        KnowledgeError: the file has mistakes; each is named by its line.
    """
    path = folder / FILE_NAME
    return _read(path, path.read_bytes() if path.is_file() else b"")


@functools.lru_cache(maxsize=1)
def _read(path: Path, _: bytes) -> Language:
    """Read a file again only where its content has changed: a start checks it, and then needs it for the rules."""
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


def unknown_names(folder: Path, flags: Collection[str], tags: Collection[str]) -> Iterator[Problem]:
    """Return where the file of a folder, or one of the files of phrases, names a flag or a tag that does not exist.

    Args:
        folder: the knowledge folder, whose files have no other mistake.
        flags: the ids of `red_flags.yml`.
        tags: the tags that its flags, rules and multipliers know.
    """
    path = folder / FILE_NAME
    node = read_yaml(path)
    language = load_language(folder)
    named = [
        *((("tags", i, "tag"), tag.tag, tag.tag, tags, "tag") for i, tag in enumerate(language.tags)),
        *(
            (("tags", i, "flags", k), tag.tag, flag, flags, "warning sign")
            for i, tag in enumerate(language.tags)
            for k, flag in enumerate(tag.flags)
        ),
        *((("flags", i, "flag"), flag.flag, flag.flag, flags, "warning sign") for i, flag in enumerate(language.flags)),
    ]
    for place, entry, name, known, kind in named:
        if name not in known:
            yield unknown_name(path, line_of(node, place), entry, kind, name, known)
    for phrases in sorted((folder / PHRASES_FOLDER).glob("*.yml")):
        content = read_yaml(phrases)
        flag = content.get("flag", "")
        if flag and flag not in flags:
            yield unknown_name(phrases, line_of(content, ("flag",)), flag, "warning sign", flag, flags)


def phrases_of(language: Language) -> Iterator[Placed]:
    """Return every phrase of the context, the tags and the flags."""
    for key in ContextLanguage.__fields__:
        for i, phrase in enumerate(getattr(language.context, key)):
            yield Placed(("context", key, i), key, "context", key, phrase)
    for number, tag in enumerate(language.tags):
        for i, phrase in enumerate(tag.say):
            yield Placed(("tags", number, "say", i), tag.tag, "tag", str(number), phrase)
        for i, phrase in enumerate(tag.harmless):
            yield Placed(("tags", number, "harmless", i), tag.tag, "no_tag", str(number), phrase)
    for number, flag in enumerate(language.flags):
        for kind in _KINDS:
            for i, phrase in enumerate(getattr(flag, kind)):
                yield Placed(("flags", number, kind, i), flag.flag, kind, flag.flag, phrase)


def empty_book(language: Language) -> PhraseBook:
    """Return a book of phrases that knows the lists, and no phrase yet."""
    context = language.context
    return PhraseBook(
        language.lists,
        small_words=language.small_words,
        stop_words=(entry for entry in context.stop if " " not in entry),
        negations=(entry for entry in (*context.deny, *context.deny_next) if " " not in entry),
    )


class _Mistake(NamedTuple):
    place: tuple[str | int, ...]
    entry: str
    wrong: str
    mend: str


def _mistakes(language: Language) -> Iterator[_Mistake]:
    for spelling in language.spellings:
        if " " in spelling:
            yield _Mistake(("spellings", spelling), spelling, f"{spelling!r} is more than one word", "write one word")
    flags = Counter(flag.flag for flag in language.flags)
    for number, flag in enumerate(language.flags):
        if flags[flag.flag] > 1:
            yield _Mistake(("flags", number), flag.flag, "this flag stands here more than once", "make it one entry")
    checker = _Checker(language)
    wrong_lists = [
        mistake
        for name, entries in language.lists.items()
        for i, entry in enumerate(entries)
        for mistake in checker.mistakes_in(("lists", name, i), name, entry)
    ]
    yield from wrong_lists
    if not wrong_lists:  # a wrong list would spoil every phrase that names it
        for placed in phrases_of(language):
            yield from checker.mistakes_in(placed.place, placed.entry, placed.phrase)


class _Checker:
    """Tells what is wrong with a phrase."""

    def __init__(self, language: Language) -> None:
        self._book = empty_book(language)
        self._reader = Reader(spellings=language.spellings, fillers=language.fillers)
        self._read: dict[str, str] = {}

    def mistakes_in(self, place: tuple[str | int, ...], entry: str, phrase: str) -> Iterator[_Mistake]:
        """Return the mistakes of one phrase: of its signs, or of the words that no message can hold."""
        try:
            self._book.add("", phrase)
        except PhraseError as error:
            yield _Mistake(place, entry, f"the phrase {phrase!r} {error.wrong}", error.mend)
            return
        for word in literal_words(phrase):
            if word not in self._read:
                self._read[word] = " ".join(self._reader.read(word).words)
            read = self._read[word]
            if not read:
                wrong = f"the phrase {phrase!r} holds {word!r}, a filler, which is left out of messages"
                yield _Mistake(place, entry, wrong, "leave it out here too")
            elif read != word:
                wrong = f"the phrase {phrase!r} holds {word!r}, which is read as {read!r}"
                yield _Mistake(place, entry, wrong, f"write {read!r}")
