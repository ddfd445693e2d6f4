"""From the data to a comparison, with stand-ins for Rasa: what is measured, what is kept, what a kill leaves."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from made_comparisons import SIGN, serve
from made_conversations import START, Store, user

from backstride.model_store import ModelAbout, ModelError, ModelStore
from backstride.studio import steps
from backstride.studio.comparisons import Comparisons
from backstride.studio.index import label_of
from backstride.studio.jobs import Cancelled
from backstride.studio.progress import CHECK, MEASURE_CANDIDATE, MEASURE_SERVING, MESSAGES, SPEED, TRAIN
from backstride.studio.settings import StudioSettings
from backstride.studio.steps import CheckError, check_files, measure_serving, train_and_compare

SCENARIOS = """\
- name: a greeting
  turns:
  - user: hello
    bot: [hi]
"""


@dataclass
class Told:
    """A report that remembers what it was told."""

    begun: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def begin(self, step: str) -> None:
        self.begun.append(step)

    def progress(self, done: int, total: int, detail: str = "") -> None:
        """Remember nothing."""

    def line(self, text: str) -> None:
        self.lines.append(text)


class FakeAgent:
    """Reads every message as one intent; the file of its model says which, and whether it hears a sign."""

    def __init__(self, model: Path) -> None:
        self.intent, _, self.sign = model.read_text().partition("+")

    async def parse_message(self, text: str) -> dict[str, Any]:
        signs = [{"id": SIGN.id, "state": SIGN.state, "urgency": SIGN.urgency.value}] if self.sign in text else []
        return {"intent": {"name": self.intent, "confidence": 0.9}, "red_flags": signs if self.sign else []}


@pytest.fixture
def settings(settings: StudioSettings) -> StudioSettings:
    """Few tests, and a serving model that reads everything as a greeting."""
    tests = settings.project / "tests"
    for file in (tests / "nlu").glob("*.yml"):
        file.unlink()
    (tests / "nlu" / "test_set.yml").write_text(
        'version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - hi\n- intent: deny\n  examples: |\n    - nope\n'
    )
    (tests / "red_flags").mkdir()
    (tests / "red_flags" / "all.jsonl").write_text('{"text": "hi", "flag": null, "urgency": null, "kind": "clean"}\n')
    (tests / "scenarios" / "talk").mkdir(parents=True)
    (tests / "scenarios" / "talk" / "a.yml").write_text(SCENARIOS)
    serve(settings, "greet")
    return settings


@pytest.fixture
def calls(settings: StudioSettings, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stand-ins for everything that takes Rasa; what was called, in order."""
    called: list[str] = []

    def train(store: ModelStore, *, project: Path, by: str, on_component: Callable[[str], None]) -> ModelAbout:
        called.append("train")
        on_component("MessageClassifier")
        with store.training_folder() as folder:
            file = folder / "backstride.tar.gz"
            file.write_text("deny")
            return store.keep(file, by=by, inputs="x", train_seconds=1.0)

    async def load(model: Path) -> Any:
        called.append(f"load {model.read_text()}")
        return FakeAgent(model)

    async def hold(*_: Any) -> Any:
        called.append("hold")
        return steps.measure.ScenarioFigure()

    monkeypatch.setattr(steps, "train_candidate", train)
    monkeypatch.setattr(steps, "check_files", lambda _, report: report.begin(CHECK))
    monkeypatch.setattr(steps.measure, "load_agent", load)
    monkeypatch.setattr(steps.measure, "_hold", hold)
    monkeypatch.setattr(steps, "configure_logging", lambda _: None)
    monkeypatch.setattr(steps, "_processors", lambda: 1)
    return called


@pytest.fixture
def told() -> Told:
    return Told()


def test_candidate_and_serving_model_are_measured_on_the_same_tests(
    settings: StudioSettings, calls: list[str], told: Told
) -> None:
    found = train_and_compare(settings, told, by="Kim")

    assert told.begun == [CHECK, TRAIN, MEASURE_CANDIDATE, MEASURE_SERVING, MESSAGES, SPEED]
    assert found.before is not None
    assert (found.before.predicted, found.after.predicted) == (
        {"hi": "greet", "nope": "greet"},
        {"hi": "deny", "nope": "deny"},
    )
    assert set(found.after.scenarios) == set(found.before.scenarios)
    assert found.speed_before is not None
    assert found.speed_before.messages == found.speed_after.messages
    assert found.basis == found.after.basis == found.before.basis
    assert Comparisons(settings.state).read(found.candidate) == found
    assert [about.trained_by for about in ModelStore(settings.models).candidates()] == ["Kim"]


def test_nothing_is_measured_twice_with_the_same_tests(settings: StudioSettings, calls: list[str], told: Told) -> None:
    found = train_and_compare(settings, told, by="Kim")
    calls.clear()
    again = train_and_compare(settings, told, by="Kim", candidate=found.candidate)

    assert "hold" not in calls
    assert "train" not in calls
    assert again.after == found.after
    assert sum("was measured before" in line for line in told.lines) == 2


def test_both_are_measured_again_when_a_test_was_added(settings: StudioSettings, calls: list[str], told: Told) -> None:
    found = train_and_compare(settings, told, by="Kim")
    file = settings.project / "tests" / "scenarios" / "talk" / "a.yml"
    file.write_text(SCENARIOS + SCENARIOS.replace("a greeting", "another"))
    calls.clear()
    again = train_and_compare(settings, told, by="Kim", candidate=found.candidate)

    assert calls.count("hold") == 4
    assert len(again.after.scenarios) == 2


def test_messages_whose_reading_changes_are_listed_the_less_urgent_ones_first(
    settings: StudioSettings, calls: list[str], told: Told, store: Store
) -> None:
    """By their place alone: no words of a person are kept in a comparison."""
    serve(settings, "greet+numb")
    store.add("one", [user("good morning", at=START, key="m1"), user("Good  Morning", at=START + 1, key="m2")])
    store.add("two", [user("my legs are numb", at=START + 2, key="m3"), user("/ask_why", title="Why?", key="m4")])

    found = train_and_compare(settings, told, by="Kim")

    assert found.messages == 2, "each wording once, and no taps"
    assert [(c.conversation, c.key, c.loses_urgency) for c in found.changes] == [
        (label_of("two"), "m3", True),
        (label_of("one"), "m2", False),
    ]
    assert "numb" not in found.json()


def test_comparison_goes_on_when_there_are_no_conversations_yet(
    settings: StudioSettings, calls: list[str], told: Told
) -> None:
    found = train_and_compare(settings, told, by="Kim")

    assert (found.messages, found.changes) == (0, ())
    assert any("no conversations yet" in line for line in told.lines)


def test_first_model_has_nothing_to_be_compared_with(settings: StudioSettings, calls: list[str], told: Told) -> None:
    shutil.rmtree(settings.models)
    found = train_and_compare(settings, told, by="Kim")

    assert (found.current, found.before, found.speed_before) == (None, None, None)


def test_mistake_in_a_test_is_told_before_anything_is_trained(
    settings: StudioSettings, calls: list[str], told: Told
) -> None:
    (settings.project / "tests" / "scenarios" / "talk" / "a.yml").write_text("- name: a\n  turns: []\n  bats: 1\n")

    with pytest.raises(Exception, match=r"a\.yml"):
        train_and_compare(settings, told, by="Kim")
    assert calls == []


# --- beside ---------------------------------------------------------------------------------------------------------


class FakeProcess:
    """In place of a process: does at once what it was started for, or nothing where it is to fail."""

    def __init__(self, settings: StudioSettings, *, fails: bool) -> None:
        self._settings, self._fails = settings, fails
        self.measured: list[str] = []
        self.was_ended = False

    def __call__(self, command: list[str], **_: Any) -> FakeProcess:
        self.measured.append(command[-1])
        if not self._fails:
            measure_serving(self._settings, command[-1])
        return self

    def poll(self) -> int:
        return int(self._fails)

    def terminate(self) -> None:
        self.was_ended = True

    def wait(self) -> int:
        return 0


@pytest.mark.parametrize("fails", [False, True])
def test_serving_model_is_measured_beside_the_training_where_a_processor_is_free(
    settings: StudioSettings, calls: list[str], told: Told, monkeypatch: pytest.MonkeyPatch, *, fails: bool
) -> None:
    """And afterwards where that failed: nothing depends on the other process."""
    beside = FakeProcess(settings, fails=fails)
    monkeypatch.setattr(steps, "_processors", lambda: 2)
    monkeypatch.setattr(steps.subprocess, "Popen", beside)
    serving = ModelStore(settings.models).current()
    assert serving is not None
    found = train_and_compare(settings, told, by="Kim")

    assert beside.measured == [serving.id]
    assert beside.was_ended
    assert calls.index("load greet") < calls.index("train") or fails
    assert calls.count("hold") == 2
    assert found.before is not None
    # What is known needs no process.
    train_and_compare(settings, told, by="Kim", candidate=found.candidate)
    assert len(beside.measured) == 1


# --- checks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "said"), [(0, ""), (1, "Story 'a' contradicts rule 'b'")])
def test_training_data_are_checked_as_rasa_does(
    settings: StudioSettings, told: Told, monkeypatch: pytest.MonkeyPatch, code: int, said: str
) -> None:
    def run(command: list[str], **_: Any) -> steps.subprocess.CompletedProcess[str]:
        assert str(settings.project / "data") in command
        return steps.subprocess.CompletedProcess(command, code, stdout=said, stderr="")

    monkeypatch.setattr(steps.subprocess, "run", run)
    if not code:
        check_files(settings.project, told)
        return
    with pytest.raises(CheckError, match="contradicts rule"):
        check_files(settings.project, told)
    assert told.lines == [said]


def test_check_that_does_not_end_is_given_up(
    settings: StudioSettings, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(command: list[str], **_: Any) -> None:
        raise steps.subprocess.TimeoutExpired(command, 1)

    monkeypatch.setattr(steps.subprocess, "run", run)
    with pytest.raises(CheckError, match="did not end"):
        check_files(settings.project, told)


# --- a kill at every step -------------------------------------------------------------------------------------------

_KILLED_AT = [CHECK, TRAIN, MEASURE_CANDIDATE, MEASURE_SERVING, MESSAGES, SPEED]


@pytest.mark.parametrize("step", _KILLED_AT)
def test_cancelled_at_any_step_it_leaves_the_serving_model_and_a_candidate_that_is_whole_or_not_there(
    settings: StudioSettings, calls: list[str], step: str
) -> None:
    class Killed(Told):
        def begin(self, step_: str) -> None:
            super().begin(step_)
            if step_ == step:
                raise Cancelled

    store = ModelStore(settings.models)
    serving = store.current()
    with pytest.raises(Cancelled):
        train_and_compare(settings, Killed(), by="Kim")

    assert ModelStore(settings.models).current() == serving
    candidates = store.candidates()
    assert len(candidates) == (0 if step in {CHECK, TRAIN} else 1)
    assert all(store.path_of(about.id).read_text() == "deny" for about in candidates)
    assert Comparisons(settings.state).compared() == frozenset()
    assert not list(settings.models.rglob("*.part*")), "nothing half-written is left"
    # And the next one goes through.
    found = train_and_compare(settings, Told(), by="Kim", candidate=candidates[0].id if candidates else None)
    assert Comparisons(settings.state).read(found.candidate) is not None


def test_unknown_candidate_is_named(settings: StudioSettings, calls: list[str], told: Told) -> None:
    with pytest.raises(ModelError, match="No model nothing is kept"):
        train_and_compare(settings, told, by="Kim", candidate="nothing")
