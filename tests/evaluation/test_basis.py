"""What makes a model's figures out of date, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from backstride.evaluation import basis
from backstride.evaluation.basis import basis_of


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("tests/nlu/test_set.yml", "tests/scenarios/relief/heat.yml", "tests/red_flags/held_apart.jsonl"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("a\n")
    for name in ("knowledge/back_pain.yml", "knowledge/red_flag_phrases/heart.yml", "backstride/triage.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("a\n")
    monkeypatch.setattr(basis, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "name",
    [
        "tests/nlu/test_set.yml",
        "tests/scenarios/relief/heat.yml",
        "tests/red_flags/held_apart.jsonl",
        "knowledge/back_pain.yml",
        "backstride/triage.py",
    ],
)
def test_what_decides_a_figure_makes_it_out_of_date(project: Path, name: str) -> None:
    before = basis_of(project)
    (project / name).write_text("b\n")

    assert basis_of(project) != before


def test_phrase_for_the_next_training_leaves_the_figures_as_they_are(project: Path) -> None:
    """Else every sign that a trainer adds would have the serving model measured again."""
    before = basis_of(project)
    (project / "knowledge/red_flag_phrases/heart.yml").write_text("b\n")

    assert basis_of(project) == before
