"""The forms of the shop's own order numbers; they are learned when orders are written."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table("order_shapes", sa.Column("shape", sa.String(), primary_key=True))
