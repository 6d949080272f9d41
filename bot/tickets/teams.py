"""Teams: who is in each, and what an agent is given of the tickets that nobody has.

A ticket of a team waits for its members. Anybody may still take it: a shopper who waits is worth
more than the order in a list.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, update
from sqlmodel import Session, col, select

from bot.database import audit
from bot.database.tables import MemberRow, TeamRow, TicketRow, UserRow
from bot.database.upsert import insert_missing
from bot.errors import ConflictError, InputError, NotFoundError
from bot.texts import LANGUAGES
from bot.tickets import presence, users

LONGEST = 40  # characters of a name
MOST = 100  # teams, and tickets of an agent
SIGN = "team:"
"""What stands before a team's name where a ticket could also be given to one person."""


def every(session: Session) -> dict[str, list[str]]:
    """The members of each team, both in the order of the alphabet."""
    found: dict[str, list[str]] = {
        name: [] for name in session.exec(select(TeamRow.name).order_by(TeamRow.name))
    }
    for row in session.exec(select(MemberRow).order_by(MemberRow.agent)):
        found[row.team].append(row.agent)
    return found


def find(session: Session, name: str) -> str:
    """The team's own name, which was typed in any case. `NotFoundError`."""
    wanted = " ".join(name.split()).casefold()
    known = {each.casefold(): each for each in session.exec(select(TeamRow.name))}
    if wanted not in known:
        raise NotFoundError("teams.not_found", name=name)
    return known[wanted]


def add(session: Session, name: str, by: str = "") -> str:
    """`InputError` for what is no name, `ConflictError` for one that a team or a person has."""
    name = " ".join(name.split())
    known = [*session.exec(select(TeamRow.name)), *session.exec(select(UserRow.name))]
    if not 0 < len(name) <= LONGEST or not all(c.isalnum() or c in " -_&" for c in name):
        raise InputError("teams.bad_name", most=LONGEST)
    if name.casefold() in {each.casefold() for each in known}:
        raise ConflictError("teams.exists", name=name)
    if len(known) >= MOST + len(users.every(session)):
        raise InputError("teams.too_many", most=MOST)
    session.add(TeamRow(name=name))
    audit.note(session, "team.added", by, name)
    return name


def join(session: Session, name: str, agent: str, by: str = "") -> None:
    """`agent` is a member from now on."""
    team, member = find(session, name), users.find(session, agent).name
    insert_missing(session, MemberRow, {"team": team, "agent": member})
    audit.note(session, "team.joined", by, team, agent=member)


def leave(session: Session, name: str, agent: str, by: str = "") -> None:
    """`agent` is no member any more."""
    team, member = find(session, name), users.find(session, agent).name
    row = session.get(MemberRow, (team, member))
    if row is not None:
        session.delete(row)
        audit.note(session, "team.left", by, team, agent=member)


def remove(session: Session, name: str, by: str = "") -> None:
    """What waited for the team waits for anybody."""
    team = find(session, name)
    session.exec(update(TicketRow).where(col(TicketRow.team) == team).values(team=None))
    session.exec(delete(MemberRow).where(col(MemberRow.team) == team))
    session.exec(delete(TeamRow).where(col(TeamRow.name) == team))
    audit.note(session, "team.removed", by, team)


def theirs(agent: str | None) -> ColumnElement[bool]:
    """A ticket of a team that `agent` is in."""
    of = select(MemberRow.team).where(MemberRow.agent == (agent or ""))
    return col(TicketRow.team).in_(of)


def for_them(agent: str | None) -> ColumnElement[bool]:
    """A ticket of one of their teams, or of none."""
    return or_(col(TicketRow.team).is_(None), theirs(agent))


def suits(session: Session, agent: str, languages: Sequence[str], most: int, by: str = "") -> None:
    """Which tickets are given to `agent` without their asking. `InputError`."""
    user = users.find(session, agent)
    if not set(languages) <= set(LANGUAGES) or not 0 <= most <= MOST:
        raise InputError("teams.bad_suits", most=MOST)
    user.languages = "" if set(languages) == set(LANGUAGES) else " ".join(sorted(languages))
    user.most = most
    session.add(user)
    audit.note(session, "account.suits", by, user.name, languages=user.languages, most=most)


def least_loaded(session: Session, at: datetime, language: str, team: str | None = None) -> str:
    """Who is there, writes the language, has room and the fewest tickets that are not asleep; of
    the `team` where one is named. `ConflictError` for nobody."""
    there = {user.name: user for user in presence.there(session, at)}
    if team is not None:
        members = every(session)[find(session, team)]
        there = {name: user for name, user in there.items() if name in members}
    load: Mapping[str, int] = _load(session, list(there))
    free = [
        name
        for name, user in there.items()
        if (not user.languages or language in user.languages.split())
        and (not user.most or load[name] < user.most)
    ]
    if not free:
        raise ConflictError("tickets.nobody_there")
    return min(free, key=lambda name: load[name])


def _load(session: Session, names: Sequence[str]) -> dict[str, int]:
    load = dict.fromkeys(names, 0)
    busy = select(TicketRow.agent, func.count()).where(TicketRow.status == "taken")
    busy = busy.where(col(TicketRow.agent).in_(names), col(TicketRow.snoozed_turn).is_(None))
    for agent, count in session.exec(busy.group_by(col(TicketRow.agent))):
        load[agent or ""] = count
    return load
