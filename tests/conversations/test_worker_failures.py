"""What fails, hangs or ends the process is tried again, then given up to a person."""

import asyncio
import signal
import sys
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY
from sqlmodel import Session, select

from bot.conversations import bursts, inbox
from bot.conversations.conversation import history
from bot.database.db import Database
from bot.database.tables import ConversationRow, InboxRow
from bot.types import Claim, Status
from tests.support.workers import ask, drained, echo, inbox_statuses, replies, working


@pytest.mark.asyncio
async def test_a_failure_is_tried_again_and_then_forgotten(database: Database) -> None:
    tries = 0

    async def handle(claim: Claim) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise ValueError("a mishap")
        await echo(database)(claim)

    before = REGISTRY.get_sample_value("deskhand_answer_failures_total") or 0
    async with working(database, handle, poll=0.05):
        await ask(database, "hello")
        await drained(database)
    assert tries == 2
    assert REGISTRY.get_sample_value("deskhand_answer_failures_total") == before + 1
    assert await database.query(replies) == ["hello"]


@pytest.mark.asyncio
async def test_who_cannot_be_answered_gets_a_person(database: Database) -> None:
    async def handle(claim: Claim) -> None:
        raise ValueError(claim.messages[0].text)

    def almost_given_up(session: Session) -> None:
        for row in session.exec(select(InboxRow)):
            row.attempts = bursts.MAX_ATTEMPTS - 1

    await ask(database, "my card number is 4111")
    await database.write(almost_given_up)
    async with working(database, handle, poll=0.05):
        await drained(database)
    with database.read() as session:
        conversation = session.exec(select(ConversationRow)).one()
        assert conversation.status == Status.WAITING
        assert conversation.lease_owner is None
        assert [turn.text for turn in history(session, conversation.id or 0)][-1] == (
            "A person will help you."
        )
        (given_up,) = inbox.dead(session)
        assert given_up.error is not None
        assert given_up.error.startswith("ValueError handle:")
        assert "4111" not in given_up.error


POISONED = """
import asyncio, os, signal, sys
from bot.conversations import bursts, inbox
from bot.database.db import Database
from bot.types import Say, now
from bot.conversations.worker import Worker

async def handle(claim):
    await asyncio.sleep(0.02)
    if claim.messages[0].text == "poison":
        os.kill(os.getpid(), signal.SIGKILL)
    await asyncio.sleep(0.1)
    await db.write(lambda s: bursts.finish(s, claim, Say("ok", "en"), at=now(), moods={}))

async def main():
    worker = Worker(db, handle, on_dead=lambda session, claim: None, poll=0.02)
    running = asyncio.create_task(worker.run())
    while await db.query(inbox.backlog):
        await asyncio.sleep(0.02)
    await worker.drain(5)
    await running

db = Database(sys.argv[1])
asyncio.run(main())
db.close()
"""


@pytest.mark.asyncio
async def test_a_message_that_kills_the_process_is_given_up_and_its_neighbours_are_answered(
    sqlite_database: Database,
) -> None:
    for chat in range(8):
        await ask(sqlite_database, "poison" if chat == 4 else "hello", chat=f"chat {chat}")
    with sqlite_database.begin() as session:
        poison = session.exec(select(InboxRow).where(InboxRow.message_id == "poison")).one()
        poison.attempts = bursts.MAX_CRASHES - 3
    url = sqlite_database.url.render_as_string(hide_password=False)
    ends: list[int] = []
    while not ends or (ends[-1] != 0 and len(ends) < 20):
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", POISONED, url)
        ends.append(await process.wait())
    assert ends == [-signal.SIGKILL] * 3 + [0]
    with sqlite_database.read() as session:
        (given_up,) = inbox.dead(session)
        assert (given_up.message_id, given_up.error) == ("poison", bursts.CRASHED)
        assert sorted(inbox_statuses(session)) == ["dead", *["done"] * 7]
        tries = session.exec(select(InboxRow.attempts).where(InboxRow.status == "done")).all()
        assert max(tries) <= bursts.SUSPECT + 1


@pytest.mark.asyncio
async def test_a_handler_without_end_counts_as_failed(database: Database) -> None:
    async def handle(claim: Claim) -> None:
        if claim.messages[0].attempts == 0:
            await asyncio.sleep(60)
        await echo(database)(claim)

    async with working(database, handle, poll=0.05, patience=timedelta(seconds=1)):
        await ask(database, "hello")
        await drained(database)
    assert await database.query(replies) == ["hello"]
