"""Ratings: which answers can be rated, what is kept of a press, what admins see of them."""

from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from bot.conversations import bursts, conversation, feedback, inbox
from bot.conversations.conversation import saved
from bot.conversations.feedback import DOWN, UP
from bot.database.db import Database
from bot.database.tables import FeedbackRow
from bot.tickets.opening import open_ticket
from bot.types import Author, Chat, Incoming, Reason, Say, Source

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
RETURNS = Source("returns", "faq/returns.en.yaml", 0.9, "Returns")
MIA = Chat("web", "mia")


def answered(
    session: Session, say: Say, chat: Chat = MIA, question: str = "How do I return it?"
) -> tuple[int, int]:
    """The conversation, and the turn that answered `question` in it."""
    incoming = Incoming(chat, f"m-{question}", question)
    conversation_id = inbox.accept(session, incoming, backlog_cap=9, at=AT).conversation_id
    lease = timedelta(seconds=30)
    (claim,) = bursts.claim(session, "test:1:a", at=AT, lease=lease, limit=9)
    turn = bursts.finish(session, claim, say, at=AT, moods={}, audit={"build": "b-7"})
    assert turn is not None
    return conversation_id, turn.id


def answer() -> Say:
    return Say("Send it back within 30 days.", "en", sources=(RETURNS,))


def test_press_is_kept_with_the_answers_sources_and_build(database: Database) -> None:
    with database.begin() as session:
        conversation_id, turn_id = answered(session, answer())
        assert feedback.rate(session, conversation_id, turn_id, UP, at=AT) is True
    with database.read() as session:
        row = session.get_one(FeedbackRow, turn_id)
        assert (row.value, row.build, row.at) == (UP, "b-7", AT)
        assert [source["id"] for source in row.sources] == ["returns"]


def test_newest_press_counts_and_a_repeat_changes_nothing(database: Database) -> None:
    with database.begin() as session:
        where = answered(session, answer())
        changed = [feedback.rate(session, *where, value, at=AT) for value in (UP, UP, DOWN)]
        assert changed == [True, False, True]
        assert feedback.ratings(session, [where[1], 999]) == {where[1]: DOWN}
        assert feedback.counts(session, since=AT) == (0, 1)
        assert feedback.counts(session, since=AT + timedelta(seconds=1)) == (0, 0)


def test_only_answers_from_the_knowledge_can_be_rated(database: Database) -> None:
    with database.begin() as session:
        conversation_id, greeting = answered(session, Say("Hello!", "en"))
        said = conversation.history(session, conversation_id)
        shopper = next(turn.id for turn in said if turn.author is Author.SHOPPER)
        for turn_id in (greeting, shopper, 12345):
            assert feedback.rate(session, conversation_id, turn_id, UP, at=AT) is None
        assert feedback.ratings(session, []) == {}


def test_answer_in_another_conversation_cannot_be_rated(database: Database) -> None:
    with database.begin() as session:
        _, theirs = answered(session, answer())
        mine, _ = answered(session, answer(), Chat("web", "eve"))
        assert feedback.rate(session, mine, theirs, DOWN, at=AT) is None
        assert feedback.ratings(session, [theirs]) == {}


def test_disliked_answers_are_listed_with_question_and_ticket(database: Database) -> None:
    with database.begin() as session:
        conversation_id, first = answered(session, answer(), question="How do I return it?")
        _, second = answered(session, answer(), question="And where to?")
        _, liked = answered(session, answer(), question="Thanks, and when?")
        feedback.rate(session, conversation_id, first, DOWN, at=AT)
        feedback.rate(session, conversation_id, second, DOWN, at=AT + timedelta(minutes=1))
        feedback.rate(session, conversation_id, liked, UP, at=AT)
        row = conversation.lock(session, conversation_id)
        ticket = open_ticket(
            session,
            row,
            Reason.ASKED_FOR_PERSON,
            summary="",
            mood=0,
            language="en",
            at=AT,
        )
        found = feedback.disliked(session)
    assert [(each.answer.id, each.question) for each in found] == [
        (second, "And where to?"),
        (first, "How do I return it?"),
    ]
    assert {each.ticket_id for each in found} == {saved(ticket.id)}
    assert {each.build for each in found} == {"b-7"}
