"""What the owner allows prices to be."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    op.create_table(
        "price_limits",
        sa.Column("sku", sa.String(), primary_key=True),
        *(
            sa.Column(name, sa.Float(), nullable=True)
            for name in ("lowest", "highest", "cost", "competitor")
        ),
    )
