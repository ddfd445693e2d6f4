"""Read YAML files into frozen pydantic models, and name every mistake by file and line.

The models say what is allowed (types, bounds, unknown keys); this module only carries the place of
each value from the YAML parser to pydantic's list of errors. It knows nothing about back pain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, Extra, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from backstride.errors import KnowledgeError, Problem

Entry = TypeVar("Entry", bound="FrozenModel")

# pydantic's name of an error -> how to mend it, in words for someone who cannot program.
_MENDS = {
    "value_error.missing": "add it: every entry of this kind needs it",
    "value_error.extra": "this key is not known: correct its spelling or remove it",
    "type_error.list": "write a list: one item a line, each behind '- '",
    "type_error.integer": "write a whole number",
    "type_error.bool": "write true or false",
    "type_error.dict": "write 'key: value' lines, indented",
    "type_error.none.not_allowed": "write a value, or remove the key",
}


class FrozenModel(BaseModel):
    """The base of everything read from a file: it never changes, and unknown keys are refused."""

    class Config:
        frozen = True
        extra = Extra.forbid
        anystr_strip_whitespace = True
        min_anystr_length = 1


def read_yaml(path: Path) -> CommentedMap:
    """Return the mapping that a YAML file holds, with the place of each key.

    Raises:
        KnowledgeError: the file is missing, is not YAML, repeats a key, or holds no mapping.
    """
    try:
        document = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise KnowledgeError([_file_problem(path, 1, "the file is missing", "put it back")]) from error
    except UnicodeDecodeError as error:
        raise KnowledgeError(
            [_file_problem(path, 1, "the file is not UTF-8 text", "save it as UTF-8")]
        ) from error
    except DuplicateKeyError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        said = str(error.problem).splitlines()[0]
        raise KnowledgeError([_file_problem(path, line, said, "keep one of the two")]) from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise KnowledgeError(
            [
                _file_problem(
                    path,
                    mark.line + 1 if mark else 1,
                    f"this is not YAML ({error.problem or error.context})",
                    "check the indentation, the quotes and the colons of this line and the one above",
                )
            ]
        ) from error
    except YAMLError as error:
        raise KnowledgeError([_file_problem(path, 1, f"this is not YAML ({error})", "mend the file")]) from error
    if not isinstance(document, CommentedMap):
        raise KnowledgeError([_file_problem(path, 1, "the file holds no 'key: value' lines", "add some")])
    return document


def line_of(node: object, place: Sequence[str | int]) -> int:
    """Return the line, counted from 1, of what stands at `place` inside a node.

    A place that does not exist (a missing key) gives the line of the deepest part that does.
    """
    line = getattr(getattr(node, "lc", None), "line", 0) or 0
    for step in place:
        if isinstance(node, CommentedMap) and step in node:
            line = node.lc.key(step)[0]
            node = node[step]
        elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
            line = node.lc.item(step)[0]
            node = node[step]
        else:
            break
    return int(line) + 1


def check(
    model: type[Entry], node: Mapping[str, Any], *, path: Path, entry: str = ""
) -> tuple[Entry | None, list[Problem]]:
    """Turn a YAML mapping into a model, or say what is wrong with it.

    Args:
        model: what the mapping must be.
        node: the mapping, as `read_yaml` gave it.
        path: the file, for the messages.
        entry: the entry's id, for the messages.

    Returns:
        The model and no problems, or None and at least one problem.
    """
    try:
        return model.parse_obj(node), []
    except ValidationError as failure:
        return None, [_problem(error, node, path, entry) for error in failure.errors()]


def _problem(error: Mapping[str, Any], node: Mapping[str, Any], path: Path, entry: str) -> Problem:
    place = tuple(step for step in error["loc"] if step != "__root__")
    value = _value_at(node, place)
    name = ".".join(str(step + 1) if isinstance(step, int) else step for step in place)
    kind = error["type"]
    if kind == "value_error.missing":
        wrong = f"'{name}' is missing"
    elif kind == "value_error.any_str.min_length":
        wrong = f"'{name}' is empty"
    elif kind == "value_error.extra":
        wrong = f"'{name}' is unknown"
    else:
        wrong = f"'{name}' is {value!r}" if name else "this entry is wrong"
    mend = _MENDS.get(kind)
    if mend is None:
        mend = "write some text" if kind.endswith("min_length") else str(error["msg"])
    return Problem(path=path, line=line_of(node, place), entry=entry, wrong=wrong, mend=mend)


def _value_at(node: Any, place: Sequence[str | int]) -> Any:
    for step in place:
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            return None
    return node


def _file_problem(path: Path, line: int, wrong: str, mend: str) -> Problem:
    return Problem(path=path, line=line, entry="", wrong=wrong, mend=mend)
