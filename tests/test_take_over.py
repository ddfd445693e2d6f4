"""A running assistant takes over a model: when it does, when not, and that nobody notices."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scenario_runner import MODEL, Conversation, load_agent

from backstride import take_over
from backstride.model_store import SERVED, ModelStore
from backstride.server import say_hello
from backstride.take_over import TakeOver


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    store = ModelStore(tmp_path / "models")
    install(store, "old")
    return store


def keep(store: ModelStore, content: str) -> str:
    file = store.folder.parent / "trained.tar.gz"
    file.write_text(content)
    return store.keep(file).id


def install(store: ModelStore, content: str, **decision: Any) -> str:
    model = keep(store, content)
    store.install(model, **({"kind": "promoted", "by": "ann"} | decision))
    return model


class FakeProcessor:
    """In place of Rasa's: knows the file that it came from."""

    def __init__(self, model_path: str, generator: Any, **shared: Any) -> None:
        content = Path(model_path).read_text()
        if content == "broken":
            raise ValueError(content)
        self.model_path, self.model_filename, self.nlg, self.shared = (
            model_path,
            Path(model_path).name,
            generator,
            shared,
        )
        self.domain = SimpleNamespace(responses={content: []})


@pytest.fixture
def running(store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An agent that serves, its watcher, and what was warmed up."""
    monkeypatch.setattr(take_over, "MessageProcessor", FakeProcessor)
    processor = FakeProcessor(str(store.serving), take_over.TemplatedNaturalLanguageGenerator({}))
    agent = SimpleNamespace(
        processor=processor,
        domain=processor.domain,
        nlg=processor.nlg,
        tracker_store=SimpleNamespace(domain=processor.domain),
        lock_store=object(),
        action_endpoint=object(),
        http_interpreter=None,
        _set_fingerprint=lambda _: None,
    )
    warmed: list[Any] = []

    async def warm_up(beside: Any) -> None:
        warmed.append(beside.processor)

    return SimpleNamespace(agent=agent, warmed=warmed, watcher=TakeOver(store, agent, warm_up))


def served(store: ModelStore) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((store.folder / SERVED).read_text())
    return told


async def test_nothing_happens_where_nothing_was_decided(running: Any, store: ModelStore) -> None:
    before = running.agent.processor

    assert not await running.watcher.look()
    assert running.agent.processor is before
    assert served(store)["what"] == "started"


@pytest.mark.parametrize("kind", ["promoted", "rolled_back"])
async def test_a_persons_decision_is_followed_once(running: Any, store: ModelStore, kind: str) -> None:
    tracker_store, locks = running.agent.tracker_store, running.agent.lock_store
    model = install(store, "new", kind=kind)

    assert await running.watcher.look()
    assert not await running.watcher.look()

    agent = running.agent
    assert Path(agent.processor.model_path).read_text() == "new"
    assert running.warmed == [agent.processor]
    assert agent.domain is agent.processor.domain is agent.tracker_store.domain
    assert agent.nlg is agent.processor.nlg
    assert agent.nlg.responses == {"new": []}
    assert (agent.tracker_store, agent.lock_store) == (tracker_store, locks)
    assert agent.processor.shared["tracker_store"] is tracker_store
    assert (served(store)["what"], served(store)["model"]) == ("taken over", model)


async def test_a_model_that_was_trained_unasked_waits_for_the_next_start(running: Any, store: ModelStore) -> None:
    install(store, "new", kind="trained")

    before = running.agent.processor

    assert not await running.watcher.look()
    assert running.agent.processor is before


async def test_a_model_that_cannot_be_loaded_changes_nothing(running: Any, store: ModelStore) -> None:
    before = running.agent.processor
    install(store, "broken")

    assert not await running.watcher.look()
    assert running.agent.processor is before
    assert served(store)["what"] == "failed"


async def test_after_a_model_that_could_not_be_loaded_the_next_one_is_taken_over(
    running: Any, store: ModelStore
) -> None:
    install(store, "broken")
    await running.watcher.look()
    install(store, "new")

    assert await running.watcher.look()


async def test_a_damaged_model_changes_nothing(running: Any, store: ModelStore) -> None:
    model = install(store, "new")
    store.path_of(model).write_text("something else")

    assert not await running.watcher.look()
    assert served(store)["what"] == "failed"


async def test_a_model_of_other_code_waits_for_a_restart(running: Any, store: ModelStore) -> None:
    before = running.agent.processor
    install(store, "new", code="other code")

    assert not await running.watcher.look()
    assert running.agent.processor is before
    assert served(store)["what"] == "needs a restart"


async def test_a_decision_that_was_not_carried_out_to_its_end_is_followed(running: Any, store: ModelStore) -> None:
    """A kill may come between the decision and the copy of the model."""
    install(store, "new")
    store.serving.write_text("old")

    assert await running.watcher.look()
    assert Path(running.agent.processor.model_path).read_text() == "new"


async def test_a_folder_that_cannot_be_written_to_does_no_harm(
    running: Any, store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError

    install(store, "new")
    monkeypatch.setattr(take_over, "replace_text", refuse)

    assert await running.watcher.look()


async def test_it_looks_again_and_again(running: Any, store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(take_over, "LOOK_EVERY_S", 0)
    taken = asyncio.Event()
    monkeypatch.setattr(running.watcher, "_say", lambda *_, **__: taken.set())
    watching = asyncio.create_task(running.watcher.watch())
    install(store, "new")
    await taken.wait()
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching


# --- with the real model -------------------------------------------------------------------------------------------


def test_conversations_go_on_while_a_model_is_taken_over(tmp_path: Path) -> None:
    """Three people talk without a pause: every message is answered, and nothing that was said is lost."""

    async def scene() -> None:
        agent = await load_agent()
        store = ModelStore(tmp_path / "models")
        watcher = TakeOver(store, agent, say_hello)
        about = store.keep(shutil.copy(MODEL, tmp_path / "candidate.tar.gz") and tmp_path / "candidate.tar.gz")
        before = agent.processor
        people = [Conversation(agent) for _ in range(3)]
        replies = {person.sender: 0 for person in people}
        done = asyncio.Event()

        async def talk(person: Conversation) -> None:
            while not done.is_set() or replies[person.sender] < 3:
                reply = await person.say("is heat any good for my back")
                assert reply.text
                replies[person.sender] += 1
                await asyncio.sleep(0)

        talking = [asyncio.create_task(talk(person)) for person in people]
        store.install(about.id, kind="promoted", by="ann")
        assert await watcher.look()
        done.set()
        await asyncio.gather(*talking)

        assert agent.processor is not before
        for person in people:
            tracker = await agent.tracker_store.retrieve(person.sender)
            said = [event for event in tracker.events if event.type_name == "user"]
            assert len(said) == replies[person.sender]

    asyncio.run(scene())
