"""A conversation: who has it, what was said, and in which order.

Whoever adds a turn holds the conversation's lock, so turn ids grow in the order in which they
become visible and a reader's cursor never misses one. It decides nothing about answers or tickets.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, bindparam, func, update
from sqlalchemy import insert as insert_into
from sqlalchemy import select as select_from
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, SQLModel, col, select

from bot.conversations import search
from bot.conversations.noted import Noted
from bot.database.tables import ConversationRow, OutboxRow, ProofRow, TurnRow, UserRow
from bot.database.transaction import tell
from bot.database.upsert import insert_missing
from bot.errors import ConflictError, NotFoundError
from bot.types import (
    Author,
    Button,
    Chat,
    Language,
    Source,
    Status,
    Trait,
    Turn,
    now,
)

TURNS = SQLModel.metadata.tables["turns"]
INBOX = SQLModel.metadata.tables["inbox"]
_CONVERSATIONS = SQLModel.metadata.tables["conversations"]
_REPEATS_WITHIN = 50
_NOTHING = Noted()
# What every message and answer needs is asked without the ORM, which costs five times as much, or
# by a query that is put together once.
_ADD = insert_into(TURNS).returning(TURNS.c.id)
_LAST = (
    select_from(TURNS)
    .where(TURNS.c.conversation_id == bindparam("conversation"))
    .order_by(TURNS.c.id.desc())
    .limit(bindparam("most"))
)
_LOCKED = select(ConversationRow).with_for_update().execution_options(populate_existing=True)
_OF_CHAT = _LOCKED.where(
    ConversationRow.channel == bindparam("channel"), ConversationRow.chat_id == bindparam("chat")
)
_SET = update(_CONVERSATIONS).where(_CONVERSATIONS.c.id == bindparam("row"))
_BY_ID = _LOCKED.where(ConversationRow.id == bindparam("row"))
TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    Status.BOT: frozenset({Status.WAITING, Status.CLOSED}),
    Status.WAITING: frozenset({Status.AGENT, Status.BOT, Status.CLOSED}),
    Status.AGENT: frozenset({Status.WAITING, Status.BOT, Status.CLOSED}),
    Status.CLOSED: frozenset({Status.BOT}),
}


@dataclass(frozen=True)
class Changed:
    """An event: a conversation has a new turn, or one of its turns a rating or a file."""

    conversation_id: int


def move(row: ConversationRow, to: Status) -> None:
    """Change the status; `ConflictError` for a step that `TRANSITIONS` does not hold."""
    if to not in TRANSITIONS[Status(row.status)]:
        raise ConflictError("inbox.forbidden_step", now=row.status, to=to.value)
    row.status = to.value
    row.updated_at = now()


def find(session: Session, chat: Chat) -> ConversationRow | None:
    """The conversation of `chat`, unlocked; None when nothing was ever said in it."""
    query = select(ConversationRow).where(
        ConversationRow.channel == chat.channel, ConversationRow.chat_id == chat.id
    )
    return session.exec(query).one_or_none()


def opened(
    session: Session, chat: Chat, language: Language, *, at: datetime
) -> tuple[ConversationRow, bool]:
    """The conversation of `chat`, locked; made, in `language`, and True when it had none yet.

    What the channel says of the chat is kept as it says now.
    """
    given = {"channel": chat.channel, "chat": chat.id}
    row = session.exec(_OF_CHAT, params=given).one_or_none()
    traits = " ".join(sorted(chat.traits))
    if row is not None:
        if row.traits != traits:
            row.traits = traits
        return row, False
    # Two first messages may meet here: the second waits for the first's commit, then finds its row.
    blank = {"channel": chat.channel, "chat_id": chat.id, "status": Status.BOT.value}
    begun = {"language": language, "created_at": at, "updated_at": at, "traits": traits}
    made = insert_missing(session, ConversationRow, {**blank, **begun})
    return (made[0], True) if made else (session.exec(_OF_CHAT, params=given).one(), False)


def lock(session: Session, conversation_id: int) -> ConversationRow:
    """The conversation, read afresh and nobody else's until the transaction ends."""
    row = session.exec(_BY_ID, params={"row": conversation_id}).one_or_none()
    if row is None:
        raise NotFoundError("inbox.no_conversation", conversation=conversation_id)
    return row


def store(session: Session, row: ConversationRow, **values: Any) -> None:
    """Set columns of the locked row and write them at once."""
    session.connection().execute(_SET, {"row": row.id, **values})
    for name, value in values.items():
        set_committed_value(row, name, value)


def turn_of(row: TurnRow | Row[Any]) -> Turn:
    """The turn as screens and channels show it; `row` is one of the table, however it was read."""
    noted = Noted.of(row.meta)
    return Turn(
        id=saved(row.id),
        author=Author(row.author),
        text=row.text,
        language=cast(Language, row.language),
        at=row.at,
        buttons=tuple(Button(**button) for button in row.buttons),
        sources=tuple(Source(**source) for source in row.sources),
        agent=row.agent,
        message_id=row.message_id,
        media=noted.media,
        said_to=noted.said_to,
        correction=noted.correction,
        now=noted.now,
        signed=noted.signed,
    )


def amend(session: Session, row: TurnRow, text: str) -> None:
    """From now on the turn says `text`, "" that it was taken back; what it said first stays."""
    row.meta = {**row.meta, **Noted(now=text).stored()}
    session.add(row)
    search.reindex(session, "turn", saved(row.id), row.conversation_id, text)


def translated(session: Session, turn_id: int, language: Language, text: str) -> None:
    """Keep what the turn says in `language`, as a model has put it."""
    row = session.get(TurnRow, turn_id, with_for_update=True)
    if row is not None:
        row.meta = {**row.meta, "translated": {**row.meta.get("translated", {}), language: text}}
        session.add(row)


def turns_after(
    session: Session, conversation_id: int, turn_id: int, limit: int = 200
) -> list[Turn]:
    """What was said after the turn `turn_id` (0: from the beginning), oldest first."""
    query = (
        select(TurnRow)
        .where(TurnRow.conversation_id == conversation_id, col(TurnRow.id) > turn_id)
        .order_by(col(TurnRow.id))
        .limit(limit)
    )
    return [turn_of(row) for row in session.exec(query)]


def held(session: Session, conversation_id: int, at: datetime) -> int | None:
    """The first turn that may still be taken back: only the desk sees it, and what follows."""
    query = select(func.min(OutboxRow.turn_id)).where(
        OutboxRow.conversation_id == conversation_id,
        OutboxRow.status == "open",
        col(OutboxRow.held_until).is_not(None),
        OutboxRow.next_at > at,
    )
    return session.exec(query).one()


def history(session: Session, conversation_id: int, limit: int = 20) -> list[Turn]:
    """The last `limit` turns, oldest first."""
    return [turn_of(row) for row in last_rows(session, conversation_id, limit)]


def last_rows(
    session: Session, conversation_id: int, limit: int, without: Collection[int] = ()
) -> Sequence[Row[Any]]:
    """The last `limit` rows of `turns` whose ids are not in `without`, oldest first."""
    given = {"conversation": conversation_id, "most": limit + len(without)}
    rows = session.connection().execute(_LAST, given).all()
    return [row for row in rows if row.id not in without][:limit][::-1]


def wording(session: Session, conversation_id: int, message_id: str) -> TurnRow | None:
    """The newest wording of a shopper's message, the message itself where it was never edited."""
    query = select(TurnRow).where(
        TurnRow.conversation_id == conversation_id,
        (col(TurnRow.message_id) == message_id)
        | col(TurnRow.message_id).startswith(f"edit-{message_id}-", autoescape=True),
    )
    return session.exec(query.order_by(col(TurnRow.id).desc()).limit(1)).first()


def sent_before(
    session: Session, conversation_id: int, request: str, *, agent: str | None = None
) -> TurnRow | None:
    """What the shop's people, or one `agent`, wrote by this very request; None when it is new."""
    query = select(TurnRow).where(
        TurnRow.conversation_id == conversation_id, TurnRow.author == Author.AGENT.value
    )
    if agent is not None:
        query = query.where(TurnRow.agent == agent)
    rows = session.exec(query.order_by(col(TurnRow.id).desc()).limit(_REPEATS_WITHIN))
    return next((row for row in rows if Noted.of(row.meta).request == request), None)


def add_turn(
    session: Session,
    conversation_id: int,
    author: Author,
    text: str,
    language: Language,
    *,
    agent: str | None = None,
    buttons: Sequence[Button] = (),
    sources: Sequence[Source] = (),
    noted: Noted = _NOTHING,
    audit: Mapping[str, Any] | None = None,
    message_id: str | None = None,
    answers_inbox_id: int | None = None,
    at: datetime | None = None,
) -> Turn:
    """Write a turn. The caller holds the conversation's `lock`.

    What is said while a proof counts is marked with whose it is, unless `noted` says that already:
    nobody else gets to see it. `audit` is kept for auditors; nothing may go by it.
    """
    at = at or now()
    if not noted.said_to:
        noted = replace(noted, said_to=_whose(session, conversation_id, at))
    if agent is not None:
        noted = replace(noted, signed=signature(session, agent))
    stored = {
        "conversation_id": conversation_id,
        "author": author.value,
        "text": text,
        "language": language,
        "at": at,
        "agent": agent,
        "buttons": [asdict(button) for button in buttons],
        "sources": [asdict(source) for source in sources],
        "meta": {**(audit or {}), **noted.stored()},
        "message_id": message_id,
        "answers_inbox_id": answers_inbox_id,
    }
    turn_id = session.connection().execute(_ADD, stored).scalar_one()
    if author is not Author.SYSTEM:
        search.index(session, "turn", turn_id, conversation_id, text)
    tell(session, Changed(conversation_id))
    return Turn(
        id=turn_id,
        author=author,
        text=text,
        language=language,
        at=at,
        buttons=tuple(buttons),
        sources=tuple(sources),
        agent=agent,
        message_id=message_id,
        media=noted.media,
        said_to=noted.said_to,
        correction=noted.correction,
        signed=noted.signed,
    )


def signature(session: Session, agent: str) -> str:
    """The name that the agent has chosen for shoppers' eyes, "" for none."""
    return session.exec(select(UserRow.display_name).where(UserRow.name == agent)).first() or ""


def _whose(session: Session, conversation_id: int, at: datetime) -> str:
    row = session.get(ConversationRow, conversation_id)
    if row is None or row.proven_until is None or row.proven_until <= at:
        return ""
    return last_proven(session, row) or ""


def last_proven(session: Session, row: ConversationRow) -> str | None:
    """The customer that the conversation's shopper has proven to be last, whether that still counts
    or not; None after they left."""
    proof = session.get(ProofRow, saved(row.id)) if row.proven_until is not None else None
    return proof.customer_id if proof else None


def chat_of(row: ConversationRow) -> Chat:
    """The chat that the conversation belongs to."""
    return Chat(row.channel, row.chat_id, cast(frozenset[Trait], frozenset(row.traits.split())))


def saved(key: int | None) -> int:
    """The primary key of a row that was written, for the type checker's sake."""
    if key is None:
        raise ValueError("the row was not flushed yet")
    return key
