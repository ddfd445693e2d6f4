"""Databases for tests: a file of SQLite, and a database of its own on a PostgreSQL server of this machine."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

# Another server may be named; without one that answers, its tests are skipped.
SERVER = make_url(os.environ.get("BACKSTRIDE_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres"))
KINDS = ("sqlite", "postgresql")


@contextmanager
def database(kind: str, folder: Path) -> Iterator[URL]:
    """Give an empty database of a kind, and drop it afterwards."""
    if kind == "sqlite":
        yield make_url(f"sqlite:///{folder / 'conversations.db'}")
        return
    server = sa.create_engine(SERVER, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 30})
    name = f"backstride_test_{uuid.uuid4().hex[:12]}"
    try:
        with server.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
    except sa.exc.OperationalError:
        server.dispose()
        pytest.skip(f"no PostgreSQL server answers at {SERVER.host}:{SERVER.port}")
    try:
        yield SERVER.set(database=name)
    finally:
        with server.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()


def rows(url: URL) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of all tables, but for the version of the tables."""
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    found: dict[str, list[tuple[object, ...]]] = {}
    with engine.connect() as connection:
        for table in sa.inspect(connection).get_table_names():
            if table != "backstride_schema":
                found[table] = [tuple(row) for row in connection.execute(sa.text(f"SELECT * FROM {table}"))]
    engine.dispose()
    return found
