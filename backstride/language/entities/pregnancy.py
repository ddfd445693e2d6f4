"""Read whether a message tells of a pregnancy or a birth, and of which week."""

from __future__ import annotations

import math

from backstride.language.entities.findings import MAX_WEEKS_AFTER_BIRTH, MAX_WEEKS_PREGNANT, PREGNANCY, Found, Pregnancy
from backstride.language.entities.phrases import Phrase
from backstride.language.entities.quantities import DAY, DAYS_A_WEEK, MONTH, WEEK, Quantity
from backstride.language.entities.reading import Reading

_WEEKS_TO_BIRTH = 40
_LEAST_WEEKS_HINTED, _LEAST_WEEKS_UNHINTED = 4, 12
_WEEKS_A_MONTH = 4.35


def pregnancies(reading: Reading) -> list[Found]:
    """Return the pregnancy, at most one: the first that says its weeks, else the first."""
    found: list[tuple[bool, Found]] = []
    hinted = False
    for phrase in reading.phrases:
        if phrase.kind != "pregnancy" or phrase.heading == "none":
            continue
        if phrase.heading == "hint":
            hinted = True
            continue
        if reading.is_denied(phrase.start) or _is_past_pregnancy(reading, phrase):
            continue
        weeks, start, end = _weeks_beside(reading, phrase)
        if phrase.phrase in {"pp", "baby is"} and weeks is None:
            continue
        found.append((weeks is None, reading.finding(PREGNANCY, start, end, Pregnancy(phrase.heading, weeks))))
    if not found:
        found = _hinted_pregnancy(reading, hinted=hinted)
    return [min(found, key=lambda pair: pair[0])[1]] if found else []


def _hinted_pregnancy(reading: Reading, *, hinted: bool) -> list[tuple[bool, Found]]:
    """Read "26 weeks" beside a midwife, and "at 26 weeks"."""
    for quantity in reading.free("time"):
        weeks = quantity.value / DAY / DAYS_A_WEEK
        alone = reading.message.at(quantity.end) in {"", ",", ".", "and", "with", "!", "?", "now"}
        at = reading.message.at(quantity.start - 1) == "at"
        least = _LEAST_WEEKS_HINTED if hinted else _LEAST_WEEKS_UNHINTED if at else MAX_WEEKS_PREGNANT + 1
        if quantity.size == WEEK and least <= weeks <= MAX_WEEKS_PREGNANT and alone:
            reading.take(quantity.start)
            value = Pregnancy("pregnant", math.floor(weeks))
            return [(False, reading.finding(PREGNANCY, quantity.start, quantity.end, value))]
    return []


def _is_past_pregnancy(reading: Reading, phrase: Phrase) -> bool:
    """Return whether it is a pregnancy of once, or of a sister."""
    before = reading.message.clause_before(phrase.start, 5)
    if phrase.heading == "pregnant":
        return bool({"was", "were", "wasnt", "previous", "last"} & set(before[:2]))
    return False


def _weeks_beside(reading: Reading, phrase: Phrase) -> tuple[int | None, int, int]:
    """Return the weeks said beside a phrase, with the words of both together."""
    message = reading.message
    for quantity in sorted(reading.free("time", "bare"), key=lambda item: _gap(item, phrase)):
        gap = _gap(quantity, phrase)
        between = message.words[min(quantity.end, phrase.end) : max(quantity.start, phrase.start)]
        apart = message.sentences[quantity.start] != message.sentences[phrase.start]
        if gap > 5 or apart:  # noqa: PLR2004 - words in between
            continue
        weeks = _weeks_of(reading, quantity, phrase, between)
        if weeks is None:
            continue
        reading.take(quantity.start)
        return weeks, min(quantity.start, phrase.start), max(quantity.end, phrase.end)
    return None, phrase.start, phrase.end


def _weeks_of(reading: Reading, quantity: Quantity, phrase: Phrase, between: list[str]) -> int | None:
    message = reading.message
    before, behind = message.at(quantity.start - 1), message.at(quantity.end)
    if quantity.dimension == "bare":
        if not (behind == "+" and message.at(quantity.end + 1).isdecimal() and phrase.heading == "pregnant"):
            return None
        weeks = quantity.value
    elif quantity.size < DAY or quantity.unit in {"night", "nights"}:
        return None
    elif quantity.size == MONTH:
        weeks = quantity.value / quantity.size * _WEEKS_A_MONTH
    else:
        weeks = quantity.value / DAY / DAYS_A_WEEK
    if before in {"for", "last", "past", "since", "x"} or not reading.cues["pain"].isdisjoint(between):
        return None
    if behind in {"of", "a"} and quantity.start > phrase.start:
        return None
    if phrase.phrase in {"baby due", "due"} or "due" in between:
        weeks = _WEEKS_TO_BIRTH - weeks
    elif phrase.heading == "after_birth" and before == "in":
        return None
    most = MAX_WEEKS_PREGNANT if phrase.heading == "pregnant" else MAX_WEEKS_AFTER_BIRTH
    return round(weeks) if 0 <= weeks <= most else None


def _gap(quantity: Quantity, phrase: Phrase) -> int:
    return max(quantity.start - phrase.end, phrase.start - quantity.end, 0)
