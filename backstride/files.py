"""Replace files in one step: whoever reads, and whoever looks after a crash, sees the old one or the new one."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def replace_text(path: Path, text: str) -> None:
    """Write a text as UTF-8 in place of a file, which keeps its permissions.

    Raises:
        OSError: the folder cannot be written to; the old file is as it was.
    """
    replace_bytes(path, text.encode())


def replace_bytes(path: Path, content: bytes) -> None:
    """Write bytes in place of a file, which keeps its permissions.

    Raises:
        OSError: the folder cannot be written to; the old file is as it was.
    """
    replace_by(path, lambda part: part.write(content))


def replace_copy(source: Path, target: Path) -> None:
    """Put a copy of a file in place of another; the copy counts as new: its time is now.

    Raises:
        OSError: the source cannot be read or the folder cannot be written to; the old file is as it was.
    """

    def copy(part: BinaryIO) -> None:
        with source.open("rb") as file:
            shutil.copyfileobj(file, part)

    replace_by(target, copy)


def replace_by(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Put what a function writes in place of a file, which keeps its permissions.

    Raises:
        OSError: the folder cannot be written to; the old file is as it was.
    """
    # In the same folder: only inside one file system is a rename one step.
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
        # mkstemp lets nobody else read: what was readable stays readable.
        part.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        _flush(part)
        part.replace(path)
        _flush(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def _flush(path: Path) -> None:
    """Make the disk hold what was written, so that a rename never comes before its content."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
