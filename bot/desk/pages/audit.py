"""The admin's page of the audit log: what people did, narrowed down, and as a file."""

from datetime import datetime, time, timedelta
from urllib.parse import urlencode

from sqlmodel import Session
from starlette.responses import Response

from bot.database import audit
from bot.database.audit import Wanted
from bot.database.tables import AuditRow
from bot.desk.pages.guard import Call, Desk, storable
from bot.desk.pages.sheets import sheet
from bot.types import now

KINDS = (
    "ticket",
    "customer",
    "account",
    "team",
    "canned",
    "setting",
    "connection",
    "knowledge",
    "experiment",
    "draft",
    "price",
)
_PAGE = 100
_FILE = 50_000  # rows


async def audit_page(desk: Desk, call: Call) -> Response:
    wanted, given = _wanted(desk, call)
    before = given["before"]

    def work(session: Session) -> tuple[list[AuditRow], list[str]]:
        older = int(before) if before.isascii() and before.isdigit() and len(before) < 10 else 0
        found = audit.find(session, wanted, before=older, limit=_PAGE + 1)
        return found, audit.people(session)

    rows, people = await desk.db.query(work)
    return call.page(
        "audit.html",
        rows=rows[:_PAGE],
        older=rows[_PAGE - 1].id if len(rows) > _PAGE else None,
        people=people,
        kinds=KINDS,
        given=given,
        query=urlencode({name: value for name, value in given.items() if name != "before"}),
    )


async def download(desk: Desk, call: Call) -> Response:
    """The newest rows that are looked for; times are UTC."""
    wanted, _ = _wanted(desk, call)
    rows = await desk.db.query(lambda session: audit.find(session, wanted, limit=_FILE))
    return sheet(
        f"audit-{now():%Y-%m-%d}.csv",
        ("id", "at", "by", "act", "target", "detail"),
        (
            (row.id, row.at.isoformat(), row.by, row.act, row.target, _said(row.detail))
            for row in rows
        ),
    )


def _wanted(desk: Desk, call: Call) -> tuple[Wanted, dict[str, str]]:
    """What the address asks for, and its parts as they go back into the form."""
    names = ("by", "act", "target", "since", "until", "before")
    query = call.request.query_params
    given = {name: storable(query.get(name, "")[:80]).strip() for name in names}
    since, until = _day(desk, given["since"]), _day(desk, given["until"])
    target = given["target"].removeprefix("#")
    end = until + timedelta(days=1) if until else None
    return Wanted(given["by"], given["act"], target, since, end), given


def _day(desk: Desk, text: str) -> datetime | None:
    """The beginning of a day of the shop's; None for what is no day."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007
        return datetime.combine(day, time(), desk.zone) if 1970 < day.year < 9999 else None
    except ValueError:
        return None


def _said(detail: dict[str, object]) -> str:
    return ", ".join(f"{name}={value}" for name, value in detail.items())
