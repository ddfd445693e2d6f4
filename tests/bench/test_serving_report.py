"""What the report of the serving bench computes, and what it says where something was not measured."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from bench.examples import held_apart
from bench.machine import Watch
from bench.processes import Finished
from bench.scores import Reading
from bench.serving import _attempt
from bench.serving_report import (
    AGAIN,
    BARE,
    DEFAULT,
    ECHO,
    ENCODER,
    OURS,
    InProcess,
    Run,
    Served,
    Trained,
    for_all_epochs,
    text_of,
)  # fmt: skip
from bench.traffic import Traffic


def test_all_epochs_take_the_fixed_part_and_so_much_for_each():
    assert for_all_epochs(Finished(120.0, 100.0), Finished(160.0, 120.0), 4) == Finished(2080.0, 1080.0)


def run_of(default_epochs: int | None = None) -> Run:
    options = argparse.Namespace(default_epochs=default_epochs, stores=["sqlite"], threads=2, messages=3, rounds=1)
    return Run(options, "A machine.", Watch(), held_apart())


def fill(run: Run) -> Run:
    """Everything measured; ours is ten times as fast as the defaults."""
    for name, seconds in ((DEFAULT, 160.0), (OURS, 80.0), (AGAIN, 80.0)):
        run.trained[name] = Trained(Path("no-such-model"), Finished(seconds, seconds))
    readings = [Reading((message.intent,), 1.0, False) for message in run.messages]
    for name, milliseconds in ((DEFAULT, 40.0), (OURS, 4.0), (AGAIN, 4.0), (ENCODER, 3.0)):
        run.in_process[name] = InProcess(
            [milliseconds], [milliseconds], acted=[True], load_s=1.0, megabytes=100.0, readings=readings
        )
    run.served["sqlite"] = {
        name: Served(9.0, 100.0, {clients: Traffic((ms,), ms / 1000, 0) for clients in (1, 16)})
        for name, ms in ((ECHO, 1.0), (DEFAULT, 50.0), (OURS, 5.0))
    }
    return run


def test_where_all_is_measured_all_targets_are_judged():
    run = fill(run_of())
    run.trained[DEFAULT] = Trained(Path("no-such-model"), Finished(800.0, 800.0))

    text = text_of(run)

    assert text.count("| yes |") == 6
    assert "not measured" not in text
    assert "computed" not in text
    assert "| Rasa's defaults | 1.000 |" in text


def test_a_training_for_few_epochs_is_carried_on_to_all_and_marked():
    run = fill(run_of(default_epochs=4))
    run.less_trained = Trained(Path("no-such-model"), Finished(120.0, 120.0))

    text = text_of(run)

    assert "| Rasa's defaults, 100 epochs, **computed** | 2,080 | 2,080 |" in text
    assert "| training, by the clock (computed) | 0.04 of the defaults' |" in text
    assert "| Rasa's defaults | not comparable |" in text


@pytest.mark.parametrize("default_epochs", [None, 4])
def test_what_was_not_measured_is_said_to_be_missing(default_epochs):
    run = run_of(default_epochs)
    run.problems.append("training the defaults: BenchError: it ended with 1")

    text = text_of(run)

    assert "**This step failed:** training the defaults" in text
    assert text.count("| not measured |") == 6
    assert "yes" not in text


def test_a_step_that_fails_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("bench.report.CACHE", tmp_path)
    run = fill(run_of())

    def fail() -> None:
        raise ValueError("a server fell over")

    _attempt("serving", fail, run)

    assert run.problems == ["serving: ValueError: a server fell over"]
    assert (tmp_path / "serving.md").read_text(encoding="utf-8") == text_of(run)


def test_rasas_engine_alone_is_set_beside_the_floor_and_ours():
    run = fill(run_of())
    run.served["sqlite"][BARE] = Served(9.0, 100.0, {clients: Traffic((10.0,), 0.01, 0) for clients in (1, 16)})

    text = text_of(run)

    assert "takes 2.5 times the floor; ours takes 0.50 of that." in text
    assert "| Rasa's engine alone | 10.0 / 10.0 | 100 | 10.0 / 10.0 | 100 | 0 of 2 |" in text


def test_of_messages_with_a_custom_action_those_count_that_run_one_in_both():
    run = fill(run_of())
    run.in_process[OURS].acted = [True, True, False]
    run.in_process[DEFAULT].acted = [True, False, True]
    for name, times in ((OURS, (6.0, 900.0, 900.0) * 2), (DEFAULT, (60.0, 1.0, 1.0) * 2)):
        run.served["sqlite"][name].traffic[1] = Traffic(times, sum(times) / 1000, 0)

    text = text_of(run)

    assert "| the same, of messages with a custom action | 0.10 of the defaults' |" in text
    assert "1 of the 3 messages run a custom action in both systems" in text
    assert "6.00 ms and 60.0 ms at the median" in text


def test_without_a_custom_action_in_both_that_row_is_missing():
    run = fill(run_of())
    run.in_process[DEFAULT].acted = [False]

    text = text_of(run)

    assert "| the same, of messages with a custom action | not measured |" in text
    assert "run a custom action in both" not in text
