"""A worker of the tests: it repeats what was said, and calls a person when it gives up."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlmodel import Session, col, select

from bot.conversations import bursts, inbox
from bot.conversations.conversation import add_turn, lock, move
from bot.conversations.worker import Worker
from bot.database.db import Database
from bot.database.tables import ConversationRow, InboxRow, TurnRow
from bot.types import Author, Claim, Say, Status, now
from tests.support.shop import heard

Handle = Callable[[Claim], Awaitable[None]]


def sorry(session: Session, claim: Claim) -> None:
    """What the flow does when an answer is given up: a person is called, the shopper is told."""
    row = lock(session, claim.conversation_id)
    move(row, Status.WAITING)
    add_turn(session, claim.conversation_id, Author.SYSTEM, "A person will help you.", "en")


def echo(database: Database, pause: float = 0.0) -> Handle:
    """A handler that repeats what was said."""

    async def handle(claim: Claim) -> None:
        await asyncio.sleep(pause)
        said = "+".join(message.text for message in claim.messages)
        await database.write(
            lambda session: bursts.finish(session, claim, Say(said, "en"), at=now(), moods={})
        )

    return handle


@asynccontextmanager
async def working(database: Database, handle: Handle, **options: Any) -> AsyncIterator[Worker]:
    worker = Worker(database, handle, on_dead=sorry, **options)
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0)  # from here on it hears of what is written
    yield worker
    await worker.drain(30)
    await running


async def ask(database: Database, text: str, *, chat: str = "anna") -> None:
    incoming = heard(text, chat=chat)
    await database.write(
        lambda session: inbox.accept(session, incoming, backlog_cap=1000, at=now())
    )


def replies(session: Session) -> list[str]:
    query = select(TurnRow.text).where(TurnRow.author == "bot").order_by(col(TurnRow.id))
    return list(session.exec(query))


def inbox_statuses(session: Session) -> list[str]:
    return list(session.exec(select(InboxRow.status).order_by(col(InboxRow.id))))


async def begun(database: Database) -> None:
    """Wait until a worker has claimed something."""
    query = select(ConversationRow.id).where(col(ConversationRow.lease_owner).is_not(None))
    async with asyncio.timeout(30):
        while not await database.query(lambda session: session.exec(query).all()):
            await asyncio.sleep(0.01)


async def drained(database: Database) -> None:
    """Wait until everything was answered; sooner than a poll of 60 seconds comes."""
    async with asyncio.timeout(45):
        while await database.query(inbox.backlog):
            await asyncio.sleep(0.02)
