"""Who may log in, asked in one go; the desk does it in steps, without a transaction held open."""

from sqlmodel import Session

from bot.database.tables import UserRow
from bot.tickets.users import admit, lookup, prove


def authenticate(session: Session, name: str, password: str) -> UserRow | None:
    return admit(session, prove(name, lookup(session, name), password))
