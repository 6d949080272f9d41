"""A shopper's 👍 or 👎 for an answer, kept with what the answer stood on; what was disliked.

The bot's answers from the knowledge can be rated, by whoever is in their chat, and, once a ticket
is closed, a person's help; the newest press counts. Offering a person after a 👎 is the channels'
matter, asking for the word that may go with a judgement `dialogue/satisfaction.py`'s.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.conversations import conversation
from bot.conversations.conversation import saved, turn_of
from bot.database.tables import FeedbackRow, InboxRow, TicketRow, TurnRow
from bot.database.transaction import tell
from bot.types import Author, Turn

Value = Literal[1, -1]
UP: Value = 1
DOWN: Value = -1


@dataclass(frozen=True)
class Disliked:
    """An answer that got a 👎: what was asked, what was said, from which build, and since when.

    `question` is empty where it is no longer known; `ticket_id` the conversation's newest ticket.
    """

    answer: Turn
    question: str
    build: str
    at: datetime
    ticket_id: int | None


@dataclass(frozen=True)
class Satisfaction:
    """How content a shopper was with a person's help: 0 while they have not said."""

    ticket_id: int
    value: int
    word: str
    at: datetime


def ratable(turn: Turn) -> bool:
    """Whether the turn is an answer from the knowledge: only of those can one learn something."""
    return turn.author is Author.BOT and bool(turn.sources)


def rate(
    session: Session, conversation_id: int, turn_id: int, value: Value, *, at: datetime
) -> bool | None:
    """Keep the press; whether it changed anything. None when there is no such answer in there."""
    conversation.lock(session, conversation_id)
    turn = session.get(TurnRow, turn_id)
    if turn is None or turn.conversation_id != conversation_id or not ratable(turn_of(turn)):
        return None
    row = session.get(FeedbackRow, turn_id)
    if row is None:
        row = FeedbackRow(
            turn_id=turn_id,
            conversation_id=conversation_id,
            value=value,
            build=str(turn.meta.get("build", "")),
            sources=turn.sources,
            at=at,
        )
        session.add(row)
        changed = True
    else:
        changed = row.value != value
        row.value, row.at = value, at
    if changed:
        tell(session, conversation.Changed(conversation_id))
    return changed


def asked(session: Session, ticket_id: int) -> bool:
    """Whether the shopper was asked how content they are; once a ticket is enough."""
    return _of_ticket(session, ticket_id) is not None


def ask(session: Session, turn: Turn, conversation_id: int, ticket_id: int) -> None:
    """Note that `turn` asks how content the shopper is with the ticket."""
    row = FeedbackRow(
        turn_id=turn.id,
        conversation_id=conversation_id,
        value=0,
        ticket_id=ticket_id,
        at=turn.at,
    )
    session.add(row)


def judge(
    session: Session,
    conversation_id: int,
    ticket_id: int,
    *,
    value: Value | None = None,
    word: str | None = None,
    at: datetime,
) -> None:
    """Keep what the shopper says of the help; nothing where they were not asked in that chat."""
    row = _of_ticket(session, ticket_id)
    if row is None or row.conversation_id != conversation_id:
        return
    row.value = row.value if value is None else value
    row.word = row.word if word is None else word
    row.at = at
    session.add(row)


def satisfaction(session: Session, ticket_id: int) -> Satisfaction | None:
    """What the shopper said of the help; None where they were not asked."""
    row = _of_ticket(session, ticket_id)
    return Satisfaction(ticket_id, row.value, row.word, row.at) if row else None


def satisfactions(session: Session, *, since: datetime, limit: int = 100) -> list[Satisfaction]:
    """What shoppers said since then, those with a word or a 👎 first, then the newest."""
    query = (
        select(FeedbackRow)
        .where(FeedbackRow.at >= since, FeedbackRow.value != 0)
        .where(col(FeedbackRow.ticket_id).is_not(None))
        .order_by((col(FeedbackRow.word) == "") & (col(FeedbackRow.value) > 0))
        .order_by(col(FeedbackRow.at).desc(), col(FeedbackRow.turn_id).desc())
        .limit(limit)
    )
    return [
        Satisfaction(saved(row.ticket_id), row.value, row.word, row.at)
        for row in session.exec(query)
    ]


def _of_ticket(session: Session, ticket_id: int) -> FeedbackRow | None:
    query = select(FeedbackRow).where(FeedbackRow.ticket_id == ticket_id)
    return session.exec(query.limit(1)).first()


def ratings(session: Session, turn_ids: Collection[int]) -> Mapping[int, Value]:
    """The presses that count, by turn; nothing is asked of the database where there is no turn."""
    if not turn_ids:
        return {}
    query = select(FeedbackRow).where(col(FeedbackRow.turn_id).in_(turn_ids))
    return {row.turn_id: cast(Value, row.value) for row in session.exec(query)}


def counts(session: Session, *, since: datetime, help: bool = False) -> tuple[int, int]:
    """How many answers are liked and how many disliked, by presses after `since`; with `help`, how
    many shoppers were content with a person's help, and how many were not."""
    ticket = col(FeedbackRow.ticket_id)
    query = (
        select(FeedbackRow.value, func.count())
        .where(FeedbackRow.at >= since, ticket.is_not(None) if help else ticket.is_(None))
        .group_by(col(FeedbackRow.value))
    )
    found = dict(session.exec(query).all())
    return found.get(UP, 0), found.get(DOWN, 0)


def disliked(session: Session, *, limit: int = 100) -> list[Disliked]:
    """The answers with a 👎, the newest press first."""
    query = (
        select(FeedbackRow, TurnRow)
        .join(TurnRow, col(TurnRow.id) == FeedbackRow.turn_id)
        .where(FeedbackRow.value == DOWN, col(FeedbackRow.ticket_id).is_(None))
        .order_by(col(FeedbackRow.at).desc(), col(FeedbackRow.turn_id).desc())
        .limit(limit)
    )
    found = list(session.exec(query).all())
    asked = _questions(session, [row.turn_id for row, _ in found])
    tickets = _tickets(session, {row.conversation_id for row, _ in found})
    return [
        Disliked(
            answer=turn_of(turn),
            question="\n".join(asked.get(row.turn_id, ())),
            build=row.build,
            at=row.at,
            ticket_id=tickets.get(row.conversation_id),
        )
        for row, turn in found
    ]


def _questions(session: Session, turn_ids: Collection[int]) -> dict[int, list[str]]:
    """What the shopper had written, by the turn that answered it."""
    query = (
        select(InboxRow.answer_turn_id, TurnRow.text)
        .join(TurnRow, col(TurnRow.id) == InboxRow.turn_id)
        .where(col(InboxRow.answer_turn_id).in_(turn_ids))
        .order_by(col(InboxRow.id))
    )
    asked: dict[int, list[str]] = {}
    for answer, text in session.exec(query):
        if answer is not None:
            asked.setdefault(answer, []).append(text)
    return asked


def _tickets(session: Session, conversations: Collection[int]) -> dict[int, int]:
    query = (
        select(TicketRow.conversation_id, func.max(TicketRow.id))
        .where(col(TicketRow.conversation_id).in_(conversations))
        .group_by(col(TicketRow.conversation_id))
    )
    return {row: saved(newest) for row, newest in session.exec(query)}
