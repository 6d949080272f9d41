"""Tags of tickets, agents' own views of the queue, how they are told of news, and who is there."""

import sqlalchemy as sa
from alembic import op

from bot.database.tables import UtcDateTime

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "ticket_tags",
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("tickets.id"), primary_key=True),
        sa.Column("tag", sa.String(), primary_key=True),
    )
    op.create_index("ix_ticket_tags_tag", "ticket_tags", ["tag"])
    op.create_table(
        "views",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.UniqueConstraint("agent", "name"),
        sqlite_autoincrement=True,
    )
    op.add_column("users", sa.Column("alerts", sa.String(), nullable=False, server_default=""))
    op.add_column("users", sa.Column("seen_at", UtcDateTime(), nullable=True))
    op.add_column(
        "users", sa.Column("away", sa.Boolean(), nullable=False, server_default=sa.false())
    )
