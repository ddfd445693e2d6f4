"""Buttons on messaging platforms: short ids that need no memory, and typed answers that mean a button.

A button's id is a hash of the message that it stands under and of what it says. The tracker holds every message of the
assistant, so any server that reads the same tracker store knows what an id stands for, also after a restart. A button
counts only while its message belongs to the assistant's last turn: "No" under an older question is no answer to a newer
one.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz
from rasa.shared.core.events import BotUttered, UserUttered

from backstride.places import place_named

_ID_BYTES = 15
_NOT_WORDS = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"(?:(?:no|nr|number|option|answer|choice) )?(\d{1,2})(?: please| thanks)?")
_FILLERS = frozenset(
    "a about all an and any can choose do for go i id in is it like me number of on one option or pick please show "
    "some tell thanks that the them these this those to try want with would you".split()
)
# These answer a question; what they answer is the model's to read.
_ANSWERS = frozenset("yes yeah yep no nope not none never sure ok okay why".split())
_MOST_WORDS = 4
_TITLE_MATCH = 88
_WORD_MATCH = 82
_SHORTEST_MISSPELT = 4


@dataclass(frozen=True, slots=True)
class Choice:
    """A button that the assistant offered: its id on the platform, its full title, and what the assistant reads."""

    id: str
    title: str
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What a person may choose from now.

    Args:
        choices: the buttons of the assistant's last turn.
        by_number: whether a number means a button; not where the question itself asks for a number.
        by_words: whether a word of a title means a button; not under a question about warning signs, whose answer the
            assistant must read itself.
    """

    choices: tuple[Choice, ...] = ()
    by_number: bool = True
    by_words: bool = True


def choices_of(message: Mapping[str, Any]) -> tuple[Choice, ...]:
    """Return the buttons of one message of the assistant, as Rasa hands it to an output channel."""
    buttons = [*(message.get("buttons") or ()), *(message.get("quick_replies") or ())]
    text = str(message.get("text") or "")
    return tuple(
        Choice(_id_of(text, number, str(button["title"]), str(button["payload"])), button["title"], button["payload"])
        for number, button in enumerate(button for button in buttons if button.get("title") and button.get("payload"))
    )


def asks_for_number(message: Mapping[str, Any]) -> bool:
    """Return whether a message asks for a figure, so that "3" is an answer and no button."""
    return bool(message.get("ask"))


def offered_now(events: Iterable[Any]) -> Offered:
    """Return the buttons of the assistant's last turn, first message first, without repeated titles."""
    messages = [event.message() for event in last_turn(events)]
    choices: dict[str, Choice] = {}
    for message in messages:
        for choice in choices_of(message):
            choices.setdefault(choice.title, choice)
    return Offered(
        choices=tuple(choices.values()),
        by_number=not any(map(asks_for_number, messages)),
        by_words=not any(message.get(key) for message in messages for key in ("ask", "asks", "screening", "urgency")),
    )


def last_turn(events: Iterable[Any]) -> list[BotUttered]:
    """Return what the assistant said last, up to the message of the person that it answers."""
    said: list[BotUttered] = []
    for event in reversed(list(events)):
        if isinstance(event, BotUttered):
            said.append(event)
        elif isinstance(event, UserUttered) and said:
            break
    return list(reversed(said))


def choice_clicked(button: str | None, offered: Offered) -> Choice | None:
    """Return the button that was tapped, or None where it is not on offer any more."""
    return next((choice for choice in offered.choices if choice.id == button), None)


def choice_meant(text: str, offered: Offered) -> Choice | None:
    """Return the button that a typed answer means: its title, number, place, a word of it, or nearly so."""
    return choice_named(text, offered) or choice_guessed(text, offered)


def choice_named(text: str, offered: Offered) -> Choice | None:
    """Return the button whose title, number or place was typed."""
    said = _folded(text)
    if not said or not offered.choices:
        return None
    exact = next((choice for choice in offered.choices if _folded(choice.title) == said), None)
    if exact is not None:
        return exact
    if offered.by_number and (number := _number_in(said)):
        last = len(offered.choices)
        return offered.choices[number - 1 if number > 0 else number] if number <= last else None
    return None


def is_number(text: str) -> bool:
    """Return whether a text names a number or a place on a list, and nothing else."""
    return _number_in(_folded(text)) is not None


def choice_guessed(text: str, offered: Offered) -> Choice | None:
    """Return the button that a word of its title, or nearly its title, means; such a text may say more than that."""
    said = _folded(text)
    if not said or not offered.by_words or _number_in(said):
        return None
    return _nearly(said, offered.choices) or _named(said, offered.choices)


def _number_in(said: str) -> int | None:
    digits = _NUMBER.fullmatch(said)
    if digits:
        return int(digits.group(1)) or None
    return place_named(said)


def _nearly(said: str, choices: Sequence[Choice]) -> Choice | None:
    near = [
        (fuzz.ratio(_folded(choice.title), said), choice)
        for choice in choices
        if len(_folded(choice.title)) >= _SHORTEST_MISSPELT and abs(len(_folded(choice.title)) - len(said)) <= 2  # noqa: PLR2004
    ]
    best = max(near, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0] >= _TITLE_MATCH else None


def _named(said: str, choices: Sequence[Choice]) -> Choice | None:
    words = said.split()
    telling = [word for word in words if word not in _FILLERS]
    if not telling or len(telling) > _MOST_WORDS or _ANSWERS & set(words):
        return None
    named = [choice for choice in choices if all(_stands_in(word, choice.title) for word in telling)]
    return named[0] if len(named) == 1 else None


def _stands_in(word: str, title: str) -> bool:
    words = _folded(title).split()
    if word in words:
        return True
    return len(word) >= _SHORTEST_MISSPELT and any(
        abs(len(word) - len(other)) <= 1 and fuzz.ratio(word, other) >= _WORD_MATCH for other in words
    )


def _folded(text: str) -> str:
    return _NOT_WORDS.sub(" ", text.casefold().replace("’", "").replace("'", "")).strip()


def _id_of(text: str, number: int, title: str, payload: str) -> str:
    digest = hashlib.sha256("\0".join((text, str(number), title, payload)).encode("utf-8", "replace")).digest()
    return base64.urlsafe_b64encode(digest[:_ID_BYTES]).decode()
