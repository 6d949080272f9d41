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
from sqlmodel import Session, select

from bot.channels.telegram.budget import Budget, Limits
from bot.channels.telegram.channel import Telegram
from bot.conversations import bursts, inbox, outbox
from bot.conversations.deliverer import Deliverer
from bot.conversations.worker import Worker
from bot.customers.typed_proof import Proofs
from bot.database.db import Database
from bot.database.tables import OutboxRow
from bot.types import Author, Button, Chat, Claim, Incoming, Say, Source, Turn, now
from tests.support.telegram import Budgets, FakeTelegram

_DRAIN = 30.0  # seconds that what is under way gets at the end
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
            "timeout": 30.0,  # a stalled machine is no lost network
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
    async def open(self, *, abrupt: bool = False) -> AsyncIterator["Shop"]:
        """Run the shop. It stops as the product does: what it is answering and sending comes to
        its end, and is noted. `abrupt`: everything is cut off where it is."""
        worker = Worker(self.db, self._answer, on_dead=self._gave_up, poll=0.05)
        deliverer = Deliverer(self.db, {"telegram": self.channel}, poll=0.05)
        listening = asyncio.create_task(self.channel.run(self.hear))
        working = [asyncio.create_task(worker.run()), asyncio.create_task(deliverer.run())]
        try:
            yield self
            await _end(listening)
            if not abrupt:
                await worker.drain(_DRAIN)
                await deliverer.drain(_DRAIN)
        finally:
            await _end(listening, *working)
            await self.channel.aclose()

    async def quiet(self, server: FakeTelegram) -> None:
        """Wait until nothing is under way: all that was written is heard, answered, delivered."""
        await server.confirmed()
        await until(lambda: not self._under_way())

    async def later(self) -> None:
        """What waits to be sent again is due now, as if a minute had passed."""

        def work(session: Session) -> None:
            for row in session.exec(select(OutboxRow).where(OutboxRow.status == "open")):
                row.next_at -= timedelta(minutes=1)

        await self.db.write(work)

    def _under_way(self) -> bool:
        with self.db.read() as session:
            return bool(inbox.backlog(session) or outbox.backlog(session, at_most=1))

    async def _answer(self, claim: Claim) -> None:
        await self.channel.typing(claim.chat)
        await self.db.write(partial(self._say, claim=claim))

    def _gave_up(self, _: Session, claim: Claim) -> None:
        raise AssertionError(f"no answer to {claim.messages}")

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


async def _end(*tasks: "asyncio.Task[None]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


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


async def until(check: Callable[[], object], seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not check():
            await asyncio.sleep(0.02)  # the check may be a query


def turn(text: str, number: int = 1, **more: Any) -> Turn:
    return Turn(
        number, more.pop("author", Author.BOT), text, more.pop("language", "en"), now(), **more
    )


def chat(number: int) -> Chat:
    return Chat("telegram", str(number))
