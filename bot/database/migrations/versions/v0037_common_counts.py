"""What processes count together: sends to Telegram, tries at the desk's door, model calls."""

import sqlalchemy as sa
from alembic import op

from bot.database.tables import UtcDateTime

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.create_table(
        "send_budgets",
        sa.Column("subject", sa.String(), primary_key=True),
        sa.Column("rested", sa.Float(), nullable=False),
        sa.Column("closed", sa.Float(), nullable=False),
        sa.Column("minute", sa.JSON(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_send_budgets_used_at", "send_budgets", ["used_at"])
    op.create_table(
        "login_tries",
        sa.Column("subject", sa.String(), primary_key=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("tried_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_login_tries_tried_at", "login_tries", ["tried_at"])
    op.create_table(
        "running_calls",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_running_calls_until", "running_calls", ["until"])
