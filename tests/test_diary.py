"""What diary entries say together: changes, the trend, and when somebody should have a look."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstride.diary import (
    Concern,
    DiaryEntry,
    DiaryWords,
    Direction,
    as_json,
    completed,
    concern,
    corrected,
    distance_by_day,
    from_json,
    is_rising,
    trend,
    worst_by_day,
)
from backstride.diary_export import COLUMNS, as_csv

TODAY = date(2026, 11, 23)


def days_ago(days: int, **values: object) -> DiaryEntry:
    return DiaryEntry(day=TODAY - timedelta(days=days), **values)  # type: ignore[arg-type]


def row(*scores: float, every: int = 2) -> list[DiaryEntry]:
    """Entries with these scores, the last one today."""
    return [days_ago(every * (len(scores) - 1 - place), level=score) for place, score in enumerate(scores)]


scores = st.integers(0, 20).map(lambda half: half / 2)
entries = st.builds(
    DiaryEntry,
    day=st.integers(0, 60).map(lambda days: TODAY - timedelta(days=days)),
    before=st.none() | scores,
    after=st.none() | scores,
    level=st.none() | scores,
    distance_km=st.none() | st.floats(0.4, 330),
    run_minutes=st.none() | st.integers(1, 2880),
    rested=st.booleans(),
    id=st.integers(0, 10_000),
)


# --- changes ---------------------------------------------------------------------------------------------------------


def test_the_worst_score_of_an_entry_counts() -> None:
    assert days_ago(0, before=4.0, after=6.0).worst == 6.0


def test_an_entry_without_a_score_has_no_worst() -> None:
    assert days_ago(0, distance_km=8.0).worst is None


def test_later_words_win_when_an_entry_is_completed() -> None:
    first = days_ago(0, before=4.0, distance_km=8.0)

    assert completed(first, days_ago(0, after=6.0, distance_km=9.0)) == replace(first, after=6.0, distance_km=9.0)


def test_a_run_is_taken_back_when_it_turns_out_a_rest_day() -> None:
    assert completed(days_ago(0, distance_km=8.0), days_ago(0, rested=True)) == days_ago(0, rested=True)


def test_a_rest_day_is_taken_back_when_there_was_a_run_after_all() -> None:
    assert completed(days_ago(0, rested=True), days_ago(0, distance_km=5.0)) == days_ago(0, distance_km=5.0)


def test_a_lone_score_mends_the_only_one_when_that_was_after_the_run() -> None:
    mended = corrected(days_ago(0, after=6.0), DiaryWords(entry=days_ago(0, level=3.0), corrects=True))

    assert mended == days_ago(0, after=3.0)


def test_the_day_moves_when_a_correction_names_one() -> None:
    mended = corrected(days_ago(0, level=3.0), DiaryWords(entry=days_ago(1), names_day=True, corrects=True))

    assert mended == days_ago(1, level=3.0)


@given(entry=entries)
def test_an_entry_comes_back_as_it_was_kept(entry: DiaryEntry) -> None:
    assert from_json(as_json(entry)) == entry


@given(entry=entries, more=entries)
def test_completing_twice_changes_nothing_more(entry: DiaryEntry, more: DiaryEntry) -> None:
    once = completed(entry, more)

    assert completed(once, more) == once


# --- the trend -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "direction"),
    [
        pytest.param([], Direction.EMPTY, id="nothing"),
        pytest.param(row(5, 5, 2, 2, 2), Direction.TOO_FEW, id="five days"),
        pytest.param(row(6, 6, 6, 2, 2, 2, every=1), Direction.TOO_FEW, id="six days within a week"),
        pytest.param(row(6, 6, 6, 4, 4, 4), Direction.LOWER, id="two points lower"),
        pytest.param(row(6, 6, 6, 4.5, 4.5, 4.5), Direction.SAME, id="one and a half lower is not enough"),
        pytest.param(row(3, 3, 3, 4, 4, 4), Direction.HIGHER, id="one point higher is enough"),
        pytest.param(row(3, 4, 3, 4, 3, 4), Direction.SAME, id="ups and downs"),
        pytest.param([days_ago(100 - day, level=9.0) for day in range(20)], Direction.TOO_FEW, id="long ago"),
    ],
)
def test_the_trend(written: list[DiaryEntry], direction: Direction) -> None:
    assert trend(written, TODAY).direction is direction


@given(written=st.lists(entries, max_size=40))
def test_a_fall_is_never_called_one_below_two_points(written: list[DiaryEntry]) -> None:
    found = trend(written, TODAY)

    if found.direction is Direction.LOWER:
        assert found.earlier - found.later >= 2
    if found.direction is Direction.SAME:
        assert found.later - found.earlier < 1


@given(written=st.lists(entries, max_size=40))
def test_the_order_of_writing_does_not_matter(written: list[DiaryEntry]) -> None:
    assert trend(written, TODAY) == trend(written[::-1], TODAY)


def test_two_runs_of_a_day_are_added_up() -> None:
    assert distance_by_day([days_ago(0, distance_km=3.0), days_ago(0, distance_km=4.0)]) == {TODAY: 7.0}


def test_the_worst_of_several_entries_of_a_day_counts() -> None:
    assert worst_by_day([days_ago(0, level=3.0), days_ago(0, after=7.0)]) == {TODAY: 7.0}


# --- seeing someone --------------------------------------------------------------------------------------------------


def test_three_days_each_worse_than_the_one_before_rise() -> None:
    assert is_rising(row(2, 3, 4))


@pytest.mark.parametrize("written", [row(3, 4), row(4, 4, 5), row(5, 4, 5), row(3, 4, 5, 5)])
def test_anything_else_does_not_rise(written: list[DiaryEntry]) -> None:
    assert not is_rising(written)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param(row(8), Concern.SEVERE, id="eight"),
        pytest.param(row(7.5), Concern.NONE, id="below eight"),
        pytest.param(row(3, 4, 5), Concern.WORSENING, id="rising to five"),
        pytest.param(row(1, 2, 3), Concern.RISING, id="rising, but small"),
        pytest.param(row(6, 8, 9), Concern.SEVERE, id="severe outranks rising"),
    ],
)
def test_what_an_entry_gives_reason_to_say(written: list[DiaryEntry], expected: Concern) -> None:
    assert concern(written, written[-1]) is expected


def test_an_entry_of_an_earlier_day_raises_no_alarm_about_the_latest_days() -> None:
    written = row(2, 3, 4)

    assert concern(written, written[0]) is Concern.NONE


def test_a_run_without_a_score_gives_no_reason() -> None:
    assert concern(row(2, 3, 4), days_ago(0, distance_km=5.0)) is Concern.NONE


# --- the table -------------------------------------------------------------------------------------------------------


def test_the_table_has_one_line_an_entry_in_the_order_of_the_days() -> None:
    table = as_csv([days_ago(0, before=4.0, after=6.5, distance_km=8.0), days_ago(1, level=2.0, rested=True)])

    assert table.splitlines() == [",".join(COLUMNS), "2026-11-22,,,2,,,yes", "2026-11-23,4,6.5,,8,,"]


@given(written=st.lists(entries, max_size=10))
def test_every_entry_has_its_line(written: list[DiaryEntry]) -> None:
    assert len(as_csv(written).splitlines()) == len(written) + 1
