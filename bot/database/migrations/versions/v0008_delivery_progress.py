"""How many messages of a reply have arrived, so that a long one goes on where it broke off."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("arrived", sa.Integer(), nullable=False, server_default="0"))
