"""Read how bad a pain is, from 0 to 10."""

from __future__ import annotations

from backstride.language.entities.findings import MAX_SCORE, PAIN_SCORE, Found
from backstride.language.entities.message import BREAKS
from backstride.language.entities.quantities import Quantity
from backstride.language.entities.reading import Reading

_AFTER_LONE_SCORE = frozenset({*BREAKS, "-", "ish", "maybe", "probably"})
_STEPS = frozenset("runs times days weeks km k miles reps sessions".split())
# What is counted by tens without hurting: "9 out of 10 people".
_COUNTED = frozenset("people times runs days weeks nights runners doctors sessions cases patients of would".split())
# Words that may stand between "pain" and its score.
_SCORE_HEDGES = frozenset(
    "is at a an about around approx roughly maybe probably prob like of level currently now still the its it only "
    "just rated solid good steady strong hard bad easily easy say prolly perhaps average avg score scale rating number "
    ", : = ~ be been was goes - more id hovering sitting resting between anywhere either low high full".split()
)
_SURE_HEDGES = frozenset("between maybe probably prob about around like say roughly perhaps prolly".split())
_SCORE_ANCHORS = frozenset(
    "pain pains ache back score level rate rated rates rating give scale agony spasm spasms lower dropped drops hits "
    "hit reached reaches from to down up now went gone discomfort currently soreness stiffness varies "
    "ranges on 10".split()
)
# "gone from a 7 to a 4", and not "upped to 4" or "nine to five".
_RISING = frozenset("gets goes gone went dropped drops down going eased jumped shot risen rose pain now was".split())
_SCALE = frozenset("pain score level rate rated rating scale".split())
# "it wakes me about four", "around four in the afternoon"
_CLOCK_WORDS = frozenset("wakes wake waking until till count parked".split())
# "be back at 5" is a time of day.
_RETURNS = frozenset("be go come get got went came".split())
_PRESENT = frozenset("now today currently atm".split())
_PAST = frozenset("was were from before".split())
_NO_SCORE_AFTER = frozenset(
    "week day mile km size grade stage ran run did do number no lap set sets reps speed incline gear phase month level "
    "every each last next first past another for than after in with l x hold by until".split()
)
_AFTER_SCORE_WORDS = frozenset(
    ", . ! ? ) ; \n - or out now today at when on if most some by resting sitting bending though but and this because "
    "maybe ish every all after before for with until while then lying standing walking from to during i id in".split()
)


def scores(reading: Reading) -> list[Found]:
    """Return the pain score, at most one: the last that holds now, else the highest that is not past."""
    message = reading.message
    found: list[tuple[Quantity, str]] = []
    for quantity in reading.free("score", "bare"):
        if quantity.value > MAX_SCORE or (quantity.value * 2) % 1:
            continue
        when = _score_when(reading, quantity, after_a_score=bool(found))
        if when:
            found.append((quantity, when))
    if not found:
        return []
    for wanted in ("now", "said", "past"):
        fitting = [quantity for quantity, when in found if when == wanted]
        if fitting:
            best = max(fitting, key=lambda quantity: quantity.value)
            break
    for quantity, _ in found:
        reading.take(quantity.start)
    value: int | float = int(best.value) if best.value == int(best.value) else best.value
    end = best.end + (message.at(best.end) == "ish")
    return [reading.finding(PAIN_SCORE, best.start, end, value)]


def _score_when(reading: Reading, quantity: Quantity, *, after_a_score: bool) -> str:
    """Return "now", "said" or "past" for a pain score, and "" for any other number."""
    message = reading.message
    before = message.sentence_before(quantity.start, 10)
    behind = message.sentence_after(quantity.end, 4)
    if quantity.dimension == "score":
        if not _COUNTED.isdisjoint(behind[:1]) or {"rpe", "effort", "recommend"} & {*before[:4], *behind[:2]}:
            return ""
        if before[:1] in (["on"], ["since"], ["dated"]) and message.at(quantity.start + 1) == "/":
            return ""
    elif not _is_bare_score(reading, quantity, before, behind, after_a_score=after_a_score):
        return ""
    if "used" in before[:4]:
        return "past"
    closest = [word for word in before if word not in _SCORE_HEDGES][:1]
    soon = behind[: behind.index(",")] if "," in behind else behind
    # "It's 3 now but was at 8 before": the word that stands nearest tells when.
    since_past = before[: next((at for at, word in enumerate(before) if word in _PAST), len(before))]
    if _PRESENT & {*soon[:2], *since_past} or closest in (["to"], ["on"], ["down"]):
        return "now"
    if (_PAST | {"during"}) & {*before[:4], *behind[:1]}:
        return "past"
    return "said"


def _is_bare_score(
    reading: Reading, quantity: Quantity, before: list[str], behind: list[str], *, after_a_score: bool
) -> bool:
    message = reading.message
    glued = message.glued(quantity.start) and message.at(quantity.start - 1) in {"/", "-", "+", ".", "#", "'", ":"}
    o_clock = _CLOCK_WORDS & set(before[:4]) or {"afternoon", "evening", "clock", "am", "pm"} & set(behind[:3])
    if glued or o_clock or not _may_follow_score(behind) or _is_in_a_list(reading, quantity):
        return False
    content = [word for word in before if word not in _SCORE_HEDGES]
    hedges = before[: before.index(content[0])] if content else before
    # "8 miles = a 6": what stands before the sign is what led to it.
    anchor = content[0] if content and not ("=" in hedges and content[0] in reading.cues["run"]) else ""
    if anchor == "day" and {"bad", "good", "worst", "best"} & set(before[:3]):
        return True
    change = anchor in {"from", "to"} and (_RISING.isdisjoint(before) or not _STEPS.isdisjoint(before))
    ahead = anchor == "on" and "going" not in before[:3]
    if change or ahead or (anchor == "back" and not _RETURNS.isdisjoint(before)):
        return False
    if message.at(quantity.start) == "one" and len(message) > 2 and anchor not in _SCALE:  # noqa: PLR2004
        return False  # "a bad one", "the second one"
    if anchor in _NO_SCORE_AFTER or (anchor in reading.cues["run"] and anchor not in _SCORE_ANCHORS):
        return False
    if quantity.value == 0 and behind[:1] == ["pain"]:
        return True
    alone = not before or before[0] in {",", "-", ":"}
    if alone and (not behind or behind[0] in _AFTER_LONE_SCORE):
        return True
    if anchor in _SCORE_ANCHORS or (not anchor and {"is", "its", "was"} & set(hedges) and "been" not in hedges):
        return True
    if after_a_score and (anchor or "now" in hedges):
        return True
    article = {"a", "an"} & set(hedges) and (not behind or behind[0] in _AFTER_SCORE_WORDS)
    guess = set(hedges) & _SURE_HEDGES and (
        "between" not in hedges or "and" in message.words[quantity.start : quantity.end]
    )
    return bool(article or (guess and (reading.speaks_of_pain or len(content) <= 1)))


def _is_in_a_list(reading: Reading, quantity: Quantity) -> bool:
    """Return whether a number stands in a row of numbers: "8, 12, 5, 20"."""
    message = reading.message
    before = message.at(quantity.start - 1) == "," and message.at(quantity.start - 2).isdecimal()
    return before and message.at(quantity.end) == "," and message.at(quantity.end + 1).isdecimal()


def _may_follow_score(behind: list[str]) -> bool:
    return not behind or behind[0] in _AFTER_SCORE_WORDS or behind[0] in {"pain", "easily", "probably", "going"}
