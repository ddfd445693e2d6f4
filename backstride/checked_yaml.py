"""Read YAML files into frozen pydantic models, and name every mistake by file and line.

The models say what is allowed (types, bounds, unknown keys); this module only carries the place of
each value from the YAML parser to pydantic's list of errors. It knows nothing about back pain.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import BaseModel, Extra, ValidationError

from backstride.errors import KnowledgeError, Problem

if TYPE_CHECKING:
    from pathlib import Path

Entry = TypeVar("Entry", bound="FrozenModel")

_WRITE_A_LIST = "write a list: one item a line, each behind '- '"
_WRITE_KEYS = "write 'key: value' lines, indented"

# pydantic's name of an error -> how to mend it, in words for someone who cannot program.
_MENDS = {
    "value_error.missing": "add it: it must be there",
    "value_error.extra": (
        "this key is not known: correct its spelling or remove it; a text that holds a colon goes inside quotes"
    ),
    "value_error.any_str.min_length": "write some text",
    "value_error.date": "write a date such as 2026-11-23",
    "type_error": "write the keys as words",
    "type_error.str": "write text; a text that holds a colon goes inside quotes",
    "type_error.list": _WRITE_A_LIST,
    "type_error.tuple": _WRITE_A_LIST,
    "type_error.integer": "write a whole number",
    "type_error.bool": "write true or false",
    "type_error.dict": _WRITE_KEYS,
    "type_error.mapping": _WRITE_KEYS,
    "type_error.none.not_allowed": "write a value, or remove the key",
    "value_error.const": "write it exactly as it was",
}

_ABSENT = object()
_LONGEST_QUOTE = 60


class FrozenModel(BaseModel):
    """The base of everything read from a file: it never changes, and unknown keys are refused."""

    class Config:
        frozen = True
        extra = Extra.forbid
        anystr_strip_whitespace = True
        min_anystr_length = 1


class YamlMap(dict[Any, Any]):
    """A mapping that knows its lines, counted from 1.

    Attributes:
        line: where it starts.
        lines: where each key stands.
    """

    def __init__(self, *items: Any, line: int = 1) -> None:
        # pydantic makes copies by calling the class with the items.
        super().__init__(*items)
        self.line = line
        self.lines: dict[Any, int] = {}


class YamlList(list[Any]):
    """A list that knows its lines, counted from 1.

    Attributes:
        line: where it starts.
        lines: where each item stands.
    """

    def __init__(self, *items: Any, line: int = 1) -> None:
        super().__init__(*items)
        self.line = line
        self.lines: list[int] = []


def read_yaml(path: Path) -> YamlMap:
    """Return the mapping that a YAML file holds, with the line of each key.

    Raises:
        KnowledgeError: the file is missing, is not YAML, repeats a key, or holds no mapping.
    """
    document, problems = parse_yaml(path)
    if document is None or problems:
        raise KnowledgeError(problems)
    return document


def parse_yaml(path: Path) -> tuple[YamlMap | None, list[Problem]]:
    """Return the mapping that a YAML file holds and what is wrong with the file.

    Unlike `read_yaml` this raises nothing, so that the caller can look for further mistakes: a key that
    stands twice is a problem, and the mapping then holds the first of the two.
    """
    builder = _Builder()
    document, line = None, 1
    try:
        document = builder.build(yaml.compose(path.read_text(encoding="utf-8"), Loader=_Loader))
        wrong, mend = "the file holds no 'key: value' lines", "add some"
    except FileNotFoundError:
        wrong, mend = "the file is missing", "put it back"
    except UnicodeDecodeError:
        wrong, mend = "the file is not UTF-8 text", "save it as UTF-8"
    except OSError as error:
        wrong, mend = f"the file cannot be read ({error.strerror})", "check what it is and who may read it"
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        wrong = f"this is not YAML ({error.problem or error.context})"
        mend = "check the indentation, the quotes and the colons of this line and the one above"
    except Exception as error:
        # On odd text the parser raises ValueError, RecursionError and more.
        said = " ".join(str(error).split()) or type(error).__name__
        wrong, mend = f"this is not YAML ({said})", "look for odd characters and tags"
    if not isinstance(document, YamlMap):
        return None, [Problem(path=path, line=line, entry="", wrong=wrong, mend=mend)]
    return document, [
        Problem(
            path=path,
            line=line,
            entry="",
            wrong=f"'{key}' stands here a second time, first on line {first}",
            mend="keep one of the two, or rename one",
        )
        for key, first, line in builder.repeated_keys
    ]


class _Loader(yaml.CSafeLoader):
    """libyaml's parser: forty times as fast as one in Python, and the files are read at every start."""


# Plain words mean what YAML 1.2 says: "no" and "on" are words here, not false and true.
_PLAIN: tuple[tuple[re.Pattern[str], Callable[[str], Any]], ...] = (
    (re.compile(r"|~|null|Null|NULL"), lambda _: None),
    (re.compile(r"true|True|TRUE|false|False|FALSE"), lambda word: word.lower() == "true"),
    (re.compile(r"[-+]?[0-9]+"), int),
    (re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"), float),
)


class _Builder:
    """Turns libyaml's nodes into values that know their lines; a key that stands twice is noted, not raised."""

    def __init__(self) -> None:
        self.repeated_keys: list[tuple[str, int, int]] = []

    def build(self, node: yaml.Node | None) -> Any:
        match node:
            case yaml.MappingNode():
                return self._mapping(node)
            case yaml.SequenceNode():
                items = YamlList(line=_line(node))
                for child in node.value:
                    items.append(self.build(child))
                    items.lines.append(_line(child))
                return items
            case yaml.ScalarNode():
                return node.value if node.style else _plain(node.value)
        return None

    def _mapping(self, node: yaml.MappingNode) -> YamlMap:
        mapping = YamlMap(line=_line(node))
        for key_node, value_node in node.value:
            key = self.build(key_node)
            if isinstance(key, (YamlMap, YamlList)):
                key = str(key)
            if key in mapping:
                self.repeated_keys.append((str(key), mapping.lines[key], _line(key_node)))
                continue
            mapping[key] = self.build(value_node)
            mapping.lines[key] = _line(key_node)
        return mapping


def _plain(word: str) -> Any:
    return next((read(word) for form, read in _PLAIN if form.fullmatch(word)), word)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def line_of(node: Any, place: Sequence[str | int]) -> int:
    """Return the line, counted from 1, of what stands at `place` inside a node.

    A place that does not exist (a missing key) gives the line of the deepest part that does.
    """
    line = getattr(node, "line", 1)
    for step in place:
        known = isinstance(node, YamlMap) and step in node
        if not known and not (isinstance(node, YamlList) and isinstance(step, int) and step < len(node)):
            break
        line = node.lines[step]
        node = node[step]
    return int(line)


def check(
    model: type[Entry],
    node: Mapping[str, Any],
    *,
    path: Path,
    entry: str = "",
    line: int | None = None,
    given: Mapping[str, Any] | None = None,
) -> tuple[Entry | None, list[Problem]]:
    """Turn a YAML mapping into a model, or say what is wrong with it.

    Args:
        model: what the mapping must be.
        node: the mapping, as `read_yaml` gave it.
        path: the file, for the messages.
        entry: the entry's id, for the messages.
        line: counted from 1; where the mapping's own name stands, for what is missing from it.
        given: values that the model needs and the mapping does not hold, such as its id.

    Returns:
        The model and no problems, or None and at least one problem.
    """
    own_line = line_of(node, ()) if line is None else line
    given = given or {}
    # pydantic takes the keys as Python's keyword arguments, so these two kinds never reach it.
    problems = [
        Problem(
            path=path,
            line=line_of(node, (key,)),
            entry=entry,
            wrong=f"'{key}' is unknown",
            mend=_MENDS["value_error.extra"],
        )
        for key in node
        if not isinstance(key, str) or key in given
    ]
    values = {key: value for key, value in node.items() if isinstance(key, str)}
    try:
        checked = model.parse_obj({**values, **given})
    except ValidationError as failure:
        problems += [_problem(error, node, path, entry, own_line) for error in failure.errors()]
        return None, problems
    return (None, problems) if problems else (checked, [])


def shown(value: object) -> str:
    """Return a value as a message quotes it: short, and a list or a mapping by its kind."""
    if isinstance(value, Mapping):
        return "a block of 'key: value' lines"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "a list" if value else "an empty list"
    if value is None:
        return "empty"
    quote = repr(value)
    return quote if len(quote) <= _LONGEST_QUOTE else f"{quote[:_LONGEST_QUOTE]}…"


def _problem(error: Mapping[str, Any], node: Mapping[str, Any], path: Path, entry: str, own_line: int) -> Problem:
    place = tuple(step for step in error["loc"] if step != "__root__")
    value = _value_at(node, place)
    name = ".".join(str(step + 1) if isinstance(step, int) else step for step in place)
    kind = error["type"]
    context = error.get("ctx", {})
    mend = _MENDS.get(kind, str(error["msg"]))
    match kind:
        case "value_error.extra":
            wrong = f"'{name}' is unknown"
        case "value_error.any_str.min_length":
            wrong = f"'{name}' is empty"
        case "value_error.any_str.max_length":
            wrong = f"'{name}' has {len(str(value))} characters"
            mend = f"{context['limit_value']} are the most: say it shorter"
        case _ if value is _ABSENT:
            wrong = f"'{name}' is missing" if name else "this entry is wrong"
        case _:
            wrong = f"'{name}' is {shown(value)}" if name else "this entry is wrong"
    if kind == "type_error.enum":
        mend = "write one of " + ", ".join(str(member.value) for member in context["enum_values"])
    line = line_of(node, place) if place and place[0] in node else own_line
    return Problem(path=path, line=line, entry=entry, wrong=wrong, mend=mend)


def _value_at(node: Any, place: Sequence[str | int]) -> Any:
    for step in place:
        # A text has places too (its letters), but no model looks inside one.
        if isinstance(node, str):
            return node
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            return _ABSENT
    return node


def unknown_name(path: Path, line: int, entry: str, kind: str, name: str, known: Collection[str]) -> Problem:
    """Return that a file names a tag or a warning sign that `red_flags.yml` does not have, and the nearest that it has.

    Args:
        path: the file.
        line: where the name stands.
        entry: the block that it stands in.
        kind: what it names.
        name: as it is written.
        known: the names that there are.
    """
    near = difflib.get_close_matches(name, known, n=1)
    mend = f"did you mean {near[0]!r}?" if near else f"red_flags.yml knows: {', '.join(sorted(known))}"
    return Problem(path=path, line=line, entry=entry, wrong=f"red_flags.yml knows no {kind} {name!r}", mend=mend)
