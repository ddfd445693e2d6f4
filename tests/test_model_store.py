"""The folder of the models: what is kept, what serves, and that a kill at any step leaves one or the other."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backstride import files, model_store
from backstride.model_store import KEPT_CANDIDATES, KEPT_SERVED, ModelError, ModelStore


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


def keep(store: ModelStore, content: str, **about: Any) -> str:
    """Keep a model with this content; return its id."""
    file = store.folder.parent / "trained.tar.gz"
    file.write_text(content)
    return store.keep(file, **about).id


def promote(store: ModelStore, content: str) -> str:
    model = keep(store, content)
    store.install(model, kind="promoted", by="ann", why="better")
    return model


# --- reading -------------------------------------------------------------------------------------------------------


def test_an_empty_folder_holds_nothing(store: ModelStore) -> None:
    assert store.current() is None
    assert store.decision() is None
    assert store.previous() is None
    assert store.kept() == store.candidates() == store.decisions() == ()


def test_a_kept_model_is_a_candidate_until_it_serves(store: ModelStore) -> None:
    model = keep(store, "a", by="ann", train_seconds=3.5, inputs="x", parts={"code": "y"})
    assert [about.id for about in store.candidates()] == [model]

    store.install(model, kind="promoted", by="ann", why="better")

    assert store.candidates() == ()
    current = store.current()
    assert current is not None
    assert (current.id, current.trained_by, current.train_seconds, current.inputs) == (model, "ann", 3.5, "x")
    assert store.serving.read_text() == "a"


def test_the_same_model_is_kept_once(store: ModelStore) -> None:
    assert keep(store, "a") == keep(store, "a", inputs="x", by="ann")
    assert [about.inputs for about in store.kept()] == ["x"]


def test_what_is_known_already_is_not_overwritten_by_less(store: ModelStore) -> None:
    keep(store, "a", inputs="x", by="ann")
    keep(store, "a")

    assert store.kept()[0].trained_by == "ann"


@pytest.mark.parametrize("name", ["", "nothing", "..", "../history", ".part-1", "/etc"])
def test_an_unknown_name_is_refused(store: ModelStore, name: str) -> None:
    keep(store, "a")

    with pytest.raises(ModelError):
        store.path_of(name)


def test_no_file_is_no_model(store: ModelStore, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model at"):
        store.keep(tmp_path / "nothing.tar.gz")


def test_a_damaged_model_does_not_serve(store: ModelStore) -> None:
    promote(store, "a")
    damaged = keep(store, "b")
    store.path_of(damaged).write_text("c")

    with pytest.raises(ModelError, match="damaged"):
        store.install(damaged, kind="promoted", by="ann")

    assert store.serving.read_text() == "a"


# --- decisions -----------------------------------------------------------------------------------------------------


def test_a_decision_says_who_when_why_and_instead_of_what(store: ModelStore) -> None:
    first = promote(store, "a")
    second = promote(store, "b")

    decision = store.decision()

    assert decision is not None
    assert (decision.model, decision.previous, decision.by, decision.why) == (second, first, "ann", "better")
    assert decision.at.endswith("+00:00")
    assert [d.model for d in store.decisions()] == [first, second]


def test_the_model_that_was_there_before_the_first_decision_is_kept(store: ModelStore) -> None:
    store.folder.mkdir()
    store.serving.write_text("by hand")
    promote(store, "a")

    previous = store.previous()

    assert previous is not None
    assert store.path_of(previous.id).read_text() == "by hand"
    assert store.candidates() == ()


def test_a_model_put_there_by_hand_follows_from_no_decision(store: ModelStore) -> None:
    promote(store, "a")
    store.serving.write_text("by hand")

    assert store.decision() is None
    assert store.current() is None


def test_rolling_back_twice_leads_two_models_back(store: ModelStore) -> None:
    first, second, _ = promote(store, "a"), promote(store, "b"), promote(store, "c")

    for expected in (second, first):
        previous = store.previous()
        assert previous is not None
        assert previous.id == expected
        store.install(previous.id, kind="rolled_back", by="ann", why="worse")

    assert store.previous() is None
    assert store.serving.read_text() == "a"


def test_after_a_roll_back_and_a_promotion_the_one_rolled_back_to_comes_before(store: ModelStore) -> None:
    first = promote(store, "a")
    promote(store, "b")
    store.install(first, kind="rolled_back", by="ann")
    promote(store, "c")

    previous = store.previous()

    assert previous is not None
    assert previous.id == first


def test_a_torn_line_of_the_log_is_left_out(store: ModelStore) -> None:
    promote(store, "a")
    with (store.folder / "decisions.jsonl").open("a") as file:
        file.write('{"kind": "promo')

    assert len(store.decisions()) == 1


# --- what is removed -----------------------------------------------------------------------------------------------


def test_the_oldest_models_are_removed_and_never_the_serving_one_or_the_one_before(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_store, "KEPT_SERVED", 3)
    served = [promote(store, f"served {i}") for i in range(6)]
    for i in range(KEPT_CANDIDATES + 2):
        keep(store, f"candidate {i}")
    store.install(served[-1], kind="promoted", by="ann")

    kept = {about.id for about in store.kept()}

    assert {served[-1], served[-2]} <= kept
    assert len(store.candidates()) == KEPT_CANDIDATES
    assert len(kept) == KEPT_CANDIDATES + 2 + 3
    assert KEPT_SERVED > 3


# --- two processes, and a kill -------------------------------------------------------------------------------------


def test_two_processes_do_not_train_in_one_folder(store: ModelStore) -> None:
    with store.training_folder(), pytest.raises(ModelError, match="trained here already"), store.training_folder():
        pass


def test_what_a_killed_training_left_is_removed(store: ModelStore) -> None:
    left = store.folder / "history" / ".part-1"
    left.mkdir(parents=True)
    (left / "half").write_text("x")

    with store.training_folder() as folder:
        assert folder.is_dir()
        assert not left.exists()

    assert not folder.exists()
    assert store.kept() == ()


class Killed(BaseException):
    """In place of a kill."""


def is_whole(store: ModelStore) -> bool:
    """Whether what lies there is one of the two models with what belongs to it."""
    store.recover()
    decision, current = store.decision(), store.current()
    return (
        decision is not None
        and current is not None
        and decision.model == current.id
        and store.decisions()[-1] == decision
        and store.serving.read_text() in {"old", "new"}
        and store.path_of(current.id).read_text() == store.serving.read_text()
    )


@pytest.mark.parametrize("step", range(12))
def test_a_kill_at_any_step_leaves_the_old_or_the_new_model(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Each flush to the disk stands before and after a step that another process can see."""
    old = promote(store, "old")
    new = keep(store, "new")
    flush, steps = files._flush, iter(range(100))

    def flush_or_die(path: Path) -> None:
        if next(steps) == step:
            raise Killed
        flush(path)

    with monkeypatch.context() as patched:
        patched.setattr(files, "_flush", flush_or_die)
        try:
            store.install(new, kind="promoted", by="ann")
        except Killed:
            pass
        else:
            assert next(steps) <= step

    assert is_whole(store)
    assert {about.id for about in store.kept()} == {old, new}


@pytest.mark.parametrize("step", range(4))
def test_a_kill_while_a_model_is_kept_leaves_it_kept_or_not(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    flush, steps = files._flush, iter(range(100))

    def flush_or_die(path: Path) -> None:
        if next(steps) == step:
            raise Killed
        flush(path)

    with monkeypatch.context() as patched:
        patched.setattr(files, "_flush", flush_or_die)
        with pytest.raises(Killed):
            keep(store, "a")

    assert store.kept() == ()
    assert keep(store, "a") == store.kept()[0].id


def test_a_process_that_is_killed_for_good_leaves_no_lock(store: ModelStore) -> None:
    script = f"""
        import os, signal
        from pathlib import Path
        from backstride import model_store
        from backstride.model_store import ModelStore

        def die(*_):
            os.kill(os.getpid(), signal.SIGKILL)

        store = ModelStore(Path({str(store.folder)!r}))
        model_store.replace_copy = die
        with store.training_folder():
            store.install({keep(store, "new")!r}, kind="promoted", by="ann")
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert ended.returncode == -signal.SIGKILL

    store.recover()

    assert store.serving.read_text() == "new"
    assert [decision.by for decision in store.decisions()] == ["ann"]
    with store.training_folder():
        pass


def test_what_somebody_put_there_after_a_decision_is_not_overwritten(store: ModelStore) -> None:
    promote(store, "a")
    store.serving.write_text("by hand")

    store.recover()

    assert store.serving.read_text() == "by hand"


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(["promote", "roll back", "again"]), st.integers(0, 3)), max_size=8))
def test_whatever_is_decided_the_folder_is_whole(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    store = ModelStore(tmp_path_factory.mktemp("models") / "models")
    for what, number in steps:
        previous, kept = store.previous(), store.kept()
        if what == "promote":
            promote(store, f"{number}")
        elif what == "roll back" and previous is not None:
            store.install(previous.id, kind="rolled_back", by="ann")
        elif what == "again" and kept:
            store.install(kept[number % len(kept)].id, kind="promoted", by="ann")
        current, decision, before = store.current(), store.decision(), store.previous()
        assert (current is None) == (decision is None)
        if current is not None and decision is not None:
            assert decision.model == current.id
            assert before is None or before.id != current.id
        assert not list(store.folder.rglob("*.part"))
