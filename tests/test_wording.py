"""The sentences around the knowledge: every line is there, and fills in what the code hands it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backstride.errors import KnowledgeError
from backstride.settings import ROOT
from backstride.wording import PLACEHOLDERS, Wording, load_wording

REAL = (ROOT / "knowledge" / "wording.yml").read_text(encoding="utf-8")


def write(folder: Path, text: str) -> Path:
    (folder / "wording.yml").write_text(text, encoding="utf-8")
    return folder


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(KnowledgeError) as refused:
        load_wording(folder)
    return [str(problem) for problem in refused.value.problems]


def test_the_words_are_filled_in() -> None:
    assert Wording({"hold_one": "hold {seconds} s"})("hold_one", seconds=5) == "hold 5 s"


def test_an_unknown_line_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="nonsense"):
        Wording({})("nonsense")


def test_the_projects_own_file_is_right_and_complete() -> None:
    wording = load_wording()

    for key, words in PLACEHOLDERS.items():
        filled = wording(key, **dict.fromkeys(words, "X"))
        assert filled
        assert "{" not in filled


def test_every_word_that_a_line_may_fill_in_is_filled_in_somewhere() -> None:
    """A placeholder that the file dropped would lose what the person should read."""
    for key, words in PLACEHOLDERS.items():
        line = re.search(rf"^{key}: (.*)$", REAL, re.MULTILINE)
        assert line is not None, key
        assert set(re.findall(r"{(\w+)}", line.group(1))) == words, key


def test_a_missing_line_is_named(tmp_path: Path) -> None:
    write(tmp_path, REAL.replace('button_why: "Why?"', ""))

    assert any("button_why: this line is missing; add it" in problem for problem in problems_of(tmp_path))


def test_an_unknown_line_is_named_with_its_place(tmp_path: Path) -> None:
    text = 'buton_why: "Why?"\n' + REAL

    assert problems_of(write(tmp_path, text)) == [
        f"{tmp_path}/wording.yml:1: buton_why: this line is not known; correct its spelling or remove it"
    ]


@pytest.mark.parametrize("value", ['""', '"  "', "5", "[a]", ""])
def test_an_empty_line_is_named(tmp_path: Path, value: str) -> None:
    write(tmp_path, REAL.replace('button_why: "Why?"', f"button_why: {value}"))

    (problem,) = problems_of(tmp_path)
    assert "button_why: this line is empty; write some text" in problem


def test_a_word_that_cannot_be_filled_in_is_named_with_those_that_can(tmp_path: Path) -> None:
    write(tmp_path, REAL.replace('{seconds} seconds"\n', '{minutes} minutes"\n', 1))

    (problem,) = problems_of(tmp_path)
    assert "hold_one: it fills in minutes; the words it may fill in: {seconds}" in problem


def test_a_brace_without_its_partner_is_named(tmp_path: Path) -> None:
    write(tmp_path, REAL.replace('button_why: "Why?"', 'button_why: "Why? {"'))

    (problem,) = problems_of(tmp_path)
    assert "a brace without its partner; the words it may fill in: none" in problem


def test_several_mistakes_are_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, REAL.replace('button_why: "Why?"', 'button_wy: "Why?"') + 'another: "x"\n')

    assert len(problems_of(tmp_path)) == 3
