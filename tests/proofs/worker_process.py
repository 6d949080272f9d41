"""The durable path alone, as a process to be killed: real inbox, worker and outbox, tiny answers.

`POST /accept {"chat", "id", "text"}` answers 202 once the message is on disk; `GET /health` 200
once it serves. Usage: python -m tests.proofs.worker_process DATABASE_URL PORT
"""

import asyncio
import contextlib
import random
import sys
from collections.abc import AsyncIterator

import structlog
import uvicorn
from sqlmodel import Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.conversations import bursts, inbox
from bot.conversations.deliverer import Deliverer
from bot.conversations.worker import Worker
from bot.database.db import Database
from bot.errors import BusyError
from bot.types import Chat, Claim, Draft, Handler, Incoming, Progress, Say, Turn, now


class Nowhere:
    """A channel without an outside: takes every reply after a moment."""

    name = "web"

    async def run(self, handler: Handler) -> None:
        await asyncio.Event().wait()

    async def send(self, chat: Chat, reply: Turn, progress: Progress) -> None:
        await asyncio.sleep(random.uniform(0, 0.01))

    async def typing(self, chat: Chat) -> None:
        return

    async def preview(self, chat: Chat, draft: Draft) -> None:
        return


def application(db: Database) -> Starlette:
    """The process's two addresses, with the worker and the deliverer running beside them."""

    async def answer(claim: Claim) -> None:
        await asyncio.sleep(random.uniform(0, 0.02))
        said = " ".join(message.text for message in claim.messages)
        await db.write(
            lambda session: bursts.finish(session, claim, Say(said, "en"), at=now(), moods={})
        )

    async def accept(request: Request) -> JSONResponse:
        body = await request.json()
        incoming = Incoming(Chat("web", body["chat"]), body["id"], body["text"])
        try:
            await db.write(
                lambda session: inbox.accept(session, incoming, backlog_cap=200, at=now())
            )
        except BusyError as error:
            return JSONResponse({}, 503, {"Retry-After": str(error.retry_after)})
        return JSONResponse({}, 202)

    async def health(request: Request) -> JSONResponse:
        return JSONResponse({})

    def unheard(session: Session, claim: Claim) -> None:
        """Nobody is told here; the proof counts dead messages as failures."""

    @contextlib.asynccontextmanager
    async def running(app: Starlette) -> AsyncIterator[None]:
        worker, deliverer = Worker(db, answer, on_dead=unheard), Deliverer(db, {"web": Nowhere()})
        tasks = [asyncio.create_task(worker.run()), asyncio.create_task(deliverer.run())]
        yield
        await worker.drain(5)
        await deliverer.drain(5)
        await asyncio.gather(*tasks)

    routes = [Route("/accept", accept, methods=["POST"]), Route("/health", health)]
    return Starlette(routes=routes, lifespan=running)


def main() -> None:
    """Serve until the process is told to stop, or killed."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    url, port = sys.argv[1], int(sys.argv[2])
    db = Database(url)
    db.migrate()
    uvicorn.run(application(db), host="127.0.0.1", port=port, log_level="warning")
    db.close()


if __name__ == "__main__":
    main()
