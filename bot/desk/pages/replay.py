"""A ticket's conversation as a file for `bot replay`: what the shopper wrote, for a test of ours.

Personal data is masked by its form, and names that the shop knows; orders by number, pressed ones
too, so whoever replays puts in others. What proved who they are had been hidden before.
"""

import json
import re
from collections.abc import Callable, Iterator

import structlog
from sqlmodel import Session, col, select
from starlette.responses import Response

from bot.customers.proof_dialogue import CONTACT, LINK, PRESSED, PROOF, TAKEN
from bot.database import audit
from bot.database.tables import ConversationRow, InboxRow, TicketRow, TurnRow
from bot.desk.pages.files import disposition
from bot.desk.pages.guard import Call, Desk
from bot.errors import NotFoundError
from bot.language.contacts import MASK
from bot.language.mask import mask
from bot.orders import store
from bot.types import Author, now
from bot.writing.training.export import known_names

log = structlog.get_logger()
_MOST = 1000  # messages, the newest
_HIDDEN = re.compile(rf"\w?{MASK}(@[\w.-]+|\d*)")  # an address or a phone number, as it is stored
# What a shopper presses on the way to a proof; the others say how one went.
_PRESSED = PRESSED - {CONTACT, LINK, TAKEN}
_NUMBERED = "order:"  # stands in choices before an order's number


async def download(desk: Desk, call: Call) -> Response:
    """The file, under a name that says which ticket and which day it is of."""
    ticket_id = call.ticket_id

    def work(session: Session) -> list[dict[str, str]]:
        found = list(lines(session, ticket_id))
        audit.note(session, "ticket.exported", call.login.name, ticket_id)
        return found

    rows = await desk.db.write(work)
    log.info(
        "conversation exported",
        action="desk.export",
        ticket_id=ticket_id,
        user_id=call.login.user_id,
    )
    name = f"ticket-{ticket_id}-{now():%Y-%m-%d}.jsonl"
    return Response(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows),
        media_type="application/jsonl",
        headers={"Content-Disposition": disposition(name, inline=False)},
    )


def lines(session: Session, ticket_id: int) -> Iterator[dict[str, str]]:
    """`{"chat", "text", "choice"?}` for each of the shopper's messages, in order.

    `NotFoundError` for a ticket that is none.
    """
    ticket = session.get(TicketRow, ticket_id)
    if ticket is None:
        raise NotFoundError("tickets.not_found", ticket=ticket_id)
    masked = masking(session, ticket.conversation_id)
    query = (
        select(TurnRow.text, InboxRow.choice)
        .outerjoin(InboxRow, col(InboxRow.turn_id) == TurnRow.id)
        .where(
            TurnRow.conversation_id == ticket.conversation_id,
            TurnRow.author == Author.SHOPPER.value,
        )
        .order_by(col(TurnRow.id).desc())
        .limit(_MOST)
    )
    for text, choice in reversed(session.exec(query).all()):
        if not text.strip():
            continue  # a picture without a word, which cannot be said again
        row = {"chat": f"ticket-{ticket_id}", "text": masked(text)}
        yield row | ({"choice": pressed} if (pressed := _pressed(choice)) else {})


def masking(session: Session, conversation_id: int) -> Callable[[str], str]:
    """What takes personal data out of a conversation's texts."""
    conversation = session.get_one(ConversationRow, conversation_id)
    names = [*known_names(session, conversation_id), conversation.name]
    names += conversation.name.split()
    numbers = store.numbers(session)
    return lambda text: mask(numbers.hidden(_HIDDEN.sub(_kind, text)), names)


def _pressed(choice: str | None) -> str | None:
    """What can be pressed again; how a proof went is no button."""
    if choice is None or (choice.startswith(PROOF) and choice not in _PRESSED):
        return None
    before, numbered, _ = choice.partition(_NUMBERED)
    return f"{before}{numbered}[number]" if numbered else choice


def _kind(found: re.Match[str]) -> str:
    return "[email]" if found[1].startswith("@") else "[phone]"
