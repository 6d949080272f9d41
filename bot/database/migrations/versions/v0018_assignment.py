"""What a ticket came to, until when it sleeps, and who is looking at it."""

import sqlalchemy as sa
from alembic import op

from bot.database.tables import UtcDateTime

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("tickets", sa.Column("outcome", sa.String(), nullable=True))
    op.add_column("tickets", sa.Column("snoozed_turn", sa.Integer(), nullable=True))
    op.add_column("tickets", sa.Column("snoozed_until", UtcDateTime(), nullable=True))
    op.create_table(
        "lookers",
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("tickets.id"), primary_key=True),
        sa.Column("agent", sa.String(), primary_key=True),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("typed_at", UtcDateTime(), nullable=True),
    )
