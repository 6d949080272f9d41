"""Notes that agents write for each other into a conversation; the shopper never sees one.

`@name` in a note calls a colleague, or each of a team, who finds the conversation under their
mentions until they have looked at it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from bot.conversations import search
from bot.conversations.conversation import saved
from bot.database import audit
from bot.database.tables import MentionRow, NoteRow, TicketRow, UserRow
from bot.tickets import assignment, teams

_REPEATED = timedelta(minutes=1)


@dataclass(frozen=True)
class Note:
    """`parts` is the text cut at the names that it calls; those are every second one."""

    id: int
    ticket_id: int
    agent: str
    text: str
    at: datetime
    parts: tuple[str, ...]


def add(session: Session, ticket_id: int, agent: str, text: str, at: datetime) -> TicketRow:
    """Write a note; any agent may, on anybody's ticket. The same twice within a minute is once."""
    text = assignment.checked_text(text)
    ticket, conversation = assignment.locked(session, ticket_id)
    of = NoteRow.conversation_id == conversation.id
    newest = session.exec(select(NoteRow).where(of).order_by(col(NoteRow.id).desc())).first()
    if newest and (newest.agent, newest.text) == (agent, text) and at - newest.at < _REPEATED:
        return ticket
    row = NoteRow(
        conversation_id=saved(conversation.id), ticket_id=ticket_id, agent=agent, text=text, at=at
    )
    session.add(row)
    session.flush()
    search.index(session, "note", saved(row.id), row.conversation_id, text)
    audit.note(session, "ticket.noted", agent, ticket_id, at=at)
    together = teams.every(session)
    everybody = [*session.exec(select(UserRow.name)), *together]
    called = {one for name in mentioned(text, everybody) for one in together.get(name, [name])}
    for name in sorted(called - {agent}):
        session.add(MentionRow(note_id=saved(row.id), agent=name))
    return ticket


def of_conversation(session: Session, conversation_id: int, *, after: int = 0) -> list[Note]:
    """The notes after the one with the id `after`, oldest first; at most the newest two hundred."""
    query = select(NoteRow).where(
        NoteRow.conversation_id == conversation_id, col(NoteRow.id) > after
    )
    rows = session.exec(query.order_by(col(NoteRow.id).desc()).limit(200)).all()
    ids = [row.id for row in rows]
    called: dict[int, list[str]] = {}
    for mention in session.exec(select(MentionRow).where(col(MentionRow.note_id).in_(ids))):
        called.setdefault(mention.note_id, []).append(mention.agent)
    together = list(teams.every(session)) if rows else []
    return [_note(row, [*called.get(saved(row.id), ()), *together]) for row in reversed(rows)]


def mentioned(text: str, names: Iterable[str]) -> set[str]:
    """Whom the text calls by `@` and their whole name, in any case; of "@Ann Lee" that is Ann Lee
    where there is one, and not Ann."""
    known = {name.casefold(): name for name in names}
    return {known[part.casefold()[1:]] for part in _cut(text, known)[1::2]}


def seen(session: Session, agent: str, conversation_id: int, at: datetime) -> None:
    """`agent` has looked at what the conversation's notes call them for."""
    theirs = select(NoteRow.id).where(NoteRow.conversation_id == conversation_id)
    session.exec(
        update(MentionRow)
        .where(col(MentionRow.agent) == agent, col(MentionRow.seen_at).is_(None))
        .where(col(MentionRow.note_id).in_(theirs))
        .values(seen_at=at)
    )


def _note(row: NoteRow, called: Sequence[str]) -> Note:
    parts = tuple(_cut(row.text, called))
    return Note(saved(row.id), row.ticket_id, row.agent, row.text, row.at, parts)


def _cut(text: str, names: Iterable[str]) -> list[str]:
    """The text between and, every second part, at the calls of `names`."""
    longest = sorted(names, key=len, reverse=True)
    if not longest:
        return [text]
    any_of = "|".join(map(re.escape, longest))
    return re.split(rf"(?<!\w)(@(?:{any_of}))(?!\w)", text, flags=re.IGNORECASE)
