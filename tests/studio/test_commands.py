"""`backstride review` and `backstride correct`: the way from a misread message to the data without a browser."""

from __future__ import annotations

import subprocess
import sys

import pytest
from made_conversations import START, Store, action, bot, letters, user

from backstride.cli import main
from backstride.studio import nearest
from backstride.studio.audit import AuditLog
from backstride.studio.conversations import open_database
from backstride.studio.corrections import Correction
from backstride.studio.index import label_of
from backstride.studio.settings import StudioSettings
from backstride.studio.workbench import open_studio, plan_waiting

LABEL = label_of("s")


@pytest.fixture
def settings(settings: StudioSettings, _named: None, store: Store, monkeypatch: pytest.MonkeyPatch) -> StudioSettings:
    """The copy of the project, named by the environment, with two conversations; words stand in for the encoder."""
    monkeypatch.setattr(nearest.VectorStore, "_encoder", lambda _: letters)
    flag = {"id": "cauda_equina", "state": "ask", "urgency": "emergency_now", "evidence": "legs"}
    said = user("quokka bath for my legs, says oswin", "out_of_scope", 0.87, at=START + 1, flags=[flag], key="m1")
    store.add("s", [said, action("action_not_understood"), bot("That is outside what I know.")])
    store.add("other", [user("good morning", "greet", 0.99), action("utter_greet"), bot("Hello!")])
    return settings


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) != 0
    told = capsys.readouterr()
    return told.out + told.err


def test_conversations_are_listed_newest_first_with_what_is_odd(
    settings: StudioSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    first, newest, oldest = run(capsys, "review").splitlines()

    assert first == "2 of 2 conversations"
    assert newest.startswith(LABEL[:8])
    assert "not-understood" in newest
    assert "good morning" in oldest


def test_list_is_narrowed_by_filter_and_words(settings: StudioSettings, capsys: pytest.CaptureFixture[str]) -> None:
    assert "1 of 2" in run(capsys, "review", "--only", "not-understood")
    assert "good morning" in run(capsys, "review", "--words", "morn")
    assert "There is no filter 'odd'. There are: not-understood" in refused(capsys, "review", "--only", "odd")


def test_conversation_is_shown_with_what_the_assistant_thought(
    settings: StudioSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = run(capsys, "review", LABEL[:6], "--done")

    assert "1  > quokka bath for my legs, says [name]" in shown
    assert "out_of_scope 87%" in shown
    assert "[ask cauda_equina: “legs”]" in shown
    assert "action_not_understood (RulePolicy)" in shown
    assert "That is outside what I know." in shown
    assert "1 of 2" in run(capsys, "review", "--only", "reviewed")


def test_the_first_plan_is_made_from_all_examples(settings: StudioSettings) -> None:
    """The studio reads the examples after its start; a plan made before that would say less, and then change."""
    studio = open_studio(settings)
    correction = Correction(text="quokka bath for my sore back perhaps", intent="relief_heat")
    studio.corrections.save(LABEL, "m1", correction, who="Kim")

    _, first = plan_waiting(studio, None)

    assert studio.meaning.examples.to([correction.text])[0]
    _, second = plan_waiting(studio, None)
    assert first == second


def test_correction_is_planned_then_written(settings: StudioSettings, capsys: pytest.CaptureFixture[str]) -> None:
    file = settings.project / "data" / "relief" / "nlu.yml"
    before = file.read_text()
    planned = run(
        capsys, "correct", LABEL, "1", "--intent", "relief_heat", "--text", "a quokka  bath", "--wrong", "cauda_equina"
    )

    assert "Kept." in planned
    assert "--- data/relief/nlu.yml" in planned
    assert "--- knowledge/red_flag_phrases/clean.yml" in planned
    assert "Nothing is written yet" in planned
    assert file.read_text() == before
    assert "corrected: relief_heat" in run(capsys, "review", LABEL)

    assert "Written: data/relief/nlu.yml" in run(capsys, "correct", "--write")
    added = set(file.read_text().splitlines()) - set(before.splitlines())
    assert added == {"    - a quokka bath"}
    assert "Written" not in run(capsys, "correct", "--write"), "nothing waits any more"
    whats = [entry.what for _, entry in AuditLog(open_database(settings)).entries()]
    assert whats[:2] == ["wrote corrections into the data", "corrected a message"]


def test_correction_is_taken_back(settings: StudioSettings, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "correct", LABEL, "1", "--intent", "relief_heat")

    assert "Undone." in run(capsys, "correct", LABEL, "1", "--undo")
    assert "Nothing is written yet" not in run(capsys, "correct")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nothing"], "0 conversations begin with 'nothing'"),
        ([LABEL], "Name a message from 1 to 1"),
        ([LABEL, "2", "--intent", "greet"], "Name a message from 1 to 1"),
        ([LABEL, "1"], "Say what was wrong"),
        ([LABEL, "1", "--intent", "relief_haet"], "There is no intent 'relief_haet'. There are: "),
        ([LABEL, "1", "--action", "nothing"], "There is no action 'nothing'"),
        ([LABEL, "1", "--missed", "nothing"], "There is no warning sign 'nothing'"),
    ],
)
def test_what_cannot_be_corrected_is_told(
    settings: StudioSettings, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert told in refused(capsys, "correct", *arguments)


def test_personal_words_are_refused_and_nothing_is_written(
    settings: StudioSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    told = run(capsys, "correct", LABEL, "1", "--intent", "relief_heat", "--text", "call me on 07700 900123", "--write")

    assert "refuse: “07700 900123” looks like a number" in told
    assert "Written" not in told


def test_missing_conversations_are_told(settings: StudioSettings, capsys: pytest.CaptureFixture[str]) -> None:
    (settings.project / "endpoints.yml").write_text("tracker_store:\n  type: redis\n")

    assert "the studio reads SQL tracker stores" in refused(capsys, "review")


def test_command_line_loads_no_web_server() -> None:
    program = "import sys, backstride.studio.commands; sys.exit('sanic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
