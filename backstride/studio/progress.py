"""How far a training is: the steps, and the file that says so.

The file is replaced in one step whenever something changes. It lies in the job's own folder, so that it outlives the
studio, the job and a kill of either.
"""

from __future__ import annotations

import datetime
import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, Protocol

from pydantic import Field, ValidationError

from backstride.checked_yaml import FrozenModel
from backstride.files import replace_text

CHECK: Final = "Check the files"
TRAIN: Final = "Train the candidate"
MEASURE_CANDIDATE: Final = "Measure the candidate"
MEASURE_SERVING: Final = "Measure the serving model"
MESSAGES: Final = "Read recent messages with both"
SPEED: Final = "Compare the speed"

_STATUS: Final = "status.json"
_LOG: Final = "log.txt"
_LOCK: Final = "lock"
_WRITE_EVERY_S: Final = 0.25

StepState = Literal["waiting", "running", "done", "failed"]
Outcome = Literal["running", "done", "failed", "cancelled", "killed"]


class Report(Protocol):
    """Is told how far it is."""

    def begin(self, step: str) -> None:
        """Note that a step begins; the one before is done."""

    def progress(self, done: int, total: int, detail: str = "") -> None:
        """Note how far the step is; a total of 0 is an unknown one."""

    def line(self, text: str) -> None:
        """Add a line to the log."""


class Step(FrozenModel):
    """One step and how far it is; a total of 0 is an unknown one."""

    name: str
    state: StepState = "waiting"
    done: int = 0
    total: int = 0
    detail: str | None = None


class Status(FrozenModel):
    """How far a job is.

    Args:
        id: the job's name.
        by: who started it.
        candidate: the model that is compared; None until it is trained.
        pid: its process, which leads a process group of the same number.
        started_at: in UTC, ISO 8601.
        ended_at: in UTC, ISO 8601; None while it runs.
        outcome: how it ended.
        error: what went wrong, for a trainer to read.
        steps: all steps.
    """

    id: str
    by: str
    candidate: str | None = None
    pid: int
    started_at: str
    ended_at: str | None = None
    outcome: Outcome = "running"
    error: str | None = None
    steps: tuple[Step, ...] = Field(())

    @property
    def seconds(self) -> float:
        """How long it has run."""
        end = datetime.datetime.fromisoformat(self.ended_at) if self.ended_at else _now()
        return (end - datetime.datetime.fromisoformat(self.started_at)).total_seconds()


class JobFolder:
    """What a job leaves behind: its status, its log, and a lock that is held as long as it lives."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def status(self) -> Status | None:
        """Return how far the job is; one that died without a word was killed. None where nothing was written yet."""
        try:
            status = Status.parse_file(self.path / _STATUS)
        except (FileNotFoundError, ValidationError):
            return None
        if status.outcome == "running" and not self.is_alive():
            # It may have written its last word between the two looks.
            status = Status.parse_file(self.path / _STATUS)
            if status.outcome == "running":
                return status.copy(update={"outcome": "killed", "ended_at": status.ended_at or status.started_at})
        return status

    def log(self, lines: int = 200) -> str:
        """Return the end of the log."""
        file = self.path / _LOG
        if not file.is_file():
            return ""
        return "\n".join(file.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def is_alive(self) -> bool:
        """Return whether the job's process holds its lock, which ends with the process however it ends."""
        file = self.path / _LOCK
        if not file.is_file():
            return False
        with file.open("r", encoding="ascii") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    @contextmanager
    def alive(self) -> Iterator[None]:
        """Hold the lock."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / _LOCK).open("w", encoding="ascii") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def write(self, status: Status) -> None:
        """Replace the status."""
        replace_text(self.path / _STATUS, status.json())

    @property
    def log_path(self) -> Path:
        """The file that takes the job's output."""
        return self.path / _LOG


class FileReport:
    """Writes how far it is into a job's folder, a few times a second at most."""

    def __init__(self, folder: JobFolder, status: Status) -> None:
        self._folder = folder
        self._written = 0.0
        self.status = status
        folder.write(status)

    def begin(self, step: str) -> None:
        """Note that a step begins; those before it are done."""
        place = [s.name for s in self.status.steps].index(step)
        steps = [
            s.copy(update={"state": "done"}) if i < place else s.copy(update={"state": "running"}) if i == place else s
            for i, s in enumerate(self.status.steps)
        ]
        self._update(steps=tuple(steps))
        self.line(step)

    def progress(self, done: int, total: int, detail: str = "") -> None:
        """Note how far the step is."""
        change = {"done": done, "total": total, "detail": detail or None}
        steps = tuple(s.copy(update=change) if s.state == "running" else s for s in self.status.steps)
        self.status = self.status.copy(update={"steps": steps})
        if time.monotonic() - self._written > _WRITE_EVERY_S:
            self._update()

    def line(self, text: str) -> None:
        """Add a line to the log: the process's own output."""
        print(f"{self.status.seconds:4.0f} s  {text}", flush=True)  # noqa: T201  # the job's output is its log

    def end(self, outcome: Outcome, error: str | None = None, candidate: str | None = None) -> None:
        """Note how it ended."""
        last: StepState = "done" if outcome == "done" else "failed"
        steps = tuple(s.copy(update={"state": last}) if s.state == "running" else s for s in self.status.steps)
        self._update(
            steps=steps,
            outcome=outcome,
            error=error or None,
            candidate=candidate or self.status.candidate,
            ended_at=_now().isoformat(timespec="seconds"),
        )

    def _update(self, **changes: object) -> None:
        self.status = self.status.copy(update=changes)
        self._folder.write(self.status)
        self._written = time.monotonic()


def now() -> str:
    """Return the time in UTC, ISO 8601."""
    return _now().isoformat(timespec="seconds")


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)
