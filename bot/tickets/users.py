"""Who may use the desk: names, roles and passwords (argon2id).

Browser sessions are in `desk/pages/security.py`, how often one may try in `desk/pages/attempts.py`.
This module knows no HTTP.
"""

import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, or_
from sqlmodel import Session, col, select

from bot.database import audit
from bot.database.tables import MemberRow, SessionRow, TokenRow, UserRow
from bot.errors import ConflictError, ForbiddenError, InputError, NotFoundError

Role = Literal["agent", "lead", "admin"]
ROLES: tuple[Role, ...] = ("agent", "lead", "admin")
PASSWORD_MIN, PASSWORD_MAX = 10, 200
FIRST_ADMIN = "admin"

_NAME = re.compile(r"[^\W_][\w .\-]{0,38}\w|[^\W_]")
_SHOWN = 60  # characters of a name for shoppers
_HASHER = PasswordHasher()


@dataclass(frozen=True)
class Stored:
    """What the database has of a user's password: its hash in argon2id's encoded form."""

    user_id: int
    encoded: str


@dataclass(frozen=True)
class Proof:
    """What comparing a password with the stored hash gave; holds no password.

    `rehashed` is the same password under today's parameters when the stored hash is older.
    """

    name: str
    stored: Stored | None
    correct: bool
    rehashed: str | None


@dataclass(frozen=True)
class NewPassword:
    """A password that keeps to the rules, hashed."""

    encoded: str


def add(
    session: Session,
    name: str,
    role: str,
    password: str | NewPassword,
    *,
    must_change: bool = False,
    by: str = "",
) -> UserRow:
    """A new user, added `by` somebody. `InputError` for a bad name, role or password,
    `ConflictError` if it exists.

    A plain password is hashed here, inside the caller's transaction: a server brings it `hashed`.
    """
    name = checked(name, role)
    if _by_name(session, name) is not None:
        raise ConflictError("users.exists", name=name)
    fresh = password if isinstance(password, NewPassword) else hashed(name, password)
    user = UserRow(
        name=name, role=role, password_hash=fresh.encoded, must_change_password=must_change
    )
    session.add(user)
    session.flush()
    audit.note(session, "account.added", by, name, role=role)
    return user


def lookup(session: Session, name: str) -> Stored | None:
    """The stored hash of `name`, or None when nobody is called so."""
    user = _by_name(session, name)
    return Stored(user.id, user.password_hash) if user and user.id is not None else None


def prove(name: str, stored: Stored | None, password: str) -> Proof:
    """Compare without a database, at the same cost whether or not the name is known."""
    encoded = stored.encoded if stored else _nobody()
    correct = _verify(encoded, password[:PASSWORD_MAX]) and stored is not None
    stale = correct and _HASHER.check_needs_rehash(encoded)
    return Proof(name, stored, correct, _HASHER.hash(password) if stale else None)


def admit(session: Session, proof: Proof) -> UserRow | None:
    """The user whom the proof lets in; None when it was wrong, or the password changed since."""
    user = _by_name(session, proof.name, for_update=True)
    if user is None or proof.stored is None or not proof.correct:
        return None
    if user.password_hash != proof.stored.encoded:
        return None
    user.password_hash = proof.rehashed or user.password_hash
    session.add(user)
    return user


def hashed(name: str, password: str, before: Stored | None = None) -> NewPassword:
    """Hash a new password without a database. `InputError` when it is too short, too long, the
    name, or the same as `before`."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise InputError("users.password_length", least=PASSWORD_MIN, most=PASSWORD_MAX)
    if password.strip().casefold() == _tidy(name).casefold():
        raise InputError("users.password_is_name")
    if before is not None and _verify(before.encoded, password):
        raise InputError("users.password_same")
    return NewPassword(_HASHER.hash(password))


def change_password(
    session: Session,
    name: str,
    password: str | NewPassword,
    *,
    must_change: bool = False,
    by: str = "",
) -> UserRow:
    """Set a password and end the user's logins. A plain password is hashed here, as in `add`."""
    user = find(session, name)
    if isinstance(password, str):
        before = None if must_change else lookup(session, name)
        password = hashed(user.name, password, before)
    user.password_hash = password.encoded
    user.must_change_password = must_change
    session.add(user)
    _end_sessions(session, user)
    audit.note(session, "account.password", by, user.name)
    return user


def show_as(session: Session, name: str, shown: str) -> UserRow:
    """What shoppers see instead of the name from now on; "" for the name itself. `InputError`."""
    user, shown = find(session, name), " ".join(_tidy(shown).split())
    if len(shown) > _SHOWN or not all(map(str.isprintable, shown)):
        raise InputError("users.bad_shown", most=_SHOWN)
    user.display_name = shown
    session.add(user)
    audit.note(session, "account.shown", user.name, user.name)
    return user


def remove(session: Session, name: str, by: str = "") -> None:
    """Delete a user and their logins. `ForbiddenError` for the last admin: nobody could come in."""
    user = find(session, name)
    admins = session.exec(select(UserRow).where(UserRow.role == "admin").with_for_update()).all()
    if user.role == "admin" and len(admins) <= 1:
        raise ForbiddenError("users.last_admin", name=user.name)
    _end_sessions(session, user)
    session.exec(delete(MemberRow).where(col(MemberRow.agent) == user.name))
    session.exec(delete(TokenRow).where(col(TokenRow.user_id) == user.id))
    session.flush()
    session.delete(user)
    audit.note(session, "account.removed", by, user.name, role=user.role)


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
    add(session, FIRST_ADMIN, "admin", password, must_change=True)
    return password


def one_time_password() -> str:
    """About 95 random bits, in groups that can be read out."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))


def checked(name: str, role: str) -> str:
    """The name as it is kept; `InputError` for a bad name or role."""
    name = _tidy(name)
    if not _NAME.fullmatch(name):
        raise InputError("users.bad_name")
    if role not in ROLES:
        raise InputError("users.bad_role", roles=", ".join(ROLES))
    return name


def name_key(name: str) -> str:
    """What stands for a name, known or not, where it is only counted: the same in any case."""
    return hashlib.sha256(_tidy(name).casefold().encode()).hexdigest()[:16]


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


@cache
def _nobody() -> str:
    """The hash of a password that nobody has; made once, and not while the product starts."""
    return _HASHER.hash(secrets.token_hex(16))


def _verify(encoded: str, password: str) -> bool:
    try:
        return _HASHER.verify(encoded, password)
    except (VerificationError, InvalidHashError):
        return False


def end_logins(session: Session, user: UserRow, *, by: str, only: str = "", but: str = "") -> int:
    """End a user's logins: all, `only` the one whose hash begins so, all `but` one; how many."""
    logins = session.exec(select(SessionRow).where(SessionRow.user_id == user.id)).all()
    ended = [each for each in logins if each.token_hash.startswith(only) and each.token_hash != but]
    for each in ended:
        session.delete(each)
    if ended:
        audit.note(session, "account.logins_ended", by, user.name, count=len(ended))
    return len(ended)


def _end_sessions(session: Session, user: UserRow) -> None:
    session.exec(delete(SessionRow).where(col(SessionRow.user_id) == user.id))
