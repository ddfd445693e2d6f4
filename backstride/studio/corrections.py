"""What trainers say should have happened: kept step by step, so that it can be undone and nothing is lost.

A correction belongs to a person's message in a conversation. Each change is a step with the whole correction in it; the
newest step that was not undone counts. A correction holds no word of the conversation beyond the wording that the
trainer chose, and goes when the conversation goes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from backstride.errors import BackstrideError

if TYPE_CHECKING:
    import sqlite3

    from backstride.studio.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS steps (
    id INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL,
    message TEXT NOT NULL,
    who TEXT NOT NULL,
    at REAL NOT NULL,
    correction TEXT NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS steps_by_message ON steps (conversation, message);
CREATE TABLE IF NOT EXISTS written (
    conversation TEXT NOT NULL,
    message TEXT NOT NULL,
    step INTEGER NOT NULL,
    who TEXT NOT NULL,
    at REAL NOT NULL,
    files TEXT NOT NULL,
    PRIMARY KEY (conversation, message)
);
CREATE TABLE IF NOT EXISTS set_aside (
    conversation TEXT NOT NULL, message TEXT NOT NULL, PRIMARY KEY (conversation, message)
);
"""
# Changes of the wording within this time are one step.
_TYPING_S = 10.0


class OutdatedError(BackstrideError):
    """Somebody else has corrected the message meanwhile; `current` is what they said."""

    def __init__(self, current: Step | None) -> None:
        self.current = current
        super().__init__(f"{current.who} has changed this meanwhile." if current else "This was undone meanwhile.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Words that are an entity.

    Args:
        words: as they stand in the correction's text.
        entity: its name.
        role: its role, or "".
        value: its normalised value, or "" for the words themselves.
    """

    words: str
    entity: str
    role: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What should have been understood and done.

    Args:
        text: the wording that may go into the data.
        intent: the right intent, or "" where the reading was right.
        topic: for an intent that is new: the folder that gets it.
        answer: for an intent that is new: what the assistant does then.
        marks: the right entities; counts where `entities_are_corrected`.
        entities_are_corrected: whether the trainer said what the entities are.
        missed_flags: warning signs that should have been heard.
        wrong_flags: warning signs that should not have been heard.
        action: what the assistant should have done, or "" where it did right.
        remark: for other trainers.
    """

    text: str
    intent: str = ""
    topic: str = ""
    answer: str = ""
    marks: tuple[Mark, ...] = ()
    entities_are_corrected: bool = False
    missed_flags: tuple[str, ...] = ()
    wrong_flags: tuple[str, ...] = ()
    action: str = ""
    remark: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing that could be written anywhere."""
        return not (
            self.intent
            or self.entities_are_corrected
            or self.missed_flags
            or self.wrong_flags
            or self.action
            or self.remark
        )

    @property
    def changes_data(self) -> bool:
        """Whether something of it goes into training data."""
        return bool(self.intent or self.missed_flags or self.wrong_flags)

    def as_json(self) -> str:
        """Return it as it is kept."""
        kept = {name: getattr(self, name) for name in self.__slots__ if name != "marks"}
        return json.dumps({**kept, "marks": [_as_dict(mark) for mark in self.marks]}, ensure_ascii=False)

    @classmethod
    def from_json(cls, kept: str) -> Correction:
        """Return what was kept."""
        values: dict[str, Any] = json.loads(kept)
        values["marks"] = tuple(Mark(**mark) for mark in values.get("marks", ()))
        for name in ("missed_flags", "wrong_flags"):
            values[name] = tuple(values.get(name, ()))
        return cls(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A correction as somebody left it.

    Args:
        id: grows with time; names the state that a change was made from.
        conversation: the conversation's label.
        message: the key of the person's message.
        who: who said so.
        at: seconds since 1970.
        correction: what was said.
        is_written: whether it stands in the data.
        files: the files that it was written to.
        can_undo: whether there is a step before it, or it can be taken back altogether.
    """

    id: int
    conversation: str
    message: str
    who: str
    at: float
    correction: Correction
    is_written: bool = False
    files: tuple[str, ...] = ()


class Corrections:
    """All corrections of a studio."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(
        self, conversation: str, message: str, correction: Correction, *, who: str, base: int | None = None
    ) -> Step:
        """Keep a correction as the newest step.

        Args:
            conversation: the conversation's label.
            message: the key of the person's message.
            correction: what should have happened.
            who: who says so.
            base: the step that the trainer saw, 0 for none; None to save whatever came before.

        Raises:
            OutdatedError: somebody else's step has come after `base`.
        """
        with self._database.transaction() as connection:
            connection.execute("BEGIN IMMEDIATE")
            current = _current(connection, conversation, message)
            if current is not None and current.correction == correction:
                return current
            if base is not None and (current.id if current else 0) != base and (current is None or current.who != who):
                raise OutdatedError(current)
            if current is not None and _goes_on(current, correction, who):
                connection.execute(
                    "UPDATE steps SET correction = ?, at = ? WHERE id = ?",
                    (correction.as_json(), time.time(), current.id),
                )
                return replace(current, correction=correction)
            # What was undone cannot come back once something new was said.
            connection.execute(
                "DELETE FROM steps WHERE conversation = ? AND message = ? AND undone = 1", (conversation, message)
            )
            made = connection.execute(
                "INSERT INTO steps (conversation, message, who, at, correction) VALUES (?, ?, ?, ?, ?)",
                (conversation, message, who, time.time(), correction.as_json()),
            )
            row = connection.execute("SELECT * FROM steps WHERE id = ?", (made.lastrowid,)).fetchone()
            return _step(row, None)

    def undo(self, conversation: str, message: str) -> Step | None:
        """Take the newest step back; return the one that counts now. What is written in the data stays written."""
        with self._database.transaction() as connection:
            connection.execute("BEGIN IMMEDIATE")
            current = _current(connection, conversation, message)
            if current is not None and not current.is_written:
                connection.execute("UPDATE steps SET undone = 1 WHERE id = ?", (current.id,))
            return _current(connection, conversation, message)

    def redo(self, conversation: str, message: str) -> Step | None:
        """Bring the step back that was undone last; return the one that counts now."""
        with self._database.transaction() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "UPDATE steps SET undone = 0 WHERE id = "
                "(SELECT min(id) FROM steps WHERE conversation = ? AND message = ? AND undone = 1)",
                (conversation, message),
            )
            return _current(connection, conversation, message)

    def can_redo(self, conversation: str) -> set[str]:
        """Return the messages of a conversation whose last step was undone."""
        with self._database.transaction() as connection:
            rows = connection.execute(
                "SELECT DISTINCT message FROM steps WHERE conversation = ? AND undone = 1", (conversation,)
            )
            return {row["message"] for row in rows}

    def of(self, conversation: str) -> dict[str, Step]:
        """Return the steps that count of a conversation, by message."""
        return {step.message: step for step in self._counting("s.conversation = ?", conversation)}

    def waiting(self) -> list[Step]:
        """Return the steps that are not written yet, oldest first."""
        return [step for step in self._counting("1") if not step.is_written and not step.correction.is_empty]

    def corrected(self) -> set[tuple[str, str]]:
        """Return which messages have a correction or were set aside."""
        with self._database.transaction() as connection:
            rows = connection.execute(
                "SELECT conversation, message FROM steps WHERE undone = 0 "
                "UNION SELECT conversation, message FROM set_aside"
            ).fetchall()
        return {(row[0], row[1]) for row in rows}

    def set_aside(self, messages: Sequence[tuple[str, str]], *, aside: bool = True) -> None:
        """Leave messages out of what is not understood, without a correction; or take them in again."""
        change = (
            "INSERT OR IGNORE INTO set_aside VALUES (?, ?)"
            if aside
            else ("DELETE FROM set_aside WHERE conversation = ? AND message = ?")
        )
        with self._database.transaction() as connection:
            connection.executemany(change, messages)

    def note_written(self, steps: Mapping[int, Sequence[str]], *, who: str) -> None:
        """Note which steps stand in the data now.

        Args:
            steps: the steps' ids, and the files of each.
            who: who wrote them.
        """
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO written SELECT conversation, message, id, ?, ?, ? FROM steps WHERE id = ?",
                [(who, time.time(), json.dumps(list(files)), step) for step, files in steps.items()],
            )

    def forget(self, conversations: Sequence[str]) -> None:
        """Drop everything that belongs to conversations that are gone."""
        with self._database.transaction() as connection:
            for table in ("steps", "written", "set_aside"):
                connection.executemany(
                    f"DELETE FROM {table} WHERE conversation = ?",  # noqa: S608  # three names of ours
                    [(label,) for label in conversations],
                )

    def _counting(self, where: str, *values: str) -> list[Step]:
        with self._database.transaction() as connection:
            rows = connection.execute(
                "SELECT s.*, w.step, w.files FROM steps s LEFT JOIN written w USING (conversation, message) "  # noqa: S608  # `where` is ours
                f"WHERE {where} AND s.undone = 0 AND s.id = (SELECT max(id) FROM steps n WHERE n.undone = 0 "
                "AND n.conversation = s.conversation AND n.message = s.message) ORDER BY s.id",
                values,
            ).fetchall()
        return [_step(row, row) for row in rows]


def _goes_on(current: Step, correction: Correction, who: str) -> bool:
    """Return whether somebody is still typing: letter by letter would be too many steps to undo."""
    return (
        not current.is_written
        and current.who == who
        and time.time() - current.at < _TYPING_S
        and replace(current.correction, text=correction.text, remark=correction.remark) == correction
    )


def _current(connection: sqlite3.Connection, conversation: str, message: str) -> Step | None:
    row = connection.execute(
        "SELECT * FROM steps WHERE conversation = ? AND message = ? AND undone = 0 ORDER BY id DESC LIMIT 1",
        (conversation, message),
    ).fetchone()
    if row is None:
        return None
    written = connection.execute(
        "SELECT step, files FROM written WHERE conversation = ? AND message = ?", (conversation, message)
    ).fetchone()
    return _step(row, written)


def _step(row: sqlite3.Row, written: sqlite3.Row | None) -> Step:
    is_written = written is not None and written["step"] == row["id"]
    return Step(
        id=row["id"],
        conversation=row["conversation"],
        message=row["message"],
        who=row["who"],
        at=row["at"],
        correction=Correction.from_json(row["correction"]),
        is_written=is_written,
        files=tuple(json.loads(written["files"])) if is_written and written is not None else (),
    )


def _as_dict(mark: Mark) -> dict[str, str]:
    return {name: getattr(mark, name) for name in mark.__slots__}
