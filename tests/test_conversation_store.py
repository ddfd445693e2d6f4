"""The tracker store keeps and gives back what Rasa's own does, in SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from database_for_tests import KINDS, database, rows
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import URL

from backstride.conversation_store import RECENT_MESSAGES, ConversationStore

DOMAIN = Domain.from_dict({"version": "3.1", "intents": ["ask"], "slots": {"x": {"type": "any", "mappings": []}}})
FIRST: list[Event] = [
    ActionExecuted("action_session_start", timestamp=1.0),
    SessionStarted(timestamp=2.0),
    ActionExecuted("action_listen", timestamp=3.0),
    UserUttered("does it hurt?", intent={"name": "ask", "confidence": 0.9}, timestamp=4.0),
    SlotSet("x", {"a": ["b", 1.5]}, timestamp=5.0),
    BotUttered("a bit – later", {"buttons": []}, {"knowledge": ["relief.heat"]}, timestamp=6.0),
]
SECOND: list[Event] = [
    ActionExecuted("action_session_start", timestamp=11.0),
    SessionStarted(timestamp=12.0),
    UserUttered("again", intent={"name": "ask", "confidence": 0.5}, timestamp=13.0),
]


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    with database(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def store(url: URL) -> Iterator[ConversationStore]:
    made = open_store(ConversationStore, url)
    yield made
    made.engine.dispose()


def open_store(kind: type[SQLTrackerStore], url: URL) -> SQLTrackerStore:
    if url.get_backend_name() == "sqlite":
        return kind(DOMAIN, db=url.database)
    return kind(DOMAIN, dialect="postgresql", host=url.render_as_string(hide_password=False))


def tracker(events: list[Event], sender: str = "ann") -> DialogueStateTracker:
    return DialogueStateTracker.from_events(sender, events, DOMAIN.slots)


async def test_it_writes_the_rows_that_rasas_own_store_writes(store: ConversationStore, url: URL) -> None:
    stock = open_store(SQLTrackerStore, url)
    await store.save(tracker(FIRST))
    own = rows(url)["events"]
    await store.delete("ann")
    await stock.save(tracker(FIRST))
    stock.engine.dispose()

    assert [row[1:] for row in own] == [row[1:] for row in rows(url)["events"]]
    assert len(own) == len(FIRST)


@pytest.mark.parametrize("read", ["retrieve", "retrieve_full_tracker"])
@pytest.mark.parametrize("events", [FIRST, [*FIRST, *SECOND], FIRST[2:], []], ids=["one", "two", "none begun", "new"])
async def test_it_reads_what_rasas_own_store_reads(
    store: ConversationStore, url: URL, events: list[Event], read: str
) -> None:
    stock = open_store(SQLTrackerStore, url)
    await stock.save(tracker(events))
    await stock.save(tracker(SECOND, "bob"))

    found, expected = await getattr(store, read)("ann"), await getattr(stock, read)("ann")
    stock.engine.dispose()

    assert (found is None) == (expected is None) == (not events)
    assert found is None or list(found.events) == list(expected.events)
    assert found is None or found.current_slot_values() == expected.current_slot_values()


async def test_only_what_is_new_is_stored(store: ConversationStore, url: URL) -> None:
    await store.save(tracker(FIRST))
    kept = await store.retrieve("ann")
    await store.save(kept)
    kept.update(SlotSet("x", 2, timestamp=7.0))
    await store.save(kept)

    assert len(rows(url)["events"]) == len(FIRST) + 1


def a_turn(number: int, *more: Event) -> list[Event]:
    return [
        ActionExecuted("action_listen", timestamp=10.0 * number),
        UserUttered(f"message {number}", intent={"name": "ask", "confidence": 0.9}, timestamp=10.0 * number + 1),
        *more,
        ActionExecuted("utter_x", timestamp=10.0 * number + 8),
        BotUttered(f"answer {number}", timestamp=10.0 * number + 9),
    ]


def long_talk(turns: int) -> list[Event]:
    """Return a session in which the slot is set in the third turn only."""
    told = [SlotSet("x", "early", timestamp=35.0)]
    talk = [event for number in range(1, turns + 1) for event in a_turn(number, *(told if number == 3 else ()))]
    return [*FIRST[:2], *talk, ActionExecuted("action_listen", timestamp=10.0 * turns + 9.5)]


async def test_what_is_read_of_a_long_conversation_grows_no_more(store: ConversationStore) -> None:
    read = {}
    for turns in (RECENT_MESSAGES + 10, 3 * RECENT_MESSAGES):
        await store.save(tracker(long_talk(turns), f"person {turns}"))
        kept = await store.retrieve(f"person {turns}")
        read[turns] = len(kept.events)
        said = [event.text for event in kept.events if isinstance(event, UserUttered)]
        assert said == [f"message {number}" for number in range(turns - RECENT_MESSAGES + 1, turns + 1)]
        assert kept.get_slot("x") == "early"

    assert len(set(read.values())) == 1


async def test_of_a_long_conversation_only_what_is_new_is_stored(store: ConversationStore, url: URL) -> None:
    talk = long_talk(2 * RECENT_MESSAGES)
    await store.save(tracker(talk))
    kept = await store.retrieve("ann")
    kept.update(SlotSet("x", "late", timestamp=9999.0))
    await store.save(kept)
    await store.save(kept)

    assert len(rows(url)["events"]) == len(talk) + 1
    assert (await store.retrieve("ann")).get_slot("x") == "late"
    assert len((await store.retrieve_full_tracker("ann")).events) == len(talk) + 1


@pytest.mark.parametrize(
    ("event", "paused", "slot"),
    [
        (ConversationPaused(timestamp=41.5), True, "early"),
        (AllSlotsReset(timestamp=41.5), False, None),
        (Restarted(timestamp=41.5), False, None),
    ],
    ids=["paused", "reset", "restarted"],
)
async def test_what_still_counts_of_the_beginning_of_a_long_conversation_is_read(
    store: ConversationStore, event: Event, paused: bool, slot: str | None
) -> None:
    talk = long_talk(2 * RECENT_MESSAGES)
    fourth = next(place for place, each in enumerate(talk) if getattr(each, "text", "") == "message 4")
    talk.insert(fourth + 1, event)
    await store.save(tracker(talk))
    kept = await store.retrieve("ann")

    assert (kept.is_paused(), kept.get_slot("x")) == (paused, slot)
    assert len([each for each in kept.events if isinstance(each, UserUttered)]) == RECENT_MESSAGES


async def test_messages_of_several_people_at_once_are_all_stored(store: ConversationStore, url: URL) -> None:
    people = [f"person {number}" for number in range(12)]
    await asyncio.gather(*(store.save(tracker(FIRST, person)) for person in people), store.delete("nobody"))

    assert {row[1] for row in rows(url)["events"]} == set(people)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "conversations.db"


@pytest.fixture
def on_disk(file: Path) -> Iterator[ConversationStore]:
    made = ConversationStore(DOMAIN, db=str(file))
    yield made
    made.engine.dispose()


async def test_sqlite_waits_for_no_disk_and_opens_its_file_once(on_disk: ConversationStore) -> None:
    await on_disk.save(tracker(FIRST))
    with on_disk.engine.connect() as connection:
        first = connection.connection.dbapi_connection
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
    await on_disk.retrieve("ann")
    with on_disk.engine.connect() as connection:
        assert connection.connection.dbapi_connection is first


async def test_what_is_erased_is_left_neither_in_the_file_nor_in_its_log(
    on_disk: ConversationStore, file: Path
) -> None:
    await on_disk.save(tracker(FIRST))
    assert b"does it hurt?" in _bytes(file)

    await on_disk.delete("ann")

    assert b"does it hurt?" not in _bytes(file)


def _bytes(file: Path) -> bytes:
    return b"".join(part.read_bytes() for part in file.parent.iterdir())


async def test_another_process_reads_what_was_just_stored(on_disk: ConversationStore, file: Path) -> None:
    await on_disk.save(tracker(FIRST))

    other = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    assert other.execute("SELECT count(*) FROM events").fetchone() == (len(FIRST),)
    other.close()


async def test_conversations_in_memory_stay_one_connection() -> None:
    store = ConversationStore(DOMAIN, db=":memory:")
    await store.save(tracker(FIRST))

    assert (await store.retrieve("ann")) is not None
    store.engine.dispose()
