"""A channel that notes what it sent, and replies for it: what tests of the way out share."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from prometheus_client import REGISTRY
from sqlmodel import Session, col, select

from bot.conversations import outbox
from bot.conversations.conversation import add_turn, lock, saved
from bot.conversations.deliverer import Deliverer
from bot.database.db import Database
from bot.database.tables import ConversationRow, OutboxRow
from bot.types import Author, Channel, Chat, Draft, Handler, Progress, Turn, now


class FakeChannel:
    """A channel that notes what it sent. `fails` may raise, given the text and the try's number."""

    def __init__(self, name: str = "web", pause: float = 0.0) -> None:
        self.name = name
        self.pause = pause
        self.sent: list[tuple[str, str]] = []
        self.tries: list[str] = []
        self.at_once = self.most_at_once = 0
        self.fails: Callable[[str, int], None] = lambda text, number: None
        self.open = asyncio.Event()  # while it is cleared, sends hang
        self.open.set()

    async def run(self, handler: Handler) -> None:
        await asyncio.Event().wait()

    async def send(self, chat: Chat, reply: Turn, progress: Progress) -> None:
        self.tries.append(reply.text)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(self.pause)
        await self.open.wait()
        self.at_once -= 1
        self.fails(reply.text, self.tries.count(reply.text))
        self.sent.append((chat.id, reply.text))

    async def typing(self, chat: Chat) -> None:
        return

    async def preview(self, chat: Chat, draft: Draft) -> None:
        return


def reply(text: str, *, chat: str = "anna", channel: str = "web") -> Callable[[Session], int]:
    """A write that says `text`; returns the conversation's id."""

    def work(session: Session) -> int:
        query = select(ConversationRow).where(
            ConversationRow.chat_id == chat, ConversationRow.channel == channel
        )
        row = session.exec(query).one_or_none() or ConversationRow(channel=channel, chat_id=chat)
        session.add(row)
        session.flush()
        row = lock(session, saved(row.id))
        turn = add_turn(session, saved(row.id), Author.BOT, text, "en")
        outbox.put(session, row, turn, at=now())
        return saved(row.id)

    return work


def statuses(session: Session) -> list[str]:
    return list(session.exec(select(OutboxRow.status).order_by(col(OutboxRow.id))))


def failures(permanent: bool) -> float:
    labels = {"channel": "web", "permanent": str(permanent).lower()}
    return REGISTRY.get_sample_value("deskhand_delivery_failures_total", labels) or 0


@asynccontextmanager
async def delivering(
    database: Database, *channels: Channel, **options: Any
) -> AsyncIterator[Deliverer]:
    deliverer = Deliverer(database, {channel.name: channel for channel in channels}, **options)
    running = asyncio.create_task(deliverer.run())
    await asyncio.sleep(0)  # from here on it hears of what is written
    yield deliverer
    await deliverer.drain(30)
    await running


async def tried(channel: FakeChannel, *texts: str) -> None:
    """Wait until the channel was asked to send these."""
    async with asyncio.timeout(30):
        while channel.tries != list(texts):
            await asyncio.sleep(0.01)


async def settled(database: Database, *expected: str, seconds: float = 30) -> None:
    """Wait until the outbox's rows have these statuses."""
    async with asyncio.timeout(seconds):
        while (found := await database.query(statuses)) != list(expected):
            await asyncio.sleep(0.02)
    assert found == list(expected)


def leased(
    database: Database, owner: str = "host:1:a", *, at: datetime | None = None
) -> list[outbox.Delivery]:
    lease = timedelta(seconds=60)
    with database.begin() as session:
        return outbox.claim(session, owner, channels=["web"], at=at or now(), lease=lease, limit=10)
