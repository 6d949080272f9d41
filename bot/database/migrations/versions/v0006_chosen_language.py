"""A language that the shopper chose, which then stays."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column(
        "conversations",
        sa.Column("language_fixed", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
