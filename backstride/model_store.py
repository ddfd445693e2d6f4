"""The trained models: the one that serves, those that served before, and those that wait to be compared.

    models/
      backstride.tar.gz        the model that serves; Rasa's own commands find it here
      backstride.json          the decision that put it there
      decisions.jsonl          every decision, oldest first
      history/<id>/            each model that is kept: model.tar.gz, about.json, and what was measured on it

A candidate is a kept model that has never served.

A decision is made the moment `backstride.json` is replaced; copying the model beside it and writing the line of
`decisions.jsonl` follow from it, and are done again by `ModelStore.recover` where a process died between. So a kill
at any step leaves either the old model and the old decision, or a decision that the next command carries out.
"""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, ValidationError

from backstride.checked_yaml import FrozenModel
from backstride.errors import BackstrideError
from backstride.files import replace_copy, replace_text

MODEL_NAME: Final = "backstride"
KEPT_MODEL: Final = "model.tar.gz"
# What the running assistant last said of the model that it answers with.
SERVED: Final = "served.json"
_ABOUT: Final = "about.json"
_PART: Final = ".part-"
# How many models beside the serving one are kept; each takes about 13 MB.
KEPT_SERVED: Final = 10
KEPT_CANDIDATES: Final = 5

Kind = Literal["trained", "promoted", "rolled_back"]


class ModelError(BackstrideError):
    """A model is missing, or not what it should be."""


class GitState(FrozenModel):
    """Which version of the project a model was trained from."""

    commit: str
    # Files differ from the commit.
    changed: bool


class ModelAbout(FrozenModel):
    """What is known of a kept model.

    Args:
        id: its name among the kept models; sorts by time.
        sha256: of the model's file.
        bytes: of the model's file.
        trained_at: in UTC, ISO 8601.
        trained_by: a trainer's name, or "" where it was put there by hand.
        train_seconds: how long the training took, None where unknown.
        inputs: hash over everything that it was trained from, "" where unknown.
        parts: hash of each part of the inputs (`data`, `code` …).
        git: the version of the project, None outside of a repository.
    """

    id: str
    sha256: str
    bytes: int
    trained_at: str
    trained_by: str | None = None
    train_seconds: float | None = None
    inputs: str | None = None
    parts: dict[str, str] = Field(default_factory=dict)
    git: GitState | None = None


class Decision(FrozenModel):
    """Who put which model in place of which other, when and why.

    Args:
        kind: trained (by `make train`, unasked), promoted or rolled back (by a person, after a comparison).
        model: the id of the model that serves from now on.
        sha256: of its file.
        previous: the id of the model that served before, None for the first.
        previous_sha256: of its file.
        at: in UTC, ISO 8601.
        by: a trainer's name.
        why: in the trainer's words.
        inputs: hash over what a model would have been trained from at that moment.
        code: hash over the part of it that is code.
        notes: what the trainer was told beside: what got worse and was accepted.
    """

    kind: Kind
    model: str
    sha256: str
    previous: str | None = None
    previous_sha256: str | None = None
    at: str
    by: str
    why: str | None = None
    inputs: str | None = None
    code: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_chosen(self) -> bool:
        """Whether a person chose the model after looking at it."""
        return self.kind != "trained"


class ModelStore:
    """The folder of the models."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.serving = folder / f"{MODEL_NAME}.tar.gz"
        self.decision_file = folder / f"{MODEL_NAME}.json"
        self._log = folder / "decisions.jsonl"
        self._history = folder / "history"

    # --- reading -----------------------------------------------------------------------------------------------

    def path_of(self, model: str) -> Path:
        """Return the file of a kept model.

        Raises:
            ModelError: no such model is kept.
        """
        return self._history / self.about(model).id / KEPT_MODEL

    def folder_of(self, model: str) -> Path:
        """Return the folder in which a kept model lies, where what is measured on it may be put beside it.

        Raises:
            ModelError: no such model is kept.
        """
        return self.path_of(model).parent

    def about(self, model: str) -> ModelAbout:
        """Return what is known of a kept model.

        Raises:
            ModelError: no such model is kept.
        """
        if not model or Path(model).name != model or model.startswith("."):
            raise ModelError(f"{model!r} is no name of a model.")
        found = self._read_about(self._history / model)
        if found is None:
            raise ModelError(f"No model {model} is kept in {self._history}; `backstride models` lists them.")
        return found

    def kept(self) -> tuple[ModelAbout, ...]:
        """Return all kept models, newest first."""
        if not self._history.is_dir():
            return ()
        folders = (f for f in self._history.iterdir() if f.is_dir() and not f.name.startswith("."))
        found = (self._read_about(folder) for folder in folders)
        return tuple(sorted((a for a in found if a is not None), key=lambda a: a.id, reverse=True))

    def current(self) -> ModelAbout | None:
        """Return what is known of the serving model; None where none serves, or one that is not among the kept."""
        if not self.serving.is_file():
            return None
        sha256 = sha256_of(self.serving)
        return next((about for about in self.kept() if about.sha256 == sha256), None)

    def candidates(self) -> tuple[ModelAbout, ...]:
        """Return the kept models that have never served, newest first."""
        served = {model for decision in self.decisions() for model in (decision.model, decision.previous)}
        current = self.current()
        return tuple(a for a in self.kept() if a.id not in served and (current is None or a.id != current.id))

    def decision(self) -> Decision | None:
        """Return the decision that the serving model follows from; None where none was written down."""
        decision = self.written_decision()
        if decision is None or not self.serving.is_file():
            return None
        # Rasa's own commands may have put another model in its place.
        return decision if sha256_of(self.serving) == decision.sha256 else None

    def decisions(self) -> tuple[Decision, ...]:
        """Return all decisions, oldest first; a line that was never finished is left out."""
        if not self._log.is_file():
            return ()
        read: list[Decision] = []
        for line in self._log.read_text(encoding="utf-8").splitlines():
            with contextlib.suppress(ValidationError):
                read.append(Decision.parse_raw(line))
        return tuple(read)

    def previous(self) -> ModelAbout | None:
        """Return the model that a roll-back leads to: the last one that served before and is still kept.

        Rolling back twice leads two models back, not to and fro.
        """
        current = self.current()
        kept = {about.id: about for about in self.kept()}
        line: list[str] = []
        for decision in self.decisions():
            if decision.kind == "rolled_back" and decision.model in line:
                del line[line.index(decision.model) + 1 :]
                continue
            # The one before the first decision was put there by hand.
            line += [model for model in (decision.previous, decision.model) if model and model not in line[-1:]]
        before = (model for model in reversed(line) if model in kept and (current is None or model != current.id))
        found = next(before, None)
        return kept[found] if found is not None else None

    # --- writing -----------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def training_folder(self) -> Iterator[Path]:
        """Give a folder to train in, and remove it at the end, with those that a killed process left behind.

        Raises:
            ModelError: another process is training here.
        """
        self._history.mkdir(parents=True, exist_ok=True)
        with self._lock("training", wait=False):
            for left in self._history.glob(f"{_PART}*"):
                shutil.rmtree(left)
            folder = self._history / f"{_PART}{os.getpid()}"
            folder.mkdir()
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def keep(
        self,
        model: Path,
        *,
        by: str | None = None,
        train_seconds: float | None = None,
        inputs: str | None = None,
        parts: dict[str, str] | None = None,
        git: GitState | None = None,
    ) -> ModelAbout:
        """Keep a model's file as a candidate; the same model is kept once.

        Returns:
            What is known of it. The file itself is copied, not moved.

        Raises:
            ModelError: there is no such file.
        """
        if not model.is_file():
            raise ModelError(f"There is no model at {model}.")
        sha256 = sha256_of(model)
        now = datetime.datetime.now(datetime.timezone.utc)
        known = next((about for about in self.kept() if about.sha256 == sha256), None)
        if known is not None and (known.inputs or not inputs):
            return known
        about = ModelAbout(
            id=known.id if known else f"{now:%Y%m%d-%H%M%S}-{sha256[:6]}",
            sha256=sha256,
            bytes=model.stat().st_size,
            trained_at=now.isoformat(timespec="seconds"),
            trained_by=by or None,
            train_seconds=train_seconds,
            inputs=inputs,
            parts=parts or {},
            git=git,
        )
        folder = self._history / about.id
        if known is None:
            part = self._history / f"{_PART}keep-{os.getpid()}"
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            replace_copy(model, part / KEPT_MODEL)
            replace_text(part / _ABOUT, about.json(indent=1))
            part.rename(folder)
        else:
            replace_text(folder / _ABOUT, about.json(indent=1))
        return about

    def install(
        self,
        model: str,
        *,
        kind: Kind,
        by: str,
        why: str | None = None,
        inputs: str | None = None,
        code: str | None = None,
        notes: tuple[str, ...] = (),
    ) -> Decision:
        """Let a kept model serve; the one that served before is kept.

        Raises:
            ModelError: no such model is kept, or its file is not what it was.
        """
        about = self.about(model)
        if sha256_of(self.path_of(model)) != about.sha256:
            raise ModelError(f"The file of model {model} is damaged: its hash is not the one noted down.")
        with self._lock("models"):
            self._recover()
            if self.serving.is_file():
                self.keep(self.serving)
            before = self.current()
            decision = Decision(
                kind=kind,
                model=about.id,
                sha256=about.sha256,
                previous=before.id if before else None,
                previous_sha256=before.sha256 if before else None,
                at=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="microseconds"),
                by=by,
                why=why or None,
                inputs=inputs,
                code=code,
                notes=notes,
            )
            replace_text(self.decision_file, decision.json(indent=1))
            self._carry_out(decision)
            self._prune()
        return decision

    def recover(self) -> None:
        """Finish a decision that a killed process made and did not carry out to its end."""
        if self.decision_file.is_file():
            with self._lock("models"):
                self._recover()

    def _recover(self) -> None:
        decision = self.written_decision()
        if decision is None or self._read_about(self._history / decision.model) is None:
            return
        there = sha256_of(self.serving) if self.serving.is_file() else None
        # Anything else was put there by somebody after the decision.
        if there in {decision.previous_sha256, decision.sha256}:
            self._carry_out(decision)

    def _carry_out(self, decision: Decision) -> None:
        if not self.serving.is_file() or sha256_of(self.serving) != decision.sha256:
            replace_copy(self._history / decision.model / KEPT_MODEL, self.serving)
        decisions = self.decisions()
        if decision not in decisions:
            lines = "".join(f"{written.json()}\n" for written in (*decisions, decision))
            replace_text(self._log, lines)

    def _prune(self) -> None:
        """Remove the oldest models beyond what is kept; never the serving one or the one before it."""
        current, previous = self.current(), self.previous()
        spared = {about.id for about in (current, previous) if about is not None}
        candidates = [about.id for about in self.candidates()]
        served = [about.id for about in self.kept() if about.id not in candidates and about.id not in spared]
        for model in (*candidates[KEPT_CANDIDATES:], *served[KEPT_SERVED:]):
            shutil.rmtree(self._history / model)

    def written_decision(self) -> Decision | None:
        """Return the last decision, whether or not it was carried out yet."""
        try:
            return Decision.parse_file(self.decision_file)
        except (FileNotFoundError, ValidationError):
            return None

    @staticmethod
    def _read_about(folder: Path) -> ModelAbout | None:
        try:
            about = ModelAbout.parse_file(folder / _ABOUT)
        except (FileNotFoundError, ValidationError):
            return None
        return about if (folder / KEPT_MODEL).is_file() else None

    @contextlib.contextmanager
    def _lock(self, name: str, *, wait: bool = True) -> Iterator[None]:
        """Hold a lock that ends with the process, however it ends."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f".{name}.lock").open("w", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError as error:
                raise ModelError("A model is being trained here already; wait for it or cancel it.") from error
            yield


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
