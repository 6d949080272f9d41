"""A customer's rights: all of it out, all of it gone, whichever file it stood in."""

import json
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, SQLModel, select

from bot.conversations import attachments, inbox, outbox
from bot.conversations.conversation import add_turn, lock, saved
from bot.customers import codes, guesses, identity, notices, refusals, rights
from bot.customers.guesses import Tried
from bot.customers.typed_proof import Proofs
from bot.database.db import Database
from bot.database.review_tables import ReviewRow, StatementRow
from bot.database.tables import (
    AttachmentRow,
    CardRow,
    ConversationRow,
    CorrectionRow,
    CustomerRow,
    FeedbackRow,
    GuessRow,
    LookerRow,
    MentionRow,
    NoteRow,
    RequestRow,
    TicketRow,
    UsageRow,
)
from bot.errors import NotFoundError
from bot.orders import store
from bot.orders.change_rules import Change
from bot.orders.record import Event, Line, Shipment, State
from bot.orders.request_dialogue import Wish
from bot.tickets import assignment, copilot, drafts, notes, opening, requests, tags
from bot.tickets.copilot import Drafted
from bot.types import Attachment, Author, Button, Chat, Incoming, OneCustomer, Reason, Source
from tests.support.customers import chat, writes
from tests.support.shop import LEASE, NOON, answer, claim, later
from tests.support.talk import BEN, STREET, bought, shop_with

# Tables without a shopper in them.
NOBODYS = frozenset(
    {"users", "sessions", "secrets", "leases", "moved_groups", "order_shapes", "canned_replies"}
    | {"audit", "api_tokens", "webhooks", "webhook_calls", "views", "gaps", "teams", "team_members"}
    | {"settings", "send_budgets", "login_tries", "running_calls"}
    | {"studio_drafts", "studio_versions", "studio_signatures", "studio_jobs", "studio_tasks"}
    | {"experiments", "exposures", "price_limits"}
)

TRACES = {
    "customers": ("Anna Berg", "anna@example.com", "4915112345678"),
    "orders": (STREET, "W2001", "gift@example.org"),
    "order_lines": ("engraved-for-Wilhelmina",),
    "shipments": ("JD0099887766",),
    "order_events": ("left with Frau Quill",),
    "conversations": ("annabird",),
    "turns": ("my sister's flat", "told-by-an-agent", "on-a-button", "in-the-meta"),
    "inbox": ("message-of-anna",),
    "tickets": ("summary-of-anna",),
    "notes": ("note-on-anna",),
    "drafts": ("draft-to-anna",),
    "attachments": ("flat-photo.jpg", "JPEG of my sister's flat", "file-id-of-anna"),
    "feedback": ("title-she-rated",),
    "requests": ("reason-of-anna", "decision-on-anna"),
    "usage": ("model-for-anna",),
    "cards": ("shown-of-anna",),
    "ticket_tags": ("tag-of-anna",),
    "copilot_drafts": ("drafted-for-anna",),
    "reviews": ("reviewed-by-anna",),
    "review_statements": ("judged-by-anna",),
}
"""Words that stand in the database because of Anna alone, by table."""

SECRETS = tuple(word for words in TRACES.values() for word in words)
OF_BEN = (
    "ben@example.com",
    "What does express cost?",
    "PDF of Ben",
    "his wife wrote from",
    "about",
)


def lived(db: Database) -> int:
    """Anna has left a trace of every kind; Ben has talked, and an agent names her in his ticket."""
    customer, order = bought(
        "#W2001",
        State.DELIVERED,
        Line("Kettle", 4900, options={"text": "engraved-for-Wilhelmina"}),
    )
    order = replace(
        order,
        email="gift@example.org",
        shipments=(Shipment("DHL", "JD0099887766"),),
        events=(*order.events, Event("delivered", NOON, note="left with Frau Quill")),
    )
    shop_with(db, (customer, order), bought("#W3001", State.SHIPPED, of=BEN))
    with db.begin() as session:
        text = "please send it to my sister's flat, order W2001"
        incoming = Incoming(Chat("telegram", "7"), "message-of-anna", text, sender="annabird")
        said = inbox.accept(session, incoming, backlog_cap=9, at=NOON, watch=Proofs())
    for each in claim(db):
        answer(db, each, "It stands at Lindenallee 7.")
    with db.begin() as session:
        anna = said.conversation_id
        row = lock(session, anna)
        identity.make_link(session, "anna", at=NOON)
        identity.bind(session, anna, OneCustomer("anna"), "link", at=NOON)
        hers = guesses.contact(guesses.email_mac(session, "anna@example.com"))
        theirs = guesses.order(session, "W2001")
        guesses.wrong(session, Tried(anna, NOON, hers, theirs), at=NOON)
        guesses.belongs(session, hers, "anna")
        notices.put(session, "anna", "en", at=NOON)
        codes.ask(session, row, "anna@example.com", at=NOON)
        add_turn(session, anna, Author.AGENT, "told-by-an-agent", "en", agent="Mia", at=NOON)
        turn = add_turn(
            session,
            anna,
            Author.BOT,
            "W2001",
            "en",
            buttons=(Button("on-a-button", "order:#W2001"),),
            audit={"wish": "in-the-meta"},
            at=NOON,
        )
        outbox.put(session, row, turn, at=NOON)
        rated = [{"id": "x", "title": "title-she-rated"}]
        session.add(FeedbackRow(turn_id=turn.id, conversation_id=anna, value=1, sources=rated))
        session.add(CorrectionRow(turn_id=turn.id, entry_id="returns", by="Ada"))
        attach(session, anna, said.turn_id, "flat-photo.jpg", "file-id-of-anna")
        [fetch] = attachments.claim(session, "telegram", at=NOON, lease=LEASE, limit=9)
        attachments.keep(session, fetch.id, b"JPEG of my sister's flat")
        session.add(
            UsageRow(
                day="2026-11-02",
                conversation_id=anna,
                model="model-for-anna",
                prompt_tokens=1,
                completion_tokens=1,
            )
        )
        wish = Wish(Change.RETURN, "confirm", order.id, (0,), "reason-of-anna", order.digest)
        requests.file(session, row, wish, order, "W2001: my sister's flat", "en", at=NOON)
        ticket = session.exec(select(TicketRow)).one()
        ticket.summary = "summary-of-anna"
        drafted = Drafted("drafted-for-anna", "en", (), sure=True, upto=turn.id)
        copilot.keep(session, ticket.id or 0, "Mia", drafted, NOON)
        tags.add(session, saved(ticket.id), "tag-of-anna", "Mia")
        notes.add(session, saved(ticket.id), "Mia", "note-on-anna", NOON)
        session.add(MentionRow(note_id=1, agent="Noor"))
        session.add(LookerRow(ticket_id=saved(ticket.id), agent="Noor"))
        drafts.keep(session, saved(ticket.id), "Mia", "draft-to-anna", NOON)
        session.exec(select(RequestRow)).one().note = "decision-on-anna"
        refusals.keep(session, anna, OneCustomer("anna"), refuses=True, at=NOON)
        session.add(CardRow(ticket_id=saved(ticket.id), chat_id=-9, shown="shown-of-anna"))
        review = ReviewRow(
            sku="KET", text="reviewed-by-anna", language="en", customer_id="anna", digest="one"
        )
        session.add(review)
        session.flush()
        session.add(
            StatementRow(
                review_id=saved(review.id),
                kind="aspect",
                term="judged-by-anna",
                polarity=-1,
                start=0,
                end=1,
                begins=0,
                ends=1,
                vector=b"1",
            )
        )
    _ben_lived(db)
    return anna


def _ben_lived(db: Database) -> None:
    said = writes(db, "What does express cost?", chat="ben")
    with db.begin() as session:
        ben = said.conversation_id
        identity.bind(session, ben, OneCustomer("ben"), "link", at=NOON)
        # He mistook her address for his own once: that makes his chat none of hers.
        codes.ask(session, lock(session, ben), "anna@example.com", at=NOON)
        attach(session, ben, said.turn_id, "invoice.pdf", "file-id-of-ben")
        session.exec(
            select(AttachmentRow).where(AttachmentRow.name == "invoice.pdf")
        ).one().content = b"PDF of Ben"
        ticket = opening.open_ticket(
            session,
            lock(session, ben),
            Reason.ASKED_FOR_PERSON,
            summary="What does express cost?",
            mood=0.0,
            language="en",
            at=NOON,
        )
        note = "his wife wrote from Anna@Example.com (0151 1234 56-78) about #W2001, 2024"
        notes.add(session, saved(ticket.id), "Mia", note, NOON)


def attach(session: Session, conversation_id: int, turn_id: int, name: str, remote: str) -> None:
    """A file that came with a message."""
    file = Attachment("file", name, "application/octet-stream", 4, remote)
    attachments.add(session, conversation_id, turn_id, [file], at=NOON)


def counts(session: Session) -> dict[str, int]:
    return {
        name: len(session.execute(table.select()).all())
        for name, table in SQLModel.metadata.tables.items()
    }


def test_every_table_is_either_a_shoppers_or_nobodys() -> None:
    theirs = {table.name for table, _ in rights._theirs("anna", [1])}
    assert theirs | NOBODYS == set(SQLModel.metadata.tables)
    assert theirs & NOBODYS == set()


def test_the_lived_through_leave_a_row_in_every_table(database: Database) -> None:
    anna = lived(database)
    with database.read() as session:
        for table, theirs in rights._theirs("anna", [anna]):
            assert session.execute(table.select().where(theirs)).first(), table.name


def test_an_export_has_everything_of_theirs_and_nothing_of_others(database: Database) -> None:
    lived(database)
    with database.read() as session:
        found = rights.export(session, "anna")
    for table, words in TRACES.items():
        printed = json.dumps(found[table], ensure_ascii=False)
        for word in words:
            kept = b64encode(word.encode()).decode() if word.startswith("JPEG") else word
            assert kept in printed, word
    for name in ("proofs", "link_tokens", "codes", "guesses", "outbox"):
        assert found[name], name
    printed = json.dumps(found, ensure_ascii=False)
    for word in ("W3001", "his wife", *OF_BEN[:3]):
        assert word not in printed
    assert "_hash" not in printed
    assert [(each["table"], each["column"]) for each in found["mentions"]] == [("notes", "text")]


def rows_of(session: Session, customer_id: str, chats: list[int]) -> dict[str, list[Any]]:
    return {
        table.name: list(session.execute(table.select().where(theirs)).mappings())
        for table, theirs in rights._theirs(customer_id, chats)
    }


def test_erasing_leaves_the_others_alone(database: Database) -> None:
    anna = lived(database)
    with database.begin() as session:
        bens = rights.conversations(session, "ben")
        before = rows_of(session, "ben", bens)
        erased = rights.erase(session, "anna")
        assert erased.rows["customers"] == 1
        assert erased.rows["mentions"] == 1
        assert erased.emails == ("anna@example.com", "gift@example.org")
        assert len(erased.vectors) == 1
    with database.read() as session:
        assert session.get(ConversationRow, anna) is None
        assert [row.id for row in session.exec(select(CustomerRow))] == ["ben"]
        assert len(store.orders(session, OneCustomer("ben"))) == 1
        after = rows_of(session, "ben", bens)
        [note] = session.exec(select(NoteRow.text))
        assert note == "his wife wrote from ••• (•••) about #•••, 2024"
        assert session.exec(select(GuessRow.subject)).all() == [guesses.SHOP]
        left = counts(session)
    for name in ("notes", "search_texts", "codes"):
        del before[name], after[name]  # the note; the code that went to her
    assert after == before
    assert {name for name, count in left.items() if count} == {
        *(name for name, rows in before.items() if rows),
        *("notes", "search_texts", "secrets", "guesses"),  # of those the shop's own count alone
        *("order_shapes", "audit"),
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
    for word in OF_BEN:
        assert word.encode() in after, word
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
    with database.engine.connect() as connection:
        raw = connection.execution_options(isolation_level="AUTOCOMMIT")
        raw.exec_driver_sql("ANALYZE")  # as the server does by itself: it keeps values of columns
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
    for word in OF_BEN:
        assert word.encode() in files, word
    for secret in SECRETS:
        assert secret.encode() not in files, secret


def test_old_conversations_are_purged_but_not_those_that_wait_for_a_person(
    database: Database,
) -> None:
    anna = lived(database)
    with database.begin() as session:
        assert rights.purge(session, NOON - timedelta(days=1)) == 0
        assert rights.purge(session, later(60)) == 0
        for ticket in session.exec(select(TicketRow)).all():
            assignment.close(session, saved(ticket.id), "Mia", NOON)
            lock(session, ticket.conversation_id).updated_at = NOON
        lock(session, anna).updated_at = later(90)
    with database.begin() as session:
        assert rights.purge(session, later(60)) == 1  # Ben's
        assert session.get(ConversationRow, anna) is not None
        assert rights.purge(session, later(91)) == 1
    with database.read() as session:
        assert {name for name, count in counts(session).items() if count} <= {
            *("customers", "orders", "order_lines", "order_events", "shipments", "secrets"),
            *("order_shapes", "audit"),
            *("link_tokens", "guesses", "notices"),  # kept until they count no more
            *("reviews", "review_statements"),  # of products, in no conversation
        }
