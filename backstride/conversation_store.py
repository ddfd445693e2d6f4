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
        table = self.SQLEvent.__table__
        wanted = self._events_of(sender_id, fetch_events_from_all_sessions)
        with self.session_scope() as session:
            rows = session.execute(sa.select(table.c.data).where(wanted).order_by(table.c.id)).scalars().all()
        if not self.domain or not rows:
            return None
        return DialogueStateTracker.from_dict(sender_id, [json.loads(row) for row in rows], self.domain.slots)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the events that are not stored yet."""
        await self.stream_events(tracker)
        table = self.SQLEvent.__table__
        wanted = self._events_of(tracker.sender_id, False)
        with self.session_scope() as session:
            stored = session.execute(sa.select(sa.func.count()).select_from(table).where(wanted)).scalar()
            rows = [_row(tracker.sender_id, event) for event in itertools.islice(tracker.events, stored, None)]
            if rows:
                session.execute(table.insert(), rows)
                session.commit()

    async def delete(self, conversation: str) -> None:
        """Erase a conversation, from the log beside the file as well."""
        await asyncio.to_thread(self._delete, conversation)

    def _delete(self, conversation: str) -> None:
        table = self.SQLEvent.__table__
        with self.session_scope() as session:
            session.execute(table.delete().where(table.c.sender_id == conversation))
            session.commit()
        empty_log(self.engine)

    def _events_of(self, sender: str, all_sessions: bool) -> Any:
        """Return the condition for all events of a conversation, or for those since its last session began."""
        table = self.SQLEvent.__table__
        is_his = table.c.sender_id == sender
        if all_sessions:
            return is_his
        began = (
            sa.select(sa.func.max(table.c.timestamp))
            .where(table.c.sender_id == sender, table.c.type_name == SessionStarted.type_name)
            .scalar_subquery()
        )
        return sa.and_(is_his, sa.or_(table.c.timestamp >= began, began.is_(None)))


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
