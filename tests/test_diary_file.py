"""Mistakes in `knowledge/diary.yml` are named by file, line and mend."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from backstride.diary_file import FILE_NAME, load_diary_file
from backstride.errors import KnowledgeError
from backstride.settings import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "knowledge" / FILE_NAME, tmp_path / FILE_NAME)
    return tmp_path


@pytest.mark.parametrize(
    ("right", "wrong", "named"),
    [
        ("  nothing_to_delete:", "  nothing_to_remove:", "texts.nothing_to_remove: this line is not known"),
        ("  nothing_to_delete:", "  nothing_to_remove:", "texts.nothing_to_delete: this line is missing"),
        ("Added to {day}: {what}", "Added to {day}: {why}", "it fills in why"),
        ('  evening: "19:00"', '  evening: "19:77"', "times"),
        ('  usual: "19:00"', '  always: "19:00"', "usual"),
        ("saying:", "sayings:", "this block is missing"),
        ("  no_pain:", "  no_ache:", "'no_ache' is unknown"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(folder: Path, right: str, wrong: str, named: str) -> None:
    path = folder / FILE_NAME
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")

    with pytest.raises(KnowledgeError) as refused:
        load_diary_file(folder)

    assert named in str(refused.value)
    assert f"{path}:" in str(refused.value)


def test_a_leading_phrase_is_also_one_that_tells_before_from_after() -> None:
    saying = load_diary_file().saying

    assert set(saying.leading) <= {*saying.before, *saying.after}
