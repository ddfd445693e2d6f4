"""Diary entries as people write them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backstride.diary import DiaryEntry
from backstride.language.diary_reader import MAX_DAYS_AGO, load_diary_reader

TODAY = date(2026, 11, 25)  # a Wednesday


READER = load_diary_reader()


def entry(days_ago: int = 0, **values: Any) -> DiaryEntry:
    return DiaryEntry(day=TODAY - timedelta(days=days_ago), **values)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("log my pain: 4 before, 6 after, 8 km", entry(before=4, after=6, distance_km=8)),
        ("pain 3 today after 5k", entry(after=3, distance_km=5)),
        ("no run, 2/10", entry(level=2, rested=True)),
        ("yesterday 5 miles, was 4 went up to 6", entry(1, before=4, after=6, distance_km=8.0)),
        ("note this: 5k, back was 3 at the start and 4 at the end", entry(before=3, after=4, distance_km=5)),
        ("record a run of 12k, no pain before, 2 after", entry(before=0, after=2, distance_km=12)),
        ("b4 run 2 after run 6, 7 miles", entry(before=2, after=6, distance_km=11.3)),
        ("8k done, was a 2 and ended a 3", entry(before=2, after=3, distance_km=8)),
        ("after my 10k it was 5/10, before it was 2/10", entry(before=2, after=5, distance_km=10)),
        ("it went from 4 to 6 on 8 km", entry(before=4, after=6, distance_km=8)),
        ("parkrun, 2 then 4", entry(before=2, after=4, distance_km=5)),
        ("save my run: 6 miles, pain 1 then 3", entry(before=1, after=3, distance_km=9.7)),
        ("2 before 5 after, 10k in 52:30", entry(before=2, after=5, distance_km=10, run_minutes=52)),
        ("6 after 45 min", entry(after=6, run_minutes=45)),
        ("sat for 30 min, pain 4", entry(level=4)),
        ("4-5 today", entry(level=5)),
        ("6", entry(level=6)),
        ("six out of ten", entry(level=6)),
        ("it was 3.5", entry(level=3.5)),
        ("no pain after 8k", entry(after=0, distance_km=8)),
        ("not 6, 3 after", entry(after=3)),
        ("monday 6 km, 4 after", entry(2, after=4, distance_km=6)),
        ("2 days ago 8k, 3 after", entry(2, after=3, distance_km=8)),
        ("rest day, back is a 1, put that in", entry(level=1, rested=True)),
        ("log 5k", entry(distance_km=5)),
        ("log my pain", entry()),
        ("i ran 8", entry()),
        ("did 14k today, usually i do 8, lower back is a 5 now", entry(level=5, distance_km=14)),
        ("back is a 5, my usual run is 8 miles", entry(level=5)),
        ("week 3, pain 2", entry(level=2)),
        ("11", entry()),
        ("rather bad", entry()),
        ("", entry()),
    ],
)
def test_what_is_written_down(text: str, expected: DiaryEntry) -> None:
    assert READER.read(text, TODAY).entry == expected


@pytest.mark.parametrize(
    "text", ["no, 3 after", "actually it was 5 km", "sorry, 4", "make that a 3", "change my last entry to 5"]
)
def test_a_correction_is_heard_as_one(text: str) -> None:
    assert READER.read(text, TODAY).corrects


@pytest.mark.parametrize("text", ["no run, 2/10", "no pain today", "not running, 3", "4 before, no, 5", "log 3"])
def test_a_new_entry_is_no_correction(text: str) -> None:
    assert not READER.read(text, TODAY).corrects


@pytest.mark.parametrize("text", ["delete the last entry", "scratch that", "please remove my last entry", "undo"])
def test_a_deletion_is_heard_as_one(text: str) -> None:
    assert READER.read(text, TODAY).deletes


@given(before=st.integers(0, 10), after=st.integers(0, 10), kilometres=st.integers(1, 60))
def test_every_plain_entry_is_read_as_it_was_written(before: int, after: int, kilometres: int) -> None:
    for text in (
        f"log my pain: {before} before, {after} after, {kilometres} km",
        f"{kilometres}k, {before}/10 before and {after}/10 after",
        f"before {before}, after {after}, {kilometres} km",
    ):
        assert READER.read(text, TODAY).entry == entry(before=before, after=after, distance_km=kilometres), text


@settings(max_examples=300)
@given(
    text=st.text(max_size=200)
    | st.lists(
        st.sampled_from(
            "4 6 10 11 before after no run pain from to - / km k miles monday was one a , . ago days not".split()
        ),
        max_size=14,
    ).map(" ".join)
)
def test_any_text_gives_an_entry_within_bounds(text: str) -> None:
    words = READER.read(text, TODAY)
    found = words.entry

    assert TODAY - timedelta(days=MAX_DAYS_AGO) <= found.day <= TODAY
    for score in (found.before, found.after, found.level):
        assert score is None or 0 <= score <= 10
    assert found.distance_km is None or 0 < found.distance_km <= 330
    assert found.run_minutes is None or 1 <= found.run_minutes <= 2880
    assert not (found.rested and found.has_run)
