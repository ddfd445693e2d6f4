"""Where the weights are looked for, and that they are the right ones."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from backstride.errors import WeightsError
from backstride.language import weights
from backstride.language.weights import ENVIRONMENT_VARIABLE, find_weights


@pytest.fixture(autouse=True)
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Expect two small files instead of the 90 MB, and nothing in the environment."""
    monkeypatch.delenv(ENVIRONMENT_VARIABLE, raising=False)
    monkeypatch.setattr(weights, "SHA256", {name: hashlib.sha256(name.encode()).hexdigest() for name in weights.SHA256})


def fill(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in weights.SHA256:
        (folder / name).write_text(name, encoding="ascii")
    return folder


def test_a_folder_that_is_named_is_taken(tmp_path: Path) -> None:
    assert find_weights(str(fill(tmp_path))) == tmp_path


def test_the_environment_names_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(fill(tmp_path)))

    assert find_weights() == tmp_path


def test_the_configuration_wins_over_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "/nowhere")

    assert find_weights(str(fill(tmp_path))) == tmp_path


def test_a_home_folder_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    fill(tmp_path / "weights")

    assert find_weights("~/weights") == tmp_path / "weights"


def test_a_missing_folder_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(WeightsError) as error:
        find_weights(str(tmp_path / "nowhere"))

    told = str(error.value)
    assert "model.safetensors and tokenizer.json" in told
    assert str(tmp_path / "nowhere") in told
    assert "make setup" in told
    assert ENVIRONMENT_VARIABLE in told


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_missing_file_is_a_clear_error(tmp_path: Path, name: str) -> None:
    (fill(tmp_path) / name).unlink()

    with pytest.raises(WeightsError, match="needs model"):
        find_weights(str(tmp_path))


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_file_with_another_hash_is_refused_by_name(tmp_path: Path, name: str) -> None:
    (fill(tmp_path) / name).write_text("something else", encoding="ascii")

    with pytest.raises(WeightsError) as error:
        find_weights(str(tmp_path))

    told = str(error.value)
    assert str(tmp_path / name) in told
    assert hashlib.sha256(b"something else").hexdigest() in told
    assert weights.SHA256[name] in told


def test_a_wrong_file_in_the_package_is_told_and_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = fill(tmp_path / "package")
    (package / "tokenizer.json").write_text("damaged", encoding="ascii")
    monkeypatch.setattr(weights, "_package_folders", lambda: [package])
    monkeypatch.setattr(weights, "_cache_folders", lambda: [fill(tmp_path / "cache")])

    with pytest.raises(WeightsError, match="not the file"):
        find_weights()


def test_the_cache_stands_in_for_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = fill(tmp_path / "hub" / "models--sentence-transformers--all-MiniLM-L6-v2" / "snapshots" / "abc")
    monkeypatch.setattr(weights, "_package_folders", list)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)

    assert find_weights() == snapshot
    assert find_weights("cache") == snapshot


def test_neither_package_nor_cache_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))

    with pytest.raises(WeightsError, match="neither the package nor the cache is there"):
        find_weights()
    with pytest.raises(WeightsError):
        find_weights("package")


def test_the_installed_package_has_the_right_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()

    assert (find_weights("package") / "model.safetensors").is_file()
