"""Who may use the studio: names, hashed passwords, sessions.

Passwords are kept as scrypt hashes, session tokens as SHA-256: who reads the file can sign in with neither.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backstride.errors import BackstrideError

if TYPE_CHECKING:
    from backstride.studio.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS people (
    name TEXT PRIMARY KEY COLLATE NOCASE,
    salt BLOB NOT NULL,
    hash BLOB NOT NULL,
    created REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS sessions (
    token_hash TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people (name) ON DELETE CASCADE,
    csrf TEXT NOT NULL,
    last_seen REAL NOT NULL,
    notice TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS failures (name TEXT NOT NULL, at REAL NOT NULL);
"""
SHORTEST_PASSWORD = 10
IDLE_S = 12 * 3600.0
_LONGEST_PASSWORD = 256
_NAME = re.compile(r"^\w[\w .'-]{0,39}$")
# OWASP's parameters for scrypt: 32 MiB and about 60 ms.
_SCRYPT = {"n": 2**15, "r": 8, "p": 1, "maxmem": 64 * 2**20}
_FAILURES = 8
_FAILURE_WINDOW_S = 600.0
_SEEN_STEP_S = 60.0


class PeopleError(BackstrideError):
    """A name or a password cannot be used; the message says why, in words for the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A person who is signed in.

    Args:
        token_hash: names the session; the token itself is only in the cookie.
        person: the person's name.
        csrf: what every form of the session carries.
    """

    token_hash: str
    person: str
    csrf: str


class People:
    """Names, passwords and sessions of a studio."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def is_empty(self) -> bool:
        """Return whether nobody was added yet: the first start."""
        with self._database.transaction() as connection:
            return connection.execute("SELECT 1 FROM people LIMIT 1").fetchone() is None

    def names(self) -> list[str]:
        """Return all names."""
        with self._database.transaction() as connection:
            return [row["name"] for row in connection.execute("SELECT name FROM people ORDER BY name")]

    def add(self, name: str, password: str, *, only_first: bool = False) -> str:
        """Add a person and return the name as it is kept.

        Args:
            name: how the audit log names the person.
            password: at least 10 characters.
            only_first: add nobody where somebody is there already.

        Raises:
            PeopleError: the name or the password cannot be used.
        """
        name = " ".join(name.split())
        if not _NAME.match(name):
            raise PeopleError("Write a name of letters and digits, 40 at most.")
        salt, hashed = _hashed(password)
        with self._database.transaction() as connection:
            connection.execute("BEGIN IMMEDIATE")
            if only_first and connection.execute("SELECT 1 FROM people LIMIT 1").fetchone():
                raise PeopleError("Somebody has set the first password already. Sign in.")
            if connection.execute("SELECT 1 FROM people WHERE name = ?", (name,)).fetchone():
                raise PeopleError(f"{name} is there already.")
            connection.execute("INSERT INTO people VALUES (?, ?, ?, ?)", (name, salt, hashed, time.time()))
        return name

    def set_password(self, name: str, password: str) -> None:
        """Change a password and end the person's sessions.

        Raises:
            PeopleError: the password cannot be used, or there is no such person.
        """
        salt, hashed = _hashed(password)
        with self._database.transaction() as connection:
            changed = connection.execute("UPDATE people SET salt = ?, hash = ? WHERE name = ?", (salt, hashed, name))
            if not changed.rowcount:
                raise PeopleError(f"There is nobody named {name}.")
            connection.execute("DELETE FROM sessions WHERE person = ?", (name,))

    def sign_in(self, name: str, password: str) -> tuple[str, Session]:
        """Return a new session and the token for its cookie.

        Raises:
            PeopleError: name and password do not belong together, or there were too many tries.
        """
        name = " ".join(name.split())
        now = time.time()
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM failures WHERE at < ?", (now - _FAILURE_WINDOW_S,))
            tries = connection.execute("SELECT count(*) FROM failures WHERE name = ?", (name.lower(),)).fetchone()[0]
            row = connection.execute("SELECT * FROM people WHERE name = ?", (name,)).fetchone()
        if tries >= _FAILURES:
            raise PeopleError("Too many tries. Wait ten minutes, then try again.")
        # Nobody learns from the time that it takes whether a name is known.
        salt, kept = (row["salt"], row["hash"]) if row else (b"nobody's salt", b"")
        if len(password) > _LONGEST_PASSWORD or not hmac.compare_digest(_scrypt(password, salt), kept):
            with self._database.transaction() as connection:
                connection.execute("INSERT INTO failures VALUES (?, ?)", (name.lower(), now))
            raise PeopleError("This name and this password do not belong together.")
        token = secrets.token_urlsafe(32)
        session = Session(token_hash=_token_hash(token), person=row["name"], csrf=secrets.token_urlsafe(24))
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM sessions WHERE last_seen < ?", (now - IDLE_S,))
            connection.execute("DELETE FROM failures WHERE name = ?", (name.lower(),))
            connection.execute(
                "INSERT INTO sessions (token_hash, person, csrf, last_seen) VALUES (?, ?, ?, ?)",
                (session.token_hash, session.person, session.csrf, now),
            )
        return token, session

    def session(self, token: str) -> Session | None:
        """Return the session of a cookie's token, or None where it has ended."""
        now = time.time()
        key = _token_hash(token)
        with self._database.transaction() as connection:
            row = connection.execute("SELECT * FROM sessions WHERE token_hash = ?", (key,)).fetchone()
            if row is None or row["last_seen"] < now - IDLE_S:
                return None
            if now - row["last_seen"] > _SEEN_STEP_S:
                connection.execute("UPDATE sessions SET last_seen = ? WHERE token_hash = ?", (now, key))
        return Session(token_hash=key, person=row["person"], csrf=row["csrf"])

    def sign_out(self, session: Session) -> None:
        """End a session."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM sessions WHERE token_hash = ?", (session.token_hash,))

    def tell(self, session: Session, text: str, *, kind: str = "done") -> None:
        """Keep a sentence for the next page that the person opens.

        Args:
            session: the person's session.
            text: the sentence.
            kind: "done" or "problem".
        """
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE sessions SET notice = ? WHERE token_hash = ?",
                (json.dumps({"kind": kind, "text": text}), session.token_hash),
            )

    def told(self, session: Session) -> dict[str, str] | None:
        """Return the sentence that was kept for the person, once."""
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT notice FROM sessions WHERE token_hash = ?", (session.token_hash,)
            ).fetchone()
            if row is None or not row["notice"]:
                return None
            connection.execute("UPDATE sessions SET notice = '' WHERE token_hash = ?", (session.token_hash,))
        notice: dict[str, str] = json.loads(row["notice"])
        return notice


def _hashed(password: str) -> tuple[bytes, bytes]:
    if not SHORTEST_PASSWORD <= len(password) <= _LONGEST_PASSWORD:
        raise PeopleError(f"Choose a password of {SHORTEST_PASSWORD} characters or more.")
    salt = secrets.token_bytes(16)
    return salt, _scrypt(password, salt)


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "replace"), salt=salt, dklen=32, **_SCRYPT)


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
