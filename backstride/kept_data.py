"""Gathers what is kept about one person. Waits for the database: call it in a thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from backstride.diary_desk import today_in
from backstride.privacy import KeptData
from backstride.records import Records


def kept_of(
    conversation: str,
    records: Records,
    *,
    slots: Mapping[str, Any],
    signs: Sequence[str],
    zone: str,
    retention_days: int,
) -> KeptData:
    """Return what is kept about a person.

    Args:
        conversation: the id of their conversation.
        records: the store.
        slots: what was remembered from the conversation.
        signs: titles of the warning signs that came up.
        zone: the person's time zone, or "".
        retention_days: how long all of it is kept.

    Raises:
        RecordsError: the database did not answer.
    """
    counted = records.messages_of(conversation)
    since = datetime.fromtimestamp(counted[1], timezone.utc) if counted and counted[0] else None
    return KeptData(
        slots=slots,
        signs=tuple(signs),
        messages=counted[0] if counted else None,
        since=today_in(zone, since) if since else None,
        entries=records.entries(conversation),
        reminder=records.reminder(conversation),
        retention_days=retention_days,
    )
