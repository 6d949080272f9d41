"""Codes by e-mail, wrong proofs, and wishes that change an order."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    conversation = sa.ForeignKey("conversations.id")
    op.create_table(
        "codes",
        sa.Column("conversation_id", sa.Integer(), conversation, primary_key=True),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", _TIME, nullable=False),
    )
    op.create_index("ix_codes_open", "codes", ["status", "next_at"])
    op.create_index("ix_codes_customer_id", "codes", ["customer_id"])
    op.create_table(
        "guesses",
        sa.Column("subject", sa.String(), primary_key=True),
        sa.Column("times", sa.JSON(), nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
    )
    op.create_index("ix_guesses_updated_at", "guesses", ["updated_at"])
    op.create_table(
        "requests",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "conversation_id", sa.Integer(), sa.ForeignKey("conversations.id"), nullable=False
        ),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("tickets.id"), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("seen", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("decided_at", _TIME, nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_requests_ticket", "requests", ["ticket_id", "id"])
    for column in ("conversation_id", "customer_id", "order_id"):
        op.create_index(f"ix_requests_{column}", "requests", [column])
