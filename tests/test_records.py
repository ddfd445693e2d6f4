"""What is kept beside the conversation, on SQLite and on PostgreSQL."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from database_for_tests import KINDS, database, rows
from sqlalchemy.engine import URL, make_url

from backstride import database as databases
from backstride.database import database_url, migrate, open_engine
from backstride.diary import DiaryEntry
from backstride.errors import SettingsError
from backstride.records import Records, RecordsError, in_memory, share, shared_records
from backstride.reminders import Reminder, Schedule

DAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 18, 0, tzinfo=timezone.utc)
ENTRY = DiaryEntry(day=DAY, before=4.0, after=6.5, distance_km=8.0)
REMINDER = Reminder(
    conversation="ann",
    channel="web",
    schedule=Schedule(at=time(19, 30), weekdays=frozenset({0, 4}), zone="Europe/Berlin"),
    next_at=NOW,
)


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    with database(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def records(url: URL) -> Iterator[Records]:
    records = Records(url)
    yield records
    records.close()


# --- the diary -------------------------------------------------------------------------------------------------------


def test_an_entry_is_kept_and_comes_back(records: Records) -> None:
    stored = records.add("ann", ENTRY)

    assert stored == replace(ENTRY, id=stored.id)
    assert records.entries("ann") == (stored,)


def test_entries_come_in_the_order_of_their_days(records: Records) -> None:
    records.add("ann", ENTRY)
    records.add("ann", replace(ENTRY, day=DAY - timedelta(days=1)))

    assert [entry.day for entry in records.entries("ann")] == [DAY - timedelta(days=1), DAY]


def test_a_score_of_zero_is_kept(records: Records) -> None:
    records.add("ann", DiaryEntry(day=DAY, level=0.0))

    assert records.entries("ann")[0].level == 0.0


def test_nobody_sees_the_diary_of_somebody_else(records: Records) -> None:
    records.add("ann", ENTRY)

    assert records.entries("bob") == ()


def test_an_entry_is_changed(records: Records) -> None:
    stored = records.add("ann", ENTRY)

    assert records.change("ann", replace(stored, after=3.0))
    assert records.entries("ann")[0].after == 3.0


def test_an_entry_is_removed(records: Records) -> None:
    stored = records.add("ann", ENTRY)

    assert records.remove("ann", stored.id)
    assert records.entries("ann") == ()


def test_an_entry_of_somebody_else_is_neither_changed_nor_removed(records: Records) -> None:
    stored = records.add("ann", ENTRY)

    assert not records.change("bob", stored)
    assert not records.remove("bob", stored.id)
    assert records.entries("ann") == (stored,)


# --- reminders -------------------------------------------------------------------------------------------------------


def test_a_reminder_is_kept_and_comes_back(records: Records) -> None:
    records.set_reminder(REMINDER)

    assert records.reminder("ann") == REMINDER


def test_a_second_reminder_takes_the_place_of_the_first(records: Records) -> None:
    records.set_reminder(REMINDER)
    later = replace(REMINDER, next_at=NOW + timedelta(hours=1))
    records.set_reminder(later)

    assert records.reminder("ann") == later


def test_a_reminder_is_due_when_its_time_has_come(records: Records) -> None:
    records.set_reminder(REMINDER)

    assert records.due(NOW - timedelta(seconds=1)) == ()
    assert records.due(NOW) == (REMINDER,)


def test_a_due_reminder_is_taken_by_one_process_alone(records: Records) -> None:
    records.set_reminder(REMINDER)
    following = NOW + timedelta(days=1)

    assert [records.claim(REMINDER, following), records.claim(REMINDER, following)] == [True, False]
    assert records.reminder("ann") == replace(REMINDER, next_at=following, unanswered=1)


def test_the_last_reminder_is_gone_when_it_was_taken(records: Records) -> None:
    records.set_reminder(REMINDER)

    assert records.claim(REMINDER, None)
    assert records.reminder("ann") is None


def test_an_answer_counts_the_reminders_anew(records: Records) -> None:
    records.set_reminder(replace(REMINDER, unanswered=4))
    records.answered("ann")

    assert records.reminder("ann") == REMINDER


def test_stopping_says_whether_there_was_a_reminder(records: Records) -> None:
    records.set_reminder(REMINDER)

    assert [records.stop_reminder("ann"), records.stop_reminder("ann")] == [True, False]


# --- erasing ---------------------------------------------------------------------------------------------------------


def test_an_erasure_takes_everything_of_one_person_and_nothing_of_another(records: Records, url: URL) -> None:
    for person in ("ann", "bob"):
        records.add(person, ENTRY)
        records.set_reminder(replace(REMINDER, conversation=person))
    records.erase("ann")

    assert all("ann" not in row for table in rows(url).values() for row in table)
    assert len(records.entries("bob")) == 1


def test_an_erasure_that_was_asked_for_is_remembered_until_it_is_done(records: Records) -> None:
    records.add("ann", ENTRY)
    records.ask_erasure("ann")
    records.ask_erasure("ann")

    assert records.entries("ann") == ()
    assert records.erasures_asked() == ("ann",)
    records.erase("ann")
    assert records.erasures_asked() == ()


def test_messages_are_counted_where_the_conversations_are_in_the_same_database(records: Records, url: URL) -> None:
    assert records.messages_of("ann") is None
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE events (sender_id text, type_name text, timestamp float)"))
        connection.execute(sa.text("INSERT INTO events VALUES ('ann', 'user', 7), ('ann', 'bot', 8)"))
    engine.dispose()

    assert records.messages_of("ann") == (1, 7.0)


# --- the database ----------------------------------------------------------------------------------------------------


def test_the_tables_are_those_that_the_migrations_make(url: URL) -> None:
    """What the code expects of its tables is what a database has after all migrations."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from backstride.records import _metadata

    engine = open_engine(url)
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": databases.VERSION_TABLE})
        assert compare_metadata(context, _metadata) == []
    engine.dispose()


def test_migrating_twice_changes_nothing_and_leaves_rasas_table_alone(url: URL) -> None:
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE events (sender_id text)"))
        connection.execute(sa.text("INSERT INTO events VALUES ('ann')"))
    migrate(engine)
    migrate(engine)

    assert rows(url)["events"] == [("ann",)]
    engine.dispose()


def test_processes_that_start_together_take_turns(url: URL) -> None:
    failures: list[BaseException] = []

    def start() -> None:
        records = Records(url)
        try:
            records.entries("ann")
        except BaseException as failure:
            failures.append(failure)
        finally:
            records.close()

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []


def test_a_locked_database_is_an_error_without_the_words_that_were_to_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "_BUSY_TIMEOUT_S", 0)
    path = tmp_path / "locked.db"
    records = Records(make_url(f"sqlite:///{path}"))
    records.entries("ann")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")

    with pytest.raises(RecordsError) as refused:
        records.add("ann", ENTRY)

    holder.execute("ROLLBACK")
    holder.close()
    assert str(refused.value) == "The diary's database failed: OperationalError"
    assert records.add("ann", ENTRY)


def test_a_database_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecordsError):
        Records(make_url(f"sqlite:///{tmp_path}/no/such/folder/diary.db")).entries("ann")


def test_a_store_that_is_shared_is_the_one_that_everybody_gets() -> None:
    before = shared_records()
    mine = in_memory()
    share(mine)

    assert shared_records() is mine
    share(type(before)(make_url("sqlite://")))


# --- where it is -----------------------------------------------------------------------------------------------------


def endpoints(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "endpoints.yml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tracker_store: {type: SQL, dialect: sqlite, db: talks.db}", "sqlite:///talks.db"),
        (
            "tracker_store: {type: SQL, dialect: postgresql, url: db.example, port: 5433, db: talks, username: me, "
            "password: '${DB_PASSWORD}'}",
            "postgresql://me:secret@db.example:5433/talks",
        ),
        ("tracker_store: {type: SQL, dialect: postgresql, url: 'db.example:5433', db: talks}",
         "postgresql://db.example:5433/talks"),
        ("tracker_store: {type: SQL, url: 'postgresql://me@db.example/talks'}", "postgresql://me@db.example/talks"),
        ("tracker_store: {type: mine.OwnStore, dialect: sqlite, db: own.db}", "sqlite:///own.db"),
        ("tracker_store: {type: redis, url: cache.example}", "sqlite:///diary.db"),
        ("lock_store: {type: in_memory}", "sqlite:///diary.db"),
        ("", "sqlite:///diary.db"),
    ],
)  # fmt: skip
def test_the_diary_is_where_the_conversations_are(tmp_path: Path, text: str, expected: str) -> None:
    found = database_url(endpoints(tmp_path, text), {"DB_PASSWORD": "secret"})

    assert found.render_as_string(hide_password=False) == expected


def test_without_the_file_the_diary_has_one_of_its_own(tmp_path: Path) -> None:
    assert str(database_url(tmp_path / "none.yml", {})) == "sqlite:///diary.db"


def test_a_database_that_is_named_wins(tmp_path: Path) -> None:
    file = endpoints(tmp_path, "tracker_store: {type: SQL, dialect: sqlite, db: talks.db}")

    assert str(database_url(file, {"BACKSTRIDE_DATABASE": "sqlite:///other.db"})) == "sqlite:///other.db"


def test_what_is_no_address_is_refused_without_repeating_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        database_url(tmp_path / "none.yml", {"BACKSTRIDE_DATABASE": "secret words"})

    assert "secret" not in str(refused.value)


def test_a_file_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        database_url(endpoints(tmp_path, "tracker_store: [unclosed"), {})
