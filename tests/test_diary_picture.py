"""The diary's picture: it is SVG that runs nothing, it shows every day, and a text says the same."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstride.diary import DiaryEntry
from backstride.diary_file import load_diary_file
from backstride.diary_picture import picture, text_alternative
from backstride.diary_talk import DiaryMessages

SAY = DiaryMessages(load_diary_file().say)
TODAY = date(2026, 11, 23)
SVG = "{http://www.w3.org/2000/svg}"
scores = st.integers(0, 20).map(lambda half: half / 2)
entries = st.lists(
    st.builds(
        DiaryEntry,
        day=st.integers(-2, 60).map(lambda days: TODAY - timedelta(days=days)),
        level=st.none() | scores,
        distance_km=st.none() | st.floats(0.4, 330),
    ),
    max_size=50,
)


def drawn(written: list[DiaryEntry]) -> ElementTree.Element:
    made = picture(written, TODAY, SAY)
    assert made is not None
    return ElementTree.fromstring(made)


def day(days_ago: int, **values: float) -> DiaryEntry:
    return DiaryEntry(day=TODAY - timedelta(days=days_ago), **values)  # type: ignore[arg-type]


def test_there_is_a_point_for_each_day_and_a_bar_for_each_run() -> None:
    root = drawn([day(3, level=4.0), day(1, after=6.0, distance_km=8.0), day(0, level=2.0)])

    assert len(root.findall(f"{SVG}circle")) == 3
    assert len(root.findall(f"{SVG}rect[@class='b']")) == 1


def test_more_pain_stands_higher() -> None:
    low, high = drawn([day(1, level=2.0), day(0, level=8.0)]).findall(f"{SVG}circle")

    assert float(high.get("cy", "0")) < float(low.get("cy", "0"))


def test_line_and_bars_differ_in_shape_so_that_grey_is_enough() -> None:
    root = drawn([day(1, level=2.0, distance_km=5.0)])

    assert root.find(f"{SVG}polyline") is not None
    assert {child.tag for child in root if child.get("class") == "b"} == {f"{SVG}rect"}


def test_a_dark_page_has_colours_of_its_own() -> None:
    assert "prefers-color-scheme:dark" in (picture([day(0, level=2.0)], TODAY, SAY) or "")


def test_the_text_in_its_place_says_every_score_and_run() -> None:
    said = text_alternative([day(1, level=4.0, distance_km=8.0), day(0, level=2.5)], TODAY, SAY)

    assert said == (
        "Chart from 17 Nov to 23 Nov. Worst pain of each day, 0 to 10: 22 Nov 4, 23 Nov 2.5. Runs: 22 Nov 8 km."
    )


@pytest.mark.parametrize("written", [[], [day(40, level=3.0)], [DiaryEntry(day=TODAY, rested=True)]])
def test_nothing_is_drawn_where_there_is_nothing_to_draw(written: list[DiaryEntry]) -> None:
    assert picture(written, TODAY, SAY) is None
    assert text_alternative(written, TODAY, SAY) == ""


@given(written=entries)
def test_every_picture_is_well_formed_within_its_frame_and_runs_nothing(written: list[DiaryEntry]) -> None:
    made = picture(written, TODAY, SAY)
    if made is None:
        return
    root = ElementTree.fromstring(made)
    assert {child.tag.removeprefix(SVG) for child in root} <= {
        "title", "desc", "style", "rect", "text", "path", "polyline", "circle"
    }  # fmt: skip
    assert not re.search(r"\bon\w+=|href|url\(|<script", made)
    for circle in root.findall(f"{SVG}circle"):
        assert 0 <= float(circle.get("cx", "-1")) <= 320
        assert 0 <= float(circle.get("cy", "-1")) <= 240
    for bar in root.findall(f"{SVG}rect[@class='b']"):
        assert float(bar.get("y", "-1")) >= 160


def test_numbers_are_large_enough_for_a_phone_and_lie_beside_each_other() -> None:
    """Where every day has one, some are left out: 13 of the picture's 320 units are 11 pixels on a small phone."""
    root = drawn([day(ago, level=4.5, distance_km=12.5) for ago in range(28)])

    size = float(root.get("font-size", "0"))
    assert size >= 13
    scores, runs = (
        sorted(float(text.get("x", "0")) for text in root.findall(f"{SVG}text") if text.text == words)
        for words in ("4.5", "12.5")
    )
    for labels in (scores, runs):
        assert len(labels) > 5
        assert min(right - left for left, right in pairwise(labels)) >= 4 * size / 2
