"""A shop whose agents are on Telegram: "human" in a shopper's message opens a ticket.

Inbox, outbox, channel and agents' group are the product's own; only Telegram is the stand-in.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlmodel import Session, col, select

from bot.conversations import bursts, conversation
from bot.conversations.conversation import saved
from bot.database.db import Database
from bot.database.tables import CardRow, ConversationRow, NoteRow, TicketRow, TurnRow, UserRow
from bot.desk.group.group import AgentsGroup
from bot.desk.group.reindex import Reindex
from bot.health import Report
from bot.tickets import accounts, opening
from bot.types import Claim, Language, Reason, Say, Status, now
from tests.support.telegram import FakeTelegram, Line, Seat
from tests.support.telegram_shop import Shop

GROUP = -1001000000001
NOOR, PIA, ADA, STRANGER = 21, 22, 23, 29


class AgentsShop(Shop):
    """Noor and Pia are agents, Ada is an admin; all three are in the group and connected."""

    def __init__(
        self,
        db: Database,
        server: FakeTelegram,
        *,
        forum: bool = False,
        chat_id: int | None = GROUP,
        language: Language | None = None,
        public_url: str | None = "https://shop.example",
        reindex: Reindex | None = None,
        health: Any = None,
        owner: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(db, server, **options)
        self.server = server
        self.group = server.group(GROUP, forum=forum, bot_admin=forum)
        self.agents = AgentsGroup(
            db,
            self.channel,
            chat_id=chat_id,
            language=language,
            public_url=public_url,
            health=health or well,
            reindex=reindex or Reindex(["false"]),
            poll=0.1,
            owner=owner,
        )
        self.channel.aside = self.agents.take
        self.noor = self.group.member(NOOR, "Noor")
        self.pia = self.group.member(PIA, "Pia")
        self.ada = self.group.member(ADA, "Ada")

    def people(self) -> None:
        """Make the desk's users; once a database."""
        with self.db.begin() as session:
            for name, role, number in (
                ("Noor", "agent", NOOR),
                ("Pia", "agent", PIA),
                ("Ada", "admin", ADA),
            ):
                session.add(UserRow(name=name, role=role, password_hash="-"))
                session.flush()
                accounts.connect(session, name, number)

    @asynccontextmanager
    async def open(self, *, abrupt: bool = False) -> AsyncIterator["AgentsShop"]:
        async with super().open(abrupt=abrupt):
            keeping = asyncio.create_task(self.agents.run())
            try:
                yield self
            finally:
                keeping.cancel()
                await asyncio.gather(keeping, return_exceptions=True)

    def _say(self, session: Session, claim: Claim) -> None:
        if not any("human" in message.text for message in claim.messages):
            super()._say(session, claim)
            return
        bursts.finish(session, claim, Say("A person will come.", "en"), at=now(), moods={})
        row = conversation.lock(session, claim.conversation_id)
        if row.status == Status.BOT:
            ticket(session, row)

    # what is stored

    def ticket(self, number: int = 1) -> TicketRow:
        with self.db.read() as session:
            return session.get_one(TicketRow, number)

    def notes(self) -> list[str]:
        """Who noted what, in order."""
        with self.db.read() as session:
            rows = session.exec(select(NoteRow).order_by(col(NoteRow.id)))
            return [f"{row.agent}: {row.text}" for row in rows]

    def card(self, number: int = 1) -> CardRow:
        with self.db.read() as session:
            return session.get_one(CardRow, number)

    def said(self, number: int = 1) -> list[tuple[str, str]]:
        """The ticket's conversation: author and text."""
        with self.db.read() as session:
            of = session.get_one(TicketRow, number).conversation_id
            query = select(TurnRow).where(TurnRow.conversation_id == of).order_by(col(TurnRow.id))
            return [(turn.author, turn.text) for turn in session.exec(query)]

    def texts(self) -> list[str]:
        """The group's messages as they are on the screen now, the bot's only."""
        return self.noor.bot_says

    async def shows(self, words: str, timeout: float = 30.0) -> Line:
        """The newest message or edit of the bot's in the group with these words; cards, edits and
        what is relayed come in no order that a test should count on."""

        def check() -> Line | None:
            lines = reversed(self.group.log)
            return next((line for line in lines if line.from_bot and words in line.text), None)

        found = await self.server.world.signal.until(check, timeout)
        if found is None:
            raise AssertionError(f"{words!r} not in the group:\n{self.group.chat.transcript}")
        return found

    async def stays_silent(self, seconds: float = 0.2) -> None:
        """The bot says nothing more in the group for so long."""
        before = len(self.group.log)
        await asyncio.sleep(seconds)
        said = [line for line in self.group.log[before:] if line.from_bot]
        if said:
            raise AssertionError(f"the bot spoke: {said}")

    async def asks_for_a_person(self, shopper: Seat, text: str = "I want a human") -> None:
        await shopper.writes(text)
        await shopper.sees("A person will come.")


def ticket(session: Session, row: ConversationRow, reason: Reason = Reason.ASKED_FOR_PERSON) -> int:
    """Open one for the locked conversation; its number."""
    turns = conversation.history(session, saved(row.id))
    opened = opening.open_ticket(
        session,
        row,
        reason,
        summary=opening.summarise(turns, "en"),
        mood=-0.3,
        language="zh" if row.language == "zh" else "en",
        at=now(),
    )
    return saved(opened.id)


async def well() -> Report:
    return Report("build-1", 7200, True, 0, ())
