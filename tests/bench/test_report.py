"""Percentiles, numbers and tables of the benches' reports."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.report import Latency, latency, number, percentile, table

TIMES = st.lists(st.floats(0, 1e6), min_size=1, max_size=50)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([7.0], 0.95, 7.0),
        ([1.0, 2.0, 3.0], 0.5, 2.0),
        ([4.0, 1.0, 3.0, 2.0], 0.5, 2.5),
        ([0.0, 10.0], 0.95, 9.5),
        ([3.0, 1.0, 2.0], 0.0, 1.0),
        ([3.0, 1.0, 2.0], 1.0, 3.0),
    ],
)
def test_percentile_interpolates_between_neighbours(values, share, expected):
    assert percentile(values, share) == pytest.approx(expected)


@given(TIMES, st.floats(0, 1))
def test_percentile_lies_within_the_values(values, share):
    assert min(values) - 1e-6 <= percentile(values, share) <= max(values) + 1e-6


@given(TIMES)
def test_percentiles_are_in_order(values):
    found = latency(values)
    assert found.p50 <= found.p95 + 1e-6


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1.0], 1.5), ([1.0], -0.1)])
def test_percentile_of_nothing_or_at_no_share_is_refused(values, share):
    with pytest.raises(ValueError, match="A percentile needs"):
        percentile(values, share)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0"), (0.1234, "0.12"), (9.876, "9.88"), (12.34, "12.3"), (123.4, "123"), (45678.9, "45,679")],
)
def test_number_keeps_the_digits_that_count(value, expected):
    assert number(value) == expected


def test_latency_is_written_as_two_numbers():
    assert str(Latency(1.234, 56.78)) == "1.23 / 56.8"


def test_table_aligns_text_left_and_numbers_right():
    assert (
        table(["what", "ms"], [["a", 1], ["b|c", 2.5]]) == "| what | ms |\n| --- | ---: |\n| a | 1 |\n| b\\|c | 2.5 |\n"
    )


def test_table_may_have_several_columns_of_text():
    assert table(["a", "b", "c"], [["x", "y", 1]], texts=2).splitlines()[1] == "| --- | --- | ---: |"


def test_table_refuses_a_row_of_another_length():
    with pytest.raises(ValueError, match="has 1 cells, the head has 2"):
        table(["a", "b"], [["only one"]])
