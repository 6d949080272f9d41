"""Codes from an app at log-in, and which browser a login is in."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("users", sa.Column("totp_seed", sa.String(), nullable=True))
    op.add_column("users", sa.Column("totp_step", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("users", sa.Column("recovery", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column(
        "sessions",
        sa.Column("awaits_code", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("sessions", sa.Column("browser", sa.String(), nullable=False, server_default=""))
