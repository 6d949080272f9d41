"""Answers that were corrected."""

import sqlalchemy as sa
from alembic import op

from bot.database.tables import UtcDateTime

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.create_table(
        "corrections",
        sa.Column("turn_id", sa.Integer(), sa.ForeignKey("turns.id"), primary_key=True),
        sa.Column("entry_id", sa.String(), primary_key=True),
        sa.Column("said_in", sa.Integer(), sa.ForeignKey("turns.id"), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
    )
