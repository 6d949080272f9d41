"""Groups with members and topics, and the shop's own chats: Telegram Business, direct messages."""

from dataclasses import dataclass, field
from typing import Any

from tests.support.telegram.account import member, open_topic, remove_topic, set_closed
from tests.support.telegram.chats import Chat, Line, Topic
from tests.support.telegram.people import Seat, user
from tests.support.telegram.world import World

JSON = dict[str, Any]
_CHANNEL_BOT: JSON = {"id": 136817688, "is_bot": True, "first_name": "Channel"}


@dataclass
class Group:
    """A group that the bot is in."""

    world: World
    chat: Chat
    members: dict[int, Seat] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._onlooker = Seat(self.world, self.chat, {"id": 0, "first_name": ""})

    @property
    def id(self) -> int:
        return self.chat.id

    @property
    def log(self) -> list[Line]:
        with self.world.lock:
            return list(self.chat.log)

    @property
    def topics(self) -> dict[int, Topic]:
        return self.chat.topics

    def topic(self, name: str) -> Topic:
        """The newest topic whose name has these words in it."""
        return next(t for t in reversed(list(self.chat.topics.values())) if name in t.name)

    def member(
        self, user_id: int, first_name: str, language_code: str = "en", *, status: str = "member"
    ) -> Seat:
        """Somebody in the group; calling it again gives the same person."""
        with self.world.lock:
            if user_id not in self.members:
                person = user(self.world, user_id, first_name, language_code)
                self.chat.members[user_id] = status
                self.members[user_id] = Seat(self.world, self.chat, person)
            return self.members[user_id]

    def _bot_becomes(self, by: Seat, status: str) -> None:
        with self.world.lock:
            old = member(self.world, self.chat, self.world.bot["id"])
            self.chat.members[self.world.bot["id"]] = status
            self.chat.blocked = status in ("left", "kicked")
            change = {
                "chat": self.chat.json,
                "from": by.person,
                "date": int(self.world.clock()),
                "old_chat_member": old,
                "new_chat_member": member(self.world, self.chat, self.world.bot["id"]),
            }
            self.world.emit("my_chat_member", change, self.chat.queue)

    async def adds_bot(self, by: Seat, *, admin: bool = False) -> None:
        self._bot_becomes(by, "administrator" if admin else "member")

    async def removes_bot(self, by: Seat) -> None:
        self._bot_becomes(by, "kicked")

    async def opens_topic(self, by: Seat, name: str) -> int:
        """A topic made by a person; its thread id."""
        with self.world.lock:
            thread_id = int(open_topic(self.world, self.chat, by.person, name)["message_thread_id"])
            self.world.emit("message", self.chat.screen[thread_id], self.chat.queue)
            return thread_id

    async def closes_topic(self, by: Seat, thread_id: int, *, reopen: bool = False) -> None:
        with self.world.lock:
            topic = self.chat.topics[thread_id]
            message = set_closed(self.world, self.chat, by.person, topic, not reopen)
            self.world.emit("message", message, self.chat.queue)

    async def deletes_topic(self, thread_id: int) -> None:
        """Nothing tells the bot."""
        with self.world.lock:
            remove_topic(self.world, self.chat, self.chat.topics[thread_id])

    async def becomes_supergroup(self, by: Seat, *, forum: bool = False) -> "Group":
        """As Telegram does when topics are switched on: a new id, and the old one refuses."""
        with self.world.lock:
            old = self.chat
            new_id = -1_000_000_000_000 + old.id
            members = dict(old.members)
            new = Chat(new_id, "supergroup", old.title, is_forum=forum, members=members)
            self.world.chats[new_id, None] = new
            body = self.world.message(old, by.person, {"migrate_to_chat_id": new_id})
            self.world.emit("message", body, old.queue)
            body = self.world.message(new, by.person, {"migrate_from_chat_id": old.id})
            self.world.emit("message", body, new.queue)
            old.moved_to = new_id
            group = Group(self.world, new)
            for user_id, seat in self.members.items():
                group.members[user_id] = Seat(self.world, new, seat.person)
            return group

    async def sees(self, substring: str, timeout: float = 30.0) -> Line:
        """For whoever looks at the group; members have a memory of their own."""
        return await self._onlooker.sees(substring, timeout)


@dataclass
class Business:
    """A shop's own Telegram account with the bot connected to it."""

    world: World
    connection: JSON

    @property
    def id(self) -> str:
        return str(self.connection["id"])

    def customer(self, user_id: int, first_name: str, language_code: str = "en") -> Seat:
        """A shopper who writes to the shop's account."""
        with self.world.lock:
            chat = Chat(user_id, "private", first_name=first_name, connection=self.id)
            chat = self.world.chats.setdefault((user_id, self.id), chat)
            return Seat(self.world, chat, user(self.world, user_id, first_name, language_code))

    def owner(self, customer: Seat) -> Seat:
        """The shop's own person, writing in that customer's chat."""
        return Seat(self.world, customer.chat, self.connection["user"])

    async def greets(self, customer: Seat, text: str) -> None:
        """Telegram's own greeting or away message, in the owner's name."""
        with self.world.lock:
            fields = {"text": text, "is_from_offline": True}
            body = self.world.message(customer.chat, self.connection["user"], fields)
            self.world.emit("business_message", body, customer.chat.queue)

    def _announce(self) -> None:
        self.world.emit("business_connection", dict(self.connection), f"connection:{self.id}")

    async def connects(self) -> None:
        with self.world.lock:
            self._announce()

    async def disconnects(self) -> None:
        with self.world.lock:
            self.connection["is_enabled"] = False
            self._announce()

    async def forbids_replies(self) -> None:
        with self.world.lock:
            self.connection["rights"] = {"can_read_messages": True}
            self._announce()

    async def deletes(self, customer: Seat, message_id: int) -> None:
        """The customer or the owner takes a message back."""
        with self.world.lock:
            chat = customer.chat
            chat.show("delete", chat.screen[message_id], self.world.bot["id"])
            body = {
                "business_connection_id": self.id,
                "chat": chat.json,
                "message_ids": [message_id],
            }
            self.world.emit("deleted_business_messages", body, chat.queue)


@dataclass
class DirectSeat(Seat):
    """Somebody in one customer's topic of a channel's direct messages, who sees only that."""

    topic: JSON = field(default_factory=dict)

    def _where(self) -> JSON:
        return {"direct_messages_topic": self.topic}

    def _place(self) -> JSON:
        if self.person["id"] != _CHANNEL_BOT["id"]:
            return self._where()
        return self._where() | {"sender_chat": self.chat.json | {"type": "channel"}}


@dataclass
class Direct:
    """A channel's direct messages, with the bot as an admin that may answer there."""

    world: World
    chat: Chat

    def customer(self, user_id: int, first_name: str, language_code: str = "en") -> DirectSeat:
        """Somebody who writes to the channel: a topic of their own."""
        with self.world.lock:
            person = user(self.world, user_id, first_name, language_code)
            self.chat.directs[user_id] = person
            topic = {"topic_id": user_id, "user": person}
            return DirectSeat(self.world, self.chat, person, topic=topic)

    def owner(self, customer: DirectSeat) -> DirectSeat:
        """A person of the shop, writing in that customer's topic in the channel's name."""
        return DirectSeat(self.world, self.chat, _CHANNEL_BOT, topic=customer.topic)
