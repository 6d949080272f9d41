"""What a shop's clocks do, whoever serves: forget what is too old, give back what nobody answers.

One process at a time runs them (`bot.database.duty`). They end when they are cancelled.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import structlog
from sqlmodel import Session

from bot.channels.telegram import shared_budget
from bot.conversations import search
from bot.customers import guesses, identity, notices, rights
from bot.database.db import Database
from bot.desk.pages import tried
from bot.errors import DatabaseError
from bot.tickets import handover, webhooks
from bot.types import now

log = structlog.get_logger()

FORGETTING = 3600.0  # seconds between looks for what is too old
RETURNING = 30.0  # seconds between looks for agents who have gone


async def run(db: Database, days: int, *others: Callable[[], Awaitable[None]]) -> None:
    """All of them side by side, and `others` that the caller has; `days` is how long conversations
    are kept, 0 for ever."""
    clocks = (_return_unanswered(db), _index_older(db), _forget(db, days))
    await asyncio.gather(*map(_alone, (*clocks, *(other() for other in others))))


async def _alone(clock: Awaitable[None]) -> None:
    """What nobody foresaw in one clock stops none of the others."""
    (error,) = await asyncio.gather(clock, return_exceptions=True)
    if error is not None:
        log.error("app.clock_failed", exc_info=error)


async def _forget(db: Database, days: int) -> None:
    """Delete what is older than the shop keeps it, and links and counts that count no more."""

    def sweep(session: Session) -> None:
        guesses.sweep(session, at=now())
        identity.sweep(session, at=now())
        notices.sweep(session, at=now())
        webhooks.sweep(session, now())
        shared_budget.sweep(session, at=now())
        tried.sweep(session, at=now())

    while True:
        try:
            await db.write(sweep)
            purged = False
            while days and await db.write(
                lambda session: rights.purge(session, now() - timedelta(days=days))
            ):
                purged = True
                await asyncio.sleep(0)  # a few hundred at a time, so that nobody waits for it
            if purged:
                await db.write(search.forget)
                await asyncio.to_thread(db.empty_log)
        except DatabaseError as error:
            log.error("app.not_forgotten", error=error.key)
        await asyncio.sleep(FORGETTING)


async def _return_unanswered(db: Database) -> None:
    """Give back to the queue what waits for an agent whose connection is lost."""
    while True:
        await asyncio.sleep(RETURNING)
        try:
            for conversation_id in await db.write(partial(handover.return_unanswered, at=now())):
                log.info("ticket returned", action="desk.returned", conversation=conversation_id)
        except DatabaseError as error:
            log.error("app.not_returned", error=error.key)


async def _index_older(db: Database) -> None:
    """Let the desk's search find what was said before it could search."""
    kinds: tuple[search.Kind, ...] = ("turn", "note", "name")
    for kind in kinds:
        after = 0
        try:
            while after := await db.write(partial(search.index_older, kind=kind, after=after)):
                await asyncio.sleep(0)
        except DatabaseError as error:
            log.error("app.search_incomplete", error=error.key)
