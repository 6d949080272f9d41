"""Notes in the conversation, whom they mention, drafts, and replies that are kept ready."""

import re
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from bot.database.tables import UtcDateTime

revision = "0016"
down_revision = "0015"

_LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d) UTC · ([^:]+): (.*)")  # as notes were written


def upgrade() -> None:
    notes = op.create_table(
        "notes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "conversation_id", sa.Integer(), sa.ForeignKey("conversations.id"), nullable=False
        ),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("tickets.id"), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notes_conversation", "notes", ["conversation_id", "id"])
    op.create_table(
        "note_mentions",
        sa.Column("note_id", sa.Integer(), sa.ForeignKey("notes.id"), primary_key=True),
        sa.Column("agent", sa.String(), primary_key=True),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
    )
    op.create_index("ix_note_mentions_agent", "note_mentions", ["agent", "seen_at"])
    op.create_table(
        "drafts",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("tickets.id"), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("ticket_id", "agent"),
    )
    op.create_table(
        "canned_replies",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("shortcut", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("shortcut", "language"),
    )
    _move(notes)
    op.drop_column("tickets", "note")


def _move(notes: sa.Table) -> None:
    """The lines that a ticket's one field held, each as a note of its own."""
    tickets = sa.table("tickets", sa.column("id"), sa.column("conversation_id"), sa.column("note"))
    connection = op.get_bind()
    for ticket in connection.execute(sa.select(tickets).where(tickets.c.note.is_not(None))).all():
        found: list[dict[str, object]] = []
        for line in ticket.note.splitlines():
            if said := _LINE.fullmatch(line):
                at = datetime.strptime(said[1], "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
                found.append({"agent": said[2], "text": said[3], "at": at})
            elif found:
                found[-1]["text"] = f"{found[-1]['text']}\n{line}"
        here = {"conversation_id": ticket.conversation_id, "ticket_id": ticket.id}
        if found:
            connection.execute(notes.insert(), [here | note for note in found])
