"""Rows that are made where there are none."""

from datetime import UTC, datetime

from sqlmodel import col, select

from bot.database.db import Database
from bot.database.tables import LeaseRow
from bot.database.upsert import insert_missing

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def test_what_is_there_already_stays_as_it_is(database: Database) -> None:
    with database.begin() as session:
        insert_missing(session, LeaseRow, {"name": "b", "owner": "first", "until": NOON})
    with database.begin() as session:
        made = insert_missing(
            session,
            LeaseRow,
            {"name": "a", "owner": "second", "until": NOON},
            {"name": "b", "owner": "second", "until": NOON},
        )
        assert [(row.name, row.owner) for row in made] == [("a", "second")]
    with database.read() as session:
        rows = session.exec(select(LeaseRow).order_by(col(LeaseRow.name)))
        assert [(row.name, row.owner) for row in rows] == [("a", "second"), ("b", "first")]
