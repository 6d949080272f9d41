"""The table of whatever index build is served, made once a build and shared by all threads."""

import threading
from collections.abc import Callable

from bot.catalogue.table import Table
from bot.knowledge.index import Index


class Catalogue:
    """Asked for its table with every message, so that a new build counts from the next one on."""

    def __init__(self, current: Callable[[], Index]) -> None:
        self._current = current
        self._lock = threading.Lock()
        self._of = ""
        self._table = Table(())

    def table(self) -> Table:
        """The current build's products; `BuildError` when there is no index.

        While one thread makes a new table, the others go on with the one before.
        """
        index = self._current()
        if self._of != index.build_id and self._lock.acquire(blocking=not self._of):
            try:
                if self._of != index.build_id:
                    self._table = Table(index.entries.values())
                    self._of = index.build_id
            finally:
                self._lock.release()
        return self._table
