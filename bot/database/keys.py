"""The product's own key, and one derived from it for each purpose.

The key is the setting's where there is one, else made once and kept in the database, so that every
process and every restart has the same. It signs nothing itself.
"""

import hashlib
import hmac
import secrets

from sqlmodel import Session, select

from bot.database import transaction
from bot.database.tables import SecretRow
from bot.database.upsert import insert_missing

_NAME = "session"


def master(session: Session) -> str:
    """The key that `Database` was given, else the database's own, made by whoever is first."""
    if given := transaction.secret_key(session):
        return given
    kept = select(SecretRow.value).where(SecretRow.name == _NAME)
    found = session.exec(kept).one_or_none()
    if found is not None:
        return found
    insert_missing(session, SecretRow, {"name": _NAME, "value": secrets.token_urlsafe(48)})
    return session.exec(kept).one()


def key(session: Session, purpose: str) -> bytes:
    """32 bytes for one purpose; what leaks of one says nothing about another."""
    return hmac.digest(master(session).encode(), f"deskhand.{purpose}".encode(), "sha256")


def mac(session: Session, purpose: str, *parts: str) -> str:
    """A keyed hash of `parts` (64 hex digits): what is worth guessing is kept only like this."""
    message = b"".join(len(part.encode()).to_bytes(4) + part.encode() for part in parts)
    return hmac.new(key(session, purpose), message, hashlib.sha256).hexdigest()
