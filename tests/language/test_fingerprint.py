"""Rasa trains a component again where the code or the words behind it have changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from backstride.language import fingerprint
from backstride.language.fingerprint import fingerprint_of_language


@pytest.fixture
def changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Small files in place of the project's own, hashed anew at each call."""
    folder = tmp_path / "knowledge" / "red_flag_phrases"
    folder.mkdir(parents=True)
    (folder / "heart.yml").write_text("a", encoding="utf-8")
    (tmp_path / "knowledge" / "scope_words.yml").write_text("b", encoding="utf-8")
    monkeypatch.setattr(fingerprint, "ROOT", tmp_path)
    return tmp_path / "knowledge"


def anew() -> str:
    return fingerprint_of_language.__wrapped__()


@pytest.mark.parametrize("name", ["red_flag_phrases/heart.yml", "scope_words.yml"])
def test_changed_words_change_it(changed: Path, name: str) -> None:
    before = anew()
    (changed / name).write_text("changed", encoding="utf-8")

    assert anew() != before


def test_what_nothing_is_learned_from_does_not_change_it(changed: Path) -> None:
    before = anew()
    (changed / "back_pain.yml").write_text("new", encoding="utf-8")

    assert anew() == before


def test_the_same_files_have_the_same_fingerprint(changed: Path) -> None:
    assert anew() == anew()


def test_it_is_read_once_a_process() -> None:
    assert fingerprint_of_language() is fingerprint_of_language()
