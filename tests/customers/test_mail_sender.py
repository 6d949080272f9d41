"""The mail sender: from "asked for" to a real mail server, and what a refusal or a kill leaves."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlmodel import Session

from bot.customers import letters
from bot.customers.mail import mailer
from bot.customers.mail_sender import MailSender
from bot.database.db import Database
from bot.database.tables import CodeRow
from bot.types import OneCustomer, now
from tests.support.customers import begun, customer, scope_of, writes
from tests.support.smtp import MailServer, mail_server

ANNA = "anna@example.com"


@asynccontextmanager
async def running(db: Database, server: MailServer) -> AsyncIterator[None]:
    sender = MailSender(db, mailer(server.url, "shop@example.com"), shop="Tea & Co", poll=0.05)
    task = asyncio.create_task(sender.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def status(db: Database, conversation_id: int, wanted: str) -> None:
    """Wait until the conversation's code has this status."""

    def look(session: Session) -> str:
        return session.get_one(CodeRow, conversation_id).status

    async with asyncio.timeout(30):
        while await db.query(look) != wanted:
            await asyncio.sleep(0.02)


async def test_a_code_reaches_the_customer_and_proves_them(database: Database) -> None:
    with database.begin() as session:
        customer(session)
    with mail_server() as server:
        async with running(database, server):
            anna = begun(database, at=now())
            await asyncio.to_thread(writes, database, ANNA, at=now())
            await status(database, anna, "sent")
        [letter] = server.letters
    assert (letter["To"], letter["Subject"]) == (ANNA, "Your code for Tea & Co")
    found = re.search(r"\d{6}", letter.get_content())
    assert found is not None
    moment = now()
    writes(database, found.group(), at=moment)
    assert scope_of(database, anna, at=moment) == OneCustomer("anna")


async def test_nobody_gets_a_letter_for_an_unknown_address(database: Database) -> None:
    with mail_server() as server:
        async with running(database, server):
            anna = begun(database, at=now())
            await asyncio.to_thread(writes, database, ANNA, at=now())
            await status(database, anna, "sent")
        assert server.letters == []


async def test_a_server_that_refuses_is_tried_again(sqlite_database: Database) -> None:
    with sqlite_database.begin() as session:
        customer(session)
    with mail_server(refuse="DATA") as server:
        async with running(sqlite_database, server):
            anna = begun(sqlite_database, at=now())
            await asyncio.to_thread(writes, sqlite_database, ANNA, at=now())
            async with asyncio.timeout(30):
                while not server.recipients:
                    await asyncio.sleep(0.02)
            server.refuse = ""
            await status(sqlite_database, anna, "sent")
        assert len(server.letters) == 1


async def test_what_a_kill_left_is_sent_at_the_next_start(sqlite_database: Database) -> None:
    with sqlite_database.begin() as session:
        customer(session)
    anna = begun(sqlite_database, at=now())
    writes(sqlite_database, ANNA, at=now())
    with sqlite_database.read() as session:
        assert letters.waiting(session, at=now())
    with mail_server() as server:
        async with running(sqlite_database, server):
            await status(sqlite_database, anna, "sent")
        assert len(server.letters) == 1
