"""Where comparisons are kept, and what trainers said of the readings that change.

A comparison holds no message's words: only which message of which conversation it is. What the tracker store no longer
holds is dropped from it as soon as anybody looks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import cast

from pydantic import ValidationError

from backstride.studio.comparison import Comparison, Mark
from backstride.studio.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS comparisons (
    candidate TEXT PRIMARY KEY,
    made_at TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS marks (
    candidate TEXT NOT NULL,
    change TEXT NOT NULL,
    mark TEXT NOT NULL CHECK (mark IN ('accepted', 'refused')),
    who TEXT NOT NULL,
    PRIMARY KEY (candidate, change)
);
"""
_KEPT = 20


class Comparisons:
    """All comparisons that are kept: the newest of each candidate."""

    def __init__(self, state: Path) -> None:
        self._database = Database(state / "models.db", SCHEMA)

    def write(self, comparison: Comparison) -> None:
        """Keep a comparison in place of an older one of the same candidate; what was said of its changes stays."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO comparisons VALUES (?, ?, ?)",
                (comparison.candidate, comparison.made_at, comparison.json()),
            )
            left = "SELECT candidate FROM comparisons ORDER BY made_at DESC LIMIT -1 OFFSET ?"
            for (candidate,) in connection.execute(left, (_KEPT,)).fetchall():
                connection.execute("DELETE FROM comparisons WHERE candidate = ?", (candidate,))
                connection.execute("DELETE FROM marks WHERE candidate = ?", (candidate,))

    def read(self, candidate: str) -> Comparison | None:
        """Return the comparison of a candidate, None where there is none (any more)."""
        with self._database.transaction() as connection:
            row = connection.execute("SELECT body FROM comparisons WHERE candidate = ?", (candidate,)).fetchone()
        if row is None:
            return None
        # One that an older version of the studio wrote is made again rather than guessed at.
        with contextlib.suppress(ValidationError):
            return Comparison.parse_raw(row["body"])
        return None

    def compared(self) -> frozenset[str]:
        """Return the candidates that were compared."""
        with self._database.transaction() as connection:
            return frozenset(row["candidate"] for row in connection.execute("SELECT candidate FROM comparisons"))

    def drop_missing(self, comparison: Comparison, there: Callable[[str, str], bool]) -> Comparison:
        """Return a comparison without the changes of messages that are gone, and keep it so.

        Args:
            comparison: the comparison.
            there: whether a message is still kept, by its conversation and key.
        """
        changes = tuple(c for c in comparison.changes if there(c.conversation, c.key))
        if len(changes) == len(comparison.changes):
            return comparison
        left = comparison.copy(update={"changes": changes})
        gone = {c.id for c in comparison.changes} - {c.id for c in changes}
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE comparisons SET body = ? WHERE candidate = ? AND made_at = ?",
                (left.json(), left.candidate, left.made_at),
            )
            connection.executemany("DELETE FROM marks WHERE change = ?", [(change,) for change in gone])
        return left

    def forget(self, conversations: Collection[str]) -> None:
        """Drop everything about conversations that are gone."""
        for candidate in self.compared():
            comparison = self.read(candidate)
            if comparison is not None:
                self.drop_missing(comparison, lambda conversation, _: conversation not in conversations)

    def marks(self, candidate: str) -> Mapping[str, Mark]:
        """Return what was said of each change, by the change's id."""
        with self._database.transaction() as connection:
            rows = connection.execute("SELECT change, mark FROM marks WHERE candidate = ?", (candidate,)).fetchall()
        return {row["change"]: cast("Mark", row["mark"]) for row in rows}

    def set_mark(self, candidate: str, change: str, mark: Mark | None, *, who: str) -> None:
        """Say of a change that it is right or not; None takes that back."""
        with self._database.transaction() as connection:
            if mark is None:
                connection.execute("DELETE FROM marks WHERE candidate = ? AND change = ?", (candidate, change))
            else:
                connection.execute("INSERT OR REPLACE INTO marks VALUES (?, ?, ?, ?)", (candidate, change, mark, who))
