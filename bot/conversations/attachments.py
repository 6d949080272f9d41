"""Photos and files: noted with the message, fetched later where they did not come with it, kept.

What is noted here is on disk when the message is; a channel fetches it (`telegram/files.py`) and
tries again until it is kept or given up, through any number of crashes. It fetches nothing itself.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.conversations import conversation
from bot.conversations.conversation import saved
from bot.database.leases import backoff
from bot.database.tables import AttachmentRow, ConversationRow
from bot.database.transaction import Added, tell
from bot.types import Attachment

MAX_SIZE = 20 * 1024 * 1024  # bytes; what Telegram lets a bot download
MAX_ATTEMPTS = 20  # about an hour, pauses included
TOO_BIG = "too_big"
UNREADABLE = "unreadable"  # what came says nothing by which it could be fetched
GONE = "gone"
UNREACHABLE = "unreachable"


class Found(Added):
    """A file is to be fetched; the key is its row's id."""


@dataclass(frozen=True)
class Fetch:
    """A file that one process may fetch until its claim ends."""

    id: int
    remote_id: str


@dataclass(frozen=True)
class Kept:
    """An attachment as the desk shows it: "open" (on its way), "kept" or "dead" (see `error`)."""

    id: int
    turn_id: int
    kind: str
    name: str
    media_type: str
    size: int
    status: str
    error: str | None


def add(
    session: Session,
    conversation_id: int,
    turn_id: int,
    found: Sequence[Attachment],
    *,
    at: datetime,
) -> None:
    """Note the files of a message; one that the conversation has already is not noted again."""
    for each in found:
        known = select(AttachmentRow.id).where(
            AttachmentRow.conversation_id == conversation_id,
            AttachmentRow.remote_id == each.remote_id,
        )
        if each.remote_id and session.exec(known.limit(1)).first() is not None:
            continue
        error = _hopeless(each)
        row = AttachmentRow(
            conversation_id=conversation_id,
            turn_id=turn_id,
            kind=each.kind,
            name=each.name,
            media_type=each.media_type,
            size=each.size,
            remote_id=each.remote_id,
            content=each.content,
            status="dead" if error else "open" if each.content is None else "kept",
            error=error,
            next_at=at,
            created_at=at,
        )
        session.add(row)
        session.flush()
        if each.content is None:
            tell(session, Found(saved(row.id)))


def _hopeless(file: Attachment) -> str | None:
    """Why it will never be fetched; None for most."""
    if not file.remote_id:
        return UNREADABLE
    return TOO_BIG if file.size > MAX_SIZE else None


def waiting(session: Session, channel: str, *, at: datetime) -> bool:
    """Whether `claim` may find something: a cheap look without a write transaction."""
    query = (
        select(AttachmentRow.id)
        .join(ConversationRow, col(ConversationRow.id) == AttachmentRow.conversation_id)
        .where(
            AttachmentRow.status == "open",
            AttachmentRow.next_at <= at,
            ConversationRow.channel == channel,
        )
    )
    return session.exec(query.limit(1)).first() is not None


def claim(
    session: Session, channel: str, *, at: datetime, lease: timedelta, limit: int
) -> list[Fetch]:
    """Up to `limit` files that are due. A claim that nothing comes of ends after `lease`."""
    query = (
        select(AttachmentRow)
        .join(ConversationRow, col(ConversationRow.id) == AttachmentRow.conversation_id)
        .where(
            AttachmentRow.status == "open",
            AttachmentRow.next_at <= at,
            ConversationRow.channel == channel,
        )
        .order_by(col(AttachmentRow.id))
        .limit(limit)
        .with_for_update(of=AttachmentRow, skip_locked=True)
    )
    fetches = []
    for row in session.exec(query):
        row.attempts += 1
        row.next_at = at + lease
        fetches.append(Fetch(saved(row.id), row.remote_id))
    session.flush()
    return fetches


def keep(session: Session, attachment_id: int, content: bytes) -> None:
    """It is here. Nothing happens when another process was faster, or it was erased meanwhile."""
    row = _open(session, attachment_id)
    if row is not None:
        row.content, row.size, row.status, row.error = content, len(content), "kept", None
        _changed(session, row)


def fail(session: Session, attachment_id: int, error: str, *, for_good: bool, at: datetime) -> str:
    """Note a failed attempt; the status then: "open" to be tried again after a pause, or "dead"."""
    row = _open(session, attachment_id)
    if row is None:
        return "dead"
    row.error, row.next_at = error, at + backoff(row.attempts)
    if for_good or row.attempts >= MAX_ATTEMPTS:
        row.status = "dead"
        _changed(session, row)
    return row.status


def of_turns(session: Session, turn_ids: Collection[int]) -> Mapping[int, list[Kept]]:
    """What came with each of these turns, without the contents."""
    if not turn_ids:
        return {}
    query = (
        select(
            AttachmentRow.id,
            AttachmentRow.turn_id,
            AttachmentRow.kind,
            AttachmentRow.name,
            AttachmentRow.media_type,
            AttachmentRow.size,
            AttachmentRow.status,
            AttachmentRow.error,
        )  # type: ignore[call-overload]
        .where(col(AttachmentRow.turn_id).in_(turn_ids))
        .order_by(col(AttachmentRow.id))
    )
    found: dict[int, list[Kept]] = {}
    for row in session.exec(query):
        found.setdefault(row.turn_id, []).append(Kept(*row))
    return found


def content(session: Session, attachment_id: int) -> tuple[str, str, bytes] | None:
    """Name, media type as the sender gave it, and the bytes; None for what is not here."""
    row = session.get(AttachmentRow, attachment_id)
    if row is None or row.content is None:
        return None
    return row.name, row.media_type, row.content


def of_turn(session: Session, turn_id: int) -> tuple[str, bytes] | None:
    """Name and content of the file that came with a turn; None where none is here."""
    query = select(AttachmentRow).where(
        AttachmentRow.turn_id == turn_id, AttachmentRow.status == "kept"
    )
    row = session.exec(query.order_by(col(AttachmentRow.id)).limit(1)).first()
    return None if row is None or row.content is None else (row.name, row.content)


def _open(session: Session, attachment_id: int) -> AttachmentRow | None:
    query = select(AttachmentRow).where(
        AttachmentRow.id == attachment_id, AttachmentRow.status == "open"
    )
    return session.exec(query.with_for_update()).one_or_none()


def _changed(session: Session, row: AttachmentRow) -> None:
    session.flush()
    tell(session, conversation.Changed(row.conversation_id))
