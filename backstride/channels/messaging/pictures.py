"""The exercise pictures as PNG: no messaging platform shows an SVG."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import resvg_py

if TYPE_CHECKING:
    from pathlib import Path

# 960 by 720 pixels from drawings of 320 by 240: sharp on a phone, 30 to 60 kB.
ZOOM = 3
_NAME = re.compile(r"^([a-z0-9_-]{1,64})\.png$")


class Pictures:
    """Draws each picture once.

    Args:
        folder: where the SVG drawings are; nothing outside it is ever read.
    """

    def __init__(self, folder: Path) -> None:
        self._drawings = {drawing.stem: drawing for drawing in folder.glob("*.svg")}
        self._drawn: dict[str, bytes] = {}

    async def png(self, name: str) -> bytes | None:
        """Return a picture by its file name, such as `plank.png`, or None where there is none."""
        found = _NAME.match(name)
        drawing = self._drawings.get(found.group(1)) if found else None
        if drawing is None:
            return None
        if name not in self._drawn:
            self._drawn[name] = await asyncio.to_thread(draw, drawing)
        return self._drawn[name]


def draw(drawing: Path) -> bytes:
    """Return an SVG drawing as PNG on white: a messaging app in dark mode would swallow dark lines."""
    return bytes(resvg_py.svg_to_bytes(svg_string=drawing.read_text(encoding="utf-8"), zoom=ZOOM, background="#ffffff"))
