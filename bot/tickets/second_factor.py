"""The code from an app (TOTP, RFC 6238) that a log-in may ask for, and what replaces it.

The secret is stored nowhere: it is derived from the product's own key and a random seed, so that a
stolen database makes no codes where the key is a setting. Each code opens once. Recovery codes are
kept as keyed hashes and open once each. How often one may try is `desk/pages/attempts.py`'s matter.
"""

import hmac
import re
import secrets
from base64 import b32encode
from datetime import UTC, datetime

import pyotp
from sqlmodel import Session

from bot.database import audit, keys
from bot.database.tables import UserRow
from bot.errors import ForbiddenError, InputError
from bot.tickets import users

RECOVERY_CODES = 10
_STEP = 30  # seconds that a code is shown
_DRIFT = (0, -1, 1)  # steps by which a telephone's clock may be off
_SEED = re.compile(r"[0-9a-f]{32}")
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def new_seed() -> str:
    """What a new secret is derived from."""
    return secrets.token_hex(16)


def secret(session: Session, seed: str) -> str:
    """The secret of a seed, in base 32 as apps take it. `InputError` for none of our seeds."""
    if not _SEED.fullmatch(seed):
        raise InputError("users.form_expired")
    return b32encode(keys.key(session, f"totp.{seed}")[:20]).decode()


def address(secret: str, name: str) -> str:
    """What an app reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Deskhand")


def turn_on(session: Session, name: str, seed: str, code: str, at: datetime) -> list[str]:
    """Ask `name` for codes from now on; new recovery codes, which are shown only now.

    `ForbiddenError` when the code is not this seed's: the app would lock its owner out.
    """
    user = users.find(session, name)
    step = _step(secret(session, seed), code, at, after=0)
    if step is None:
        raise ForbiddenError("users.code_wrong")
    user.totp_seed, user.totp_step = seed, step
    fresh = _recovery(session, user)
    audit.note(session, "account.code_on", name, user.name)
    return fresh


def renew_recovery(session: Session, name: str) -> list[str]:
    """New recovery codes; the old ones open nothing any more."""
    user = users.find(session, name)
    fresh = _recovery(session, user)
    audit.note(session, "account.recovery", name, user.name)
    return fresh


def turn_off(session: Session, name: str, by: str = "") -> UserRow:
    """Ask `name` for no code any more. `NotFoundError`."""
    user = users.find(session, name)
    if user.totp_seed is not None:
        user.totp_seed, user.recovery = None, []
        session.add(user)
        audit.note(session, "account.code_off", by, user.name)
    return user


def accept(session: Session, user_id: int, code: str, at: datetime) -> bool:
    """Whether the code, or recovery code, opens; it is used up by that."""
    user = session.get(UserRow, user_id, with_for_update=True, populate_existing=True)
    if user is None or user.totp_seed is None:
        return False
    step = _step(secret(session, user.totp_seed), code, at, after=user.totp_step)
    if step is not None:
        user.totp_step = step
        session.add(user)
        return True
    given = _kept(session, code)
    left = [each for each in user.recovery if not hmac.compare_digest(each, given)]
    if len(left) == len(user.recovery):
        return False
    user.recovery = left
    session.add(user)
    audit.note(session, "account.recovery_used", user.name, user.name)
    return True


def _step(secret: str, code: str, at: datetime, *, after: int) -> int | None:
    """Which step's code this is, of those around `at` and later than `after`; None for none."""
    digits = "".join(code.split())
    now = int(at.astimezone(UTC).timestamp()) // _STEP
    app = pyotp.TOTP(secret)
    for step in (now + drift for drift in _DRIFT):
        if hmac.compare_digest(app.generate_otp(step).encode(), digits.encode()) and step > after:
            return step
    return None


def _recovery(session: Session, user: UserRow) -> list[str]:
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    user.recovery = [_kept(session, code) for code in codes]
    session.add(user)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _kept(session: Session, code: str) -> str:
    typed = "".join(code.split()).replace("-", "").casefold()
    return keys.mac(session, "recovery", typed)
