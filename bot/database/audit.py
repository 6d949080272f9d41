"""What people did: who, when, to what. Rows are only ever added; the database itself refuses more.

A row names the thing and never what was said in it: no message, note, contact or secret. It is
written in the transaction of the act, so that neither is there without the other.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_
from sqlmodel import Session, col, select

from bot.database.tables import AuditRow
from bot.types import now


def note(
    session: Session,
    act: str,
    by: str,
    target: object,
    *,
    at: datetime | None = None,
    **detail: object,
) -> None:
    """`by` did `act` ("ticket.take") to `target`, a number or a name; `by` "" is the product.

    `detail` is what tells two such acts apart: to whom, with which outcome.
    """
    said = {name: str(value)[:80] for name, value in detail.items() if value not in (None, "")}
    session.add(AuditRow(at=at or now(), act=act, by=by, target=str(target)[:80], detail=said))


@dataclass(frozen=True)
class Wanted:
    """Which rows are looked for: "" and None ask for nothing. `act` is an act or the part before
    its dot, `since` and `until` the first moment and the one after the last."""

    by: str = ""
    act: str = ""
    target: str = ""
    since: datetime | None = None
    until: datetime | None = None


def find(session: Session, wanted: Wanted, *, before: int = 0, limit: int = 100) -> list[AuditRow]:
    """The newest rows, those with an id under `before` where that is given."""
    query = select(AuditRow).order_by(col(AuditRow.id).desc()).limit(limit)
    if wanted.by:
        query = query.where(AuditRow.by == wanted.by)
    if wanted.act:
        part = col(AuditRow.act).startswith(f"{wanted.act}.", autoescape=True)
        query = query.where(or_(col(AuditRow.act) == wanted.act, part))
    if wanted.target:
        query = query.where(AuditRow.target == wanted.target)
    if wanted.since:
        query = query.where(AuditRow.at >= wanted.since)
    if wanted.until:
        query = query.where(AuditRow.at < wanted.until)
    if before:
        query = query.where(col(AuditRow.id) < before)
    return list(session.exec(query))


def people(session: Session) -> list[str]:
    """Who has done anything at all."""
    return sorted(name for name in session.exec(select(AuditRow.by).distinct()) if name)
