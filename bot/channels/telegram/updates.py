"""What Telegram tells us, as an `Incoming`, a pressed button, or nothing that concerns the bot.

Pure: no network, no database. Channel posts and service messages are nobody's question. In groups
the bot hears what is addressed to it: a mention, a reply to it, a command with its name. In the
shop's own account (Telegram Business) and in its channel's direct messages the customers are
shoppers, and what the shop's person writes to them is told apart from what the bot or an automatic
greeting says there.
"""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from telegram import CallbackQuery, Message, MessageEntity, Update, User
from telegram.constants import ChatType

from bot.channels.telegram.media import attachment_of, kind_of
from bot.channels.telegram.moved import Moved, moved
from bot.channels.telegram.place import GROUPS, check_ids, place_of
from bot.channels.telegram.proof import Shown, shown
from bot.conversations.attachments import MAX_SIZE
from bot.conversations.feedback import DOWN, UP
from bot.customers.proof_dialogue import LEAVE
from bot.texts import t
from bot.types import Incoming, Language, OwnWords

PERSON = "person"
COMMANDS = ("start", "help", "human", "orders", "logout", "language", "privacy")

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w+))?(?:\s+(.*))?", re.DOTALL)
_START = re.compile(
    r"/start(?:@\w+)?\s+([A-Za-z0-9_-]{1,64})\s*", re.ASCII
)  # what a link may carry
_PRESSED = re.compile(r"t(\d{1,9}):(\d{1,3}|[pud])")  # which turn; which button, a person, 👍, 👎
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")  # no database keeps them
_LONGEST = 4096
_LONGEST_QUOTE = 600
_LONGEST_NAME = 128


@dataclass(frozen=True)
class Me:
    """The bot's own account."""

    id: int
    username: str


@dataclass(frozen=True)
class Press:
    """A button was pressed: the turn that it hangs under, and which (None: "talk to a person").

    `turn_id` is 0 for a button that is not ours; the query wants an answer all the same. `rating`
    is 1 for 👍 and -1 for 👎; `message_id` and `business` say where the button is to be seen.
    """

    query_id: str
    chat_id: int
    turn_id: int
    index: int | None
    sender: str
    sender_id: int
    language: Language | None
    rating: Literal[1, -1] | None = None
    message_id: int = 0
    business: str | None = None


Content = Incoming | OwnWords | Press | Shown | Moved | None


def content_of(update: Update, me: Me) -> Content:
    """What the update says to the bot; None when it says nothing to it."""
    if update.callback_query:
        return _press(update.callback_query)
    business = update.business_message or update.edited_business_message
    message = business or update.message or update.edited_message
    edited = (update.edited_message or update.edited_business_message) is not None
    if message is None:
        return None
    check_ids(message)
    if group := moved(message):
        return group
    if edited and message.edit_date is None:
        return None  # Telegram itself changed something: a reaction, a preview, a button
    if _from_the_shop(message):
        return _own_words(message, edited=edited)
    if not _from_shopper(message, me):
        return None
    if message.chat.type in GROUPS and not (
        message.direct_messages_topic or _addressed(message, me)
    ):
        return None
    incoming = _incoming(message, me, edited=edited)
    proof = None if edited else shown(message)
    if incoming is None or proof is None:
        return incoming
    way, secret = proof
    return Shown(replace(incoming, choice=way), way, secret)


def queue_of(update: Mapping[str, object]) -> object:
    """What must stay in order with what: the chat's id, or the update's own when it has none."""
    for body in update.values():
        if isinstance(body, Mapping):
            message = body.get("message", body)
            chat = message.get("chat") if isinstance(message, Mapping) else None
            if isinstance(chat, Mapping) and isinstance(chat.get("id"), int):
                return chat["id"]
    return ("update", update.get("update_id"))


def language_of(user: User | None) -> Language | None:
    """The language of the shopper's Telegram; None when it does not say."""
    code = user.language_code if user else None
    if not code:
        return None
    return "zh" if code.lower().startswith("zh") else "en"


def command_text(command: str, language: Language) -> str:
    """A command as it stands in the conversation, in words that tell the shopper's language."""
    return t(f"telegram.said_{command}", language)


def media_text(kind: str, language: Language, emoji: str = "") -> str:
    """What stands in the conversation for something that is not text."""
    return f"[{t(f'telegram.media_{kind}', language)}{f' {emoji}' if emoji else ''}]"


def _from_shopper(message: Message, me: Me) -> bool:
    if message.chat.type == ChatType.CHANNEL or message.is_automatic_forward:
        return False
    sender, as_chat = message.from_user, message.sender_chat is not None
    if message.business_connection_id:
        # The shop's own words, its bot's too, come through the same connection.
        return (
            sender is not None
            and sender.id == message.chat.id
            and message.sender_business_bot is None
        )
    # Whoever writes in the name of a group or a channel does so through an account of a bot.
    return sender is not None and sender.id != me.id and (not sender.is_bot or as_chat)


def _from_the_shop(message: Message) -> bool:
    """Whether a person wrote it for the shop: in the shop's account, to the customer whose private
    chat it is, or in its channel's direct messages, in a topic that is a customer's."""
    sender, shopper = message.from_user, _shopper_of(message)
    return (
        sender is not None
        and shopper is not None
        and sender.id != shopper
        and (not sender.is_bot or message.sender_chat is not None)
        and message.sender_business_bot is None
        and not message.is_from_offline  # a greeting, an away message, something scheduled
    )


def _shopper_of(message: Message) -> int | None:
    """The account of the customer with whom the shop's people talk there; None elsewhere."""
    if message.direct_messages_topic is not None:
        customer = message.direct_messages_topic.user
        return customer.id if customer else None
    return message.chat.id if message.business_connection_id else None


def _own_words(message: Message, *, edited: bool) -> OwnWords | None:
    """As it stands there: no command, no question; None for a service message."""
    sender = message.from_user
    language = language_of(sender)
    text = _UNSTORABLE.sub("", message.text or message.caption or "")[:_LONGEST].strip()
    kind = kind_of(message)
    if sender is None or (not text and (kind is None or edited)):
        return None
    attachment = attachment_of(message)
    said = Incoming(
        chat=place_of(message).chat,
        message_id=_number(message, text, edited=edited),
        edits=str(message.message_id) if edited else None,
        text=text or media_text(kind or "other", language or "en"),
        sender=_sender(message),
        language=language,
        attachments=(attachment,) if attachment else (),
    )
    topic = message.direct_messages_topic
    customer = topic.user.full_name if topic and topic.user else message.chat.full_name
    return OwnWords(said, sender.id, _name(customer or ""))


def _addressed(message: Message, me: Me) -> bool:
    """Whether a group's message is meant for the bot."""
    command = _COMMAND.fullmatch(message.text or "")
    if command:
        return (command[2] or "").lower() == me.username.lower()
    answered = message.reply_to_message
    if (
        answered is not None
        and answered.from_user is not None
        and answered.from_user.id == me.id
        and answered.forum_topic_created is None  # "replied to" by everything in the topic
    ):
        return True
    return any(_names(entity, said, me) for entity, said in _entities(message).items())


def _entities(message: Message) -> Mapping[MessageEntity, str]:
    return message.parse_entities() if message.text else message.parse_caption_entities()


def _names(entity: MessageEntity, said: str, me: Me) -> bool:
    if entity.type == MessageEntity.TEXT_MENTION:
        return entity.user is not None and entity.user.id == me.id
    return entity.type == MessageEntity.MENTION and said.lower() == f"@{me.username}".lower()


def _incoming(message: Message, me: Me, *, edited: bool) -> Incoming | None:
    known = language_of(message.from_user)
    said = _said(message, me, known or "en", edited=edited)
    if said is None:
        return None
    text, choice = said
    attachment = attachment_of(message)
    return Incoming(
        chat=place_of(message).chat,
        message_id=_number(message, text, edited=edited),
        edits=str(message.message_id) if edited else None,
        text=text,
        sender=_sender(message),
        language=known,
        choice=choice,
        attachments=(attachment,) if attachment else (),
        more_to_come=bool(message.media_group_id or message.forward_origin),
        quote=_quote(message),
        origin=_origin(message),
    )


def _number(message: Message, text: str, *, edited: bool) -> str:
    """The message's own id; an edit has another one each time."""
    if not edited:
        return str(message.message_id)
    when = int(message.edit_date.timestamp()) if message.edit_date else 0
    # Telegram's seconds are too coarse for somebody who corrects two words quickly.
    return f"edit-{message.message_id}-{when}-{zlib.crc32(text.encode()):08x}"


def _quote(message: Message) -> str:
    """What the message replies to, the part that was marked or all of it; empty for most."""
    answered = message.reply_to_message
    if answered is None or answered.forum_topic_created is not None:
        return ""
    marked = message.quote.text if message.quote else None
    said = marked or answered.text or answered.caption or ""
    return _UNSTORABLE.sub("", said)[:_LONGEST_QUOTE].strip()


def _origin(message: Message) -> str:
    """Where a link to the bot says that the shopper comes from: the words behind /start, unless
    they are a proof's. Empty for every other message."""
    came = _START.fullmatch(message.text or "") if place_of(message).private else None
    return came[1] if came and shown(message) is None else ""


def _said(
    message: Message, me: Me, language: Language, *, edited: bool
) -> tuple[str, str | None] | None:
    """Text and choice of a message; None for a service message."""
    if message.text:
        text = _clean(message.text, me)
        if command := _COMMAND.fullmatch(text):
            return _command(command[1].lower(), (command[3] or "").strip(), language)
        return (text, None) if text else _greeted(language)
    kind = kind_of(message)
    if kind is None:
        return None
    caption = _clean(message.caption or "", me)
    if caption:
        return caption, f"media:{kind}:caption"
    if edited:
        return None  # a live location moves every few seconds
    emoji = (message.sticker.emoji or "") if message.sticker else ""
    attachment = attachment_of(message)
    large = attachment is not None and attachment.size > MAX_SIZE
    return media_text(kind, language, emoji), f"media:{'large' if large else kind}"


def _clean(text: str, me: Me) -> str:
    """Without what no database stores, and without the bot's own name in it."""
    text = _UNSTORABLE.sub("", text)[:_LONGEST]
    called = re.compile(rf"(?<!\S)@{re.escape(me.username)}\b[,:，：]?", re.IGNORECASE)
    return called.sub("", text).strip()


def _greeted(language: Language) -> tuple[str, str]:
    """Somebody only called the bot by its name."""
    return command_text("start", language), "command:start"


def _command(name: str, rest: str, language: Language) -> tuple[str, str]:
    if name == "human":
        return rest or command_text(name, language), PERSON
    if name == "logout":
        return command_text(name, language), LEAVE
    if name == "language" and rest.lower() in ("en", "zh", "english", "chinese", "中文"):
        chosen: Language = "en" if rest.lower().startswith("en") else "zh"
        return command_text(name, chosen), f"command:language:{chosen}"
    if name in COMMANDS:
        return command_text(name, language), f"command:{name}"
    return command_text("unknown", language), "command:unknown"


def _press(query: CallbackQuery) -> Press:
    pressed = _PRESSED.fullmatch(query.data or "") if query.message else None
    which = pressed[2] if pressed else ""
    under = query.message
    if under is not None:
        check_ids(under)
    return Press(
        query_id=query.id,
        chat_id=under.chat.id if under else 0,
        turn_id=int(pressed[1]) if pressed else 0,
        index=int(which) if which.isdigit() else None,
        sender=_name(query.from_user.full_name),
        sender_id=query.from_user.id,
        language=language_of(query.from_user),
        rating={"u": UP, "d": DOWN}.get(which),
        message_id=under.message_id if under else 0,
        business=under.business_connection_id if isinstance(under, Message) else None,
    )


def _sender(message: Message) -> str:
    """Whoever writes in the name of a group or a channel is called as that is."""
    if message.sender_chat is not None:
        return _name(message.sender_chat.effective_name or "")
    return _name(message.from_user.full_name) if message.from_user else ""


def _name(name: str) -> str:
    return _UNSTORABLE.sub("", name)[:_LONGEST_NAME]
