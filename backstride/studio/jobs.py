"""Trainings that run beside the studio, one at a time: started, watched, cancelled.

A job is a process of its own. It outlives the studio, and the studio finds it again by its folder.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final, NoReturn

from backstride.errors import BackstrideError
from backstride.settings import quiet_imports, set_library_defaults
from backstride.studio.progress import (
    CHECK,
    MEASURE_CANDIDATE,
    MEASURE_SERVING,
    MESSAGES,
    SPEED,
    TRAIN,
    FileReport,
    JobFolder,
    Status,
    Step,
    now,
)
from backstride.studio.settings import read_studio_settings

if TYPE_CHECKING:
    from backstride.studio.settings import StudioSettings

KEPT: Final = 10
_START_TIMEOUT_S: Final = 60.0
_CANCEL_TIMEOUT_S: Final = 30.0
_LOOK_EVERY_S: Final = 0.05


class JobError(BackstrideError):
    """A job cannot be started."""


class Cancelled(BaseException):
    """The process was asked to end; not an Exception, so that nothing on the way takes it for a failure."""


class Jobs:
    """The jobs of a studio."""

    def __init__(self, settings: StudioSettings) -> None:
        self._settings = settings
        self._folder = settings.state / "jobs"

    def start(self, *, by: str, candidate: str | None = None) -> str:
        """Start a training with its comparison, or the comparison of a candidate.

        Returns:
            The job's name.

        Raises:
            JobError: another one runs, or it did not start.
        """
        running = self.running()
        if running is not None:
            raise JobError(f"{running.by} is training already; wait for it or cancel it.")
        self._prune()
        job = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(2)}"
        folder = JobFolder(self._folder / job)
        folder.path.mkdir(parents=True)
        settings = self._settings
        environment = os.environ | {
            "BACKSTRIDE_STUDIO_PROJECT": str(settings.project),
            "BACKSTRIDE_STUDIO_STATE": str(settings.state),
            "BACKSTRIDE_ENDPOINTS": str(settings.endpoints),
            "BACKSTRIDE_MODELS": str(settings.models),
        }
        with folder.log_path.open("wb") as log:
            process = subprocess.Popen(  # noqa: S603  # a fixed command without a shell
                [sys.executable, "-m", __name__, job, by, candidate or ""],
                cwd=settings.project,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        # Else the ended process stays in the list of processes as long as the studio runs.
        threading.Thread(target=process.wait, daemon=True).start()
        deadline = time.monotonic() + _START_TIMEOUT_S
        while folder.status() is None:
            if process.poll() is not None or time.monotonic() > deadline:
                raise JobError("The training did not start:\n" + folder.log(10))
            time.sleep(_LOOK_EVERY_S)
        return job

    def status(self, job: str) -> Status | None:
        """Return how far a job is, None where there is no such job."""
        return self._of(job).status() if _is_name(job) else None

    def log(self, job: str) -> str:
        """Return the end of a job's log."""
        return self._of(job).log() if _is_name(job) else ""

    def all(self) -> list[Status]:
        """Return all jobs that are kept, newest first."""
        if not self._folder.is_dir():
            return []
        names = sorted((folder.name for folder in self._folder.iterdir() if folder.is_dir()), reverse=True)
        return [status for name in names if (status := self.status(name)) is not None]

    def running(self) -> Status | None:
        """Return the job that runs, None where none does."""
        return next((status for status in self.all() if status.outcome == "running"), None)

    def cancel(self, job: str) -> None:
        """End a job and everything that it started. One that has ended stays as it is."""
        status = self.status(job)
        if status is None or status.outcome != "running":
            return
        folder = self._of(job)
        for number in (signal.SIGTERM, signal.SIGKILL):
            # The lock is held: the number still belongs to the job.
            if not folder.is_alive():
                break
            with contextlib.suppress(ProcessLookupError):
                os.killpg(status.pid, number)
            deadline = time.monotonic() + _CANCEL_TIMEOUT_S
            while folder.is_alive() and time.monotonic() < deadline:
                time.sleep(_LOOK_EVERY_S)
        ended = folder.status()
        if ended is not None and ended.outcome == "killed":
            folder.write(ended.copy(update={"outcome": "cancelled", "ended_at": now()}))

    def _of(self, job: str) -> JobFolder:
        return JobFolder(self._folder / job)

    def _prune(self) -> None:
        for status in self.all()[KEPT - 1 :]:
            shutil.rmtree(self._folder / status.id, ignore_errors=True)


def _is_name(job: str) -> bool:
    return bool(job) and Path(job).name == job and not job.startswith(".")


def run(job: str, by: str, candidate: str | None) -> int:
    """Be the job's process. Returns its exit code."""
    settings = read_studio_settings()
    folder = JobFolder(settings.state / "jobs" / job)
    names = (MEASURE_CANDIDATE, MEASURE_SERVING, MESSAGES, SPEED)
    steps = tuple(Step(name=name) for name in (names if candidate else (CHECK, TRAIN, *names)))
    with folder.alive():
        status = Status(id=job, by=by, candidate=candidate or None, pid=os.getpid(), started_at=now(), steps=steps)
        report = FileReport(folder, status)
        try:
            # Inside: before this line a signal ends the process as it is, and after it finds the way out open.
            signal.signal(signal.SIGTERM, _cancel)
            set_library_defaults()
            with quiet_imports():
                from backstride.studio.steps import train_and_compare  # noqa: PLC0415  # takes seconds

            comparison = train_and_compare(settings, report, by=by, candidate=candidate or None)
        except Cancelled:
            report.end("cancelled")
            return 1
        except BackstrideError as error:
            report.line(str(error))
            report.end("failed", str(error))
            return 1
        except BaseException as error:
            report.end("failed", f"{type(error).__name__}: the log says where.")
            raise
        report.end("done", candidate=comparison.candidate)
    return 0


def _cancel(_: int, __: FrameType | None) -> NoReturn:
    # A second signal must not interrupt the writing of the last word.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Cancelled


if __name__ == "__main__":
    raise SystemExit(run(sys.argv[1], sys.argv[2], sys.argv[3] or None))
