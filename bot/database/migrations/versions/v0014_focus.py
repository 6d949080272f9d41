"""What of the catalogue was told last in a conversation, so that "it" means something."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("conversations", sa.Column("focus", sa.JSON(), nullable=True))
