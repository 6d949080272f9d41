"""Who may use the desk: names, roles, passwords (argon2id) and the lock after too many failures.

Browser sessions and the throttle per address are `desk/security.py`; this module knows no HTTP.
"""

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, or_
from sqlmodel import Session, col, select

from bot.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from bot.tables import SessionRow, UserRow

Role = Literal["agent", "admin"]
ROLES: tuple[Role, ...] = ("agent", "admin")
PASSWORD_MIN, PASSWORD_MAX = 10, 200
MAX_FAILURES = 10
LOCK = timedelta(minutes=15)

_NAME = re.compile(r"[^\W_][\w .\-]{0,38}\w|[^\W_]")
_HASHER = PasswordHasher()


@dataclass(frozen=True)
class Proof:
    """What comparing a password with the stored hash gave; holds no password.

    `rehashed` is the same password under today's parameters when the stored hash is older.
    """

    name: str
    encoded: str | None
    correct: bool
    rehashed: str | None


def add(
    session: Session, name: str, role: str, password: str, *, must_change: bool = False
) -> UserRow:
    """A new user. `InputError` for a bad name, role or password, `ConflictError` if it exists."""
    name = _valid_name(name)
    if role not in ROLES:
        raise InputError("users.bad_role", roles=", ".join(ROLES))
    _check_password(name, password)
    if _by_name(session, name) is not None:
        raise ConflictError("users.exists", name=name)
    user = UserRow(
        name=name,
        role=role,
        password_hash=_HASHER.hash(password),
        must_change_password=must_change,
    )
    session.add(user)
    session.flush()
    return user


def authenticate(session: Session, name: str, password: str, at: datetime) -> UserRow | None:
    """The user whose name and password these are, or None: wrong, unknown or locked, all alike.

    It returns instead of raising so that the caller's transaction commits the counted failure.
    Hashing takes tens of milliseconds; a server that must not hold a write transaction that long
    calls `lookup`, `prove` and `admit` itself.
    """
    return admit(session, prove(name, lookup(session, name), password), at)


def lookup(session: Session, name: str) -> str | None:
    """The stored hash of `name`, or None when nobody is called so."""
    user = _by_name(session, name)
    return user.password_hash if user else None


def prove(name: str, encoded: str | None, password: str) -> Proof:
    """Compare without a database, at the same cost whether or not the name is known."""
    nobody = _nobody()
    correct = _verify(encoded or nobody, password[:PASSWORD_MAX]) and encoded is not None
    stale = correct and encoded is not None and _HASHER.check_needs_rehash(encoded)
    return Proof(name, encoded, correct, _HASHER.hash(password) if stale else None)


def admit(session: Session, proof: Proof, at: datetime) -> UserRow | None:
    """Let the user in, or count the failure; the tenth in a row locks the name for 15 minutes.

    A right password that arrives while the name is locked, or that was changed meanwhile, is
    refused like a wrong one.
    """
    user = _by_name(session, proof.name, for_update=True)
    if user is None or (user.locked_until is not None and at < user.locked_until):
        return None
    session.add(user)
    if not proof.correct or user.password_hash != proof.encoded:
        user.failed_logins += 1
        if user.failed_logins >= MAX_FAILURES:
            user.failed_logins, user.locked_until = 0, at + LOCK
        return None
    user.failed_logins, user.locked_until = 0, None
    user.password_hash = proof.rehashed or user.password_hash
    return user


def change_password(
    session: Session,
    name: str,
    password: str,
    *,
    must_change: bool = False,
    keep_session: str | None = None,
) -> UserRow:
    """Set a password, lift the lock and end the user's other logins.

    `keep_session` is the token hash of the login that asked for the change.
    """
    user = find(session, name)
    _check_password(user.name, password)
    if not must_change and _verify(user.password_hash, password):
        raise InputError("users.password_same")
    user.password_hash = _HASHER.hash(password)
    user.must_change_password = must_change
    user.failed_logins, user.locked_until = 0, None
    session.add(user)
    _end_sessions(session, user, keep_session)
    return user


def remove(session: Session, name: str) -> None:
    """Delete a user and their logins. `ForbiddenError` for the last admin: nobody could come in."""
    user = find(session, name)
    admins = session.exec(select(UserRow).where(UserRow.role == "admin").with_for_update()).all()
    if user.role == "admin" and len(admins) <= 1:
        raise ForbiddenError("users.last_admin", name=user.name)
    _end_sessions(session, user, None)
    session.flush()
    session.delete(user)


def find(session: Session, name: str) -> UserRow:
    """The user called `name` in any case. `NotFoundError`."""
    user = _by_name(session, name)
    if user is None:
        raise NotFoundError("users.not_found", name=name)
    return user


def every(session: Session) -> list[UserRow]:
    """All users by name."""
    return list(session.exec(select(UserRow).order_by(func.lower(UserRow.name))))


def ensure_admin(session: Session) -> str | None:
    """With no user at all, create `admin` and return its one-time password; otherwise None.

    The password is to be changed at the first login and can't be read again.
    """
    if session.exec(select(UserRow.id).limit(1)).first() is not None:
        return None
    password = one_time_password()
    add(session, "admin", "admin", password, must_change=True)
    return password


def one_time_password() -> str:
    """About 95 random bits, in groups that can be read out."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))


def _by_name(session: Session, name: str, *, for_update: bool = False) -> UserRow | None:
    """By the exact name, or in another case (SQLite lowers ASCII letters only)."""
    name = _tidy(name)
    statement = (
        select(UserRow)
        .where(or_(col(UserRow.name) == name, func.lower(col(UserRow.name)) == name.lower()))
        .order_by(col(UserRow.name) != name)
    )
    return session.exec(statement.with_for_update() if for_update else statement).first()


def _tidy(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip())


def _valid_name(name: str) -> str:
    name = _tidy(name)
    if not _NAME.fullmatch(name):
        raise InputError("users.bad_name")
    return name


def _check_password(name: str, password: str) -> None:
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise InputError("users.password_length", least=PASSWORD_MIN, most=PASSWORD_MAX)
    if password.strip().casefold() == name.casefold():
        raise InputError("users.password_is_name")


@cache
def _nobody() -> str:
    """The hash of a password that nobody has; made once, and not while the product starts."""
    return _HASHER.hash(secrets.token_hex(16))


def _verify(encoded: str, password: str) -> bool:
    try:
        return _HASHER.verify(encoded, password)
    except (VerificationError, InvalidHashError):
        return False


def _end_sessions(session: Session, user: UserRow, keep: str | None) -> None:
    session.exec(
        delete(SessionRow).where(
            col(SessionRow.user_id) == user.id, col(SessionRow.token_hash) != (keep or "")
        )
    )
