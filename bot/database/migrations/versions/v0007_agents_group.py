"""The agents' group: how far a card's conversation is relayed, links to Telegram, who keeps it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "conversations", sa.Column("name", sa.String(), nullable=False, server_default="")
    )
    op.add_column("users", sa.Column("link_hash", sa.String(), nullable=True))
    op.add_column("users", sa.Column("link_until", _TIME, nullable=True))
    op.add_column("cards", sa.Column("stage", sa.String(), nullable=False, server_default=""))
    op.create_index("ix_cards_stage", "cards", ["stage"])
    op.create_table(
        "leases",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("until", _TIME, nullable=False),
    )
