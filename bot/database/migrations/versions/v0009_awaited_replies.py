"""Which reply from the agents' group is still on its way, so that its failing is told there."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("cards", sa.Column("awaited", sa.Integer(), nullable=True))
    op.create_index("ix_cards_awaited", "cards", ["awaited"])
