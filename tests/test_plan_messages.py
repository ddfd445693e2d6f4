"""How the answers of a questionnaire are said back."""

from __future__ import annotations

import pytest

from backstride.interview import State
from backstride.plan_messages import QuestionMessages
from backstride.questionnaire import load_questionnaires


@pytest.mark.parametrize(
    ("days", "said"), [(1, "since 29 November"), (170, "since 13 June"), (365, "since 30 November 2025")]
)
def test_a_day_of_long_ago_is_said_with_its_year(days: int, said: str) -> None:
    state = State(answers={"since": days}, began="2026-11-30")

    assert QuestionMessages(load_questionnaires()).recap("check_in", state, ("since",)) == said
