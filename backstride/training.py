"""Train a model, and know whether the one that is there still fits what it was trained from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from backstride.errors import BackstrideError
from backstride.settings import ROOT

MODEL_NAME = "backstride"
# Everything that changes what a model learns, or how it is loaded.
_INPUTS = (
    "config.yml",
    "domain.yml",
    "data",
    "knowledge/red_flag_phrases",
    "knowledge/red_flag_language.yml",
    "knowledge/scope_words.yml",
    "knowledge/entity_words.yml",
    "backstride/language",
    "requirements.lock",
)
_IGNORED_SUFFIXES = {".pyc", ".svg", ".png"}


class TrainingError(BackstrideError):
    """Rasa trained no model; its own output says why."""


def is_fresh(models: Path) -> bool:
    """Return whether a model is there that was trained from exactly the present inputs."""
    note = _note(models)
    return (
        (models / f"{MODEL_NAME}.tar.gz").is_file()
        and note.is_file()
        and note.read_text(encoding="ascii").strip() == fingerprint()
    )


def train_model(models: Path) -> Path:
    """Train, and note down what from.

    Returns:
        The model's file.

    Raises:
        TrainingError: Rasa trained no model.
    """
    # Rasa takes seconds to import: only training pays for it.
    import rasa.model_training

    from backstride.logs import configure_logging

    configure_logging("warning")

    inputs = fingerprint()
    result = rasa.model_training.train(
        domain=str(ROOT / "domain.yml"),
        config=str(ROOT / "config.yml"),
        training_files=[str(ROOT / "data")],
        output=str(models),
        fixed_model_name=MODEL_NAME,
        force_training=False,
    )
    if result.model is None or result.code != 0:
        raise TrainingError("Rasa trained no model; the lines above say why.")
    _note(models).write_text(inputs + "\n", encoding="ascii")
    return Path(result.model)


def fingerprint() -> str:
    """Return one hash over the names and contents of all inputs."""
    digest = hashlib.sha256()
    for file in _files():
        digest.update(str(file.relative_to(ROOT)).encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _files() -> Iterator[Path]:
    for name in _INPUTS:
        path = ROOT / name
        if path.is_file():
            yield path
        else:
            yield from sorted(f for f in path.rglob("*") if f.is_file() and f.suffix not in _IGNORED_SUFFIXES)


def _note(models: Path) -> Path:
    return models / f"{MODEL_NAME}.inputs"
