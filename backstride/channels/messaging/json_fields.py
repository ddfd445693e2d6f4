"""Reading fields of JSON that came from outside: whatever is missing or of another type reads as empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def value_at(node: Any, *keys: str) -> Any:
    """Return what stands at a place, or None."""
    for key in keys:
        node = node.get(key) if isinstance(node, Mapping) else None
    return node


def text_at(node: Any, *keys: str) -> str:
    """Return the text at a place, or an empty one; a number is read as its digits."""
    value = value_at(node, *keys)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


def mapping_at(node: Any, *keys: str) -> Mapping[str, Any]:
    """Return the object at a place, or an empty one."""
    value = value_at(node, *keys)
    return value if isinstance(value, Mapping) else {}


def items_at(node: Any, *keys: str) -> list[Mapping[str, Any]]:
    """Return the objects of the list at a place; anything else in it is left out."""
    value = value_at(node, *keys)
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
