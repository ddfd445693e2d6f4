"""Names of flags and tags that the sign language uses and no rule knows are refused, by file and line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from backstride.errors import KnowledgeError
from backstride.knowledge_files import check_all
from backstride.settings import ROOT


@pytest.fixture
def knowledge(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "knowledge", tmp_path / "knowledge"))


@pytest.mark.parametrize(
    ("file", "old", "new", "wrong"),
    [
        ("red_flag_language.yml", "  - tag: getting_worse\n", "  - tag: getting_wrose\n", "no tag 'getting_wrose'"),
        ("red_flag_language.yml", "  - flag: lung\n", "  - flag: lungs\n", "no warning sign 'lungs'"),
        ("red_flag_phrases/lung.yml", "flag: lung\n", "flag: longe\n", "no warning sign 'longe'"),
    ],
)
def test_an_unknown_name_is_refused_with_its_line(knowledge: Path, file: str, old: str, new: str, wrong: str) -> None:
    text = (knowledge / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (knowledge / file).write_text(text.replace(old, new), encoding="utf-8")
    line = text[: text.index(old)].count("\n") + 1
    with pytest.raises(KnowledgeError) as error:
        check_all(knowledge)
    problems = [problem for problem in error.value.problems if wrong in problem.wrong]
    assert [(problem.path, problem.line) for problem in problems] == [(knowledge / file, line)]
    assert "did you mean" in problems[0].mend
