"""What guarding a customer against guesses takes: how old a guesser's chat was, whom to tell, and
which web session is the newest."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column(
        "conversations", sa.Column("session", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("guesses", sa.Column("since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("guesses", sa.Column("elder", sa.Integer(), nullable=True))
    op.add_column(
        "guesses", sa.Column("elder_age", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("guesses", sa.Column("customer_id", sa.String(), nullable=True))
    op.create_index("ix_guesses_customer_id", "guesses", ["customer_id"])
    op.create_table(
        "notices",
        sa.Column("customer_id", sa.String(), primary_key=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_notices_open", "notices", ["status", "next_at"])
