"""A customer's rights: all of it out, all of it gone, whichever file it stood in."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, SQLModel, select

from bot import agents, identity, requests, rights
from bot.changes import Change
from bot.conversation import add_turn, lock, saved
from bot.db import Database
from bot.errors import NotFoundError
from bot.orders import store
from bot.orders.record import State
from bot.request_dialogue import Wish
from bot.tables import (
    AttachmentRow,
    ConversationRow,
    CustomerRow,
    FeedbackRow,
    TicketRow,
    TurnRow,
    UsageRow,
)
from bot.types import Author, OneCustomer, Source
from tests.customers import chat, writes
from tests.shop import NOON, answer, claim, later
from tests.talk import BEN, STREET, bought, shop_with

SECRETS = ("anna@example.com", "4915112345678", "Anna Berg", STREET, "W2001", "my sister's flat")


def lived(db: Database) -> int:
    """Anna has shopped, proven herself, talked, wished, rated and sent a photo; Ben has talked."""
    customer, order = bought("#W2001", State.DELIVERED)
    shop_with(db, (customer, order), bought("#W3001", State.SHIPPED, of=BEN))
    said = writes(db, "please send it to my sister's flat, order W2001")
    for each in claim(db):
        answer(db, each, "It stands at Lindenallee 7.")
    writes(db, "hello", chat="ben")
    with db.begin() as session:
        anna = said.conversation_id
        row = lock(session, anna)
        identity.make_link(session, "anna", at=NOON)
        identity.bind(session, anna, OneCustomer("anna"), "link", at=NOON)
        turn = add_turn(session, anna, Author.BOT, "W2001", "en", at=NOON)
        session.add(FeedbackRow(turn_id=saved(turn.id), conversation_id=anna, value=1))
        session.add(
            AttachmentRow(
                conversation_id=anna,
                turn_id=said.turn_id,
                kind="photo",
                name="my sister's flat.jpg",
                media_type="image/jpeg",
                size=4,
                remote_id="x",
                content=b"JPEG of my sister's flat",
            )
        )
        session.add(
            UsageRow(
                day="2026-11-02",
                conversation_id=anna,
                model="m",
                prompt_tokens=1,
                completion_tokens=1,
            )
        )
        wish = Wish(Change.RETURN, "confirm", order.id, (0,), "for my sister's flat", order.digest)
        requests.file(session, row, wish, order, "W2001: my sister's flat", "en", at=NOON)
    return said.conversation_id


def counts(session: Session) -> dict[str, int]:
    return {
        name: len(session.execute(table.select()).all())
        for name, table in SQLModel.metadata.tables.items()
    }


def test_every_table_is_either_a_shoppers_or_nobodys() -> None:
    theirs = {table.name for table, _ in rights._theirs("anna", [1])}
    assert theirs | rights.NOBODYS == set(SQLModel.metadata.tables)
    assert theirs & rights.NOBODYS == set()


def test_an_export_has_everything_of_theirs_and_nothing_of_others(database: Database) -> None:
    lived(database)
    with database.read() as session:
        found = rights.export(session, "anna")
    printed = json.dumps(found, ensure_ascii=False)
    for secret in SECRETS:
        assert secret in printed
    for name in ("customers", "orders", "turns", "attachments", "feedback", "requests", "usage"):
        assert found[name], name
    assert "W3001" not in printed
    assert "ben" not in printed
    assert "_hash" not in printed


def test_erasing_leaves_the_others_alone(database: Database) -> None:
    anna = lived(database)
    with database.begin() as session:
        erased = rights.erase(session, "anna")
        assert erased.rows["customers"] == 1
        assert len(erased.vectors) == 1
    with database.read() as session:
        assert session.get(ConversationRow, anna) is None
        assert [row.id for row in session.exec(select(CustomerRow))] == ["ben"]
        assert len(store.orders(session, OneCustomer("ben"))) == 1
        assert [row.text for row in session.exec(select(TurnRow))] == ["hello"]
        left = counts(session)
    assert {name for name, count in left.items() if count} == {
        *("customers", "orders", "order_lines", "order_events", "conversations", "turns", "inbox"),
        *{name for name in ("secrets",) if left[name]},
    }
    with database.begin() as session, pytest.raises(NotFoundError):
        rights.erase(session, "anna")


def test_a_conversation_that_only_an_answer_ties_to_them_goes_too(database: Database) -> None:
    lived(database)
    with database.begin() as session:
        other = chat(session, "forgotten")
        lock(session, other)
        source = Source("order:#W2001", "orders", 1.0)
        add_turn(session, other, Author.BOT, "It arrived.", "en", sources=(source,), at=NOON)
    with database.begin() as session:
        rights.erase(session, "anna")
        assert session.get(ConversationRow, other) is None


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_after_erasing_no_trace_is_left_in_any_file(
    sqlite_database: Database, tmp_path: Path
) -> None:
    lived(sqlite_database)
    before = bytes_of(tmp_path)
    for secret in SECRETS:
        assert secret.encode() in before, secret
    with sqlite_database.begin() as session:
        rights.erase(session, "anna")
    sqlite_database.scrub()
    after = bytes_of(tmp_path)
    for secret in SECRETS:
        assert secret.encode() not in after, secret
    assert b"ben@example.com" in after
    [wal] = tmp_path.glob("*.db-wal")
    assert wal.stat().st_size == 0


def test_what_was_changed_before_is_gone_as_well(sqlite_database: Database, tmp_path: Path) -> None:
    lived(sqlite_database)
    with sqlite_database.begin() as session:
        session.get_one(CustomerRow, "anna").email = "a@b.example"
    with sqlite_database.begin() as session:
        rights.erase(session, "anna")
    sqlite_database.scrub()
    assert b"anna@example.com" not in bytes_of(tmp_path)


def test_postgresql_rewrites_its_tables(database: Database, backend: str) -> None:
    if backend != "postgresql":
        pytest.skip("SQLite's files are looked into above")
    lived(database)
    with database.begin() as session:
        rights.erase(session, "anna")
    database.scrub()
    with database.engine.connect() as connection:
        folder = Path(connection.exec_driver_sql("SHOW data_directory").scalar_one())
        connection.exec_driver_sql("CHECKPOINT")
        oid = connection.exec_driver_sql(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        ).scalar_one()
    files = bytes_of(folder / "base" / str(oid))
    assert b"ben@example.com" in files
    for secret in ("anna@example.com", STREET, "my sister's flat"):
        assert secret.encode() not in files, secret


def test_old_conversations_are_purged_but_not_those_that_wait_for_a_person(
    database: Database,
) -> None:
    anna = lived(database)
    with database.begin() as session:
        assert rights.purge(session, NOON - timedelta(days=1)) == 0
        assert rights.purge(session, later(60)) == 1  # Ben's
        assert session.get(ConversationRow, anna) is not None
        ticket = session.exec(select(TicketRow)).one()
        agents.close(session, saved(ticket.id), "Mia", NOON)
        lock(session, anna).updated_at = NOON
    with database.begin() as session:
        assert rights.purge(session, later(60)) == 1
        assert session.exec(select(TurnRow)).all() == []
        assert session.get(CustomerRow, "anna") is not None
