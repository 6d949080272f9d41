"""Until when an agent may take back what they said, which waits for that long."""

import sqlalchemy as sa
from alembic import op

from bot.database.tables import UtcDateTime

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("held_until", UtcDateTime(), nullable=True))
