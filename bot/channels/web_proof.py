"""A link's proof in the web chat: its token comes in a POST of its own, and nowhere else.

The page takes it out of the address's fragment, which no server, log or referrer ever sees. What
goes on to the bot is a message without it. What a token is worth is `bot/identity.py`'s matter.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlmodel import Session
from starlette.requests import Request

from bot import conversation, identity
from bot.channels.web_messages import Refused, read_json
from bot.conversation import saved
from bot.dialogue import LINK
from bot.texts import t
from bot.types import Chat, Incoming, Language


@dataclass(frozen=True)
class Link:
    """An opened link, and the message that tells the bot of it: the same for the same token."""

    incoming: Incoming
    token: str = field(repr=False)


async def read_link(request: Request, chat: Chat, language: Language) -> Link:
    """The posted token; raises `Refused` when there is none."""
    fields = await read_json(request)
    token = fields.get("token")
    if not isinstance(token, str) or not 0 < len(token) <= 64 or not token.isascii():
        raise Refused(400, "web.error_malformed")
    digest = hashlib.sha256(f"{chat.id} {token}".encode()).digest()
    text = t("proof.opened", language)
    name = str(UUID(bytes=digest[:16]))
    return Link(Incoming(chat, name, text, language=language, choice=LINK), token)


def prove(session: Session, link: Link, *, at: datetime) -> None:
    """Bind the chat to the link's customer, if it is good. A repeat proves the same again."""
    chat, language = link.incoming.chat, link.incoming.language or "en"
    row, _ = conversation.opened(session, chat, language, at=at)
    identity.prove_by_link(session, saved(row.id), link.token, at=at)
