"""`/health`: may shoppers be sent to this process? 200 when it can answer them, else 503.

It can when an index is loaded and the database answers in time. The page names what is wrong and
what to do, for whoever is called at night, and nothing of the machine: no paths, no addresses. Why
something is wrong is what `bot doctor` and the log say.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot import __version__, inbox
from bot.db import Database
from bot.errors import BuildError, DatabaseError, EncoderError
from bot.indexing.index import Index
from bot.texts import t
from bot.types import Language, now

PATIENCE = 2.0  # seconds
_COUNTED = 10_000  # a longer backlog is not counted to its end


@dataclass(frozen=True)
class Report:
    """What `/health` says. `problems` are keys of texts; empty when all is well."""

    build: str | None
    index_age: int | None  # seconds
    database: bool
    backlog: int | None
    problems: tuple[str, ...]

    def body(self, language: Language) -> dict[str, object]:
        """The JSON that is sent."""
        return {
            "status": "unavailable" if self.problems else "ok",
            "version": __version__,
            "index": {"build": self.build, "age_seconds": self.index_age},
            "database": "ok" if self.database else "unavailable",
            "backlog": self.backlog,
            "problems": [{"what": key, "do": t(key, language)} for key in self.problems],
        }


class Health:
    """Looks after one process. `index` returns the loaded index or raises, as `CurrentIndex.get`.

    `leave` makes it answer 503 from then on, so that a load balancer turns away while the process
    finishes what it has.
    """

    def __init__(
        self, db: Database, index: Callable[[], Index], *, patience: float = PATIENCE
    ) -> None:
        self._db = db
        self._index = index
        self._patience = patience
        self._leaving = False
        self._probe: asyncio.Task[int] | None = None

    def leave(self) -> None:
        """The process is about to stop."""
        self._leaving = True

    async def look(self) -> Report:
        """Ask index and database, both at most `patience` seconds."""
        (build, age), backlog = await asyncio.gather(self._served(), self._backlog())
        problems = [
            *(["ops.stopping"] if self._leaving else []),
            *(["ops.no_index"] if build is None else []),
            *(["ops.no_database"] if backlog is None else []),
        ]
        return Report(build, age, backlog is not None, backlog, tuple(problems))

    def route(self) -> Route:
        """`GET /health`."""

        async def health(request: Request) -> JSONResponse:
            chinese = request.headers.get("accept-language", "").lower().startswith("zh")
            report = await self.look()
            return JSONResponse(
                report.body("zh" if chinese else "en"),
                503 if report.problems else 200,
                headers={"Cache-Control": "no-store"},
            )

        return Route("/health", health)

    async def _served(self) -> tuple[str | None, int | None]:
        try:
            async with asyncio.timeout(self._patience):
                index = await asyncio.to_thread(self._index)  # the first call may load it
        except (BuildError, EncoderError, TimeoutError):
            return None, None
        created = datetime.fromisoformat(index.manifest.created)
        return index.build_id, max(0, int((now() - created).total_seconds()))

    async def _backlog(self) -> int | None:
        """How many messages wait, None when the database does not say so in time.

        A look that hangs is not joined by a second one: it holds one of the database's threads.
        """
        if self._probe is None or self._probe.done():
            self._probe = asyncio.create_task(
                self._db.query(lambda session: inbox.backlog(session, at_most=_COUNTED))
            )
        done, _ = await asyncio.wait([self._probe], timeout=self._patience)
        if not done:
            return None
        try:
            return self._probe.result()
        except DatabaseError:
            return None
