"""Read how far somebody ran or means to run."""

from __future__ import annotations

import itertools

from backstride.language.entities.days import WEEKDAYS
from backstride.language.entities.findings import (
    DISTANCE_KM,
    GOAL,
    LAST_RUN,
    LONGEST,
    MAX_DISTANCE_KM,
    USUAL,
    WEEKLY,
    Found,
)
from backstride.language.entities.message import BREAKS
from backstride.language.entities.quantities import NUMBERS, UNITS, Quantity, number_at, quantities_in
from backstride.language.entities.reading import Reading

_MARATHON_KM, _HALF_MARATHON_KM, _PARKRUN_KM = 42.2, 21.1, 5.0
_LEAST_KM = 0.4
_LEAST_FIRST_KM = 5  # "the first two miles" are a part of a run, "my first 10k" is one
_SHOES = frozenset("them these those shoes trainers pair".split())
_NO_RUN_BEFORE = frozenset("mark further more longer extra to from away steps".split())
_BEFORE_A_HALF = frozenset({"a", "my", "the", "first", "last", "yesterday", "yesterdays", *WEEKDAYS})
_AFTER_A_HALF = frozenset({*BREAKS, "on", "last", "in", "yesterday", "today", "next", "and"})
_LONGEST = frozenset("longest furthest farthest".split())
_MOST = frozenset("most max maximum best record".split())
_USUAL = frozenset("usual usually normal normally regular regularly typical typically average nightly daily".split())
_DONE = frozenset(
    "ran did done finished completed went was after following managed took tried just since raced smashed "
    "yesterday".split()
)
_DONE_BEHIND = frozenset("yesterday today ago last done felt was since back at this ran".split())
# Right before a distance these say that it was run, whatever else the sentence plans.
_JUST_DONE = frozenset("did ran done finished completed managed".split())
# After "3 miles in": the pain came on the way. "In the rain" and "in my new shoes" say how the run was.
_ON_THE_WAY = frozenset({"", *BREAKS, "it", "and", "i", "then", "when", "before"})
_OF_THE_BODY = frozenset("back lower upper pain ache spine hip leg left right".split())
_TRAINING = frozenset("training plan prep block build".split())
# What makes a number no distance: "my longest was 3 hours".
_COUNTED_BEHIND = frozenset(
    "h hr hrs hour hours min mins minute minutes day days week weeks month months / of x".split()
)
# And "normally 5 times a week".
_COUNTED_TIMES = frozenset("times runs sessions am pm : clock k/h out % reps sets".split())
_RAN = frozenset({"ran", "did"})
# "Meant to be 8, ended up being 12": the first was a plan, the second was run.
_MEANT = frozenset("meant supposed planned intended".split())
_TURNS = frozenset("ended turned became".split())
# "Jumped from 5 to 10k": what it was before, and what it became.
_GREW = frozenset("up jumped jump went gone increased doubled bumped upped moved progressed stepped straight".split())
# Where another run may begin, beside commas and full stops.
_TURN_WORDS = frozenset("but then when while until so and today yesterday".split())
# In a clause with one of these a number without a unit is no distance.
_OTHER_MATTERS = frozenset(
    "sleep slept sit sitting stand standing drive driving wake woke work start starts started begin pace weigh lasts "
    "lasted takes took aged age score".split()
)
# Right before a number these make it a time of day, or how long it took.
_TIME_BEFORE = frozenset("at in by before after within # no".split())
_TURNED_OUT = frozenset("up being into became was doing running as at".split())
_SPANS = frozenset("day days week weeks month months".split())
_TO_RUN = frozenset({"run", "do", "race"})
_ASKS = frozenset("should can could ok okay safe".split())


def distances(reading: Reading) -> list[Found]:
    """Return the distances of runs, each with its role where the words around it say which run it is."""
    free = list(reading.free("distance", "bare"))
    found = [item for quantity in free if (item := _before_it_grew(reading, quantity))]
    found += [item for quantity in free if (item := _distance(reading, quantity))]
    message = reading.message
    for index, word in enumerate(message.words):
        named = _named_distance(reading, index, word)
        if named is not None:
            kilometres, start, end = named
            role = _run_role(reading, start, end)
            found.append(reading.finding(DISTANCE_KM, start, end, kilometres, role))
    return found


def _before_it_grew(reading: Reading, quantity: Quantity) -> Found | None:
    """Return the first number of "jumped from 5 to 10k", which is read as a span otherwise."""
    message = reading.message
    first = number_at(message, quantity.start)
    is_span = first is not None and quantity.dimension == "distance" and message.at(first[1]) == "to"
    if first is None or not is_span or message.at(quantity.start - 1) != "from":
        return None
    if not _GREW & set(message.sentence_before(quantity.start - 1, 3)):
        return None
    return reading.finding(DISTANCE_KM, quantity.start, first[1], round(first[0] * quantity.size, 1), USUAL)


def _distance(reading: Reading, quantity: Quantity) -> Found | None:
    message = reading.message
    if quantity.dimension == "bare":
        exact = {"13.1": _HALF_MARATHON_KM, "26.2": _MARATHON_KM}.get(message.at(quantity.start))
        if exact is None:
            return _without_unit(reading, quantity)
        reading.take(quantity.start)
        role = _run_role(reading, quantity.start, quantity.end)
        return reading.finding(DISTANCE_KM, quantity.start, quantity.end, exact, role)
    reading.take(quantity.start)
    before, behind = message.at(quantity.start - 1), message.at(quantity.end)
    after = message.at(quantity.end + 1)
    how_long_it_took = after[:1].isdigit() or after in {"an", "about", "under"}
    of_body = after in {"my", "the"} and message.at(quantity.end + 2) in _OF_THE_BODY
    past_it = behind == "into" or (behind == "in" and not how_long_it_took and (after in _ON_THE_WAY or of_body))
    a_week = after in {"week", "wk"}
    came_from = (
        behind == "from"
        and number_at(message, quantity.end + 1)
        and _GREW & set(message.sentence_before(quantity.start, 4))
    )
    more = (behind in _NO_RUN_BEFORE and not came_from) or (behind in {"per", "/"} and not a_week)
    programme = before == "to" and message.at(quantity.start - 2) in {"couch", "c"}
    is_done = message.at(quantity.start - 1) in _JUST_DONE
    of_shoes = (
        behind in {"in", "on"} and not is_done and not _SHOES.isdisjoint(message.words[quantity.end : quantity.end + 4])
    )
    part = (before == "first" and quantity.value < _LEAST_FIRST_KM) or (before == "last" and behind == "of")
    likely = _LEAST_KM <= quantity.value <= MAX_DISTANCE_KM and before not in {"/", "per", "£", "$", "within"}
    if past_it or more or programme or of_shoes or part or not likely:
        return None
    if quantity.unit not in {"miler", "milers"} and _not_running(reading, quantity):
        return None
    end = quantity.end
    role = WEEKLY if quantity.unit in {"mpw", "kpw"} else _run_role(reading, quantity.start, end)
    return reading.finding(DISTANCE_KM, quantity.start, end, round(quantity.value, 1), role)


def _without_unit(reading: Reading, quantity: Quantity) -> Found | None:
    """Return the distance of "my longest was 22" or "normally 5" in the unit of another distance of the message."""
    message = reading.message
    before = message.sentence_before(quantity.start, 7)
    units = [other.size for other in quantities_in(message) if other.dimension == "distance" and other.unit]
    behind = message.at(quantity.end)
    if behind in _COUNTED_BEHIND or not (units or _compares_runs(reading)):
        return None
    role = _role_without_unit(reading, quantity, before)
    if role is None or (role != LONGEST and behind in _COUNTED_TIMES):
        return None
    kilometres = quantity.value * (units[-1] if units else 1)
    if not _LEAST_KM <= kilometres <= MAX_DISTANCE_KM:
        return None
    reading.take(quantity.start)
    return reading.finding(DISTANCE_KM, quantity.start, quantity.end, round(kilometres, 1), role)


def _compares_runs(reading: Reading) -> bool:
    """Return whether a message without a unit sets a run beside others: "ran 16, normally 10" is about kilometres."""
    message = reading.message
    was_run = any(
        word in _RAN
        and number_at(message, index + 1) is not None
        and message.at(index + 2) not in _COUNTED_BEHIND | _COUNTED_TIMES
        for index, word in enumerate(message.words)
    )
    return was_run and not (_USUAL | _LONGEST).isdisjoint(message.words)


def _role_without_unit(reading: Reading, quantity: Quantity, before: list[str]) -> str | None:
    """Return which run a number without a unit is of: it needs a word in its own clause that says so.

    Args:
        reading: the message.
        quantity: the number.
        before: the words of the sentence before it, nearest first.
    """
    if _TURNED_OUT & set(before[:2]) and _TURNS & set(before[:4]):
        return LAST_RUN
    if before[:1] and before[0] in _RAN and _compares_runs(reading):
        return LAST_RUN
    if before[:1] and before[0] in {"a", "an"} and not _LONGEST & set(before):
        # "Normally a 2": a score.
        return None
    if _LONGEST & set(before) or ("more" in before[:2] and "never" in before[:4]):
        return LONGEST
    own = list(itertools.takewhile(lambda word: word not in BREAKS | _TURN_WORDS and not word[:1].isdigit(), before))
    behind = list(
        itertools.takewhile(
            lambda word: word not in BREAKS | _TURN_WORDS and not word[:1].isdigit(),
            reading.message.sentence_after(quantity.end, 5),
        )
    )
    clause = {*own, *behind}
    names_most = bool(_MOST & {*own, *behind[:4]}) and "days" not in clause
    is_of_pain = not reading.cues["pain"].isdisjoint({*clause, *itertools.takewhile(_is_no_run, before)})
    is_time = bool(own) and own[0] in _TIME_BEFORE and not (names_most and own[0] == "before")
    if is_of_pain or is_time or not _OTHER_MATTERS.isdisjoint(clause):
        return None
    if names_most:
        return LONGEST
    if _is_what_it_was(own):
        return USUAL
    if own[:1] == ["from"] and _GREW & set(before):
        # "It went from 4 to 6 on 8 km" tells of the pain; the run that grew has its unit (see `_before_it_grew`).
        return USUAL if "to" not in reading.message.words[quantity.start : quantity.end] else None
    habit = _USUAL | {"mostly", "generally"}
    if habit & clause or {"most", "days"} <= clause:
        return USUAL
    days = {*_DONE_BEHIND, *WEEKDAYS} & {*behind[:3], *before[:4], reading.message.at(quantity.end)}
    return LAST_RUN if own[:1] in (["ran"], ["did"]) and days - {"ran"} else None


def _is_no_run(word: str) -> bool:
    names_distance = UNITS.get(word, ("", 0.0))[0] == "distance"
    return word not in {".", "!", "?", "\n", "…"} and word not in _JUST_DONE and not names_distance


def _is_what_it_was(own: list[str]) -> bool:
    """Return whether the words before a number, nearest first, say what went before: "used to do", "instead of"."""
    is_used = any(own[place : place + 2] == ["to", "used"] for place in range(min(4, len(own))))
    instead = any(own[place : place + 2] == ["of", "instead"] for place in range(min(4, len(own))))
    return is_used or instead


def _not_running(reading: Reading, quantity: Quantity) -> bool:
    """Return whether the nearest verb is of driving, walking or cycling."""
    message = reading.message
    runs = (reading.cues["run"] | {"run", "running", "jogging"}) - {"mile", "miles", "km", "k"}
    for word in message.sentence_before(quantity.start, 8):
        if word in runs:
            return False
        if word in reading.cues["travel"]:
            return True
    return not reading.cues["travel"].isdisjoint(message.clause_after(quantity.end, 2))


def _named_distance(reading: Reading, index: int, word: str) -> tuple[float, int, int] | None:
    message = reading.message
    before, behind = message.at(index - 1), message.at(index + 1)
    if word in {"parkrun", "parkruns"} or (word == "park" and behind in {"run", "runs"}):
        return _PARKRUN_KM, index, index + 1 + (word == "park")
    if word in {"marathon", "marathons"}:
        if behind in {"runner", "runners", "pace", "shoes", "effort", *_TRAINING} or before in {"ultra", "half"}:
            return None
        return _MARATHON_KM, index, index + 1
    if word == "half":
        at = index + 1 + (behind == "-")
        if message.at(at) in {"marathon", "marathons"} and message.at(at + 1) not in {"pace", "effort"}:
            return _HALF_MARATHON_KM, index, at + 1
        a_half = before in _BEFORE_A_HALF and message.at(index - 2) not in {"and", "n"}
        if (a_half or message.at(index - 2) == ":") and behind in _AFTER_A_HALF:
            return _HALF_MARATHON_KM, index, index + 1
    if word == "hm" and (before not in BREAKS or behind in {"in", "on", "training"}):
        return _HALF_MARATHON_KM, index, index + 1
    return None


def _run_role(reading: Reading, start: int, end: int) -> str | None:
    """Return which run a distance is of, where the words around it say so."""
    before, behind = _of_this_run(reading.message.sentence_before(start, 9)), reading.message.sentence_after(end, 6)
    near = (*behind[:3], "", "")
    several = before[:1] == ["x"]  # 3 x 5k a week
    a_week = near[0] in {"a", "per", "each", "every", "/"} and near[1] in {"week", "wk"} and not several
    if a_week or near[0] in {"weekly", "pw", "week", "weeks"} or near[:3] == ("p", "/", "w") or "weekly" in before[:4]:
        return WEEKLY
    is_just_done = bool(_JUST_DONE & set(before[:1])) or before[:2] == ["time", "this"]
    # "Longest 12, ran 18 km": of the words before a comma none is about what was run.
    pause = next((place for place, word in enumerate(before) if word in BREAKS), len(before))
    words = before[:pause] if is_just_done else before[:7]
    # "18 km, my longest in the last month was 12": the longest is the other one.
    names_another = behind[:1] != [] and behind[0] in BREAKS
    names_another = names_another and any(w[:1].isdigit() for w in reading.message.sentence_after(end, 12))
    if _LONGEST & {*words, *(() if names_another else near)} or "further" in before[:4]:
        return LONGEST
    times = (
        "ago" not in behind
        and not names_another
        and {"a", "times"} & set(behind[:4])
        and {"day", "time", "times", "week", "twice"} & set(behind[:5])
    )
    if _USUAL & set(before[:5]) or {"every", "each", "always"} & set(behind[:2]) or times:
        return USUAL
    if is_just_done or before[:1] == ["today"]:
        return LAST_RUN
    if _MEANT & set(words):
        return GOAL
    if _is_future(reading, before, behind):
        return GOAL
    if _DONE & set(before[:7]) or _DONE_BEHIND & set(behind[:3]) or not before:
        return None if before and before[0] in {"past", "than", "over"} else LAST_RUN
    if _GREW & set(before[:3]) and {"to", "from"} & set(before[:1]):
        return LAST_RUN
    return USUAL if before[0] in {"run", "do", "jog"} and before[1:2] == ["i"] else None


# Between two numbers these make them one run: "12 km, no wait, 12 miles", "3 x 5k".
_SAME_RUN = frozenset("of x week than / no wait sorry actually mean meant correction rather".split())


def _of_this_run(before: list[str]) -> list[str]:
    """Return the words before a distance, nearest first, without those that belong to another number.

    "8 is my usual but I did 14k": what is usual is the 8.
    """
    for place, word in enumerate(before):
        is_number = word[:1].isdigit() or word in NUMBERS
        if is_number and place and _SAME_RUN.isdisjoint(before[:place]):
            # The words between belong to the number where nothing parts them.
            parted = [p for p in range(place) if before[p] in BREAKS | _TURN_WORDS | {"i", "this"}]
            return before[: parted[0] + 1] if parted else before[:place]
    return before


def _is_future(reading: Reading, before: list[str], behind: list[str]) -> bool:
    ahead = reading.cues["future"] & set(before[:5] + behind[:4])
    if ahead and not {"ago", "yesterday", "last", "since"} & set(before[:4] + behind[:4]):
        return not ({"training"} >= ahead and "training" in behind[:2] and "marathon" not in before)
    if {"out", "until", "till"} & set(before[:4]) and _SPANS & set(before[:6]):
        return True
    soon = behind[:1] == ["in"] and not _SPANS.isdisjoint(behind[2:3])
    asked = not _ASKS.isdisjoint(before) and _TO_RUN & set(before)
    # "Can I do a 10k" plans one, whatever follows.
    verb = 1 if before[:1] in (["a"], ["the"], ["my"]) else 0
    asked_of_this = not _ASKS.isdisjoint(before[verb + 1 : verb + 4]) and _TO_RUN & set(before[verb : verb + 1])
    return bool(soon or asked_of_this or (asked and behind[:1] == ["on"]))
