"""Trainings beside the studio: started, watched, cancelled, killed; each in a real process."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from backstride.studio import jobs as jobs_module
from backstride.studio.jobs import JobError, Jobs
from backstride.studio.progress import CHECK, TRAIN, FileReport, JobFolder, Status, Step, now
from backstride.studio.settings import StudioSettings

# In place of a training: says that it is under way, then waits to be ended.
WAITING = """
import os, signal, sys, time
from pathlib import Path
from backstride.studio.jobs import Cancelled, _cancel
from backstride.studio.progress import CHECK, FileReport, JobFolder, Status, Step, now
signal.signal(signal.SIGTERM, _cancel)
folder = JobFolder(Path(sys.argv[1]))
with folder.alive():
    status = Status(id=folder.path.name, by="ann", pid=os.getpid(), started_at=now(), steps=(Step(name=CHECK),))
    report = FileReport(folder, status)
    report.begin(CHECK)
    try:
        # Inside: a signal that comes with the word "ready" must find the way out open.
        print("ready", flush=True)
        time.sleep(600)
    except Cancelled:
        report.end("cancelled")
"""


@pytest.fixture
def settings(tmp_path: Path) -> StudioSettings:
    """A project without any file: a training fails at its first look."""
    return StudioSettings(
        project=tmp_path, state=tmp_path / ".studio", endpoints=tmp_path / "endpoints.yml", models=tmp_path / "models"
    )


def under_way(settings: StudioSettings, job: str = "20260101-000000-aaaa") -> subprocess.Popen[str]:
    folder = settings.state / "jobs" / job
    process = subprocess.Popen(
        [sys.executable, "-c", WAITING, str(folder)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    assert "ready" in [process.stdout.readline().strip(), process.stdout.readline().strip()]
    return process


def ended(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    process.stdout.close()
    return process.wait(timeout=120)


def test_a_training_that_fails_says_why(settings: StudioSettings) -> None:
    jobs = Jobs(settings)
    job = jobs.start(by="ann")
    while jobs.running() is not None:
        os.sched_yield()

    status = jobs.status(job)
    assert status is not None
    assert (status.by, status.outcome) == ("ann", "failed")
    assert status.error
    assert not (settings.models / "history").exists()


def test_one_training_at_a_time(settings: StudioSettings) -> None:
    process = under_way(settings)
    jobs = Jobs(settings)

    with pytest.raises(JobError, match="ann is training already"):
        jobs.start(by="ben")

    jobs.cancel("20260101-000000-aaaa")
    ended(process)


def test_a_cancelled_training_ends(settings: StudioSettings) -> None:
    process = under_way(settings)
    jobs = Jobs(settings)
    jobs.cancel("20260101-000000-aaaa")

    assert ended(process) == 0
    status = jobs.status("20260101-000000-aaaa")
    assert status is not None
    assert status.outcome == "cancelled"
    assert [step.state for step in status.steps] == ["failed"]
    assert jobs.running() is None


def test_a_killed_training_is_seen_as_killed_and_another_one_may_start(settings: StudioSettings) -> None:
    process = under_way(settings)
    os.killpg(process.pid, signal.SIGKILL)
    ended(process)
    jobs = Jobs(settings)

    status = jobs.status("20260101-000000-aaaa")
    assert status is not None
    assert status.outcome == "killed"
    assert jobs.running() is None
    # Cancelling what is dead does nothing: its number may belong to another process by now.
    jobs.cancel("20260101-000000-aaaa")
    again = jobs.status("20260101-000000-aaaa")
    assert again is not None
    assert again.outcome == "killed"


@pytest.mark.parametrize("name", ["", "..", "../x", ".hidden", "nothing"])
def test_an_unknown_name_is_no_job(settings: StudioSettings, name: str) -> None:
    jobs = Jobs(settings)

    assert jobs.status(name) is None
    assert jobs.log(name) == ""
    jobs.cancel(name)


def test_a_training_that_does_not_start_says_why(settings: StudioSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_module.sys, "executable", shutil.which("false"))

    with pytest.raises(JobError, match="did not start"):
        Jobs(settings).start(by="ann")


def test_steps_follow_one_another(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path / "job")
    folder.path.mkdir()
    steps = (Step(name=CHECK), Step(name=TRAIN))
    with folder.alive():
        report = FileReport(folder, Status(id="job", by="ann", pid=1, started_at=now(), steps=steps))
        report.begin(CHECK)
        report.begin(TRAIN)
        report.progress(1, 3, "classifier")
        half = report.status
        report.end("done", candidate="m")

    assert [(s.state, s.done, s.total) for s in half.steps] == [("done", 0, 0), ("running", 1, 3)]
    status = folder.status()
    assert status is not None
    assert (status.outcome, status.candidate, [s.state for s in status.steps]) == ("done", "m", ["done", "done"])
