"""Whole conversations and what the assistant must answer, read from YAML.

A scenario file is a list of conversations:

    - name: heat, then how often
      turns:
      - user: "is a hot water bottle any good"
        bot: ["towel", "15 to 20 minutes"]    # all of these stand in what the person reads, capitals aside
        not_bot: ["lactic acid builds"]       # none of these does
        knowledge: [relief.heat]              # these ids are among the metadata of the reply
        buttons: ["Why?"]                     # buttons with these titles are offered
        urgency: routine                      # a message carries this urgency
        red_flags: [persistent]               # these warning signs are among the metadata
      - tap: "Why?"                           # taps a button that the last reply offered
        bot: ["dulls the feeling"]
      - restart: true                         # the server is started again; the conversation goes on
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import root_validator
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from backstride.checked_yaml import FrozenModel, YamlList, YamlMap, check, line_of
from backstride.errors import KnowledgeError, Problem


class ExpectedTurn(FrozenModel):
    """What a person does, and what the reply must and must not hold."""

    user: str | None = None
    tap: str | None = None
    restart: bool = False
    bot: tuple[str, ...] = ()
    not_bot: tuple[str, ...] = ()
    knowledge: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    urgency: str | None = None
    red_flags: tuple[str, ...] = ()

    @root_validator(skip_on_failure=True)
    @classmethod
    def _does_one_thing(cls, values: dict[str, Any]) -> dict[str, Any]:
        done = [name for name in ("user", "tap", "restart") if values[name]]
        told = [name for name in ("bot", "knowledge", "urgency", "red_flags") if values[name]]
        if len(done) != 1:
            raise ValueError("write one of 'user', 'tap' and 'restart: true'")
        if values["restart"] and (told or values["not_bot"] or values["buttons"]):
            raise ValueError("a restart says nothing: expect the words at the turn after it")
        if not values["restart"] and not told:
            raise ValueError("say what the reply must hold: 'bot', 'knowledge', 'urgency' or 'red_flags'")
        return values


class _ExpectedConversation(FrozenModel):
    name: str
    turns: tuple[ExpectedTurn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One conversation of a file, with the lines (from 1) at which its turns stand."""

    path: Path
    name: str
    turns: tuple[ExpectedTurn, ...]
    lines: tuple[int, ...]

    @property
    def id(self) -> str:
        """Its name in a test report."""
        return f"{self.path.parent.name}/{self.path.stem}: {self.name}"


def read_scenarios(path: Path) -> tuple[Scenario, ...]:
    """Return the conversations of a file.

    Raises:
        KnowledgeError: with all mistakes, each with file, line and mend.
    """
    problems: list[Problem] = []
    scenarios: list[Scenario] = []
    for place, node in enumerate(nodes := _conversations(path)):
        line = line_of(nodes, (place,))
        if not isinstance(node, YamlMap):
            problems.append(_wrong(path, line, "this is no conversation", "write 'name:' and 'turns:'"))
            continue
        name = str(node.get("name", ""))
        read, found = check(_ExpectedConversation, node, path=path, entry=name, line=line)
        problems += found
        if read is None:
            continue
        lines = tuple(line_of(node, ("turns", turn)) for turn in range(len(read.turns)))
        if name in {scenario.name for scenario in scenarios}:
            problems.append(_wrong(path, line, f"{name!r} stands here a second time", "give it another name"))
        if not read.turns or read.turns[0].tap or read.turns[0].restart:
            problems.append(_wrong(path, line, f"{name!r} does not begin with words", "begin with a 'user' turn"))
        scenarios.append(Scenario(path=path, name=name, turns=read.turns, lines=lines))
    if problems:
        raise KnowledgeError(problems)
    return tuple(scenarios)


def _conversations(path: Path) -> YamlList:
    try:
        document = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        mend = "check the indentation, the quotes and the colons of this line and the one above"
        raise KnowledgeError([_wrong(path, line, f"this is not YAML ({error.problem})", mend)]) from error
    conversations = _with_lines(document)
    if not isinstance(conversations, YamlList):
        raise KnowledgeError([_wrong(path, 1, "this is no list of conversations", "begin each with '- name:'")])
    return conversations


def _with_lines(node: Any) -> Any:
    """Turn ruamel's values, which know their lines from 0, into those that `check` names the lines of."""
    if isinstance(node, CommentedMap):
        mapping = YamlMap(((key, _with_lines(value)) for key, value in node.items()), line=node.lc.line + 1)
        mapping.lines = {key: node.lc.key(key)[0] + 1 for key in node}
        return mapping
    if isinstance(node, CommentedSeq):
        items = YamlList(map(_with_lines, node), line=node.lc.line + 1)
        items.lines = [node.lc.item(index)[0] + 1 for index in range(len(node))]
        return items
    return node


def _wrong(path: Path, line: int, wrong: str, mend: str) -> Problem:
    return Problem(path=path, line=line, entry="", wrong=wrong, mend=mend)
