"""The exercise pictures as PNG: no messaging platform shows an SVG.

`backstride pictures` draws them when the project is built. A picture's file carries a digest of its drawing in its
name: a drawing that was changed since has no file, and is drawn anew by the next build, or by the server when somebody
asks for it.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import resvg_py

from backstride.files import replace_bytes
from backstride.settings import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DRAWN: Final = ROOT / ".cache" / "pictures"
# 960 by 720 pixels from drawings of 320 by 240: sharp on a phone, 30 to 60 kB.
ZOOM: Final = 3
# A messaging app in dark mode would swallow dark lines.
BACKGROUND: Final = "#ffffff"
_NAME = re.compile(r"^([a-z0-9_-]{1,64})\.png$")


class Pictures:
    """Hands out each picture, from the folder of those drawn already where it is there.

    Args:
        folder: where the SVG drawings are; nothing outside it is ever drawn.
        drawn: where the PNG files are; only read.
    """

    def __init__(self, folder: Path, drawn: Path) -> None:
        self._drawings = {drawing.stem: drawing for drawing in folder.glob("*.svg")}
        self._drawn = drawn
        self._kept: dict[str, bytes] = {}

    async def png(self, name: str) -> bytes | None:
        """Return a picture by its file name, such as `plank.png`, or None where there is none."""
        found = _NAME.match(name)
        drawing = self._drawings.get(found.group(1)) if found else None
        if drawing is None:
            return None
        if name not in self._kept:
            self._kept[name] = await asyncio.to_thread(_read_or_draw, drawing, self._drawn)
        return self._kept[name]


def draw_missing(folder: Path, drawn: Path) -> int:
    """Draw what is not drawn yet or was changed since, and remove the files that belong to no drawing any more.

    Args:
        folder: where the SVG drawings are.
        drawn: where the PNG files are kept; made where it is missing.

    Returns:
        How many were drawn.

    Raises:
        OSError: the folder cannot be written to.
    """
    drawn.mkdir(parents=True, exist_ok=True)
    files = {_file_of(drawing, drawn): drawing for drawing in folder.glob("*.svg")}
    missing = {file: drawing for file, drawing in files.items() if not file.is_file()}
    for file, drawing in missing.items():
        replace_bytes(file, draw(drawing))
    for file in drawn.glob("*.png"):
        if file not in files:
            file.unlink(missing_ok=True)
    return len(missing)


def not_drawn(folder: Path, drawn: Path) -> list[str]:
    """Return the names of the drawings that the server would have to draw when somebody asks for them."""
    return sorted(drawing.stem for drawing in folder.glob("*.svg") if not _file_of(drawing, drawn).is_file())


def draw(drawing: Path) -> bytes:
    """Return an SVG drawing as PNG."""
    text = drawing.read_text(encoding="utf-8")
    return bytes(resvg_py.svg_to_bytes(svg_string=text, zoom=ZOOM, background=BACKGROUND))


def _read_or_draw(drawing: Path, drawn: Path) -> bytes:
    file = _file_of(drawing, drawn)
    return file.read_bytes() if file.is_file() else draw(drawing)


def _file_of(drawing: Path, drawn: Path) -> Path:
    """Return where a drawing's picture is kept: all that it is made from and by stands in the digest."""
    made_by = f"{version('resvg-py')} {ZOOM} {BACKGROUND} ".encode()
    digest = hashlib.sha256(made_by + drawing.read_bytes()).hexdigest()[:16]
    return drawn / f"{drawing.stem}-{digest}.png"
