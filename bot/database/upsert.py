"""Rows that are made where there are none, by two who may both be first; on either database."""

from typing import Any, TypeVar

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

Row = TypeVar("Row", bound=SQLModel)


def insert_missing(session: Session, table: type[Row], *rows: dict[str, Any]) -> list[Row]:
    """Insert those of `rows`, all with the same columns, that break no uniqueness; the inserted.

    Whoever comes second waits for the first one's commit and then inserts nothing.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = rows if len(rows) > 1 else rows[0]
    made = insert(table).values(values).on_conflict_do_nothing().returning(table)
    return list(session.scalars(made))
