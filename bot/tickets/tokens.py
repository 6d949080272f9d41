"""Tokens of the REST API: each acts as one user, within its scopes, until it is revoked."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.conversations.conversation import saved
from bot.database import audit
from bot.database.tables import TokenRow, UserRow
from bot.errors import InputError, NotFoundError
from bot.tickets import users

SCOPES = ("read", "write", "report")
_PREFIX = "dh_"  # so that scanners of source code know one when they see it
_NAME = 60  # characters
_NOTED = timedelta(minutes=10)


@dataclass(frozen=True)
class Bearer:
    """Who a request comes from: the user as whom the token acts, and what it may."""

    token_id: int
    token: str
    user: str
    role: str
    scopes: frozenset[str]


def make(session: Session, name: str, user: str, scopes: list[str], by: str) -> tuple[int, str]:
    """A new token's number, and the token itself, which cannot be read again. `InputError`."""
    name = " ".join(name.split())
    if not 0 < len(name) <= _NAME or not name.isprintable():
        raise InputError("connections.bad_name", most=_NAME)
    if not scopes or not set(scopes) <= set(SCOPES):
        raise InputError("connections.bad_scopes")
    token = _PREFIX + secrets.token_urlsafe(32)
    acts_as = users.find(session, user)
    row = TokenRow(
        name=name, token_hash=_digest(token), user_id=saved(acts_as.id), scopes=" ".join(scopes)
    )
    session.add(row)
    session.flush()
    audit.note(session, "connection.token_made", by, name, user=acts_as.name, scopes=row.scopes)
    return saved(row.id), token


def revoke(session: Session, token_id: int, by: str) -> None:
    """It opens nothing from now on. `NotFoundError`."""
    row = session.get(TokenRow, token_id)
    if row is None:
        raise NotFoundError("connections.not_found")
    audit.note(session, "connection.token_revoked", by, row.name)
    session.delete(row)


def every(session: Session) -> list[tuple[TokenRow, str]]:
    """All tokens with the user's name, the newest first."""
    query = select(TokenRow, UserRow.name).join(UserRow, col(UserRow.id) == TokenRow.user_id)
    return list(session.exec(query.order_by(col(TokenRow.id).desc())).all())


def bearer(session: Session, token: str) -> tuple[Bearer, datetime | None] | None:
    """Whose token it is, and when it was used last; None for none of ours."""
    query = (
        select(TokenRow, UserRow)
        .join(UserRow, col(UserRow.id) == TokenRow.user_id)
        .where(TokenRow.token_hash == _digest(token))
    )
    found = session.exec(query).first()
    if found is None:
        return None
    row, user = found
    scopes = frozenset(row.scopes.split())
    return Bearer(saved(row.id), row.name, user.name, user.role, scopes), row.used_at


def stale(used_at: datetime | None, at: datetime) -> bool:
    """Whether its use is worth a note: a program may call often."""
    return used_at is None or at - used_at > _NOTED


def used(session: Session, token_id: int, at: datetime) -> None:
    row = session.get(TokenRow, token_id)
    if row is not None:
        row.used_at = at
        session.add(row)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
