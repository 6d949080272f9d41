"""Small words for tests about messages: a shopper says something, a worker claims it."""

from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, select

from bot.conversations import bursts, inbox
from bot.conversations.inbox import Accepted
from bot.customers.typed_proof import Proofs
from bot.database.db import Database
from bot.database.tables import InboxRow
from bot.types import Chat, Claim, Incoming, Language, Say
from tests.proofs.reconcile import verdict

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
LEASE = timedelta(seconds=60)


def later(seconds: float) -> datetime:
    """`NOON` and some seconds."""
    return NOON + timedelta(seconds=seconds)


def heard(
    text: str,
    message_id: str | None = None,
    *,
    chat: str = "anna",
    channel: str = "web",
    language: Language | None = None,
) -> Incoming:
    """A message as a channel hands it over; its id is its text unless told."""
    return Incoming(Chat(channel, chat), message_id or text, text, language=language)


def say(
    db: Database, text: str, message_id: str | None = None, *, chat: str = "anna", cap: int = 1000
) -> Accepted:
    """A shopper's message, accepted."""
    with db.begin() as session:
        return inbox.accept(
            session, heard(text, message_id, chat=chat), backlog_cap=cap, at=NOON, watch=Proofs()
        )


def claim(
    db: Database, owner: str = "host:1:a", *, at: datetime = NOON, limit: int = 10
) -> list[Claim]:
    """What a worker named `owner` gets to answer."""
    with db.begin() as session:
        return bursts.claim(session, owner, at=at, lease=LEASE, limit=limit)


def texts(claimed: Claim) -> list[str]:
    """The burst's texts."""
    return [message.text for message in claimed.messages]


def answer(db: Database, claimed: Claim, text: str = "Here you are.") -> None:
    """Finish the claim with `text`."""
    with db.begin() as session:
        bursts.finish(session, claimed, Say(text, "en"), at=NOON, moods={})


def reconcile(session: Session) -> dict[str, int]:
    """What went wrong with the stored messages, counted (`tests/proofs/reconcile.py`): all 0."""
    stored: dict[int, list[str]] = {}
    for row in session.exec(select(InboxRow).order_by(col(InboxRow.id))):
        stored.setdefault(row.conversation_id, []).append(row.message_id)
    found = verdict(session, stored).counts()
    del found["undelivered"]  # no deliverer runs in these tests
    return found
