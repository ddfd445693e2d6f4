"""Read which places on the back a message names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from backstride.language.entities.findings import BACK_PLACE, Found
from backstride.language.entities.message import Message
from backstride.language.entities.phrases import Phrase
from backstride.language.entities.reading import FEW_WORDS, Reading

# Fewer than elsewhere: "without my back grabbing" and "can't move my back" deny no place.
_PLACE_DENIALS = frozenset("no not never dont doesnt didnt isnt wasnt nor neither nothing hasnt havent".split())

# Each word as one letter, so that the shapes below read along a message:
# L U M levels, B back, l r sides, b both, 1 one, s "side", h "hand", a "and", o "of my", n "on", q "mostly", c comma,
# . end of a sentence, P a listed place, D one down the leg, x any other.
_LETTERS = {
    letter: frozenset(words.split())
    for letter, words in {
        "L": "lower low lowest",
        "U": "upper",
        "M": "middle mid",
        "B": "back spine backs backache backs' spinal",
        "l": "left",
        "r": "right",
        "b": "both either",
        "1": "one 1 single",
        "s": "side sides sided",
        "h": "hand handed",
        "a": "and or to n & - / + mid",
        "o": "of my the his her your",
        "n": "on",
        "q": "days times mostly mainly more usually definitely pain ache hurts sore",
        "c": ", : ( )",
        ".": ". ! ? ; \n",
    }.items()
}
_LETTER_OF = {word: letter for letter, words in _LETTERS.items() for word in words} | {"mid": "M"}
_LEVEL_OF = {"L": "lower", "U": "upper", "M": "middle"}
_LEVELS_OF_BACK = re.compile(r"[LUM][LUMlrahc]{0,5}?s?B")
_LEVEL_AND_SIDE = re.compile(r"([LU])(?=(?:no?)?[lr]h?s|[lr](?:oo?B|[.c]|$))")
_BARE_LEVEL = re.compile(r"(?:(?<=^)|(?<=[.caobsq])|(?<=Ba)|(?<=B))[LU](?=[.c]|$)")
_SIDE = re.compile(r"([lr])a?h?a?s")
_SIDE_OF_LEVEL = re.compile(
    r"([lr])(?=[LUM][LUMa]*(?:B|s)|P|[LUM]P)|(?<=[LU])([lr])(?=[sB.c]|$|oo?B)|(?<=o)([lr])(?=B)"
)
_ON_THE_SIDE = re.compile(r"(?:no{0,2}|(?<=[.cq])o)([lr])(?=[.canaqxo]|$)|(?<=[.c])(l)(?=[.c])|([lr])(?=ooB|oB)")
_SHAPES = re.compile(r"[LUMlrb1]")
_BOTH = re.compile(r"bo?s|la(r)")
_ONE = re.compile(r"1a?s")
_AFTER_A_SIDE = frozenset(
    "mostly mainly only just above below near by when after if and but of now more at than".split()
)
# "in the middle" is a place on the back where the back is spoken of, and elsewhere a seat.
_LOOSE_PLACES = frozenset({"in middle", "across middle", "at bottom", "near bottom", "up top"})
# "right between the blades", "right in the middle": exactly there.
_NOT_SIDED = frozenset("between in at near top up high half halfway base small bottom middle centre center".split())
_SIDE_NAMES = {"l": "one_side_left", "r": "one_side_right"}


def places(reading: Reading) -> list[Found]:
    """Return the places on the back that a message names."""
    message = reading.message
    letters = [_LETTER_OF.get(word, "x") for word in message.words]
    spans: list[tuple[int, int, str]] = []
    for phrase in _placed_phrases(reading):
        if phrase.heading != "none":
            spans.append((phrase.start, phrase.end, phrase.heading))
        if phrase.heading == "down_the_leg":
            letters[phrase.end - 1] = "D"
        elif phrase.heading != "none":
            for index in range(phrase.start, phrase.end):
                if letters[index] not in "lrL" and message.words[index] not in _NOT_SIDED:
                    letters[index] = "P"
        else:
            for index in range(phrase.start, phrase.end):
                letters[index] = "x"
    line = "".join(letters)
    if not _SHAPES.search(line):
        return _placed(reading, spans)
    for match in _LEVELS_OF_BACK.finditer(line):
        spans.extend(
            (index, match.end(), _LEVEL_OF[line[index]])
            for index in range(match.start(), match.end())
            if line[index] in _LEVEL_OF
        )
    spans.extend((match.start(), match.end(), _LEVEL_OF[match[1]]) for match in _LEVEL_AND_SIDE.finditer(line))
    spans.extend((match.start(), match.end(), _LEVEL_OF[match[0]]) for match in _BARE_LEVEL.finditer(line))
    spans.extend(_sides(message, line))
    if any(place in {"one_side_left", "one_side_right"} for _, _, place in spans):
        spans = [span for span in spans if span[2] != "one_side"]
    return _placed(reading, spans)


def _placed_phrases(reading: Reading) -> list[Phrase]:
    """Return the phrases of places; some words stand for one only where pain or the back is spoken of."""
    message, about = reading.message, reading.cues["pain"] | reading.cues["event"] | {"back", "spine"}
    short = len(message) < FEW_WORDS
    return [
        phrase
        for phrase in reading.phrases
        if phrase.kind == "place"
        and (
            short
            or phrase.phrase not in _LOOSE_PLACES
            or not about.isdisjoint(message.sentence_before(phrase.start, 12) + message.sentence_after(phrase.end, 12))
        )
    ]


def _sides(message: Message, line: str) -> Iterator[tuple[int, int, str]]:
    for pattern, place in ((_SIDE, ""), (_BOTH, "both_sides"), (_ONE, "one_side")):
        for match in pattern.finditer(line):
            if _is_of_the_back(message, line, match.end()):
                yield match.start(), match.end(), place or _SIDE_NAMES[match[1]]
    for pattern in (_SIDE_OF_LEVEL, _ON_THE_SIDE):
        for match in pattern.finditer(line):
            index = match.start(match.lastindex or 0)
            elsewhere = pattern is _ON_THE_SIDE and line[index + 1 : index + 2] in {"x", "q"}
            if elsewhere and message.at(index + 1) not in _AFTER_A_SIDE:
                continue
            if _is_of_the_back(message, line, index + 1) and "D" not in line[max(0, index - 4) : index]:
                yield index, index + 1, _SIDE_NAMES[line[index]]


def _is_of_the_back(message: Message, line: str, index: int) -> bool:
    """Return whether a side is not followed by "of my knee"."""
    if message.at(index) != "of":
        return True
    while index < len(line) and line[index] == "o":
        index += 1
    return line[index : index + 1] in {"L", "U", "M", "B", "P"} or message.at(index) in {"it", "me", "body", ""}


def _placed(reading: Reading, spans: list[tuple[int, int, str]]) -> list[Found]:
    return [
        reading.finding(BACK_PLACE, start, end, place)
        for start, end, place in spans
        if not reading.is_denied(start, _PLACE_DENIALS)
    ]
