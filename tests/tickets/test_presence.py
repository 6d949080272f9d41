"""Who is there gets tickets; what waits for somebody who has gone is everybody's again."""

from datetime import timedelta

import pytest

from bot.database.db import Database
from bot.database.tables import TicketRow, UserRow
from bot.errors import ConflictError
from bot.tickets import assignment, handover, presence, queue
from bot.types import now
from tests.support.desk_shop import escalated, shopper_says

MINUTE = timedelta(minutes=1)


@pytest.fixture
def shop(database: Database) -> Database:
    """Mia and Noor, and three people who wait."""
    with database.begin() as session:
        for name in ("Mia", "Noor", "Zoe"):
            session.add(UserRow(name=name, password_hash=""))
        for number in range(3):
            escalated(session, f"shopper-{number}", ago=20 * MINUTE)
    return database


def agents(database: Database) -> list[str | None]:
    with database.read() as session:
        return [session.get_one(TicketRow, number).agent for number in (1, 2, 3)]


def test_who_is_there_and_has_least_to_do_gets_it(shop: Database) -> None:
    with pytest.raises(ConflictError), shop.begin() as session:
        handover.assign(session, 1, "Mia", handover.LEAST, now())
    with shop.begin() as session:
        presence.here(session, "Mia", now())
        presence.here(session, "Noor", now())
        presence.here(session, "Zoe", now() - 5 * MINUTE)
        for number in (1, 2, 3):
            handover.assign(session, number, "Ada", handover.LEAST, now(), takeover=True)
    assert agents(shop) == ["Mia", "Noor", "Mia"]
    with shop.begin() as session:
        presence.step_out(session, "Mia", True)
        assert [user.name for user in presence.there(session, now())] == ["Noor"]


def test_going_away_returns_what_is_unanswered(shop: Database) -> None:
    with shop.begin() as session:
        for number in (1, 2):
            assignment.take(session, number, "Mia", now())
        assignment.reply(session, 2, "Mia", "Hello", now())
        presence.here(session, "Mia", now())
        assert handover.return_unanswered(session, now()) == []
        presence.step_out(session, "Mia", True)
        assert handover.return_unanswered(session, now()) == [1]
    assert agents(shop) == [None, "Mia", None]
    with shop.read() as session:
        assert queue.counts(session, "Noor").waiting == 2


def test_a_lost_connection_returns_it_after_a_while(shop: Database) -> None:
    with shop.begin() as session:
        assignment.take(session, 1, "Mia", now() - 10 * MINUTE)
        presence.here(session, "Mia", now() - 2 * MINUTE)
        assert handover.return_unanswered(session, now()) == []
        presence.here(session, "Mia", now() - 4 * MINUTE)
        assert handover.return_unanswered(session, now()) == [1]


def test_who_works_without_the_desk_keeps_their_tickets(shop: Database) -> None:
    with shop.begin() as session:
        assignment.take(session, 1, "Zoe", now())  # in Telegram, and never at the desk
        presence.here(session, "Mia", now() - 9 * MINUTE)
        assignment.take(session, 2, "Mia", now() - 8 * MINUTE)
        assignment.take(session, 3, "Mia", now() - 10 * MINUTE)
        assignment.reply(session, 2, "Mia", "From my phone", now() - 5 * MINUTE)
        shopper_says(session, 2, "And?", "en", now())
        assert handover.return_unanswered(session, now()) == []


def test_a_ticket_that_sleeps_is_not_returned_and_wakes_with_the_next_word(shop: Database) -> None:
    with shop.begin() as session:
        assignment.take(session, 1, "Mia", now())
        handover.snooze(session, 1, "Mia", None)
        presence.step_out(session, "Mia", True)
        assert handover.return_unanswered(session, now()) == []
        shopper_says(session, 1, "Hello?", "en", now())
        assert handover.return_unanswered(session, now()) == [1]
