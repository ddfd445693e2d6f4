"""The syntax of phrases."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backstride.language.phrases import Match, PhraseBook, PhraseError, longest_apart
from backstride.language.words import Words

LISTS = {
    "down_there": ["groin", "saddle", "private parts|bits", "between (my) legs"],
    "numb": ["numb*", "no feeling", "dead"],
    "both": ["both <leg>"],
    "leg": ["leg", "legs"],
    "looped": ["a", "<loop>"],
    "loop": ["<looped>"],
}


def book(*phrases: str) -> PhraseBook:
    made = PhraseBook(LISTS, small_words=["my", "the"], stop_words=["but"], negations=["not"])
    for phrase in phrases:
        made.add("x", phrase)
    return made


def found(phrase: str, text: str) -> list[str]:
    """Return the longest matches as text; one that a gap made a denial stands behind a "!"."""
    words = text.split()
    read = Words(tuple(words), tuple(range(len(words))), tuple(range(len(words))))
    matches = book(phrase).find(read).get("x", ())
    return ["!" * match.negated + " ".join(words[match.start : match.end]) for match in longest_apart(matches)]


@pytest.mark.parametrize(
    ("phrase", "text", "matches"),
    [
        ("numb legs", "i have numb legs today", ["numb legs"]),
        ("numb legs", "i have numb arms", []),
        ("numb legs", "numb the my legs", ["numb the my legs"]),  # small words
        ("numb legs", "numb , legs", []),
        ("numb legs", "numb . legs", []),
        ("tea|cola|brown coloured", "cola coloured and tea coloured", ["cola coloured", "tea coloured"]),
        ("<numb> <down_there>", "dead private bits", ["dead private bits"]),
        ("<numb> <down_there>", "numbness between my legs", ["numbness between my legs"]),
        ("<numb> <down_there>", "no feeling saddle", ["no feeling saddle"]),
        ("numb <both>", "numb both legs", ["numb both legs"]),
        ("<down below|privates> numb", "down below numb , privates numb", ["down below numb", "privates numb"]),
        ("(left|right) leg numb", "right leg numb", ["right leg numb"]),
        ("(left|right) leg numb", "leg numb", ["leg numb"]),
        ("numb (<both>)", "numb both legs", ["numb both legs"]),
        ("numb .. groin", "numb in deep groin", ["numb in deep groin"]),
        ("numb .. groin", "numb in the deep groin", ["numb in the deep groin"]),
        ("numb .. groin", "numb in the deep left groin", []),
        ("numb .. groin", "numb , deep groin", []),
        ("numb ... groin", "numb , it is deep groin", ["numb , it is deep groin"]),
        ("numb ... groin", "numb . groin", []),
        ("numb ... groin", "numb 1 2 3 4 5 6 groin", []),
        ("numb ... groin", "numb but groin", []),
        ("legs .. numb", "legs are not numb", ["!legs are not numb"]),
        ("can not feel", "i can not feel it", ["can not feel"]),
        ("tingl*", "tingly tingling tin", ["tingly", "tingling"]),
        (
            "<number> tablets",
            "20 tablets , twenty tablets , 2.5 tablets",
            ["20 tablets", "twenty tablets", "2.5 tablets"],
        ),
        ("numbness~", "numbness", ["numbness"]),
    ],
)
def test_what_a_phrase_finds(phrase: str, text: str, matches: list[str]) -> None:
    assert found(phrase, text) == matches


@pytest.mark.parametrize(
    ("phrase", "wrong"),
    [
        ("", "no word"),
        ("(numb)", "no word"),
        (".. numb", "dots"),
        ("numb .. (legs) ...", "dots"),
        ("numb <legz>", "<legz>"),
        ("<loop>", "circle"),
        ("numb (legs", "lacks"),
        ("numb <leg", "lacks"),
        ("numb> leg", "nothing opened"),
        ("Numb", "'Numb'"),
        ("numb !", "'!'"),
        ("a||b", "''"),
        ("leg~", "too few"),
    ],
)
def test_a_phrase_that_breaks_the_syntax(phrase: str, wrong: str) -> None:
    with pytest.raises(PhraseError) as refused:
        book(phrase)

    assert wrong in refused.value.wrong
    assert refused.value.mend


def test_a_refused_phrase_leaves_the_book_as_it_was() -> None:
    made = book("numb legs")
    with pytest.raises(PhraseError):
        made.add("y", "numb <nowhere>")

    assert len(made) == 1
    assert made.find(Words(("numb", "legs"), (0, 5), (4, 9))) == {"x": {Match(0, 2)}}


def test_what_a_book_knows() -> None:
    made = book("numbness~ <both>", "tingl*")

    assert made.mendable_words == {"numbness"}
    assert made.known_words == {"numbness", "both", "leg", "legs"}
    assert made.used_lists == {"both", "leg"}


def test_of_matches_that_overlap_the_longest_stay() -> None:
    matches = [Match(0, 2), Match(1, 4), Match(4, 5), Match(0, 6, negated=True)]

    assert longest_apart(matches) == [Match(1, 4), Match(4, 5)]


@example("<~ >~")
@given(st.text(alphabet="ab <>()|.*~1", max_size=30))
def test_any_phrase_is_taken_or_refused_with_a_reason(phrase: str) -> None:
    made = book()
    with contextlib.suppress(PhraseError):
        made.add("x", phrase)

    found = made.find(Words(("a", "b", "a"), (0, 2, 4), (1, 3, 5)))
    assert len(made) or not found


@given(st.lists(st.sampled_from("numb legs groin my not but , . both dead between".split()), max_size=12))
def test_a_match_is_within_a_sentence(words: list[str]) -> None:
    read = Words(tuple(words), tuple(range(len(words))), tuple(range(len(words))))

    for matches in book("numb ... <leg>", "<numb> .. <down_there>", "legs|groin").find(read).values():
        for match in matches:
            assert 0 <= match.start < match.end <= len(words)
            assert not {".", "?", "but"}.intersection(words[match.start : match.end])
            assert words[match.start] not in {",", "my"}
