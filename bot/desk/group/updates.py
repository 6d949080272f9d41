"""What an update from the agents' group says: a press, a command, a text, a file. Pure.

Which ticket a reply means stands in the bot's own message that it answers: its first word is the
ticket's number. Nobody else's words are believed in this.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from telegram import CallbackQuery, Message, User
from telegram.constants import ChatType

from bot.channels.telegram.updates import Me, language_of
from bot.types import Language, Media

_PRESS = re.compile(r"desk:(take|over):(\d{1,9})")
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w+))?(?:\s+(.*))?", re.DOTALL)
_HEADER = re.compile(r"[^\w#]{0,4}#(\d{1,9})\b")
_NUMBERED = re.compile(r"\s*#(\d{1,9})\s+(.*)", re.DOTALL)
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_FILES = ("document", "video", "voice", "audio", "animation", "video_note", "sticker")


@dataclass(frozen=True)
class Person:
    """Who did it. `id` is 0 for an administrator who writes as the group."""

    id: int
    language: Language | None


@dataclass(frozen=True)
class ButtonPress:
    """A card's button. `action` is "take" or "over"; "" for a button that is none of ours."""

    query_id: str
    person: Person
    chat_id: int
    message_id: int
    action: str
    ticket_id: int


@dataclass(frozen=True)
class GroupMessage:
    """A message in a group or a private chat.

    `thread_id` is the topic it stands in, `about` the ticket that the answered message is about;
    `to_bot` whether it answers a message of the bot's at all. A text that begins with "#12" names
    its ticket itself. `command` is without slash, "" for none; `text` is what follows it. `brought`
    says that there is something which can neither be read nor passed on.
    """

    person: Person
    chat_id: int
    message_id: int
    at: datetime
    private: bool
    thread_id: int | None = None
    about: int | None = None
    to_bot: bool = False
    command: str = ""
    text: str = ""
    media: Media | None = None
    brought: bool = False
    edited: bool = False

    @property
    def request_id(self) -> str:
        """The same for the same message, however often Telegram repeats it."""
        return f"telegram:{self.chat_id}:{self.message_id}"


def button_press(query: CallbackQuery) -> ButtonPress | None:
    """The press, None when the button is a shopper's."""
    if not (query.data or "").startswith("desk:"):
        return None
    match = _PRESS.fullmatch(query.data or "") if query.message else None
    return ButtonPress(
        query.id,
        _person(query.from_user),
        query.message.chat.id if query.message else 0,
        query.message.message_id if query.message else 0,
        match[1] if match else "",
        int(match[2]) if match else 0,
    )


def group_message(message: Message, me: Me, *, edited: bool) -> GroupMessage | None:
    """What was written; None for service messages and for commands to another bot."""
    sender = message.from_user
    if sender is None or (sender.is_bot and message.sender_chat is None):
        return None
    text = _UNSTORABLE.sub("", message.text or message.caption or "").strip()
    command, rest = "", text
    if message.text and (match := _COMMAND.fullmatch(text)):
        if (match[2] or me.username).lower() != me.username.lower():
            return None
        command, rest = match[1].lower(), (match[3] or "").strip()
    media = _media(message)
    brought = media is None and not text and message.effective_attachment is not None
    if not (text or media or brought):
        return None
    about, to_bot = _answered(message, me)
    if to_bot and about is None and (match := _NUMBERED.fullmatch(rest)):
        about, rest = int(match[1]), match[2].strip()
    return GroupMessage(
        # An anonymous administrator comes through an account that all of them share.
        Person(0, None) if message.sender_chat is not None else _person(sender),
        message.chat.id,
        message.message_id,
        message.date,
        message.chat.type == ChatType.PRIVATE,
        message.message_thread_id if message.is_topic_message else None,
        about,
        to_bot,
        command,
        rest,
        media,
        brought,
        edited,
    )


def _person(user: User) -> Person:
    return Person(user.id, language_of(user))


def _answered(message: Message, me: Me) -> tuple[int | None, bool]:
    """The ticket that the answered message is about, and whether the bot wrote that message."""
    answered = message.reply_to_message
    if answered is None or answered.from_user is None or answered.from_user.id != me.id:
        return None, False
    if answered.forum_topic_created is not None:
        return None, False  # "answered" by everything in the topic
    header = _HEADER.match(answered.text or answered.caption or "")
    return (int(header[1]) if header else None), True


def _media(message: Message) -> Media | None:
    if message.photo:
        return Media("photo", message.photo[-1].file_id)
    for kind in _FILES:
        # Telegram sends an animation as a document, too.
        if kind == "document" and message.animation:
            continue
        if (file := getattr(message, kind)) is not None:
            return Media(kind, file.file_id)
    return None
