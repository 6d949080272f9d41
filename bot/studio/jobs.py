"""Many drafts in one go: estimated first, capped, paused, gone on with after a kill.

A task and its draft are written in one transaction, so that each draft is there exactly once
whenever the process dies. One worker has a job at a time (a lease); what failed is listed with why.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.database import audit, leases
from bot.database.db import Database
from bot.database.studio_tables import JobRow, TaskRow
from bot.errors import ConflictError, DeskhandError, InputError, NotFoundError
from bot.studio import store
from bot.studio.brief import Brief, checked
from bot.studio.drafting import Draft, Writes, draft
from bot.studio.gate import Gate
from bot.studio.item import Item
from bot.types import Language, now

MOST = 100_000  # drafts of one job
_AT_ONCE = 50  # drafts in one transaction: what is lost of work at a kill
_LEASE = timedelta(seconds=60)


@dataclass(frozen=True)
class Progress:
    """How far a job is."""

    row: JobRow
    total: int
    done: int
    failed: int

    @property
    def left(self) -> int:
        return self.total - self.done - self.failed


@dataclass(frozen=True)
class Rates:
    """What a model costs: `read` and `written` for a million tokens, and how many tokens one draft
    takes of each. All 0 where the attributes make the texts."""

    read: float = 0.0
    written: float = 0.0
    tokens_read: int = 0
    tokens_written: int = 0

    @property
    def each(self) -> float:
        """What one draft is expected to cost."""
        return (self.read * self.tokens_read + self.written * self.tokens_written) / 1_000_000


def create(
    session: Session, items: Sequence[Item], brief: Brief, rates: Rates, *, cap: float, by: str
) -> int:
    """A job with a task for each item; its id. `InputError` for none, too many, or a cap that does
    not pay for a single one."""
    brief = checked(brief)
    if not items or len(items) > MOST:
        raise InputError("drafts.no_items", most=MOST)
    if cap < 0 or (cap and cap < rates.each):
        raise InputError("drafts.cap_too_small", each=f"{rates.each:.4f}")
    estimate = rates.each * len(items)
    row = JobRow(kind=brief.kind, brief=brief.stored(), estimate=estimate, cap=cap, by=by)
    session.add(row)
    session.flush()
    assert row.id is not None
    session.add_all(
        TaskRow(job_id=row.id, position=at, item=store.stored_item(item))
        for at, item in enumerate(items)
    )
    audit.note(session, "draft.job", by, row.id, kind=brief.kind, count=len(items))
    return row.id


def progress(session: Session, job_id: int) -> Progress:
    """How far a job is; `NotFoundError`."""
    row = session.get(JobRow, job_id)
    if row is None:
        raise NotFoundError("drafts.no_job")
    query = (
        select(TaskRow.state, func.count())
        .where(TaskRow.job_id == job_id)
        .group_by(col(TaskRow.state))
    )
    counted = {str(state): int(n) for state, n in session.exec(query)}
    total = sum(counted.values())
    return Progress(row, total, counted.get("done", 0), counted.get("failed", 0))


def newest(session: Session, limit: int = 10) -> list[Progress]:
    """The newest jobs."""
    query = select(JobRow.id).order_by(col(JobRow.id).desc()).limit(limit)
    return [progress(session, each) for each in session.exec(query) if each is not None]


def language_of(session: Session, job_id: int) -> Language:
    """The language of a job's texts."""
    query = select(TaskRow.item).where(TaskRow.job_id == job_id).limit(1)
    first = session.exec(query).first()
    return store.item_from(first).language if first else "en"


def failures(session: Session, job_id: int, limit: int = 100) -> list[TaskRow]:
    """The tasks that could not be done, with why."""
    query = select(TaskRow).where(TaskRow.job_id == job_id, TaskRow.state == "failed")
    return list(session.exec(query.order_by(col(TaskRow.position)).limit(limit)))


def change(session: Session, job_id: int, act: str, by: str) -> None:
    """ "pause", "resume", "stop", or "retry" what failed."""
    row = session.get(JobRow, job_id, with_for_update=True)
    if row is None:
        raise NotFoundError("drafts.no_job")
    if act == "retry":
        for task in failures(session, job_id, MOST):
            task.state, task.error = "waiting", ""
            session.add(task)
    states = {"pause": "paused", "resume": "running", "retry": "running", "stop": "stopped"}
    if act not in states or (row.state in ("done", "stopped") and act != "retry"):
        raise ConflictError("drafts.job_over")
    row.state, row.why = states[act], ""
    session.add(row)
    audit.note(session, f"draft.job_{act}", by, job_id)


def running(session: Session) -> list[int]:
    """The jobs that somebody should work on."""
    query = select(JobRow.id).where(JobRow.state == "running").order_by(col(JobRow.id))
    return [each for each in session.exec(query) if each is not None]


async def work(
    db: Database,
    job_id: int,
    gate: Gate,
    writes: Writes | None,
    reader: Language,
    *,
    told: Callable[[int], None] = lambda _: None,
) -> Progress:
    """Work on a job until it is done, paused or at its cap; `told` hears how many are finished.

    Where another process has it, nothing is done. It may be called again at any time.
    """
    me = leases.new_owner()
    finished = 0
    while True:

        def take(session: Session) -> tuple[JobRow, list[TaskRow]] | None:
            row = session.get(JobRow, job_id)
            if row is None or row.state != "running":
                return None
            if not leases.hold(session, f"studio:{job_id}", me, at=now(), lease=_LEASE):
                return None
            query = select(TaskRow).where(TaskRow.job_id == job_id, TaskRow.state == "waiting")
            tasks = list(session.exec(query.order_by(col(TaskRow.position)).limit(_AT_ONCE)))
            if not tasks:
                row.state = "done"
                session.add(row)
            for each in (row, *tasks):
                session.flush()
                session.expunge(each)
            return row, tasks

        taken = await db.write(take)
        if taken is None or not taken[1]:
            return await db.query(lambda session: progress(session, job_id))
        finished += await _batch(db, taken[0], taken[1], gate, writes, reader, me)
        told(finished)


async def _batch(
    db: Database,
    row: JobRow,
    tasks: Sequence[TaskRow],
    gate: Gate,
    writes: Writes | None,
    reader: Language,
    me: str,
) -> int:
    """Make the drafts of some tasks and store them with their tasks' end, all or none."""
    brief = Brief.from_stored(row.brief)
    made: list[tuple[int, Draft | None, str]] = []
    cost, why = 0.0, ""
    some = tasks if writes is None else tasks[:1]  # a model's text is too dear to be lost
    for task in some:
        if row.cap and row.spent + cost >= row.cap:
            why = "cap"
            break
        try:
            found = await draft(store.item_from(task.item), brief, gate, writes, reader)
            cost += found.written.cost
            made.append((task.position, found, ""))
        except DeskhandError as error:
            made.append((task.position, None, error.message(reader)[:500]))

    def finish(session: Session) -> int:
        job = session.get(JobRow, row.id, with_for_update=True)
        assert job is not None
        if not leases.hold(session, f"studio:{row.id}", me, at=now(), lease=_LEASE):
            return 0
        for position, found, error in made:
            task = session.get(TaskRow, (row.id, position))
            if task is None or task.state != "waiting":
                continue
            if found is not None:
                store.keep(session, found, job_id=row.id, position=position, by=job.by)
            task.state, task.error = ("failed", error) if found is None else ("done", "")
            session.add(task)
        job.spent += cost
        if why and job.state == "running":
            job.state, job.why = "paused", why
        session.add(job)
        return len(made)

    return await db.write(finish)
