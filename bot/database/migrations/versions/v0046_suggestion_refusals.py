"""Who wants nothing suggested from their orders."""

import sqlalchemy as sa
from alembic import op

from bot.database.tables import UtcDateTime

revision = "0046"
down_revision = "0043"


def upgrade() -> None:
    op.create_table(
        "suggestion_refusals",
        sa.Column(
            "conversation_id", sa.Integer(), sa.ForeignKey("conversations.id"), primary_key=True
        ),
        sa.Column("customer_id", sa.String(), sa.ForeignKey("customers.id"), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_suggestion_refusals_customer_id", "suggestion_refusals", ["customer_id"])
