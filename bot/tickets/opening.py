"""Opening a ticket: how urgent it is, what it says, and that there is one at most a conversation.

It does not decide *whether* to escalate (`decide.py`), tells the shopper nothing (`flow.py` does,
in the same transaction) and knows nothing of agents (`assignment.py`).
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from bot.conversations.conversation import move, saved
from bot.database.tables import ConversationRow, TicketRow
from bot.errors import ConflictError
from bot.texts import shorten, t
from bot.tickets import webhooks
from bot.types import Author, Language, Reason, Status, Turn

URGENT, HIGH, NORMAL = 1, 2, 3
VERY_ANGRY = -0.6
"""Mood (-1 furious … 1 delighted) from which an unhappy shopper goes before everybody else."""

_UNCLOSED = select(TicketRow).where(
    TicketRow.conversation_id == bindparam("conversation"), col(TicketRow.status) != "closed"
)
_QUESTIONS, _OFFERS, _QUESTION_LENGTH, _OFFER_LENGTH = 3, 3, 120, 60


def priority(reason: Reason, mood: float) -> int:
    """1 urgent, 2 high, 3 normal; `mood` is -1..1. Pure, and tested as a table."""
    if reason is Reason.BOT_FAILED:
        return URGENT
    if reason is Reason.NEGATIVE_MOOD:
        return URGENT if mood <= VERY_ANGRY else HIGH
    return HIGH if reason in (Reason.ASKED_FOR_PERSON, Reason.GUESSING) else NORMAL


def mood_word(mood: float) -> str:
    """The last part of a mood's text, tickets.mood_…; -1 furious … 1 delighted."""
    if mood <= VERY_ANGRY:
        return "very_bad"
    if mood <= -0.2:
        return "bad"
    return "neutral" if mood < 0.35 else "good"


def open_ticket(
    session: Session,
    conversation: ConversationRow,
    reason: Reason,
    *,
    summary: str,
    mood: float,
    language: Language,
    at: datetime,
) -> TicketRow:
    """The conversation's one unclosed ticket, new or kept; the caller holds the lock.

    A kept ticket takes the more urgent of both reasons, the newer summary and the worse mood.
    `ConflictError` when the conversation is closed.
    """
    conversation_id = saved(conversation.id)
    urgency = priority(reason, mood)
    conversation.updated_at = at
    ticket = unclosed(session, conversation_id)
    if ticket is None:
        move(conversation, Status.WAITING)
        ticket = TicketRow(
            conversation_id=conversation_id,
            reason=reason.value,
            priority=urgency,
            summary=summary,
            mood=mood,
            language=language,
            created_at=at,
        )
        session.add(conversation)
        if _inserted(session, ticket):
            webhooks.tell(session, "ticket.opened", ticket, at)
            return ticket
        ticket = unclosed(session, conversation_id)
        if ticket is None:
            raise ConflictError("database.conflict")
    if urgency < ticket.priority:
        ticket.priority, ticket.reason = urgency, reason.value
    ticket.summary, ticket.mood = summary, min(ticket.mood, mood)
    session.add_all([conversation, ticket])
    session.flush()
    return ticket


def _inserted(session: Session, ticket: TicketRow) -> bool:
    """Whether `ticket` is stored now; not when somebody without the lock was faster."""
    try:
        with session.begin_nested():
            session.add(ticket)
    except IntegrityError:
        return False
    return True


def withdraw(session: Session, conversation: ConversationRow, at: datetime) -> None:
    """The shopper wants no person after all: the waiting ticket is closed, the bot goes on.

    Nothing happens when an agent has it already. The caller holds the conversation's lock.
    """
    if conversation.id is None or conversation.status != Status.WAITING:
        return
    if ticket := unclosed(session, conversation.id):
        ticket.status, ticket.closed_at = "closed", at
        session.add(ticket)
        webhooks.tell(session, "ticket.closed", ticket, at)
    move(conversation, Status.BOT)
    session.add(conversation)
    session.flush()


def unclosed(session: Session, conversation_id: int) -> TicketRow | None:
    """The conversation's open or taken ticket, if it has one."""
    return session.exec(_UNCLOSED, params={"conversation": conversation_id}).first()


def summarise(turns: Sequence[Turn], language: Language) -> str:
    """What an agent reads first, made without a model: the last questions, what the bot offered."""
    asked = [
        shorten(turn.text, _QUESTION_LENGTH)
        for turn in turns
        if turn.author is Author.SHOPPER and turn.text.strip()
    ]
    if not asked:
        return t("tickets.summary_empty", language)
    questions = t("tickets.summary_then", language).join(asked[-_QUESTIONS:])
    lines = [t("tickets.summary_asked", language, questions=questions)]
    if offers := _offers(turns):
        titles = t("tickets.summary_separator", language).join(offers[-_OFFERS:])
        lines.append(t("tickets.summary_offered", language, titles=titles))
    return "\n".join(lines)


def _offers(turns: Sequence[Turn]) -> list[str]:
    """Titles of the entries that the bot answered from or suggested, each once, oldest first."""
    titles: dict[str, None] = {}
    for turn in turns:
        if turn.author is not Author.BOT:
            continue
        shown = [source.title or source.id for source in turn.sources]
        shown += [button.label for button in turn.buttons if button.value.startswith("entry:")]
        for title in shown:
            titles[shorten(title, _OFFER_LENGTH)] = None
    return list(titles)
