"""Vectors of training texts: each text is encoded once, and nothing that lies on the disk can spoil a training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from backstride.language import kept_vectors
from backstride.language.encoder import Vectors
from backstride.language.kept_vectors import encode_kept


class Counting:
    """Encodes a text as its length and its first letter, and remembers which texts it was given."""

    def __init__(self) -> None:
        self.given: list[list[str]] = []

    def encode_with_layers(self, texts: Sequence[str]) -> Vectors:
        self.given.append(list(texts))
        return np.array([[len(text), ord(text[0])] for text in texts], np.float32).reshape(-1, 2)


@pytest.fixture
def encoder() -> Counting:
    return Counting()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "vectors.npz"


def test_only_what_is_new_is_encoded_when_a_training_follows(encoder: Counting, path: Path) -> None:
    first = encode_kept(["heat", "ice", "heat"], encoder, path)
    second = encode_kept(["a walk", "ice", "heat"], encoder, path)
    third = encode_kept(["heat", "a walk"], encoder, path)

    assert encoder.given == [["heat", "ice"], ["a walk"]]
    assert first.tolist() == [[4, ord("h")], [3, ord("i")], [4, ord("h")]]
    assert second.tolist() == [[6, ord("a")], [3, ord("i")], [4, ord("h")]]
    assert third.tolist() == [[4, ord("h")], [6, ord("a")]]
    assert third.dtype == np.float32


def test_everything_is_encoded_again_when_another_network_made_the_file(
    encoder: Counting, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode_kept(["heat"], encoder, path)
    monkeypatch.setattr(kept_vectors, "_made_by", lambda: "another network")
    encode_kept(["heat"], encoder, path)

    assert encoder.given == [["heat"], ["heat"]]


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_everything_is_encoded_again_when_the_file_is_damaged(encoder: Counting, path: Path, share: float) -> None:
    encode_kept(["heat"], encoder, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])

    assert encode_kept(["heat"], encoder, path).tolist() == [[4, ord("h")]]
    assert encoder.given == [["heat"], ["heat"]]
    assert encode_kept(["heat"], encoder, path).tolist() == [[4, ord("h")]]


def test_training_goes_on_when_nothing_can_be_kept(encoder: Counting, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")

    assert len(encode_kept(["heat"], encoder, tmp_path / "a file" / "vectors.npz")) == 1


def test_what_was_used_longest_ago_goes_first_when_there_are_too_many(
    encoder: Counting, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_vectors, "MOST", 3)
    encode_kept(["a", "b", "c"], encoder, path)
    encode_kept(["a", "d"], encoder, path)
    encoder.given.clear()
    encode_kept(["a", "c", "d"], encoder, path)

    assert encoder.given == []
    encode_kept(["b"], encoder, path)
    assert encoder.given == [["b"]]


def test_no_text_has_no_vectors(encoder: Counting, path: Path) -> None:
    assert len(encode_kept([], encoder, path)) == 0
    assert not path.exists()
