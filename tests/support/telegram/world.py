"""Everything the stand-in knows: chats, people, files, updates, budgets, faults, and what was sent.

No HTTP here and no methods of the API. All of it is guarded by one lock, so the server may run in
its own thread or on the test's event loop alike.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.telegram.budgets import Budgets, Kind, Windows
from tests.support.telegram.chats import Chat
from tests.support.telegram.clock import Clock, Signal
from tests.support.telegram.errors import ApiError, bad_request, forbidden, too_many
from tests.support.telegram.markup import found_entities
from tests.support.telegram.updates import Updates

JSON = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One request as it came in and what became of it. `status` is the HTTP status decided on;
    the bot never read it where `dropped`."""

    method: str
    params: JSON
    status: int
    result: Any
    at: float
    dropped: bool = False

    @property
    def chat_id(self) -> int | None:
        value = self.params.get("chat_id", "")
        return int(value) if str(value).lstrip("-").isdigit() else None


@dataclass(frozen=True)
class Violation:
    """A rule that the bot broke although it had been told."""

    rule: str
    method: str
    chat_id: int
    at: float


@dataclass
class Fault:
    """What goes wrong next. `method` "*": any, `times` -1: until cleared."""

    method: str
    times: int
    chat_id: int | None
    error: ApiError | None = None
    body: str | None = None
    drop: str | None = None  # "before" or "after" acting
    delay: float = 0.0


@dataclass
class Query:
    """A pressed button that waits for its answer."""

    chat: Chat
    user_id: int
    at: float


@dataclass
class Webhook:
    url: str
    secret: str | None
    max_connections: int
    last_error_at: float | None = None
    last_error: str | None = None


@dataclass
class World:
    """One bot's Telegram."""

    token: str
    bot: JSON
    budgets: Budgets
    clock: Clock = field(default_factory=Clock)
    lock: threading.RLock = field(default_factory=threading.RLock)
    updates: Updates = field(default_factory=Updates)
    chats: dict[tuple[int, str | None], Chat] = field(default_factory=dict)
    users: dict[int, JSON] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)  # id → path, content
    queries: dict[str, Query] = field(default_factory=dict)
    answers: list[tuple[int, str, bool]] = field(default_factory=list)  # user, text, alert
    connections: dict[str, JSON] = field(default_factory=dict)
    settings: dict[tuple[str, str, str], Any] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    slowed: int = 0  # calls that a fault has delayed
    released: int = 0  # how often those that were waiting were let go on
    webhook: Webhook | None = None
    polls: int = 0  # the newest getUpdates has this number
    callback_seconds: float = 60.0
    privacy: bool = True
    _last_id: int = 0

    def __post_init__(self) -> None:
        self.signal = Signal(self.lock)
        self.windows = Windows(self.budgets)

    # ids and lookups

    def number(self) -> int:
        self._last_id += 1
        return self._last_id

    def find(self, chat_id: int | str, connection: str | None = None) -> Chat:
        """The chat by id or @name; Telegram's refusals for one that the bot cannot reach."""
        if connection is not None and connection not in self.connections:
            raise bad_request("business connection not found")
        if isinstance(chat_id, str) and chat_id.startswith("@"):
            chat = next((c for c in self.chats.values() if c.username == chat_id[1:]), None)
        else:
            key = int(chat_id) if str(chat_id).lstrip("-").isdigit() else 0
            chat = self.chats.get((key, connection))
        if chat is None:
            raise bad_request("chat not found")
        if chat.moved_to is not None:
            raise ApiError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to=chat.moved_to,
            )
        return chat

    def reach(self, chat: Chat) -> None:
        """Refuse to send where a bot may not."""
        if chat.connection is not None:
            connection = self.connections[chat.connection]
            if not connection["is_enabled"] or not connection["rights"].get("can_reply"):
                raise bad_request("BUSINESS_CONNECTION_NOT_ALLOWED")
            if self.clock() - chat.last_human_at > 24 * 3600:
                raise bad_request("BUSINESS_PEER_USAGE_MISSING")
        elif chat.blocked:
            was = (
                "blocked by the user" if not chat.is_group else f"kicked from the {chat.type} chat"
            )
            raise forbidden(f"bot was {was}")
        elif not chat.is_group and not chat.opened:
            raise forbidden("bot can't initiate conversation with a user")

    # budgets

    def refuse_closed(self, method: str, chat_id: int) -> None:
        """A closed chat answers 429 again, and the bot had been told."""
        now = self.clock()
        seconds = self.windows.closed(chat_id, now)
        if seconds:
            self.violations.append(Violation("sent while closed", method, chat_id, now))
            raise too_many(seconds)

    def spend(self, chat: Chat, kind: Kind = "message") -> None:
        seconds = self.windows.spend(chat.id, kind, self.clock(), group=chat.is_group)
        if seconds:
            raise too_many(seconds)

    # what happens

    def emit(self, kind: str, body: JSON, queue: str) -> None:
        self.updates.add(kind, body, queue, self.clock())
        self.signal.fire()

    def message(self, chat: Chat, sender: JSON, fields: JSON) -> JSON:
        """A new message in the Bot API's form, on the screen."""
        if chat.type == "supergroup":
            chat.last_id += 1
            message_id = chat.last_id
        else:
            message_id = self.number()
        message: JSON = {
            "message_id": message_id,
            "date": int(self.clock()),
            "chat": chat.json,
            "from": sender,
            **{name: value for name, value in fields.items() if value is not None},
        }
        if "text" in message:
            message["entities"] = found_entities(message["text"], message.get("entities", []))
            if not message["entities"]:
                del message["entities"]
        if chat.connection is not None:
            message["business_connection_id"] = chat.connection
        chat.show("message", message, self.bot["id"])
        self.signal.fire()
        return message

    def store(self, kind: str, name: str, content: bytes) -> JSON:
        """Keep a file; its id, unique id and size, as every file object begins."""
        number = len(self.files) + 1
        file_id = f"{kind}-{number}-{self.bot['id']}"
        self.files[file_id] = (f"{kind}s/file_{number}{name[name.rfind('.') :]}", content)
        return {"file_id": file_id, "file_unique_id": f"u{number}", "file_size": len(content)}

    def take_fault(self, method: str, chat_id: int | None, want: Callable[[Fault], bool]) -> Any:
        """The next scripted fault for this call that `want` accepts, one of its times used up."""
        for fault in self.faults:
            if fault.method not in ("*", method) or not want(fault):
                continue
            if fault.chat_id is not None and fault.chat_id != chat_id:
                continue
            if fault.times > 0:
                fault.times -= 1
                if fault.times == 0:
                    self.faults.remove(fault)
            return fault
        return None
