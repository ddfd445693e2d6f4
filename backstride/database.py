"""The database of the conversations: its address from `endpoints.yml`, and the tables that this project adds to it.

The diary, the reminders and the erasures asked for are kept beside Rasa's own table of events, so that one database
holds all that is known of a person.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import NullPool, StaticPool

from backstride.errors import SettingsError

DATABASE_VARIABLE = "BACKSTRIDE_DATABASE"
VERSION_TABLE = "backstride_schema"
_MIGRATIONS = Path(__file__).parent / "migrations"
# Where the conversations are in no SQL database (memory, Redis, Mongo).
_DEFAULT = "sqlite:///diary.db"
# SQLite waits so long for a lock; the caller waits in a thread, never on the event loop.
_BUSY_TIMEOUT_S = 3
_VARIABLE = re.compile(r"\$\{(\w+)\}|\$(\w+)")
# Any number; every process that migrates asks for the same lock.
_MIGRATION_LOCK = 4_216_001
_migrating = threading.Lock()


def database_url(endpoints: Path, environment: Mapping[str, str] | None = None) -> URL:
    """Return where the diary is kept: BACKSTRIDE_DATABASE, else the tracker store's SQL database, else a file.

    Raises:
        SettingsError: the variable holds no address of a database, or endpoints.yml cannot be read.
    """
    environment = os.environ if environment is None else environment
    given = environment.get(DATABASE_VARIABLE)
    if given:
        try:
            return make_url(given)
        except ArgumentError as error:
            raise SettingsError(
                f"{DATABASE_VARIABLE} is no address of a database; write one such as "
                "postgresql://user:password@host/name or sqlite:///diary.db"
            ) from error
    store = _tracker_store(endpoints, environment)
    if "dialect" not in store and str(store.get("type", "")).lower() != "sql":
        return make_url(_DEFAULT)
    return _url_of(store)


def _tracker_store(endpoints: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the tracker store's block, with ${VARIABLES} filled in as Rasa does."""
    try:
        document = yaml.safe_load(endpoints.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, yaml.YAMLError) as error:
        raise SettingsError(f"{endpoints}: this file cannot be read ({type(error).__name__}).") from error
    block = document.get("tracker_store") if isinstance(document, dict) else None
    if not isinstance(block, dict):
        return {}

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(each) for key, each in value.items()}
        if not isinstance(value, str):
            return value
        return _VARIABLE.sub(lambda found: environment.get(found[1] or found[2], found[0]), value)

    return {key: filled(value) for key, value in block.items()}


def _url_of(store: Mapping[str, Any]) -> URL:
    """Return the address as Rasa's SQL store builds it from the same block."""
    # Rasa reads the host from `url`.
    host = store.get("host") or store.get("url")
    if host and "://" in host:
        return make_url(host)
    port = store.get("port")
    if host and ":" in host:
        host, _, port = host.partition(":")
    return URL.create(
        str(store.get("dialect", "sqlite")),
        username=store.get("username"),
        password=store.get("password"),
        host=host,
        port=int(port) if port else None,
        database=store.get("db", "rasa.db"),
        query=store.get("query") or {},
    )


def open_engine(url: URL) -> Engine:
    """Return an engine whose connections wait a few seconds for a lock, and no longer."""
    if url.get_backend_name() == "sqlite":
        in_memory = not url.database or url.database == ":memory:"
        return create_engine(
            url,
            # A database in memory is one connection, which all threads share.
            poolclass=StaticPool if in_memory else NullPool,
            connect_args={"timeout": _BUSY_TIMEOUT_S, "check_same_thread": False},
            future=True,
        )
    options: dict[str, Any] = {"pool_pre_ping": True, "pool_size": 2, "max_overflow": 3, "pool_timeout": 5}
    if url.get_backend_name() == "postgresql":
        options["connect_args"] = {"connect_timeout": 5}
        schema = os.environ.get("POSTGRESQL_SCHEMA")
        waits = f"-c lock_timeout={_BUSY_TIMEOUT_S * 1000} -c statement_timeout=8000"
        options["connect_args"]["options"] = f"{waits} -c search_path={schema}" if schema else waits
    return create_engine(url, future=True, **options)


def empty_log(engine: Engine) -> None:
    """Carry SQLite's write-ahead log over into its file and empty it, so that nothing erased is left in it.

    Where somebody reads at that moment the log stays until the next time; other databases have none beside them.
    """
    if engine.dialect.name == "sqlite":
        with contextlib.suppress(OperationalError), engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def migrate(engine: Engine) -> None:
    """Bring this project's tables to their newest shape; Rasa's own tables are left alone.

    Several processes may start at once: they take turns.
    """
    # It would tell at each start that there is nothing to do.
    logging.getLogger("alembic.runtime.migration").setLevel(logging.WARNING)
    # Alembic keeps its context in the process, so only one migration at a time.
    with _migrating, _one_at_a_time(engine) as connection:
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _one_at_a_time(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        elif engine.dialect.name == "sqlite":
            # Python's driver begins a transaction only at the first change; two processes could both see no tables.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection
