"""The parts of the queue that an agent has given a name, each for themselves."""

from sqlmodel import Session, select

from bot.database.tables import ViewRow
from bot.errors import InputError

LONGEST = 40  # characters of a name
MOST = 20  # of an agent


def of(session: Session, agent: str) -> list[ViewRow]:
    """In the order in which they were made."""
    return list(session.exec(select(ViewRow).where(ViewRow.agent == agent).order_by(ViewRow.id)))  # type: ignore[arg-type]


def every(session: Session) -> dict[str, list[ViewRow]]:
    """Everybody's, by agent."""
    found: dict[str, list[ViewRow]] = {}
    for row in session.exec(select(ViewRow).order_by(ViewRow.id)):  # type: ignore[arg-type]
        found.setdefault(row.agent, []).append(row)
    return found


def keep(session: Session, agent: str, name: str, query: str) -> None:
    """Under a name that is there already, the newer one counts. `InputError`."""
    name = " ".join(name.split())
    known = {row.name: row for row in of(session, agent)}
    if not 0 < len(name) <= LONGEST or (name not in known and len(known) >= MOST):
        raise InputError("tickets.bad_view", limit=LONGEST, most=MOST)
    row = known.get(name) or ViewRow(agent=agent, name=name, query="")
    row.query = query
    session.add(row)


def remove(session: Session, agent: str, view_id: int) -> None:
    row = session.get(ViewRow, view_id)
    if row is not None and row.agent == agent:
        session.delete(row)
