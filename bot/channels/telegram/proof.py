"""Proofs that only Telegram carries: a deep link's token, the shopper's own contact.

A message that carries one is proven before it is handed on, and handed on without the secret: no
token and no number stands in the transcript. What a proof is worth is
`bot/customers/identity.py`'s matter.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from sqlmodel import Session
from telegram import Message
from telegram.constants import ChatType

from bot.conversations import conversation
from bot.conversations.conversation import saved
from bot.customers import identity
from bot.customers.proof_dialogue import TAKEN
from bot.errors import ConflictError
from bot.types import Incoming

Way = Literal["proof:link", "proof:contact"]
LINK: Way = "proof:link"
CONTACT: Way = "proof:contact"
"""Choices of such a message; a button with the second asks for the contact."""

_TOKEN = re.compile(r"/start(?:@\w+)?\s+([A-Za-z0-9_-]{48})\s*")


@dataclass(frozen=True)
class Shown:
    """What a message shows to prove who sent it, and the message without that."""

    incoming: Incoming
    way: Way
    secret: str = field(repr=False)

    @property
    def unproven(self) -> Incoming:
        """The message as one that proves nothing."""
        choice = "command:start" if self.way == LINK else "media:contact"
        return replace(self.incoming, choice=choice)


def shown(message: Message) -> tuple[Way, str] | None:
    """Way and secret; None for everything else, and wherever somebody may read along.

    A contact counts when Telegram says that it is the sender's account, and the sender has sent it
    themselves. Words after /start that cannot be a token of ours are only where they came from.
    """
    if message.chat.type != ChatType.PRIVATE or message.business_connection_id:
        return None
    if token := _TOKEN.fullmatch(message.text or ""):
        return LINK, token[1]
    contact, sender = message.contact, message.from_user
    own = contact is not None and sender is not None and contact.user_id == sender.id
    if contact is not None and own and message.forward_origin is None and message.via_bot is None:
        return CONTACT, contact.phone_number
    return None


def prove(session: Session, found: Shown, *, at: datetime) -> Incoming:
    """Bind the proof to the chat's conversation; the message to hand on. A repeat proves the same
    again. In a chat that is another customer's it proves nothing until they have left."""
    incoming = found.incoming
    row, _ = conversation.opened(session, incoming.chat, incoming.language or "en", at=at)
    check = identity.prove_by_link if found.way == LINK else identity.prove_by_contact
    try:
        check(session, saved(row.id), found.secret, at=at)
    except ConflictError:
        return replace(incoming, choice=TAKEN)
    return incoming
