"""What the server does by itself, in Rasa's own SQL store on SQLite and PostgreSQL; nothing of a person stays."""

from __future__ import annotations

import asyncio
import time as clock
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from database_for_tests import KINDS, database, rows
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import URL

from backstride import housekeeping as housekeeping_module
from backstride import retention
from backstride.conversation_store import ConversationStore
from backstride.diary import DiaryEntry
from backstride.guided import Guided
from backstride.housekeeping import QUIET_S, Housekeeping
from backstride.locks import OneProcessLockStore
from backstride.records import Records, RecordsError
from backstride.reminders import MAX_UNANSWERED, Reminder, Schedule
from backstride.retention import old_conversations

# Rasa's SQL store uses what SQLAlchemy calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

NOW = datetime.fromtimestamp(clock.time(), timezone.utc)
SECRET = "my back hurts and I am ann"
DOMAIN = Domain.from_dict(
    {"slots": {"guided": {"type": "any", "mappings": [{"type": "custom"}], "influence_conversation": False}}}
)


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    with database(request.param, tmp_path) as found:
        yield found


@dataclass
class Server:
    """What housekeeping sees of a server."""

    store: Any
    records: Records
    sent: list[dict[str, Any]] = field(default_factory=list)
    is_web_open: bool = True
    retention_days: int = 0

    def __post_init__(self) -> None:
        self.tracker_store = self.store
        self.lock_store = OneProcessLockStore()
        self.domain = DOMAIN
        self.keeper = Housekeeping(lambda: self, self.channel, self.records, retention_days=self.retention_days)

    def is_ready(self) -> bool:
        return True

    def channel(self, name: str) -> Any:
        async def send_response(_: str, message: dict[str, Any]) -> None:
            self.sent.append(message)

        return SimpleNamespace(send_response=send_response) if self.is_web_open and name == "web" else None

    async def talk(self, person: str, days_ago: float = 1.0, *, bot_days_ago: float | None = None) -> None:
        """Let a person write something, so many days ago."""
        at = NOW.timestamp() - days_ago * 86_400
        tracker = DialogueStateTracker(person, DOMAIN.slots)
        tracker.update_with_events(
            [
                UserUttered(SECRET, timestamp=at),
                BotUttered("Sorry to hear that.", timestamp=at),
                ActionExecuted("action_listen", timestamp=at),
            ],
            DOMAIN,
            # Rasa gives events the time of now when it takes them.
            override_timestamp=False,
        )
        if bot_days_ago is not None:
            tracker.update(BotUttered("A reminder.", timestamp=NOW.timestamp() - bot_days_ago * 86_400), DOMAIN)
        await self.store.save(tracker)


@pytest.fixture
def server(url: URL) -> Iterator[Server]:
    made = Server(_sql_store(url), Records(url))
    yield made
    made.records.close()
    made.store.engine.dispose()


def _sql_store(url: URL) -> ConversationStore:
    if url.get_backend_name() == "sqlite":
        return ConversationStore(DOMAIN, db=url.database)
    return ConversationStore(DOMAIN, dialect="postgresql", host=url.render_as_string(hide_password=False))


def reminder(person: str = "ann", **changes: Any) -> Reminder:
    made = Reminder(
        conversation=person, channel="web", schedule=Schedule(at=time(19), zone="UTC"), next_at=NOW - timedelta(hours=1)
    )
    return replace(made, **changes)


def fill(records: Records, person: str) -> None:
    records.add(person, DiaryEntry(day=date(2026, 11, 23), after=6.0))
    records.set_reminder(reminder(person, next_at=NOW + timedelta(hours=1)))


# --- forgetting ------------------------------------------------------------------------------------------------------


async def test_nothing_of_a_forgotten_person_is_in_the_database(server: Server, url: URL) -> None:
    for person in ("ann", "bob"):
        await server.talk(person)
        fill(server.records, person)
    server.records.ask_erasure("ann")
    await server.keeper.tick(NOW)

    everything = rows(url)
    assert all("ann" not in map(str, row) for table in everything.values() for row in table)
    assert {table for table, found in everything.items() if found} == {
        "events", "backstride_diary", "backstride_reminders"
    }  # fmt: skip


async def test_the_message_that_asked_is_answered_and_stored_before_it_is_erased(server: Server, url: URL) -> None:
    async with server.lock_store.lock("ann"):
        server.records.ask_erasure("ann")
        erasing = asyncio.create_task(server.keeper.tick(NOW))
        await asyncio.sleep(0)
        # Rasa stores the whole conversation at the end of the turn.
        await server.talk("ann")
    await erasing

    assert rows(url)["events"] == []


async def test_the_next_message_finds_nothing_however_soon_it_comes(server: Server, url: URL) -> None:
    await server.talk("ann")
    await server.talk("bob")
    async with server.lock_store.lock("ann"):
        server.records.ask_erasure("ann")
        server.keeper.erase_next("ann")
        server.keeper.erase_next("bob")
        await asyncio.sleep(0)
        following = asyncio.create_task(_first_of(server, "ann"))
        await asyncio.sleep(0)

    assert await following is None
    assert {row[1] for row in rows(url)["events"]} == {"bob"}


async def _first_of(server: Server, person: str) -> Any:
    async with server.lock_store.lock(person):
        return await server.store.retrieve(person)


async def test_an_erasure_is_tried_again_when_the_store_failed(
    server: Server, url: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    await server.talk("ann")
    server.records.ask_erasure("ann")

    async def fail(*_: object) -> None:
        raise ConnectionError(SECRET)

    with monkeypatch.context() as broken:
        broken.setattr(housekeeping_module, "erase", fail)
        await server.keeper.tick(NOW)
    assert server.records.erasures_asked() == ("ann",)
    await server.keeper.tick(NOW)

    assert rows(url)["events"] == []
    assert server.records.erasures_asked() == ()


async def test_a_failure_is_logged_without_anybodys_words(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object) -> None:
        raise ConnectionError(SECRET)

    monkeypatch.setattr(housekeeping_module, "erase", fail)
    server.records.ask_erasure("ann")
    await server.keeper.tick(NOW)

    assert "ConnectionError" in caplog.text
    assert SECRET not in caplog.text


# --- reminders -------------------------------------------------------------------------------------------------------


async def remind(server: Server, **changes: Any) -> None:
    await server.talk("ann")
    server.records.set_reminder(reminder(**changes))
    await server.keeper.tick(NOW)


async def test_a_due_reminder_asks_through_its_channel_and_stands_in_the_conversation(server: Server) -> None:
    await remind(server)

    [said] = server.sent
    assert "How bad is your back today" in said["text"]
    assert said["ask"] == "pain"
    tracker = await server.store.retrieve("ann")
    assert [event.text for event in tracker.events if isinstance(event, BotUttered)][-1] == said["text"]


async def test_the_answer_to_a_reminder_goes_into_the_diary(server: Server) -> None:
    """The diary is the open led conversation, so the next number is for it."""
    await remind(server)

    tracker = await server.store.retrieve("ann")
    assert Guided.from_json(tracker.get_slot("guided")).open == ("diary",)


async def test_the_dialogue_still_waits_for_the_person_after_a_reminder(server: Server) -> None:
    """Warning signs are looked at only where the last action was to listen."""
    await remind(server)

    assert (await server.store.retrieve("ann")).latest_action_name == "action_listen"


async def test_a_reminder_comes_once_and_then_at_its_next_time(server: Server) -> None:
    await remind(server)
    await server.keeper.tick(NOW)

    assert len(server.sent) == 1
    kept = server.records.reminder("ann")
    assert kept is not None
    assert kept.next_at > NOW
    assert kept.unanswered == 1


async def test_a_reminder_every_other_day_leaves_a_day_out(server: Server) -> None:
    due = NOW - timedelta(hours=1)
    at = due.time().replace(second=0, microsecond=0)
    await remind(server, next_at=due, schedule=Schedule(at=at, zone="UTC", every_days=2))

    kept = server.records.reminder("ann")
    assert kept is not None
    assert kept.schedule.every_days == 2
    assert (kept.next_at.date() - due.date()).days == 2


async def test_two_servers_ask_once(server: Server, url: URL) -> None:
    await server.talk("ann")
    server.records.set_reminder(reminder())
    other = Server(_sql_store(url), Records(url))
    await asyncio.gather(server.keeper.tick(NOW), other.keeper.tick(NOW))
    other.records.close()
    other.store.engine.dispose()

    assert len(server.sent) + len(other.sent) == 1


async def test_nobody_is_asked_in_the_middle_of_a_talk(server: Server) -> None:
    await server.talk("ann", days_ago=0.5 * QUIET_S / 86_400)
    server.records.set_reminder(reminder())
    await server.keeper.tick(NOW)
    assert server.sent == []
    await server.keeper.tick(NOW + timedelta(seconds=QUIET_S))

    assert len(server.sent) == 1


async def test_a_reminder_that_nobody_answers_ends_and_says_so(server: Server) -> None:
    await remind(server, unanswered=MAX_UNANSWERED - 1)

    assert "this is the last one" in server.sent[0]["text"]
    assert server.records.reminder("ann") is None


async def test_a_reminder_for_one_time_is_gone_afterwards(server: Server) -> None:
    await remind(server, schedule=Schedule(at=time(19), zone="UTC", once=True))

    assert "last one" not in server.sent[0]["text"]
    assert server.records.reminder("ann") is None


async def test_a_reminder_of_a_channel_that_is_closed_is_not_sent(server: Server) -> None:
    server.is_web_open = False
    await remind(server)

    assert server.sent == []


async def test_a_reminder_of_a_person_who_is_gone_is_gone_too(server: Server) -> None:
    server.records.set_reminder(reminder())
    await server.keeper.tick(NOW)

    assert server.sent == []
    assert server.records.reminder("ann") is None


# --- retention -------------------------------------------------------------------------------------------------------


async def test_who_has_not_written_for_so_many_days_is_forgotten_everywhere(server: Server, url: URL) -> None:
    keeper = Housekeeping(lambda: server, server.channel, server.records, retention_days=30)
    await server.talk("ann", days_ago=31)
    await server.talk("bob", days_ago=29)
    await keeper.tick(NOW)

    assert {row[1] for row in rows(url)["events"]} == {"bob"}


async def test_what_the_assistant_says_by_itself_keeps_nothing_alive(server: Server) -> None:
    await server.talk("ann", days_ago=31, bot_days_ago=1)

    assert await old_conversations(server.store, server.records, NOW - timedelta(days=30)) == ("ann",)


async def test_a_diary_without_a_conversation_ends_too(server: Server) -> None:
    fill(server.records, "ann")

    later = NOW + timedelta(days=31)
    assert await old_conversations(server.store, server.records, later - timedelta(days=30)) == ("ann",)


async def test_nothing_is_erased_where_the_days_are_zero(server: Server, url: URL) -> None:
    await server.talk("ann", days_ago=3000)
    await server.keeper.tick(NOW)

    assert rows(url)["events"] != []


async def test_any_other_store_is_looked_through(server: Server) -> None:
    made = Server(InMemoryTrackerStore(DOMAIN), server.records)
    await made.talk("ann", days_ago=31)
    await made.talk("bob", days_ago=1)

    assert await old_conversations(made.store, made.records, NOW - timedelta(days=30)) == ("ann",)


# --- the loop --------------------------------------------------------------------------------------------------------


async def test_without_an_agent_nothing_is_done(server: Server) -> None:
    keeper = Housekeeping(lambda: None, server.channel, server.records, retention_days=30)
    server.records.set_reminder(reminder())
    await keeper.tick(NOW)

    assert server.records.reminder("ann") is not None


async def test_a_database_that_is_away_stops_nothing_else(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise RecordsError("away")

    monkeypatch.setattr(server.records, "erasures_asked", away)
    await remind(server)

    assert len(server.sent) == 1


@asynccontextmanager
async def running(app: Any) -> AsyncIterator[None]:
    housekeeping_module.start(app)
    yield
    await housekeeping_module.stop(app)


async def test_a_server_keeps_house_once_and_is_woken_when_somebody_is_to_be_forgotten(
    server: Server, url: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping_module, "shared_records", lambda: server.records)
    app = SimpleNamespace(ctx=SimpleNamespace(agent=server, input_channels=[]))
    ticks: asyncio.Queue[None] = asyncio.Queue()
    tick = Housekeeping.tick

    async def counted(self: Housekeeping, now: datetime) -> None:
        await tick(self, now)
        ticks.put_nowait(None)

    monkeypatch.setattr(Housekeeping, "tick", counted)
    async with running(app):
        first = app.ctx.housekeeping
        housekeeping_module.start(app)
        assert app.ctx.housekeeping is first
        await asyncio.wait_for(ticks.get(), 10)
        await server.talk("ann")
        server.records.ask_erasure("ann")
        first.look_now()
        await asyncio.wait_for(ticks.get(), 10)

    assert rows(url)["events"] == []


def test_slots_are_part_of_the_events() -> None:
    """What was remembered is kept as events, so erasing these erases it: no table of slots is left over."""
    assert SlotSet("guided", {}).as_dict()["event"] == "slot"


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("dry_run", "left"), [(True, {"ann", "bob"}), (False, {"bob"})])
def test_the_command_counts_or_erases(
    server: Server, url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dry_run: bool, left: set[str]
) -> None:
    asyncio.run(server.talk("ann", days_ago=31))
    asyncio.run(server.talk("bob", days_ago=1))
    monkeypatch.setattr(retention, "shared_records", lambda: server.records)
    endpoints = tmp_path / "endpoints.yml"
    where = f"dialect: sqlite, db: '{url.database}'"
    if url.get_backend_name() != "sqlite":
        where = f"dialect: postgresql, url: '{url.render_as_string(hide_password=False)}'"
    endpoints.write_text(f"tracker_store: {{type: SQL, {where}}}\n", encoding="utf-8")

    assert retention.purge(endpoints, 30, dry_run=dry_run) == 1
    assert {row[1] for row in rows(url)["events"]} == left
