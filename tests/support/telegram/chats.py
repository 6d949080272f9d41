"""A chat as it stands on a screen: messages, their edits in order, drafts, topics, members."""

import copy
from dataclasses import dataclass, field
from typing import Any, Literal

JSON = dict[str, Any]
DRAFT_SECONDS = 30.0
MEDIA = ("photo", "document", "voice", "audio", "video", "animation", "video_note", "sticker")
OTHER = ("contact", "location")


def text_of(message: JSON) -> str:
    """What a person reads: text or caption; "[voice]" and the like for the rest."""
    if "text" in message:
        return str(message["text"])
    kind = next((k for k in MEDIA + OTHER if k in message), "service")
    return f"[{kind}] {message.get('caption', '')}".strip()


def buttons_of(message: JSON) -> list[list[JSON]]:
    rows: list[list[JSON]] = message.get("reply_markup", {}).get("inline_keyboard", [])
    return rows


@dataclass(frozen=True)
class Line:
    """One thing that happened in a chat. `message` is the Bot API's object as it was then."""

    kind: Literal["message", "edit", "delete"]
    message: JSON
    from_bot: bool

    @property
    def message_id(self) -> int:
        return int(self.message["message_id"])

    @property
    def text(self) -> str:
        return text_of(self.message)

    @property
    def entities(self) -> list[JSON]:
        return list(self.message.get("entities") or self.message.get("caption_entities") or [])

    @property
    def buttons(self) -> list[str]:
        """The inline buttons' texts, row by row."""
        return [button["text"] for row in buttons_of(self.message) for button in row]

    @property
    def thread_id(self) -> int | None:
        return self.message.get("message_thread_id")

    def __str__(self) -> str:
        who = "bot" if self.from_bot else self.message.get("from", {}).get("first_name", "?")
        mark = {"message": "", "edit": " (edited)", "delete": " (deleted)"}[self.kind]
        thread = f" #{self.thread_id}" if self.thread_id else ""
        buttons = "".join(f" [{text}]" for text in self.buttons)
        return f"{who}{thread}{mark}: {self.text}{buttons}"


@dataclass(frozen=True)
class Draft:
    """A preview that the bot streamed; gone after `DRAFT_SECONDS`, or when a message comes."""

    draft_id: int
    text: str
    at: float
    entities: list[JSON]


@dataclass
class Topic:
    """A forum topic; `thread_id` is the id of the message that opened it."""

    thread_id: int
    name: str
    closed: bool = False


@dataclass
class Chat:
    """One chat with the bot in it. `connection` is set where it is somebody's business chat."""

    id: int
    type: Literal["private", "group", "supergroup"]
    title: str = ""
    username: str = ""
    first_name: str = ""
    is_forum: bool = False
    is_direct_messages: bool = False  # a channel's
    connection: str | None = None
    opened: bool = False  # private: the person has written to the bot
    blocked: bool = False  # private: blocked the bot; group: the bot was removed
    moved_to: int | None = None
    members: dict[int, str] = field(default_factory=dict)  # user id → status
    topics: dict[int, Topic] = field(default_factory=dict)
    directs: dict[int, JSON] = field(default_factory=dict)  # topic id → the customer's account
    screen: dict[int, JSON] = field(default_factory=dict)  # message id → as it is shown now
    log: list[Line] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    draft: Draft | None = None  # the last, until a message of the bot takes its place
    actions: list[str] = field(default_factory=list)
    last_id: int = 0
    last_human_at: float = 0.0

    @property
    def is_group(self) -> bool:
        return self.type != "private"

    @property
    def queue(self) -> str:
        return f"{self.connection or ''}:{self.id}"

    @property
    def json(self) -> JSON:
        """The chat as it stands inside a message."""
        chat: JSON = {"id": self.id, "type": self.type}
        for name in ("title", "username", "first_name"):
            if getattr(self, name):
                chat[name] = getattr(self, name)
        signs = {"is_forum": self.is_forum, "is_direct_messages": self.is_direct_messages}
        return chat | {name: True for name, holds in signs.items() if holds}

    def drop_keyboards(self) -> None:
        """No keyboard under the chat any more; those under messages stay."""
        for message_id, message in self.screen.items():
            if "keyboard" in message.get("reply_markup", {}):
                rest = {k: v for k, v in message.items() if k != "reply_markup"}
                self.screen[message_id] = rest

    def show(self, kind: Literal["message", "edit", "delete"], message: JSON, bot_id: int) -> None:
        """Put a message on the screen, or take it off, and write the line down."""
        sender = message.get("sender_business_bot") or message.get("from", {})
        if kind == "delete":
            del self.screen[message["message_id"]]
        else:
            self.screen[message["message_id"]] = message
        from_bot = sender.get("id") == bot_id
        if kind == "message" and from_bot:
            self.draft = None
        self.log.append(Line(kind, copy.deepcopy(message), from_bot))

    @property
    def transcript(self) -> str:
        """The whole chat, a line each, for a failing test to print."""
        lines = [str(line) for line in self.log]
        return "\n".join(lines + [f"(draft) {draft.text}" for draft in self.drafts[-1:]])
