"""Can I run today, and how far."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstride.return_to_run import LAST_WEEK, Light, advise, distance, farthest_km, week_reached


@pytest.mark.parametrize(
    ("pain", "morning", "light"),
    [
        (0, "usual", Light.GREEN),
        (3, "usual", Light.GREEN),
        (4, "usual", Light.AMBER),
        (5, "usual", Light.AMBER),
        (6, "usual", Light.RED),
        (10, "usual", Light.RED),
        (2, "worse", Light.AMBER),
        (2, "worse_longer", Light.RED),
        (0, "leg", Light.RED),
        (7, "not_run", Light.RED),
        (None, "usual", Light.AMBER),
        (2, None, Light.GREEN),
    ],
)
def test_the_colour_follows_the_score_the_morning_and_the_leg(
    pain: int | None, morning: str | None, light: Light
) -> None:
    assert advise({"pain": pain, "morning": morning}).light is light


@pytest.mark.parametrize(
    ("answers", "week"),
    [
        ({"pain": 2, "morning": "usual", "week": 2}, 2),
        ({"pain": 2, "morning": "usual", "week": 7}, 7),
        ({"pain": 5, "morning": "usual", "week": 3}, 3),
        ({"pain": 2, "morning": "worse", "week": 3}, 2),
        ({"pain": 7, "morning": "usual", "week": 1}, 1),
        ({"pain": 2, "morning": "not_run"}, 1),
        ({"pain": 2, "morning": "usual"}, None),
        ({"pain": 2, "morning": "usual", "week": 40}, None),
    ],
)
def test_the_step_stays_or_goes_down(answers: dict[str, object], week: int | None) -> None:
    assert advise(answers).week == week  # type: ignore[arg-type]  # the table holds plain values


@pytest.mark.parametrize(("week", "then"), [(1, 2), (6, 7), (7, None)])
def test_a_green_run_is_no_green_week(week: int, then: int | None) -> None:
    """The ladder has a step a week, with several runs in it: the next step is named, and not taken at once."""
    advice = advise({"pain": 2, "morning": "usual", "week": week})
    assert (advice.week, advice.next_week) == (week, then)


@pytest.mark.parametrize("pain", [5, 7])
def test_no_step_up_follows_amber_or_red(pain: int) -> None:
    assert advise({"pain": pain, "morning": "usual", "week": 3}).next_week is None


def test_no_run_yet_is_tested_with_five_minutes_first() -> None:
    assert advise({"pain": 1, "morning": "not_run"}).is_test


def test_the_step_reached_is_remembered_only_after_a_round() -> None:
    assert week_reached({}) is None
    assert week_reached({"pain": 1, "morning": "usual", "week": 3}) == 3


@given(
    st.one_of(st.none(), st.integers(0, 10)),
    st.sampled_from(["usual", "worse", "worse_longer", "not_run", "leg", None]),
    st.one_of(st.none(), st.integers(1, LAST_WEEK)),
)
def test_more_pain_is_never_a_better_colour(pain: int | None, morning: str | None, week: int | None) -> None:
    order = [Light.GREEN, Light.AMBER, Light.RED]
    this = advise({"pain": pain, "morning": morning, "week": week})
    assert this.week is None or 1 <= this.week <= LAST_WEEK
    if pain is not None and pain < 10:
        more = advise({"pain": pain + 1, "morning": morning, "week": week})
        assert order.index(more.light) >= order.index(this.light)


@pytest.mark.parametrize(
    ("km", "unit", "said"),
    [(12, "km", "12 km"), (13.2, "km", "13.2 km"), (8 * 1.609344, "mi", "8 miles"), (5.55, "km", "5.5 km")],
)
def test_distances_are_said_in_the_persons_unit_and_rounded_down(km: float, unit: str, said: str) -> None:
    assert distance(km, unit) == said


@given(st.floats(0.5, 100))
def test_the_limit_is_a_tenth_over_the_longest(km: float) -> None:
    assert km < farthest_km(km) <= km * 1.1 + 1e-9
