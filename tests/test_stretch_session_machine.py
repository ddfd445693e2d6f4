"""The stretch session: its order, its interruptions, and what it does where something hurts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backstride.answers import GENTLE
from backstride.exercise_parts import COUNTED_HOLD_S, parts_of
from backstride.guided import Heard
from backstride.knowledge import load_knowledge
from backstride.session_messages import SessionMessages, pain_needs_questions
from backstride.session_words import COMMANDS, PAINS, load_session_words
from backstride.settings import ROOT
from backstride.stretch_session import (
    MOST_EXERCISES,
    Asking,
    Move,
    SessionState,
    Status,
    StretchSession,
    choice,
)
from backstride.triage import State, load_red_flags
from backstride.wording import load_wording

KNOWLEDGE = load_knowledge()
SESSION = StretchSession(KNOWLEDGE, load_session_words())
MESSAGES = SessionMessages(KNOWLEDGE, SESSION, load_wording())
LISTED = ("exercise.knee_rolls", "exercise.half_kneeling_lean", "exercise.seated_lean_back")
ASKED = Heard(text="take me through them", intent="start_stretch_session", confidence=0.9, listed=LISTED)


def begun(*exercises: str, conditions: tuple[str, ...] = ()) -> SessionState:
    """Return a session at its beginning."""
    return SessionState(exercises=exercises or LISTED, conditions=conditions)


def said(state: SessionState, *texts: str) -> SessionState:
    """Return the session after some messages, all of them for it."""
    for text in texts:
        after = SESSION.decide(state, Heard(text=text, intent="nlu_fallback"))
        assert after is not None, text
        state = after
    return state


def tapped(state: SessionState, what: str) -> SessionState:
    """Return the session after a tapped button."""
    after = SESSION.decide(state, Heard(choice=f"stretch_session:{what}", intent="choose_item", confidence=1.0))
    assert after is not None, what
    return after


def of(heard: Heard, before: SessionState | None = None) -> SessionState:
    """Return the session that a message begins."""
    return SessionState.from_json(SESSION.start(heard, before.as_json() if before else None))


# --- beginning ---------------------------------------------------------------------------------------------------


def test_the_exercises_listed_last_are_done_when_asked() -> None:
    assert of(ASKED).exercises == LISTED


def test_gentle_ones_are_done_when_nothing_was_listed() -> None:
    assert of(replace(ASKED, listed=())).exercises == GENTLE
    assert of(replace(ASKED, listed=("relief.heat", "relief.massage"))).exercises == GENTLE


def test_a_long_list_is_cut_when_asked() -> None:
    every = tuple(entry.id for entry in KNOWLEDGE.of_group("exercise"))

    assert of(replace(ASKED, listed=every)).exercises == every[:MOST_EXERCISES]


def test_one_that_is_named_is_done_alone() -> None:
    assert of(replace(ASKED, text="guide me through the cat-cow please")).exercises == ("exercise.cat_cow",)


def test_what_does_not_suit_is_left_out_when_it_begins() -> None:
    assert of(replace(ASKED, conditions=("knee_pain",))).exercises == ("exercise.knee_rolls",)


def test_a_condition_in_the_same_message_counts_when_it_begins() -> None:
    assert of(replace(ASKED, text="take me through them, i have a bad knee")).exercises == ("exercise.knee_rolls",)


def test_gentle_ones_take_the_place_when_no_wanted_one_suits() -> None:
    heard = replace(ASKED, listed=("exercise.seated_lean_back",), conditions=("wrist_problem",))

    assert of(heard).exercises == GENTLE


def test_nothing_is_shown_when_a_professional_comes_first() -> None:
    see_first = next(condition.id for condition in KNOWLEDGE.conditions.values() if condition.see_first)
    state = of(replace(ASKED, conditions=(see_first,)))

    assert (state.status, state.move) == (Status.DONE, Move.NOTHING_SUITS)
    assert MESSAGES.message(state).thread is None


@given(st.sets(st.sampled_from(sorted(KNOWLEDGE.conditions))), st.sets(st.sampled_from(sorted(KNOWLEDGE.entries))))
def test_no_exercise_is_ever_shown_when_it_does_not_suit(conditions: set[str], listed: set[str]) -> None:
    state = of(replace(ASKED, listed=tuple(listed), conditions=tuple(conditions)))
    for _ in range(60):
        shown = MESSAGES.message(state).thread
        assert shown is None or not KNOWLEDGE.exclusions(KNOWLEDGE.entry(shown), conditions)
        after = SESSION.decide(state, Heard(text="done"))
        if after is None:
            break
        state = after
    assert state.status is Status.DONE


def test_other_topics_do_not_begin_it_when_asked() -> None:
    assert not SESSION.starts(Heard(text="what stretches are there", intent="relief_stretching", confidence=0.9), None)
    assert SESSION.starts(ASKED, None)
    assert SESSION.starts(Heard(choice="stretch_session:start"), None)
    assert not SESSION.starts(Heard(choice="check_in:stop", intent="start_stretch_session", confidence=1.0), None)


def test_words_begin_it_when_an_exercise_is_named_or_was_listed() -> None:
    misread = Heard(text="guide me through the plank step by step", intent="prevent_posture", confidence=0.9)
    unread = Heard(text="take me through them but i have a bad knee", intent="out_of_scope", confidence=0.9)

    assert SESSION.starts(misread, None)
    assert of(misread).exercises == ("exercise.plank",)
    assert not SESSION.starts(unread, None)
    assert SESSION.starts(replace(unread, listed=LISTED), None)


def test_words_begin_nothing_when_another_topic_is_meant() -> None:
    heard = Heard(text="take me through the causes", intent="cause_general", confidence=0.9, listed=LISTED)

    assert not SESSION.starts(heard, None)


# --- steps, sides, sets --------------------------------------------------------------------------------------------


def test_long_holds_are_counted_one_by_one_on_each_side() -> None:
    parts = [(p.step, p.side, p.set) for p in parts_of(KNOWLEDGE.entry("exercise.half_kneeling_lean"))]

    assert parts == [(0, 0, 1), (1, 0, 1), (2, 0, 1), (3, 1, 1), (3, 1, 2), (3, 2, 1), (3, 2, 2), (4, 0, 1)]


def test_short_holds_are_counted_by_the_person() -> None:
    parts = [p for p in parts_of(KNOWLEDGE.entry("exercise.knee_rolls")) if p.hold_seconds]

    assert [(p.hold_seconds, p.repetitions, p.side, p.sets) for p in parts] == [(2, 8, 1, 1), (2, 8, 2, 1)]


@pytest.mark.parametrize("entry", KNOWLEDGE.of_group("exercise"), ids=lambda entry: entry.id)
def test_parts_hold_every_repetition_when_counted_together(entry: object) -> None:
    for place, step in enumerate(entry.steps):  # type: ignore[attr-defined]
        parts = [part for part in parts_of(entry) if part.step == place]  # type: ignore[arg-type]
        assert sum(part.repetitions for part in parts) == (step.repetitions or 1) * (2 if step.each_side else 1)
        assert all(part.repetitions == 1 for part in parts if part.hold_seconds >= COUNTED_HOLD_S)


def test_each_part_is_said_once_until_the_end() -> None:
    state, seen = begun("exercise.half_kneeling_lean"), []
    while state.status is Status.OPEN:
        seen.append((state.part, MESSAGES.message(state).metadata["session"]["side"]))
        state = said(state, "done")

    assert seen == [(0, 0), (1, 0), (2, 0), (3, 1), (4, 1), (5, 2), (6, 2), (7, 0)]
    assert state.move is Move.DONE


def test_hold_side_and_set_are_told_when_it_is_held() -> None:
    answer = MESSAGES.message(said(begun("exercise.half_kneeling_lean"), *["done"] * 5))

    assert "Now the other side" in answer.text
    assert "(hold 15 seconds, second side, 1 of 2)" in answer.text
    place = answer.metadata["session"]
    assert (place["exercise"], place["step"], place["hold_seconds"]) == ("exercise.half_kneeling_lean", 3, 15)
    assert (place["side"], place["set"], place["sets"]) == (2, 1, 2)
    assert answer.knowledge == ("exercise.half_kneeling_lean",)


def test_a_new_exercise_begins_with_its_caution() -> None:
    state = tapped(begun(), "skip")

    assert "Half-kneeling lean (exercise 2 of 3)" in MESSAGES.message(state).text
    assert "Take care:" in MESSAGES.message(state).text


@pytest.mark.parametrize(
    ("text", "move"),
    [
        ("ok", Move.SHOW),
        ("Done!", Move.SHOW),
        ("yep, did that one", Move.SHOW),
        ("contineu", Move.SHOW),
        ("say that again please", Move.REPEAT),
        ("skip this one", Move.SHOW),
        ("is there an easier one?", Move.EASIER),
        ("hang on a sec", Move.PAUSE),
        ("go back", Move.AT_START),
        ("stop", Move.STOPPED),
        ("ok stop", Move.STOPPED),
        ("I'm done for today", Move.STOPPED),
        ("not done yet", Move.PAUSE),
        ("no", Move.PAUSE),
        ("start again from the beginning", Move.BEGIN),
        ("ouch", Move.HURTS),
        ("this really hurts me when i lean", Move.HURTS),
    ],
)
def test_words_steer_it(text: str, move: Move) -> None:
    assert said(begun(), text).move is move


@pytest.mark.parametrize(
    "text",
    ["how long do i hold it", "why does this help", "is heat any good", "ok what about heat", "can i run tomorrow"],
)
def test_other_questions_are_not_for_it(text: str) -> None:
    assert SESSION.decide(begun(), Heard(text=text, intent="ask_how_long", confidence=0.9)) is None


@pytest.mark.parametrize("text", ["no pain at all, done", "that doesn't hurt, next"])
def test_saying_that_nothing_hurts_is_no_complaint(text: str) -> None:
    after = SESSION.decide(begun(), Heard(text=text))

    assert after is None or after.move is Move.SHOW


def test_easier_version_is_said_and_stays_until_the_next_exercise() -> None:
    state = said(begun(), "easier")

    assert str(KNOWLEDGE.entry(LISTED[0]).easier) in MESSAGES.message(state).text
    assert MESSAGES.message(said(state, "done")).metadata["session"]["easier"]
    assert "easier" not in MESSAGES.message(said(state, "skip")).metadata["session"]


def test_after_a_pause_the_same_part_comes_again() -> None:
    state = said(begun(), "done", "wait", "carry on")

    assert (state.part, state.move, state.asking) == (1, Move.REPEAT, Asking.NOTHING)


def test_after_a_pause_done_goes_on() -> None:
    assert said(begun(), "done", "wait", "done").part == 2


def test_no_ends_it_when_asked_whether_to_carry_on() -> None:
    state = SessionState.from_json(SESSION.again(said(begun(), "done").as_json()))

    assert said(state, "no").status is Status.STOPPED


# --- interruptions -------------------------------------------------------------------------------------------------


def test_it_says_where_it_was_when_something_else_was_answered() -> None:
    state = SessionState.from_json(SESSION.again(said(begun(), "done").as_json()))

    assert MESSAGES.message(state).text == "Back to Knee rolls: step 2 of 4. Carry on?"
    assert said(state, "yes").part == 1


def test_the_beginning_is_said_whole_when_the_checks_came_first() -> None:
    state = SessionState.from_json(SESSION.again(begun().as_json()))

    assert MESSAGES.message(state).text.startswith("3 exercises, one after the other")


def test_it_asks_where_once_more_when_something_else_was_answered() -> None:
    state = SessionState.from_json(SESSION.again(said(begun(), "it hurts").as_json()))

    assert (state.asking, state.move) == (Asking.WHERE, Move.HURTS)


def test_a_stopped_one_is_taken_up_where_it_was() -> None:
    state = of(replace(ASKED, listed=()), said(begun(), "done", "stop"))

    assert (state.status, state.part, state.move) == (Status.OPEN, 1, Move.TAKE_UP)


def test_a_stopped_one_begins_anew_when_other_exercises_are_listed() -> None:
    state = of(replace(ASKED, listed=("exercise.plank",)), said(begun(), "done", "stop"))

    assert (state.exercises, state.part, state.move) == (("exercise.plank",), 0, Move.BEGIN)


def test_an_open_one_gives_way_when_other_exercises_are_asked_for() -> None:
    heard = replace(ASKED, text="take me through the plank", confidence=0.9)
    after = SESSION.hear(said(begun(), "done").as_json(), heard)

    assert after is not None
    assert SessionState.from_json(after).exercises == ("exercise.plank",)


def test_an_open_one_goes_on_when_the_same_exercises_are_asked_for() -> None:
    after = SESSION.hear(said(begun(), "done").as_json(), ASKED)

    assert after is not None
    assert (SessionState.from_json(after).part, SessionState.from_json(after).move) == (1, Move.AGAIN)


def test_one_that_is_over_hears_nothing() -> None:
    assert SESSION.decide(said(begun(), "stop"), Heard(text="next")) is None


def test_it_is_over_when_its_exercises_are_gone_from_the_knowledge() -> None:
    kept = replace(begun(), exercises=("exercise.gone",)).as_json()

    assert SESSION.hear(kept, Heard(text="next")) is None
    assert not SESSION.is_open(kept)


# --- it hurts ------------------------------------------------------------------------------------------------------


def test_it_stops_and_asks_where_when_it_hurts() -> None:
    answer = MESSAGES.message(said(begun(), "it hurts"))

    assert answer.text.startswith("Stop there")
    assert answer.thread is None
    assert [button.payload for button in answer.buttons] == [
        choice(kind) for kind in ("mild", "sharp", "leg", "chest", "elsewhere")
    ]


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("ow, it hurts, sharp, in the lower back", ["severe_or_worsening"]),
        ("it hurts down my left leg", ["both_legs", "leg_weakness", "leg_symptoms"]),
        ("that hurts, my foot is tingling", ["both_legs", "leg_weakness", "leg_symptoms"]),
        ("it hurts in my chest", ["heart", "lung"]),
        ("my knee hurts", []),
    ],
)
def test_where_and_how_in_the_same_message_is_not_asked_again(text: str, flags: list[str]) -> None:
    state = said(begun(), text)

    assert state.move in {Move.LEFT_OUT, Move.UNSUITED}
    assert [sign.flag for sign in SESSION.signs(state)] == flags
    assert all(sign.state is State.ASK for sign in SESSION.signs(state))


def test_a_tapped_leg_is_the_sign_itself() -> None:
    signs = {sign.flag: sign.state for sign in SESSION.signs(tapped(said(begun(), "ouch"), "leg"))}

    assert signs["leg_symptoms"] is State.PRESENT
    assert signs["both_legs"] is State.ASK


def test_a_mild_pull_goes_on_when_wished() -> None:
    state = said(begun(), "done", "it hurts", "just a mild pull, not sharp")

    assert (state.move, state.left_out) == (Move.MILD, ())
    assert said(state, "carry on").part == 1


@pytest.mark.parametrize("text", ["dunno", "right at the bottom where my belt is", "yes"])
def test_words_that_nobody_understands_are_taken_for_more_than_a_pull(text: str) -> None:
    state = said(begun(), "ouch", text)

    assert state.move is Move.LEFT_OUT
    assert pain_needs_questions(state)


def test_why_is_answered_when_it_asks_where() -> None:
    after = SESSION.decide(said(begun(), "ouch"), Heard(text="why do you ask", intent="ask_why", confidence=0.9))

    assert after is not None
    assert after.move is Move.WHY
    assert MESSAGES.message(after).buttons


def test_the_pain_is_asked_about_when_one_stops_because_of_it() -> None:
    state = said(begun(), "ouch", "stop")

    assert state.status is Status.STOPPED
    assert [sign.flag for sign in SESSION.signs(state)] == ["leg_symptoms", "severe_or_worsening"]
    assert pain_needs_questions(state)


def test_what_hurt_is_not_shown_again_when_the_session_goes_on() -> None:
    state = said(begun(), "ouch", "sharp", "carry on")

    assert state.exercise == "exercise.half_kneeling_lean"
    assert state.left_out == ("exercise.knee_rolls",)


def test_the_last_one_that_hurts_ends_it_but_its_questions_follow() -> None:
    state = said(begun("exercise.knee_rolls"), "ouch", "sharp")

    assert state.status is Status.DONE
    assert pain_needs_questions(state)


def test_a_condition_named_in_passing_ends_the_exercise_that_it_rules_out() -> None:
    state = said(begun("exercise.half_kneeling_lean", "exercise.knee_rolls"), "is that ok with my bad knee")

    assert state.exercise == "exercise.knee_rolls"
    assert "kneeling presses on the kneecap" in MESSAGES.message(state).text


def test_a_condition_named_during_another_exercise_leaves_out_the_ones_to_come() -> None:
    state = said(begun("exercise.knee_rolls", "exercise.half_kneeling_lean", "exercise.pelvic_tilt"), "i cant kneel")
    while state.exercise == "exercise.knee_rolls":
        state = said(state, "done")

    assert state.exercise == "exercise.pelvic_tilt"


# --- always --------------------------------------------------------------------------------------------------------


TAPS = [*COMMANDS, *PAINS, "hurts", "unsure", "start"]
STEPS = st.lists(
    st.one_of(
        st.sampled_from(TAPS).map(lambda tap: f"/{tap}"),
        st.sampled_from(
            ["done", "it hurts", "down my leg", "easier", "my knee is bad", "no", "i am pregnant", "?", "wait", "ok"]
        ),
    ),
    max_size=25,
)


@settings(max_examples=200)
@given(STEPS)
def test_whatever_is_said_there_is_a_message_and_the_state_survives_a_restart(steps: list[str]) -> None:
    state = begun()
    for step in steps:
        is_tap = step.startswith("/")
        heard = Heard(choice=f"stretch_session:{step[1:]}") if is_tap else Heard(text=step, intent="nlu_fallback")
        after = SESSION.decide(state, heard)
        state = after or SessionState.from_json(SESSION.again(state.as_json()))
        assert SessionState.from_json(state.as_json()) == state
        assert MESSAGES.message(state).text
        assert len(MESSAGES.message(state).buttons) <= 5


def test_every_sign_that_is_asked_about_is_a_flag_of_the_file() -> None:
    known = {flag.id for flag in load_red_flags(ROOT / "knowledge").flags}

    for kind in (*PAINS, "unsure"):
        assert {sign.flag for sign in SESSION.signs(replace(begun(), pain=kind, move=Move.LEFT_OUT))} <= known


def test_how_many_are_left_is_told_and_the_place_kept() -> None:
    state = said(begun(), "done", "how many are left")

    assert (state.move, state.part) == (Move.HOW_MANY, 1)
    assert f"is exercise 1 of {len(LISTED)}" in MESSAGES.message(state).text
