"""Group commit: writes of many tasks wait for one thread, which commits what is waiting together.

One disk flush then serves many chats. How a group is committed is its maker's matter
(`bot.database.db`).
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Any, TypeVar

from sqlmodel import Session

from bot.errors import DatabaseError

T = TypeVar("T")
GROUP = 64  # writes that one commit may serve


class Carrier:
    """Takes whatever error leaves its block, for the caller of `write` to raise."""

    error: BaseException | None = None

    def __enter__(self) -> None:
        return

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        self.error = error
        return True


class Job:
    """One waiting write; `carrier` has its own error, not that of a commit it shared."""

    def __init__(self, work: Callable[[Session], Any], first: bool) -> None:
        self.work = work
        self.first = first
        self.future: Future[Any] = Future()
        self.result: Any = None
        self.carrier = Carrier()
        self.events: Sequence[object] = ()
        self.ran = False

    def ready(self) -> bool:
        """Whether somebody still waits for it; a job that was left over is asked again."""
        return self.future.running() or self.future.set_running_or_notify_cancel()


class GroupCommit:
    """The writing thread: takes what waits, has it committed together, then says so."""

    def __init__(self, commit: Callable[[Sequence[Job], Callable[[], bool]], None]) -> None:
        self._commit = commit
        self._first: deque[Job] = deque()
        self._jobs: deque[Job] = deque()
        self._closed = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="db-group-commit", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Session], T], first: bool) -> Future[T]:
        job = Job(work, first)
        with self._news:
            if self._closed:
                raise DatabaseError("database.closed")
            (self._first if first else self._jobs).append(job)
            self._news.notify()
        return job.future

    def close(self) -> None:
        with self._news:
            self._closed = True
            self._news.notify()
        self._thread.join()

    def _work(self) -> None:
        while waiting := self._next():
            jobs = [job for job in waiting if job.ready()]
            if jobs:
                self._serve(jobs)

    def _next(self) -> list[Job]:
        """What to commit together now, once there is something; nothing when all is over."""
        with self._news:
            self._news.wait_for(lambda: self._first or self._jobs or self._closed)
            source = self._first or self._jobs
            return [source.popleft() for _ in range(min(GROUP, len(source)))]

    def _serve(self, jobs: Sequence[Job]) -> None:
        shared = Carrier()
        with shared:
            self._commit(jobs, lambda: bool(self._first) and not jobs[0].first)
        for job in jobs:
            error = job.carrier.error or shared.error
            if not job.ran and error is None:
                continue
            if error is None:
                job.future.set_result(job.result)
            else:
                job.future.set_exception(error)
        with self._news:
            left = [job for job in jobs if not job.future.done()]
            self._jobs.extendleft(reversed(left))
