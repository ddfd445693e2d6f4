"""When a model is fresh, and what training notes down. No model is trained here."""

from __future__ import annotations

import itertools
import logging
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from backstride import training
from backstride.model_store import MODEL_NAME, ModelStore
from backstride.training import (
    CODE,
    TrainingError,
    fingerprint,
    fingerprints,
    git_state,
    is_chosen,
    is_fresh,
    train_candidate,
    train_model,
)


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
    store = ModelStore(root / "models")
    trained = root / "trained.tar.gz"
    trained.write_bytes(b"model")
    about = store.keep(trained, inputs=fingerprint(), parts=fingerprints())
    store.install(about.id, kind="trained", by="ann", inputs=about.inputs, code=about.parts[CODE])
    return store.folder


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
    for name in itertools.chain.from_iterable(training._PARTS.values()):
        assert (training.ROOT / name).exists(), name


# --- freshness -----------------------------------------------------------------------------------------------------


def test_a_model_of_the_present_inputs_is_fresh(models: Path) -> None:
    assert is_fresh(models)


def test_a_model_of_other_inputs_is_not(models: Path, root: Path) -> None:
    (root / "domain.yml").write_text("changed")

    assert not is_fresh(models)


def test_no_model_is_not(models: Path) -> None:
    (models / f"{MODEL_NAME}.tar.gz").unlink()

    assert not is_fresh(models)


def test_a_model_that_was_put_there_by_hand_is_not(models: Path) -> None:
    (models / f"{MODEL_NAME}.tar.gz").write_bytes(b"another model")

    assert not is_fresh(models)


def test_no_folder_is_not(root: Path) -> None:
    assert not is_fresh(root / "nowhere")


# --- a model that a person chose ------------------------------------------------------------------------------------


def roll_back(models: Path) -> None:
    """Let an older model, of other inputs, serve by a person's decision."""
    store = ModelStore(models)
    older = models / "older.tar.gz"
    older.write_bytes(b"older")
    about = store.keep(older, inputs="other", parts={CODE: "other"})
    older.unlink()
    store.install(about.id, kind="rolled_back", by="ann", inputs=fingerprint(), code=fingerprints()[CODE])


def test_a_model_that_was_rolled_back_to_is_fresh_until_the_inputs_change(models: Path, root: Path) -> None:
    roll_back(models)
    assert is_fresh(models)

    (root / "data" / "relief" / "nlu.yml").write_text("changed")

    assert not is_fresh(models)


def test_a_chosen_model_stays_chosen_when_the_data_change(models: Path, root: Path) -> None:
    roll_back(models)
    (root / "data" / "relief" / "nlu.yml").write_text("changed")

    assert is_chosen(models)


def test_a_chosen_model_is_not_held_on_to_when_the_code_changes(models: Path, root: Path) -> None:
    roll_back(models)
    (root / "backstride" / "language" / "text.py").write_text("changed")

    assert not is_chosen(models)


def test_a_model_that_nobody_chose_is_not_chosen(models: Path) -> None:
    assert not is_chosen(models)


# --- training ------------------------------------------------------------------------------------------------------


@pytest.fixture
def rasa_train(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Rasa's own training, replaced; what it is called with, and what it gives back."""
    import rasa.model_training

    import backstride.logs

    call: dict[str, Any] = {"code": 0, "meanwhile": lambda: None}

    def train(**options: Any) -> Any:
        call["options"] = options
        model = Path(options["output"]) / f"{options['fixed_model_name']}.tar.gz"
        model.write_bytes(b"newly trained")
        logging.getLogger("rasa.engine.training.hooks").info("Starting to train component 'RulePolicy'.")
        call["meanwhile"]()
        return SimpleNamespace(model=call.get("model", str(model)), code=call["code"])

    monkeypatch.setattr(rasa.model_training, "train", train)
    monkeypatch.setattr(backstride.logs, "configure_logging", lambda _: None)
    return call


def test_training_notes_down_what_from(models: Path, root: Path, rasa_train: dict[str, Any]) -> None:
    (root / "domain.yml").write_text("changed")

    assert train_model(models).read_bytes() == b"newly trained"
    assert is_fresh(models)
    assert rasa_train["options"]["domain"] == str(root / "domain.yml")


def test_training_keeps_the_model_that_served_before(models: Path, root: Path, rasa_train: dict[str, Any]) -> None:
    before = ModelStore(models).current()
    train_model(models)

    assert before is not None
    assert ModelStore(models).previous() == before


def test_a_candidate_leaves_the_serving_model_alone(models: Path, root: Path, rasa_train: dict[str, Any]) -> None:
    store = ModelStore(models)
    heard: list[str] = []

    about = train_candidate(store, by="ann", on_component=heard.append)

    assert store.serving.read_bytes() == b"model"
    assert store.candidates() == (about,)
    assert about.trained_by == "ann"
    assert about.inputs == fingerprint()
    assert heard == ["RulePolicy"]


def test_inputs_that_change_while_training_leave_the_model_stale(
    models: Path, root: Path, rasa_train: dict[str, Any]
) -> None:
    rasa_train["meanwhile"] = lambda: (root / "domain.yml").write_text("changed meanwhile")
    train_model(models)

    assert not is_fresh(models)


@pytest.mark.parametrize("result", [{"model": None}, {"code": 1}])
def test_no_model_is_a_training_error(models: Path, rasa_train: dict[str, Any], result: dict[str, Any]) -> None:
    rasa_train.update(result)

    with pytest.raises(TrainingError, match="lines above"):
        train_model(models)

    assert is_fresh(models)
    assert not ModelStore(models).candidates()


# --- the version of the project --------------------------------------------------------------------------------------


def test_outside_of_a_repository_there_is_no_commit(root: Path) -> None:
    assert git_state() is None


def test_in_a_repository_the_commit_and_its_changes_are_known(root: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
        subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True)

    git("init")
    git("add", ".")
    git("commit", "-m", "all")
    clean = git_state()
    (root / "domain.yml").write_text("changed")
    changed = git_state()

    assert clean is not None
    assert changed is not None
    assert len(clean.commit) == 40
    assert (clean.changed, changed.changed) == (False, True)
