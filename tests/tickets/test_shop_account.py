"""What a person of the shop writes past the bot: once, and into whatever state the chat is in."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from bot.conversations import conversation, inbox
from bot.conversations.conversation import saved
from bot.database.db import Database
from bot.database.tables import InboxRow, TicketRow, TurnRow
from bot.tickets import assignment, opening, shop_account
from bot.types import Chat, Incoming, Language, OwnWords, Reason, Status, now

CHAT = Chat("telegram", "21@connection")


def writes(db: Database, text: str, number: str, at: datetime | None = None) -> None:
    words = OwnWords(Incoming(CHAT, number, text, "Juniper", "en"), 900, "Noa")
    with db.begin() as session:
        shop_account.wrote(session, words, at=at or now())


def shopper_writes(db: Database, text: str, number: str, language: Language = "en") -> None:
    with db.begin() as session:
        incoming = Incoming(CHAT, number, text, "Noa", language)
        inbox.accept(session, incoming, backlog_cap=10, at=now())


def status(db: Database) -> str:
    with db.read() as session:
        row = conversation.find(session, CHAT)
        assert row is not None
        return row.status


def test_repeated_update_is_one_turn_and_one_ticket(database: Database) -> None:
    writes(database, "Hello Noa", "1")
    writes(database, "Hello Noa", "1")
    with database.read() as session:
        (turn,) = session.exec(select(TurnRow))
        (ticket,) = session.exec(select(TicketRow))
        row = conversation.find(session, CHAT)
        assert row is not None
        assert (row.name, row.status, ticket.status) == ("Noa", "agent", "taken")
        assert (turn.agent, ticket.agent) == ("Juniper · Telegram", "Juniper · Telegram")
        assert ticket.first_reply_at is not None


@pytest.mark.parametrize("before", [Status.BOT, Status.WAITING, Status.CLOSED])
def test_whatever_the_conversation_was_a_person_has_it_afterwards(
    database: Database, before: Status
) -> None:
    shopper_writes(database, "你好", "1", "zh")
    with database.begin() as session:
        row = conversation.find(session, CHAT)
        assert row is not None
        if before is Status.WAITING:
            opening.open_ticket(
                session,
                row,
                Reason.ASKED_FOR_PERSON,
                summary="",
                mood=0.0,
                language="zh",
                at=now(),
            )
        elif before is Status.CLOSED:
            conversation.move(row, Status.CLOSED)
    writes(database, "您好", "2")
    assert status(database) == "agent"
    with database.read() as session:
        (ticket,) = session.exec(select(TicketRow))
        asked = before is Status.WAITING
        assert ticket.reason == ("asked_for_person" if asked else "shop_wrote")
        assert (ticket.status, ticket.language) == ("taken", "zh")


def test_chat_goes_back_only_after_their_silence_with_what_came_since(database: Database) -> None:
    start = now() - timedelta(hours=1)
    writes(database, "Hello Noa", "1", start)
    shopper_writes(database, "answered", "2")
    writes(database, "Yes, we do", "3", start + timedelta(minutes=30))
    shopper_writes(database, "not answered", "4")
    before = start + timedelta(minutes=29)
    with database.read() as session:
        assert shop_account.silent(session, before) == []
        (number,) = shop_account.silent(session, start + timedelta(minutes=31))
    with database.begin() as session:
        assert not shop_account.give_back(session, number, before, at=now())
        later = start + timedelta(minutes=31)
        assert shop_account.give_back(session, number, later, at=now())
        assert not shop_account.give_back(session, number, later, at=now()), "it is done"
        assert shop_account.silent(session, later) == []
    assert status(database) == "bot"
    with database.read() as session:
        rows = session.exec(select(InboxRow).order_by(col(InboxRow.id)))
        assert [(row.message_id, row.status) for row in rows] == [("2", "done"), ("4", "open")]


def test_agent_at_the_desk_keeps_what_they_took(database: Database) -> None:
    writes(database, "Hello Noa", "1", now() - timedelta(hours=1))
    with database.begin() as session:
        number = saved(session.exec(select(TicketRow.id)).one())
        assignment.take(session, number, "Noor", now(), takeover=True)
        assert shop_account.silent(session, now()) == []
        assert not shop_account.give_back(session, number, now(), at=now())
    assert status(database) == "agent"
