"""What the benches make of other programs' output and of configurations."""

from __future__ import annotations

import pytest
import yaml

from backstride.settings import ROOT
from bench.encoder import messages_of_length
from bench.examples import (
    BLIND,
    BLIND_MULTI_TOPIC,
    MULTI_TOPIC,
    SEVERAL_QUESTIONS,
    TEST_SET,
    held_apart,
    held_apart_with_several_topics,
    near_and_far,
    training_examples,
)
from bench.machine import busy_seconds_of
from bench.processes import kilobytes_of_tree
from bench.scores import Reading
from bench.serving import with_epochs
from bench.several import Named, figures_of
from bench.traffic import Traffic
from bench.understanding import choose_thresholds
from bench.worker import reading_of

DEFAULT_CONFIG = (ROOT / "bench" / "default_config" / "config.yml").read_text(encoding="utf-8")


def test_memory_counts_a_process_and_its_descendants_only():
    rows = [(1, 0, 5), (10, 1, 100), (11, 10, 20), (12, 11, 3), (20, 1, 1000)]
    assert kilobytes_of_tree(10, rows) == 123


def test_memory_of_a_process_that_is_gone_is_nothing():
    assert kilobytes_of_tree(99, [(1, 0, 5)]) == 0


def test_busy_time_leaves_out_idle_and_waiting():
    #                user nice system idle iowait irq softirq steal
    assert busy_seconds_of("cpu  100 50 30 9999 888 4 6 7 0 0", 10) == pytest.approx(19.0)


def test_traffic_adds_up():
    both = Traffic((1.0, 2.0), 0.5, 1) + Traffic((3.0,), 1.0, 0)
    assert both == Traffic((1.0, 2.0, 3.0), 1.5, 1)
    assert both.messages_a_second == pytest.approx(2.0)


def test_default_configuration_is_the_one_that_rasa_uses_of_itself():
    from pathlib import Path

    import rasa.engine.recipes.config_files as shipped

    own = yaml.safe_load(DEFAULT_CONFIG)
    rasas = yaml.safe_load((Path(shipped.__path__[0]) / "default_config.yml").read_text(encoding="utf-8"))
    for part in ("pipeline", "policies"):
        without_seeds = [{k: v for k, v in one.items() if k != "random_seed"} for one in own[part]]
        assert without_seeds == rasas[part]


def test_epochs_are_replaced_everywhere_and_nothing_else_is():
    content = yaml.safe_load(with_epochs(DEFAULT_CONFIG, 3))
    epochs = [one["epochs"] for part in ("pipeline", "policies") for one in content[part] if "epochs" in one]
    assert epochs == [3, 3, 3, 3]
    assert with_epochs(DEFAULT_CONFIG, None) == DEFAULT_CONFIG


def test_messages_of_length_have_exactly_so_many_words():
    found = messages_of_length(["one two three", "four five", "six seven"], 3, 20)
    assert found == ["one two three", "four five six"]


def test_reading_of_a_message_that_rasas_fallback_took_over():
    parsed = {
        "intent": {"name": "nlu_fallback", "confidence": 0.7},
        "intent_ranking": [
            {"name": "nlu_fallback", "confidence": 0.7},
            {"name": "greet", "confidence": 0.25},
            {"name": "thanks", "confidence": 0.2},
        ],
    }
    assert reading_of(parsed) == {"ranking": ("greet", "thanks"), "confidence": 0.25, "rejected": True}


def test_reading_of_a_message_without_a_ranking():
    assert reading_of({"intent": {"name": None, "confidence": 0.0}, "intent_ranking": []})["rejected"]


def test_thresholds_follow_from_how_often_readings_are_right():
    readings, truths = [], []
    for percent in range(100):
        for copy in range(20):
            readings.append(Reading(("greet", "thanks", "help", "deny"), percent / 100))
            # As often right as the confidence says, and among the first three somewhat more often.
            truths.append("greet" if copy < percent / 5 else "thanks" if copy < percent / 5 + 6 else "goodbye")
    chosen = choose_thresholds(readings, truths)
    assert chosen.not_understood == pytest.approx(0.35, abs=0.051)
    assert chosen.did_you_mean == pytest.approx(0.5, abs=0.051)
    assert chosen.sure == pytest.approx(0.9, abs=0.051)


@pytest.mark.parametrize("file", [TEST_SET, BLIND])
def test_held_apart_messages_have_a_nearer_and_a_farther_half_out_of_scope(file):
    messages = held_apart(file)
    near, far = near_and_far(messages)
    assert {messages[i].intent for i in near + far} == {"out_of_scope"}
    assert abs(len(near) - len(far)) <= 1
    assert max(near) < min(far)


@pytest.mark.parametrize("file", [MULTI_TOPIC, BLIND_MULTI_TOPIC, SEVERAL_QUESTIONS])
def test_messages_with_several_topics_name_known_intents(file):
    known = set(yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"])
    assert all({message.main, *message.also} <= known for message in held_apart_with_several_topics(file))


def test_what_settings_are_chosen_on_is_neither_learned_nor_held_apart():
    chosen_on = {message.text for message in held_apart_with_several_topics(SEVERAL_QUESTIONS)}
    others = {
        message.text for file in (MULTI_TOPIC, BLIND_MULTI_TOPIC) for message in held_apart_with_several_topics(file)
    }
    assert not chosen_on & (others | {example.text for example in training_examples()})


def test_further_questions_are_those_beside_the_intent():
    messages = [
        Named(
            "relief_heat", frozenset({"relief_massage", "cause_general"}), frozenset({"relief_heat", "relief_massage"})
        ),
        # The wrong one of the two is the intent: the other is the further question.
        Named("relief_heat", frozenset({"relief_massage"}), frozenset({"relief_heat", "relief_massage"})),
        Named("greet", frozenset(), frozenset({"relief_heat", "relief_massage"})),
    ]
    assert [row[1] for row in figures_of(messages)] == ["2 of 3", "2 of 4 (0.50)", "2 of 3 (0.67)", "2 of 3 (0.67)"]
