"""Figures of merit, and the thresholds that are picked from the curves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.scores import (
    Band,
    Point,
    Reading,
    bands_of,
    calibration_error,
    confusions,
    curve_of,
    last_within,
    lowest_band,
    lowest_reaching,
    macro_f1,
    quality_of,
    readings_of,
    with_bias,
)

INTENTS = ("greet", "out_of_scope", "relief_heat")


def reading(best, confidence=0.9, *, rejected=False):
    return Reading((best, *(name for name in INTENTS if name != best)), confidence, rejected=rejected)


def point(threshold, *, answered=1.0, accuracy=1.0, noticed=1.0, rejected=0.0):
    return Point(threshold=threshold, answered=answered, accuracy=accuracy, noticed=noticed, rejected=rejected)


def band(low, accuracy, *, count=100):
    return Band(low=low, high=low + 0.1, count=count, accuracy=accuracy, first_three=1.0)


def test_readings_are_ranked_and_rejected_below_the_threshold():
    found = readings_of(INTENTS, np.array([[0.2, 0.1, 0.7], [0.4, 0.35, 0.25]]), reject_below=0.5)
    assert found == [
        Reading(("relief_heat", "greet", "out_of_scope"), 0.7),
        Reading(("greet", "out_of_scope", "relief_heat"), 0.4, rejected=True),
    ]


def test_bias_raises_out_of_scope_and_leaves_the_others_in_proportion():
    shifted = with_bias(INTENTS, np.array([[0.6, 0.1, 0.3]]), np.log(3))
    assert shifted == pytest.approx(np.array([[0.5, 0.25, 0.25]]))


def test_quality_counts_turned_away_messages_apart():
    readings = [
        reading("greet"),
        reading("relief_heat"),
        reading("out_of_scope"),
        reading("out_of_scope"),
        reading("greet", 0.1, rejected=True),
        reading("greet"),
    ]
    truths = ["greet", "greet", "relief_heat", "out_of_scope", "out_of_scope", "out_of_scope"]
    quality = quality_of(readings, truths)
    assert quality.accuracy == pytest.approx(2 / 6)
    assert quality.noticed == pytest.approx(2 / 3)
    assert quality.rejected == pytest.approx(1 / 3)
    assert quality.first_three == 1.0


def test_macro_f1_counts_each_intent_the_same():
    read = ["greet"] * 9 + ["greet"]
    truths = ["greet"] * 9 + ["relief_heat"]
    assert macro_f1(read, truths) == pytest.approx((18 / 19 + 0) / 2)


@pytest.mark.parametrize(
    ("confidences", "right", "expected"),
    [
        ([1.0, 1.0], [1, 1], 0.0),
        ([1.0, 1.0], [0, 0], 1.0),
        ([0.75, 0.75, 0.75, 0.75], [1, 1, 1, 0], 0.0),
        ([0.9, 0.1], [0, 0], 0.5),
        ([], [], 0.0),
    ],
)
def test_calibration_error_is_the_gap_between_confidence_and_accuracy(confidences, right, expected):
    assert calibration_error(np.array(confidences), np.array(right, float)) == pytest.approx(expected)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_calibration_error_is_a_share(rows):
    confidences = np.array([confidence for confidence, _ in rows])
    right = np.array([is_right for _, is_right in rows], float)
    assert 0 <= calibration_error(confidences, right) <= 1


def test_curve_tells_what_is_answered_and_how_well():
    readings = [reading("greet", 0.9), reading("greet", 0.3), reading("out_of_scope", 0.8), reading("greet", 0.4)]
    truths = ["greet", "relief_heat", "out_of_scope", "out_of_scope"]
    everything, half, nothing = curve_of(readings, truths, [0.0, 0.5, 1.0])
    assert everything == Point(threshold=0.0, answered=0.75, accuracy=1 / 3, noticed=0.5, rejected=0.0)
    assert half == Point(threshold=0.5, answered=0.25, accuracy=1.0, noticed=1.0, rejected=0.5)
    assert nothing == Point(threshold=1.0, answered=0.0, accuracy=0.0, noticed=1.0, rejected=1.0)


def test_a_higher_threshold_never_answers_more():
    readings = [reading("greet", confidence / 10) for confidence in range(11)]
    points = curve_of(readings, ["greet"] * 11, [i / 10 for i in range(11)])
    assert [p.answered for p in points] == sorted((p.answered for p in points), reverse=True)


def test_bands_take_in_every_message_once():
    readings = [reading("greet", confidence) for confidence in (0.0, 0.49, 0.5, 1.0)]
    bands = bands_of(readings, ["greet", "relief_heat", "greet", "greet"], [0.0, 0.5, 1.0])
    assert [(one.count, one.accuracy) for one in bands] == [(2, 0.5), (2, 1.0)]


def test_lowest_reaching_is_the_start_of_the_good_end_of_the_curve():
    points = [point(0.0, accuracy=0.96), point(0.3, accuracy=0.9), point(0.6, accuracy=0.95), point(0.9, accuracy=0.99)]
    found = lowest_reaching(points, accuracy=0.95)
    assert found is not None
    assert found.threshold == 0.6


def test_lowest_reaching_passes_over_thresholds_that_answer_nothing():
    points = [point(0.5, accuracy=0.97), point(0.9, answered=0.0, accuracy=0.0)]
    found = lowest_reaching(points, accuracy=0.95)
    assert found is not None
    assert found.threshold == 0.5


def test_lowest_reaching_is_none_where_nothing_is_good_enough():
    assert lowest_reaching([point(0.5, accuracy=0.5)], accuracy=0.95) is None


def test_lowest_band_stops_at_the_first_bad_one_from_above():
    bands = [band(0.1, 0.9), band(0.2, 0.3), band(0.3, 0.6), band(0.4, 0.8)]
    found = lowest_band(bands, lambda one: one.accuracy >= 0.5)
    assert found is not None
    assert found.low == 0.3


def test_lowest_band_passes_over_bands_of_few_messages():
    bands = [band(0.2, 0.6), band(0.3, 0.0, count=2), band(0.4, 0.8)]
    found = lowest_band(bands, lambda one: one.accuracy >= 0.5)
    assert found is not None
    assert found.low == 0.2


def test_the_last_point_that_turns_away_few_enough_is_chosen():
    points = [point(0, rejected=0.01), point(0, rejected=0.04), point(0, rejected=0.05)]
    assert last_within(points, rejected=0.04) == 1


def test_the_first_point_is_chosen_where_all_turn_away_too_many():
    assert last_within([point(0, rejected=0.2), point(0, rejected=0.3)], rejected=0.04) == 0


def test_confusions_come_most_frequent_first():
    readings = [reading("greet"), reading("greet"), reading("relief_heat"), reading("greet")]
    truths = ["relief_heat", "relief_heat", "greet", "greet"]
    assert confusions(readings, truths, 5) == [("relief_heat", "greet", 2), ("greet", "relief_heat", 1)]
