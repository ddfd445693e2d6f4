"""The figures of intents and warning signs, on a few messages whose figures are known."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from backstride.evaluation.intents import read_test_set, score_intents
from backstride.evaluation.red_flags import (
    FlagFigures,
    FlagMessage,
    FlagReading,
    Share,
    measure_flags,
    read_messages,
    readings_of,
    wilson,
)
from backstride.triage import Urgency

EMERGENCY, SOON = Urgency.EMERGENCY_NOW, Urgency.DOCTOR_DAYS


def reading(flag: str, state: str = "present", urgency: Urgency = EMERGENCY) -> FlagReading:
    return FlagReading(id=flag, state=state, urgency=urgency)


def message(kind: str, flag: str | None = None, urgency: Urgency | None = None) -> FlagMessage:
    return FlagMessage(text=f"{kind} {flag}", kind=kind, flag=flag, urgency=urgency)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcd")), min_size=1))
def test_f1_is_that_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    right, predicted = [r for r, _ in pairs], [p for _, p in pairs]
    figures = score_intents(right, predicted)
    names = sorted(set(right))

    theirs = f1_score(right, predicted, labels=names, average=None, zero_division=0)

    assert [figures.intents[name].f1 for name in names] == pytest.approx(list(theirs))
    assert figures.macro_f1 == pytest.approx(theirs.mean())


def test_no_messages_are_no_error() -> None:
    assert score_intents([], []).accuracy == 0


def test_a_test_set_is_read(tmp_path: Path) -> None:
    file = tmp_path / "set.yml"
    file.write_text("nlu:\n- intent: greet\n  examples: |\n    - hi\n    - hello - you\n")

    assert [(e.text, e.intent) for e in read_test_set(file)] == [("hi", "greet"), ("hello - you", "greet")]


@pytest.mark.parametrize(
    ("message", "read", "told"),
    [
        (
            message("red_flag", "heart", EMERGENCY),
            [reading("heart")],
            {"urgent enough": 1, "right flag named": 1, "emergency answered as emergency": 1},
        ),
        (
            message("red_flag", "heart", EMERGENCY),
            [reading("heart", urgency=SOON)],
            {"urgent enough": 0, "right flag named": 1, "emergency answered as emergency": 0},
        ),
        (
            message("red_flag", "heart", EMERGENCY),
            [reading("heart", "absent")],
            {"urgent enough": 0, "right flag named": 0, "emergency answered as emergency": 0},
        ),
        (message("red_flag", "cancer", SOON), [reading("heart")], {"urgent enough": 1, "right flag named": 0}),
        (message("long", "heart", EMERGENCY), [reading("lung")], {"emergency noticed in a long message": 1}),
        (message("long", "cancer", SOON), [], {}),
        (message("denied", "heart"), [reading("heart", "ask")], {"denied flag raised as present": 0}),
        (message("denied", "heart"), [reading("heart")], {"denied flag raised as present": 1}),
        (message("clean"), [], {"clean message with an alarm": 0, "clean message with a question": 0}),
        (
            message("clean"),
            [reading("lung", "ask")],
            {"clean message with an alarm": 0, "clean message with a question": 1},
        ),
        (
            message("clean"),
            [reading("lung"), reading("heart", "ask")],
            {"clean message with an alarm": 1, "clean message with a question": 0},
        ),
        (message("lookalike", "heart"), [reading("heart")], {}),
    ],
)
def test_what_is_measured_on_a_message(message: FlagMessage, read: list[FlagReading], told: dict[str, int]) -> None:
    figures = measure_flags([message], [read])

    assert {what: share.hits for what, share in figures.shares.items()} == told


def test_an_emergency_that_is_not_noticed_at_all_is_named() -> None:
    seen, unseen = message("red_flag", "heart", EMERGENCY), message("long", "lung", EMERGENCY)
    figures = measure_flags([seen, unseen], [[reading("heart", "ask", SOON)], [reading("heart", urgency=SOON)]])

    assert figures.missed == (unseen.text,)
    assert figures.flags == {"heart": Share(hits=0, tries=1), "lung": Share(hits=0, tries=1)}


def test_what_lies_outside_its_limit_is_told() -> None:
    shares = {"urgent enough": Share(hits=94, tries=100), "clean message with an alarm": Share(hits=3, tries=100)}

    assert set(FlagFigures(shares=shares, flags={}).failures()) == set(shares)


def test_all_held_apart_files_of_a_folder_are_read_and_the_blind_ones_when_asked_for(tmp_path: Path) -> None:
    line = '{"text": "a", "flag": null, "urgency": null, "kind": "clean", "also": []}\n'
    (tmp_path / "held_apart.jsonl").write_text(line)
    (tmp_path / "held_apart_stories.jsonl").write_text(line * 2)

    (tmp_path / "blind.jsonl").write_text(line)

    assert len(read_messages(tmp_path)) == 3
    assert len(read_messages(tmp_path, "blind.jsonl")) == 1


def test_the_models_own_answer_is_read() -> None:
    said = {"id": "heart", "state": "ask", "urgency": "emergency_now", "evidence": "x", "tags": []}

    assert readings_of([said]) == (reading("heart", "ask"),)


def test_wilson_interval_of_a_known_share() -> None:
    low, high = wilson(60, 60)

    assert (round(low, 2), round(high, 2)) == (0.94, 1.0)
    assert Share(hits=0, tries=0).interval == (0.0, 1.0)
