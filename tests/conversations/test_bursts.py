"""What was sent together is answered once: albums and forwarded messages wait for their like."""

from datetime import timedelta

from sqlmodel import Session

from bot.conversations import bursts, inbox
from bot.conversations.inbox import LONGEST_SETTLE, SETTLE
from bot.database.db import Database
from bot.database.leases import LEASE
from bot.types import Chat, Claim, Incoming
from tests.support.shop import NOON

MIA = Chat("telegram", "5")


def sends(session: Session, number: int, *, after: float = 0, together: bool = True) -> None:
    incoming = Incoming(MIA, str(number), f"part {number}", more_to_come=together)
    inbox.accept(session, incoming, backlog_cap=99, at=NOON + timedelta(seconds=after))


def claims(session: Session, after: timedelta) -> list[Claim]:
    return bursts.claim(session, "host:1:a", at=NOON + after, lease=LEASE, limit=9)


def texts(found: list[Claim]) -> list[list[str]]:
    return [[message.text for message in claim.messages] for claim in found]


def test_messages_sent_together_are_one_burst(database: Database) -> None:
    with database.begin() as session:
        for number in range(4):
            sends(session, number, after=0.3 * number)
            assert claims(session, timedelta(seconds=0.3 * number)) == []
        last = timedelta(seconds=0.9)
        assert claims(session, last + SETTLE - timedelta(seconds=0.01)) == []
        found = claims(session, last + SETTLE)
    assert texts(found) == [[f"part {number}" for number in range(4)]]


def test_endless_forwarding_is_answered_in_between(database: Database) -> None:
    with database.begin() as session:
        step = SETTLE.total_seconds() / 2
        count = int(LONGEST_SETTLE.total_seconds() / step) + 3
        for number in range(count):
            sends(session, number, after=step * number)
        (burst,) = texts(claims(session, LONGEST_SETTLE))
    assert len(burst) == count


def test_question_typed_meanwhile_is_answered_with_them(database: Database) -> None:
    with database.begin() as session:
        sends(session, 1)
        sends(session, 2, after=0.2, together=False)
        assert claims(session, timedelta(seconds=0.2)) == []
        assert texts(claims(session, SETTLE)) == [["part 1", "part 2"]]


def test_question_before_them_does_not_wait_for_them(database: Database) -> None:
    with database.begin() as session:
        sends(session, 1, together=False)
        sends(session, 2, after=0.1)
        assert texts(claims(session, timedelta(seconds=0.1))) == [["part 1", "part 2"]]


def test_message_sent_alone_is_due_at_once(database: Database) -> None:
    with database.begin() as session:
        sends(session, 1, together=False)
        assert texts(claims(session, timedelta(0))) == [["part 1"]]
