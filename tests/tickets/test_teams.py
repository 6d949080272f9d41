"""A ticket of a team waits for its members; who has least to do also has to suit it."""

import pytest
from sqlmodel import Session

from bot.database.db import Database
from bot.database.tables import TicketRow, UserRow
from bot.errors import ConflictError, InputError, NotFoundError
from bot.tickets import assignment, handover, news, notes, presence, queue, teams, users
from bot.types import now
from tests.support.desk_shop import escalated


@pytest.fixture
def shop(database: Database) -> Database:
    with database.begin() as session:
        session.add(UserRow(name="Ada", role="admin", password_hash=""))
        for name in ("Mia", "Noor", "Zoe"):
            session.add(UserRow(name=name, password_hash=""))
        teams.add(session, "Billing", "Ada")
        session.flush()
        teams.join(session, "billing", "noor", "Ada")
        teams.join(session, "Billing", "Zoe", "Ada")
        escalated(session)
    return database


def team_of(session: Session) -> tuple[str, str | None, str | None]:
    ticket = session.get_one(TicketRow, 1)
    return ticket.status, ticket.agent, ticket.team


def test_a_team_gets_the_ticket_with_the_note_and_waits_for_a_member(shop: Database) -> None:
    with shop.begin() as session:
        assignment.take(session, 1, "Mia", now())
        handover.assign(session, 1, "Mia", "team:billing", now(), note="an invoice")
        assert team_of(session) == ("open", None, "Billing")
        [note] = notes.of_conversation(session, 1)
        assert note.parts == ("", "@Billing", " an invoice")
    with shop.begin() as session:
        seen = {name: queue.counts(session, name) for name in ("Mia", "Noor", "Zoe")}
        assert [(each.team, each.called) for each in seen.values()] == [(0, 0), (1, 1), (1, 1)]
        assert [len(news.of(session, name)) for name in ("Mia", "Noor")] == [0, 1]
        assert news.of(session) == []
        assert queue.next_for(session, "Mia") is None
        assert queue.next_for(session, "Zoe", "team") == 1
        assert [each.id for each in queue.queue(session, "team", agent="Noor")] == [1]
        assert queue.queue(session, "team", agent="Mia") == []
        assignment.take(session, 1, "Zoe", now())
        assert team_of(session) == ("taken", "Zoe", "Billing")


def test_back_in_the_queue_it_waits_for_anybody(shop: Database) -> None:
    with shop.begin() as session:
        handover.assign(session, 1, "Mia", "team:Billing", now())
        handover.assign(session, 1, "Mia", "", now())
        assert team_of(session) == ("open", None, None)
        handover.assign(session, 1, "Mia", "team:Billing", now())
        teams.remove(session, "Billing")
        session.expire_all()
        assert team_of(session) == ("open", None, None)
        assert teams.every(session) == {}
    with shop.begin() as session, pytest.raises(NotFoundError):
        handover.assign(session, 1, "Mia", "team:Billing", now())


def test_least_to_do_is_a_member_who_is_there_suits_and_has_room(shop: Database) -> None:
    with shop.begin() as session:
        for name in ("Mia", "Noor", "Zoe"):
            presence.here(session, name, now())
        handover.assign(session, 1, "Mia", "team:Billing", now())
        teams.suits(session, "Noor", ["zh"], 0)
        handover.assign(session, 1, "Ada", handover.LEAST, now(), takeover=True)
        assert team_of(session) == ("taken", "Zoe", "Billing")
        teams.suits(session, "Zoe", ["en", "zh"], 1)
        assert users.find(session, "Zoe").languages == ""
        with pytest.raises(ConflictError):
            teams.least_loaded(session, now(), "en", "Billing")
        assert teams.least_loaded(session, now(), "zh", "Billing") == "Noor"
        assert teams.least_loaded(session, now(), "en") == "Mia"


@pytest.mark.parametrize("name", ["", " ", "x" * 41, "a<b", "team:a"])
def test_what_is_no_name_is_refused(shop: Database, name: str) -> None:
    with shop.begin() as session, pytest.raises(InputError):
        teams.add(session, name)


@pytest.mark.parametrize("name", ["billing", "MIA"])
def test_a_name_is_one_team_or_one_person(shop: Database, name: str) -> None:
    with shop.begin() as session, pytest.raises(ConflictError):
        teams.add(session, name)


def test_who_is_removed_is_in_no_team(shop: Database) -> None:
    with shop.begin() as session:
        users.remove(session, "Zoe")
        assert teams.every(session) == {"Billing": ["Noor"]}
