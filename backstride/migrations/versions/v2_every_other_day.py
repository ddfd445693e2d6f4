"""Reminders every other day: how many days lie from one time to the next."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; a reminder of before comes on each of its days, as it did."""
    op.add_column("backstride_reminders", sa.Column("every_days", sa.Integer, nullable=False, server_default="1"))


def downgrade() -> None:
    """Remove the column."""
    op.drop_column("backstride_reminders", "every_days")
