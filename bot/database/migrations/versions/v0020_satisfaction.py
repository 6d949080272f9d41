"""How a shopper was content with a person's help, and their word on it, beside what they rate."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("feedback", sa.Column("ticket_id", sa.Integer(), nullable=True))
    op.add_column("feedback", sa.Column("word", sa.String(), nullable=False, server_default=""))
    op.create_index("ix_feedback_ticket_id", "feedback", ["ticket_id"])
