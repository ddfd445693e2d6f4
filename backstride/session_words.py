"""How people steer a stretch session, and how they say where it hurts; `knowledge/session_words.yml`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from pydantic import validator
from rapidfuzz import fuzz

from backstride.checked_yaml import FrozenModel, check, read_yaml
from backstride.errors import KnowledgeError
from backstride.settings import ROOT

FILE_NAME = "session_words.yml"
# The upper one wins where a message holds two.
COMMANDS = ("stop", "pause", "from_the_start", "skip", "easier", "how_many", "repeat", "back", "no", "done", "next")
HURTS = "hurts"
# Kinds of pain, the one that matters most first.
PAINS = ("leg", "chest", "sharp", "elsewhere", "mild")
# A command typed with a letter wrong; shorter words are too easily something else.
_NEAR = 86
_SHORTEST_NEAR = 4
# Longer messages say more than a command.
_MOST_WORDS = 12


class SessionWords(FrozenModel):
    """The phrases of `session_words.yml`; its top explains them."""

    commands: Mapping[str, tuple[str, ...]]
    besides: tuple[str, ...]
    begins: tuple[str, ...]
    hurts: tuple[str, ...]
    no_complaint: tuple[str, ...]
    pain: Mapping[str, tuple[str, ...]]
    not_so: tuple[str, ...]

    @validator("commands")
    @classmethod
    def _knows_all_commands(cls, commands: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        if set(commands) != set(COMMANDS):
            raise ValueError(f"write phrases for each of {', '.join(COMMANDS)}, and for nothing else")
        return MappingProxyType({command: commands[command] for command in COMMANDS})

    @validator("pain")
    @classmethod
    def _knows_all_pains(cls, pain: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        if set(pain) != set(PAINS):
            raise ValueError(f"write phrases for each of {', '.join(PAINS)}, and for nothing else")
        return MappingProxyType({kind: pain[kind] for kind in PAINS})


def load_session_words(folder: Path = ROOT / "knowledge") -> SessionWords:
    """Read `session_words.yml` of a folder.

    Raises:
        KnowledgeError: the file has mistakes.
    """
    path = folder / FILE_NAME
    words, problems = check(SessionWords, read_yaml(path), path=path)
    if words is None:
        raise KnowledgeError(problems)
    return words


def command_in(text: str, words: SessionWords) -> str:
    """Return the command that a message is, HURTS where it says that something hurts, or "" for neither."""
    said = _folded(text)
    if complains(text, words):
        return HURTS
    if not said or len(said.split()) > _MOST_WORDS:
        return ""
    phrases = sorted(
        ((phrase, command) for command, all_ in words.commands.items() for phrase in all_),
        key=lambda pair: -len(pair[0]),
    )
    left, heard = f" {said} ", set()
    for phrase, command in phrases:
        if f" {phrase} " in left:
            left = left.replace(f" {phrase} ", "  ")
            heard.add(command)
    if heard and set(left.split()) <= set(words.besides):
        return next(command for command in COMMANDS if command in heard)
    return _nearly(said, phrases)


def begins(text: str, words: SessionWords) -> bool:
    """Return whether a message holds words that begin a session."""
    said = f" {_folded(text)} "
    return any(f" {phrase} " in said for phrase in words.begins)


def complains(text: str, words: SessionWords) -> bool:
    """Return whether a message says that something hurts."""
    left = _without(_folded(text), words.no_complaint)
    return any(f" {phrase} " in left for phrase in words.hurts)


def pain_in(text: str, words: SessionWords) -> str:
    """Return the kind of pain that a message names, one of PAINS, or "" for none."""
    left = _without(_folded(text), words.not_so)
    return next((kind for kind in PAINS if any(f" {phrase} " in left for phrase in words.pain[kind])), "")


def _nearly(said: str, phrases: Iterable[tuple[str, str]]) -> str:
    near = {
        command: score
        for phrase, command in phrases
        if len(phrase) >= _SHORTEST_NEAR
        and abs(len(phrase) - len(said)) <= 2  # noqa: PLR2004  # a letter or two
        and phrase[0] == said[0]
        and (score := fuzz.ratio(phrase, said)) >= _NEAR
    }
    return max(near, key=lambda command: near[command], default="")


def _without(said: str, phrases: Iterable[str]) -> str:
    left = f" {said} "
    for phrase in sorted(phrases, key=len, reverse=True):
        left = left.replace(f" {phrase} ", "  ")
    return left


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold().replace("'", "").replace("’", "")
    return re.sub(r"[\W_]+", " ", text).strip()
