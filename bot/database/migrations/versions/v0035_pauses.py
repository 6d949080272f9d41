"""When a ticket slept: its clocks stood still then."""

import sqlalchemy as sa
from alembic import op

from bot.database.tables import UtcDateTime

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.add_column("tickets", sa.Column("snoozed_at", UtcDateTime(), nullable=True))
    op.add_column("tickets", sa.Column("pauses", sa.JSON(), nullable=False, server_default="[]"))
