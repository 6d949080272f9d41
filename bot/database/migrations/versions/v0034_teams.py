"""Teams that a ticket can wait for, and which tickets suit an agent."""

import sqlalchemy as sa
from alembic import op

from bot.database.tables import UtcDateTime

revision = "0034"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "teams",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "team_members",
        sa.Column("team", sa.String(), sa.ForeignKey("teams.name"), primary_key=True),
        sa.Column("agent", sa.String(), primary_key=True),
    )
    op.create_index("ix_team_members_agent", "team_members", ["agent"])
    op.add_column("tickets", sa.Column("team", sa.String(), nullable=True))
    op.create_index("ix_tickets_team", "tickets", ["team"])
    op.add_column("users", sa.Column("languages", sa.String(), nullable=False, server_default=""))
    op.add_column("users", sa.Column("most", sa.Integer(), nullable=False, server_default="0"))
