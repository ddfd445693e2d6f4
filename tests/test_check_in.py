"""From answers to what commonly goes with them and a plan."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstride.check_in import Plan, load_plan_rules, make_plan, words_of
from backstride.errors import KnowledgeError
from backstride.knowledge import load_knowledge
from backstride.questionnaire import Value, load_questionnaires
from backstride.settings import ROOT

RULES, KNOWLEDGE = load_plan_rules(), load_knowledge()
CHECK_IN = load_questionnaires().questionnaires["check_in"]
BEGAN = date(2026, 11, 23)


def plan(named: tuple[str, ...] = (), /, **answers: Value) -> Plan:
    return make_plan(answers, RULES, CHECK_IN, KNOWLEDGE, began=BEGAN, conditions=named)


@pytest.mark.parametrize(
    ("answers", "entry", "because"),
    [
        (
            {"last_run_km": 18.0, "longest_run_km": 12.0},
            "cause.too_much_exercise",
            "you ran 18 km, and your longest in the month before was 12 km",
        ),
        (
            {"last_run_km": 10 * 1.609344, "longest_run_km": 5 * 1.609344, "unit": "mi"},
            "cause.too_much_exercise",
            "you ran 10 miles, and your longest in the month before was 5 miles",
        ),
        (
            {"last_run_km": 10.0, "usual_run_km": 5.0},
            "cause.too_much_exercise",
            "you ran 10 km, and your usual run is 5 km",
        ),
        ({"run": ("first_in_a_while",)}, "cause.lack_of_exercise", "the run was the first in a while"),
        (
            {"run": ("longer", "hillier")},
            "cause.too_much_exercise",
            "the run was longer than usual and hillier than usual",
        ),
        ({"habits": ("sits", "no_strength")}, "cause.weak_back", "you do no strength training"),
        ({"setup": ("shoes",)}, "prevent.venue_shoes", "on that run: new or worn-out shoes"),
        ({"setup": ("no_warm_up",)}, "cause.no_warm_up", "you went without, though that link is thin"),
        ({"setup": ("slumped",)}, "cause.posture", "you were slumping when tired, though that link is thin"),
    ],
)
def test_what_commonly_goes_with_the_answers(answers: dict[str, Value], entry: str, because: str) -> None:
    first = plan(**answers).findings[0]
    assert (first.entry, first.because) == (entry, because)


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"run": ("usual",), "setup": ("none",), "habits": ("none",)},
        {"last_run_km": 10.0, "longest_run_km": 10.0},
        {"last_run_km": 11.0, "longest_run_km": 10.0},
        # Longer than usual, and not longer than the longest.
        {"last_run_km": 10.0, "longest_run_km": 12.0, "usual_run_km": 5.0},
        {"run": None, "setup": None},
    ],
)
def test_nothing_stands_out_where_nothing_does(answers: dict[str, Value]) -> None:
    assert plan(**answers).findings == ()


def test_a_jump_in_distance_counts_more_than_thin_links() -> None:
    found = plan(last_run_km=18.0, longest_run_km=12.0, setup=("no_warm_up", "shoes"), habits=("no_strength",))
    assert [finding.entry for finding in found.findings] == ["cause.too_much_exercise", "cause.weak_back"]


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"pain": 8}, "Today, by phone"),
        ({"pain": 3, "trend": "worse"}, "next few days"),
        ({"since": 100}, "more than 12 weeks"),
        ({"since": 45, "trend": "same"}, "after six weeks"),
        ({"since": 16, "trend": "same"}, "after two weeks it should be easing"),
        ({"since": 16, "trend": "better"}, "on 19 December"),
        ({"since": 1}, "on 6 December"),
        ({}, "no better after two weeks"),
    ],
)
def test_when_to_see_someone_follows_the_weeks_and_the_way_it_goes(answers: dict[str, Value], words: str) -> None:
    assert words in plan(**answers).see_someone[0]


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"legs": "one_leg", "pain": 1}, "After a doctor"),
        ({"trend": "worse", "pain": 1}, "Not while it is getting worse"),
        ({"pain": 5}, "brisk 30-minute walk"),
        ({"pain": 2}, "Short and easy"),
        ({}, "brisk 30-minute walk"),
    ],
)
def test_when_to_run_again(answers: dict[str, Value], words: str) -> None:
    assert words in plan(**answers).run_again[0]


def test_a_jump_that_was_told_in_numbers_shapes_the_next_weeks() -> None:
    assert "within a tenth" in plan(last_run_km=10.0, usual_run_km=5.0).weeks[0]


def test_strong_pain_begins_with_walking_and_gentle_moves() -> None:
    assert plan(pain=7, habits=("no_strength",)).exercises[0] == "exercise.walking"
    assert "exercise.glute_bridge" not in plan(pain=7, habits=("no_strength",)).exercises


def test_little_pain_and_no_strength_work_bring_strength() -> None:
    assert "exercise.glute_bridge" in plan(pain=2, habits=("no_strength",)).exercises


def test_no_plan_names_an_exercise_that_is_not_for_a_named_condition() -> None:
    excluding = {
        exclusion.condition for exercise in RULES.exercises for exclusion in KNOWLEDGE.entry(exercise.entry).not_for
    }
    assert excluding
    for condition in excluding:
        answers: dict[str, Value] = {"pain": 2, "habits": ("no_strength", "sits"), "place": "buttock"}
        named_before = plan((condition,), **answers).exercises
        named_in_answers = plan(**answers, conditions=(condition,)).exercises
        for exercise in (*named_before, *named_in_answers):
            assert not KNOWLEDGE.exclusions(KNOWLEDGE.entry(exercise), [condition])


values = {
    "pain": st.one_of(st.none(), st.integers(0, 10)),
    "since": st.one_of(st.none(), st.integers(0, 900)),
    "place": st.sampled_from([None, "lower", ("lower", "one_side_left"), ("upper",), ("buttock", "hip_left")]),
    "trend": st.sampled_from([None, "better", "same", "worse", "comes_and_goes"]),
    "legs": st.sampled_from([None, "none", "one_leg"]),
    "run": st.sampled_from([None, ("longer",), ("faster", "hillier"), ("first_in_a_while",), ("usual",)]),
    "setup": st.sampled_from([None, ("no_warm_up", "shoes"), ("slumped",), ("none",)]),
    "habits": st.sampled_from([None, ("sits",), ("no_strength",), ("none",)]),
    "last_run_km": st.one_of(st.none(), st.floats(1, 60)),
    "longest_run_km": st.one_of(st.none(), st.floats(0, 60)),
    "usual_run_km": st.one_of(st.none(), st.floats(0, 60)),
}


@given(st.fixed_dictionaries(values))
def test_every_plan_is_short_and_whole(answers: dict[str, Value]) -> None:
    made = plan(**answers)
    for section in (made.today, made.leave, made.weeks, made.run_again, made.see_someone):
        assert 1 <= len(section) <= 2
        assert all("{" not in line for line in section)
    assert len(made.exercises) <= 3
    assert set(made.entries) <= KNOWLEDGE.entries.keys()
    words = " ".join((*made.today, *made.leave, *made.weeks, *made.run_again, *made.see_someone))
    assert len(words.split()) <= 150


@given(st.fixed_dictionaries(values))
def test_a_plan_never_diagnoses_or_clears(answers: dict[str, Value]) -> None:
    made = plan(**answers)
    said = " ".join((*(f.because for f in made.findings), *made.today, *made.run_again, *made.see_someone)).casefold()
    for word in ("you have", "your risk", "you are fine", "diagnos", "cleared to"):
        assert word not in said


@pytest.mark.parametrize(
    ("question", "value", "words"),
    [
        ("pain", 6, "6 of 10"),
        ("place", "one_side_left", "the left side"),
        ("run", ("longer", "faster"), "longer than usual and faster than usual"),
        ("trend", None, ""),
        ("last_run_km", 10.0, "10 km"),
    ],
)
def test_answers_in_words(question: str, value: Value, words: str) -> None:
    assert words_of(question, value, CHECK_IN) == words


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("entry: cause.weak_back", "entry: cause.week_back", "does not have"),
        ("when: {run: [first_in_a_while]}", "when: {runs: [first_in_a_while]}", "does not ask"),
        ("when: {trend: [worse]}", "when: {trend: [worst]}", "does not have"),
    ],
)
def test_a_rule_that_names_nothing_is_refused_with_its_line(tmp_path: Path, wrong: str, right: str, said: str) -> None:
    shutil.copytree(ROOT / "knowledge", tmp_path / "knowledge")
    path = tmp_path / "knowledge" / "plan.yml"
    text = path.read_text(encoding="utf-8")
    assert wrong in text
    path.write_text(text.replace(wrong, right, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"plan\.yml:\d+:") as raised:
        load_plan_rules(tmp_path / "knowledge")
    assert said in str(raised.value)
