"""A shop's conversations for tests of the desk: made by the product's own functions."""

from datetime import datetime, timedelta

from sqlmodel import Session

from bot.conversations import conversation, outbox
from bot.conversations.conversation import saved
from bot.database.tables import ConversationRow
from bot.tickets.opening import open_ticket, summarise
from bot.types import Author, Language, Reason, Source, now

PASSWORD = "tea before tickets"
HELP = "https://juniperandtide.example/help/shipping"


def escalated(
    session: Session,
    chat_id: str = "shopper-1",
    *,
    reason: Reason = Reason.ASKED_FOR_PERSON,
    mood: float = 0.0,
    language: Language = "en",
    question: str = "Where is my linen robe?",
    answer: str = "Orders arrive within 3 to 6 business days.",
    ago: timedelta = timedelta(0),
) -> int:
    """A question, the bot's answer, a ticket; its id."""
    at = now() - ago
    row = ConversationRow(channel="web", chat_id=chat_id, language=language, created_at=at)
    session.add(row)
    session.flush()
    conversation_id = saved(row.id)
    shopper_says(session, conversation_id, question, language, at)
    turn = conversation.add_turn(
        session,
        conversation_id,
        Author.BOT,
        answer,
        language,
        sources=(Source("ship-times", "faq/shipping.yaml", 0.62, question),),
        audit={
            "confidence": 0.41,
            "candidates": [
                {"title": question, "text": answer, "score": 0.62, "url": HELP},
                {"title": "Elsewhere", "text": "No", "score": 0.2, "url": "javascript:alert(1)"},
            ],
        },
        at=at,
    )
    outbox.put(session, row, turn, at=at)
    summary = summarise(conversation.history(session, conversation_id), language)
    ticket = open_ticket(session, row, reason, summary=summary, mood=mood, language=language, at=at)
    return saved(ticket.id)


def shopper_says(
    session: Session, conversation_id: int, text: str, language: Language, at: datetime
) -> int:
    """A message that reached a person's conversation; its turn's id."""
    conversation.lock(session, conversation_id)
    return saved(
        conversation.add_turn(session, conversation_id, Author.SHOPPER, text, language, at=at).id
    )
