"""The desk's page of a proven shopper and their wish: what is shown, and one click decides."""

from collections.abc import Iterator

import pytest
from sqlmodel import col, select

from bot.conversations.conversation import lock
from bot.customers import identity
from bot.database import audit
from bot.database.audit import Wanted
from bot.database.db import Database
from bot.database.tables import RequestRow, TicketRow, TurnRow
from bot.orders.change_rules import Change
from bot.orders.record import State
from bot.orders.request_dialogue import Wish
from bot.tickets import requests, users
from bot.types import OneCustomer, now
from tests.support.customers import chat
from tests.support.desk_shop import PASSWORD, escalated, shopper_says
from tests.support.desk_visit import Desk, serve
from tests.support.talk import KETTLE, ROBE, STREET, bought, shop_with


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    with database.begin() as session:
        for name in ("Mia", "Noor"):
            users.add(session, name, "agent", PASSWORD)
    yield from serve(database)


@pytest.fixture
def request_row(database: Database) -> RequestRow:
    """Anna, proven, wants to send her robe back."""
    customer, order = bought("#W2001", State.DELIVERED, KETTLE, ROBE)
    shop_with(database, (customer, order), bought("#W2002", State.SHIPPED))
    with database.begin() as session:
        row = lock(session, chat(session))
        identity.bind(session, row.id or 0, OneCustomer("anna"), "code", at=now())
        wish = Wish(Change.RETURN, "confirm", order.id, (1,), "too big", order.digest)
        return requests.file(
            session, row, wish, order, "Return: <b>robe</b>, too big", "en", at=now()
        )


def test_the_page_shows_the_wish_and_who_is_proven(desk: Desk, request_row: RequestRow) -> None:
    desk.enter("Mia")
    page = desk.get(f"/desk/tickets/{request_row.ticket_id}").text
    assert "Wants to send something back" in page
    assert "Return: &lt;b&gt;robe&lt;/b&gt;, too big" in page
    assert "Proven by a code by e-mail" in page
    assert "a•••@example.com" in page
    assert "#W2001" in page
    assert "#W2002" in page
    assert "anna@example.com" not in page
    assert STREET not in page


@pytest.mark.parametrize(("decision", "word"), [("approve", "Good news"), ("decline", "sorry")])
def test_one_click_decides_and_the_shopper_is_told(
    desk: Desk, request_row: RequestRow, decision: str, word: str
) -> None:
    desk.enter("Mia")
    path = f"/desk/tickets/{request_row.ticket_id}"
    pressed = desk.post(f"{path}/requests/{request_row.id}", path, decision=decision, note="Bye")
    assert pressed.status_code == 303
    assert desk.told == [request_row.conversation_id]
    with desk.database.read() as session:
        turn = session.exec(select(TurnRow).order_by(col(TurnRow.id).desc())).first()
    assert turn is not None
    assert word in turn.text
    assert turn.text.endswith("Bye")
    page = desk.get(path).text
    assert "by Mia" in page
    assert 'value="approve"' not in page


def test_the_second_agent_hears_who_was_faster(desk: Desk, request_row: RequestRow) -> None:
    path = f"/desk/tickets/{request_row.ticket_id}"
    desk.enter("Noor")
    token = desk.token(path)
    with desk.database.begin() as session:
        requests.decide(session, request_row.id or 0, "Mia", approve=True, at=now())
    late = desk.client.post(
        f"{path}/requests/{request_row.id}", data={"csrf": token, "decision": "decline"}
    )
    assert late.status_code == 409
    assert "Mia has already decided" in late.text


def test_a_changed_order_is_shown_as_changed(desk: Desk, request_row: RequestRow) -> None:
    shop_with(desk.database, bought("#W2001", State.RETURNED, KETTLE, ROBE))
    desk.enter("Mia")
    assert "has changed since" in desk.get(f"/desk/tickets/{request_row.ticket_id}").text


def test_a_request_is_decided_on_its_own_ticket_only(desk: Desk, request_row: RequestRow) -> None:
    desk.enter("Mia")
    page = f"/desk/tickets/{request_row.ticket_id}"
    for path in (f"{page}/requests/999", f"/desk/tickets/999/requests/{request_row.id}"):
        assert desk.post(path, page, decision="approve").status_code == 404
    without = desk.client.post(f"{page}/requests/{request_row.id}", data={"decision": "approve"})
    assert without.status_code == 403


def test_nobody_is_shown_while_nobody_is_proven(desk: Desk, request_row: RequestRow) -> None:
    with desk.database.begin() as session:
        identity.forget(session, request_row.conversation_id)
    desk.enter("Mia")
    assert "Proven by" not in desk.get(f"/desk/tickets/{request_row.ticket_id}").text


def test_an_address_that_was_left_for_the_agent_is_shown_to_write_to(
    desk: Desk, database: Database
) -> None:
    with database.begin() as session:
        ticket = session.get_one(TicketRow, escalated(session))
        for text in ("it's anna@example.com", "Is emma@example.com really yours?"):
            shopper_says(session, ticket.conversation_id, text, "en", now())
        path = f"/desk/tickets/{ticket.id}"
    desk.enter("Mia")
    for page in (desk.get(path).text, desk.get(f"{path}/fragment").text):
        assert 'href="mailto:anna@example.com"' in page
        assert "mailto:emma" not in page


def test_a_contact_is_shown_in_full_only_when_asked_for_and_each_look_is_logged(
    desk: Desk, request_row: RequestRow, database: Database
) -> None:
    desk.enter("Mia")
    path = f"/desk/tickets/{request_row.ticket_id}"
    assert "anna@example.com" not in desk.get(path).text
    assert "anna@example.com" in desk.post(f"{path}/contact", path).text
    assert "anna@example.com" not in desk.get(path).text
    with database.begin() as session:
        [look] = audit.find(session, Wanted(act="customer"))
        assert (look.act, look.by, look.target) == ("customer.contact_seen", "Mia", "anna")
        stranger = escalated(session, "somebody-else")
    page = f"/desk/tickets/{stranger}"
    assert desk.post(f"{page}/contact", page).status_code == 404


def test_what_they_asked_before_is_a_click_away(
    desk: Desk, request_row: RequestRow, database: Database
) -> None:
    with database.begin() as session:
        later = escalated(session, "on-another-day")
        row = session.get_one(TicketRow, later)
        identity.bind(session, row.conversation_id, OneCustomer("anna"), "code", at=now())
        strangers = escalated(session, "somebody-else")
    desk.enter("Mia")
    link = f'href="/desk/tickets/{request_row.ticket_id}"'
    assert link in desk.get(f"/desk/tickets/{later}").text.partition('id="earlier-title"')[2]
    assert "earlier-title" not in desk.get(f"/desk/tickets/{strangers}").text
