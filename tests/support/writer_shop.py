"""The demo shop with one model over HTTP, and a channel that remembers what it showed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, ClassVar

from langchain.chat_models import BaseChatModel
from langchain_openai import ChatOpenAI
from pydantic import SecretStr
from sqlmodel import Session, col, select

from bot.conversations import bursts
from bot.database.db import Database
from bot.database.leases import LEASE
from bot.database.tables import TurnRow
from bot.dialogue.checks import Checks
from bot.dialogue.skills import Skill
from bot.dialogue.writer import Writer
from bot.knowledge.retriever import ShopRetriever
from bot.types import Chat, Claim, Draft, Handler, Progress, Turn, now
from bot.writing.models import api
from bot.writing.models.ladder import Ladder, Rung
from bot.writing.models.ledger import Ledger
from tests.support.flows import flow_of
from tests.support.model_server import Behaviour, ModelServer, model_server
from tests.support.shop import heard

RETURNS = "How long do I have to return something?"
OWN_TEXT = "You have 30 days from delivery"
HELD = "You have 30 days from delivery, if it is unused, with its tags and original packaging."
WRITTEN = f"{HELD} [1]"


class Screen:
    """A channel that remembers what it showed."""

    name = "web"

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self.typed = 0

    async def run(self, handler: Handler) -> None:
        """Nobody writes here by themselves."""

    async def send(self, chat: Chat, reply: Turn, progress: Progress) -> None:
        """No deliverer runs in these tests."""

    async def typing(self, chat: Chat) -> None:
        self.typed += 1

    async def preview(self, chat: Chat, draft: Draft) -> None:
        self.drafts.append(draft)


class Wordless(ChatOpenAI):
    """The client of a model that cannot call tools."""

    bind_tools: ClassVar[Any] = BaseChatModel.bind_tools


class Shop:
    """The demo shop with one model, on one database, with `more` skills than every shop has."""

    def __init__(
        self,
        db: Database,
        retriever: ShopRetriever,
        server: ModelServer,
        *more: Skill[Any],
        timeout: float = 10,
        seats: int = 8,
        tools: bool = True,
        daily_cap: int = 0,
    ) -> None:
        self.db, self.server = db, server
        self.screen = Screen()
        backend = api.backend("openai:small", key=None, base_url=server.url, timeout=timeout)
        if not tools:
            model = Wordless(
                model="small", api_key=SecretStr("none"), base_url=server.url, max_retries=0
            )
            backend = replace(backend, model=model)
        ledger = Ledger(db, priced="openai:", daily_cap=daily_cap)
        rung = Rung(backend, seats, capped=bool(daily_cap))
        ladder = Ladder([rung], ledger, timeout=timeout)
        self.writer = Writer(ladder, Checks(retriever.current), shop=lambda _: "Anna's Teas")
        self.flow = flow_of(db, retriever, *more, cap=100, writer=self.writer)
        self.flow.channels["web"] = self.screen

    async def ask(self, *texts: str, chat: str = "anna", choice: str | None = None) -> TurnRow:
        """The bot's answer to a burst."""
        for text in texts:
            incoming = heard(text, chat=chat)
            await self.flow.receive(
                incoming
                if choice is None
                else type(incoming)(incoming.chat, incoming.message_id, text, choice=choice)
            )
        (claim,) = await self.db.write(self._claims)
        await self.flow.handle(claim)
        query = (
            select(TurnRow)
            .where(TurnRow.conversation_id == claim.conversation_id, TurnRow.author == "bot")
            .order_by(col(TurnRow.id).desc())
        )
        turn = await self.db.query(lambda session: session.exec(query).first())
        assert turn is not None
        return turn

    def _claims(self, session: Session) -> list[Claim]:
        return bursts.claim(session, "host:1:a", at=now(), lease=LEASE, limit=1)

    def prompt(self, at: int = -1) -> str:
        """What the model was given with its last request."""
        return "\n".join(message["content"] for message in self.server.requests[at]["messages"])


@asynccontextmanager
async def shop(
    db: Database,
    retriever: ShopRetriever,
    otherwise: Behaviour,
    *more: Skill[Any],
    timeout: float = 10,
    seats: int = 8,
    tools: bool = True,
    daily_cap: int = 0,
) -> AsyncIterator[Shop]:
    async with model_server(otherwise) as server:
        opened = Shop(
            db,
            retriever,
            server,
            *more,
            timeout=timeout,
            seats=seats,
            tools=tools,
            daily_cap=daily_cap,
        )
        yield opened
        await opened.writer.ladder.aclose()
