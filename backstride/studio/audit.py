"""Who changed what, and when. Lines are only ever added."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backstride.studio.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS audit (
    id INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    details TEXT NOT NULL
);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the log.

    Args:
        at: seconds since 1970.
        who: the person's name, or where it came from ("command line").
        what: a short sentence without a subject: "corrected a message".
        details: names and figures that belong to it; never a message's text.
    """

    at: float
    who: str
    what: str
    details: Mapping[str, Any]


class AuditLog:
    """The log of a studio."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, who: str, what: str, **details: Any) -> None:
        """Add a line. Details are names and figures; a message's text does not belong here."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO audit (at, who, what, details) VALUES (?, ?, ?, ?)",
                (time.time(), who, what, json.dumps(details, ensure_ascii=False, default=str)),
            )

    def entries(self, *, limit: int = 200, before: int | None = None) -> list[tuple[int, Entry]]:
        """Return lines with their numbers, newest first."""
        with self._database.transaction() as connection:
            rows = connection.execute(
                "SELECT * FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?", (before or 2**62, limit)
            ).fetchall()
        return [
            (row["id"], Entry(at=row["at"], who=row["who"], what=row["what"], details=json.loads(row["details"])))
            for row in rows
        ]
