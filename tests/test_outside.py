"""What is understood to be outside, and who is right for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from backstride.errors import KnowledgeError
from backstride.outside import is_gibberish, load_outside, said_again

KNOWLEDGE = Path(__file__).resolve().parent.parent / "knowledge"
OUTSIDE = load_outside(KNOWLEDGE)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("do you know a joke", "joke"),
        ("this is useless", "annoyed"),
        ("i feel so lonely lately", "low_mood"),
        ("i feel so down about not running", "low_mood"),
        ("my ankles are sore", "joint_or_muscle"),
        ("i have a headache", "rest_of_the_body"),
        ("what should i eat before a marathon", "food_and_drink"),
        ("how do i get faster at 5k", "running"),
        ("whats the capital of france", None),
    ],
)
def test_a_kind_is_told_by_its_words(text: str, kind: str | None) -> None:
    found = OUTSIDE.kind_of(text)
    assert (found.id if found else None) == kind


def test_a_word_inside_another_does_not_count() -> None:
    """ "Ear" is not in "early", and "run" is not in "prune"."""
    assert OUTSIDE.kind_of("early prunes") is None


@pytest.mark.parametrize("kind", OUTSIDE.kinds, ids=lambda kind: kind.id)
def test_every_answer_is_short(kind) -> None:  # type: ignore[no-untyped-def]
    assert len(kind.text.split()) <= 45
    assert said_again(kind, OUTSIDE) != kind.text


def test_the_second_time_has_words_of_its_own() -> None:
    annoyed = next(kind for kind in OUTSIDE.kinds if kind.id == "annoyed")
    assert said_again(annoyed, OUTSIDE) == annoyed.again
    assert said_again(None, OUTSIDE) == OUTSIDE.again


@pytest.mark.parametrize(
    ("text", "is_no_word"),
    [
        *[(text, True) for text in ("xx", "asdfgh", "lkjhg fdsa", "bcdfg", "aaaa")],
        *[(text, False) for text in ("12", "blah", "my knee", "rhythm", "été", "")],
    ],
)
def test_keys_pressed_at_random_are_no_words(text: str, is_no_word: bool) -> None:
    assert is_gibberish(text) is is_no_word


def test_a_mistake_in_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "outside.yml").write_text("kinds: []\n", encoding="utf-8")
    with pytest.raises(KnowledgeError, match="again"):
        load_outside(tmp_path)
