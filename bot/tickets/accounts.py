"""Which Telegram account is which user of the desk: made by a one-time link, or by the id.

Whoever opens the link is that user from then on, so it is good for one use in 15 minutes and only
its SHA-256 is stored. It talks to nobody: the desk shows the link, Telegram brings it back.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.database import audit
from bot.database.tables import UserRow
from bot.errors import ConflictError, ForbiddenError, InputError
from bot.tickets import users

LINK_LIFETIME = timedelta(minutes=15)
PREFIX = "agent_"  # of the payload in https://t.me/<bot>?start=<payload>


def make_link(session: Session, name: str, at: datetime) -> str:
    """A new payload for the user `name`; one that was made before is void. `NotFoundError`."""
    user = users.find(session, name)
    token = secrets.token_urlsafe(24)
    user.link_hash, user.link_until = _digest(token), at + LINK_LIFETIME
    session.add(user)
    return f"{PREFIX}{token}"


def use_link(session: Session, payload: str, telegram_id: int, at: datetime) -> UserRow:
    """Connect the account that opened the link, and use the link up.

    `ForbiddenError` for a link that is used, too old or none of ours; `ConflictError` for an
    account that is another user's.
    """
    digest = _digest(payload.removeprefix(PREFIX))
    waiting = select(UserRow).where(col(UserRow.link_hash).is_not(None)).with_for_update()
    user = next(
        (
            each
            for each in session.exec(waiting)
            if hmac.compare_digest(each.link_hash or "", digest)
        ),
        None,
    )
    if user is None or user.link_until is None or user.link_until <= at:
        raise ForbiddenError("users.telegram_bad_link")
    _connect(session, user, telegram_id, user.name)
    return user


def connect(session: Session, name: str, telegram_id: int, by: str = "") -> UserRow:
    """Connect by the account's number. `NotFoundError`, `ConflictError`, `InputError`."""
    if not 0 < telegram_id < 1 << 52:
        raise InputError("users.telegram_bad_id")
    user = users.find(session, name)
    _connect(session, user, telegram_id, by)
    return user


def disconnect(session: Session, name: str, by: str = "") -> UserRow:
    """From now on the account is nobody; a link that waits is void, too. `NotFoundError`."""
    user = users.find(session, name)
    user.telegram_id = user.link_hash = user.link_until = None
    session.add(user)
    audit.note(session, "account.telegram_off", by, user.name)
    return user


def owner(session: Session, telegram_id: int) -> UserRow | None:
    """The user whose account it is; None for everybody else."""
    return session.exec(select(UserRow).where(UserRow.telegram_id == telegram_id)).one_or_none()


def _connect(session: Session, user: UserRow, telegram_id: int, by: str) -> None:
    other = owner(session, telegram_id)
    if other is not None and other.id != user.id:
        raise ConflictError("users.telegram_taken", name=other.name)
    user.telegram_id = telegram_id
    user.link_hash = user.link_until = None
    session.add(user)
    session.flush()
    audit.note(session, "account.telegram_on", by, user.name)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
