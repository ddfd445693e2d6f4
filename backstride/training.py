"""Train a model, and know whether the one that serves still fits what it was trained from."""

from __future__ import annotations

import getpass
import hashlib
import logging
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from backstride.errors import BackstrideError
from backstride.model_store import MODEL_NAME, GitState, ModelAbout, ModelStore
from backstride.settings import ROOT

# Everything that changes what a model learns, or how it is loaded, by the part that a person would name.
CODE: Final = "code"
_PARTS: Mapping[str, tuple[str, ...]] = {
    "configuration": ("config.yml",),
    "domain": ("domain.yml",),
    "data": ("data",),
    "warning signs": ("knowledge/red_flag_phrases", "knowledge/red_flag_language.yml"),
    "word lists": ("knowledge/scope_words.yml", "knowledge/entity_words.yml"),
    CODE: ("backstride/language", "requirements.lock"),
}
_IGNORED_SUFFIXES = {".pyc", ".svg", ".png"}
_GIT_TIMEOUT_S = 10

# Told which component is being trained, by its class's name.
OnComponent = Callable[[str], None]


class TrainingError(BackstrideError):
    """Rasa trained no model; its own output says why."""


def is_fresh(models: Path, project: Path | None = None) -> bool:
    """Return whether a model serves that fits exactly the present inputs.

    It was trained from them, or a person promoted it or rolled back to it while they were as they are now.
    """
    store = ModelStore(models)
    current = store.current()
    if current is None:
        return False
    decision = store.decision()
    chosen_for = decision.inputs if decision is not None and decision.is_chosen else None
    return fingerprint(project) in {current.inputs, chosen_for}


def is_chosen(models: Path) -> bool:
    """Return whether a person chose the serving model, and the code that loads it is still the same.

    Then nothing but a person's decision should replace it, whatever has changed in the data since.
    """
    decision = ModelStore(models).decision()
    return decision is not None and decision.is_chosen and decision.code == fingerprints()[CODE]


def train_model(models: Path) -> Path:
    """Train a model and let it serve at the next start; the one that served before is kept.

    Returns:
        The model's file.

    Raises:
        TrainingError: Rasa trained no model.
        ModelError: another process is training here.
    """
    store = ModelStore(models)
    about = train_candidate(store)
    store.install(about.id, kind="trained", by=this_user(), inputs=about.inputs, code=about.parts.get(CODE))
    return store.serving


def train_candidate(
    store: ModelStore, *, project: Path | None = None, by: str | None = None, on_component: OnComponent | None = None
) -> ModelAbout:
    """Train a model and keep it as a candidate; the one that serves stays.

    Args:
        store: where it is kept.
        project: the folder with `config.yml`, `domain.yml` and `data/`; this one without it.
        by: who trains it; this process's user without it.
        on_component: told which component is being trained.

    Raises:
        TrainingError: Rasa trained no model.
        ModelError: another process is training here.
    """
    # Rasa takes seconds to import: only training pays for it.
    import rasa.model_training

    from backstride.logs import configure_logging

    configure_logging("warning")

    project = project or ROOT
    parts, inputs, git = fingerprints(project), fingerprint(project), git_state(project)
    started = time.monotonic()
    with store.training_folder() as folder, _listening_for_components(on_component):
        result = rasa.model_training.train(
            domain=str(project / "domain.yml"),
            config=str(project / "config.yml"),
            training_files=[str(project / "data")],
            output=str(folder),
            fixed_model_name=MODEL_NAME,
            force_training=False,
        )
        if result.model is None or result.code != 0:
            raise TrainingError("Rasa trained no model; the lines above say why.")
        return store.keep(
            Path(result.model),
            by=by or this_user(),
            train_seconds=round(time.monotonic() - started, 1),
            inputs=inputs,
            parts=parts,
            git=git,
        )


def fingerprint(project: Path | None = None) -> str:
    """Return one hash over the names and contents of all inputs of a project, this one without a folder."""
    return _hash_of(file for part, names in _PARTS.items() for file in _files(part, names, project))


def fingerprints(project: Path | None = None) -> dict[str, str]:
    """Return one hash for each part of the inputs."""
    return {part: _hash_of(_files(part, names, project)) for part, names in _PARTS.items()}


def git_state(project: Path | None = None) -> GitState | None:
    """Return which commit the project is at, None outside of a repository."""
    commit = _git(project or ROOT, "rev-parse", "HEAD")
    if commit is None:
        return None
    return GitState(commit=commit, changed=bool(_git(project or ROOT, "status", "--porcelain", "--untracked-files=no")))


def this_user() -> str:
    """Return the name of the user that this process runs as."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603  # a fixed command without a shell
            ["git", "-C", str(folder), *arguments],  # noqa: S607  # git is where the person has it
            capture_output=True,
            text=True,
            check=False,
            timeout=_GIT_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _hash_of(files: Iterable[tuple[Path, str]]) -> str:
    digest = hashlib.sha256()
    for file, name in files:
        digest.update(name.encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _files(part: str, names: tuple[str, ...], project: Path | None) -> Iterator[tuple[Path, str]]:
    """Yield the files of a part, each with its path below the project; the code is always that which runs."""
    root = ROOT if part == CODE or project is None else project
    for name in names:
        path = root / name
        found = [path] if path.is_file() else sorted(f for f in path.rglob("*") if f.is_file())
        yield from ((f, str(f.relative_to(root))) for f in found if f.suffix not in _IGNORED_SUFFIXES)


@contextmanager
def _listening_for_components(on_component: OnComponent | None) -> Iterator[None]:
    """Hand over which component Rasa trains: it says so in its log and nowhere else."""
    if on_component is None:
        yield
        return
    logger = logging.getLogger("rasa.engine.training.hooks")
    level, propagate = logger.level, logger.propagate
    handler = _ComponentHandler(on_component)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate


class _ComponentHandler(logging.Handler):
    """Reads "Starting to train component 'X'." out of Rasa's log."""

    def __init__(self, on_component: OnComponent) -> None:
        super().__init__()
        self._on_component = on_component

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if message.startswith(("Starting to train", "Restored")):
            self._on_component(message.split("'")[1])
