"""Tickets go to colleagues, sleep and are opened again; what is somebody else's stays theirs."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from bot.database.db import Database
from bot.database.tables import ConversationRow, TicketRow, TurnRow, UserRow
from bot.errors import ConflictError, InputError, NotFoundError
from bot.tickets import assignment, handover, notes, opening, presence, queue
from bot.types import Author, Reason, now
from tests.support.desk_shop import escalated, shopper_says


@pytest.fixture
def shop(database: Database) -> Database:
    with database.begin() as session:
        for name in ("Mia", "Noor"):
            session.add(UserRow(name=name, password_hash=""))
        escalated(session)
    return database


def status(session: Session) -> tuple[str, str | None, str]:
    ticket, row = session.get_one(TicketRow, 1), session.get_one(ConversationRow, 1)
    return ticket.status, ticket.agent, row.status


def told(session: Session) -> list[str]:
    query = select(TurnRow.text).where(TurnRow.author == Author.SYSTEM.value)
    return list(session.exec(query.order_by(TurnRow.id)))  # type: ignore[arg-type]


def test_a_colleague_gets_the_ticket_with_the_note_and_the_shopper_is_told(shop: Database) -> None:
    with shop.begin() as session:
        assignment.take(session, 1, "Mia", now())
        handover.assign(session, 1, "Mia", "noor", now(), note="knows the carrier")
        assert status(session) == ("taken", "Noor", "agent")
        assert told(session)[-1] == "Noor from our team has joined the chat."
        assert queue.counts(session, "Noor").called == 1
        [note] = notes.of_conversation(session, 1)
        assert note.text == "@Noor knows the carrier"
    with shop.begin() as session, pytest.raises(ConflictError):
        handover.assign(session, 1, "Mia", "Mia", now())
    with shop.begin() as session, pytest.raises(NotFoundError):
        handover.assign(session, 1, "Noor", "Zoe", now())


def test_back_to_the_queue_is_waiting_again(shop: Database) -> None:
    with shop.begin() as session:
        assignment.take(session, 1, "Mia", now())
        handover.assign(session, 1, "Mia", "", now())
        assert status(session) == ("open", None, "waiting")
        assert queue.counts(session, "Noor").waiting == 1
        assignment.take(session, 1, "Noor", now())
        assert status(session) == ("taken", "Noor", "agent")


def test_a_ticket_sleeps_until_the_next_word(shop: Database) -> None:
    with shop.begin() as session:
        assignment.take(session, 1, "Mia", now())
        handover.snooze(session, 1, "Mia", None)
        counts = queue.counts(session, "Mia")
        assert (counts.open, counts.mine, counts.snoozed) == (0, 0, 1)
        [view] = queue.queue(session, "snoozed", agent="Mia")
        assert view.asleep
        assignment.reply(session, 1, "Mia", "We ask the carrier.", now())
        assert queue.counts(session, "Mia").snoozed == 1
        shopper_says(session, 1, "And?", "en", now())
        counts = queue.counts(session, "Mia")
        assert (counts.open, counts.mine, counts.snoozed) == (1, 1, 0)
        assert not queue.queue(session, "mine", agent="Mia")[0].asleep


def test_a_ticket_sleeps_until_its_time_or_is_woken(shop: Database) -> None:
    with shop.begin() as session:
        handover.snooze(session, 1, "Mia", now() - timedelta(seconds=1))
        assert queue.counts(session).waiting == 1
        handover.snooze(session, 1, "Mia", now() + timedelta(hours=1))
        assert queue.counts(session).waiting == 0
        assert queue.next_for(session, "Mia") is None
        handover.wake(session, 1, "Mia")
        assert queue.next_for(session, "Mia") == 1


def test_a_closed_ticket_is_opened_again_with_its_conversation(shop: Database) -> None:
    with shop.begin() as session:
        assignment.close(session, 1, "Mia", now(), outcome="unsolved")
        assert session.get_one(TicketRow, 1).outcome == "unsolved"
        assert status(session) == ("closed", "Mia", "closed")
        handover.reopen(session, 1, "Noor", now())
        assert status(session) == ("taken", "Noor", "agent")
        assert session.get_one(TicketRow, 1).outcome is None
        assignment.hand_back(session, 1, "Noor", now())
        row = session.get_one(ConversationRow, 1)
        opening.open_ticket(
            session,
            row,
            Reason.ASKED_FOR_PERSON,
            summary="",
            mood=0.0,
            language="en",
            at=now(),
        )
    with shop.begin() as session, pytest.raises(ConflictError):
        handover.reopen(session, 1, "Noor", now())


def test_an_unknown_outcome_closes_nothing(shop: Database) -> None:
    with shop.begin() as session, pytest.raises(InputError):
        assignment.close(session, 1, "Mia", now(), outcome="great")


def test_who_looks_and_writes_is_seen_by_the_others_for_a_while(shop: Database) -> None:
    at = now()
    with shop.begin() as session:
        presence.look(session, 1, "Mia", at)
        presence.look(session, 1, "Noor", at, writes=True)
        presence.look(session, 1, "Noor", at + timedelta(seconds=1))
        assert presence.others(session, 1, "Mia", at) == [presence.Looker("Noor", True)]
        later = at + timedelta(seconds=20)
        assert presence.others(session, 1, "Mia", later) == [presence.Looker("Noor", False)]
        assert presence.others(session, 1, "Noor", at + timedelta(minutes=2)) == []
