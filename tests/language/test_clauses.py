"""A message cut into its clauses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstride.language.clauses import MAX_CLAUSES, Clause, clauses_of


def texts(message: str) -> list[str]:
    return [clause.text for clause in clauses_of(message)]


@pytest.mark.parametrize(
    ("message", "clauses"),
    [
        ("My back hurts. What helps? Should I run!", ["My back hurts", "What helps", "Should I run"]),
        ("my back hurts, is heat any good", ["my back hurts", "is heat any good"]),
        (
            "i ran ten k yesterday and now my back is sore but my legs are fine",
            ["i ran ten k yesterday", "and now my back is sore", "but my legs are fine"],
        ),
        ("my back hurts should i keep running", ["my back hurts", "should i keep running"]),
        # A fragment of two words stays with what it belongs to.
        ("sore, stiff, tired back", ["sore, stiff, tired back"]),
        ("Hi, my back hurts after a run", ["Hi, my back hurts after a run"]),
        # A full stop inside a number cuts nothing.
        ("I ran 5.5 km on Sunday", ["I ran 5.5 km on Sunday"]),
        ("it hurts (on the left side) at night", ["it hurts", "on the left side", "at night"]),
        ("my back hurts - what should i do", ["my back hurts", "what should i do"]),
        ("half-kneeling lean", ["half-kneeling lean"]),
        ("one line here\nanother line there", ["one line here", "another line there"]),
        ("my back aches… is that normal", ["my back aches", "is that normal"]),
        ("brandy sandwiches", ["brandy sandwiches"]),
        ("heat?", ["heat?"]),
    ],
)
def test_a_message_is_cut_where_a_new_thought_begins(message: str, clauses: list[str]) -> None:
    assert [text.rstrip("?!.") for text in texts(message)] == [clause.rstrip("?!.") for clause in clauses]


@pytest.mark.parametrize("message", ["", "   ", "...", "?!", "- – —", "()", "👍"])
def test_a_message_without_a_word_has_no_clause(message: str) -> None:
    assert clauses_of(message) == ()


def test_a_clause_knows_where_it_stands() -> None:
    message = "  My back hurts. What helps?"

    assert clauses_of(message)[1] == Clause("What helps", 17, 27)
    assert message[17:27] == "What helps"


def test_an_endless_message_has_a_bounded_number_of_clauses() -> None:
    assert len(clauses_of("My back hurts. " * 100)) == MAX_CLAUSES


def test_a_long_story_keeps_its_middle_and_the_question_at_its_end() -> None:
    story = "I ran in the park. " * 60 + "My pee was dark brown. " + "It was a fine day out. " * 60

    kept = texts(story + "Then I drove home. Should I keep running or rest?")

    assert any("My pee was dark brown" in clause for clause in kept)
    assert kept[-1] == "Should I keep running or rest"


WORDS = st.sampled_from(
    [
        "my",
        "back",
        "hurts",
        "and",
        "but",
        ",",
        ".",
        "?",
        "!",
        " ",
        "  ",
        "\n",
        "(",
        ")",
        "…",
        "..",
        " - ",
        "so",
        "is it",
        "can i",
        "5.5",
        "can't",
        "don’t",
        "because",
        "ä",
        "_",
        "should",
    ]
)
MESSAGES = st.one_of(st.text(max_size=120), st.lists(WORDS, max_size=60).map(" ".join), st.lists(WORDS).map("".join))


@given(MESSAGES)
def test_spans_slice_the_message_in_order_and_do_not_overlap(message: str) -> None:
    end = 0
    for clause in clauses_of(message):
        assert message[clause.start : clause.end] == clause.text
        assert clause.text == clause.text.strip()
        assert end <= clause.start < clause.end <= len(message)
        end = clause.end


@given(st.one_of(MESSAGES, MESSAGES.map(lambda message: f"{message} . " * 50)))
def test_no_word_is_lost(message: str) -> None:
    kept = "".join(clause.text for clause in clauses_of(message))

    assert sum(map(str.isalnum, kept)) == sum(map(str.isalnum, message))
