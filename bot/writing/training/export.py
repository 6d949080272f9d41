"""The shop's own resolved conversations as dialogues to learn from, without personal data.

One dialogue a closed ticket with an agent's reply in it: what the shopper and the agents said up to
its closing. What the bot or the system said is left out: the bot is not to learn from itself.
"""

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from bot.database.tables import CustomerRow, ProofRow, TicketRow, TurnRow, UserRow
from bot.errors import InputError
from bot.language.mask import mask
from bot.orders import store
from bot.types import Author

_BEFORE = 3
"""The shopper's messages from before the ticket that still belong to it."""


def dialogues(session: Session) -> Iterator[dict[str, Any]]:
    """Lines for `bot train`, oldest first: `{"turns": [{"role", "text"}, …], "language"}`."""
    # With a capital, as people sign; "will" and "may" are words, too.
    agents = [name[:1].upper() + name[1:] for name in session.exec(select(UserRow.name))]
    numbers = store.numbers(session)
    closed_before: dict[int, int] = {}
    tickets = select(TicketRow).where(TicketRow.status == "closed").order_by(col(TicketRow.id))
    for ticket in session.exec(tickets):
        rows = _turns(session, ticket, closed_before.get(ticket.conversation_id, 0))
        if not rows:
            continue
        closed_before[ticket.conversation_id] = max(row.id or 0 for row in rows)
        rows = _about(rows, ticket)
        if rows and any(row.author == Author.AGENT.value for row in rows):
            names = [*agents, *known_names(session, ticket.conversation_id)]
            yield {
                "turns": [
                    {"role": row.author, "text": mask(numbers.hidden(row.text), names)}
                    for row in rows
                ],
                "language": ticket.language,
            }


def write(out: Path, lines: Iterable[dict[str, Any]]) -> int:
    """Write the lines, readable by this user alone, whole or not at all; how many there were.

    `InputError` when the file cannot be written.
    """
    count = 0
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{out.name}-", dir=out.parent)  # mode 0600
    except OSError as error:
        raise InputError("cli.cannot_write", path=out, reason=error.strerror) from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            for line in lines:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(out)
    except OSError as error:
        raise InputError("cli.cannot_write", path=out, reason=error.strerror) from error
    finally:
        temporary.unlink(missing_ok=True)
    return count


def _turns(session: Session, ticket: TicketRow, after: int) -> list[TurnRow]:
    """What people said in the conversation after the ticket before this one."""
    query = (
        select(TurnRow)
        .where(
            TurnRow.conversation_id == ticket.conversation_id,
            col(TurnRow.id) > after,
            col(TurnRow.author).in_([Author.SHOPPER.value, Author.AGENT.value]),
            col(TurnRow.at) <= ticket.closed_at,
            TurnRow.text != "",
        )
        .order_by(col(TurnRow.id))
    )
    return list(session.exec(query))


def _about(rows: list[TurnRow], ticket: TicketRow) -> list[TurnRow]:
    """Without what the shopper had asked long before, and had answered by the bot."""
    earlier = [row for row in rows if row.at < ticket.created_at]
    return [*earlier[-_BEFORE:], *rows[len(earlier) :]]


def known_names(session: Session, conversation_id: int) -> list[str]:
    """The proven customer's name and its parts, as registered and as written in a hurry."""
    query = (
        select(CustomerRow.name)
        .join(ProofRow, col(ProofRow.customer_id) == CustomerRow.id)
        .where(ProofRow.conversation_id == conversation_id)
    )
    parts = [part for name in session.exec(query) for part in (name, *name.split())]
    return [*parts, *(part.lower() for part in parts)]
