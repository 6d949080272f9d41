"""A conversation as a file that `bot replay` reads: in order, the shopper's part alone, masked."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.cli.replay import Line, read
from bot.conversations import inbox
from bot.conversations.conversation import saved
from bot.database.db import Database
from bot.database.tables import ConversationRow, TicketRow
from bot.orders.record import State
from bot.types import Chat, Incoming, now
from tests.support.desk_shop import escalated
from tests.support.desk_visit import Desk
from tests.support.talk import bought, shop_with


@pytest.fixture
def ticket_id(database: Database) -> int:
    """Emma's ticket, after her question and the bot's answer."""
    shop_with(database, bought("123", State.PAID))
    with database.begin() as session:
        made = escalated(session, "emma", question="Where is my robe?")
        ticket = session.get_one(TicketRow, made)
        session.get_one(ConversationRow, ticket.conversation_id).name = "Emma Visser"
        said = (
            ("Emma here, emma@example.com, order W-2001", None),
            ("W-2001 · Robe", "request:order:W-2001"),
            ("I paid 123 for order 123", "order:123"),
            ("Gift cards", "entry:gift-card"),
            ("a•••@example.com", "proof:number"),
            (" ", "media:photo"),
            ("转人工", "person"),
        )
        for number, (text, choice) in enumerate(said):
            message = Incoming(Chat("web", "emma"), str(number), text, choice=choice)
            at = now() + timedelta(seconds=number)
            inbox.accept(session, message, backlog_cap=99, at=at)
        return saved(ticket.id)


def exported(desk: Desk, ticket_id: int, folder: Path) -> list[Line]:
    response = desk.get(f"/desk/tickets/{ticket_id}/replay")
    assert response.status_code == 200
    file = folder / "exported.jsonl"
    file.write_bytes(response.content)
    return read(file)


@pytest.mark.parametrize("who", ["Mia", "Ada"])
def test_it_is_what_the_shopper_said_in_order_without_who_they_are(
    who: str, desk: Desk, ticket_id: int, tmp_path: Path
) -> None:
    desk.enter(who)
    chat = f"ticket-{ticket_id}"
    assert exported(desk, ticket_id, tmp_path) == [
        Line(chat, "Where is my robe?"),
        Line(chat, "[name] here, [email], order [number]"),
        Line(chat, "[number] · Robe", "request:order:[number]"),
        Line(chat, "I paid 123 for order [number]", "order:[number]"),
        Line(chat, "Gift cards", "entry:gift-card"),
        Line(chat, "[email]", "proof:number"),
        Line(chat, "转人工", "person"),
    ]


def test_it_is_a_download_with_a_name_and_is_noted(desk: Desk, ticket_id: int) -> None:
    desk.enter("Mia")
    with capture_logs() as logs:
        response = desk.get(f"/desk/tickets/{ticket_id}/replay")
    name = f"ticket-{ticket_id}-{now():%Y-%m-%d}.jsonl"
    assert f'attachment; filename="{name}"' in response.headers["content-disposition"]
    assert response.headers["cache-control"] == "no-store"
    noted = [each for each in logs if each.get("action") == "desk.export"]
    assert [each["ticket_id"] for each in noted] == [ticket_id]
    assert "Emma" not in json.dumps(logs, default=str)
    assert f'href="/desk/tickets/{ticket_id}/replay"' in desk.get(f"/desk/tickets/{ticket_id}").text


def test_how_a_proof_went_is_no_button(desk: Desk, database: Database, tmp_path: Path) -> None:
    with database.begin() as session:
        ticket_id = escalated(session, "ben")
        message = Incoming(Chat("web", "ben"), "1", "•••00", choice="proof:wrong_order")
        inbox.accept(session, message, backlog_cap=9, at=now())
    desk.enter("Mia")
    assert exported(desk, ticket_id, tmp_path)[-1] == Line(f"ticket-{ticket_id}", "[phone]")


def test_nobody_else_gets_it(desk: Desk, ticket_id: int) -> None:
    assert desk.get(f"/desk/tickets/{ticket_id}/replay").status_code == 303
    desk.enter("Mia")
    assert desk.get("/desk/tickets/99999/replay").status_code == 404
