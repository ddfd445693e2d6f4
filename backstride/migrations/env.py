"""Runs the migrations on the connection that `backstride.database.migrate` opened."""

from __future__ import annotations

from alembic import context

from backstride.database import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    # SQLite changes a column by writing the table anew.
    render_as_batch=True,
)
context.run_migrations()
