"""Tickets: urgency as a table, one unclosed ticket a conversation, summaries without a model."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from bot.conversations import conversation
from bot.conversations.conversation import saved
from bot.database.db import Database
from bot.database.tables import ConversationRow, TicketRow
from bot.errors import ConflictError
from bot.tickets.opening import open_ticket, priority, summarise, unclosed
from bot.types import Author, Button, Language, Reason, Source, Status, Turn, now


@pytest.mark.parametrize(
    ("reason", "mood", "expected"),
    [
        (Reason.BOT_FAILED, 0.0, 1),
        (Reason.BOT_FAILED, 0.9, 1),
        (Reason.NEGATIVE_MOOD, -1.0, 1),
        (Reason.NEGATIVE_MOOD, -0.6, 1),
        (Reason.NEGATIVE_MOOD, -0.59, 2),
        (Reason.NEGATIVE_MOOD, 0.0, 2),
        (Reason.ASKED_FOR_PERSON, 0.0, 2),
        (Reason.ASKED_FOR_PERSON, -0.9, 2),
        (Reason.LOW_CONFIDENCE, -0.9, 3),
        (Reason.REPEATED_FAILURE, 0.0, 3),
        (Reason.OUT_OF_SCOPE, 0.0, 3),
    ],
)
def test_priority_follows_reason_and_mood(reason: Reason, mood: float, expected: int) -> None:
    assert priority(reason, mood) == expected


def test_every_reason_has_a_priority() -> None:
    assert {priority(reason, 0.0) for reason in Reason} <= {1, 2, 3}


def test_opening_a_ticket_makes_the_conversation_wait(database: Database) -> None:
    at = now()
    with database.begin() as session:
        ticket = _open(session, _conversation(session), Reason.LOW_CONFIDENCE, -0.1)
    with database.read() as session:
        [kept] = session.exec(select(TicketRow)).all()
        row = session.get(ConversationRow, kept.conversation_id)
    assert row is not None
    assert row.status == Status.WAITING
    assert (kept.id, kept.status, kept.reason, kept.priority) == (
        *(ticket.id, "open", "low_confidence", 3),
    )
    assert abs(kept.created_at - at) < timedelta(minutes=1)


def test_a_second_escalation_keeps_the_ticket_and_raises_it(database: Database) -> None:
    with database.begin() as session:
        row = _conversation(session)
        first = _open(session, row, Reason.LOW_CONFIDENCE, 0.2).id
        second = _open(session, row, Reason.NEGATIVE_MOOD, -0.8)
        assert (second.id, second.reason, second.priority, second.mood) == (
            *(first, "negative_mood", 1, -0.8),
        )
        third = _open(session, row, Reason.OUT_OF_SCOPE, 0.0)
        assert (third.id, third.reason, third.priority, third.mood) == (
            *(first, "negative_mood", 1, -0.8),
        )
    with database.read() as session:
        assert len(session.exec(select(TicketRow)).all()) == 1


def test_the_database_itself_refuses_a_second_unclosed_ticket(database: Database) -> None:
    with database.begin() as session:
        row = _conversation(session)
        ticket = _open(session, row, Reason.LOW_CONFIDENCE, 0.0)
        values = ticket.model_dump(exclude={"id", "status"})
    with pytest.raises(ConflictError), database.begin() as session:
        session.add(TicketRow(**values, status="taken"))
    with database.begin() as session:
        session.add(TicketRow(**values, status="closed"))


def test_who_opens_a_ticket_beside_another_keeps_the_one_that_is_there(
    database: Database,
) -> None:
    """Both should hold the lock; if one forgets it, the database's rule decides, not luck."""
    if database.sqlite:
        pytest.skip("one writer at a time")
    with database.begin() as session:
        row = _conversation(session)
        number = saved(row.id)
    first_is_in, second_is_in = threading.Event(), threading.Event()

    def second() -> int | None:
        with database.begin() as session:
            row = session.get_one(ConversationRow, number)
            assert unclosed(session, number) is None
            second_is_in.set()
            first_is_in.wait(10)
            return _open(session, row, Reason.NEGATIVE_MOOD, -0.8).id

    with ThreadPoolExecutor(1) as pool:
        with database.begin() as session:
            later = pool.submit(second)
            second_is_in.wait(10)
            row = conversation.lock(session, number)
            first = _open(session, row, Reason.LOW_CONFIDENCE, 0.0).id
            first_is_in.set()
        assert later.result(10) == first
    with database.read() as session:
        kept = session.exec(select(TicketRow)).one()
        assert (kept.id, kept.priority, kept.reason) == (first, 1, "negative_mood")


def test_a_closed_ticket_is_not_reopened(database: Database) -> None:
    with database.begin() as session:
        row = _conversation(session)
        first = _open(session, row, Reason.LOW_CONFIDENCE, 0.0)
        first.status = "closed"
        conversation.move(row, Status.BOT)
        session.add(first)
        second = _open(session, row, Reason.LOW_CONFIDENCE, 0.0)
        assert second.id != first.id


def test_a_closed_conversation_has_nobody_to_wait_for(database: Database) -> None:
    with database.begin() as session:
        row = _conversation(session)
        conversation.move(row, Status.CLOSED)
        with pytest.raises(ConflictError):
            _open(session, row, Reason.LOW_CONFIDENCE, 0.0)


def test_a_summary_tells_what_was_asked_and_what_was_offered() -> None:
    turns = [
        _turn(Author.SHOPPER, "Can I return sale items?"),
        _turn(
            Author.BOT,
            "Sale items: 14 days.",
            sources=(Source("sale", "faq/returns.yaml", 0.8, "Returning sale items"),),
            buttons=(Button("Final sale", "entry:final"), Button("A person", "person")),
        ),
        _turn(Author.SHOPPER, "And  without\na receipt?"),
        _turn(Author.SYSTEM, "Somebody will be with you."),
    ]
    assert summarise(turns, "en") == (
        "Asked: Can I return sale items? → And without a receipt?\n"
        "Offered: Returning sale items; Final sale"
    )
    assert summarise(turns, "zh").startswith("顾客问：Can I return sale items? → And")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_summary_stays_short(language: Language) -> None:
    turns = [_turn(Author.SHOPPER, "退货 " * 900), *[_turn(Author.SHOPPER, "why " * 900)] * 30]
    assert len(summarise(turns, language)) < 500


def test_a_summary_of_nothing_says_so() -> None:
    assert summarise([], "zh") == "顾客还没有提出问题。"
    assert "not written" in summarise([_turn(Author.BOT, "Hello")], "en")


def _conversation(session: Session) -> ConversationRow:
    row = ConversationRow(channel="web", chat_id="shopper-1")
    session.add(row)
    session.flush()
    return row


def _open(session: Session, row: ConversationRow, reason: Reason, mood: float) -> TicketRow:
    return open_ticket(session, row, reason, summary="Asked: …", mood=mood, language="en", at=now())


def _turn(
    author: Author,
    text: str,
    sources: tuple[Source, ...] = (),
    buttons: tuple[Button, ...] = (),
) -> Turn:
    return Turn(1, author, text, "en", now(), buttons=buttons, sources=sources)
