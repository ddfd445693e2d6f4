"""The learned half of the recogniser on tiny data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backstride.language.encoder import Vectors
from backstride.language.red_flag_model import RedFlagModel

SAID = {
    "chest": ["my chest hurts", "chest pain", "a tight chest", "chest pain when I run", "pressure on my chest"],
    "bladder": ["I wet myself", "cannot pee", "no pee since noon", "wet myself twice", "cannot feel the pee"],
    "": ["good morning", "is heat good", "thanks a lot", "my back is stiff", "how long should I rest"],
}
TEXTS = [text for texts in SAID.values() for text in texts]
FLAGS = sorted(filter(None, SAID))


def vectors_of(texts: list[str]) -> Vectors:
    """Vectors of four layers that lie near those of the same flag: a stand-in for the sentence encoder."""
    rows = []
    for text in texts:
        noise = np.random.default_rng(int.from_bytes(text.encode()[-7:], "big")).normal(size=(4, 384))
        centre = next((number for number, said in enumerate(SAID.values()) if text in said), 7)
        noise[:, centre] += 20
        rows.append((noise / np.linalg.norm(noise, axis=1, keepdims=True)).ravel())
    return np.array(rows, np.float32)


def fitted() -> RedFlagModel:
    said = [[flag] if flag else [] for flag, texts in SAID.items() for _ in texts]
    return RedFlagModel.fit(TEXTS, vectors_of(TEXTS), said, FLAGS)


@pytest.fixture(scope="module")
def model() -> RedFlagModel:
    return fitted()


def test_it_hears_the_flag_that_a_text_says(model: RedFlagModel) -> None:
    shares = model.probabilities(TEXTS, vectors_of(TEXTS))

    for row, flag in zip(shares, (flag for flag, texts in SAID.items() for _ in texts), strict=True):
        assert [row[FLAGS.index(each)] > 0.5 for each in FLAGS] == [each == flag for each in FLAGS]


def test_a_text_is_heard_alike_alone_and_among_others(model: RedFlagModel) -> None:
    # As many as the longest message has clauses, and itself.
    many = [f"{text}, {number}" for number in range(3) for text in TEXTS][:41]
    vectors = vectors_of(many)

    alone = np.vstack([model.probabilities([text], row[None]) for text, row in zip(many, vectors, strict=True)])

    np.testing.assert_allclose(model.probabilities(many, vectors), alone, atol=1e-6)


def test_the_same_phrases_twice_give_identical_probabilities(model: RedFlagModel) -> None:
    vectors = vectors_of(TEXTS)

    np.testing.assert_array_equal(fitted().probabilities(TEXTS, vectors), model.probabilities(TEXTS, vectors))


def test_what_is_loaded_hears_as_what_was_stored(model: RedFlagModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    loaded = RedFlagModel.load(tmp_path)

    assert loaded.flags == model.flags
    vectors = vectors_of(TEXTS)
    np.testing.assert_array_equal(loaded.probabilities(TEXTS, vectors), model.probabilities(TEXTS, vectors))


def test_what_was_heard_ahead_changes_nothing(model: RedFlagModel) -> None:
    text = ["pressure on my chest, cannot pee"]
    unprepared = fitted().probabilities(text, vectors_of(text))
    model.listen(text)

    np.testing.assert_array_equal(model.probabilities(text, vectors_of(text)), unprepared)
