"""Rasa's SQL tracker store with less waiting: the same table, the same events, read and written in fewer steps.

Rasa opens the database anew for each step and, with SQLite, waits twice a message until the disk has written; everybody
waits with it. Here connections stay open and SQLite writes ahead into a log beside the file (`-wal`): a killed process
loses nothing, a power cut at most what the disk had not written yet, and the file stays whole.

Rasa reads a whole session again with each message. Here a long one is read from its last messages on, with the slots as
they stood before them, so that the hundredth message costs what the thirtieth did.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import (
    ActionExecuted,
    AllSlotsReset,
    ConversationPaused,
    ConversationResumed,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.pool import QueuePool

from backstride.database import empty_log

# Another process (a purge, the studio) may hold the file; everybody waits, so not for long.
_BUSY_TIMEOUT_S = 3
# So many messages of the person are read again with each new one: more than anything that answers looks back
# (`language/guided_policy.py` reads twenty).
RECENT_MESSAGES = 30
# Where a tracker holds how many of its events need not be stored.
_KNOWN = "events_known_to_the_store"

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
_FIRST = sa.bindparam("first")
_READ_RECENT = sa.select(_EVENTS.c.data).where(_OF_SESSION, _EVENTS.c.id >= _FIRST).order_by(_EVENTS.c.id)
_NTH_LAST_MESSAGE = (
    sa.select(_EVENTS.c.id)
    .where(_OF_SESSION, _EVENTS.c.type_name == UserUttered.type_name)
    .order_by(_EVENTS.c.id.desc())
    .offset(RECENT_MESSAGES - 1)
    .limit(1)
)
_BEFORE = sa.and_(_OF_SESSION, _EVENTS.c.id < _FIRST)
_ACTION_BEFORE = sa.select(sa.func.max(_EVENTS.c.id)).where(_BEFORE, _EVENTS.c.type_name == ActionExecuted.type_name)
_FORGOT = (
    sa.select(sa.func.max(_EVENTS.c.id))
    .where(_BEFORE, _EVENTS.c.type_name.in_((Restarted.type_name, AllSlotsReset.type_name)))
    .scalar_subquery()
)
_COUNTS = sa.and_(_BEFORE, _EVENTS.c.id > sa.func.coalesce(_FORGOT, 0))
_PAUSES = (ConversationPaused.type_name, ConversationResumed.type_name)
# What each slot was set to last, by the slot's name, and whether the conversation is paused.
_STILL_COUNTS = sa.union_all(
    sa.select(sa.func.max(_EVENTS.c.id))
    .where(_COUNTS, _EVENTS.c.type_name == SlotSet.type_name)
    .group_by(_EVENTS.c.action_name),
    sa.select(sa.func.max(_EVENTS.c.id)).where(_COUNTS, _EVENTS.c.type_name.in_(_PAUSES)),
)
_READ_BEFORE = sa.select(_EVENTS.c.data).where(_EVENTS.c.id.in_(_STILL_COUNTS)).order_by(_EVENTS.c.id)
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
        with self.engine.connect() as connection:
            if fetch_events_from_all_sessions:
                rows = connection.execute(_READ_ALL, {"sender": sender_id}).scalars().all()
            else:
                rows = _recent(connection, sender_id)
        if not self.domain or not rows:
            return None
        tracker = DialogueStateTracker.from_dict(sender_id, [json.loads(row) for row in rows], self.domain.slots)
        setattr(tracker, _KNOWN, len(rows))
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the events that are not stored yet."""
        await self.stream_events(tracker)
        with self.engine.begin() as connection:
            known = getattr(tracker, _KNOWN, None)
            if known is None:
                known = connection.execute(_COUNT_SESSION, {"sender": tracker.sender_id}).scalar()
            rows = [_row(tracker.sender_id, event) for event in itertools.islice(tracker.events, known, None)]
            if rows:
                connection.execute(_EVENTS.insert(), rows)
        setattr(tracker, _KNOWN, len(tracker.events))

    async def delete(self, conversation: str) -> None:
        """Erase a conversation, from the log beside the file as well."""
        await asyncio.to_thread(self._delete, conversation)

    def _delete(self, conversation: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(_EVENTS.delete().where(_EVENTS.c.sender_id == conversation))
        empty_log(self.engine)


def _recent(connection: Any, sender: str) -> list[str]:
    """Return the events of a session's last messages, and before them what still counts of those that are left out."""
    asked = {"sender": sender}
    oldest = connection.execute(_NTH_LAST_MESSAGE, asked).scalar()
    if oldest is None:
        return list(connection.execute(_READ_RECENT, asked | {"first": 0}).scalars())
    # The action that waited for the message belongs to it.
    waited = connection.execute(_ACTION_BEFORE, asked | {"first": oldest}).scalar()
    asked |= {"first": oldest if waited is None else waited}
    return [*connection.execute(_READ_BEFORE, asked).scalars(), *connection.execute(_READ_RECENT, asked).scalars()]


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
