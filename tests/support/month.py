"""Four weeks of a shop that never was, for pictures of its report: the same ones every time."""

import math
import random
from datetime import datetime, timedelta

from sqlmodel import Session

from bot.conversations.conversation import saved
from bot.database.tables import ConversationRow, FeedbackRow, TicketRow, TurnRow
from bot.types import Author, Reason

DAYS, A_DAY = 28, 42
_REASONS = {
    Reason.LOW_CONFIDENCE: 5,
    Reason.REQUEST: 4,
    Reason.ASKED_FOR_PERSON: 3,
    Reason.NEGATIVE_MOOD: 2,
}
_SOURCE = {"id": "returns", "source": "faq.yaml", "score": 0.9, "title": "Returns", "url": None}


def lived_through(session: Session, agents: list[str], now: datetime) -> None:
    """Contacts of the last weeks, more by day than by night and fewer on Sundays; every fifth or so
    goes to one of the agents, fewer of them as the weeks go by."""
    chance = random.Random(16)
    for day in range(DAYS, 0, -1):
        midnight = (now - timedelta(days=day)).replace(hour=0, minute=0)
        busy = 0.6 if midnight.weekday() == 6 else 1.0
        for number in range(round(A_DAY * busy * chance.uniform(0.8, 1.2))):
            hour = min(23.9, max(0.0, chance.gauss(14, 4)))
            at = midnight + timedelta(hours=hour)
            _contact(session, chance, f"past-{day}-{number}", at, agents, 0.14 + day / 250)


def _contact(
    session: Session,
    chance: random.Random,
    chat: str,
    at: datetime,
    agents: list[str],
    share: float,
) -> None:
    language = "zh" if chance.random() < 0.3 else "en"
    channel = "telegram" if chance.random() < 0.35 else "web"
    row = ConversationRow(
        channel=channel, chat_id=chat, language=language, status="closed", created_at=at
    )
    session.add(row)
    session.flush()
    handed = chance.random() < share
    knew = not handed and chance.random() < 0.96
    asked = TurnRow(
        conversation_id=saved(row.id), author="shopper", text="…", language=language, at=at
    )
    said = TurnRow(
        conversation_id=saved(row.id),
        author=Author.BOT.value,
        text="…",
        language=language,
        at=at + timedelta(seconds=1),
        sources=[_SOURCE] if knew else [],
    )
    session.add_all([asked, said])
    session.flush()
    if knew and chance.random() < 0.12:
        session.add(_thumb(said, at, 1 if chance.random() < 0.85 else -1))
    if handed:
        _ticket(session, chance, row, said, at, agents)


def _ticket(
    session: Session,
    chance: random.Random,
    row: ConversationRow,
    said: TurnRow,
    at: datetime,
    agents: list[str],
) -> None:
    first = at + timedelta(seconds=math.exp(chance.gauss(5.2, 0.8)))
    end = first + timedelta(seconds=math.exp(chance.gauss(6.4, 0.6)))
    ticket = TicketRow(
        conversation_id=saved(row.id),
        status="closed",
        reason=chance.choices(list(_REASONS), list(_REASONS.values()))[0].value,
        priority=chance.choice((2, 3, 3)),
        summary="",
        language=row.language,
        agent=chance.choice(agents),
        created_at=at,
        taken_at=first - timedelta(seconds=40),
        first_reply_at=first,
        closed_at=end,
        outcome="solved",
    )
    session.add(ticket)
    session.flush()
    if chance.random() < 0.5:
        session.add(_thumb(said, end, 1 if chance.random() < 0.9 else -1, ticket.id))


def _thumb(said: TurnRow, at: datetime, value: int, ticket: int | None = None) -> FeedbackRow:
    return FeedbackRow(
        turn_id=saved(said.id),
        conversation_id=said.conversation_id,
        value=value,
        ticket_id=ticket,
        at=at,
    )
