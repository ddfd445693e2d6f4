"""What single words tell of a message: back, another part of the body, running."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backstride.errors import KnowledgeError
from backstride.language.scope_words import SIZE, ScopeWords, load_scope_words


@pytest.fixture(scope="module")
def words() -> ScopeWords:
    return load_scope_words()


def small(folder: Path, text: str) -> ScopeWords:
    (folder / "scope_words.yml").write_text(text, encoding="utf-8")
    return load_scope_words(folder)


@pytest.mark.parametrize(
    ("text", "features"),
    [
        # back, elsewhere only, running, running without back, none of the three, long
        ("my back hurts", (1, 0, 0, 0, 0, 0)),
        ("my BACK hurts after running", (1, 0, 1, 0, 0, 0)),
        ("my knee and my back", (1, 0, 0, 0, 0, 0)),
        ("my knee hurts", (0, 1, 0, 0, 0, 0)),
        ("shin pain when I jog", (0, 1, 1, 1, 0, 0)),
        ("how far should I run", (0, 0, 1, 1, 0, 0)),
        ("what is the capital of france", (0, 0, 0, 0, 1, 0)),
        ("", (0, 0, 0, 0, 1, 0)),
        ("word " * 25, (0, 0, 0, 0, 1, 0)),
        ("word " * 26, (0, 0, 0, 0, 1, 1)),
        # Whole words: a background is no back.
        ("the background of the kneeling", (0, 1, 0, 0, 0, 0)),
    ],
)
def test_the_words_of_a_text_are_counted_in_six_columns(
    words: ScopeWords, text: str, features: tuple[int, ...]
) -> None:
    row = words.features([text])

    assert row.dtype == np.float32
    assert tuple(row[0]) == features


def test_several_texts_give_several_rows(words: ScopeWords) -> None:
    assert words.features(["back", "knee", "run"]).shape == (3, SIZE)
    assert words.features([]).shape == (0, SIZE)


def test_a_star_stands_for_any_ending_and_a_question_mark_makes_a_letter_optional(tmp_path: Path) -> None:
    words = small(tmp_path, "back: ['spin*', 'back ?pain']\nelsewhere: [a.b]\nrunning: [run]\n")

    assert words.features(["spine", "spinal", "backpain", "back pain", "axb", "a.b", "spi"])[:, 0].tolist() == [
        1,
        1,
        1,
        1,
        0,
        0,
        0,
    ]
    assert words.features(["axb", "a.b"])[:, 1].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("back: [a]\nelsewhere: [b]\n", "'running' is missing"),
        ("back: [a]\nelsewhere: [b]\nrunning: [c]\nmore: [d]\n", "'more' is unknown"),
        ("back: a\nelsewhere: [b]\nrunning: [c]\n", "write a list"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, wrong: str) -> None:
    with pytest.raises(KnowledgeError, match=wrong):
        small(tmp_path, text)
