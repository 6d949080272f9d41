"""The name that shoppers see of an agent."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column(
        "users", sa.Column("display_name", sa.String(), nullable=False, server_default="")
    )
