"""The nouns of one message's story, and the two protocols; imports nothing of ours.

Everybody may know them without knowing how they are stored.

A channel turns what it heard into an `Incoming` and gives it to the `Handler`; what is to be said
comes back later as a `Turn` through `Channel.send`. Replies are pushed, never returned:
an agent's reply may come an hour later.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal, Protocol

Language = Literal["en", "zh"]
Pause = tuple[datetime, datetime | None]
"""From when till when; None while it goes on."""


def now() -> datetime:
    """The current time, timezone-aware, UTC: the only clock that is stored."""
    return datetime.now(UTC)


class Status(StrEnum):
    """Who has a conversation: the bot, the queue, an agent; or it is over."""

    BOT = "bot"
    WAITING = "waiting"
    AGENT = "agent"
    CLOSED = "closed"


class Reason(StrEnum):
    """Why a conversation goes to a person."""

    LOW_CONFIDENCE = "low_confidence"
    NEGATIVE_MOOD = "negative_mood"
    ASKED_FOR_PERSON = "asked_for_person"
    REPEATED_FAILURE = "repeated_failure"
    BOT_FAILED = "bot_failed"
    OUT_OF_SCOPE = "out_of_scope"
    GUESSING = "guessing"
    REQUEST = "request"
    SHOP_WROTE = "shop_wrote"


class Author(StrEnum):
    """Who wrote a turn."""

    SHOPPER = "shopper"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"


Trait = Literal["shared", "contact", "leave"]
"""What a channel says of a chat. "shared": several people read along. "contact": a button can ask
for the shopper's own contact. "leave": nothing that is always in view ends a proof there, so the
bot offers it."""


@dataclass(frozen=True)
class Chat:
    """One shopper's chat: the channel's name, the channel's own id for it, what it says of it."""

    channel: str
    id: str
    traits: frozenset[Trait] = field(default=frozenset(), compare=False)

    @property
    def shared(self) -> bool:
        """Whether several people read along: nobody can prove anything there, nor see an order."""
        return "shared" in self.traits


@dataclass(frozen=True)
class Attachment:
    """A photo or file as a channel heard of it. `kind` is "photo", "voice", "video" or "file",
    `size` in bytes (0: unknown), `remote_id` the channel's own name for it. `content` is there
    where it came with the message; else it is fetched later."""

    kind: str
    name: str
    media_type: str
    size: int
    remote_id: str
    content: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Incoming:
    """One message as a channel heard it. `message_id` is unique in its chat; repeats are dropped.

    `choice` is the value of a pressed button (see `Button`); `language` what the channel knows of
    the shopper's interface, used when the text itself does not tell. `more_to_come`: it is one of
    several that were sent together, which want one answer. `quote` is the earlier message that it
    replies to, or what the shopper marked of it. `address` is the network address that it came
    from, where the channel sees one: guesses are counted by it, it is neither stored nor logged.
    `edits` is the id of the message that this words anew; `origin` where the shopper came from, as
    the link that they followed says, or the shop's page that they write on.
    """

    chat: Chat
    message_id: str
    text: str
    sender: str = ""
    language: Language | None = None
    choice: str | None = None
    attachments: tuple[Attachment, ...] = ()
    more_to_come: bool = False
    quote: str = ""
    edits: str | None = None
    origin: str = ""
    address: str = field(default="", repr=False)


@dataclass(frozen=True)
class OwnWords:
    """What a person of the shop wrote to a shopper past the bot, in the shop's own account.

    `said.sender` is what that person is called, `account` their number on the channel; `shopper`
    is what the shopper is called there.
    """

    said: Incoming
    account: int
    shopper: str


@dataclass(frozen=True)
class Button:
    """Something to press: "entry:<id>", "order:<id>", "person", "command:<name>", "proof:<way>" …

    "proof:contact" asks for the shopper's own contact, where a channel can.
    """

    label: str
    value: str


PRODUCT = "product/"  # before the SKU in the id of a product's entry


@dataclass(frozen=True)
class Suggested:
    """A product that is suggested, in words: its name, why, its price, and where it is; `url` and
    `image` are "" where there is none."""

    sku: str
    name: str
    why: str
    price: str = ""
    url: str = ""
    image: str = ""


@dataclass(frozen=True)
class Source:
    """Where an answer comes from: entry id, file in the knowledge folder, 0..1 score. `image` is
    the https address of a picture, "" for none, `version` that of the entry's words."""

    id: str
    source: str
    score: float
    title: str = ""
    url: str | None = None
    image: str = ""
    version: str = ""


@dataclass(frozen=True)
class Media:
    """A photo or file that goes with what an agent says; `kind` and `file_id` are the channel's own
    names for it, `file_id` "" for the one that is kept with its turn. Without `caption` it came
    with no words, and those of its turn only stand for it where it cannot be shown."""

    kind: str
    file_id: str
    caption: bool = True


@dataclass(frozen=True)
class Correction:
    """What an agent meant to have said in the turn `turn_id`: `text`, "" where they take it back. A
    channel that cannot change what it sent says the whole turn, which tells what it corrects."""

    turn_id: int
    text: str


@dataclass(frozen=True)
class Turn:
    """One thing said in a conversation, by anyone, as every screen shows it.

    `id` grows within a conversation and is never reused, so it is also the reader's cursor.
    `message_id` is the channel's own id of a shopper's message, None for everybody else. `media` is
    what an agent sent with it inside the shopper's channel; `text` stands for it everywhere else.
    `said_to` is the customer whose proof counted when it was said: it is nobody else's business.
    With a `correction` an agent words an earlier turn anew, which says `now` what they meant, ""
    where it was taken back; None for what still says its text. `signed` is the name that the
    shopper sees of an agent who has chosen one.
    """

    id: int
    author: Author
    text: str
    language: Language
    at: datetime
    buttons: tuple[Button, ...] = ()
    sources: tuple[Source, ...] = ()
    agent: str | None = None
    message_id: str | None = None
    media: Media | None = None
    said_to: str = ""
    correction: Correction | None = None
    now: str | None = None
    signed: str = ""

    @property
    def words(self) -> str:
        """What an agent says in it by now; "" for what was taken back, and for a file alone."""
        if self.now is not None:
            return self.now
        return "" if self.media is not None and not self.media.caption else self.text

    @property
    def signature(self) -> str | None:
        """Who speaks, as the shopper may read it; None where nobody has a name."""
        return self.signed or self.agent


@dataclass(frozen=True)
class Message:
    """One open message of a burst; `attempts` made before the claim, and how the last one ended.

    `quote` is the earlier message that it replies to, empty for most. `received_at`: when it was
    accepted.
    """

    inbox_id: int
    turn_id: int
    text: str
    choice: str | None
    attempts: int
    error: str | None = None
    quote: str = ""
    received_at: datetime = field(default_factory=now)


@dataclass(frozen=True)
class Claim:
    """A burst that one worker may answer. `status` and `language` are those of the claim's moment.

    `history` is the last turns without the burst's own, oldest first; `moods` the stored moods of
    the shopper's turns among them. `owner` holds the lease. `proven` says that there once was a
    proof of who asks, which `identity.scope` knows; `dialogue` is one that is going on and
    `focus` what of the catalogue was told last.
    `language_fixed`: the shopper chose the language, so it is not read off what they write.
    `suspect` says that this burst may be what ends processes, `exhausted` that its last attempt
    ended with the process: it is given up, not tried once more.
    """

    conversation_id: int
    chat: Chat
    owner: str
    status: Status
    language: Language
    messages: tuple[Message, ...]
    history: tuple[Turn, ...]
    moods: tuple[float, ...]
    proven: bool = False
    dialogue: Mapping[str, Any] | None = None
    language_fixed: bool = False
    focus: Mapping[str, Any] | None = None
    suspect: bool = False
    exhausted: bool = False

    @property
    def quote(self) -> str:
        """What the burst replies to; empty when it follows on what was said last."""
        return next((each.quote for each in reversed(self.messages) if each.quote), "")


@dataclass(frozen=True)
class Say:
    """What the bot wants to say. `dialogue` is how a guided dialogue goes on from here: empty when
    it is over, None to leave it."""

    text: str
    language: Language
    buttons: tuple[Button, ...] = ()
    sources: tuple[Source, ...] = ()
    dialogue: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Draft:
    """The beginning of an answer that is still being written, all of it fit to be seen.

    `id` grows with the messages that are answered and stays the same while one answer grows.
    """

    id: int
    text: str
    language: Language


@dataclass(frozen=True)
class Candidate:
    """One knowledge entry found for a question, with its evidence.

    `dense` is the best cosine of its passages and `dense_mean` that of its three best phrasings
    (-1..1); `learned` is how likely (0..1) the index's own classifier holds it, None without one.
    The others are shares (0..1): `lexical` of the BM25 score that an identical text would
    get, `overlap` of weighted words in common, `coverage` the smaller of how much of the question
    and how much of the passage the other one has. `score` orders candidates. `contradicts` is what
    in the question says that it is about another thing, "" where nothing does.
    """

    entry_id: str
    language: Language
    title: str
    text: str
    source: str
    kind: str
    dense: float
    dense_mean: float
    lexical: float
    overlap: float
    coverage: float
    score: float
    url: str | None = None
    learned: float | None = None
    contradicts: str = ""


@dataclass(frozen=True)
class Nobody:
    """The shopper has proven nothing: no order is theirs."""


@dataclass(frozen=True)
class OneOrder:
    """The shopper has proven that this one order is theirs, and nothing else."""

    customer_id: str
    order_id: str


@dataclass(frozen=True)
class OneCustomer:
    """The shopper has proven to be this customer: all of the customer's orders are theirs."""

    customer_id: str


Scope = Nobody | OneOrder | OneCustomer
"""What a conversation's shopper may see; made by `identity.scope` alone, never from a text."""

Handler = Callable[[Incoming], Awaitable[None]]
Receipt = Callable[[], None]


@dataclass
class Progress:
    """How far a turn's delivery has come where it takes several messages: `arrived` of them did.

    Kept on disk by `keep`, so that the next attempt, another process's too, goes on from there.
    `sent_as` is the channel's own id of the last message that arrived, where it has one.
    """

    keep: Callable[[int], Awaitable[None]]
    arrived: int = 0
    sent_as: str | None = None

    async def note(self, arrived: int) -> None:
        """Returns once it is on disk; `ConflictError` when another process delivers by now."""
        self.arrived = arrived
        await self.keep(arrived)


@dataclass(frozen=True)
class ChannelState:
    """How a channel stands with the service behind it.

    `by` is how it hears; `heard` when the service last answered as it should, None before it ever
    did. `trouble` is what is wrong `since` then, as a text's key.
    """

    by: str
    heard: datetime | None
    trouble: str | None = None
    since: datetime | None = None


class Channel(Protocol):
    """A way to talk with shoppers; `bot/channels/__init__.py` says how to add one."""

    name: str

    async def run(self, handler: Handler) -> None:
        """Listen until cancelled. A message is acknowledged only after `handler` returned."""

    async def send(self, chat: Chat, reply: Turn, progress: Progress) -> Receipt | None:
        """Deliver once; raises `DeliveryError` when it could not.

        A receipt means that a repeat would be seen: the delivery is then noted before all else, and
        the receipt called once it is. Where a turn takes several messages, those that had arrived
        are left out, and each but the last is noted in `progress` before the next one goes.
        """

    async def typing(self, chat: Chat) -> None:
        """Show that an answer is on its way; best effort."""

    async def preview(self, chat: Chat, draft: Draft) -> None:
        """Show the beginning of an answer; best effort, returns soon, raises nothing.

        The next `send` to the chat replaces it. Call it again with all of the text so far.
        """
