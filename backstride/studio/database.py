"""The studio's own state in one SQLite file: people, sessions, corrections, the audit log.

Every module names the tables that it needs; they are made when the studio starts. A change is one transaction, so that
nothing is half-written when the process ends in the middle.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BUSY_S = 10.0


class Database:
    """One SQLite file; a connection lives as long as a transaction, so that any thread may use it."""

    def __init__(self, path: Path, schema: str) -> None:
        """Open the file, readable by its owner only, and make the tables that are missing.

        Args:
            path: the file; its folder is made.
            schema: `CREATE … IF NOT EXISTS` statements.
        """
        self.path = path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
        with self.transaction() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        with contextlib.closing(self._connect()) as connection:
            connection.executescript(schema)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give a connection; what was done with it is kept together, or not at all where an error is raised."""
        connection = self._connect()
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=_BUSY_S)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection
