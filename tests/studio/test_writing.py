"""Several files are written together: over what was seen, all or none, and a kill in between is made good."""

from __future__ import annotations

from pathlib import Path

import pytest

from backstride.studio import writing
from backstride.studio.writing import ConflictError, FileChange, finish_writing, write_all


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.yml").write_text("a\n")
    (tmp_path / "data" / "b.yml").write_text("b\n")
    return tmp_path


CHANGES = [
    FileChange(path="data/a.yml", before="a\n", after="a\na2\n"),
    FileChange(path="data/b.yml", before="b\n", after="b\nb2\n"),
    FileChange(path="data/new/c.yml", before="", after="c\n"),
]


def texts(project: Path) -> list[str]:
    return [(project / change.path).read_text() if (project / change.path).exists() else "" for change in CHANGES]


def test_all_files_are_written_when_none_has_changed(project: Path) -> None:
    write_all(project, project / "state", CHANGES)
    assert texts(project) == ["a\na2\n", "b\nb2\n", "c\n"]
    assert sorted(path.name for path in (project / "state").iterdir()) == ["writing.lock"]


def test_nothing_is_written_when_one_file_has_changed(project: Path) -> None:
    (project / "data" / "b.yml").write_text("somebody else's\n")
    with pytest.raises(ConflictError, match=r"data/b\.yml has changed"):
        write_all(project, project / "state", CHANGES)
    assert texts(project) == ["a\n", "somebody else's\n", ""]


@pytest.mark.parametrize("killed_at", range(1, 5))
def test_files_are_all_old_or_all_new_after_a_restart_when_killed(
    project: Path, monkeypatch: pytest.MonkeyPatch, killed_at: int
) -> None:
    """Killed before the journal, or before any of the three files."""
    real, calls = writing.replace_text, iter(range(1, 10))

    def replace(path: Path, text: str) -> None:
        if next(calls) == killed_at:
            raise KeyboardInterrupt
        real(path, text)

    monkeypatch.setattr(writing, "replace_text", replace)
    with pytest.raises(KeyboardInterrupt):
        write_all(project, project / "state", CHANGES)
    monkeypatch.setattr(writing, "replace_text", real)
    finish_writing(project, project / "state")
    assert texts(project) == (["a\n", "b\n", ""] if killed_at == 1 else ["a\na2\n", "b\nb2\n", "c\n"])


def test_file_stays_when_somebody_changed_it_after_the_kill(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = writing.replace_text, iter(range(1, 10))

    def replace(path: Path, text: str) -> None:
        if next(calls) == 2:
            raise KeyboardInterrupt
        real(path, text)

    monkeypatch.setattr(writing, "replace_text", replace)
    with pytest.raises(KeyboardInterrupt):
        write_all(project, project / "state", CHANGES)
    monkeypatch.setattr(writing, "replace_text", real)
    (project / "data" / "a.yml").write_text("edited\n")
    assert finish_writing(project, project / "state") == ["data/b.yml", "data/new/c.yml"]
    assert texts(project)[0] == "edited\n"


def test_change_outside_the_project_is_refused_when_a_path_climbs(project: Path) -> None:
    with pytest.raises(ConflictError, match="outside the project"):
        write_all(project, project / "state", [FileChange(path="../x.yml", before="", after="x")])
