"""When a model is fresh, and what training notes down. No model is trained here."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from backstride import training
from backstride.training import MODEL_NAME, TrainingError, fingerprint, is_fresh, train_model


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project in place of this one."""
    for name, text in {
        "config.yml": "a",
        "domain.yml": "b",
        "data/small_talk/nlu.yml": "c",
        "data/relief/nlu.yml": "d",
        "backstride/language/text.py": "e",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(training, "ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def models(root: Path) -> Path:
    """A folder with a fresh model."""
    folder = root / "models"
    folder.mkdir()
    (folder / f"{MODEL_NAME}.tar.gz").write_bytes(b"model")
    (folder / f"{MODEL_NAME}.inputs").write_text(fingerprint() + "\n", encoding="ascii")
    return folder


# --- the fingerprint -----------------------------------------------------------------------------------------------


def test_the_same_inputs_have_the_same_fingerprint(root: Path) -> None:
    assert fingerprint() == fingerprint()


@pytest.mark.parametrize("name", ["config.yml", "domain.yml", "data/relief/nlu.yml", "backstride/language/text.py"])
def test_a_changed_input_changes_it(root: Path, name: str) -> None:
    before = fingerprint()
    (root / name).write_text("changed")

    assert fingerprint() != before


def test_a_new_and_a_renamed_file_change_it(root: Path) -> None:
    before = fingerprint()
    (root / "data" / "relief" / "rules.yml").write_text("x")
    with_a_new_file = fingerprint()
    (root / "data" / "relief" / "rules.yml").rename(root / "data" / "relief" / "stories.yml")

    assert len({before, with_a_new_file, fingerprint()}) == 3


def test_what_nobody_learns_from_does_not_change_it(root: Path) -> None:
    before = fingerprint()
    (root / "README.md").write_text("x")
    (root / "data" / "picture.svg").write_text("x")
    (root / "backstride" / "language" / "text.pyc").write_text("x")

    assert fingerprint() == before


def test_it_does_not_depend_on_where_the_project_lies(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint()
    elsewhere = root.rename(root.with_name("elsewhere"))
    monkeypatch.setattr(training, "ROOT", elsewhere)

    assert fingerprint() == before


def test_the_projects_own_inputs_are_all_there() -> None:
    for name in training._INPUTS:
        assert (training.ROOT / name).exists(), name


# --- freshness -----------------------------------------------------------------------------------------------------


def test_a_model_of_the_present_inputs_is_fresh(models: Path) -> None:
    assert is_fresh(models)


def test_a_model_of_other_inputs_is_not(models: Path, root: Path) -> None:
    (root / "domain.yml").write_text("changed")

    assert not is_fresh(models)


@pytest.mark.parametrize("missing", [f"{MODEL_NAME}.tar.gz", f"{MODEL_NAME}.inputs"])
def test_half_a_model_is_not(models: Path, missing: str) -> None:
    (models / missing).unlink()

    assert not is_fresh(models)


def test_no_folder_is_not(root: Path) -> None:
    assert not is_fresh(root / "nowhere")


# --- training ------------------------------------------------------------------------------------------------------


@pytest.fixture
def rasa_train(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Rasa's own training, replaced; what it is called with, and what it gives back."""
    import rasa.model_training

    import backstride.logs

    call: dict[str, Any] = {"result": SimpleNamespace(model="models/backstride.tar.gz", code=0)}

    def train(**options: Any) -> Any:
        call["options"] = options
        return call["result"]

    monkeypatch.setattr(rasa.model_training, "train", train)
    monkeypatch.setattr(backstride.logs, "configure_logging", lambda _: None)
    return call


def test_training_notes_down_what_from(models: Path, root: Path, rasa_train: dict[str, Any]) -> None:
    (root / "domain.yml").write_text("changed")

    assert train_model(models) == Path("models/backstride.tar.gz")
    assert is_fresh(models)
    assert rasa_train["options"]["fixed_model_name"] == MODEL_NAME
    assert rasa_train["options"]["domain"] == str(root / "domain.yml")


def test_inputs_that_change_while_training_leave_the_model_stale(
    models: Path, root: Path, rasa_train: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    import rasa.model_training

    def train(**_: Any) -> Any:
        (root / "domain.yml").write_text("changed meanwhile")
        return rasa_train["result"]

    monkeypatch.setattr(rasa.model_training, "train", train)
    train_model(models)

    assert not is_fresh(models)


@pytest.mark.parametrize("result", [{"model": None, "code": 0}, {"model": "x", "code": 1}])
def test_no_model_is_a_training_error(models: Path, rasa_train: dict[str, Any], result: dict[str, Any]) -> None:
    rasa_train["result"] = SimpleNamespace(**result)
    before = (models / f"{MODEL_NAME}.inputs").read_text(encoding="ascii")

    with pytest.raises(TrainingError, match="lines above"):
        train_model(models)

    assert (models / f"{MODEL_NAME}.inputs").read_text(encoding="ascii") == before
