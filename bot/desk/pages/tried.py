"""Tries at the desk's door that several processes count together, in the database.

What a try means is decided in `attempts.py`; here the counts of one visitor and name are taken out,
looked at under a lock, and put back. Whom somebody tried to be stands there as a keyed hash.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from sqlmodel import Session, col, delete, select

from bot.database import keys
from bot.database.process_tables import TryRow
from bot.database.upsert import insert_missing
from bot.desk.pages.attempts import QUIET, Attempts, Tries

T = TypeVar("T")
Counted = Iterable[tuple[Tries, str, str]]
"""Counts, each with the kind of what it counts and its key."""


def together(
    session: Session, counted: Iterable[tuple[Tries, str, str]], act: Callable[[], T]
) -> T:
    """What `act` makes of these counts, each given by its kind and its key; afterwards they are
    stored as `act` left them. Tries at one subject come one by one."""
    places = {_subject(session, kind, key): (tries, key) for tries, kind, key in counted}
    names = sorted(places)
    long_ago = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
    blank = {"number": 0, "tried_at": long_ago}
    insert_missing(session, TryRow, *({"subject": name, **blank} for name in names))
    query = (
        select(TryRow)
        .where(col(TryRow.subject).in_(names))
        .order_by(col(TryRow.subject))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    rows = list(session.exec(query))
    for row in rows:
        tries, key = places[row.subject]
        tries.put(key, row.number, row.tried_at)
    made = act()
    for row in rows:
        tries, key = places[row.subject]
        row.number, row.tried_at = tries.get(key) or (0, long_ago)
        session.add(row)
    return made


def by_name(session: Session, names: Iterable[str]) -> Attempts:
    """What was counted of these names."""
    found = Attempts()
    places = {_subject(session, "name", name): name for name in names}
    for row in session.exec(select(TryRow).where(col(TryRow.subject).in_(list(places)))):
        found.by_name.put(places[row.subject], row.number, row.tried_at)
    return found


def _subject(session: Session, kind: str, key: str) -> str:
    return keys.mac(session, "desk.tries", kind, key)


def sweep(session: Session, *, at: datetime) -> None:
    """Forget what counts no more."""
    session.exec(delete(TryRow).where(col(TryRow.tried_at) <= at - QUIET))
