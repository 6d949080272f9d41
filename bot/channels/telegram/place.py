"""Where a shopper on Telegram is: the chat, and which of the people in it they are. Pure.

A conversation's `Chat.id` is a place in writing. Budgets, topics and sending go by the Telegram
chat alone; in a group the person parts one shopper's conversation from everybody else's.
"""

import re
from dataclasses import dataclass

from telegram import MaybeInaccessibleMessage, Message
from telegram.constants import ChatType

from bot.types import Chat, Trait

NAME = "telegram"
GROUPS = (ChatType.GROUP, ChatType.SUPERGROUP)
_BEYOND = 2**53  # Telegram's numbers have at most 52 bits
_PLACE = re.compile(r"(-?\d{1,19})(?:/(\d{1,19}))?(?:/d(\d{1,19}))?(?::(-?\d{1,19}))?(?:@(.+))?")


@dataclass(frozen=True)
class Place:
    """A chat's id; the topic in it, the Business connection it is reached through, the shopper's
    own topic in a channel's direct messages (`direct`), and in a group whose conversation it is
    (`person`): their account, or the chat in whose name they write there.

    A group's place without a person was stored by a version that took a group for one shopper.
    """

    chat_id: int
    thread_id: int | None = None
    business: str | None = None
    direct: int | None = None
    person: int | None = None

    @property
    def chat(self) -> Chat:
        thread = f"/{self.thread_id}" if self.thread_id else ""
        direct = f"/d{self.direct}" if self.direct else ""
        person = f":{self.person}" if self.person else ""
        business = f"@{self.business}" if self.business else ""
        # Through a business account no keyboard can ask for the contact. Telegram numbers what
        # several people read below zero.
        traits: set[Trait] = {"leave"}
        if self.chat_id < 0:
            traits.add("shared")
        elif self.business is None:
            traits.add("contact")
        return Chat(NAME, f"{self.chat_id}{thread}{direct}{person}{business}", frozenset(traits))

    @property
    def private(self) -> bool:
        """Whether one person is alone with the bot there."""
        return self.chat_id > 0 and self.business is None

    @classmethod
    def of(cls, chat: Chat) -> "Place":
        """The place that `chat` names; `ValueError` for an id that this module did not make."""
        match = _PLACE.fullmatch(chat.id)
        if match is None:
            raise ValueError(chat.id)
        chat_id, thread, direct, person, business = match.groups()
        return cls(int(chat_id), _number(thread), business, _number(direct), _number(person))


def place_of(message: Message) -> Place:
    """Where the message's shopper is. Outside of topics a thread's id only says what was replied
    to."""
    topic = message.direct_messages_topic
    if topic is not None:
        return Place(message.chat.id, direct=topic.topic_id)
    return Place(
        message.chat.id,
        message.message_thread_id if message.is_topic_message else None,
        message.business_connection_id,
        person=_person(message) if message.chat.type in GROUPS else None,
    )


def check_ids(message: MaybeInaccessibleMessage) -> None:
    """`ValueError` for numbers that Telegram would not give, and that no database may take."""
    numbers: list[object] = [message.chat.id, message.message_id]
    if isinstance(message, Message):
        users = (message.from_user, message.sender_chat)
        numbers += [user.id for user in users if user is not None]
        numbers += [message.migrate_to_chat_id or 0, message.migrate_from_chat_id or 0]
        topic = message.direct_messages_topic
        numbers += [message.message_thread_id or 0, topic.topic_id if topic else 0]
    if not all(isinstance(number, int) and abs(number) < _BEYOND for number in numbers):
        raise ValueError("no number of Telegram's")


def _person(message: Message) -> int | None:
    """Anonymous administrators all write as the group: nothing tells one from the other."""
    if message.sender_chat is not None:
        return message.sender_chat.id
    return message.from_user.id if message.from_user else None


def _number(digits: str | None) -> int | None:
    return int(digits) if digits else None
