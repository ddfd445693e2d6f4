"""Rasa's SQL tracker store with less waiting: the same table, the same events, read and written in fewer steps.

Rasa opens the database anew for each step and, with SQLite, waits twice a message until the disk has written; everybody
waits with it. Here connections stay open and SQLite writes ahead into a log beside the file (`-wal`): a killed process
loses nothing, a power cut at most what the disk had not written yet, and the file stays whole.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.pool import QueuePool

from backstride.database import empty_log

# Another process (a purge, the studio) may hold the file; everybody waits, so not for long.
_BUSY_TIMEOUT_S = 3

# The statements are put together once: for each message anew it would take longer than the database does.
_EVENTS = SQLTrackerStore.SQLEvent.__table__
_OF_SENDER = _EVENTS.c.sender_id == sa.bindparam("sender")
_BEGAN = (
    sa.select(sa.func.max(_EVENTS.c.timestamp))
    .where(_OF_SENDER, _EVENTS.c.type_name == SessionStarted.type_name)
    .scalar_subquery()
)
_OF_SESSION = sa.and_(_OF_SENDER, sa.or_(_EVENTS.c.timestamp >= _BEGAN, _BEGAN.is_(None)))
_READ_ALL = sa.select(_EVENTS.c.data).where(_OF_SENDER).order_by(_EVENTS.c.id)
_READ_SESSION = sa.select(_EVENTS.c.data).where(_OF_SESSION).order_by(_EVENTS.c.id)
_COUNT_SESSION = sa.select(sa.func.count()).select_from(_EVENTS).where(_OF_SESSION)


class ConversationStore(SQLTrackerStore):  # type: ignore[misc]  # Rasa ships no types
    """Keeps conversations in SQLite or any other SQL database; the options are those of Rasa's `type: SQL`."""

    engine: Any
    sessionmaker: Any

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Connect, as Rasa's store does; a SQLite file then gets connections that stay open."""
        super().__init__(*arguments, **options)
        url = self.engine.url
        if url.get_backend_name() == "sqlite" and url.database not in {None, "", ":memory:"}:
            self.engine.dispose()
            self.engine = sa.create_engine(
                url,
                poolclass=QueuePool,
                # A conversation is erased in a thread of its own.
                connect_args={"timeout": _BUSY_TIMEOUT_S, "check_same_thread": False},
            )
            sa.event.listen(self.engine, "connect", _write_ahead)
            self.sessionmaker = sa.orm.sessionmaker(bind=self.engine)

    async def _retrieve(self, sender_id: str, fetch_events_from_all_sessions: bool) -> DialogueStateTracker | None:
        statement = _READ_ALL if fetch_events_from_all_sessions else _READ_SESSION
        with self.engine.connect() as connection:
            rows = connection.execute(statement, {"sender": sender_id}).scalars().all()
        if not self.domain or not rows:
            return None
        return DialogueStateTracker.from_dict(sender_id, [json.loads(row) for row in rows], self.domain.slots)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the events that are not stored yet."""
        await self.stream_events(tracker)
        with self.engine.begin() as connection:
            stored = connection.execute(_COUNT_SESSION, {"sender": tracker.sender_id}).scalar()
            rows = [_row(tracker.sender_id, event) for event in itertools.islice(tracker.events, stored, None)]
            if rows:
                connection.execute(_EVENTS.insert(), rows)

    async def delete(self, conversation: str) -> None:
        """Erase a conversation, from the log beside the file as well."""
        await asyncio.to_thread(self._delete, conversation)

    def _delete(self, conversation: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(_EVENTS.delete().where(_EVENTS.c.sender_id == conversation))
        empty_log(self.engine)


def _write_ahead(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    # What is erased is overwritten in the file, too.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _row(sender: str, event: Any) -> dict[str, Any]:
    """Return an event as Rasa's store writes it."""
    data = event.as_dict()
    return {
        "sender_id": sender,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }
