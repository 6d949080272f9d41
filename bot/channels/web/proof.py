"""A link's proof in the web chat: its token comes in a POST of its own, and nowhere else.

The page takes it out of the address's fragment, which no server, log or referrer ever sees. What
goes on to the bot is a message without it. What a token is worth is
`bot/customers/identity.py`'s matter. In
a chat that is another customer's it proves nothing: its customer gets a chat of their own.
"""

import hashlib
from datetime import datetime
from uuid import UUID

from sqlmodel import Session
from starlette.requests import Request

from bot.channels.web.messages import Refused, read_json
from bot.channels.web.session import Visit, admitted
from bot.conversations import conversation
from bot.conversations.conversation import saved
from bot.customers import identity
from bot.customers.proof_dialogue import LINK
from bot.errors import ConflictError
from bot.texts import t
from bot.types import Chat, Incoming, Language


async def read_token(request: Request) -> str:
    """The posted token; raises `Refused` when there is none."""
    fields = await read_json(request)
    token = fields.get("token")
    if not isinstance(token, str) or not 0 < len(token) <= 64 or not token.isascii():
        raise Refused(400, "web.error_malformed")
    return token


def told(chat: Chat, token: str, language: Language) -> Incoming:
    """The message that tells the bot of an opened link: the same for the same token."""
    digest = hashlib.sha256(f"{chat.id} {token}".encode()).digest()
    name = str(UUID(bytes=digest[:16]))
    return Incoming(chat, name, t("proof.opened", language), language=language, choice=LINK)


def prove(
    session: Session, visit: Visit, fresh: Visit, token: str, language: Language, *, at: datetime
) -> Visit:
    """Bind the chat to the link's customer, if it is good; the session that the browser has then.

    `fresh` is a chat of their own, where this one is somebody else's. A repeat proves the same
    again, also for a browser that never heard the first answer.
    """
    row, _ = conversation.opened(session, visit.chat, language, at=at)
    used_here = identity.used_here(session, saved(row.id), token)
    if not used_here:
        admitted(session, visit, at=at)
    try:
        identity.prove_by_link(session, saved(row.id), token, at=at)
    except ConflictError:
        visit = fresh
        row, _ = conversation.opened(session, visit.chat, language, at=at)
        identity.prove_by_link(session, saved(row.id), token, at=at)
    return Visit(visit.chat, row.session)
