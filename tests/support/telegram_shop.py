"""A shop on Telegram that repeats what it hears: our inbox, outbox and channel, the stand-in's API.

The fixtures are every test's: `server` is the stand-in, `shop` runs against it, `channel` speaks.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlmodel import Session

from bot.channels.telegram.budget import Budget, Limits
from bot.channels.telegram.channel import Telegram
from bot.conversations import bursts, inbox
from bot.conversations.deliverer import Deliverer
from bot.customers.typed_proof import Proofs
from bot.database.db import Database
from bot.types import Author, Button, Chat, Claim, Incoming, Say, Source, Turn, now
from tests.support.telegram import Budgets, FakeTelegram

SECRET = "any secret: it need not suit Telegram"
RETURNS = Source("returns", "faq/returns.en.yaml", 0.9, "Returns & refunds", "https://x.example/r")
_CONTACT = Button("Share my phone number", "proof:contact")
PROOFS = {  # what the shop answers with a request for a proof
    "my orders": (_CONTACT, Button("By e-mail", "proof:code")),
    "my parcel": (_CONTACT,),
}
FAST = Limits(overall=10_000, spacing=0.0, burst=100, group=10_000)


class Shop:
    """A shop that repeats what it hears: accepts, answers, delivers."""

    def __init__(self, db: Database, server: FakeTelegram, **options: Any) -> None:
        self.db = db
        self.pauses: list[float] = []
        self.look = asyncio.Event()
        self.heard: list[Incoming] = []
        self.fail: list[BaseException] = []
        settings: dict[str, Any] = {
            "db": db,
            "base_url": server.base_url,
            "public_url": None,
            "webhook_secret": SECRET,
            "poll_timeout": 1,
            "timeout": 5.0,
            "budget": Budget(FAST),
            "sleep": self._sleep,
        }
        self.channel = Telegram(**({"token": server.token} | settings | options))

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if seconds >= 600:  # the look after the webhook
            await self.look.wait()
            self.look.clear()
        await asyncio.sleep(min(seconds, 0.02))

    async def hear(self, incoming: Incoming) -> None:
        if self.fail:
            error = self.fail[0] if len(self.fail) == 1 else self.fail.pop(0)
            raise error
        await self.db.write(
            lambda s: inbox.accept(s, incoming, backlog_cap=1000, at=now(), watch=Proofs())
        )
        self.heard.append(incoming)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Shop"]:
        deliverer = Deliverer(self.db, {"telegram": self.channel}, poll=0.05)
        tasks = [
            asyncio.create_task(each)
            for each in (self.channel.run(self.hear), self._answer(), deliverer.run())
        ]
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.channel.aclose()

    async def _answer(self) -> None:
        while True:
            for claim in await self.db.write(self._claim):
                await self.channel.typing(claim.chat)
                await self.db.write(partial(self._say, claim=claim))
            await asyncio.sleep(0.01)

    def _claim(self, session: Session) -> list[Claim]:
        return bursts.claim(session, "shop:1:a", at=now(), lease=timedelta(seconds=30), limit=50)

    def _say(self, session: Session, claim: Claim) -> None:
        text = " + ".join(
            f"{message.choice}: {message.text}" if message.choice else message.text
            for message in claim.messages
        )
        say = Say(f"**{text}**", claim.language, sources=(RETURNS,))
        if text == "choose":
            buttons = (Button("Send it back", f"entry:{'x' * 100}"), Button("Other", "entry:y"))
            say = Say("Did you mean one of these?", claim.language, buttons)
        if text in PROOFS:
            say = Say("First show who you are.", claim.language, PROOFS[text])
        bursts.finish(session, claim, say, at=now(), moods={})


@pytest.fixture
async def server() -> AsyncIterator[FakeTelegram]:
    unlimited = Budgets.unlimited()
    async with FakeTelegram(webhook_delay=0.05, budgets=unlimited) as running:
        yield running


@pytest.fixture
async def shop(sqlite_database: Database, server: FakeTelegram) -> AsyncIterator[Shop]:
    async with Shop(sqlite_database, server).open() as opened:
        yield opened


@pytest.fixture
async def channel(sqlite_database: Database, server: FakeTelegram) -> AsyncIterator[Telegram]:
    """A channel that only speaks."""
    speaking = Shop(sqlite_database, server).channel
    yield speaking
    await speaking.aclose()


async def until(check: Callable[[], object], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not check():
            await asyncio.sleep(0.005)


def turn(text: str, number: int = 1, **more: Any) -> Turn:
    return Turn(
        number, more.pop("author", Author.BOT), text, more.pop("language", "en"), now(), **more
    )


def chat(number: int) -> Chat:
    return Chat("telegram", str(number))
