"""Add to YAML files as text, so that a diff shows the added lines and nothing else. Pure.

A YAML library that keeps comments still changes quotes, line breaks and indentation somewhere. Here lines are only ever
put between others; afterwards the file is read before and after, and the addition is refused unless exactly the asked
for has changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from backstride.errors import BackstrideError

_INTENT = re.compile(r"^(?P<indent> *)- intent: *(?P<quote>['\"]?)(?P<name>[\w/-]+)(?P=quote) *(?:#.*)?$")
_EXAMPLES = re.compile(r"^(?P<indent> *)examples: *\|[+-]? *(?:#.*)?$")
_ITEM = re.compile(r"^(?P<indent> *)- ?(?P<text>.*)$")
_KEY = re.compile(r"^(?P<key>[\w-]+):(?P<rest>.*)$")


class LayoutError(BackstrideError):
    """A file is written in a way that this module does not add to; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The examples of an intent in one place of a file.

    Args:
        intent: its name.
        examples: the texts with their lines, counted from 1.
        end: the line after which another example goes, counted from 1.
        prefix: what stands before an example: blanks and a dash.
    """

    intent: str
    examples: tuple[tuple[int, str], ...]
    end: int
    prefix: str


def blocks_of(text: str) -> list[Block]:
    """Return the blocks of examples in an NLU file, in their order."""
    lines = [line.rstrip("\r") for line in text.split("\n")]
    blocks: list[Block] = []
    intent, indent = "", 0
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if match := _INTENT.match(line):
            intent, indent = match["name"], len(match["indent"])
        elif _ITEM.match(line) and _depth(line) <= indent:
            intent = ""
        elif (match := _EXAMPLES.match(line)) and intent and len(match["indent"]) > indent:
            begin = number
            while number < len(lines) and (not lines[number].strip() or _depth(lines[number]) > len(match["indent"])):
                number += 1
            blocks.append(_block(intent, lines, begin, number, len(match["indent"])))
    return blocks


def _block(intent: str, lines: Sequence[str], begin: int, end: int, indent: int) -> Block:
    while end > begin and not lines[end - 1].strip():
        end -= 1
    examples = tuple(
        (number + 1, match["text"].strip())
        for number in range(begin, end)
        if (match := _ITEM.match(lines[number])) is not None
    )
    first = _ITEM.match(lines[begin]) if end > begin else None
    prefix = f"{first['indent']}- " if first else " " * (indent + 2) + "- "
    return Block(intent=intent, examples=examples, end=end, prefix=prefix)


def add_examples(text: str, intent: str, examples: Sequence[str], *, near: str | None = None) -> str:
    """Return an NLU file's text with further examples of an intent that it holds.

    Args:
        text: the file's text.
        intent: the intent's name.
        examples: what to add, as Rasa reads an example; each on one line.
        near: an example of the same block, where an intent has several; the last block without it.

    Raises:
        LayoutError: the file holds no such block, or an example cannot stand in one.
    """
    for example in examples:
        if not example.strip() or example != example.strip() or len(example.splitlines()) != 1:
            raise LayoutError("An example is one line, without blanks around it.")
    blocks = [block for block in blocks_of(text) if block.intent == intent]
    if not blocks:
        raise LayoutError(f"There is no 'examples: |' under '- intent: {intent}' to add to.")
    chosen = next((b for b in blocks if near is not None and near in {t for _, t in b.examples}), blocks[-1])
    after = insert_lines(text, chosen.end, [chosen.prefix + example for example in examples])
    place = blocks_of(text).index(chosen)
    return _checked(text, after, lambda before: _with_examples(before, place, examples))


def _with_examples(document: Any, place: int, examples: Sequence[str]) -> Any:
    """Return what the file must hold afterwards: the examples at the end of the block's literal text."""
    items = [item for item in document["nlu"] if "intent" in item and isinstance(item.get("examples"), str)]
    if place >= len(items):
        raise LayoutError("The file is laid out in a way that nothing can be added to safely; add it by hand.")
    literal = items[place]["examples"]
    body = literal.rstrip("\n")
    added = "".join(f"\n- {example}" for example in examples)
    items[place]["examples"] = (body + added).lstrip("\n") + literal[len(body) :]
    return document


def add_intent(text: str, intent: str, examples: Sequence[str]) -> str:
    """Return an NLU file's text with a new intent at its end.

    Raises:
        LayoutError: the file is no list under `nlu:`, or an example cannot stand in it.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", intent):
        raise LayoutError("An intent's name is small letters, digits and _.")
    last = max((m for m in map(_INTENT.match, text.splitlines()) if m), key=lambda m: m.start(), default=None)
    pad = last["indent"] if last else ""
    body = [f"{pad}- intent: {intent}", f"{pad}  examples: |", *(f"{pad}    - {example}" for example in examples)]
    after = append_lines(text, ["", *body])
    added = {"intent": intent, "examples": "".join(f"- {example}\n" for example in examples)}
    return _checked(text, after, lambda before: {**before, "nlu": [*before["nlu"], added]})


def add_to_list(text: str, key: str, items: Sequence[str]) -> str:
    """Return a file's text with items at the end of the list under a key of the top level.

    Raises:
        LayoutError: there is no such list, written with one `- item` a line.
    """
    lines = [line.rstrip("\r") for line in text.split("\n")]
    begin = next((n for n, line in enumerate(lines) if (m := _KEY.match(line)) and m["key"] == key), None)
    if begin is None:
        raise LayoutError(f"There is no list under '{key}:' to add to.")
    end, prefix = begin + 1, "  - "
    for number in range(begin + 1, len(lines)):
        line = lines[number]
        match = _ITEM.match(line)
        if line.strip() and not line.lstrip().startswith("#") and not line.startswith((" ", "-")):
            break
        if match:
            end, prefix = number + 1, f"{match['indent']}- "
    after = insert_lines(text, end, [prefix + scalar(item) for item in items])
    return _checked(text, after, lambda before: {**before, key: [*(before.get(key) or ()), *items]})


def append_block(text: str, key: str | None, block: Sequence[str]) -> str:
    """Return a file's text with a block of lines at its end: one more item of the list that the file ends with.

    Args:
        text: the file's text.
        key: the key of the top level that holds the list, or None where the file is the list itself.
        block: the item's lines.

    Raises:
        LayoutError: what comes out is not the list with one more item.
    """
    after = append_lines(text, ["", *block])
    added = yaml.safe_load("\n".join(block))

    def expected(before: Any) -> Any:
        if key is None:
            return [*(before or ()), *added]
        return {**before, key: [*before[key], *added]}

    return _checked(text, after, expected)


def insert_lines(text: str, after: int, added: Sequence[str]) -> str:
    """Return the text with lines after one, counted from 1; the file's kind of line break is kept."""
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.split("\n")
    if after >= len(lines):
        # The last line has no break, and the new last line has none either.
        return text + "".join(end + line for line in added)
    head = "\n".join(lines[:after]) + "\n" if after else ""
    return head + "".join(line + end for line in added) + "\n".join(lines[after:])


def append_lines(text: str, added: Sequence[str]) -> str:
    """Return the text with lines at its end; a file without a last line break gets one before them."""
    end = "\r\n" if "\r\n" in text else "\n"
    # More blank lines than one at the end would part the addition from the rest.
    head = text if not text or text.endswith("\n") else text + end
    if head.endswith(end * 2) and added and not added[0]:
        added = added[1:]
    return head + "".join(line + end for line in added)


def scalar(value: str) -> str:
    """Return a text as a YAML scalar: plain where it can stand so, in double quotes elsewhere."""
    plain = value and value == value.strip() and not re.search(r"[\n\r\t]|: |:$| #|^[-?:,\[\]{}#&*!|>'\"%@`]", value)
    if plain:
        try:
            if yaml.safe_load(f"- {value}") == [value]:
                return value
        except yaml.YAMLError:
            pass
    return json.dumps(value, ensure_ascii=False)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _checked(before: str, after: str, expected: Callable[[Any], Any]) -> str:
    """Return the new text where it reads as expected; lines that were there must all be there still, in order."""
    try:
        old, new = yaml.load(before, _Loader), yaml.load(after, _Loader)  # noqa: S506  # a safe loader, below
    except yaml.YAMLError as error:
        raise LayoutError("The file is not YAML, before or after the change; correct it by hand.") from error
    if _plain(new) != _plain(expected(old)):
        raise LayoutError("The file is laid out in a way that nothing can be added to safely; add it by hand.")
    return after


def _plain(value: Any) -> Any:
    """Return a document without what line breaks at the end of a literal text say."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.rstrip("\n") if isinstance(value, str) else value


class _Loader(yaml.CSafeLoader):
    """libyaml's safe loader: the files have thousands of lines."""
