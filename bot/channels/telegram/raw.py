"""A message that python-telegram-bot cannot read, as much of it as can be read. Pure.

Telegram adds kinds of attachments faster than libraries learn them, and a shopper's words are not
lost with the thing beside them: whatever stops the reading is left out, field by field, and a file
among it becomes one that nobody could read, so that an agent is told.
"""

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, TypeVar

from telegram.constants import MessageAttachmentType
from telegram.error import TelegramError

T = TypeVar("T")
UNREADABLE = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,  # a date beyond all calendars
    OSError,  # another one
    RecursionError,
    TelegramError,
)
"""What the library and our own reading raise for fields that are not what they should be."""
_MESSAGES = ("message", "edited_message", "business_message", "edited_business_message")
_CORE: tuple[tuple[str, type], ...] = (("message_id", int), ("date", int), ("chat", dict))
_SENDER = ("id", "is_bot", "first_name", "last_name", "username", "language_code")
_FIELDS = 64  # of a message that are tried; Telegram knows about a hundred and sends a dozen
# Without these nobody could tell who speaks, and to whom.
_WHOSE = frozenset(
    {
        "business_connection_id",
        "direct_messages_topic",
        "is_from_offline",
        "sender_business_bot",
        "sender_chat",
    }
)
_FILES = frozenset(MessageAttachmentType)
_UNREAD = {"file_id": "", "file_unique_id": ""}  # no file of Telegram's is called so


def salvage(raw: Mapping[str, Any], read: Callable[[Mapping[str, Any]], T]) -> T | None:
    """What `read` makes of what is left of the update; None where that is nothing.

    `read` raises one of `UNREADABLE` where it cannot; so it is asked again for each field.
    """
    kind = next((kind for kind in _MESSAGES if isinstance(raw.get(kind), Mapping)), None)
    if kind is None or not all(isinstance(raw[kind].get(name), of) for name, of in _CORE):
        return None
    whole = raw[kind]
    message = {name: whole[name] for name, _ in _CORE}
    update = {"update_id": raw["update_id"], kind: message}
    sender = whole.get("from")
    if isinstance(sender, Mapping):
        message["from"] = {name: sender[name] for name in _SENDER if name in sender}
    if not _reads(update, read):
        return None
    unread = False
    for name, value in islice(whole.items(), _FIELDS):
        if name in message:
            continue
        message[name] = value
        if not _reads(update, read):
            if name in _WHOSE:
                return None
            del message[name]
            unread = unread or name in _FILES
    if unread and not any(name in message for name in _FILES):
        message["document"] = _UNREAD
    return read(update)


def _reads(update: Mapping[str, Any], read: Callable[[Mapping[str, Any]], object]) -> bool:
    try:
        read(update)
    except UNREADABLE:
        return False
    return True
