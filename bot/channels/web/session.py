"""Who is on the other end of the web chat: signed sessions.

The session is a random chat id in a signed, http-only cookie; it appears in no URL and no page.
With each proof of who asks, and with its end, the chat's session gets another number: cookies with
the one before, which somebody else may have planted or copied, open the chat no more. It ends after
a month without a visit, and half a year after the chat began. How much one session may send is
`limits`' matter.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadSignature, TimestampSigner
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.web.messages import Refused
from bot.conversations import conversation
from bot.database.tables import ConversationRow
from bot.types import Chat

WEB = "web"
IDLE = 30 * 24 * 3600  # seconds
LONGEST = timedelta(days=180)
_NUMBER = re.compile(r"([\w-]{1,100})(?:~(\d{1,9}))?")
_CHAT_ID_BYTES = 24  # 192 bits


@dataclass(frozen=True)
class Visit:
    """A browser's session: which chat, and which of the chat's sessions."""

    chat: Chat
    number: int = 0


class Sessions:
    """Shoppers' session cookies. `secure` is for https, where a foreign page may hold the chat."""

    def __init__(self, secret: str, *, secure: bool) -> None:
        self._signer = TimestampSigner(secret, salt="deskhand.web.session")
        self._secure = secure
        # The __Host- prefix keeps a neighbouring subdomain from planting its own session.
        self.cookie = "__Host-deskhand_chat" if secure else "deskhand_chat"

    def visit(self, request: Request) -> Visit | None:
        """The session of a valid cookie; None without one, or when it is tampered or too old."""
        try:
            value = self._signer.unsign(request.cookies.get(self.cookie, ""), max_age=IDLE).decode()
        except BadSignature:
            return None
        found = _NUMBER.fullmatch(value)
        return Visit(Chat(WEB, found[1]), int(found[2] or 0)) if found else None

    def new(self) -> Visit:
        """The session of a browser that has none."""
        return Visit(Chat(WEB, secrets.token_urlsafe(_CHAT_ID_BYTES)))

    def keep(self, response: Response, visit: Visit) -> None:
        """Set the cookie for a month from now.

        Written by hand, because Python before 3.14 does not know `Partitioned`, without which
        browsers drop the cookie of a chat embedded in another site.
        """
        number = f"~{visit.number}" if visit.number else ""
        value = self._signer.sign(f"{visit.chat.id}{number}").decode()
        scope = "SameSite=None; Secure; Partitioned" if self._secure else "SameSite=Lax"
        header = f"{self.cookie}={value}; Max-Age={IDLE}; Path=/; HttpOnly; {scope}"
        response.headers.append("set-cookie", header)


def admitted(session: Session, visit: Visit, *, at: datetime) -> ConversationRow | None:
    """The visit's conversation; None while nothing was said in it.

    `Refused` (401) when the session is over: the chat has another one, or had it for too long.
    """
    row = conversation.find(session, visit.chat)
    if row is not None and (row.session != visit.number or row.created_at <= at - LONGEST):
        raise Refused(401, "web.error_session")
    return row
