"""Requests at the desk: complete, decided once, told to the shopper; nothing is changed by us."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlmodel import Session, col, select

from bot.conversations.conversation import lock
from bot.database.db import Database
from bot.database.tables import ConversationRow, OutboxRow, RequestRow, TicketRow, TurnRow
from bot.errors import ConflictError, NotFoundError
from bot.orders import store
from bot.orders.change_rules import Change
from bot.orders.record import Order, State
from bot.orders.request_dialogue import Wish
from bot.tickets import assignment, requests
from bot.types import OneCustomer, Status
from tests.support.customers import chat
from tests.support.shop import NOON, later
from tests.support.talk import ANNA, bought, shop_with


def filed(db: Database, change: Change = Change.RETURN, id: str = "#W2001") -> RequestRow:
    """Anna's wish, with a ticket."""
    customer, order = bought(id, State.DELIVERED)
    shop_with(db, (customer, order))
    with db.begin() as session:
        row = lock(session, chat(session))
        wish = Wish(change, "confirm", order.id, (0,), "too big", order.digest)
        return requests.file(session, row, wish, order, f"Return from order {id}", "en", at=NOON)


def order_of(session: Session) -> Order:
    return store.orders(session, OneCustomer("anna"))[0]


def test_an_agent_sees_it_whole(database: Database) -> None:
    request = filed(database)
    with database.read() as session:
        [view] = requests.of_ticket(session, request.ticket_id)
    assert (view.change, view.summary, view.status) == (
        Change.RETURN,
        "Return from order #W2001",
        "open",
    )
    assert view.order is not None
    assert not view.changed


@pytest.mark.parametrize(
    ("approve", "status", "word"), [(True, "approved", "accepted"), (False, "declined", "sorry")]
)
def test_the_shopper_is_told_either_way(
    database: Database, approve: bool, status: str, word: str
) -> None:
    request = filed(database)
    with database.begin() as session:
        view = requests.decide(
            session, request.id or 0, "Mia", approve=approve, note="Label follows.", at=later(60)
        )
        assert (view.status, view.agent, view.note) == (status, "Mia", "Label follows.")
        told = session.exec(select(TurnRow).order_by(col(TurnRow.id).desc())).first()
        assert told is not None
        assert word in told.text
        assert told.text.endswith("Label follows.")
        assert session.exec(select(OutboxRow.turn_id)).all()[-1] == told.id
        assert session.get_one(TicketRow, request.ticket_id).status == "closed"
        assert session.get_one(ConversationRow, request.conversation_id).status == Status.BOT


def test_nothing_is_changed_in_the_order(database: Database) -> None:
    request = filed(database)
    with database.begin() as session:
        before = order_of(session)
        requests.decide(session, request.id or 0, "Mia", approve=True, at=NOON)
        assert order_of(session) == before


def test_a_second_click_of_the_same_agent_changes_nothing(database: Database) -> None:
    request = filed(database)
    with database.begin() as session:
        for _ in range(2):
            requests.decide(session, request.id or 0, "Mia", approve=True, at=NOON)
        told = session.exec(select(TurnRow).where(TurnRow.author == "agent")).all()
    assert len(told) == 1


def test_of_two_agents_at_once_one_decides_and_the_other_hears_who(database: Database) -> None:
    request = filed(database)

    def press(agent: str) -> str:
        try:
            with database.begin() as session:
                approve = agent == "Mia"
                requests.decide(session, request.id or 0, agent, approve=approve, at=NOON)
        except ConflictError as error:
            return error.message("en")
        return ""

    with ThreadPoolExecutor(2) as pool:
        heard = sorted(pool.map(press, ["Mia", "Noor"]))
    assert heard[0] == ""
    assert "has already decided" in heard[1]
    with database.read() as session:
        assert len(session.exec(select(TurnRow).where(TurnRow.author == "agent")).all()) == 1


def test_an_order_that_changed_meanwhile_is_marked(database: Database) -> None:
    request = filed(database)
    with database.begin() as session:
        order = replace(order_of(session), state=State.RETURNED)
        store.save(session, [(ANNA, order)], at=NOON)
    with database.read() as session:
        [view] = requests.of_ticket(session, request.ticket_id)
        assert view.changed
        assert view.order is not None
        assert view.order.state is State.RETURNED


def test_a_taken_ticket_is_its_agents_and_stays_open(database: Database) -> None:
    request = filed(database)
    with database.begin() as session:
        assignment.take(session, request.ticket_id, "Mia", NOON)
    with database.begin() as session, pytest.raises(ConflictError):
        requests.decide(session, request.id or 0, "Noor", approve=True, at=NOON)
    with database.begin() as session:
        requests.decide(session, request.id or 0, "Noor", approve=True, at=NOON, takeover=True)
        assert session.get_one(TicketRow, request.ticket_id).status == "taken"


def test_a_ticket_with_two_requests_waits_for_both(database: Database) -> None:
    first = filed(database)
    second = filed(database, id="#W2002")
    assert first.ticket_id == second.ticket_id
    with database.begin() as session:
        requests.decide(session, first.id or 0, "Mia", approve=True, at=NOON)
        assert session.get_one(TicketRow, first.ticket_id).status == "open"
        requests.decide(session, second.id or 0, "Mia", approve=False, at=NOON)
        assert session.get_one(TicketRow, first.ticket_id).status == "closed"


def test_what_waits_is_known_by_order_and_kind(database: Database) -> None:
    request = filed(database)
    with database.begin() as session:
        anna, ben = OneCustomer("anna"), OneCustomer("ben")
        assert requests.pending(session, anna) == {("#W2001", Change.RETURN): request.id}
        assert requests.pending(session, ben) == {}
        requests.decide(session, request.id or 0, "Mia", approve=True, at=NOON)
        assert requests.pending(session, anna) == {}


def test_an_unknown_request_is_said_to_be_unknown(sqlite_database: Database) -> None:
    with sqlite_database.begin() as session, pytest.raises(NotFoundError):
        requests.decide(session, 7, "Mia", approve=True, at=NOON)


def test_what_is_taken_back_is_approved_by_nobody(database: Database) -> None:
    request = filed(database)
    number = request.id or 0
    with database.begin() as session:
        row = lock(session, request.conversation_id)
        [taken] = requests.withdraw(session, row, [number], at=NOON)
        assert (taken.status, row.status) == ("withdrawn", "bot")
        assert session.get_one(TicketRow, request.ticket_id).status == "closed"
    with database.begin() as session, pytest.raises(ConflictError):
        requests.decide(session, number, "Mia", approve=True, at=NOON)


def test_what_is_approved_cannot_be_taken_back(database: Database) -> None:
    request = filed(database)
    number = request.id or 0
    with database.begin() as session:
        requests.decide(session, number, "Mia", approve=True, at=NOON)
    with database.begin() as session:
        row = lock(session, request.conversation_id)
        [kept] = requests.withdraw(session, row, [number], at=NOON)
        assert kept.status == "approved"
    with database.begin() as session:
        assert requests.withdraw(session, row, [number + 1], at=NOON) == []
