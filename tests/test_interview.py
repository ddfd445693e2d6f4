"""The state machine of short conversations: pure, without words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstride.interview import Command, Move, Opening, Reading, State, Status, again, begin, decide
from backstride.questionnaire import CONDITIONS, Beyond, Option, Question, Questionnaire

TODAY = "2026-11-23"


def question(name: str, **more: Any) -> Question:
    options = (Option(id="a", title="A", words="a"), Option(id="b", title="B", words="b"))
    return Question(id=name, ask=f"{name}?", label=name, why="because", means="this", options=options, **more)


THREE = Questionnaire(questions=(question("one"), question("two"), question("three")))


def after(state: State, **reading: Any) -> State:
    decided = decide(state, Reading(**reading), THREE)
    assert decided is not None
    return decided


def test_the_first_open_question_is_asked() -> None:
    state = begin(THREE, {"one": "a"}, today=TODAY)
    assert (state.asking, state.move) == ("two", Move.ASK)


def test_all_told_at_once_asks_nothing() -> None:
    state = begin(THREE, {"one": "a", "two": "b", "three": "a"}, today=TODAY)
    assert (state.status, state.move) == (Status.DUE, Move.CONCLUDE)


def test_an_answer_leads_to_the_next_question() -> None:
    state = after(begin(THREE, {}, today=TODAY), reply="b")
    assert (state.answers, state.asking) == ({"one": "b"}, "two")


def test_an_answer_that_tells_more_skips_what_it_tells() -> None:
    state = after(begin(THREE, {}, today=TODAY), reply="b", told={"two": "a"})
    assert state.asking == "three"


def test_skip_leaves_a_question_without_an_answer() -> None:
    state = after(begin(THREE, {}, today=TODAY), command=Command.SKIP)
    assert (state.answers, state.asking) == ({"one": None}, "two")


def test_why_says_why_and_keeps_the_question() -> None:
    state = after(begin(THREE, {}, today=TODAY), command=Command.WHY)
    assert (state.move, state.asking) == (Move.WHY, "one")


def test_back_asks_the_question_before_anew() -> None:
    state = after(after(begin(THREE, {}, today=TODAY), reply="a"), command=Command.BACK)
    assert (state.asking, "one" in state.answers) == ("one", False)


def test_back_at_the_first_question_says_so() -> None:
    assert after(begin(THREE, {}, today=TODAY), command=Command.BACK).move is Move.AT_START


def test_stop_keeps_the_answers_and_carry_on_goes_on() -> None:
    stopped = after(after(begin(THREE, {}, today=TODAY), reply="a"), command=Command.STOP)
    assert stopped.status is Status.STOPPED
    resumed = after(stopped, command=Command.RESUME)
    assert (resumed.asking, resumed.move, resumed.answers) == ("two", Move.RESUMED, {"one": "a"})


def test_an_unclear_answer_is_asked_again_and_then_left_out() -> None:
    unclear = after(begin(THREE, {}, today=TODAY))
    assert (unclear.move, unclear.asking) == (Move.UNCLEAR, "one")
    left_out = after(unclear)
    assert (left_out.move, left_out.asking, left_out.answers) == (Move.LEFT_OUT, "two", {"one": None})


def test_what_is_told_between_two_unclear_answers_does_not_make_the_question_go_on_for_ever() -> None:
    told = after(after(begin(THREE, {}, today=TODAY)), told={"three": "a"})
    assert (told.move, told.asking) == (Move.NOTED, "one")

    left_out = after(told)

    assert (left_out.move, left_out.asking) == (Move.LEFT_OUT, "two")
    assert after(after(left_out), told={"two": "a"}).unclear == 0


def test_an_unclear_answer_to_a_question_that_was_pushed_aside_says_it_again() -> None:
    assert after(begin(THREE, {}, today=TODAY), is_reply=False).move is Move.AGAIN


def test_another_subject_is_not_for_it() -> None:
    assert decide(begin(THREE, {}, today=TODAY), Reading(is_other=True), THREE) is None


def test_an_answer_with_a_question_is_noted_and_the_question_is_left_to_others() -> None:
    state = after(begin(THREE, {}, today=TODAY), reply="a", is_other=True)
    assert (state.move, state.asking) == (Move.SILENT, "two")


def test_a_correction_changes_an_earlier_answer() -> None:
    state = after(after(begin(THREE, {}, today=TODAY), reply="a"), told={"one": "b"}, corrects=True)
    assert (state.answers["one"], state.changed, state.move, state.asking) == ("b", ("one",), Move.CHANGED, "two")


def test_another_answer_to_an_earlier_question_counts_as_a_correction() -> None:
    state = after(after(begin(THREE, {}, today=TODAY), reply="a"), told={"one": "b"})
    assert state.answers["one"] == "b"


def test_a_correction_after_the_end_gives_the_result_again() -> None:
    done = begin(THREE, {"one": "a", "two": "b", "three": "a"}, today=TODAY)
    state = after(done, told={"two": "a"}, corrects=True)
    assert (state.move, state.changed, state.answers["two"]) == (Move.CONCLUDE, ("two",), "a")


ALL = {"one": "a", "two": "b", "three": "a"}


def due() -> State:
    return begin(THREE, ALL, today=TODAY)


def test_the_same_answer_after_the_end_is_not_for_it() -> None:
    assert decide(due().delivered(), Reading(told={"two": "b"}), THREE) is None


def test_more_of_the_result_is_shown_after_the_end() -> None:
    done = due().delivered()
    assert (after(done, shows="summary").move, after(done, shows="summary").shows) == (Move.SHOW, "summary")


def test_a_skipped_question_is_answered_late_after_the_end() -> None:
    done = begin(THREE, {**ALL, "two": None}, today=TODAY).delivered()
    late = after(done, told={"two": "b"})
    assert (late.move, late.noted, late.answers["two"]) == (Move.CONCLUDE, ("two",), "b")


def test_a_late_answer_counts_while_the_result_waits() -> None:
    state = after(begin(THREE, {**ALL, "two": None}, today=TODAY), told={"two": "b"})
    assert (state.status, state.move, state.noted) == (Status.DUE, Move.CONCLUDE, ("two",))


def test_another_subject_leaves_the_result_due() -> None:
    assert decide(due(), Reading(is_other=True), THREE) is None
    assert (again(due()).status, again(due()).move) == (Status.DUE, Move.CONCLUDE)


def test_what_comes_before_the_result_is_not_said_for_ever() -> None:
    assert (again(due()).unchecked, again(again(due())).unchecked) == (False, True)


@pytest.mark.parametrize("command", [Command.SKIP, Command.FINISH])
def test_the_result_comes_without_what_must_come_before_it_where_that_is_skipped(command: Command) -> None:
    state = after(due(), command=command)
    assert (state.move, state.unchecked) == (Move.CONCLUDE, True)


def test_what_was_skipped_before_the_result_can_be_taken_up() -> None:
    state = after(after(due(), command=Command.SKIP).delivered(), command=Command.RESUME)
    assert (state.status, state.unchecked) == (Status.DUE, False)


def test_the_result_at_once_skips_the_rest() -> None:
    state = after(begin(THREE, {"one": "a"}, today=TODAY), command=Command.FINISH)
    assert (state.status, state.unchecked, state.answers) == (
        Status.DUE,
        False,
        {"one": "a", "two": None, "three": None},
    )


def test_what_a_question_means_is_said_with_it() -> None:
    state = after(begin(THREE, {}, today=TODAY), command=Command.EXPLAIN)
    assert (state.move, state.asking) == (Move.EXPLAIN, "one")


def test_a_yes_that_answers_nothing_is_asked_which() -> None:
    state = after(begin(THREE, {}, today=TODAY), affirms=True)
    assert (state.move, state.asking) == (Move.WHICH, "one")


def test_what_is_told_instead_of_an_answer_is_noted() -> None:
    state = after(begin(THREE, {}, today=TODAY), told={"two": "a"})
    assert (state.move, state.asking, state.noted) == (Move.NOTED, "one", ("two",))


def test_what_has_asked_nothing_yet_begins_as_if_new() -> None:
    state = again(replace(begin(THREE, {}, today=TODAY), opening=Opening.LATER))
    assert (state.move, state.opening) == (Move.ASK, Opening.NOW)


def test_the_opening_is_said_once() -> None:
    state = begin(THREE, {}, today=TODAY)
    assert (state.opening, again(state).opening, after(state, reply="a").opening) == (
        Opening.NOW,
        Opening.OVER,
        Opening.OVER,
    )


def test_what_is_known_already_is_not_called_unclear() -> None:
    state = after(begin(THREE, {"one": "a"}, today=TODAY), told={"one": "a"})
    assert (state.move, state.noted, state.unclear) == (Move.KNOWN, ("one",), 0)


def test_thanks_get_a_word_and_the_question() -> None:
    state = after(begin(THREE, {}, today=TODAY), thanks=True, is_reply=False)
    assert (state.move, state.asking, state.unclear) == (Move.THANKED, "one", 0)


def options(*ids: str) -> tuple[Option, ...]:
    return tuple(Option(id=each, title=each, words=each) for each in ids)


PLACES = Question(
    id="where",
    ask="where?",
    label="where",
    why="because",
    means="this",
    gathers=True,
    either=("left", "right"),
    options=options("low", "high", "left", "right"),
)


@pytest.mark.parametrize(
    ("before", "now", "corrects", "together"),
    [
        (None, ("left",), False, ("left",)),
        (("low",), ("left",), False, ("low", "left")),
        (("low",), ("high",), False, ("low", "high")),
        (("low", "left"), ("right",), False, ("low", "right")),
        (("low", "left"), ("low",), False, ("left", "low")),
        (("low", "left"), ("right",), True, ("low", "right")),
        (("low", "left"), ("high",), True, ("left", "high")),
        # As it was kept before several could be said.
        ("low", ("left",), False, ("low", "left")),
    ],
)
def test_answers_that_hold_together_are_kept_together(
    before: Any, now: tuple[str, ...], corrects: bool, together: tuple[str, ...]
) -> None:
    assert set(PLACES.together(before, now, corrects=corrects)) == set(together)


def test_what_is_said_once_more_of_several_is_no_change() -> None:
    one = Questionnaire(questions=(PLACES, question("two")))
    state = decide(begin(one, {"where": ("low", "left")}, today=TODAY), Reading(told={"where": ("low",)}), one)
    assert state is not None
    assert (state.move, set(state.answers["where"])) == (Move.KNOWN, {"low", "left"})


def test_what_is_said_besides_is_noted_and_no_change() -> None:
    one = Questionnaire(questions=(PLACES, question("two")))
    state = decide(begin(one, {"where": ("low",)}, today=TODAY), Reading(told={"where": ("left",)}), one)
    assert state is not None
    assert (state.move, state.noted, set(state.answers["where"])) == (Move.NOTED, ("where",), {"low", "left"})


BEYOND = Beyond(fact="ran", than=("longest", "usual"), percent=10)
JUMP = Questionnaire(
    questions=(
        question("one").copy(update={"options": (Option(id="more", title="More", words="more", shown_by=BEYOND),)}),
        question("two"),
    )
)


@pytest.mark.parametrize(
    ("told", "asking"),
    [
        ({"ran": 10, "usual": 5}, "two"),
        ({"ran": 10, "longest": 9}, "two"),
        # The longest says more than what is usual.
        ({"ran": 10, "longest": 10, "usual": 5}, "one"),
        ({"ran": 10, "usual": 0}, "one"),
        ({"ran": 10}, "one"),
        ({}, "one"),
    ],
)
def test_a_question_that_numbers_answer_is_not_asked(told: dict[str, Any], asking: str) -> None:
    assert begin(JUMP, told, today=TODAY).asking == asking


def test_a_condition_that_is_taken_back_after_the_end_gives_the_result_again() -> None:
    done = replace(due(), answers={**ALL, CONDITIONS: ("knee_pain",)}).delivered()
    state = after(done, told={CONDITIONS: ()})
    assert (state.move, state.changed, state.answers[CONDITIONS]) == (Move.CONCLUDE, (CONDITIONS,), ())


def test_a_state_of_an_older_version_is_read() -> None:
    kept = {key: value for key, value in due().as_json().items() if key not in {"noted", "unchecked", "opening"}}
    assert State.from_json(kept) == replace(due(), opening=Opening.OVER)


def test_goodbye_stops_without_a_word() -> None:
    state = after(begin(THREE, {}, today=TODAY), leaves=True)
    assert (state.status, state.move) == (Status.STOPPED, Move.SILENT)


def test_after_something_else_the_question_is_said_again() -> None:
    assert again(begin(THREE, {}, today=TODAY)).move is Move.AGAIN


def test_a_question_is_left_out_where_another_answer_says_so() -> None:
    two = Questionnaire(questions=(question("one"), question("two", unless={"one": ("a",)})))
    assert begin(two, {"one": "a"}, today=TODAY).status is Status.DUE
    assert begin(two, {"one": "b"}, today=TODAY).asking == "two"


readings = st.builds(
    Reading,
    reply=st.sampled_from([None, "a", "b", 3, ("a", "b")]),
    told=st.dictionaries(st.sampled_from(["one", "two", "three", "age"]), st.sampled_from(["a", "b", 4])),
    command=st.sampled_from(list(Command)),
    corrects=st.booleans(),
    is_other=st.booleans(),
    leaves=st.booleans(),
    is_reply=st.booleans(),
)


@given(st.lists(readings, max_size=12))
def test_whatever_is_said_the_state_holds_together_and_survives_being_kept(said: list[Reading]) -> None:
    state = begin(THREE, {}, today=TODAY)
    for reading in said:
        state = decide(state, reading, THREE) or state
        assert State.from_json(state.as_json()) == state
        if state.status is Status.OPEN:
            assert state.asking in {"one", "two", "three"}
            assert state.asking not in state.answers
        if state.status is Status.DONE:
            assert {"one", "two", "three"} <= state.answers.keys()


@given(st.lists(st.sampled_from(["a", "b", None]), min_size=3, max_size=3))
def test_three_answers_or_skips_end_it(said: list[str | None]) -> None:
    state = begin(THREE, {}, today=TODAY)
    for reply in said:
        state = after(state, reply=reply) if reply else after(state, command=Command.SKIP)
    assert state.status is Status.DUE


def test_an_answer_that_is_called_for_no_more_is_forgotten() -> None:
    """How high up on that side, once it is no side after all."""
    asked = Questionnaire(questions=(question("one"), question("two", only={"one": ("a",)}), question("three")))
    state = replace(begin(asked, {"one": "a", "two": "b"}, today=TODAY), asking="three")

    corrected = decide(state, Reading(told={"one": "b"}, corrects=True), asked)

    assert corrected is not None
    assert corrected.answers == {"one": "b"}


def test_what_an_answer_is_not_goes() -> None:
    gathers = Questionnaire(questions=(question("one", gathers=True, either=("b",)), question("two")))
    state = begin(gathers, {"one": ("b",)}, today=TODAY)

    corrected = decide(state, Reading(told={"one": ("a",)}, denied={"one": ("b",)}, corrects=True), gathers)

    assert corrected is not None
    assert corrected.answers == {"one": ("a",)}
