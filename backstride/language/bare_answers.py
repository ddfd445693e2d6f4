"""Answers without a sentence around them: a number, numbers of a list, a word typed in haste, a row of answers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from backstride.guided import Heard, Mention
from backstride.language.entities.findings import MAX_SCORE, PAIN_SCORE
from backstride.language.entities.quantities import NUMBERS
from backstride.language.phrases import literal_words
from backstride.questionnaire import Option, Question

# Longer answers say more than a number or a word.
LONGEST_BARE_ANSWER = 4
NUMBER = re.compile(r"(?<!\d)(?<!\d[.,])(\d{1,2})(?:\s*(?:/|out of)\s*10)?(?!\d|[.,]\d)")
# "I should say four"; "one" is too often no number.
_SCORE_WORDS = {word: value for word, value in NUMBERS.items() if value <= MAX_SCORE and word != "one"}
_SCORE_WORD = re.compile(rf"\b({'|'.join(_SCORE_WORDS)})\b", re.IGNORECASE)
_COUNTED = re.compile(
    r"\d\s*(?:k|km|kms|mi|miles?|min|mins|h|hrs?|hours?|days?|d|weeks?|wks?|months?|years?|yrs?|am|pm|times|x)\b"
    r"|\b(?:days?|weeks?|months?|years?|miles?|times|kilometres?|minutes?|hours?)\b",
    re.IGNORECASE,
)
_SCORE_NOW = re.compile(
    r"\b(?:(?:now|today)\s+(?:it'?s\s+|at\s+|about\s+|a\s+)*(\d{1,2})|(\d{1,2})\s+(?:right\s+)?now)\b", re.IGNORECASE
)
_THEN = r"(?:before|yesterday|earlier|at first|initially|last \w+|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
_PAST_SCORE = re.compile(
    rf"\b(?:was|were|been|had)\b[^.!?]*\b{_THEN}\b|\b{_THEN}\b[^.!?]*\b(?:was|were)\b", re.IGNORECASE
)
_HOLDS_NOW = re.compile(r"\b(?:now|today|currently|atm|still|is|it'?s|am|hurts|aches)\b", re.IGNORECASE)
_LONGEST_SCORE = 10
_NUMBERS_OF_LIST = re.compile(r"\d(?:(?:\s*[,&+/]\s*|\s+and\s+|\s+)\d)+")
# "It was about a 4": where a questionnaire is about nothing else, that is the score.
_SCORE_TOLD = re.compile(
    r"\b(?:was|hit|reached|(?:got|went|went up|up) to|peaked at|about|around|maybe)\s+(?:about\s+|around\s+)?(?:a\s+)?"
    r"(\d|10)\b(?!\s*(?:[.,]\d|k|km|mi|min|h|day|week|month|year|am|pm|:|%))",
    re.IGNORECASE,
)
# A word of an answer with letters left out: "lngr". Shorter ones are too easily something else.
_NEAR = 80
_SHORTEST_NEAR = 3
_DENIALS = frozenset("not no never without isnt wasnt dont didnt doesnt cant cannot hardly".split())
_BETWEEN_ANSWERS = re.compile(r"\s*(?:[,;/\n]+|\.\s)\s*")
_LONGEST_IN_A_ROW = 6


def score_in(question: Question, heard: Heard) -> int | None:
    """Return the score that answers a question with a scale."""
    scale = question.scale
    if scale is None or (question.entity is not None and is_past_score(heard.text)):
        return None
    mentions = [m.value for m in heard.mentions if m.entity == question.entity]
    numbers = [int(number) for number in NUMBER.findall(heard.text)]
    numbers += [_SCORE_WORDS[word.casefold()] for word in _SCORE_WORD.findall(heard.text)]
    # "11 out of 10, no, more like 6" is a 6.
    numbers = [number for number in numbers if number <= scale.high] or numbers
    is_bare = bool(numbers) and len(heard.text.split()) <= _LONGEST_SCORE and not _COUNTED.search(heard.text)
    # "3 standing, 6 bending" is a 6; "3 now but 8 before" is a 3.
    now = [int(match[1] or match[2]) for match in _SCORE_NOW.finditer(heard.text)]
    value = mentions[-1] if mentions else max(now or numbers) if is_bare else None
    return round(value) if value is not None and scale.low <= value <= scale.high else None


def is_past_score(text: str) -> bool:
    """Return whether a few words tell a score of what is over, and of nothing that holds now.

    >>> is_past_score("was an 8 before"), is_past_score("was an 8 before, 3 now")
    (True, False)
    """
    is_short = len(text.split()) <= _LONGEST_SCORE
    return is_short and bool(_PAST_SCORE.search(text)) and not _HOLDS_NOW.search(text)


def score_told(question: Question, text: str, mentions: Sequence[Mention]) -> int | None:
    """Return the score of the last run that a message tells by the way; None for a question about something else."""
    if question.scale is None or question.entity is not None:
        return None
    mentioned = [round(mention.value) for mention in mentions if mention.entity == PAIN_SCORE]
    numbers = [int(match[1]) for match in _SCORE_TOLD.finditer(text)]
    return next(iter([*mentioned[-1:], *numbers]), None)


def by_numbers(question: Question, text: str) -> list[Option]:
    """Return the options that "1 and 3" names, where more than one may hold."""
    if not question.several or not _NUMBERS_OF_LIST.fullmatch(text.strip(" .")):
        return []
    places = {int(number) for number in re.findall(r"\d", text)}
    return [option for place, option in enumerate(question.tappable, start=1) if place in places]


def nearly(question: Question, text: str) -> list[Option]:
    """Return the option that a word typed in haste comes nearest to: "lngr"."""
    said = re.findall(r"[a-z]+", text.casefold().replace("'", ""))
    # "Not that bad" is no "bad".
    if len(said) > LONGEST_BARE_ANSWER or not _DENIALS.isdisjoint(said):
        return []
    scores = {
        option.id: max(
            (
                max(fuzz.ratio(word, known), 100 * (word == _without_vowels(known)))
                for word in said
                if len(word) >= _SHORTEST_NEAR
                for phrase in (*option.says, *option.asked)
                if " " not in phrase
                for known in literal_words(phrase)
                if known[0] == word[0] and len(known) > _SHORTEST_NEAR
            ),
            default=0,
        )
        for option in question.options
    }
    best = max(scores.values(), default=0)
    nearest = [option for option in question.options if scores[option.id] == best]
    return nearest if best >= _NEAR and len(nearest) == 1 else []


def _without_vowels(word: str) -> str:
    """Return a word as thumbs in haste write it.

    >>> _without_vowels("better")
    'btr'
    """
    consonants = word[0] + re.sub(r"[aeiou]", "", word[1:])
    return re.sub(r"(.)\1+", r"\1", consonants)


def row_of_answers(text: str) -> list[str]:
    """Return the parts of a message that may answer several questions in a row, or [] where it is no such row.

    >>> row_of_answers("5, lower back, same")
    ['5', 'lower back', 'same']
    """
    parts = [part for part in _BETWEEN_ANSWERS.split(text.strip(" .,;")) if part]
    is_row = len(parts) > 1 and all(len(part.split()) <= _LONGEST_IN_A_ROW for part in parts)
    return parts if is_row else []
