"""Who is on the other end of the web chat: signed sessions.

The session is a random chat id in a signed, http-only cookie; it appears in no URL and no page.
How much one session may send is `web_limits`' matter.
"""

import secrets

from itsdangerous import BadSignature, TimestampSigner
from starlette.requests import Request
from starlette.responses import Response

YEAR = 365 * 24 * 3600
_CHAT_ID_BYTES = 24  # 192 bits


class Sessions:
    """Shoppers' session cookies. `secure` is for https, where a foreign page may hold the chat."""

    def __init__(self, secret: str, *, secure: bool) -> None:
        self._signer = TimestampSigner(secret, salt="deskhand.web.session")
        self._secure = secure
        # The __Host- prefix keeps a neighbouring subdomain from planting its own session.
        self.cookie = "__Host-deskhand_chat" if secure else "deskhand_chat"

    def chat_id(self, request: Request) -> str | None:
        """The chat id of a valid cookie; None without one, or when it is tampered or too old."""
        try:
            return self._signer.unsign(request.cookies.get(self.cookie, ""), max_age=YEAR).decode()
        except BadSignature:
            return None

    def new_chat_id(self) -> str:
        return secrets.token_urlsafe(_CHAT_ID_BYTES)

    def keep(self, response: Response, chat_id: str) -> None:
        """Set the cookie for a year from now.

        Written by hand, because Python before 3.14 does not know `Partitioned`, without which
        browsers drop the cookie of a chat embedded in another site.
        """
        value = self._signer.sign(chat_id).decode()
        scope = "SameSite=None; Secure; Partitioned" if self._secure else "SameSite=Lax"
        header = f"{self.cookie}={value}; Max-Age={YEAR}; Path=/; HttpOnly; {scope}"
        response.headers.append("set-cookie", header)
