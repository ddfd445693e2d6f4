"""Read how people answer a question about a warning sign, and how they take one back."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Collection
from pathlib import Path

from pydantic import root_validator

from backstride.checked_yaml import FrozenModel, check, read_yaml
from backstride.errors import KnowledgeError
from backstride.settings import ROOT

FILE_NAME = "safety_words.yml"
# Where several remarks fit, the first one counts: a sign of somebody else's is no mistake, and stands for them.
_REMARKS_ANYWHERE = (
    "someone_else",
    "mistaken",
    "checked",
    "got_help",
    "numbers",
    "own_back",
    "why_none",
    "what_to_tell",
    "taken_back",
    "explained",
    "playing_down",
    "pressing",
)

# In a phrase of a file it stands for each of the 'people'.
_PERSON = "<person>"

# A longer message is about more than what a question means.
_EXPLAINS = 7

# After the words of a yes ("it is", "I have") these make it none.
_TURNS = frozenset("not no never nothing easing easier better improving fine ok okay gone normal good less".split())


class SafetyWords(FrozenModel):
    """How people answer, ask back and take back; `knowledge/safety_words.yml`."""

    fillers: tuple[str, ...]
    yes: tuple[str, ...]
    too_vague: tuple[str, ...]
    no: tuple[str, ...]
    no_to_two: tuple[str, ...]
    after_no: tuple[str, ...]
    beside_no: tuple[str, ...]
    one_side: tuple[str, ...]
    beside_side: tuple[str, ...]
    only: tuple[str, ...]
    no_sign: tuple[str, ...]
    but: tuple[str, ...]
    takes_note: tuple[str, ...]
    unsure: tuple[str, ...]
    why: tuple[str, ...]
    explain: tuple[str, ...]
    stop: tuple[str, ...]
    checked: tuple[str, ...]
    mistaken: tuple[str, ...]
    someone_else: tuple[str, ...]
    own_back: tuple[str, ...]
    got_help: tuple[str, ...]
    numbers: tuple[str, ...]
    why_none: tuple[str, ...]
    what_to_tell: tuple[str, ...]
    taken_back: tuple[str, ...]
    explained: tuple[str, ...]
    pressing: tuple[str, ...]
    playing_down: tuple[str, ...]
    wants_to_run: tuple[str, ...]
    people: tuple[str, ...]

    @root_validator(skip_on_failure=True)
    def _name_the_people(cls, values: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:  # noqa: N805 - pydantic's class method
        """Write out the phrases with a "<person>" in them, one for each of the people."""
        people = values["people"]
        return {
            key: tuple(
                phrase.replace(_PERSON, person)
                for phrase in phrases
                for person in (people if _PERSON in phrase else ("",))
            )
            for key, phrases in values.items()
        }


def load_safety_words(folder: Path = ROOT / "knowledge") -> SafetyWords:
    """Read `safety_words.yml` of a folder.

    Raises:
        KnowledgeError: the file has mistakes.
    """
    path = folder / FILE_NAME
    words, problems = check(SafetyWords, read_yaml(path), path=path)
    if words is None:
        raise KnowledgeError(problems)
    return words


def answer_in(text: str, words: SafetyWords) -> str:
    """Return "yes", "no", "unsure" or "why" where a message starts as such an answer does, else ""."""
    said = _without_fillers(folded(text), words)
    for answer in ("unsure", "why", "no", "yes"):
        rest = next((rest for phrase in getattr(words, answer) if (rest := _after(phrase, said)) is not None), None)
        if rest is not None and answer == "no" and _is_taken_on(rest, words):
            return ""
        if rest is not None:
            # "I am not" is a no; "I am not able to pee" and "it is easing" are neither.
            goes_on = rest.partition(" ")[0]
            is_turned = answer == "yes" and goes_on in _TURNS
            return answer if not is_turned else "no" if rest == "not" else ""
    return ""


def is_no_taken_on(text: str, words: SafetyWords) -> bool:
    """Return whether a message starts with a no that answers nothing: "no wait, the left side"."""
    said = _without_fillers(folded(text), words)
    return any((rest := _after(phrase, said)) is not None and _is_taken_on(rest, words) for phrase in words.no)


def _is_taken_on(rest: str, words: SafetyWords) -> bool:
    return any(_after(phrase, rest) is not None for phrase in words.after_no)


def is_whole_no(text: str, words: SafetyWords) -> bool:
    """Return whether a message says no and hardly more: "nope, thank god" does, "no gym" and "no warm-up" do not.

    A no to several checks at once has to be one, and "neither" answers two things. "None of these, though I take a
    tablet" names them, and is one.
    """
    rest, said_no = _without_fillers(folded(text), words), False
    while longest := max((phrase for phrase in words.no if _after(phrase, rest) is not None), key=len, default=""):
        said_no |= longest not in words.no_to_two
        if " " in longest:
            return True
        rest = _after(longest, rest) or ""
    known = {word for phrase in (*words.no, *words.fillers, *words.beside_no) for word in phrase.split()}
    return said_no and set(rest.split()) <= known


def side_in(text: str, words: SafetyWords) -> str:
    """Return "only" where a message answers with one side and nothing else, "named" where a no goes on to name one.

    "No, the right" corrects the side, or that it is both of them; "no, both left and right feel fine" is a no.

    >>> [side_in(text, load_safety_words()) for text in ("no, just my right foot", "no the left one tingles", "no")]
    ['only', 'named', '']
    """
    said, begins_with_no = _without_no(folded(text), words)
    rest = said.split()
    sides = {word for word in rest if word in words.one_side}
    if not sides or (not begins_with_no and answer_in(text, words)):
        return ""
    if set(rest) <= {*words.one_side, *words.beside_side}:
        return "only"
    named = {
        word
        for before, word, after in zip(["", *rest], rest, [*rest[1:], ""], strict=False)
        if word in sides and not {before, after}.isdisjoint(words.beside_side)
    }
    return "named" if begins_with_no and len(named) == 1 else ""


def narrowed_to(text: str, words: SafetyWords) -> str:
    """Return what an answer is narrowed to, "" where it is not, or is as good as a no.

    It may say a part of what was asked. Behind a no in the first person too: alone, "I just want a stretch" is none.

    >>> [narrowed_to(text, load_safety_words()) for text in ("no, only the shivers", "just the pee", "no, just tired")]
    ['the shivers', 'the pee', '']
    """
    said, begins_with_no = _without_no(folded(text), words)
    narrowing = words.only if begins_with_no else [phrase for phrase in words.only if not phrase.startswith("i ")]
    rest = next((rest for phrase in narrowing if (rest := _after(phrase, said))), "")
    return rest if set(rest.split()).isdisjoint(words.no_sign) else ""


def taken_on(text: str, words: SafetyWords) -> str:
    """Return what a no goes on to behind a "but", "" where it ends there or goes on as good as one.

    >>> [taken_on(text, load_safety_words()) for text in ("not really but it takes ages", "no, but my back is sore")]
    ['it takes ages', '']
    """
    said, begins_with_no = _without_no(folded(text), words)
    rest = next((rest for phrase in words.but if (rest := _after(phrase, said))), "") if begins_with_no else ""
    return rest if set(rest.split()).isdisjoint(words.no_sign) else ""


def takes_note(text: str, words: SafetyWords) -> bool:
    """Return whether all that a message says is that it was read: "ok", "got it"."""
    said = folded(text)
    return said in words.takes_note or _without_fillers(said, words) in words.takes_note


def is_vague(text: str, words: SafetyWords) -> bool:
    """Return whether a message starts with a yes that is too little to cross a sign out."""
    said = _without_fillers(folded(text), words)
    return any(_after(phrase, said) is not None for phrase in words.too_vague)


def remark_in(text: str, words: SafetyWords) -> str:
    """Return what a message says about a question or a referral beside an answer, else "".

    One of "explain" (what does the question mean), "stop", "mistaken", "someone_else", "checked", "got_help",
    "own_back" (it is about my own), "numbers", "why_none" (why no exercises), "what_to_tell", "taken_back" (as
    "mistaken", in words that may mean something else), "explained" (what was meant by a sign, or what it came from),
    "playing_down", "pressing" (the exercise without the checks).
    """
    said = _without_fillers(folded(text), words)
    # "What?" asks what is meant; "what helps?" does not.
    # "How do I know?" asks it too, and "how do I know if it's a slipped disc" asks about something else.
    is_short = len(said.split()) <= _EXPLAINS
    if any(
        said == phrase or (" " in phrase and is_short and said.startswith(f"{phrase} ")) for phrase in words.explain
    ):
        return "explain"
    if said in words.stop:
        return "stop"
    return next((remark for remark in _REMARKS_ANYWHERE if holds(text, getattr(words, remark))), "")


def holds(text: str, phrases: Collection[str]) -> bool:
    """Return whether a message holds one of some phrases, in whole words."""
    said = f" {folded(text)} "
    return any(f" {phrase} " in said for phrase in phrases)


@functools.lru_cache(maxsize=8)  # one message is compared with many phrases
def folded(text: str) -> str:
    """Return a text in small letters and without punctuation, as the phrases of the file are written."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("'", "").replace("’", "").replace("&", " and ")
    return re.sub(r"[\W_]+", " ", text).strip()


def _after(phrase: str, said: str) -> str | None:
    """Return what follows a phrase that a message starts with, or None where it starts otherwise."""
    if said == phrase:
        return ""
    return said.removeprefix(f"{phrase} ") if said.startswith(f"{phrase} ") else None


def _without_no(said: str, words: SafetyWords) -> tuple[str, bool]:
    """Return what is left of "um no no, well, the right" behind the no, and whether there was one."""
    rest, begins_with_no = _without_fillers(said, words), False
    while longest := max((phrase for phrase in words.no if _after(phrase, rest) is not None), key=len, default=""):
        rest, begins_with_no = _without_fillers(_after(longest, rest) or "", words), True
    return rest, begins_with_no


def _without_fillers(said: str, words: SafetyWords) -> str:
    """Return what is left of "lol um no" once the words before the answer are gone."""
    rest = said
    while True:
        filler = next((each for each in words.fillers if rest.startswith(f"{each} ")), None)
        if filler is None:
            return rest
        rest = rest.removeprefix(f"{filler} ")
