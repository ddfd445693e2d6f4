"""Ends what is old: a person who has not written for so many days is forgotten, everywhere."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered

from backstride.channels.erasure import erase, real_store
from backstride.records import Records, shared_records


async def old_conversations(store: Any, records: Records, before: datetime) -> tuple[str, ...]:
    """Return the conversations in which the person has not written since a time, in any store.

    A conversation in which the person never wrote counts by its last event, a diary without a conversation by its last
    entry.

    Args:
        store: Rasa's tracker store.
        records: the diary's store.
        before: a time with a time zone.
    """
    last_said = await _last_said(real_store(store))
    for conversation, written_at in (await asyncio.to_thread(records.last_written)).items():
        last_said[conversation] = max(written_at, last_said.get(conversation, 0.0))
    return tuple(sorted(name for name, at in last_said.items() if at < before.timestamp()))


async def erase_old(store: Any, records: Records, before: datetime) -> int:
    """Erase these conversations with diary and reminder, and return how many they were."""
    old = await old_conversations(store, records, before)
    for conversation in old:
        await erase(store, conversation)
        await asyncio.to_thread(records.erase, conversation)
    return len(old)


async def _last_said(store: Any) -> dict[str, float]:
    if isinstance(store, SQLTrackerStore):
        return await asyncio.to_thread(_last_said_in_sql, store)
    found: dict[str, float] = {}
    for conversation in list(await store.keys()):
        tracker = await store.retrieve_full_tracker(conversation)
        events = list(tracker.events) if tracker else []
        said = [event.timestamp for event in events if isinstance(event, UserUttered)]
        found[conversation] = max(said or [event.timestamp for event in events] or [0.0])
    return found


def _last_said_in_sql(store: SQLTrackerStore) -> dict[str, float]:
    event = store.SQLEvent
    said = sa.func.max(sa.case((event.type_name == UserUttered.type_name, event.timestamp), else_=None))
    with store.session_scope() as session:
        rows = session.query(event.sender_id, said, sa.func.max(event.timestamp)).group_by(event.sender_id).all()
    return {str(sender): float(last if last is not None else any_event or 0.0) for sender, last, any_event in rows}


def purge(endpoints: Path, days: int, *, dry_run: bool) -> int:
    """Erase everybody who has not written for so many days, from the command line; return how many they are.

    Args:
        endpoints: the file that says where conversations are kept.
        days: at least 1.
        dry_run: only count them.
    """
    store = TrackerStore.create(AvailableEndpoints.read_endpoints(str(endpoints)).tracker_store, domain=Domain.empty())
    before = datetime.now(timezone.utc) - timedelta(days=days)
    records = shared_records()
    if dry_run:
        return len(asyncio.run(old_conversations(store, records, before)))
    return asyncio.run(erase_old(store, records, before))
