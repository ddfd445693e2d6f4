"""Which clauses of a message ask something."""

from __future__ import annotations

import pytest

from backstride.language.clauses import clauses_of
from backstride.language.questions import questions_among


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        ("My back hurts since Sunday. Should I rest?", ["Should I rest"]),
        ("My back hurts since Sunday. should i rest", ["should i rest"]),
        ("My back hurts since Sunday, so what can I do", ["can I do"]),
        ("I ran ten miles. My question is, when can I run", ["My question is, when", "can I run"]),
        ("I ran ten miles. My back went. It is sore.", []),
        ("(is it a disc?) I lifted a box on Monday and it went.", ["is it a disc?"]),
        ("What is wrong with me? Would heat help my back?", ["What is wrong with me", "Would heat help my back"]),
        ("Whatever I do it hurts. Cans of beans are heavy to lift.", []),
    ],
)
def test_questions_are_found_by_their_mark_and_by_their_first_word(message: str, asked: list[str]) -> None:
    clauses = clauses_of(message)
    assert [clauses[index].text.strip() for index in questions_among(clauses, message)] == asked


def test_a_message_without_a_word_asks_nothing() -> None:
    assert questions_among(clauses_of("?"), "?") == []
