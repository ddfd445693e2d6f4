"""From the data to a comparison: check, train, measure the candidate and the serving model, compare.

Runs in a process of its own, started by the studio (`jobs.py`) or by the command line: Rasa takes seconds to import
and holds up whoever shares its process. Killed anywhere, it leaves the
serving model as it is, and a candidate that is either whole or not there.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from backstride.errors import BackstrideError
from backstride.evaluation import measure
from backstride.evaluation.figures import Evaluation, Speed
from backstride.files import replace_text
from backstride.knowledge_files import check_all
from backstride.logs import configure_logging
from backstride.model_store import ModelAbout, ModelStore
from backstride.studio.comparison import Comparison, MessageChange
from backstride.studio.comparisons import Comparisons
from backstride.studio.conversations import open_conversations
from backstride.studio.progress import CHECK, MEASURE_CANDIDATE, MEASURE_SERVING, MESSAGES, SPEED, TRAIN, Report
from backstride.studio.recent import RecentMessage, recent_messages
from backstride.studio.settings import read_studio_settings
from backstride.studio.tracker_events import StoreError
from backstride.training import train_candidate

if TYPE_CHECKING:
    from backstride.studio.settings import StudioSettings

_EVALUATION: Final = "evaluation.json"
_VALIDATE_TIMEOUT_S: Final = 300
_LOOK_EVERY_S: Final = 0.5


class CheckError(BackstrideError):
    """The files contradict themselves or one another; the log says where."""


def train_and_compare(settings: StudioSettings, report: Report, *, by: str, candidate: str | None = None) -> Comparison:
    """Train a candidate, or take one that was trained, and compare it with the serving model.

    Args:
        settings: which project, which models, whose conversations.
        report: told how far it is.
        by: who asked for it.
        candidate: a kept model's id; a new one is trained without it.

    Raises:
        BackstrideError: a file is wrong, the training failed, a model cannot be loaded; the message says what.
    """
    store = ModelStore(settings.models)
    store.recover()
    # Read first: a mistake in a test should be told before minutes of training, not after.
    tests = measure.read_tests(settings.project)
    if candidate is None:
        check_files(settings.project, report)
    with _measuring_beside(store, tests, settings) as beside:
        about = store.about(candidate) if candidate is not None else _train(store, settings, report, by)
        comparison = asyncio.run(_compare(store, about, tests, settings, report, beside))
    Comparisons(settings.state).write(comparison)
    return comparison


def measure_serving(settings: StudioSettings, model: str) -> None:
    """Measure a model and keep the figures beside it; does nothing where they are there."""
    configure_logging("warning")
    store, tests, quiet = ModelStore(settings.models), measure.read_tests(settings.project), _Quiet()

    async def both() -> None:
        agent, _ = await measure.load_timed(store.path_of(model))
        await _evaluation(store, store.about(model), agent, tests, settings.project, quiet)

    asyncio.run(both())


@contextlib.contextmanager
def _measuring_beside(
    store: ModelStore, tests: measure.Tests, settings: StudioSettings
) -> Iterator[subprocess.Popen[bytes] | None]:
    """Measure the serving model in a process of its own meanwhile, where it must be and a processor is free for it.

    A training uses one processor. What the process finds is read from where it keeps it, so nothing depends on it.
    """
    current = _serving(store)
    if current is None or _known_evaluation(store, current, tests) is not None or _processors() < 2:  # noqa: PLR2004
        yield None
        return
    environment = os.environ | {
        "BACKSTRIDE_STUDIO_PROJECT": str(settings.project),
        "BACKSTRIDE_STUDIO_STATE": str(settings.state),
        "BACKSTRIDE_ENDPOINTS": str(settings.endpoints),
        "BACKSTRIDE_MODELS": str(settings.models),
    }
    process = subprocess.Popen(  # noqa: S603  # a fixed command without a shell
        [sys.executable, "-m", __name__, current.id],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Quiet:
    """Tells nobody how far it is."""

    def begin(self, step: str) -> None:
        """Tell nobody."""

    def progress(self, done: int, total: int, detail: str = "") -> None:
        """Tell nobody."""

    def line(self, text: str) -> None:
        """Tell nobody."""


def check_files(project: Path, report: Report) -> None:
    """Check the knowledge files, and the training data as `rasa data validate` does.

    Raises:
        KnowledgeError: a knowledge file says something that it must not.
        CheckError: the training data contradict themselves.
    """
    report.begin(CHECK)
    report.progress(0, 2, "knowledge")
    check_all()
    report.progress(1, 2, "training data")
    command = [sys.executable, "-m", "rasa", "data", "validate", "--max-history", "6", "--fail-on-warnings", "--quiet"]
    command += ["--domain", str(project / "domain.yml"), "--config", str(project / "config.yml")]
    command += ["--data", str(project / "data")]
    try:
        done = subprocess.run(  # noqa: S603  # a fixed command without a shell
            command, cwd=project, capture_output=True, text=True, check=False, timeout=_VALIDATE_TIMEOUT_S
        )
    except subprocess.TimeoutExpired as error:
        raise CheckError(f"'rasa data validate' did not end within {_VALIDATE_TIMEOUT_S} s.") from error
    if done.returncode != 0:
        told = [line for line in f"{done.stdout}\n{done.stderr}".splitlines() if line.strip()]
        for line in told:
            report.line(line)
        raise CheckError("The training data contradict themselves:\n" + "\n".join(told[-10:]))


def _train(store: ModelStore, settings: StudioSettings, report: Report, by: str) -> ModelAbout:
    report.begin(TRAIN)
    report.progress(0, 0, "reading the data")
    started = 0

    def on_component(name: str) -> None:
        nonlocal started
        started += 1
        report.progress(started, 0, name)
        report.line(f"Training {name}")

    about = train_candidate(store, project=settings.project, by=by, on_component=on_component)
    report.line(f"Trained {about.id} in {about.train_seconds:.0f} s, {about.bytes / 1e6:.1f} MB")
    return about


async def _compare(
    store: ModelStore,
    candidate: ModelAbout,
    tests: measure.Tests,
    settings: StudioSettings,
    report: Report,
    beside: subprocess.Popen[bytes] | None,
) -> Comparison:
    configure_logging("warning")
    report.begin(MEASURE_CANDIDATE)
    agent, load_s = await measure.load_timed(store.path_of(candidate.id))
    after = await _evaluation(store, candidate, agent, tests, settings.project, report)

    report.begin(MEASURE_SERVING)
    while beside is not None and beside.poll() is None:
        report.progress(0, 0, "in a process of its own")
        await asyncio.sleep(_LOOK_EVERY_S)
    current = _serving(store)
    before, other_agent, other_load_s = None, None, 0.0
    if current is not None:
        other_agent, other_load_s = await measure.load_timed(store.path_of(current.id))
        before = await _evaluation(store, current, other_agent, tests, settings.project, report)
    else:
        report.line("No model serves yet: nothing to compare with.")

    report.begin(MESSAGES)
    messages, changes = [], []
    if other_agent is not None:
        messages = _recent(settings, report)
        changes = await _changes(messages, other_agent, agent, report)

    report.begin(SPEED)
    agents, loads = ([agent, other_agent], [load_s, other_load_s]) if other_agent is not None else ([agent], [load_s])
    speeds: list[Speed] = await measure.compare_speed(agents, loads, tests)
    return Comparison(
        candidate=candidate.id,
        current=current.id if current else None,
        made_at=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        basis=tests.basis,
        after=after,
        before=before,
        speed_after=speeds[0],
        speed_before=speeds[1] if current else None,
        bytes_after=candidate.bytes,
        bytes_before=current.bytes if current else None,
        messages=len(messages),
        changes=tuple(changes),
    )


async def _evaluation(
    store: ModelStore, about: ModelAbout, agent: Any, tests: measure.Tests, project: Path, report: Report
) -> Evaluation:
    """Measure a model, or return what was measured on it with the same tests, knowledge and code."""
    known = _known_evaluation(store, about, tests)
    if known is not None:
        report.line(f"{about.id} was measured before")
        return known
    found: Evaluation = await measure.evaluate(
        agent,
        store.path_of(about.id),
        tests,
        project=project,
        sha256=about.sha256,
        on_progress=lambda stage, done, total: report.progress(done, total, stage),
    )
    replace_text(store.folder_of(about.id) / _EVALUATION, found.json())
    return found


def _known_evaluation(store: ModelStore, about: ModelAbout, tests: measure.Tests) -> Evaluation | None:
    """Return what was measured on a model with the same tests, knowledge and code; None where nothing was."""
    try:
        known = Evaluation.parse_file(store.folder_of(about.id) / _EVALUATION)
    except (FileNotFoundError, ValidationError):
        return None
    return known if (known.sha256, known.basis) == (about.sha256, tests.basis) else None


def _serving(store: ModelStore) -> ModelAbout | None:
    """Return the serving model; one that was put there by hand is kept first."""
    current = store.current()
    if current is None and store.serving.is_file():
        current = store.keep(store.serving)
    return current


def _recent(settings: StudioSettings, report: Report) -> list[RecentMessage]:
    try:
        index, events = open_conversations(settings)
        index.sync(events)
        return recent_messages(index, events)
    except StoreError as error:
        report.line(str(error))
        return []


async def _changes(messages: list[RecentMessage], before: Any, after: Any, report: Report) -> list[MessageChange]:
    changes = []
    for done, message in enumerate(messages):
        report.progress(done, len(messages))
        was, now = await measure.read(before, message.text), await measure.read(after, message.text)
        if not was.same_as(now):
            changes.append(MessageChange(conversation=message.conversation, key=message.key, before=was, after=now))
    # What loses urgency must be looked at first, then what changes its topic.
    return sorted(changes, key=lambda c: (not c.loses_urgency, c.before.intent == c.after.intent, c.before.intent))


if __name__ == "__main__":
    measure_serving(read_studio_settings(), sys.argv[1])
