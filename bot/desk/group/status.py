"""`/status`: is all well, who waits, how old is the index, what happened today."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.database.db import Database
from bot.database.tables import FeedbackRow, TicketRow, TurnRow
from bot.health import Report
from bot.texts import t
from bot.tickets import queue, waiting
from bot.types import Author, Language, now


@dataclass(frozen=True)
class Numbers:
    """The queue now, and what happened since `today` began."""

    waiting: int
    taken: int
    longest: int  # seconds
    questions: int
    answers: int
    tickets: int
    closed: int
    good: int
    bad: int


async def status(db: Database, health: Callable[[], Awaitable[Report]], language: Language) -> str:
    """The report as text; what cannot be read now is left out and named among the problems."""
    report = await health()
    lines = [
        t("agents_group.status_ok" if not report.problems else "agents_group.status_bad", language)
    ]
    lines += [f"⚠️ {t(key, language)}" for key in report.problems]
    if report.build is not None and report.index_age is not None:
        age = span(report.index_age, language)
        lines.append(t("agents_group.status_index", language, build=report.build, age=age))
    if report.database:
        numbers = await db.query(lambda session: count(session, now()))
        lines += _said(numbers, report.backlog or 0, language)
    return "\n".join(lines)


def count(session: Session, at: datetime) -> Numbers:
    """Today is this machine's: the agents' own day."""
    today = at.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    tickets = queue.counts(session)
    turns = dict(
        session.exec(
            select(TurnRow.author, func.count())
            .where(col(TurnRow.at) >= today)
            .group_by(col(TurnRow.author))
        ).all()
    )
    votes = dict(
        session.exec(
            select(FeedbackRow.value, func.count())
            .where(col(FeedbackRow.at) >= today, col(FeedbackRow.ticket_id).is_(None))
            .group_by(col(FeedbackRow.value))
        ).all()
    )
    opened = select(func.count()).where(col(TicketRow.created_at) >= today)
    closed = select(func.count()).where(col(TicketRow.closed_at) >= today)
    return Numbers(
        waiting=tickets.waiting,
        taken=tickets.open - tickets.waiting,
        longest=waiting.longest_wait(session, at),
        questions=turns.get(Author.SHOPPER.value, 0),
        answers=turns.get(Author.BOT.value, 0),
        tickets=session.exec(opened).one(),
        closed=session.exec(closed).one(),
        good=votes.get(1, 0),
        bad=votes.get(-1, 0),
    )


def span(seconds: int, language: Language) -> str:
    """A length of time in its largest useful unit."""
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return t(f"agents_group.{unit}", language, count=seconds // length)
    return t("agents_group.seconds", language, count=seconds)


def _said(numbers: Numbers, backlog: int, language: Language) -> list[str]:
    longest = span(numbers.longest, language) if numbers.longest else "–"
    shown = {**asdict(numbers), "longest": longest}
    return [
        t("agents_group.status_backlog", language, count=backlog),
        t("agents_group.status_queue", language, **shown),
        t("agents_group.status_today", language, **shown),
    ]
