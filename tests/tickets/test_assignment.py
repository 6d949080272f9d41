"""What agents do with tickets, on both databases, alone and at the same time."""

import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from bot.database.db import Database
from bot.database.tables import ConversationRow, OutboxRow, TicketRow, TurnRow
from bot.errors import ConflictError, InputError, NotFoundError
from bot.tickets import assignment, queue
from bot.types import Author, Reason, Status, Turn, now
from tests.support.desk_shop import escalated, shopper_says


def test_taking_tells_the_shopper_and_silences_the_bot(database: Database) -> None:
    with database.begin() as session:
        ticket_id = escalated(session)
        assignment.take(session, ticket_id, "Mia", now())
    with database.read() as session:
        ticket = session.get(TicketRow, ticket_id)
        assert ticket is not None
        assert (ticket.status, ticket.agent) == ("taken", "Mia")
        assert ticket.taken_at is not None
        assert _status(session) == Status.AGENT
    last = _sent(database)[-1]
    assert (last.author, last.text) == ("system", "Mia from our team has joined the chat.")


def test_a_chinese_shopper_is_told_in_chinese(database: Database) -> None:
    with database.begin() as session:
        ticket_id = escalated(session, language="zh", question="我的浴袍到哪了？")
        assignment.take(session, ticket_id, "小林", now())
        assignment.hand_back(session, ticket_id, "小林", now())
    assert [turn.text for turn in _sent(database)][-2:] == [
        "客服 小林 已接入，将继续为您服务。",
        "人工服务已结束，智能助手将继续为您服务。如需再次联系人工客服，请回复“人工”。",
    ]


def test_a_reply_is_written_with_its_way_out(database: Database) -> None:
    at = now()
    with database.begin() as session:
        ticket_id = escalated(session)
        turn = assignment.reply(session, ticket_id, "Mia", "  It is in Rotterdam. ", at)
        assignment.reply(session, ticket_id, "Mia", "It leaves today.", at + timedelta(seconds=9))
    assert (turn.author, turn.agent, turn.text) == (Author.AGENT, "Mia", "It is in Rotterdam.")
    assert [sent.text for sent in _sent(database)][-3:] == [
        "Mia from our team has joined the chat.",
        "It is in Rotterdam.",
        "It leaves today.",
    ]
    with database.read() as session:
        view = assignment.show(session, ticket_id).ticket
    assert view.first_reply_at == at
    assert (view.status, view.waiting_since, view.waiting_seconds) == ("taken", None, 0)


def test_the_same_request_twice_is_said_once(database: Database) -> None:
    with database.begin() as session:
        ticket_id = escalated(session)
        first = assignment.reply(session, ticket_id, "Mia", "Hello", now(), request_id="r1")
        again = assignment.reply(session, ticket_id, "Mia", "Hello", now(), request_id="r1")
        assignment.close(session, ticket_id, "Mia", now())
        late = assignment.reply(session, ticket_id, "Mia", "Hello", now(), request_id="r1")
    assert first == again == late
    assert [turn.text for turn in _sent(database)].count("Hello") == 1


def test_taking_twice_joins_once(database: Database) -> None:
    with database.begin() as session:
        ticket_id = escalated(session)
        assignment.take(session, ticket_id, "Mia", now())
        assignment.take(session, ticket_id, "Mia", now())
    assert sum("joined" in turn.text for turn in _sent(database)) == 1


def test_another_agents_ticket_is_refused_by_name(database: Database) -> None:
    with database.begin() as session:
        ticket_id = escalated(session)
        assignment.take(session, ticket_id, "Mia", now())
    for action in (assignment.take, assignment.hand_back, assignment.close):
        with pytest.raises(ConflictError, match="Mia"), database.begin() as session:
            action(session, ticket_id, "Noor", now())
    with pytest.raises(ConflictError, match="Mia"), database.begin() as session:
        assignment.reply(session, ticket_id, "Noor", "Hello", now())


def test_an_admin_takes_over(database: Database) -> None:
    with database.begin() as session:
        ticket_id = escalated(session)
        assignment.take(session, ticket_id, "Mia", now())
        assignment.take(session, ticket_id, "Ada", now(), takeover=True)
        assignment.reply(session, ticket_id, "Ada", "I am Ada.", now())
    with pytest.raises(ConflictError, match="Ada"), database.begin() as session:
        assignment.reply(session, ticket_id, "Mia", "Still me?", now())


def test_of_two_agents_at_once_exactly_one_wins(database: Database) -> None:
    with database.begin() as session:
        tickets = [escalated(session, f"shopper-{number}") for number in range(5)]
    for ticket_id in tickets:
        won, refused = _race(database, ticket_id, ["Mia", "Noor", "Ada", "Li"])
        assert len(won) == 1
        assert len(refused) == 3
        assert all(won[0] in message for message in refused)
        with database.read() as session:
            texts = [turn.text for turn in assignment.show(session, ticket_id).turns]
        assert sum("joined" in text for text in texts) == 1


def test_hand_back_returns_the_conversation_to_the_bot(database: Database) -> None:
    with database.begin() as session:
        ticket_id = escalated(session)
        assignment.take(session, ticket_id, "Mia", now())
        assignment.hand_back(session, ticket_id, "Mia", now())
        assignment.hand_back(session, ticket_id, "Mia", now())
        assert _status(session) == Status.BOT
        assert queue.queue(session) == []
        assert [view.id for view in queue.queue(session, "all")] == [ticket_id]
    assert sum("assistant is back" in turn.text for turn in _sent(database)) == 1


def test_closing_says_goodbye_once(database: Database) -> None:
    with database.begin() as session:
        ticket_id = escalated(session)
        assignment.close(session, ticket_id, "Mia", now())
        assignment.close(session, ticket_id, "Noor", now())
        assert _status(session) == Status.CLOSED
        ticket = session.get(TicketRow, ticket_id)
        assert ticket is not None
        assert (ticket.status, ticket.agent) == ("closed", "Mia")
    assert sum("closed this chat" in turn.text for turn in _sent(database)) == 1


def test_a_closed_ticket_takes_no_reply(database: Database) -> None:
    with database.begin() as session:
        ticket_id = escalated(session)
        assignment.close(session, ticket_id, "Mia", now())
    for attempt in (assignment.take, _say_hello):
        with pytest.raises(ConflictError, match="closed"), database.begin() as session:
            attempt(session, ticket_id, "Mia", now())


@pytest.mark.parametrize("text", ["", " \n ", "x" * 4001])
def test_nothing_and_too_much_are_refused(sqlite_database: Database, text: str) -> None:
    with pytest.raises(InputError), sqlite_database.begin() as session:
        assignment.reply(session, escalated(session), "Mia", text, now())


def test_an_unknown_ticket_is_named(database: Database) -> None:
    with pytest.raises(NotFoundError, match="41"), database.begin() as session:
        assignment.take(session, 41, "Mia", now())


def test_the_queue_shows_the_urgent_then_the_oldest(database: Database) -> None:
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    with database.begin() as session:
        young = escalated(session, "a", ago=minute)
        normal = escalated(session, "b", reason=Reason.OUT_OF_SCOPE, ago=5 * hour)
        old = escalated(session, "c", ago=hour)
        urgent = escalated(session, "d", reason=Reason.NEGATIVE_MOOD, mood=-0.9)
        views = queue.queue(session)
    assert [view.id for view in views] == [urgent, old, young, normal]
    assert 3590 <= views[1].waiting_seconds <= 3660
    assert views[1].last_text == "Where is my linen robe?"
    assert views[1].last_author is Author.SHOPPER
    assert views[1].chat.id == "c"


def test_a_taken_ticket_waits_from_the_first_unanswered_message(database: Database) -> None:
    at = now()
    with database.begin() as session:
        ticket_id = escalated(session, ago=timedelta(hours=1))
        assignment.reply(session, ticket_id, "Mia", "One moment", at - timedelta(minutes=30))
        chat = assignment.show(session, ticket_id).ticket.conversation_id
        for minutes in (10, 4):
            shopper_says(session, chat, "Hello?", "en", at - timedelta(minutes=minutes))
        view = assignment.show(session, ticket_id, at=at).ticket
    assert (view.waiting_seconds, view.last_text) == (600, "Hello?")
    assert view.first_response_seconds in (1799, 1800)


def test_a_reader_gets_the_newest_turns_and_then_what_follows(database: Database) -> None:
    with database.begin() as session:
        ticket_id = escalated(session)
        for number in range(6):
            assignment.reply(session, ticket_id, "Mia", f"part {number}", now())
        newest = assignment.show(session, ticket_id, limit=3).turns
        assert [turn.text for turn in newest] == ["part 3", "part 4", "part 5"]
        after = assignment.show(session, ticket_id, after=newest[0].id).turns
        assert [turn.text for turn in after] == ["part 4", "part 5"]
        assert assignment.show(session, ticket_id, after=after[-1].id).turns == ()


def _say_hello(session: Session, ticket_id: int, agent: str, at: object) -> Turn:
    return assignment.reply(session, ticket_id, agent, "Hello", now())


def _race(database: Database, ticket_id: int, names: Sequence[str]) -> tuple[list[str], list[str]]:
    won: list[str] = []
    refused: list[str] = []
    start = threading.Barrier(len(names))

    def press(name: str) -> None:
        start.wait()
        try:
            with database.begin() as session:
                assignment.take(session, ticket_id, name, now())
            won.append(name)
        except ConflictError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=press, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return won, refused


def _status(session: Session) -> str:
    return session.exec(select(ConversationRow.status)).one()


def _sent(database: Database) -> list[TurnRow]:
    """The turns that are on their way to a shopper, in order."""
    with database.read() as session:
        return list(
            session.exec(
                select(TurnRow)
                .join(OutboxRow, col(OutboxRow.turn_id) == col(TurnRow.id))
                .order_by(col(OutboxRow.id))
            )
        )
