"""How long a proof counts, and a guided dialogue: with the conversation, which is read anyway."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("conversations", sa.Column("proven_until", sa.DateTime(timezone=True)))
    op.add_column("conversations", sa.Column("dialogue", sa.JSON()))
    op.drop_column("proofs", "expires_at")
