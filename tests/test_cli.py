"""The command line: what each command does, what it prints, how it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import backstride.knowledge_files
import backstride.training
from backstride.cli import main
from backstride.errors import KnowledgeError, Problem, SettingsError
from backstride.settings import Settings


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the commands called, instead of training and serving."""
    calls: list[str] = []

    def note(name: str, result: Any = None) -> Any:
        def call(*arguments: object, **_: object) -> Any:
            calls.append(name)
            return result

        return call

    monkeypatch.setattr(backstride.knowledge_files, "check_all", note("check", {"entries": 2, "conditions": 1}))
    monkeypatch.setattr(backstride.training, "is_fresh", note("is_fresh", True))
    monkeypatch.setattr(backstride.training, "train_model", note("train", Path("models/backstride.tar.gz")))
    return calls


def test_check_counts_what_it_checked(called: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    assert capsys.readouterr().out == "2 entries, 1 conditions: no problems\n"


def test_check_names_the_problems_and_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = Problem(path=Path("a.yml"), line=3, entry="relief.heat", wrong="it is cold", mend="warm it")

    def refuse() -> None:
        raise KnowledgeError([problem])

    monkeypatch.setattr(backstride.knowledge_files, "check_all", refuse)

    assert main(["check"]) == 1
    told = capsys.readouterr()
    assert told.err == "a.yml:3: relief.heat: it is cold; warm it\n"
    assert not told.out


def test_train_does_nothing_where_the_model_is_fresh(called: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train"]) == 0
    assert called == ["is_fresh"]
    assert "newer than everything" in capsys.readouterr().out


def test_a_fresh_model_costs_no_import_of_rasa_or_spacy() -> None:
    """`make run` asks whether it is fresh before each start."""
    program = (
        "import sys, backstride.training\n"
        "backstride.training.is_fresh = lambda _: True\n"
        "from backstride.cli import main\n"
        "main(['train', '--keep-chosen'])\n"
        "print(*({'rasa', 'spacy', 'sklearn', 'numpy'} & sys.modules.keys()))\n"
    )

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ended.stdout.splitlines()[1:] == [""]


def test_train_trains_where_the_model_is_not_fresh(
    called: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(backstride.training, "is_fresh", lambda _: False)

    assert main(["train"]) == 0
    assert called == ["check", "train"]
    assert "Trained models/backstride.tar.gz" in capsys.readouterr().out


def test_train_can_be_forced(called: list[str]) -> None:
    assert main(["train", "--force"]) == 0
    assert called[-1] == "train"


def test_train_checks_the_knowledge_first(called: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise KnowledgeError([Problem(path=Path("a.yml"), line=1, entry="", wrong="x", mend="y")])

    monkeypatch.setattr(backstride.knowledge_files, "check_all", refuse)
    monkeypatch.setattr(backstride.training, "is_fresh", lambda _: False)

    assert main(["train"]) == 1
    assert "train" not in called


def test_serve_checks_serves_and_tells_the_address(
    called: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import backstride.server

    served: dict[str, Any] = {}

    def serve(settings: Settings, *, enable_api: bool, on_ready: Any) -> None:
        served.update(settings=settings, enable_api=enable_api)
        on_ready()

    monkeypatch.setattr(backstride.server, "serve", serve)
    monkeypatch.setenv("PORT", "6001")

    assert main(["serve", "--enable-api"]) == 0
    assert called == ["check"]
    assert served["enable_api"] is True
    assert "http://127.0.0.1:6001/" in capsys.readouterr().out


def test_serve_refuses_a_wrong_setting(
    called: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", "none")

    assert main(["serve"]) == 1
    assert "PORT is 'none'" in capsys.readouterr().err


def test_an_error_that_is_not_ours_is_not_hidden(called: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(backstride.knowledge_files, "check_all", fail)

    with pytest.raises(ZeroDivisionError):
        main(["check"])


@pytest.mark.parametrize("arguments", [[], ["dance"], ["train", "--fast"]])
def test_an_unknown_command_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert "usage: backstride" in capsys.readouterr().err


def test_the_commands_own_errors_are_of_one_family() -> None:
    assert issubclass(SettingsError, Exception)
    assert SettingsError.__mro__[1] is KnowledgeError.__mro__[1]


def test_it_runs_as_a_module() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "backstride.cli", "check"], capture_output=True, text=True, check=False
    )

    assert ended.returncode == 0
    assert "no problems" in ended.stdout
