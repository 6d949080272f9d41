"""Logins of the desk: the session cookie, CSRF tokens, the Origin check and headers.

It does not check passwords (`door.py`) and does not render pages.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette.responses import Response

from bot.database.tables import SessionRow, UserRow

COOKIE = "deskhand_desk"
LOGIN_COOKIE = "deskhand_login"
PATH = "/desk"
LIFETIME = timedelta(hours=12)
CODE_LIFETIME = timedelta(minutes=10)
"""Between the password and the code."""

RENEW_BELOW = LIFETIME - timedelta(hours=1)
"""A look at a page prolongs the login, but writes so at most once an hour."""

_BROWSERS = (  # each one's sign also stands in some that come before it
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # `secrets.token_urlsafe(32)`

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "media-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    # Not "no-referrer": that makes browsers send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


@dataclass(frozen=True)
class Login:
    """Who is looking: a user with a valid session. `has_code` says that logging in takes the code
    from an app, too, `awaits_code` that this login has not had it yet."""

    user_id: int
    name: str
    role: str
    must_change_password: bool
    token_hash: str
    csrf: str
    expires_at: datetime
    awaits_code: bool = False
    has_code: bool = False

    @property
    def admin(self) -> bool:
        return self.role == "admin"

    @property
    def lead(self) -> bool:
        """Whether they see to what all agents work with; an admin does, too."""
        return self.role in ("lead", "admin")


def digest(token: str) -> str:
    """What the database keeps of a token: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def start_session(
    session: Session, user_id: int, at: datetime, *, browser: str = "", awaits_code: bool = False
) -> str:
    """A new login; returns the token that only the browser will know. Expired ones are swept."""
    session.execute(delete(SessionRow).where(col(SessionRow.expires_at) <= at))
    token = secrets.token_urlsafe(32)
    session.add(
        SessionRow(
            token_hash=digest(token),
            user_id=user_id,
            csrf_token=secrets.token_urlsafe(32),
            awaits_code=awaits_code,
            browser=browser,
            created_at=at,
            expires_at=at + (CODE_LIFETIME if awaits_code else LIFETIME),
        )
    )
    return token


def find_login(session: Session, token_hash: str, at: datetime) -> Login | None:
    """The login behind a token's hash, or None when unknown, expired or its user removed."""
    found = session.exec(
        select(SessionRow, UserRow)
        .join(UserRow, col(UserRow.id) == col(SessionRow.user_id))
        .where(SessionRow.token_hash == token_hash)
    ).first()
    if found is None or found[0].expires_at <= at:
        return None
    kept, user = found
    return Login(
        user_id=kept.user_id,
        name=user.name,
        role=user.role,
        must_change_password=user.must_change_password,
        token_hash=kept.token_hash,
        csrf=kept.csrf_token,
        expires_at=kept.expires_at,
        awaits_code=kept.awaits_code,
        has_code=user.totp_seed is not None,
    )


def renew(session: Session, token_hash: str, at: datetime) -> None:
    """Move the login's end to 12 hours from `at`."""
    kept = session.get(SessionRow, token_hash)
    if kept is not None:
        kept.expires_at = at + LIFETIME
        session.add(kept)


def end_session(session: Session, token_hash: str) -> None:
    """Log out: the token opens nothing any more, wherever it was copied to."""
    session.execute(delete(SessionRow).where(col(SessionRow.token_hash) == token_hash))


def pass_code(session: Session, token_hash: str, at: datetime) -> None:
    """The code was right: from now on the login opens every page."""
    kept = session.get_one(SessionRow, token_hash)
    kept.awaits_code, kept.expires_at = False, at + LIFETIME
    session.add(kept)


def logins(session: Session, user_id: int, at: datetime) -> list[SessionRow]:
    """Where a user is logged in, the newest first."""
    query = select(SessionRow).where(SessionRow.user_id == user_id, SessionRow.expires_at > at)
    return list(session.exec(query.order_by(col(SessionRow.created_at).desc())))


def browser(request: Request) -> str:
    """What the browser says it is, in two words of ours: "Firefox · Linux"; "" for none we know."""
    said = request.headers.get("user-agent", "")[:400]
    name = next((name for sign, name in _BROWSERS if sign in said), "")
    system = next((name for sign, name in _SYSTEMS if sign in said), "")
    return " · ".join(filter(None, (name, system)))


def set_cookie(response: Response, name: str, value: str, *, secure: bool) -> None:
    response.set_cookie(
        name,
        value,
        max_age=int(LIFETIME.total_seconds()),
        path=PATH,
        httponly=True,
        secure=secure,
        samesite="strict",
    )


def well_formed(token: str) -> str:
    """`token` if we could have made it, else "": what goes back into a cookie is nobody's joke."""
    return token if _TOKEN.fullmatch(token) else ""


def same_token(given: str, kept: str) -> bool:
    """Constant-time comparison; an empty token equals nothing."""
    return bool(kept) and secrets.compare_digest(given.encode(), kept.encode())


def same_origin(request: Request) -> bool:
    """Whether a form came from our own page, as far as the browser tells.

    The host alone is compared: behind a proxy that ends TLS the scheme seen here is http.
    """
    origin = request.headers.get("origin")
    if origin is not None:
        host = origin.partition("://")[2]
        return bool(host) and host == request.headers.get("host", "")
    return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
