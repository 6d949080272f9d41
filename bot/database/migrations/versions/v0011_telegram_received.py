"""Where a shopper came from, what a reply is called on its channel, groups that became supergroups.

A group was one shopper before; now each person in it is one. What was said until then names nobody
and stays as it is: agents finish its tickets, and whoever writes again has a conversation of their
own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column(
        "conversations", sa.Column("origin", sa.String(), nullable=False, server_default="")
    )
    op.add_column("outbox", sa.Column("sent_as", sa.String(), nullable=True))
    op.create_table(
        "moved_groups",
        sa.Column("old_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("new_id", sa.BigInteger(), nullable=False),
    )
