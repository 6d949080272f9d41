"""Tags: words by which agents sort tickets, all in small letters so that two are never the same."""

from collections.abc import Collection

from sqlmodel import Session, col, select

from bot.database import audit
from bot.database.tables import TagRow, TicketRow
from bot.database.upsert import insert_missing
from bot.errors import InputError, NotFoundError

LONGEST = 30  # characters
MOST = 20  # of a ticket


def tag_of(typed: str) -> str:
    """A tag as it is kept; "" for what is none."""
    tag = "-".join(typed.casefold().strip().lstrip("#").split())
    return tag if len(tag) <= LONGEST and all(c.isalnum() or c in "-_" for c in tag) else ""


def add(session: Session, ticket_id: int, typed: str, by: str = "") -> None:
    """`InputError` for what is no tag, and for one too many."""
    tag = tag_of(typed)
    if session.get(TicketRow, ticket_id) is None:
        raise NotFoundError("tickets.not_found", ticket=ticket_id)
    if not tag or len(of_tickets(session, [ticket_id]).get(ticket_id, ())) >= MOST:
        raise InputError("tickets.bad_tag", limit=LONGEST, most=MOST)
    insert_missing(session, TagRow, {"ticket_id": ticket_id, "tag": tag})
    audit.note(session, "ticket.tagged", by, ticket_id)


def remove(session: Session, ticket_id: int, typed: str, by: str = "") -> None:
    row = session.get(TagRow, (ticket_id, tag_of(typed)))
    if row is not None:
        session.delete(row)
        audit.note(session, "ticket.untagged", by, ticket_id)


def of_tickets(session: Session, ids: Collection[int]) -> dict[int, list[str]]:
    """Each ticket's tags, in the order of the alphabet."""
    query = select(TagRow).where(col(TagRow.ticket_id).in_(ids)).order_by(TagRow.tag)
    found: dict[int, list[str]] = {}
    for row in session.exec(query):
        found.setdefault(row.ticket_id, []).append(row.tag)
    return found


def every(session: Session) -> list[str]:
    """All tags that there are."""
    return list(session.exec(select(TagRow.tag).distinct().order_by(TagRow.tag).limit(200)))
