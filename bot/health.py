"""`/health`: may shoppers be sent to this process? 200 when it can answer them, else 503.

It can when an index is loaded and the database answers in time. A channel whose service is away
changes nothing of that: the web chat goes on, what is written waits, and another process would
reach the service no better; so it is told, but stays 200. The page names what is wrong and what to
do, for whoever is called at night, and nothing of the machine: no paths, no addresses. Why
something is wrong is what `bot doctor` and the log say.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot import __version__
from bot.conversations import inbox, outbox
from bot.conversations.outbox import Backlog
from bot.database.db import Database
from bot.database.duty import Duty
from bot.errors import BuildError, DatabaseError, EncoderError
from bot.knowledge.index import Index
from bot.texts import preferred, t
from bot.types import ChannelState, Language, now

Role = Literal["all", "web", "worker"]
"""What a process does: everything, what people open, or the rest: answer, deliver, poll, clocks."""

PATIENCE = 2.0  # seconds
_COUNTED = 10_000  # a longer backlog is not counted to its end


@dataclass(frozen=True)
class Report:
    """What `/health` says. `problems` are keys of texts; empty when all is well. `duties` are what
    this process of several does for all of them at the moment; `listening` that it hears at once
    what others commit, instead of by polling."""

    build: str | None
    index_age: int | None  # seconds
    database: bool
    backlog: int | None
    problems: tuple[str, ...]
    channels: Mapping[str, "ChannelReport"] = field(default_factory=dict)
    role: Role = "all"
    duties: tuple[str, ...] = ()
    listening: bool = False

    def body(self, language: Language) -> dict[str, object]:
        """The JSON that is sent."""
        return {
            "status": "unavailable" if self.problems else "ok",
            "version": __version__,
            "role": self.role,
            "duties": list(self.duties),
            "listening": self.listening,
            "index": {"build": self.build, "age_seconds": self.index_age},
            "database": "ok" if self.database else "unavailable",
            "backlog": self.backlog,
            "problems": [{"what": key, "do": t(key, language)} for key in self.problems],
            "channels": {name: each.body(language) for name, each in self.channels.items()},
        }


@dataclass(frozen=True)
class ChannelReport:
    """A channel with a service behind it, and what waits to go there; None when the database does
    not say. Times are counted at the moment `at`."""

    state: ChannelState
    backlog: Backlog | None
    counted: bool
    at: datetime

    def body(self, language: Language) -> dict[str, object]:
        """Its part of the JSON."""
        state, status = self.state, "ok"
        if state.trouble is not None:
            status = "trouble"
        elif state.heard is None:
            status = "connecting"
        trouble = state.trouble and {
            "what": state.trouble,
            "do": t(state.trouble, language),
            "since_seconds": self._ago(state.since),
        }
        return {
            "status": status,
            "by": state.by,
            "heard_seconds": self._ago(state.heard),
            "trouble": trouble,
            "waiting": None if not self.counted else self.backlog.waiting if self.backlog else 0,
            "oldest_seconds": self._ago(self.backlog.oldest) if self.backlog else None,
        }

    def _ago(self, moment: datetime | None) -> int | None:
        return None if moment is None else max(0, int((self.at - moment).total_seconds()))


class Health:
    """Looks after one process. `index` returns the loaded index or raises, as `CurrentIndex.get`;
    `channels` say how they stand with the services behind them. What the process does is its `role`
    and, for all processes of the shop, its `duties`.

    `leave` makes it answer 503 from then on, so that a load balancer turns away while the process
    finishes what it has.
    """

    def __init__(
        self,
        db: Database,
        index: Callable[[], Index],
        channels: Mapping[str, Callable[[], ChannelState]] | None = None,
        *,
        role: Role = "all",
        duties: Sequence[Duty] = (),
        listening: Callable[[], bool] = bool,
        patience: float = PATIENCE,
    ) -> None:
        self._role = role
        self._duties = tuple(duties)
        self._listening = listening
        self._db = db
        self._index = index
        self._channels = channels or {}
        self._patience = patience
        self._leaving = False
        self._probe: asyncio.Task[_Waiting] | None = None

    def leave(self) -> None:
        """The process is about to stop."""
        self._leaving = True

    async def report(self) -> Report:
        """Ask index and database, both at most `patience` seconds."""
        (build, age), waiting = await asyncio.gather(self._served(), self._waiting())
        problems = [
            *(["ops.stopping"] if self._leaving else []),
            *(["ops.no_index"] if build is None else []),
            *(["ops.no_database"] if waiting is None else []),
        ]
        replies, at = waiting.replies if waiting else {}, now()
        return Report(
            build,
            age,
            waiting is not None,
            waiting.messages if waiting else None,
            tuple(problems),
            {
                name: ChannelReport(state(), replies.get(name), waiting is not None, at)
                for name, state in self._channels.items()
            },
            self._role,
            tuple(duty.name for duty in self._duties if duty.held),
            self._listening(),
        )

    def route(self) -> Route:
        """`GET /health`."""

        async def health(request: Request) -> JSONResponse:
            report = await self.report()
            return JSONResponse(
                report.body(preferred(request.headers)),
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

    async def _waiting(self) -> "_Waiting | None":
        """What waits, None when the database does not say so in time.

        A look that hangs is not joined by a second one: it holds one of the database's threads.
        """
        if self._probe is None or self._probe.done():
            self._probe = asyncio.create_task(self._db.query(_waiting))
        done, _ = await asyncio.wait([self._probe], timeout=self._patience)
        if not done:
            return None
        try:
            return self._probe.result()
        except DatabaseError:
            return None


@dataclass(frozen=True)
class _Waiting:
    """Messages without an answer, and replies that are on their way, by channel."""

    messages: int
    replies: Mapping[str, Backlog]


def _waiting(session: Session) -> _Waiting:
    return _Waiting(
        inbox.backlog(session, at_most=_COUNTED), outbox.backlog(session, at_most=_COUNTED)
    )
