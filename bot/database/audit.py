"""What people did: who, when, to what. Rows are only ever added; the database itself refuses more.

A row names the thing and never what was said in it: no message, note, contact or secret. It is
written in the transaction of the act, so that neither is there without the other.
"""

from datetime import datetime

from sqlmodel import Session

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
