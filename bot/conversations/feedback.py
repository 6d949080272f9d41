"""A shopper's 👍 or 👎 for an answer, kept with what the answer stood on; what was disliked.

Only the bot's answers from the knowledge can be rated, by whoever is in their chat; the newest
press counts. Offering a person after a 👎 is the channels' matter.
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


def ratings(session: Session, turn_ids: Collection[int]) -> Mapping[int, Value]:
    """The presses that count, by turn; nothing is asked of the database where there is no turn."""
    if not turn_ids:
        return {}
    query = select(FeedbackRow).where(col(FeedbackRow.turn_id).in_(turn_ids))
    return {row.turn_id: cast(Value, row.value) for row in session.exec(query)}


def counts(session: Session, *, since: datetime) -> tuple[int, int]:
    """How many answers are liked and how many disliked, by presses after `since`."""
    query = (
        select(FeedbackRow.value, func.count())
        .where(FeedbackRow.at >= since)
        .group_by(col(FeedbackRow.value))
    )
    found = dict(session.exec(query).all())
    return found.get(UP, 0), found.get(DOWN, 0)


def disliked(session: Session, *, limit: int = 100) -> list[Disliked]:
    """The answers with a 👎, the newest press first."""
    query = (
        select(FeedbackRow, TurnRow)
        .join(TurnRow, col(TurnRow.id) == FeedbackRow.turn_id)
        .where(FeedbackRow.value == DOWN)
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
