"""From a file of orders into the database: what is new or changed, in batches, each all or nothing.

A bad row is named and left out; nothing else is lost by it. It reads no file itself and embeds
nothing: whoever calls it does that with `Report.saved`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.database.db import Database
from bot.errors import DatabaseError
from bot.language.wording import fold
from bot.orders import checks, store
from bot.orders.checks import Reading, RecordError
from bot.orders.files import Contents, Problem, Row
from bot.orders.record import Customer, Order

BATCH = 500  # orders that one transaction writes


@dataclass
class Report:
    """What an import did. `unnamed` are the ids that nobody will find in what a shopper writes."""

    saved: store.Saved = field(default_factory=store.Saved)
    problems: list[Problem] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)


def import_orders(
    db: Database,
    contents: Contents,
    reading: Reading,
    *,
    at: datetime,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Bring `contents` into the database; `progress` hears how many rows are done.

    When the database fails, the batches before are in, as the `DatabaseError` says; running it
    again does the rest.
    """
    report = Report(problems=list(contents.problems))
    seen: dict[str, str] = {}
    batch: list[tuple[Customer, Order]] = []
    total = len(contents.rows)
    for done, row in enumerate(contents.rows, 1):
        checked = _checked(row, reading, seen)
        if isinstance(checked, Problem):
            report.problems.append(checked)
        else:
            batch.append(checked)
        if len(batch) == BATCH or (done == total and batch):
            _write(db, batch, report, at=at)
            batch = []
        if progress is not None:
            progress(done)
    with db.read() as session:
        numbers = store.numbers(session)
    report.unnamed = [each for each in seen if not numbers.found(fold(each), asked=True)]
    return report


def _checked(row: Row, reading: Reading, seen: dict[str, str]) -> tuple[Customer, Order] | Problem:
    """A row's records, or why it has none; one order twice in a file is a problem, too."""
    try:
        customer = checks.customer(row.customer)
        order = checks.order(row.order, reading, customer.id)
    except RecordError as error:
        return Problem(row.where, error.key, error.params)
    first = seen.setdefault(order.id, row.where)
    if first is not row.where:
        return Problem(row.where, "orders.twice", {"id": order.id, "first": first})
    return customer, order


def _write(
    db: Database, batch: list[tuple[Customer, Order]], report: Report, *, at: datetime
) -> None:
    try:
        with db.begin() as session:
            saved = store.save(session, batch, at=at)
    except DatabaseError as error:
        added, changed = len(report.saved.added), len(report.saved.changed)
        raise DatabaseError("orders.stopped", added=added, changed=changed) from error
    report.saved.added += saved.added
    report.saved.changed += saved.changed
    report.saved.unchanged += saved.unchanged
    report.saved.moved |= saved.moved
