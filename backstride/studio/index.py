"""An index of the conversations, so that ten thousand of them page, filter and search in milliseconds.

It is a copy that can be made anew at any time: what the tracker store no longer holds (a retention period has passed,
a person asked to be forgotten) vanishes from here with the next look. It holds masked texts only.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backstride.studio.summary import Summary, summarise

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from backstride.studio.database import Database
    from backstride.studio.tracker_events import Extent, TrackerEvents

SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (
    label TEXT PRIMARY KEY,
    sender TEXT NOT NULL UNIQUE,
    events INTEGER NOT NULL, last_event INTEGER NOT NULL, last_event_at REAL NOT NULL,
    channel TEXT NOT NULL,
    first_at REAL NOT NULL, last_at REAL NOT NULL,
    messages INTEGER NOT NULL,
    not_understood INTEGER NOT NULL,
    least_confidence REAL NOT NULL,
    thumbs_down INTEGER NOT NULL,
    flag_present INTEGER NOT NULL, flag_asked INTEGER NOT NULL, flag_cleared INTEGER NOT NULL,
    unfinished INTEGER NOT NULL,
    preview TEXT NOT NULL,
    odd TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS conversations_by_time ON conversations (last_at DESC);
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY,
    label TEXT NOT NULL REFERENCES conversations (label) ON DELETE CASCADE,
    key TEXT NOT NULL,
    at REAL NOT NULL,
    text TEXT NOT NULL,
    intent TEXT NOT NULL,
    confidence REAL NOT NULL,
    understood INTEGER NOT NULL,
    flags TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS messages_by_conversation ON messages (label);
CREATE INDEX IF NOT EXISTS messages_by_time ON messages (at DESC);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (text, tokenize = 'porter unicode61');
CREATE TABLE IF NOT EXISTS reviewed (
    label TEXT PRIMARY KEY, who TEXT NOT NULL, at REAL NOT NULL, events INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS place (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), id INTEGER, sender TEXT, at REAL);
CREATE TABLE IF NOT EXISTS made_by (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), code TEXT NOT NULL);
"""
LOW_CONFIDENCE = 0.6
PAGE = 50
_BATCH = 200
_COLUMNS = 18

# What can be asked of a conversation: its name in the address, what the page calls it, the condition.
FILTERS: Mapping[str, tuple[str, str]] = {
    "not-understood": ("Not understood", "c.not_understood > 0"),
    "low-confidence": ("Low confidence", f"c.least_confidence < {LOW_CONFIDENCE}"),
    "thumbs-down": ("Thumbs down", "c.thumbs_down > 0"),
    "flag-present": ("Red flag present", "c.flag_present = 1"),
    "flag-asked": ("Red flag asked", "c.flag_asked = 1"),
    "flag-cleared": ("Red flag cleared", "c.flag_cleared = 1"),
    "unfinished": ("Check-in unfinished", "c.unfinished = 1"),
    "not-reviewed": ("Not reviewed", "r.label IS NULL"),
    "reviewed": ("Reviewed", "r.label IS NOT NULL"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What the inbox shows.

    Args:
        filters: names of `FILTERS`; all of them hold.
        channel: the channel, or "" for all.
        begin: seconds since 1970; the conversation's last message is not older. 0 for no bound.
        end: and older than this. 0 for no bound.
        words: what was written or said; all words occur in one conversation's messages.
        page: counted from 1.
    """

    filters: tuple[str, ...] = ()
    channel: str = ""
    begin: float = 0
    end: float = 0
    words: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A conversation in the inbox; `odd` is the key of the first message that was not understood, or ""."""

    label: str
    channel: str
    last_at: float
    messages: int
    not_understood: int
    least_confidence: float
    thumbs_down: int
    flag_present: bool
    flag_asked: bool
    flag_cleared: bool
    unfinished: bool
    preview: str
    odd: str
    reviewed_by: str
    reviewed_in_part: bool

    @property
    def is_unsure(self) -> bool:
        """Whether a message of it was read with low confidence."""
        return self.least_confidence < LOW_CONFIDENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of the inbox, how many conversations there are in all, and the channels that occur."""

    conversations: Sequence[Listed]
    total: int
    channels: Sequence[str]
    everything: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedMessage:
    """What a person wrote, masked, and how it was read."""

    conversation: str
    key: str
    at: float
    text: str
    intent: str
    confidence: float
    understood: bool
    flags: tuple[str, ...] = field(default=())


def label_of(sender: str) -> str:
    """Return the name under which the studio shows a conversation: a sender id may be a phone number."""
    return hashlib.sha256(sender.encode("utf-8", "replace")).hexdigest()[:16]


class ConversationIndex:
    """The index of a tracker store.

    Args:
        database: the index's own file.
        masked: hides what is personal in a text.
        forget: called with the labels of conversations that are gone, so that nothing else keeps them either.
    """

    def __init__(
        self, database: Database, masked: Callable[[str], str], forget: Callable[[Sequence[str]], None] = lambda _: None
    ) -> None:
        self._database = database
        self._masked = masked
        self._forget = forget
        self._syncing = threading.Lock()
        self._left = 0
        self._begin_anew_with_other_code()

    def _begin_anew_with_other_code(self) -> None:
        """Read all conversations again where another version masked and summed them up; reviews stay."""
        code = _hash_of_code()
        made_by = self._rows("SELECT code FROM made_by")
        if [row["code"] for row in made_by] == [code]:
            return
        with self._database.transaction() as connection:
            # Dropped, not emptied: they may have other columns by now.
            for table in ("made_by", "words", "messages", "conversations", "place"):
                connection.execute(f"DROP TABLE {table}")
            for statement in SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute("INSERT INTO made_by VALUES (1, ?)", (code,))

    def sync(self, events: TrackerEvents, *, budget_s: float = 3600.0) -> int:
        """Take over what is new, and drop what is gone.

        Args:
            events: the tracker store.
            budget_s: seconds after which it stops; the next call goes on. It waits as long for another call.

        Returns:
            How many conversations are still to be read; at least 1 where another call has not ended in that time.

        Raises:
            StoreError: the tracker store cannot be read.
        """
        deadline = time.monotonic() + budget_s
        if not self._syncing.acquire(timeout=max(0.0, budget_s)):
            return max(1, self._left)
        try:
            self._left = self._sync(events, deadline)
            return self._left
        finally:
            self._syncing.release()

    def _sync(self, events: TrackerEvents, deadline: float) -> int:
        tail = events.tail()
        with self._database.transaction() as connection:
            row = connection.execute("SELECT id, sender, at FROM place").fetchone()
            counted = connection.execute("SELECT coalesce(sum(events), 0) FROM conversations").fetchone()[0]
        if tail is None:
            self._drop([label for (label,) in self._rows("SELECT label FROM conversations")])
            return 0
        # SQLite gives the number of a deleted event away again: only where the last one known is still the same
        # is everything above it new, and everything below it known.
        known = events.event(row["id"]) if row is not None else None
        same = known is not None and row is not None and (known.sender, known.at) == (row["sender"], row["at"])
        if same and known is not None:
            if (known.id, events.count()) == (tail.id, counted):
                return 0
            changed = events.extents(events.senders_after(known.id))
            left = self._read(events, changed, deadline)
            counted = self._rows("SELECT coalesce(sum(events), 0) FROM conversations")[0][0]
            if left or events.count() == counted:
                return left if left else self._keep_place(tail.id, tail.sender, tail.at)
        extents = events.extents()
        mine = {
            sender: (count, last, at)
            for sender, count, last, at in self._rows(
                "SELECT sender, events, last_event, last_event_at FROM conversations"
            )
        }
        self._drop([label_of(sender) for sender in mine.keys() - extents.keys()])
        changed = {s: e for s, e in extents.items() if mine.get(s) != (e.events, e.last_id, e.last_at)}
        left = self._read(events, changed, deadline)
        return left if left else self._keep_place(tail.id, tail.sender, tail.at)

    def _keep_place(self, number: int, sender: str, at: float) -> int:
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO place VALUES (1, ?, ?, ?)", (number, sender, at))
        return 0

    def _read(self, events: TrackerEvents, changed: Mapping[str, Extent], deadline: float) -> int:
        """Read conversations, newest first; return how many are left when the time is up."""
        senders = sorted(changed, key=lambda sender: -changed[sender].last_id)
        for start in range(0, len(senders), _BATCH):
            if time.monotonic() > deadline:
                return len(senders) - start
            part = senders[start : start + _BATCH]
            listed = events.listed_events(part)
            with self._database.transaction() as connection:
                for sender in part:
                    self._write(connection, sender, changed[sender], summarise(listed[sender], self._masked))
        return 0

    def _write(self, connection: sqlite3.Connection, sender: str, extent: Extent, summary: Summary) -> None:
        label = label_of(sender)
        _erase(connection, [label])
        written = connection.execute(
            f"INSERT INTO conversations VALUES ({', '.join('?' * _COLUMNS)})",  # noqa: S608  # no outside text
            (
                *(label, sender, extent.events, extent.last_id, extent.last_at),
                *(summary.channel, summary.first_at or extent.last_at, summary.last_at or extent.last_at),
                *(len(summary.messages), summary.not_understood, summary.least_confidence, summary.thumbs_down),
                *(summary.flag_present, summary.flag_asked, summary.flag_cleared, summary.unfinished),
                *(summary.preview, summary.odd),
            ),
        )
        connection.executemany(
            "INSERT INTO messages (label, key, at, text, intent, confidence, understood, flags) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (label, m.key, m.at, m.text, m.intent, m.confidence, m.understood, json.dumps(m.flags))
                for m in summary.messages
            ],
        )
        connection.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (written.lastrowid, summary.words))

    def _drop(self, labels: Sequence[str]) -> None:
        if not labels:
            return
        with self._database.transaction() as connection:
            _erase(connection, labels)
            connection.executemany("DELETE FROM reviewed WHERE label = ?", [(label,) for label in labels])
        self._forget(labels)

    def _rows(self, query: str, *values: Any) -> list[Any]:
        with self._database.transaction() as connection:
            return connection.execute(query, values).fetchall()

    def find(self, query: Query) -> Found:
        """Return a page of conversations, newest first."""
        where, values = _conditions(query)
        source = f"FROM conversations c LEFT JOIN reviewed r ON r.label = c.label WHERE {where}"
        with self._database.transaction() as connection:
            total = connection.execute(f"SELECT count(*) {source}", values).fetchone()[0]
            rows = connection.execute(
                "SELECT c.*, coalesce(r.who, '') AS reviewed_by, coalesce(r.events < c.events, 0) AS reviewed_in_part "
                f"{source} ORDER BY c.last_at DESC LIMIT ? OFFSET ?",
                (*values, PAGE, (max(1, query.page) - 1) * PAGE),
            ).fetchall()
            channels = [row[0] for row in connection.execute("SELECT DISTINCT channel FROM conversations ORDER BY 1")]
            everything = connection.execute("SELECT count(*) FROM conversations").fetchone()[0]
        listed = [
            Listed(
                **{
                    name: row[name]
                    for name in Listed.__slots__
                    if not name.startswith(("flag_", "unfin", "reviewed_in"))
                },
                flag_present=bool(row["flag_present"]),
                flag_asked=bool(row["flag_asked"]),
                flag_cleared=bool(row["flag_cleared"]),
                unfinished=bool(row["unfinished"]),
                reviewed_in_part=bool(row["reviewed_in_part"]),
            )
            for row in rows
        ]
        return Found(conversations=listed, total=total, channels=channels, everything=everything)

    def neighbours(self, label: str, query: Query) -> tuple[str | None, str | None]:
        """Return the conversations before and after one in the inbox: the newer and the older."""
        where, values = _conditions(query)
        source = f"FROM conversations c LEFT JOIN reviewed r ON r.label = c.label WHERE {where}"
        at = self._rows("SELECT last_at FROM conversations WHERE label = ?", label)
        if not at:
            return None, None
        newer = self._rows(f"SELECT c.label {source} AND c.last_at > ? ORDER BY c.last_at LIMIT 1", *values, at[0][0])
        older = self._rows(
            f"SELECT c.label {source} AND c.last_at < ? ORDER BY c.last_at DESC LIMIT 1", *values, at[0][0]
        )
        return (newer[0][0] if newer else None), (older[0][0] if older else None)

    def sender_of(self, label: str) -> str | None:
        """Return the sender id of a conversation, or None where it is gone."""
        rows = self._rows("SELECT sender FROM conversations WHERE label = ?", label)
        return str(rows[0][0]) if rows else None

    def labels(self, beginning: str) -> list[str]:
        """Return the labels that begin with some letters."""
        rows = self._rows("SELECT label FROM conversations WHERE substr(label, 1, ?) = ?", len(beginning), beginning)
        return [str(row[0]) for row in rows]

    def review(self, label: str, who: str, *, reviewed: bool) -> None:
        """Mark a conversation as reviewed as far as it goes now, or take the mark away."""
        with self._database.transaction() as connection:
            if reviewed:
                connection.execute(
                    "INSERT OR REPLACE INTO reviewed SELECT label, ?, ?, events FROM conversations WHERE label = ?",
                    (who, time.time(), label),
                )
            else:
                connection.execute("DELETE FROM reviewed WHERE label = ?", (label,))

    def reviewed_by(self, label: str) -> str:
        """Return who has reviewed a conversation, or ""."""
        rows = self._rows("SELECT who FROM reviewed WHERE label = ?", label)
        return str(rows[0][0]) if rows else ""

    def recent_messages(self, limit: int = 500) -> list[IndexedMessage]:
        """Return what people wrote last, masked."""
        return [_message(row) for row in self._rows("SELECT * FROM messages ORDER BY at DESC LIMIT ?", limit)]

    def texts(self, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """Return the masked words of messages, by conversation and key; those that are gone are left out."""
        found: dict[tuple[str, str], str] = {}
        for label in {label for label, _ in wanted}:
            rows = self._rows("SELECT key, text FROM messages WHERE label = ?", label)
            found |= {(label, row["key"]): row["text"] for row in rows}
        return {place: found[place] for place in wanted if place in found}

    def not_understood(self, limit: int = 2000) -> list[IndexedMessage]:
        """Return the newest messages that were not understood, masked."""
        query = "SELECT * FROM messages WHERE understood = 0 ORDER BY at DESC LIMIT ?"
        return [_message(row) for row in self._rows(query, limit)]


def _conditions(query: Query) -> tuple[str, tuple[Any, ...]]:
    where: list[str] = ["1"]
    values: list[Any] = []
    where += [f"({FILTERS[name][1]})" for name in query.filters if name in FILTERS]
    for condition, value in (
        ("c.channel = ?", query.channel),
        ("c.last_at >= ?", query.begin),
        ("c.last_at < ?", query.end),
    ):
        if value:
            where.append(condition)
            values.append(value)
    if words := _as_fts(query.words):
        where.append("c.rowid IN (SELECT rowid FROM words WHERE words MATCH ?)")
        values.append(words)
    return " AND ".join(where), tuple(values)


def _as_fts(words: str) -> str:
    """Return a search as FTS5 reads it: every word quoted, the last one as a beginning."""
    parts = ['"' + part.replace('"', '""') + '"' for part in words.split() if any(c.isalnum() for c in part)]
    return " ".join(parts) + "*" if parts else ""


def _hash_of_code() -> str:
    """Return a hash over what decides how a conversation is masked and summed up."""
    folder = Path(__file__).parent
    files = (folder / name for name in ("index.py", "masking.py", "summary.py", "tracker_events.py"))
    return hashlib.sha256(b"".join(f.read_bytes() for f in (*files, *sorted(folder.glob("*.txt"))))).hexdigest()


def _message(row: Any) -> IndexedMessage:
    return IndexedMessage(
        conversation=row["label"],
        key=row["key"],
        at=row["at"],
        text=row["text"],
        intent=row["intent"],
        confidence=row["confidence"],
        understood=bool(row["understood"]),
        flags=tuple(json.loads(row["flags"])),
    )


def _erase(connection: sqlite3.Connection, labels: Sequence[str]) -> None:
    for label in labels:
        connection.execute(
            "DELETE FROM words WHERE rowid IN (SELECT rowid FROM conversations WHERE label = ?)", (label,)
        )
        connection.execute("DELETE FROM messages WHERE label = ?", (label,))
        connection.execute("DELETE FROM conversations WHERE label = ?", (label,))
