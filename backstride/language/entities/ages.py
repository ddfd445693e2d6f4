"""Read how old somebody is."""

from __future__ import annotations

from backstride.language.entities.findings import AGE, MAX_AGE, MAX_SCORE, MIN_AGE, Found
from backstride.language.entities.message import BREAKS, Message
from backstride.language.entities.quantities import DAY, DAYS_A_YEAR, NUMBERS, Quantity
from backstride.language.entities.reading import Reading

_DECADES = {
    word: 10 * value
    for value, word in enumerate("twenties thirties forties fifties sixties seventies eighties nineties".split(), 2)
}
_BEFORE_DECADE = frozenset("my his her early mid middle late in the".split())
_BEFORE_OWN_DECADE = frozenset(
    ", . ( im am is are and now still well both someone people man woman runner lady".split()
)
_SEXES = frozenset("male female man woman m f guy bloke lady yo".split())
_AFTER_SEX = frozenset({*BREAKS, "here", "with", "who", "runner", "-", ";"})
_AFTER_AGE = frozenset({*BREAKS, ";", "-", "and", "now", "next", "with", "but", "so"})
# "started at 45" is no age of today.
_ONCE = frozenset("started start began took quit stopped since had".split())
_LEAST_LONE_AGE, _LEAST_METRES = 14, 100
# "60m and 100m", "200m reps"
_BEHIND_METRES = frozenset("and or to sprint sprints race races reps repeats hurdles dash swim of from away x".split())


def ages(reading: Reading) -> list[Found]:
    """Return the age, at most one: the surest, of equally sure ones the first."""
    found: list[tuple[int, Found]] = []
    message = reading.message
    for quantity in reading.free("time", "bare", "m", "f", "other"):
        sure = _age_sureness(reading, quantity)
        if sure and MIN_AGE <= _years(quantity) <= MAX_AGE:
            reading.take(quantity.start)
            end = quantity.end + (message.at(quantity.end) == "-")
            end = end + 1 if message.at(end) in {"old", "young"} else quantity.end
            found.append((-sure, reading.finding(AGE, quantity.start, end, int(_years(quantity)))))
    for index, word in enumerate(message.words):
        decade, end = _DECADES.get(word, 0), index + 1
        if len(word) == 2 and word[1] == "0" and message.at(index + 1) == "s":  # noqa: PLR2004 - 50s
            decade, end = int(word), index + 2
        before = message.at(index - 1)
        if before == "-":
            before = message.at(index - 2)
        if decade and before in _BEFORE_DECADE and _is_now(reading, index):
            age = decade + {"mid": 5, "middle": 5, "late": 7}.get(before, 0)
            found.append((-3, reading.finding(AGE, index, end, age)))
            reading.take(index)
    return [min(found, key=lambda pair: pair[0])[1]] if found else []


def _is_now(reading: Reading, index: int) -> bool:
    """Return whether "in my sixties" says how old somebody is, not when something was."""
    before = reading.message.sentence_before(index, 6)
    earlier = before[before.index("in") + 1 :] if "in" in before else before
    earlier = [word for word in earlier if word not in {"early", "mid", "late", "my"}]
    return not earlier or earlier[0] in _BEFORE_OWN_DECADE or earlier[0] in reading.cues["people"]


def _age_sureness(reading: Reading, quantity: Quantity) -> int:
    """Return 0 for no age, up to 3 for certainly one."""
    message = reading.message
    before, behind = message.at(quantity.start - 1), message.at(quantity.end)
    if quantity.dimension == "time":
        return _years_old(reading, quantity)
    if quantity.dimension in {"m", "f"}:
        glued = message.glued(quantity.end - 1) and behind not in _BEHIND_METRES
        alone = sum(other.dimension == "m" for other in reading.quantities) == 1 or quantity.dimension == "f"
        likely = MAX_SCORE < quantity.value < _LEAST_METRES and alone
        return 3 if likely and (glued or behind in _AFTER_SEX) else 0
    number = message.words[quantity.start : quantity.end]
    of_many = {"to", "or"} & set(number) or ("-" in number and number[0].isdecimal())  # "aged 11 to 14"
    if quantity.dimension == "other" or quantity.value != int(quantity.value) or of_many:
        return 0
    if message.glued(quantity.start) and before in {"m", "f"} and message.at(quantity.start - 2) != "'":
        return 3
    around = {before if before not in {",", "/"} else message.at(quantity.start - 2)}
    around.add(behind if behind not in {",", "/"} else message.at(quantity.end + 1))
    if around & _SEXES and quantity.value > MAX_SCORE:
        return 3
    if before == "aged":
        return 2 if message.at(quantity.start + 1) != "to" else 0
    if before in {"age", "turned", "turning"} or (
        before in {":", "of", "is", "="} and message.at(quantity.start - 2) == "age"
    ):
        return 3
    if behind == "y" and message.at(quantity.end + 1) in {"/", "o"}:
        return 3
    return _bare_age(reading, quantity, before, behind)


def _bare_age(reading: Reading, quantity: Quantity, before: str, behind: str) -> int:
    message = reading.message
    ends_here = behind in _AFTER_AGE
    earlier = message.at(quantity.start - 2)
    if before in {"nearly", "almost", "only", "just", "about", "now", "over"}:
        before, earlier = earlier, message.at(quantity.start - 3)
    if before in {"im", "am", "hes", "shes"} or (before == "is" and earlier in reading.cues["people"]):
        # "I'm 8 weeks": has a unit and never comes here; "I'm 7/10" is a score.
        adult = quantity.value > MAX_SCORE or before not in {"im", "am"}
        return 3 if adult and (ends_here or behind in {"who", "years", "on", "or", "yet", "this"}) else 0
    if before == "of" and earlier in {"someone", "man", "woman", "person", "runner"}:
        return 3
    if before == "(" and behind == ")":
        return 0 if {earlier, message.at(quantity.start - 3)}.isdisjoint(reading.cues["people"]) else 3
    if quantity.value <= MAX_SCORE:
        return 0
    if before == "at" and ends_here | (behind in {"i", "mean", "means"}):
        return 1 if _ONCE.isdisjoint(message.clause_before(quantity.start, 5)) else 0
    lone = before in BREAKS and behind in BREAKS and len(message) > 2  # noqa: PLR2004 - a bare "17" says nothing
    spelled = message.at(quantity.start) in NUMBERS and quantity.end == quantity.start + 1
    return 2 if lone and not spelled and _LEAST_LONE_AGE <= quantity.value < _LEAST_METRES else 0


def _years_old(reading: Reading, quantity: Quantity) -> int:
    message = reading.message
    of_many = {"to", "or"} & set(message.words[quantity.start : quantity.end])
    if quantity.unit not in {"year", "years", "yr", "yrs", "y"} or of_many:
        return 0
    behind = [word for word in message.words[quantity.end : quantity.end + 6] if word != "-"]
    old = bool(behind) and (
        behind[0] in {"old", "young", "o"}
        or (behind[0] == "/" and behind[1:2] == ["o"])
        or (behind[0] == "of" and behind[1:2] == ["age"])
    )
    plain = message.at(quantity.start - 1) in {"im", "am"} and (not behind or behind[0] in {",", ".", "and"})
    if not (old or plain or _is_named_age(message, quantity)):
        return 0
    what = set(behind[1:4]) | set(message.clause_before(quantity.start, 4))
    if {"its", "it"} & what:
        what |= set(message.sentence_before(quantity.start, 8))
    return 0 if what & reading.cues["things"] and not what & {"im", "am"} else 3


def _is_named_age(message: Message, quantity: Quantity) -> bool:
    """Return whether years are an age without "old": "my age is 42 years", "female, 61 yrs"."""
    before = message.words[max(0, quantity.start - 3) : quantity.start][::-1]
    before = [word for word in before if word not in {",", ":", "=", "is", "of"}]
    if before[:1] in (["age"], ["aged"]):
        return True
    alone = message.at(quantity.end) in _AFTER_AGE | _SEXES
    return alone and before[:1] in (["male"], ["female"])


def _years(quantity: Quantity) -> float:
    """Return the years of a number that may be an age."""
    return quantity.value / DAY / DAYS_A_YEAR if quantity.dimension == "time" else quantity.value
