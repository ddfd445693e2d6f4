"""Write changes of several files: all of them or none, and only over what the trainer has seen.

A change carries the hash of the text that it was made from. Where a file has another text by now (a second trainer, an
editor), nothing at all is written. Before the first file is replaced, all new texts stand in a journal; a process that
is killed in the middle is finished by the next start.
"""

from __future__ import annotations

import contextlib
import difflib
import fcntl
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from backstride.errors import BackstrideError
from backstride.files import replace_text


class ConflictError(BackstrideError):
    """A file has changed since the change was made; nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """A new text for a file.

    Args:
        path: the file, relative to the project.
        before: the text that the change was made from; "" where the file is new.
        after: the new text.
    """

    path: str
    before: str
    after: str

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The change as a person reads it: kind of line ("hunk", "add", "cut", "same") and its text."""
        kinds = {"+": "add", "-": "cut", "@": "hunk"}
        diff = difflib.unified_diff(self.before.splitlines(), self.after.splitlines(), n=2, lineterm="")
        return [(kinds.get(line[:1], "same"), line) for line in diff if not line.startswith(("---", "+++"))]

    @property
    def added(self) -> int:
        """How many lines are new."""
        return sum(kind == "add" for kind, _ in self.lines)


def hash_of(text: str) -> str:
    """Return what a text is recognised by."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_text(path: Path) -> str:
    """Return a file's text with its line breaks as they are, or "" where there is none."""
    return path.read_bytes().decode("utf-8") if path.is_file() else ""


def write_all(project: Path, state: Path, changes: Sequence[FileChange]) -> None:
    """Write all changes, or none.

    Args:
        project: the folder that the changes' paths are relative to.
        state: where the journal is kept.
        changes: what to write.

    Raises:
        ConflictError: a file has changed meanwhile.
        OSError: a file cannot be written; what was written before it is finished by `finish_writing`.
    """
    with _only_one(state):
        _finish(project, state)
        for change in changes:
            if read_text(_inside(project, change.path)) != change.before:
                raise ConflictError(f"{change.path} has changed meanwhile. Look at the change again, then write it.")
        journal = [
            {"path": c.path, "before": hash_of(c.before), "after": c.after} for c in changes if c.before != c.after
        ]
        replace_text(_journal(state), json.dumps(journal, ensure_ascii=False))
        _finish(project, state)


def finish_writing(project: Path, state: Path) -> list[str]:
    """Finish what a killed process began; return the files that were written now."""
    with _only_one(state):
        return _finish(project, state)


def _finish(project: Path, state: Path) -> list[str]:
    journal = _journal(state)
    if not journal.is_file():
        return []
    written: list[str] = []
    for entry in json.loads(journal.read_text(encoding="utf-8")):
        path = _inside(project, entry["path"])
        # A file that is new already, or that somebody changed after the crash, stays as it is.
        if hash_of(read_text(path)) == entry["before"]:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_text(path, entry["after"])
            written.append(entry["path"])
    journal.unlink()
    return written


def _journal(state: Path) -> Path:
    return state / "writing.json"


def _inside(project: Path, name: str) -> Path:
    path = (project / name).resolve()
    if not path.is_relative_to(project.resolve()):
        raise ConflictError(f"{name} is outside the project.")
    return path


@contextlib.contextmanager
def _only_one(state: Path) -> Iterator[None]:
    """Hold the lock that the studio and the command line share."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (state / "writing.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
