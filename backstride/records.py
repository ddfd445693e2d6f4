"""What is kept of a person beside the conversation itself: the diary, the reminder, an erasure that was asked for.

All calls wait for the database: on an event loop run them in a thread.
"""

from __future__ import annotations

import threading
import time as clock
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, time, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import SQLAlchemyError

from backstride.database import database_url, empty_log, migrate, open_engine
from backstride.diary import DiaryEntry
from backstride.errors import BackstrideError
from backstride.reminders import Reminder, Schedule
from backstride.settings import read_settings

_metadata = sa.MetaData()
_diary = sa.Table(
    "backstride_diary",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("conversation", sa.String(255), nullable=False, index=True),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("before", sa.Float),
    sa.Column("after", sa.Float),
    sa.Column("level", sa.Float),
    sa.Column("distance_km", sa.Float),
    sa.Column("run_minutes", sa.Integer),
    sa.Column("rested", sa.Boolean, nullable=False),
    sa.Column("written_at", sa.Float, nullable=False),
)
_reminders = sa.Table(
    "backstride_reminders",
    _metadata,
    sa.Column("conversation", sa.String(255), primary_key=True),
    sa.Column("channel", sa.String(255), nullable=False),
    sa.Column("time_of_day", sa.String(5), nullable=False),
    sa.Column("weekdays", sa.String(7), nullable=False),
    sa.Column("zone", sa.String(64), nullable=False),
    sa.Column("once", sa.Boolean, nullable=False),
    sa.Column("next_at", sa.Float, nullable=False, index=True),
    sa.Column("unanswered", sa.Integer, nullable=False),
    sa.Column("every_days", sa.Integer, nullable=False, server_default="1"),
)
_erasures = sa.Table(
    "backstride_erasures",
    _metadata,
    sa.Column("conversation", sa.String(255), primary_key=True),
    sa.Column("asked_at", sa.Float, nullable=False),
)
# Rasa's own table, where the conversations are in the same database; read and erased, never changed.
_events = sa.table("events", sa.column("sender_id"), sa.column("type_name"), sa.column("timestamp"))


class RecordsError(BackstrideError):
    """The database did not answer, or refused; nothing of the call was carried out."""


class Records:
    """Reads and writes what is kept beside the conversation.

    Args:
        url: the database.
    """

    def __init__(self, url: URL) -> None:
        self._engine = open_engine(url)
        self._is_ready = False
        self._preparing = threading.Lock()

    # --- the diary -----------------------------------------------------------------------------------------------

    def entries(self, conversation: str) -> tuple[DiaryEntry, ...]:
        """Return the entries of a conversation in the order of their days."""
        wanted = _diary.select().where(_diary.c.conversation == conversation).order_by(_diary.c.day, _diary.c.id)
        with self._open() as connection:
            return tuple(_entry(row) for row in connection.execute(wanted).mappings())

    def add(self, conversation: str, entry: DiaryEntry) -> DiaryEntry:
        """Keep a new entry, and return it with its number."""
        values = _values(entry) | {"conversation": conversation, "written_at": clock.time()}
        with self._open() as connection:
            made = connection.execute(_diary.insert().values(values))
            return _with_id(entry, int(made.inserted_primary_key[0]))

    def change(self, conversation: str, entry: DiaryEntry) -> bool:
        """Write an entry anew; return False where it is gone."""
        mine = (_diary.c.conversation == conversation) & (_diary.c.id == entry.id)
        with self._open() as connection:
            done = connection.execute(_diary.update().where(mine).values(_values(entry)))
            return bool(done.rowcount)

    def remove(self, conversation: str, entry_id: int) -> bool:
        """Delete an entry; return False where it is gone already."""
        mine = (_diary.c.conversation == conversation) & (_diary.c.id == entry_id)
        with self._open() as connection:
            return bool(connection.execute(_diary.delete().where(mine)).rowcount)

    # --- reminders -----------------------------------------------------------------------------------------------

    def reminder(self, conversation: str) -> Reminder | None:
        """Return the reminder of a conversation."""
        wanted = _reminders.select().where(_reminders.c.conversation == conversation)
        with self._open() as connection:
            row = connection.execute(wanted).mappings().first()
        return None if row is None else _reminder(row)

    def set_reminder(self, reminder: Reminder) -> None:
        """Keep a reminder in the place of the one that the conversation had."""
        mine = _reminders.c.conversation == reminder.conversation
        with self._open() as connection:
            connection.execute(_reminders.delete().where(mine))
            connection.execute(_reminders.insert().values(_reminder_values(reminder)))

    def stop_reminder(self, conversation: str) -> bool:
        """Delete the reminder; return whether there was one."""
        with self._open() as connection:
            gone = connection.execute(_reminders.delete().where(_reminders.c.conversation == conversation))
            return bool(gone.rowcount)

    def due(self, now: datetime) -> tuple[Reminder, ...]:
        """Return the reminders whose time has come, the oldest first."""
        wanted = _reminders.select().where(_reminders.c.next_at <= now.timestamp()).order_by(_reminders.c.next_at)
        with self._open() as connection:
            return tuple(_reminder(row) for row in connection.execute(wanted).mappings())

    def claim(self, due: Reminder, following: datetime | None) -> bool:
        """Take a due reminder for this process, and put its next time down; None ends it.

        Returns:
            False where another process took it first, or it was stopped meanwhile.
        """
        mine = (_reminders.c.conversation == due.conversation) & (_reminders.c.next_at == due.next_at.timestamp())
        with self._open() as connection:
            if following is None:
                return bool(connection.execute(_reminders.delete().where(mine)).rowcount)
            moved = {"next_at": following.timestamp(), "unanswered": due.unanswered + 1}
            return bool(connection.execute(_reminders.update().where(mine).values(moved)).rowcount)

    def answered(self, conversation: str) -> None:
        """Note that the person writes again, so that the reminder goes on."""
        mine = (_reminders.c.conversation == conversation) & (_reminders.c.unanswered > 0)
        with self._open() as connection:
            connection.execute(_reminders.update().where(mine).values(unanswered=0))

    # --- erasing -------------------------------------------------------------------------------------------------

    def ask_erasure(self, conversation: str) -> None:
        """Erase diary and reminder now, and note that the conversation itself is to be erased.

        The note outlives a stop of the server: the conversation is erased as soon as its store can be reached.
        """
        with self._open() as connection:
            self._erase(connection, conversation)
            note = {"conversation": conversation, "asked_at": clock.time()}
            connection.execute(_erasures.insert().values(note))
        empty_log(self._engine)

    def erasures_asked(self) -> tuple[str, ...]:
        """Return the conversations that are still to be erased, the oldest request first."""
        with self._open() as connection:
            found = connection.execute(sa.select(_erasures.c.conversation).order_by(_erasures.c.asked_at))
            return tuple(found.scalars())

    def erase(self, conversation: str) -> None:
        """Erase diary, reminder and the note of an erasure."""
        with self._open() as connection:
            self._erase(connection, conversation)
        empty_log(self._engine)

    @staticmethod
    def _erase(connection: Connection, conversation: str) -> None:
        for table in (_diary, _reminders, _erasures):
            connection.execute(table.delete().where(table.c.conversation == conversation))

    # --- what there is -------------------------------------------------------------------------------------------

    def last_written(self) -> dict[str, float]:
        """Return for each conversation with a diary when it last changed, in seconds since 1970."""
        wanted = sa.select(_diary.c.conversation, sa.func.max(_diary.c.written_at)).group_by(_diary.c.conversation)
        with self._open() as connection:
            return {str(name): float(at) for name, at in connection.execute(wanted)}

    def with_reminder(self) -> tuple[str, ...]:
        """Return the conversations that have a reminder."""
        with self._open() as connection:
            return tuple(connection.execute(sa.select(_reminders.c.conversation)).scalars())

    def messages_of(self, conversation: str) -> tuple[int, float] | None:
        """Return how many messages of the person there are and when the first came, in seconds since 1970.

        None where the conversations are not in this database.
        """
        mine = (_events.c.sender_id == conversation) & (_events.c.type_name == "user")
        wanted = sa.select(sa.func.count(), sa.func.min(_events.c.timestamp)).where(mine)
        with self._open() as connection:
            if not sa.inspect(connection).has_table("events"):
                return None
            count, first = connection.execute(wanted).one()
            return int(count), float(first or 0)

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()

    @contextmanager
    def _open(self) -> Iterator[Connection]:
        """Give a connection whose changes are kept together or not at all.

        Raises:
            RecordsError: the database failed.
        """
        try:
            self._prepare()
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            # The error's own text may hold what was to be written.
            raise RecordsError(f"The diary's database failed: {type(error).__name__}") from error

    def _prepare(self) -> None:
        with self._preparing:
            if not self._is_ready:
                migrate(self._engine)
                self._is_ready = True


def _values(entry: DiaryEntry) -> dict[str, Any]:
    names = ("day", "before", "after", "level", "distance_km", "run_minutes", "rested")
    return {name: getattr(entry, name) for name in names}


def _entry(row: Mapping[str, Any]) -> DiaryEntry:
    names = ("id", "day", "before", "after", "level", "distance_km", "run_minutes")
    return DiaryEntry(**{name: row[name] for name in names}, rested=bool(row["rested"]))


def _with_id(entry: DiaryEntry, entry_id: int) -> DiaryEntry:
    return DiaryEntry(**_values(entry), id=entry_id)


def _reminder(row: Mapping[str, Any]) -> Reminder:
    schedule = Schedule(
        at=time.fromisoformat(row["time_of_day"]),
        weekdays=frozenset(int(day) for day in row["weekdays"]),
        zone=row["zone"],
        once=bool(row["once"]),
        every_days=int(row["every_days"]),
    )
    return Reminder(
        conversation=row["conversation"],
        channel=row["channel"],
        schedule=schedule,
        next_at=datetime.fromtimestamp(row["next_at"], timezone.utc),
        unanswered=int(row["unanswered"]),
    )


def _reminder_values(reminder: Reminder) -> dict[str, Any]:
    schedule = reminder.schedule
    return {
        "conversation": reminder.conversation,
        "channel": reminder.channel,
        "time_of_day": schedule.at.strftime("%H:%M"),
        "weekdays": "".join(map(str, sorted(schedule.weekdays))),
        "zone": schedule.zone,
        "once": schedule.once,
        "next_at": reminder.next_at.timestamp(),
        "unanswered": reminder.unanswered,
        "every_days": schedule.every_days,
    }


_shared: list[Records] = []


def shared_records() -> Records:
    """Return the process's one store: where `endpoints.yml` keeps the conversations, or BACKSTRIDE_DATABASE."""
    if not _shared:
        _shared.append(Records(database_url(read_settings().endpoints)))
    return _shared[0]


def share(records: Records) -> None:
    """Use a store for the whole process: one in memory for tests and for trying a model out."""
    for before in _shared:
        before.close()
    _shared[:] = [records]


def in_memory() -> Records:
    """Return a store that is gone when the process ends."""
    return Records(make_url("sqlite://"))
