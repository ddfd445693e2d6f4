"""What the tests of the language components share."""

from __future__ import annotations

from pathlib import Path

import pytest

from backstride.language import kept_vectors


@pytest.fixture(autouse=True)
def _vectors_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test trains on does not mix with what the project's trainings keep."""
    monkeypatch.setattr(kept_vectors, "FILE", tmp_path / "vectors" / "kept.npz")
