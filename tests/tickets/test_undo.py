"""What an agent has just said or closed is taken back while nobody has seen it, and not later."""

from datetime import timedelta

import pytest
from sqlmodel import select

from bot.channels.web.session import Visit
from bot.channels.web.stream import snapshot
from bot.conversations import feedback, outbox, search
from bot.database import audit
from bot.database.audit import Wanted
from bot.database.db import Database
from bot.database.tables import ConversationRow, OutboxRow, TicketRow, TurnRow, WebhookCallRow
from bot.errors import ConflictError
from bot.tickets import assignment, drafts, undo, webhooks
from bot.types import Author, Chat, Status, now
from tests.support.desk_shop import escalated, shopper_says

SOON, LATE = timedelta(seconds=2), timedelta(seconds=7)
SHOPPER = Visit(Chat("web", "shopper-1"))


@pytest.fixture
def shop(database: Database) -> Database:
    with database.begin() as session:
        escalated(session)
    return database


def said(database: Database, **more: object) -> int:
    with database.begin() as session:
        given = {"hold": undo.HOLD, **more}
        return assignment.reply(session, 1, "Mia", "Too soon", now(), **given).id  # type: ignore[arg-type]


def seen(database: Database) -> list[str]:
    """What the shopper's page shows."""
    with database.read() as session:
        found = snapshot(session, SHOPPER, 0)
        assert found is not None
        return [turn.text for turn in found.turns]


def test_a_reply_that_is_taken_back_is_a_draft_that_nobody_saw(shop: Database) -> None:
    turn_id = said(shop)
    assert "Too soon" not in seen(shop)
    with shop.begin() as session:
        claimed = outbox.claim(
            session, "t:1:a", channels=["web"], at=now(), lease=SOON, limit=9, conversation_id=1
        )
        assert all(each.turn.id != turn_id for each in claimed)
        undo.take_back(session, 1, "Mia", turn_id, now() + SOON)
    with shop.read() as session:
        assert drafts.get(session, 1, "Mia") == "Too soon"
        assert session.get(TurnRow, turn_id) is None
        assert search.find(session, "soon", 9) == []
        ticket = session.get_one(TicketRow, 1)
        assert (ticket.status, ticket.agent, ticket.first_reply_at) == ("taken", "Mia", None)


def test_it_can_not_be_taken_back_later_nor_by_somebody_else(shop: Database) -> None:
    turn_id = said(shop)
    for agent, at in (("Noor", now()), ("Mia", now() + LATE)):
        with pytest.raises(ConflictError), shop.begin() as session:
            undo.take_back(session, 1, agent, turn_id, at)
    at_once = said(shop, hold=timedelta(), request_id="2")
    with pytest.raises(ConflictError), shop.begin() as session:
        undo.take_back(session, 1, "Mia", at_once, now())


def test_what_is_said_after_it_waits_for_it_and_both_are_sent(shop: Database) -> None:
    said(shop)
    with shop.begin() as session:
        shopper_says(session, 1, "Hello?", "en", now())
    assert "Hello?" not in seen(shop)
    with shop.begin() as session:
        row = session.exec(select(OutboxRow).where(OutboxRow.held_until != None)).one()  # noqa: E711
        row.next_at = now()
    assert seen(shop)[-2:] == ["Too soon", "Hello?"]


@pytest.mark.parametrize("taken", [True, False])
def test_a_close_that_is_taken_back_never_was(shop: Database, taken: bool) -> None:
    with shop.begin() as session:
        if taken:
            assignment.reply(session, 1, "Mia", "Hi", now())
        closer = "Ada" if taken else "Mia"
        assignment.close(session, 1, closer, now(), takeover=True, hold=undo.HOLD)
    with shop.begin() as session:
        found = snapshot(session, SHOPPER, 0)
        assert found is not None
        assert found.status is not Status.CLOSED
        turn_id = undo.last_close(session, 1, closer, now())
        assert turn_id is not None
        undo.take_back(session, 1, closer, turn_id, now())
    with shop.read() as session:
        ticket, row = session.get_one(TicketRow, 1), session.get_one(ConversationRow, 1)
        was = ("taken", "Mia", "agent") if taken else ("open", None, "waiting")
        assert (ticket.status, ticket.agent, row.status) == was
        assert not feedback.asked(session, 1)
        system = select(TurnRow.text).where(TurnRow.author == Author.SYSTEM.value)
        assert not any("closed this chat" in text for text in session.exec(system))


def test_a_close_is_not_taken_back_once_the_shopper_has_written(shop: Database) -> None:
    with shop.begin() as session:
        assignment.close(session, 1, "Mia", now(), hold=undo.HOLD)
        turn_id = undo.last_close(session, 1, "Mia", now())
        assert turn_id is not None
        session.get_one(ConversationRow, 1).status = "bot"
    with pytest.raises(ConflictError), shop.begin() as session:
        undo.take_back(session, 1, "Mia", turn_id, now())


def test_webhooks_hear_nothing_of_what_was_taken_back(shop: Database) -> None:
    with shop.begin() as session:
        webhooks.add(session, "https://erp.example/hook", list(webhooks.EVENTS), "Ada")
    turn_id = said(shop)
    with shop.begin() as session:
        [call] = session.exec(select(WebhookCallRow)).all()
        assert call.next_at >= call.created_at + undo.HOLD
        undo.take_back(session, 1, "Mia", turn_id, now())
    with shop.read() as session:
        assert session.exec(select(WebhookCallRow)).all() == []
        acts = [row.act for row in audit.find(session, Wanted(by="Mia"))]
        assert acts[0] == "ticket.undone"
