"""Read conversations from the tracker store that the assistant writes to: SQLite or PostgreSQL.

The studio reads the table of events itself instead of asking Rasa for trackers: it needs pages of ten thousand
conversations, and Rasa's store can only load one conversation at a time. It never writes there.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from backstride.errors import BackstrideError
from backstride.vocabulary import ActionName

# As Rasa 3.6 makes it: rasa.core.tracker_store.SQLTrackerStore.SQLEvent.
_EVENTS = sa.Table(
    "events",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("sender_id", sa.String(255)),
    sa.Column("type_name", sa.String(255)),
    sa.Column("timestamp", sa.Float),
    sa.Column("intent_name", sa.String(255)),
    sa.Column("action_name", sa.String(255)),
    sa.Column("data", sa.Text),
)
# What the inbox needs; the rest (every other slot, features) is read with the conversation alone.
_LISTED_TYPES = ("user", "bot", "session_started", "restart")
_LISTED_SLOTS = ("safety", "guided")
_LISTED_ACTIONS = (ActionName.NOT_UNDERSTOOD,)
_IN_ONE_QUERY = 400


class StoreError(BackstrideError):
    """The tracker store cannot be read; the message says why, without a password in it."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a conversation there is; another extent means that it must be read again.

    Args:
        events: how many events.
        last_id: the number of the newest.
        last_at: when it happened, in seconds since 1970.
    """

    events: int
    last_id: int
    last_at: float


@dataclass(frozen=True, slots=True)
class Tail:
    """The newest event of all: its number, whose it is, when."""

    id: int
    sender: str
    at: float


class TrackerEvents:
    """The events that a tracker store holds."""

    def __init__(self, url: URL) -> None:
        self._is_missing_file = url.drivername.startswith("sqlite") and not Path(url.database or "").exists()
        self._path = url.database
        self._engine: Engine = sa.create_engine(url, pool_pre_ping=True)
        self._where = url.render_as_string(hide_password=True)

    @classmethod
    def of_endpoints(cls, endpoints: Path, project: Path) -> TrackerEvents:
        """Return the events of the store that `endpoints.yml` names.

        Args:
            endpoints: the file.
            project: the folder from which the server runs; a relative SQLite file lies there.

        Raises:
            StoreError: conversations are kept in memory, or in a store that is not SQL.
        """
        options = _tracker_store(endpoints)
        if options is None:
            raise StoreError(
                f"{endpoints}: no tracker_store: conversations are kept in memory and gone with the server."
            )
        return cls(_url_of(options, endpoints, project))

    def tail(self) -> Tail | None:
        """Return the newest event, or None where there is none."""
        with self._reading() as connection:
            row = connection.execute(
                sa.select(_EVENTS.c.id, _EVENTS.c.sender_id, _EVENTS.c.timestamp).order_by(_EVENTS.c.id.desc()).limit(1)
            ).first()
        return Tail(row[0], row[1], float(row[2] or 0)) if row else None

    def event(self, number: int) -> Tail | None:
        """Return whose event has a number and when it happened, or None where it is gone."""
        with self._reading() as connection:
            row = connection.execute(
                sa.select(_EVENTS.c.id, _EVENTS.c.sender_id, _EVENTS.c.timestamp).where(_EVENTS.c.id == number)
            ).first()
        return Tail(row[0], row[1], float(row[2] or 0)) if row else None

    def count(self) -> int:
        """Return how many events there are."""
        with self._reading() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(_EVENTS)).scalar() or 0)

    def senders_after(self, number: int) -> list[str]:
        """Return whose events are newer than the one with a number."""
        with self._reading() as connection:
            rows = connection.execute(sa.select(_EVENTS.c.sender_id).where(_EVENTS.c.id > number).distinct())
            return [row[0] for row in rows]

    def extents(self, senders: Sequence[str] | None = None) -> dict[str, Extent]:
        """Return how much there is of each conversation, or of the given ones."""
        query = sa.select(
            _EVENTS.c.sender_id, sa.func.count(), sa.func.max(_EVENTS.c.id), sa.func.max(_EVENTS.c.timestamp)
        ).group_by(_EVENTS.c.sender_id)
        found: dict[str, Extent] = {}
        with self._reading() as connection:
            for part in [None] if senders is None else _parts(senders):
                chosen = query if part is None else query.where(_EVENTS.c.sender_id.in_(part))
                found |= {row[0]: Extent(row[1], row[2], float(row[3] or 0)) for row in connection.execute(chosen)}
        return found

    def listed_events(self, senders: Sequence[str]) -> dict[str, list[Mapping[str, Any]]]:
        """Return of each conversation the events that the inbox needs, in their order."""
        kind, name = _EVENTS.c.type_name, _EVENTS.c.action_name
        wanted = (
            kind.in_(_LISTED_TYPES)
            | ((kind == "slot") & name.in_(_LISTED_SLOTS))
            | ((kind == "action") & name.in_(_LISTED_ACTIONS))
        )
        found: dict[str, list[Mapping[str, Any]]] = {sender: [] for sender in senders}
        with self._reading() as connection:
            for part in _parts(senders):
                rows = connection.execute(
                    sa.select(_EVENTS.c.sender_id, _EVENTS.c.data)
                    .where(_EVENTS.c.sender_id.in_(part), wanted)
                    .order_by(_EVENTS.c.id)
                )
                for sender, data in rows:
                    found[sender].append(json.loads(data))
        return found

    def events_of(self, sender: str) -> list[Mapping[str, Any]]:
        """Return all events of a conversation in their order."""
        with self._reading() as connection:
            rows = connection.execute(
                sa.select(_EVENTS.c.data).where(_EVENTS.c.sender_id == sender).order_by(_EVENTS.c.id)
            )
            return [json.loads(row[0]) for row in rows]

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def _reading(self) -> _Reading:
        if self._is_missing_file and not Path(self._path or "").exists():
            # SQLite would make an empty file in the assistant's place.
            raise StoreError(f"There are no conversations yet: {self._path} is made with the first one.")
        return _Reading(self._engine, self._where)


class _Reading:
    """A connection that turns a database's errors into one that a trainer can read."""

    def __init__(self, engine: Engine, where: str) -> None:
        self._engine = engine
        self._where = where

    def __enter__(self) -> sa.engine.Connection:
        try:
            self._connection = self._engine.connect()
        except SQLAlchemyError as error:
            raise StoreError(f"The conversations at {self._where} cannot be read.") from error
        return self._connection

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: object) -> None:
        self._connection.close()
        if isinstance(error, SQLAlchemyError):
            if "no such table" in str(error) or "UndefinedTable" in type(error.__cause__).__name__:
                raise StoreError(f"There are no conversations yet at {self._where}.") from error
            raise StoreError(f"The conversations at {self._where} cannot be read.") from error


def _parts(senders: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(senders), _IN_ONE_QUERY):
        yield senders[start : start + _IN_ONE_QUERY]


def _tracker_store(endpoints: Path) -> Mapping[str, Any] | None:
    """Return what `endpoints.yml` says of the tracker store; ${VARIABLES} are filled in as Rasa does."""
    try:
        text = endpoints.read_text(encoding="utf-8")
        filled = re.sub(r"\$\{(\w+)\}", lambda match: os.environ[match.group(1)], text)
        options = (yaml.safe_load(filled) or {}).get("tracker_store")
    except OSError as error:
        raise StoreError(f"{endpoints} cannot be read.") from error
    except KeyError as error:
        raise StoreError(f"{endpoints} needs the environment variable {error}.") from error
    except (yaml.YAMLError, AttributeError) as error:
        raise StoreError(f"{endpoints} is not YAML with keys.") from error
    return options if isinstance(options, dict) else None


def _url_of(options: Mapping[str, Any], endpoints: Path, project: Path) -> URL:
    """Return the address of the database, read as Rasa's SQL tracker store reads it."""
    kind = str(options.get("type") or "").lower()
    # A tracker store of one's own that builds on Rasa's takes the same options.
    if kind != "sql" and "dialect" not in options and "db" not in options:
        raise StoreError(f"{endpoints}: the studio reads SQL tracker stores; this one is {options.get('type')!r}.")
    host = options.get("url") or options.get("host") or None
    if host and "://" in str(host):
        return make_url(str(host))
    dialect = str(options.get("dialect", "sqlite"))
    name = str(options.get("db", "rasa.db"))
    if dialect.startswith("sqlite"):
        return URL.create(dialect, database=str(project / name))
    host_name, _, port = str(host or "").partition(":")
    number = options.get("port") or port
    return URL.create(
        dialect,
        username=options.get("username"),
        password=options.get("password"),
        host=host_name or None,
        port=int(number) if number else None,
        database=name,
        query=options.get("query") or {},
    )
