"""Comparing, promoting and rolling back on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_comparisons import change, compared, comparison, evaluation

from backstride import training
from backstride.cli import main
from backstride.model_store import ModelStore
from backstride.studio import promotion
from backstride.studio.audit import AuditLog
from backstride.studio.comparisons import Comparisons
from backstride.studio.conversations import open_database
from backstride.studio.settings import StudioSettings


@pytest.fixture
def settings(settings: StudioSettings, _named: None, monkeypatch: pytest.MonkeyPatch) -> StudioSettings:
    """The copy of the project, named by the environment, with a serving model and a compared candidate."""
    monkeypatch.setattr(promotion, "basis_of", lambda _: "basis")
    monkeypatch.setattr(promotion, "can_load", lambda _: None)
    compared(settings, comparison(evaluation(), evaluation(), changes=(change(),)))
    return settings


def candidate(settings: StudioSettings) -> str:
    return ModelStore(settings.models).candidates()[0].id


def test_the_models_are_listed(settings: StudioSettings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0

    told = capsys.readouterr().out
    assert "serves" in told
    assert "candidate, compared" in told


def test_promoting_and_rolling_back_is_done_and_written_down(
    settings: StudioSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ModelStore(settings.models)

    assert main(["promote", "--why", "better"]) == 0
    assert store.serving.read_text() == "new"
    assert main(["rollback", "--why", "worse"]) == 0
    assert store.serving.read_text() == "old"

    assert [decision.why for decision in store.decisions()] == [None, "better", "worse"]
    log = AuditLog(open_database(settings)).entries()
    assert [entry.what for _, entry in log] == ["rolled back to a model", "promoted a model"]


def test_a_refused_promotion_says_why_and_ends_with_1(
    settings: StudioSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    Comparisons(settings.state).set_mark(candidate(settings), "c/1", "refused", who="ann")

    assert main(["promote", "--why", "better"]) == 1
    assert "not accepted" in capsys.readouterr().err
    assert ModelStore(settings.models).serving.read_text() == "old"


def test_a_changed_reading_is_refused_on_the_command_line(
    settings: StudioSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", "--refuse", "all"]) == 1
    assert "may not serve" in capsys.readouterr().out
    assert Comparisons(settings.state).marks(candidate(settings)) == {"c/1": "refused"}


@pytest.mark.parametrize(("name", "status"), [("report.html", 0), ("report.md", 0), ("report.pdf", 1)])
def test_a_report_is_written(settings: StudioSettings, tmp_path: Path, name: str, status: int) -> None:
    assert main(["compare", "--report", str(tmp_path / name)]) == status
    assert (tmp_path / name).is_file() is not bool(status)


def test_without_a_candidate_it_says_how_to_get_one(
    settings: StudioSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["promote", "--why", "better"])

    assert main(["promote", "--why", "again"]) == 1
    assert "backstride train --candidate" in capsys.readouterr().err


def test_a_chosen_model_serves_on_where_asked_for(
    settings: StudioSettings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(training, "is_fresh", lambda _: False)
    monkeypatch.setattr(training, "is_chosen", lambda _: True)
    monkeypatch.setattr(training, "train_model", lambda _: pytest.fail("trained"))

    assert main(["train", "--keep-chosen"]) == 0
    assert "which stays" in capsys.readouterr().out
