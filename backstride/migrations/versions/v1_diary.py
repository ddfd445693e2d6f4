"""The diary, the reminders and the erasures asked for.

Times are seconds since 1970, as in Rasa's own table: every database keeps and compares them alike.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "backstride_diary",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("conversation", sa.String(255), nullable=False, index=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("before", sa.Float),
        sa.Column("after", sa.Float),
        sa.Column("level", sa.Float),
        sa.Column("distance_km", sa.Float),
        sa.Column("run_minutes", sa.Integer),
        sa.Column("rested", sa.Boolean, nullable=False),
        sa.Column("written_at", sa.Float, nullable=False),
    )
    op.create_table(
        "backstride_reminders",
        sa.Column("conversation", sa.String(255), primary_key=True),
        sa.Column("channel", sa.String(255), nullable=False),
        sa.Column("time_of_day", sa.String(5), nullable=False),
        sa.Column("weekdays", sa.String(7), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("once", sa.Boolean, nullable=False),
        sa.Column("next_at", sa.Float, nullable=False, index=True),
        sa.Column("unanswered", sa.Integer, nullable=False),
    )
    op.create_table(
        "backstride_erasures",
        sa.Column("conversation", sa.String(255), primary_key=True),
        sa.Column("asked_at", sa.Float, nullable=False),
    )


def downgrade() -> None:
    """Remove the three tables."""
    for table in ("backstride_erasures", "backstride_reminders", "backstride_diary"):
        op.drop_table(table)
