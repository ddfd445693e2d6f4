"""Draw the rules and stories of a topic as trees, with a conversation as a path through them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from backstride.studio.project_files import Flow, Step

_WIDTH, _HEIGHT = 190, 26
_GAP_X, _GAP_Y = 34, 10
_MARGIN = 12
_LONGEST = 27


@dataclass(slots=True)
class Node:
    """A step in the tree; flows that begin alike share their beginnings.

    Args:
        kind: "start", "intent", "action" or "other".
        name: what is said or done, or the kind of flow.
        flows: the names of the rules and stories through it.
        is_on: whether the conversation goes through it.
        children: what may come next.
        column, row: its place.
    """

    kind: str
    name: str
    flows: list[str] = field(default_factory=list)
    is_on: bool = False
    children: list[Node] = field(default_factory=list)
    column: int = 0
    row: int = 0

    @property
    def x(self) -> int:
        """The left edge, in pixels."""
        return _MARGIN + self.column * (_WIDTH + _GAP_X)

    @property
    def y(self) -> int:
        """The upper edge, in pixels."""
        return _MARGIN + self.row * (_HEIGHT + _GAP_Y)

    @property
    def label(self) -> str:
        """The name, short enough for the box."""
        return self.name if len(self.name) <= _LONGEST else f"{self.name[: _LONGEST - 1]}…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Boxes and lines with their places in pixels."""

    width: int
    height: int
    nodes: Sequence[Node]
    lines: Sequence[tuple[str, bool]]
    box: tuple[int, int] = (_WIDTH, _HEIGHT)


def draw(flows: Sequence[Flow], conversation: Sequence[Step] = ()) -> Picture:
    """Return the picture of some rules and stories.

    Args:
        flows: the rules and stories.
        conversation: the steps that are drawn as a path.
    """
    roots = []
    for kind, name in (("rule", "rules"), ("story", "stories")):
        root = Node("start", name)
        for flow in flows:
            if flow.kind == kind:
                _grow(root, flow)
        if root.children:
            _mark(root, conversation)
            roots.append(root)
    nodes: list[Node] = []
    row = 0
    for root in roots:
        row = _place(root, 0, row, nodes)
    lines = [(_line(node, child), node.is_on and child.is_on) for node in nodes for child in node.children]
    columns = max((node.column for node in nodes), default=0) + 1
    return Picture(
        width=2 * _MARGIN + columns * (_WIDTH + _GAP_X) - _GAP_X,
        height=2 * _MARGIN + max(1, row) * (_HEIGHT + _GAP_Y) - _GAP_Y,
        nodes=nodes,
        lines=lines,
    )


def _grow(root: Node, flow: Flow) -> None:
    node = root
    for step in flow.steps:
        following = next((c for c in node.children if (c.kind, c.name) == (step.kind, step.name)), None)
        if following is None:
            following = Node(step.kind, step.name)
            node.children.append(following)
        following.flows.append(flow.name)
        node = following


def _mark(root: Node, conversation: Sequence[Step]) -> None:
    """Mark every path from the root that the conversation takes somewhere."""
    for begin in range(len(conversation)):
        node = root
        for step in conversation[begin:]:
            following = next((c for c in node.children if (c.kind, c.name) == (step.kind, step.name)), None)
            if following is None:
                break
            root.is_on = following.is_on = True
            node = following


def _place(node: Node, column: int, row: int, nodes: list[Node]) -> int:
    """Give a node and all behind it their places; return the next free row."""
    node.column, node.row = column, row
    nodes.append(node)
    if not node.children:
        return row + 1
    for child in node.children:
        row = _place(child, column + 1, row, nodes)
    return row


def _line(node: Node, child: Node) -> str:
    x1, y1 = node.x + _WIDTH, node.y + _HEIGHT // 2
    x2, y2 = child.x, child.y + _HEIGHT // 2
    middle = (x1 + x2) // 2
    return f"M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}"
