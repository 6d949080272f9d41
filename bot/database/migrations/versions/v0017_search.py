"""What was said and noted, cut into words, so that the desk can search it.

The words of what is there already are cut by the next `bot serve` (`conversations/search.py`).
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_SQLITE = (
    "CREATE VIRTUAL TABLE search_fts USING fts5(tokens, content='search_texts', content_rowid='id',"
    " detail='none', prefix='1 2 3', tokenize=\"unicode61 remove_diacritics 0\")",
    "CREATE TRIGGER search_texts_added AFTER INSERT ON search_texts BEGIN"
    " INSERT INTO search_fts (rowid, tokens) VALUES (new.id, new.tokens); END",
    "CREATE TRIGGER search_texts_gone AFTER DELETE ON search_texts BEGIN"
    " INSERT INTO search_fts (search_fts, rowid, tokens) VALUES ('delete', old.id, old.tokens);"
    " END",
)
_POSTGRESQL = (
    "CREATE INDEX search_words ON search_texts"
    " USING gin (array_to_tsvector(string_to_array(tokens, ' ')))",
)


def upgrade() -> None:
    op.create_table(
        "search_texts",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "conversation_id", sa.Integer(), sa.ForeignKey("conversations.id"), nullable=False
        ),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("ref", sa.Integer(), nullable=False),
        sa.Column("tokens", sa.String(), nullable=False),
        sa.UniqueConstraint("kind", "ref"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_search_texts_conversation_id", "search_texts", ["conversation_id"])
    connection = op.get_bind()
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
        connection.exec_driver_sql(statement)
