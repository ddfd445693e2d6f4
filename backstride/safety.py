"""What the assistant does about warning signs, turn by turn: refer, ask, repeat, clear, or let the talk go on.

A pure state machine above everything else. A sign once said stays said until the person clears it through one
confirming question. Wording and rules are those of `knowledge/red_flags.yml`; this module only decides what comes
next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from backstride.safety_state import (
    CLEARING_CHECKED,
    CLEARING_MISTAKEN,
    NEVER_CLEARED,
    REFERRALS,
    SCREENING,
    SOMEONE_ELSE,
    Heard,
    Move,
    SafetyState,
    signs_from_json,
)
from backstride.safety_words import folded
from backstride.triage import MILD, Flag, RedFlags, Sign, State, Triage, Urgency, answered, combine, triage
from backstride.vocabulary import Led

__all__ = [
    "CLEARING_CHECKED",
    "CLEARING_MISTAKEN",
    "NEVER_CLEARED",
    "REFERRALS",
    "SCREENING",
    "SOMEONE_ELSE",
    "Heard",
    "Move",
    "SafetyState",
    "ask_anew",
    "decide",
    "gate",
    "settled",
    "signs_from_json",
]

_CLEARING = {CLEARING_CHECKED: "checked", CLEARING_MISTAKEN: "mistaken"}
_TAKES_BACK = frozenset({"checked", "mistaken", "someone_else", "got_help", "stop"})
# "It's not about me" and "it's not that bad" begin like a no, and are none.
_NO_ANSWER = frozenset({"explain", "stop", "someone_else", "playing_down"})
# "No, I was not checked" and "not yet" take nothing back.
_NOT_SO = frozenset("no not never havent hasnt wasnt isnt didnt yet tomorrow later will going".split())
# A remark of more words tells of something besides.
_REPLY = 8
# A word that more questions hold is none of what one of them asks for; a shorter one may be the beginning of any.
_OWN_WORD = 2
_SHORTEST_WORD = 3
# A "why" of more words is about something else.
_BARE_WHY = 4
_SIGN_CHOICE = "sign:"
_MILDER = "milder"
_WHEN_TO_BE_SEEN = "relief.see_doctor"


def decide(state: SafetyState, heard: Heard, rules: RedFlags) -> SafetyState:
    """Return the state after a message; its `move` says what to do.

    Args:
        state: what the conversation has said so far.
        heard: what the message says.
        rules: the red-flag file.
    """
    country = heard.country or state.country
    state = _opened_again(state, heard, rules)
    # Who only takes a referral back or leaves a question hints at no further sign.
    is_reply = bool(state.asking or state.told_flags) and len(heard.said.split()) <= _REPLY
    hints_at_none = heard.remark in _TAKES_BACK and is_reply
    heard_now = tuple(sign for sign in heard.signs if not (hints_at_none and sign.state is State.ASK))
    answers = _signs_answered(state, heard, rules)
    earlier = _with_tags(_without_what_is_denied(state.signs, answers), heard.tags, rules)
    signs = combine(earlier, (*heard_now, *answers))
    now = triage(signs, rules)
    after = replace(state, signs=signs, country=country, move=Move.PASS)
    if _says_more(now, state):
        return _refer(after, now)
    if _wants_numbers(state, heard, now):
        return replace(after, move=Move.NUMBERS)
    if now.flags:
        about_it = _about_referral(after, state.move, heard, now, rules)
        if about_it is not None:
            return about_it
    waits = _that_wait(heard, heard_now, rules)
    if state.asking:
        return _after_question(after, heard, now, waits, rules)
    return _ask_next(replace(after, wanted=heard.wanted), now, waits) or after


def _opened_again(state: SafetyState, heard: Heard, rules: RedFlags) -> SafetyState:
    """Return the state with the question open that was just answered with "not sure", where a message explains it.

    "Forget that, I meant my hand was numb from the cold" is about the sign, and is no answer to what came after it.
    """
    explains = heard.remark in {"taken_back", "explained", "mistaken"}
    if state.move is not Move.NOT_SURE or state.asking or not explains:
        return state
    unsure = triage(state.signs, rules).to_ask
    last = next((flag for flag in reversed(state.asked) if flag in unsure), "")
    return replace(state, asking=last)


def _that_wait(heard: Heard, signs: Iterable[Sign], rules: RedFlags) -> frozenset[str]:
    """Return the flags whose question can wait until an exercise is wanted.

    They are those that were hinted at before and are no emergency: their turn was then. In a led conversation those
    that can wait for days.
    """
    hinted = {sign.flag for sign in signs if sign.state is State.ASK}
    at_once = Urgency.SAME_DAY if heard.in_led and not heard.in_exercise else Urgency.SELF_CARE
    waits = {
        flag.id for flag in rules.flags if flag.urgency < (at_once if flag.id in hinted else Urgency.EMERGENCY_NOW)
    }
    return heard.defers | waits


def gate(state: SafetyState, wanted: str, rules: RedFlags) -> SafetyState:
    """Return the state after an exercise was asked for: its move is PASS where it may be shown.

    Args:
        state: what the conversation has said so far.
        wanted: the entry that would be shown.
        rules: the red-flag file.
    """
    now = triage(state.signs, rules)
    if now.flags and not now.exercises_allowed:
        return replace(state, move=Move.WITHHOLD)
    if now.to_ask:
        flag = now.to_ask[0]
        move = Move.ASK_AGAIN if flag in state.asked else Move.ASK
        asked = _with(state.asked, flag)
        return replace(state, asking=flag, insisted=False, asked=asked, wanted=wanted, move=move)
    if not state.screened:
        move = Move.SCREEN_AGAIN if SCREENING in state.asked else Move.SCREEN
        asked = _with(state.asked, SCREENING)
        return replace(state, asking=SCREENING, insisted=False, asked=asked, wanted=wanted, move=move)
    return replace(state, move=Move.PASS)


def ask_anew(state: SafetyState, flag: str, evidence: str, rules: RedFlags) -> SafetyState | None:
    """Return the state that asks a flag's question, also where it was asked long before.

    Args:
        state: what the conversation has said so far.
        flag: the sign that something else than a message hints at, such as a high score in the diary.
        evidence: what hints at it, in words.
        rules: the red-flag file.

    Returns:
        None where the sign is known to be there already, so that nothing is left to ask.
    """
    if any(sign.flag == flag and sign.state is State.PRESENT for sign in state.signs):
        return None
    forgotten = replace(state, asked=tuple(asked for asked in state.asked if asked != flag))
    after = decide(forgotten, Heard(signs=(Sign(flag, State.ASK, evidence),)), rules)
    return after if after.move is not Move.PASS else None


def settled(state: SafetyState, flag: str) -> SafetyState:
    """Return the state in which an open question about a flag counts as answered with no; a sign that was said stays.

    Args:
        state: what the conversation has said so far.
        flag: the flag whose question something else has answered.
    """
    is_open = any(sign.flag == flag and sign.state is State.ASK for sign in state.signs)
    return replace(state, signs=combine(state.signs, (answered(flag, yes=False),))) if is_open else state


def _signs_answered(state: SafetyState, heard: Heard, rules: RedFlags) -> tuple[Sign, ...]:
    """Return the signs that an answer to the open question stands for."""
    if state.asking == SCREENING and heard.choice.startswith(_SIGN_CHOICE):
        tapped = heard.choice.removeprefix(_SIGN_CHOICE)
        known = {sign.flag for sign in state.signs}
        return tuple(
            Sign(flag, State.ASK, sign.title)
            for sign in rules.screening.signs
            if sign.id == tapped
            for flag in sign.flags
            if flag not in known
        )
    flag = next((flag for flag in rules.flags if flag.id == state.asking), None)
    heard_itself = any(sign.flag == state.asking and sign.state is not State.ASK for sign in heard.signs)
    if flag is None or heard_itself or heard.remark in _NO_ANSWER:
        return ()
    if _is_partly(flag, heard, rules) or _may_take_itself_back(flag, state, heard):
        return ()
    # "She has no other symptoms" is a no, and says nothing of her age.
    is_about_the_person = any(multiplier.when == flag.id for multiplier in rules.multipliers)
    leans = "" if heard.remark or heard.takes_note or is_about_the_person else heard.leans
    answer = "yes" if heard.side and flag.one_side == "yes" else heard.choice or heard.answer or leans
    if answer == "yes" or (not heard.answer and _names(heard.said, flag.yes_and)):
        others = (Sign(other, State.PRESENT, heard.said) for other in _names(heard.said, flag.yes_and))
        partly = _names(heard.said, flag.no_but)
        if not partly or heard.answer == "yes":
            return (answered(flag.id, yes=True), *others)
    is_one_side = bool(heard.side) and flag.one_side == "no_but"
    if partly_of := tuple(flag.no_but) if is_one_side else _names(heard.said, flag.no_but):
        others = (Sign(other, State.PRESENT, heard.said) for other in partly_of)
        known = {sign.flag for sign in state.signs}
        asked = (Sign(other, State.ASK, heard.said) for other in flag.no_but_asks if other not in known)
        return (answered(flag.id, yes=False), *others, *asked)
    if heard.remark == "got_help" and flag.urgency is Urgency.EMERGENCY_NOW:
        # Who has called an ambulance says yes.
        return (answered(flag.id, yes=True),)
    # What a doctor has looked at, or what was written by mistake, is no sign; beside a referral it is about that.
    # "Scrap that" may mean anything: it settles no emergency, and nobody's age.
    may_be_taken_back = flag.urgency is not Urgency.EMERGENCY_NOW and not is_about_the_person
    is_taken_back = heard.remark == "taken_back" and may_be_taken_back
    is_settled = (heard.remark in {"checked", "mistaken"} or is_taken_back) and not state.told_flags
    if answer == "no" or is_settled or answer == _MILDER:
        return (answered(flag.id, yes=False, is_milder=answer == _MILDER or _is_milder(flag, heard)),)
    return ()


def _is_partly(flag: Flag, heard: Heard, rules: RedFlags) -> bool:
    """Return whether an answer begins as a no and says a part of what was asked: "no, only the shivers".

    Then it is neither a yes nor a no, and the question is asked again.
    """
    hints_again = any(sign.flag == flag.id for sign in heard.signs)
    if heard.side:
        return flag.one_side is None or (flag.one_side == "yes" and heard.side == "named" and not hints_again)
    if not heard.narrowed_to or flag.urgency < Urgency.SAME_DAY:
        return False
    return hints_again or _names_part(heard.narrowed_to, flag.ask, [each.ask for each in rules.flags])


def _names_part(said: str, question: str, questions: Iterable[str]) -> bool:
    """Return whether a few words name something that a question asks for, and few of the others do."""
    held_by = Counter(word for each in questions for word in set(folded(each).split()))
    return any(
        word.startswith(asked) or asked.startswith(word)
        for word in said.split()
        for asked in folded(question).split()
        if held_by[asked] <= _OWN_WORD and min(len(word), len(asked)) >= _SHORTEST_WORD
    )


def _may_take_itself_back(flag: Flag, state: SafetyState, heard: Heard) -> bool:
    """Return whether a no about an emergency goes on and may say what it denies: "not really, but it takes ages".

    Said a second time it is believed, and beside a question of the person's own it is no more than a no.
    """
    is_emergency = flag.urgency is Urgency.EMERGENCY_NOW and flag.ask_milder is None
    return is_emergency and bool(heard.taken_on) and heard.is_aside and not (state.insisted or heard.remark)


def _without_what_is_denied(signs: Iterable[Sign], answers: Iterable[Sign]) -> list[Sign]:
    """Return the signs without an unsure one whose question was answered with the milder form.

    "No, but I am struggling" denies the very thoughts that an unsure mention hinted at; one that was said stays.
    """
    milder = {sign.flag for sign in answers if MILD in sign.tags}
    return [sign for sign in signs if not (sign.state is State.ASK and sign.flag in milder)]


def _with_tags(signs: Iterable[Sign], tags: Collection[str], rules: RedFlags) -> list[Sign]:
    """Return the signs of earlier messages with the finer facts that a later one adds: "she is 9", "she limps"."""
    return [
        replace(sign, tags=sign.tags | (rules.flag(sign.flag).tags.keys() & tags))
        if tags and sign.state is not State.ABSENT
        else sign
        for sign in signs
    ]


def _is_milder(flag: Flag, heard: Heard) -> bool:
    """Return whether a no leaves the sign standing in its milder form: "no, but I can't cope", "not yet"."""
    if flag.ask_milder is None:
        return False
    said = f" {heard.said} "
    hints_again = any(sign.flag == flag.id for sign in heard.signs)
    return hints_again or any(f" {phrase} " in said for phrase in flag.milder_words)


def _names(said: str, phrases: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Return the flags one of whose phrases an answer holds."""
    words = f" {said} "
    return tuple(flag for flag, named in phrases.items() if any(f" {phrase} " in words for phrase in named))


def _says_more(now: Triage, state: SafetyState) -> bool:
    is_told = set(now.flags) <= set(state.told_flags) and set(now.leading) <= set(state.told_first)
    return bool(now.flags) and (now.urgency > state.told or not is_told)


def _refer(state: SafetyState, now: Triage) -> SafetyState:
    # After a referral that can wait, a question that may make it urgent follows at once.
    open_question = next((flag for flag in now.to_ask if flag not in state.asked), "")
    asking = "" if now.urgency is Urgency.EMERGENCY_NOW else open_question
    # An exercise is wanted no longer; a plan comes all the same, without its exercises.
    stays_wanted = now.urgency < Urgency.DOCTOR_DAYS or state.wanted == Led.CHECK_IN
    return replace(
        state,
        asking=asking,
        wanted=state.wanted if stays_wanted else "",
        asked=_with(state.asked, asking) if asking else state.asked,
        told=max(now.urgency, state.told),
        told_flags=_with(state.told_flags, *now.flags),
        told_first=_with(state.told_first, *now.leading),
        insisted=False,
        helped=False,
        checked=False,
        move=Move.REFER,
    )


def _wants_numbers(state: SafetyState, heard: Heard, now: Triage) -> bool:
    if "numbers" in (heard.choice, heard.remark):
        return True
    is_new = heard.country is not None and heard.country != state.country
    return is_new and (bool(now.flags) or state.move is Move.NUMBERS)


def _about_referral(state: SafetyState, last: Move, heard: Heard, now: Triage, rules: RedFlags) -> SafetyState | None:
    """Return the state after a message about a referral, or None where it is about something else."""
    if state.asking == CLEARING_MISTAKEN and heard.answer == "no" and _denies(heard, now):
        # "No, no trouble peeing" says no to the sign, not to crossing it out: the question is asked once more.
        return replace(state, move=Move.CLEARING)
    taken_back = _taking_back(state, heard, now, rules)
    if taken_back is not None:
        return taken_back
    if _explains(state, last, heard, now):
        return replace(state, asking=CLEARING_MISTAKEN, move=Move.CLEARING)
    is_bare = len(heard.said.split()) <= _BARE_WHY
    is_emergency = now.urgency is Urgency.EMERGENCY_NOW
    if heard.remark == "what_to_tell":
        return replace(state, asking="", move=Move.WHAT_TO_TELL)
    why = heard.answer == "why" and (is_emergency or (is_bare and last in REFERRALS))
    if (why or heard.remark == "why_none") and not state.asking:
        return replace(state, move=Move.WHY_REFERRED)
    if is_emergency and heard.about_data:
        return replace(state, asking="", move=Move.DATA)
    if is_emergency:
        return replace(state, asking="", move=Move.REPEAT)
    if heard.remark == "playing_down" and not state.asking and not _hints_at_emergency(state, now, rules):
        return replace(state, move=Move.STANDS)
    # A question about an emergency stays open beside either answer.
    stays_asked = state.asking if _asks_about_emergency(state, rules) else ""
    if heard.wants_to_run and not now.exercises_allowed:
        # "Do not run until then" was said; no light says green, and no coach is asked.
        return replace(state, asking=stays_asked, move=Move.WITHHOLD)
    is_asked_first = _hints_at_emergency(state, now, rules)
    if heard.wanted == _WHEN_TO_BE_SEEN and now.urgency >= Urgency.DOCTOR_DAYS and not is_asked_first:
        # "Is it serious?" has its answer: "if it is no better in two weeks" is for those who told no sign.
        return replace(state, asking=stays_asked, move=Move.REPEAT)
    return None


def _hints_at_emergency(state: SafetyState, now: Triage, rules: RedFlags) -> bool:
    """Return whether an emergency is still to be asked about: "he fell, but he's OK" is no reason not to."""
    due = (flag for flag in now.to_ask if flag not in state.asked)
    return any(rules.flag(flag).urgency is Urgency.EMERGENCY_NOW for flag in due)


def _asks_about_emergency(state: SafetyState, rules: RedFlags) -> bool:
    return any(flag.id == state.asking and flag.urgency is Urgency.EMERGENCY_NOW for flag in rules.flags)


def _taking_back(state: SafetyState, heard: Heard, now: Triage, rules: RedFlags) -> SafetyState | None:
    """Return the state after a remark that would take a referral back, or None where there was none."""
    said = heard.choice or heard.remark
    if said == "got_help":
        return replace(state, asking="", helped=True, move=Move.GOT_HELP)
    if not any(flag not in NEVER_CLEARED for flag in now.flags):
        return None
    answer = heard.choice or heard.answer
    if state.asking in _CLEARING:
        is_said = said == _CLEARING[state.asking] and _NOT_SO.isdisjoint(heard.said.split())
        if state.asking == CLEARING_MISTAKEN and answer == "yes" and heard.is_vague:
            return replace(state, asking="", move=Move.NOT_CLEARED)
        if answer == "yes" or is_said:
            return _cleared(state, _CLEARING[state.asking], rules)
        if answer in {"no", "unsure"} or heard.leans == "no":
            return replace(state, asking="", move=Move.NOT_CLEARED)
    if state.asking == SOMEONE_ELSE:
        if answer == "yes" or said == "own_back":
            gone = _without(state, _clearable(state, rules), rules)
            # The checks were about the other person.
            asked = tuple(flag for flag in gone.asked if flag != SCREENING)
            return replace(gone, asking="", asked=asked, screened=False, move=Move.CLEARED_OTHER)
        if answer in {"no", "unsure"} or said == "someone_else":
            return replace(state, asking="", move=Move.NOT_CLEARED)
    if said == "someone_else":
        return replace(state, asking=SOMEONE_ELSE, move=Move.SOMEONE_ELSE)
    for asking, how in _CLEARING.items():
        if said == how:
            return replace(state, asking=asking, move=Move.CLEARING)
    return None


def _denies(heard: Heard, now: Triage) -> bool:
    """Return whether a message says that a sign which was told is not there."""
    return any(sign.state is State.ABSENT and sign.flag in now.flags for sign in heard.signs)


def _explains(state: SafetyState, last: Move, heard: Heard, now: Triage) -> bool:
    """Whether a message takes a sign back or explains it, and says none: then a question may cross it out.

    Behind a referral that can wait only the next message does, as later ones have subjects of their own. A question
    that came with the card is asked again before any exercise. Nobody explains thoughts of self-harm away.
    """
    says_one = any(sign.state is State.PRESENT for sign in heard.signs)
    takes_back = heard.remark == "taken_back"
    if not (takes_back or heard.remark == "explained") or says_one or not NEVER_CLEARED.isdisjoint(now.flags):
        return False
    is_about_it = last in REFERRALS or now.urgency is Urgency.EMERGENCY_NOW
    # "No, scrap that" says no to the card, not to the question that came with it.
    is_free = state.asking in {"", *_CLEARING} or (last is Move.REFER and (takes_back or not heard.answer))
    return is_about_it and is_free


def _cleared(state: SafetyState, how: str, rules: RedFlags) -> SafetyState:
    if how == "mistaken":
        gone = _clearable(state, rules)
        return replace(_without(state, gone, rules), asking="", move=Move.CLEARED_MISTAKEN)
    # A check-up ends no pregnancy: what raises the level of other signs stays.
    raising = {multiplier.when for multiplier in rules.multipliers}
    gone = frozenset(flag for flag in _clearable(state, rules) if flag not in raising)
    return replace(_without(state, gone, rules), asking="", checked=True, move=Move.CLEARED_CHECKED)


def _clearable(state: SafetyState, rules: RedFlags) -> frozenset[str]:
    return frozenset(sign.flag for sign in state.signs if sign.flag not in NEVER_CLEARED)


def _without(state: SafetyState, gone: frozenset[str], rules: RedFlags) -> SafetyState:
    """Return the state without some signs; those that stay were told about, and are not told anew."""
    signs = tuple(sign for sign in state.signs if sign.flag not in gone)
    now = triage(signs, rules)
    return replace(
        state,
        signs=signs,
        helped=False,
        told=min(state.told, now.urgency),
        told_flags=tuple(flag for flag in state.told_flags if flag not in gone),
        told_first=tuple(rule for rule in state.told_first if rule in now.leading),
    )


def _after_question(
    state: SafetyState, heard: Heard, now: Triage, waits: Collection[str], rules: RedFlags
) -> SafetyState:
    """Return the state after a message that followed a question and brought no new sign.

    Args:
        state: the state, with the signs of the message.
        heard: the message.
        now: what all signs call for.
        waits: the flags whose question can wait.
        rules: the red-flag file.
    """
    if state.asking == SCREENING:
        after = _after_screening(state, heard, now, waits, rules)
    elif state.asking in {*_CLEARING, SOMEONE_ELSE}:
        after = None
    else:
        after = _after_own_question(state, heard, now, rules)
    if after is not None:
        return after
    # Another subject: the question is asked again before any exercise, and one about an emergency once more at once.
    moved_on = replace(state, asking="", insisted=False, wanted=heard.wanted)
    due = _ask_next(moved_on, now, waits)
    if due is None and _asks_about_emergency(state, rules) and not (state.insisted or heard.leaves):
        return replace(moved_on, asking=state.asking, insisted=True)
    return due or moved_on


def _after_screening(
    state: SafetyState, heard: Heard, now: Triage, waits: Collection[str], rules: RedFlags
) -> SafetyState | None:
    """Return the state after a reply to the five checks, or None where they are left for another subject."""
    answer = heard.choice or heard.answer or heard.leans
    if answer.startswith(_SIGN_CHOICE):
        # One sign was tapped, so the other checks are answered; its own questions follow.
        ticked = replace(state, asking="", screened=True)
        return _ask_next(ticked, now) or replace(ticked, move=Move.RESUME)
    # Told in words: its own question comes first, and then the checks again.
    hinted = _ask_next(replace(state, asking=""), now, waits)
    if hinted is not None:
        return hinted
    if heard.leaves:
        # Who says goodbye hears a goodbye, and reads the checks in full on coming back.
        return replace(_left(state, heard, now, rules), move=Move.PASS)
    if heard.remark == "stop":
        return _left(state, heard, now, rules)
    if answer in {"none", "no"} and heard.remark != "playing_down":
        return replace(state, asking="", screened=True, move=Move.RESUME)
    if answer == "why" or heard.remark == "explain":
        return replace(state, move=Move.WHY)
    checks = [sign.question for sign in rules.screening.signs]
    is_narrowed = any(_names_part(heard.narrowed_to, check, checks) for check in checks)
    if answer in {"yes", "unsure"} or is_narrowed or heard.remark == "someone_else":
        return replace(state, move=Move.WHICH)
    if heard.remark == "pressing":
        return replace(state, move=Move.SCREEN_AGAIN)
    if heard.in_led or state.insisted:
        return None
    # Something else is answered first; then one line reminds of them.
    return replace(state, insisted=True)


def _after_own_question(state: SafetyState, heard: Heard, now: Triage, rules: RedFlags) -> SafetyState | None:
    """Return the state after a reply to a flag's own question, or None where it is left for another subject."""
    answer = heard.choice or heard.answer
    if heard.remark == "explain":
        return replace(state, move=Move.EXPLAIN)
    if heard.remark == "stop":
        return _left(state, heard, now, rules)
    if all(flag != state.asking for flag in now.to_ask):
        settled_ = replace(state, insisted=False)
        after = _ask_next(settled_, now) or replace(settled_, asking="", move=Move.RESUME)
        is_relief = any(f.id == state.asking and f.no_reply for f in rules.flags) and state.asking not in now.flags
        return replace(after, move=Move.RELIEVED) if is_relief else after
    if answer == "why":
        return replace(state, move=Move.WHY)
    if answer == "unsure":
        return replace(state, asking="", insisted=False, move=Move.NOT_SURE)
    if heard.remark == "someone_else":
        return replace(state, move=Move.ASK_FOR_THEM)
    explains = heard.remark == "explained" and not state.insisted
    flag = rules.flag(state.asking)
    is_partly = _is_partly(flag, heard, rules) or _may_take_itself_back(flag, state, heard)
    if heard.names_place or heard.takes_note or is_partly or heard.remark == "taken_back" or explains:
        return replace(state, insisted=True, move=Move.ASK_YES_OR_NO)
    if heard.is_aside and not state.insisted:
        return replace(state, insisted=True, move=Move.ASK_CLEARLY)
    return None


def reminded(state: SafetyState, rules: RedFlags) -> SafetyState | None:
    """Return the state that asks again what stayed open while something else was answered, or None where nothing did.

    The five checks get a line of their own, a question about an emergency is said again.

    Args:
        state: after the message that something else has answered.
        rules: the red-flag file.
    """
    if state.move is not Move.PASS:
        return None
    if state.asking == SCREENING:
        return replace(state, move=Move.REMIND)
    return replace(state, move=Move.ASK_AGAIN) if _asks_about_emergency(state, rules) else None


def _left(state: SafetyState, heard: Heard, now: Triage, rules: RedFlags) -> SafetyState:
    """Return the state after "stop": nothing is asked before an exercise is wanted, not even about an emergency."""
    move = Move.PASS if heard.in_led else Move.LEFT
    urgent = (flag for flag in now.to_ask if rules.flag(flag).urgency is Urgency.EMERGENCY_NOW)
    # Who comes back to the checks after leaving them reads them in full.
    asked = (flag for flag in state.asked if flag != SCREENING)
    return replace(state, asking="", insisted=False, wanted="", asked=_with((*asked, *urgent)), move=move)


def _ask_next(state: SafetyState, now: Triage, waits: Collection[str] = ()) -> SafetyState | None:
    """Return the state that asks the next flag's question, leaving out those that can wait; None where none is due."""
    flag = next((flag for flag in now.to_ask if flag not in state.asked and flag not in waits), None)
    if flag is None:
        return None
    return replace(state, asking=flag, asked=_with(state.asked, flag), move=Move.ASK)


def _with(known: Sequence[str], *more: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*known, *more)))
