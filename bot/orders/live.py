"""Keeps the orders of whoever asks fresh from a live source: asked once for all who wait, cached.

What the source says is written like an import, so the scope, the search and the answer are the same
as ever. When it fails, the orders that are here are used, and the answer says of when they are.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime

import structlog

from bot.database.db import Database
from bot.database.tables import CustomerRow
from bot.errors import ConflictError
from bot.orders import store
from bot.orders.sources import OrderSource, SourceError, Who
from bot.types import Nobody, OneOrder, Scope, now

log = structlog.get_logger()
TTL = 60.0  # seconds that an answer of the source is good for
PAUSE = 10.0  # seconds that a source which failed is left alone, customer by customer
_KEPT = 2000  # customers whose time is remembered


class LiveOrders:
    """One source and what was heard of it lately. Safe to share between threads."""

    def __init__(
        self,
        db: Database,
        source: OrderSource,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db = db
        self.source = source
        self._clock = clock
        self._lock = threading.Lock()
        self._asking: dict[Who, Future[bool]] = {}
        self._known: OrderedDict[Who, tuple[float, bool]] = OrderedDict()

    def refresh(self, scope: Scope) -> bool:
        """Bring the orders in scope up to date; False when the source did not answer."""
        if isinstance(scope, Nobody):
            return True
        with self._db.read() as session:
            customer = session.get(CustomerRow, scope.customer_id)
            email = customer.email if customer else None
        order_id = scope.order_id if isinstance(scope, OneOrder) else None
        return self.ask(Who(scope.customer_id, email, order_id))

    def ask(self, who: Who) -> bool:
        """Fetch and store, unless that was done a moment ago; who asks meanwhile waits for it."""
        with self._lock:
            until, fine = self._known.get(who, (0.0, False))
            if self._clock() < until:
                return fine
            waiting = self._asking.get(who)
            mine: Future[bool] = Future()
            if waiting is None:
                self._asking[who] = mine
        if waiting is not None:
            return waiting.result()
        fine = False
        try:
            fine = self._fetch(who)
        finally:
            with self._lock:
                del self._asking[who]
                self._known[who] = (self._clock() + (TTL if fine else PAUSE), fine)
                while len(self._known) > _KEPT:
                    self._known.popitem(last=False)
            mine.set_result(fine)
        return fine

    def _fetch(self, who: Who) -> bool:
        started = self._clock()
        try:
            records = self.source.fetch(who)
        except SourceError as error:
            log.error("orders.source_failed", source=self.source.name, cause=str(error))
            return False
        if records:
            self._store(records, at=now())
        log.info(
            "orders.refreshed",
            source=self.source.name,
            orders=len(records),
            seconds=round(self._clock() - started, 3),
        )
        return True

    def _store(self, records: store.Records, *, at: datetime) -> None:
        try:
            with self._db.begin() as session:
                store.save(session, records, at=at)
        except ConflictError:  # another process has just written the same orders
            log.info("orders.refreshed_elsewhere", source=self.source.name)
