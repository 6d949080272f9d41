"""The database's tables, one schema for SQLite and PostgreSQL. No queries here.

Times are UTC. Enumerations are stored as text, so that a new value needs no migration. JSON columns
hold only lists and maps of plain values. Migrations in `migrations/` create what is declared here;
a test compares the two.

All of what hangs together by conversation is in this one file, long as it is, to be read as one
schema; orders, which know no conversation, are in `order_tables.py`.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Index,
    LargeBinary,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from bot.types import now

_NEVER_AGAIN = {"sqlite_autoincrement": True}  # a deleted row's id must not come back
_UNCLOSED = text("status <> 'closed'")


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware UTC time on both databases (SQLite itself forgets the zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _time() -> Any:
    return Field(default_factory=now, sa_type=UtcDateTime)


def _later() -> Any:
    return Field(default=None, nullable=True, sa_type=UtcDateTime)


class ConversationRow(SQLModel, table=True):
    """One chat's state. The lease says which worker is answering it right now, `language_fixed`
    that the shopper chose the language. `session` counts the web sessions that the chat has had:
    each proof of who asks, and its end, begins another one and makes older cookies void.

    `proven_until` is how long the shopper's proof of who they are counts (`proofs` says who); None
    when there never was one. `dialogue` is the guided dialogue that is going on, `focus` what of
    the catalogue was told last (see `catalogue/focus.py`).
    `origin` is where the shopper came from last, as a link that they followed says, or the page of
    the shop that they wrote on. `traits` is what the channel says of the chat (`bot.types.Trait`),
    with spaces between.
    """

    __tablename__ = "conversations"
    __table_args__ = (UniqueConstraint("channel", "chat_id"), _NEVER_AGAIN)

    id: int | None = Field(default=None, primary_key=True)
    channel: str
    chat_id: str
    name: str = ""  # what the shopper is called there, as far as the channel tells
    status: str = "bot"
    language: str = "en"
    language_fixed: bool = False
    created_at: datetime = _time()
    updated_at: datetime = _time()
    lease_owner: str | None = None
    lease_until: datetime | None = _later()
    proven_until: datetime | None = _later()
    session: int = 0
    dialogue: dict[str, Any] | None = Field(default=None, sa_type=JSON, nullable=True)
    focus: dict[str, Any] | None = Field(default=None, sa_type=JSON, nullable=True)
    origin: str = ""
    traits: str = ""


class TurnRow(SQLModel, table=True):
    """Something said. `meta` keeps what is noted with it (`bot.conversations.noted`) and, with the
    bot's own, the record for auditors: action, confidence, reason, build.

    `answers_inbox_id` is set on the bot's replies alone: the newest inbox row that it answers. Its
    uniqueness is what makes a second answer to the same message impossible.
    """

    __tablename__ = "turns"
    __table_args__ = (Index("ix_turns_conversation", "conversation_id", "id"), _NEVER_AGAIN)

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: int = Field(foreign_key="conversations.id")
    author: str
    text: str
    language: str
    at: datetime = _time()
    message_id: str | None = None
    agent: str | None = None
    buttons: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    sources: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    meta: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    answers_inbox_id: int | None = Field(default=None, unique=True)


class InboxRow(SQLModel, table=True):
    """A shopper's message that was accepted: open until answered (done) or given up (dead)."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("conversation_id", "message_id"),
        Index("ix_inbox_open", "status", "conversation_id", "id"),
        _NEVER_AGAIN,
    )

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: int = Field(foreign_key="conversations.id")
    turn_id: int = Field(foreign_key="turns.id")
    message_id: str
    choice: str | None = None
    status: str = "open"
    attempts: int = 0
    next_at: datetime = _time()
    error: str | None = None
    received_at: datetime = _time()
    done_at: datetime | None = _later()
    answer_turn_id: int | None = Field(default=None, foreign_key="turns.id")


class OutboxRow(SQLModel, table=True):
    """A turn on its way to the shopper: open until the channel took it (sent) or gave up (dead).

    `attempts` failed in a row for the kind of `error`: a text's key, or an exception's name.
    `arrived` of its messages are with the shopper, where the channel needs several for it; the
    last one is noted by the status. Until `held_until` an agent may take it back. `sent_as` is the
    channel's own id of that last message, where the channel has one by which it can be changed.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_open", "status", "conversation_id", "id"), _NEVER_AGAIN)

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: int = Field(foreign_key="conversations.id")
    turn_id: int = Field(foreign_key="turns.id", unique=True)
    channel: str
    status: str = "open"
    arrived: int = 0
    attempts: int = 0
    next_at: datetime = _time()
    error: str | None = None
    created_at: datetime = _time()
    sent_at: datetime | None = _later()
    sent_as: str | None = None
    held_until: datetime | None = _later()
    lease_owner: str | None = None
    lease_until: datetime | None = _later()


class TicketRow(SQLModel, table=True):
    """A conversation that needs a person. At most one per conversation is not closed.

    `outcome` is what a closed one came to. A ticket sleeps from the turn `snoozed_turn` on, until
    the shopper says something after it or `snoozed_until` has come; `pauses` are the sleeps
    that are over, from and till when, as ISO times. What nobody has waits for its `team`.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        Index("ix_tickets_queue", "status", "priority", "id"),
        Index(
            "ix_tickets_unclosed",
            "conversation_id",
            unique=True,
            sqlite_where=_UNCLOSED,
            postgresql_where=_UNCLOSED,
        ),
        _NEVER_AGAIN,
    )

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: int = Field(foreign_key="conversations.id", index=True)
    status: str = "open"  # open → taken → closed; a hand-back closes it, too
    reason: str
    priority: int  # 1 urgent, 2 high, 3 normal
    summary: str
    mood: float = 0.0
    language: str = "en"
    agent: str | None = None
    created_at: datetime = _time()
    taken_at: datetime | None = _later()
    first_reply_at: datetime | None = _later()
    closed_at: datetime | None = _later()
    outcome: str | None = None
    snoozed_turn: int | None = None
    snoozed_at: datetime | None = _later()
    snoozed_until: datetime | None = _later()
    pauses: list[list[str]] = Field(default_factory=list, sa_type=JSON)
    team: str | None = Field(default=None, index=True)


class TeamRow(SQLModel, table=True):
    """People to whom a ticket can be given together, by the name of each."""

    __tablename__ = "teams"

    name: str = Field(primary_key=True)
    created_at: datetime = _time()


class MemberRow(SQLModel, table=True):
    """A user who is in a team."""

    __tablename__ = "team_members"

    team: str = Field(primary_key=True, foreign_key="teams.name")
    agent: str = Field(primary_key=True, index=True)


class TagRow(SQLModel, table=True):
    """A word that agents sort tickets by."""

    __tablename__ = "ticket_tags"

    ticket_id: int = Field(primary_key=True, foreign_key="tickets.id")
    tag: str = Field(primary_key=True, index=True)


class ViewRow(SQLModel, table=True):
    """A part of the queue that an agent has given a name; `query` is what its address says."""

    __tablename__ = "views"
    __table_args__ = (UniqueConstraint("agent", "name"), _NEVER_AGAIN)

    id: int | None = Field(default=None, primary_key=True)
    agent: str
    name: str
    query: str


class LookerRow(SQLModel, table=True):
    """An agent who has a ticket's page open, as of `seen_at`, and when they last wrote there."""

    __tablename__ = "lookers"

    ticket_id: int = Field(primary_key=True, foreign_key="tickets.id")
    agent: str = Field(primary_key=True)
    seen_at: datetime = _time()
    typed_at: datetime | None = _later()


class NoteRow(SQLModel, table=True):
    """What an agent wrote for the others into a conversation; no shopper gets to see it."""

    __tablename__ = "notes"
    __table_args__ = (Index("ix_notes_conversation", "conversation_id", "id"), _NEVER_AGAIN)

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: int = Field(foreign_key="conversations.id")
    ticket_id: int = Field(foreign_key="tickets.id")
    agent: str
    text: str
    at: datetime = _time()


class MentionRow(SQLModel, table=True):
    """An agent whom a note calls by `@name`, and when they have looked at it."""

    __tablename__ = "note_mentions"
    __table_args__ = (Index("ix_note_mentions_agent", "agent", "seen_at"),)

    note_id: int = Field(primary_key=True, foreign_key="notes.id")
    agent: str = Field(primary_key=True)
    seen_at: datetime | None = _later()


class SearchRow(SQLModel, table=True):
    """The words of a turn or a note (`kind`, `ref`), as `conversations/search.py` cuts them. What
    finds by them is made by a migration: SQLite's `search_fts`, PostgreSQL's `search_words`."""

    __tablename__ = "search_texts"
    __table_args__ = (UniqueConstraint("kind", "ref"), _NEVER_AGAIN)

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: int = Field(foreign_key="conversations.id", index=True)
    kind: str
    ref: int
    tokens: str


class DraftRow(SQLModel, table=True):
    """A reply that an agent has begun to write and not sent."""

    __tablename__ = "drafts"
    __table_args__ = (UniqueConstraint("ticket_id", "agent"),)

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="tickets.id")
    agent: str
    text: str
    updated_at: datetime = _time()


class CopilotRow(SQLModel, table=True):
    """A reply that was drafted for an agent, and what became of it: "" while it is offered, used,
    edited (`sent` is how) or discarded. `upto` is the shopper's last turn that it answers."""

    __tablename__ = "copilot_drafts"
    __table_args__ = (Index("ix_copilot_drafts_ticket", "ticket_id", "id"), _NEVER_AGAIN)

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: int = Field(foreign_key="conversations.id", index=True)
    ticket_id: int = Field(foreign_key="tickets.id")
    agent: str
    upto: int
    text: str
    language: str
    sources: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    sure: bool
    model: str = ""
    outcome: str = ""
    sent: str | None = None
    at: datetime = _time()


class CannedRow(SQLModel, table=True):
    """A reply that is kept ready, in one language; `shortcut` is what an agent types for it."""

    __tablename__ = "canned_replies"
    __table_args__ = (UniqueConstraint("shortcut", "language"),)

    id: int | None = Field(default=None, primary_key=True)
    shortcut: str
    language: str
    text: str
    updated_at: datetime = _time()


class UserRow(SQLModel, table=True):
    """Somebody who may use the desk. `password_hash` is argon2id's encoded form.

    `alerts` is how they want to be told that somebody waits: "" while they have not said. `seen_at`
    is when a page of theirs was open last; `away` that they have said not to be there.

    Codes are asked for where there is a `totp_seed`; `totp_step` is the last one that opened, and
    `recovery` the keyed hashes of those that open without the app (`tickets/second_factor.py`).
    """

    __tablename__ = "users"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    display_name: str = ""  # for shoppers' eyes; "" is the name itself
    role: str = "agent"
    telegram_id: int | None = Field(default=None, unique=True, index=True, sa_type=BigInteger)
    link_hash: str | None = None  # SHA-256 of the one-time link that would set `telegram_id`
    link_until: datetime | None = _later()
    password_hash: str
    must_change_password: bool = False
    alerts: str = ""
    seen_at: datetime | None = _later()
    away: bool = False
    languages: str = ""  # which of the shop's they write, with spaces between; "" is all
    most: int = 0  # tickets that are assigned to them by themselves, at a time; 0 is any number
    totp_seed: str | None = None
    totp_step: int = 0
    recovery: list[str] = Field(default_factory=list, sa_type=JSON)
    created_at: datetime = _time()


class SettingRow(SQLModel, table=True):
    """What a page of the desk has set in place of a setting (`tickets/schedule.py`)."""

    __tablename__ = "settings"

    name: str = Field(primary_key=True)
    value: str = ""


class SessionRow(SQLModel, table=True):
    """A desk login. Only the token's SHA-256 is stored, so a stolen database opens no session.

    `awaits_code` says that the password was right and the code is still to come. `browser` is what
    it says it is, in two words.
    """

    __tablename__ = "sessions"

    token_hash: str = Field(primary_key=True)
    user_id: int = Field(foreign_key="users.id", index=True)
    csrf_token: str
    awaits_code: bool = False
    browser: str = ""
    created_at: datetime = _time()
    expires_at: datetime = _time()


class AuditRow(SQLModel, table=True):
    """What somebody did (`database/audit.py`). Triggers refuse to change or delete a row."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_target", "target", "id"), _NEVER_AGAIN)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime, index=True)
    act: str = Field(index=True)
    by: str = Field(index=True)
    target: str
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class TokenRow(SQLModel, table=True):
    """A token with which a program acts as one user. Only its SHA-256 is stored."""

    __tablename__ = "api_tokens"
    __table_args__ = _NEVER_AGAIN

    id: int | None = Field(default=None, primary_key=True)
    name: str
    token_hash: str = Field(unique=True)
    user_id: int = Field(foreign_key="users.id", index=True)
    scopes: str  # with spaces between
    created_at: datetime = _time()
    used_at: datetime | None = _later()


class WebhookRow(SQLModel, table=True):
    """An address that hears of tickets; its secret is derived from `seed` and the product's key."""

    __tablename__ = "webhooks"
    __table_args__ = _NEVER_AGAIN

    id: int | None = Field(default=None, primary_key=True)
    url: str
    events: str  # with spaces between
    seed: str
    created_at: datetime = _time()


class WebhookCallRow(SQLModel, table=True):
    """What an address is to hear: open until it answered well (sent) or for a day did not (dead).
    `body` holds numbers and our own words, nothing that a shopper said."""

    __tablename__ = "webhook_calls"
    __table_args__ = (Index("ix_webhook_calls_open", "status", "next_at"), _NEVER_AGAIN)

    id: int | None = Field(default=None, primary_key=True)
    webhook_id: int = Field(foreign_key="webhooks.id", index=True)
    event: str
    body: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    status: str = "open"
    attempts: int = 0
    next_at: datetime = _time()
    error: str | None = None
    lease_owner: str | None = None
    lease_until: datetime | None = _later()
    created_at: datetime = _time()
    sent_at: datetime | None = _later()


class SecretRow(SQLModel, table=True):
    """Keys that the product made for itself, such as the one that signs shoppers' sessions."""

    __tablename__ = "secrets"

    name: str = Field(primary_key=True)
    value: str
    created_at: datetime = _time()


class LeaseRow(SQLModel, table=True):
    """Something that only one process may do at a time, and who does it until when."""

    __tablename__ = "leases"

    name: str = Field(primary_key=True)
    owner: str
    until: datetime = _time()


class FeedbackRow(SQLModel, table=True):
    """A shopper's 👍 (1) or 👎 (-1) for one of the bot's answers; the newest press counts.

    Sources and index build are copied here, so that the judgement outlives the next build. With a
    `ticket_id` it is for a person's help, of which the turn has asked: 0 while they have not said;
    `word` is what they had to add.
    """

    __tablename__ = "feedback"

    turn_id: int = Field(primary_key=True, foreign_key="turns.id")
    conversation_id: int = Field(foreign_key="conversations.id", index=True)
    value: int
    ticket_id: int | None = Field(default=None, index=True)
    word: str = ""
    build: str = ""
    sources: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    at: datetime = _time()


class AttachmentRow(SQLModel, table=True):
    """A photo or file that a shopper sent. `remote_id` is the channel's name for it.

    `content` is empty until it was fetched; after the last attempt `error` says why it never was.
    """

    __tablename__ = "attachments"
    __table_args__ = (Index("ix_attachments_conversation", "conversation_id", "id"), _NEVER_AGAIN)

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: int = Field(foreign_key="conversations.id")
    turn_id: int = Field(foreign_key="turns.id", index=True)
    kind: str
    name: str
    media_type: str
    size: int
    remote_id: str
    content: bytes | None = Field(default=None, sa_type=LargeBinary)
    status: str = "open"  # open → kept | dead
    attempts: int = 0
    next_at: datetime = _time()
    error: str | None = None
    created_at: datetime = _time()


class MovedGroupRow(SQLModel, table=True):
    """A Telegram group that became a supergroup: its number before and since."""

    __tablename__ = "moved_groups"

    old_id: int = Field(primary_key=True, sa_type=BigInteger)
    new_id: int = Field(sa_type=BigInteger)


class CardRow(SQLModel, table=True):
    """What the agents' group shows of a ticket: the card's message, its topic, what it says.

    `shown` is a digest of what the card says, `relayed` the last turn that went into the topic;
    whoever keeps the group compares both with the ticket, so nothing is forgotten. `stage`: "" only
    the card, "wanted" somebody in the group took it, "open" its turns are relayed, "done" at rest.
    `awaited` is the oldest turn written in the group whose delivery is not at rest.
    """

    __tablename__ = "cards"

    ticket_id: int = Field(primary_key=True, foreign_key="tickets.id")
    chat_id: int = Field(sa_type=BigInteger)
    message_id: int | None = None
    topic_id: int | None = Field(default=None, index=True)
    shown: str = ""
    relayed: int = 0
    stage: str = Field(default="", index=True)
    awaited: int | None = Field(default=None, index=True)
    created_at: datetime = _time()


class CustomerRow(SQLModel, table=True):
    """Somebody known to the shop. `id` is the shop's own; `phone` is digits with country code."""

    __tablename__ = "customers"

    id: str = Field(primary_key=True)
    name: str = ""
    email: str | None = Field(default=None, index=True)
    phone: str | None = Field(default=None, index=True)
    language: str | None = None
    updated_at: datetime = _time()


class ProofRow(SQLModel, table=True):
    """Who a conversation's shopper has proven to be; without a row, nobody.

    With `order_id` the scope is that order alone, else all that is the customer's. `way` is how it
    was proven ("link", "contact", …). It counts until the conversation's `proven_until`.
    `email_hash` is the customer's e-mail at that time: with another one the proof is void.
    """

    __tablename__ = "proofs"

    conversation_id: int = Field(primary_key=True, foreign_key="conversations.id")
    customer_id: str = Field(index=True)
    order_id: str | None = None
    way: str
    email_hash: str = ""
    proven_at: datetime = _time()


class LinkTokenRow(SQLModel, table=True):
    """A one-time link that was made for a customer, and which conversation used it up.

    Only the token's SHA-256 is stored: who reads this table can use none of them. Kept until it
    has expired.
    """

    __tablename__ = "link_tokens"

    token_hash: str = Field(primary_key=True)
    customer_id: str = Field(index=True)
    conversation_id: int | None = Field(default=None, foreign_key="conversations.id")
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)


class CodeRow(SQLModel, table=True):
    """A code asked for by e-mail, the newest of its conversation; the digits are nowhere stored.

    `address` is a keyed hash of where it goes, `customer_id` whose that is: None when nobody's,
    and then everything else goes on as if it were somebody's.
    """

    __tablename__ = "codes"
    __table_args__ = (Index("ix_codes_open", "status", "next_at"),)

    conversation_id: int = Field(primary_key=True, foreign_key="conversations.id")
    address: str
    customer_id: str | None = Field(default=None, index=True)
    language: str = "en"
    code_hash: str | None = None
    tries: int = 0
    expires_at: datetime = _time()
    status: str = "open"  # open → sent | dead
    attempts: int = 0
    next_at: datetime = _time()


class GuessRow(SQLModel, table=True):
    """When proofs of one subject were wrong, as ISO times; `subject` is a chat or a keyed hash.

    `since` is the first of them that is remembered. `elder` is the oldest chat that guessed at a
    guarded subject, `elder_age` how old it was then, in seconds. `customer_id` is whose contact the
    subject is, so that they can be told; None for everything else.
    """

    __tablename__ = "guesses"

    subject: str = Field(primary_key=True)
    times: list[str] = Field(default_factory=list, sa_type=JSON)
    since: datetime | None = _later()
    elder: int | None = None
    elder_age: int = 0
    customer_id: str | None = Field(default=None, index=True)
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime, index=True)


class NoticeRow(SQLModel, table=True):
    """The letter that tells a customer that somebody guessed at their orders: the newest one."""

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_open", "status", "next_at"),)

    customer_id: str = Field(primary_key=True)
    language: str = "en"
    status: str = "open"  # open → sent | dead
    attempts: int = 0
    next_at: datetime = _time()
    created_at: datetime = _time()


class RequestRow(SQLModel, table=True):
    """A wish that changes an order, complete and confirmed by the shopper, for an agent to decide.

    `details` is what the dialogue collected (`requests.py`), `seen` the order's digest at that
    time: another one by now means that the order has changed since. Nothing is changed by the bot.
    """

    __tablename__ = "requests"
    __table_args__ = (Index("ix_requests_ticket", "ticket_id", "id"), _NEVER_AGAIN)

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: int = Field(foreign_key="conversations.id", index=True)
    ticket_id: int = Field(foreign_key="tickets.id")
    customer_id: str = Field(index=True)
    order_id: str = Field(index=True)
    kind: str  # cancel, return, exchange, address
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    summary: str
    seen: str
    language: str = "en"
    status: str = "open"  # open → approved | declined | withdrawn
    agent: str | None = None
    note: str | None = None
    created_at: datetime = _time()
    decided_at: datetime | None = _later()


class UsageRow(SQLModel, table=True):
    """What one model call used. `cost` is in the currency of the configured prices."""

    __tablename__ = "usage"
    __table_args__ = (
        Index("ix_usage_day", "day", "conversation_id"),
        _NEVER_AGAIN,
    )

    id: int | None = Field(default=None, primary_key=True)
    day: str  # UTC, as 2026-11-23
    conversation_id: int = Field(foreign_key="conversations.id")
    model: str
    prompt_tokens: int
    completion_tokens: int
    cost: float = 0.0
    at: datetime = _time()


class GapRow(SQLModel, table=True):
    """Questions of one meaning that the knowledge did not answer, and were dealt with: by the
    entry `entry_id`, or "" left alone. `turns` are those in which they were asked."""

    __tablename__ = "gaps"
    __table_args__ = _NEVER_AGAIN

    id: int | None = Field(default=None, primary_key=True)
    entry_id: str
    language: str
    turns: list[int] = Field(default_factory=list, sa_type=JSON)
    by: str
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime, index=True)


class CorrectionRow(SQLModel, table=True):
    """An answer whose entry says something else by now: corrected in the turn `said_in`, or left as
    it is."""

    __tablename__ = "corrections"

    turn_id: int = Field(primary_key=True, foreign_key="turns.id")
    entry_id: str = Field(primary_key=True)
    said_in: int | None = Field(default=None, foreign_key="turns.id")
    by: str
    at: datetime = _time()
