"""What a channel says of a chat: whether several people read along, and what can be asked there."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column(
        "conversations", sa.Column("traits", sa.String(), nullable=False, server_default="")
    )
    chats = sa.table("conversations", *map(sa.column, ("channel", "chat_id", "traits")))
    # The first that fits, as Telegram's places were written until now.
    traits = sa.case(
        (chats.c.chat_id.like("-%"), "leave shared"),
        (chats.c.chat_id.like("%@%"), "leave"),
        else_="contact leave",
    )
    op.execute(chats.update().where(chats.c.channel == "telegram").values(traits=traits))
