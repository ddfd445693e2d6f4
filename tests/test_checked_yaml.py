from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backstride.checked_yaml import FrozenModel, check, line_of, parse_yaml, read_yaml, shown
from backstride.errors import BackstrideError, KnowledgeError, Problem


class Lace(FrozenModel):
    colour: str
    length_cm: int | None = None


class Shoe(FrozenModel):
    id: str
    name: str
    laces: tuple[Lace, ...] = ()
    is_new: bool = False


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def _write(text: str | bytes) -> Path:
        path = tmp_path / "shoes.yml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return _write


# --- reading a file --------------------------------------------------------------------------------------------------


def test_read_yaml_returns_the_mapping_with_the_line_of_each_place(write):
    document = read_yaml(write("# shoes\n\none:\n  name: Fast\n  laces:\n    - colour: red\n    - colour: blue\n"))

    assert document["one"]["name"] == "Fast"
    assert line_of(document, ("one",)) == 3
    assert line_of(document, ("one", "laces", 1, "colour")) == 7
    assert line_of(document, ("one", "laces", 5)) == 5  # the list, since it has no sixth item
    assert line_of(document, ("one", "sole")) == 3


def test_line_of_what_has_no_place_is_the_first_line():
    assert line_of("text", ("a", 1)) == 1
    assert line_of(None, ()) == 1


def test_plain_words_mean_what_yaml_1_2_says(write):
    document = read_yaml(write("a: no\nb: on\nc: true\nd: 7\ne: 1.5\nf:\ng: '7'\n"))

    assert dict(document) == {"a": "no", "b": "on", "c": True, "d": 7, "e": 1.5, "f": None, "g": "7"}


@pytest.mark.parametrize(
    ("text", "line", "wrong", "mend"),
    [
        ("", 1, "holds no 'key: value' lines", "add some"),
        ("# only a comment\n", 1, "holds no 'key: value' lines", "add some"),
        ("- a\n- b\n", 1, "holds no 'key: value' lines", "add some"),
        ("a: 1\nb: [1, 2\nc: 3\n", 3, "not YAML", "indentation, the quotes and the colons"),
        ("a: 1\n  b: 2\n", 2, "not YAML", "indentation, the quotes and the colons"),
        ('a: "open\n', 2, "not YAML", "quotes"),
        ("a: 1\n\tb: 2\n", 2, "not YAML", "indentation"),
        (b"a: \xff\xfe\n", 1, "not UTF-8", "save it as UTF-8"),
        ("a: \x00\n", 1, "not YAML", "odd characters"),
        pytest.param("a: " + "[" * 5000 + "]" * 5000, 1, "not YAML", "odd characters", id="brackets in brackets"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_line_and_mend(write, text, line, wrong, mend):
    path = write(text)

    with pytest.raises(KnowledgeError) as caught:
        read_yaml(path)

    (problem,) = caught.value.problems
    assert (problem.path, problem.line, problem.entry) == (path, line, "")
    assert wrong in problem.wrong
    assert mend in problem.mend


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(KnowledgeError, match=r"nowhere\.yml:1: the file is missing; put it back"):
        read_yaml(tmp_path / "nowhere.yml")
    with pytest.raises(KnowledgeError, match="the file cannot be read"):
        read_yaml(tmp_path)


def test_keys_that_stand_twice_are_all_named_with_both_lines(write):
    path = write("one:\n  name: Fast\n  name: Slow\ntwo: 2\none: 3\n")

    document, problems = parse_yaml(path)

    assert [str(problem) for problem in problems] == [
        f"{path}:3: 'name' stands here a second time, first on line 2; keep one of the two, or rename one",
        f"{path}:5: 'one' stands here a second time, first on line 1; keep one of the two, or rename one",
    ]
    assert document is not None
    assert document["one"]["name"] == "Fast"
    with pytest.raises(KnowledgeError):
        read_yaml(path)


@settings(max_examples=100)
@given(text=st.text(max_size=60) | st.text(alphabet="ab:-[]{}&*!|>'\"#%@ \n\t<?0.", max_size=40))
def test_no_text_raises_anything(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("any") / "any.yml"
    path.write_text(text, encoding="utf-8", errors="replace")

    document, problems = parse_yaml(path)

    assert document is not None or problems
    assert all(problem.wrong and problem.mend and problem.line >= 1 for problem in problems)


# --- checking a mapping ----------------------------------------------------------------------------------------------


def checked(write: Any, text: str, **options: Any) -> tuple[Shoe | None, list[Problem]]:
    path = write(text)
    return check(Shoe, read_yaml(path), path=path, entry="shoe", **options)


def test_check_returns_a_frozen_model(write):
    shoe, problems = checked(write, "name: ' Fast '\nlaces:\n  - colour: red\n", given={"id": "one"})

    assert problems == []
    assert shoe == Shoe(id="one", name="Fast", laces=(Lace(colour="red"),))
    assert hash(shoe) == hash(Shoe(id="one", name="Fast", laces=(Lace(colour="red"),)))
    with pytest.raises(TypeError, match="immutable"):
        shoe.name = "Slow"


@pytest.mark.parametrize(
    ("text", "line", "wrong", "mend"),
    [
        ("is_new: true\n", 9, "'name' is missing", "add it"),
        ("name: Fast\nsole: soft\n", 2, "'sole' is unknown", "correct its spelling or remove it"),
        ("name: Fast\n5: soft\n", 2, "'5' is unknown", "correct its spelling or remove it"),
        ("name: Fast\nid: two\n", 2, "'id' is unknown", "correct its spelling or remove it"),
        ("name: '  '\n", 1, "'name' is empty", "write some text"),
        ("name:\n", 1, "'name' is empty", "write a value, or remove the key"),
        ("name: [a]\n", 1, "'name' is a list", "write text"),
        ("name: Fast\nlaces: red\n", 2, "'laces' is 'red'", "write a list"),
        ("name: Fast\nlaces:\n  - colour: red\n  - red\n", 4, "'laces.2' is 'red'", "'key: value' lines"),
        ("name: Fast\nlaces:\n  - 5: red\n", 3, "'laces.1' is a block", "write the keys as words"),
        ("name: Fast\nlaces:\n  - length_cm: 5\n", 3, "'laces.1.colour' is missing", "add it"),
        (
            "name: Fast\nlaces:\n  - colour: red\n    length_cm: long\n",
            4,
            "'laces.1.length_cm' is 'long'",
            "whole number",
        ),
        ("name: Fast\nis_new: perhaps\n", 2, "'is_new' is 'perhaps'", "true or false"),
    ],
)
def test_each_mistake_is_named_with_entry_line_and_mend(write, text, line, wrong, mend):
    shoe, problems = checked(write, text, given={"id": "one"}, line=9)

    assert shoe is None
    (problem,) = problems
    assert (problem.entry, problem.line) == ("shoe", line)
    assert wrong in problem.wrong
    assert mend in problem.mend


def test_several_mistakes_are_named_at_once(write):
    _, problems = checked(write, "sole: soft\nis_new: perhaps\n")

    assert {problem.wrong for problem in problems} == {
        "'sole' is unknown",
        "'is_new' is 'perhaps'",
        "'name' is missing",
        "'id' is missing",
    }


def test_a_mistake_of_the_whole_is_told_as_such(write):
    class Pair(FrozenModel):
        __root__: int

    path = write("name: Fast\n")
    _, (problem,) = check(Pair, read_yaml(path), path=path)

    assert problem.wrong == "this entry is wrong"
    assert problem.line == 1


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("red", "'red'"),
        (-20, "-20"),
        (None, "empty"),
        ({}, "a block of 'key: value' lines"),
        ([], "an empty list"),
        ((1, 2), "a list"),
        ("long" * 40, repr("long" * 40)[:60] + "…"),
    ],
)
def test_values_are_quoted_shortly(value, quoted):
    assert shown(value) == quoted


def test_problems_are_told_in_the_order_of_files_and_lines():
    def problem(path: str, line: int) -> Problem:
        return Problem(path=Path(path), line=line, entry="", wrong="w", mend="m")

    error = KnowledgeError([problem("b.yml", 1), problem("a.yml", 20), problem("a.yml", 3)])

    assert str(error) == "a.yml:3: w; m\na.yml:20: w; m\nb.yml:1: w; m"
    assert isinstance(error, BackstrideError)
