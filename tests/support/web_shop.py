"""A small real server with the web channel and an answerer that knows nothing but to repeat.

`python -m tests.support.web_shop DATABASE_URL PORT`. Inbox, conversation and tickets are
the product's own.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import uvicorn
from sqlmodel import Session
from starlette.applications import Starlette

from bot.channels.web.channel import WebChannel
from bot.channels.web.limits import Limits
from bot.conversations import bursts, conversation, inbox
from bot.conversations.live import Live, conversation_topic
from bot.customers.typed_proof import Proofs
from bot.database.db import Database
from bot.errors import BusyError
from bot.tickets.opening import open_ticket
from bot.types import Button, Claim, Draft, Incoming, Reason, Say, Source, now

SECRET = "for-tests-only"
FRAME_ANCESTORS = "'self' http://localhost:* http://127.0.0.1:*"
_RETURNS = Source(
    "returns-window",
    "faq/returns.en.yaml",
    0.9,
    "Returns",
    "https://juniperandtide.example/returns",
)


@dataclass
class Repeater:
    """Accepts messages, and answers each burst with its own words.

    "choose" is answered with buttons, a pressed "person" with a ticket, "quiet" never. What begins
    with "slowly" is shown word by word and answered when somebody writes "go on".
    """

    db: Database
    live: Live
    backlog_cap: int = 1000
    refuse: bool = False
    accepted: list[Incoming] = field(default_factory=list)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def accept(self, incoming: Incoming) -> None:
        if self.refuse:
            raise BusyError("web.error_busy", 2, seconds=2)
        taken = await self.db.write(
            lambda s: inbox.accept(
                s, incoming, backlog_cap=self.backlog_cap, at=now(), watch=Proofs()
            )
        )
        self.accepted.append(incoming)
        if incoming.text == "go on":
            self.go_on.set()
        self.live.hint(conversation_topic(taken.conversation_id))

    async def run(self, channel: WebChannel) -> None:
        while True:
            for claim in await self.db.write(self._claim):
                await channel.typing(claim.chat)
                if claim.messages[-1].text.startswith("slowly"):
                    await self._stream(channel, claim)
                if claim.messages[-1].text != "quiet":
                    await self.db.write(partial(self._answer, claim=claim))
                    self.live.hint(conversation_topic(claim.conversation_id))
            await asyncio.sleep(0.05)

    async def _stream(self, channel: WebChannel, claim: Claim) -> None:
        words = claim.messages[-1].text.split()
        for end in range(1, len(words) + 1):
            text = f"**{' '.join(words[:end])}**"
            await channel.preview(
                claim.chat, Draft(claim.messages[-1].inbox_id, text, claim.language)
            )
            await asyncio.sleep(0.05)
        await self.go_on.wait()
        self.go_on.clear()

    def _claim(self, session: Session) -> list[Claim]:
        lease = timedelta(seconds=5)
        return bursts.claim(session, f"repeater-{os.getpid()}", at=now(), lease=lease, limit=10)

    def _answer(self, session: Session, claim: Claim) -> None:
        language = claim.language
        text = "\n".join(message.text for message in claim.messages)
        say = Say(f"**{text}**", language, sources=(_RETURNS,))
        if claim.messages[-1].choice == "person":
            row = conversation.lock(session, claim.conversation_id)
            open_ticket(
                session,
                row,
                Reason.ASKED_FOR_PERSON,
                summary="",
                mood=0.0,
                language=language,
                at=now(),
            )
            say = Say({"en": "A colleague will come.", "zh": "同事马上就来。"}[language], language)
        elif text == "choose":
            buttons = (Button("Send it back", "entry:returns"), Button("Something else", "more"))
            say = Say("Did you mean one of these?", language, buttons=buttons)
        bursts.finish(session, claim, say, at=now(), moods={})


def build(
    db: Database, *, https: bool = False, limits: Limits | None = None, **more: Any
) -> tuple[Starlette, WebChannel, Repeater]:
    """An application with nothing but the web channel, and its parts; `more` is for the channel."""
    live = Live()
    channel = WebChannel(
        db,
        live,
        SECRET,
        "",
        secure_cookies=https,
        frame_ancestors=FRAME_ANCESTORS,
        limits=limits,
        **more,
    )
    repeater = Repeater(db, live)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(channel.run(repeater.accept)),
            asyncio.create_task(repeater.run(channel)),
        ]
        yield
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task

    return Starlette(routes=channel.routes(), lifespan=lifespan), channel, repeater


if __name__ == "__main__":
    database = Database(sys.argv[1])
    database.migrate()
    uvicorn.run(build(database)[0], host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
    database.close()
