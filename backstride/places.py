"""Read the place on a list that a few words name: "the second one", "option 2", "last"."""

from __future__ import annotations

import re

_PLACES = {
    word: number
    for number, words in enumerate(
        (
            *("one first 1st", "two second 2nd", "three third 3rd", "four fourth 4th", "five fifth 5th"),
            *("six sixth 6th", "seven seventh 7th", "eight eighth 8th", "nine ninth 9th", "ten tenth 10th"),
        ),
        1,
    )
    for word in words.split()
} | {"last": -1}
_PLACE = re.compile(
    rf"(?:(?:the|number|option|answer) )*({'|'.join(_PLACES)})(?: (?:one|option|answer|button))?(?: please| thanks)?"
)


def place_named(said: str) -> int | None:
    """Return the place that a text names and nothing else: 1 is the first, -1 the last; None where it names none.

    >>> place_named("the second one")
    2

    Args:
        said: the text in small letters, without punctuation.
    """
    place = _PLACE.fullmatch(said)
    return _PLACES[place.group(1)] if place else None
