"""The demo shop's made-up orders, so that a newcomer can try it. Never mixed with a shop's own.

They are loaded when serving starts, from files in `knowledge/orders/` that say `"demo": true`, with
days counted from now, so that they are never stale; and they go when the first real orders come.
"""

from datetime import datetime, tzinfo
from pathlib import Path

import structlog
from sqlalchemy import delete
from sqlmodel import col, select

from bot.database.db import Database
from bot.database.order_tables import OrderRow
from bot.database.tables import CustomerRow
from bot.errors import InputError, ReadingError
from bot.orders import files, store
from bot.orders.checks import Reading
from bot.orders.importing import import_orders

log = structlog.get_logger()
SOURCE = "demo"
FOLDER = "orders"  # in the knowledge folder


def load(db: Database, knowledge: Path, zone: tzinfo, *, at: datetime) -> None:
    """Bring the demo orders up to today, unless the shop has orders of its own."""
    folder = knowledge / FOLDER
    if not folder.is_dir():
        return
    with db.read() as session:
        if session.exec(select(OrderRow.id).where(OrderRow.source != SOURCE)).first():
            return
    try:
        contents = files.read(folder)
    except (InputError, ReadingError) as error:
        log.warning("orders.demo_unreadable", cause=str(error))
        return
    if not contents.demo:
        return
    report = import_orders(db, contents, Reading(zone, now=at, source=SOURCE), at=at)
    for problem in report.problems:
        log.warning("orders.demo_problem", where=problem.where, cause=problem.message("en"))
    if report.saved.added:
        log.info("orders.demo_loaded", orders=len(report.saved.added))


def withdraw(db: Database) -> None:
    """Delete the demo's orders and customers, now that the shop has its own."""
    with db.begin() as session:
        theirs = select(OrderRow.customer_id).where(OrderRow.source == SOURCE).distinct()
        for customer_id in session.exec(theirs).all():
            store.erase(session, customer_id)
            session.execute(delete(CustomerRow).where(col(CustomerRow.id) == customer_id))
