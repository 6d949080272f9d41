"""The worker answers soon, in order, side by side, and ends without leaving anything behind."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from bot.conversations import bursts, inbox
from bot.conversations.worker import Worker
from bot.database.db import Database
from bot.database.tables import ConversationRow, InboxRow
from bot.database.transaction import Taker
from bot.types import Claim, now
from tests.support.shop import LEASE, heard, reconcile
from tests.support.workers import ask, begun, drained, echo, inbox_statuses, replies, sorry, working


@pytest.mark.asyncio
async def test_a_message_is_answered_at_once_without_a_poll(database: Database) -> None:
    async with working(database, echo(database), poll=60):
        await ask(database, "hello")
        await drained(database)
    assert await database.query(replies) == ["hello"]


@pytest.mark.asyncio
async def test_what_nothing_stands_before_is_claimed_with_its_acceptance(
    database: Database,
) -> None:
    def holder(session: Session) -> list[tuple[str | None, int]]:
        query = select(ConversationRow.lease_owner, InboxRow.attempts).join(InboxRow)
        return [(owner, attempts) for owner, attempts in session.exec(query)]

    def accept(session: Session) -> list[tuple[str | None, int]]:
        inbox.accept(session, heard("hello"), backlog_cap=1000, at=now())
        return holder(session)

    async with working(database, echo(database), poll=60) as worker:
        assert await database.write(accept) == [(worker.owner, 1)]
        await drained(database)
    assert await database.query(replies) == ["hello"]
    assert await database.query(holder) == [(None, 1)]


@pytest.mark.asyncio
async def test_a_claim_that_comes_while_draining_is_given_back(database: Database) -> None:
    def accept(session: Session) -> None:
        taker = Taker(worker.owner, timedelta(minutes=1), lambda channel: True)
        database.process.takers[Claim] = taker
        inbox.accept(session, heard("hello"), backlog_cap=1000, at=now())

    async with working(database, echo(database, pause=0.3)) as worker:
        await ask(database, "busy", chat="ben")
        await begun(database)
        draining = asyncio.create_task(worker.drain(30))
        await asyncio.sleep(0)
        await database.write(accept)  # its transaction had begun before the draining did
        await draining
    assert await database.query(replies) == ["busy"]
    (taken,) = await database.write(
        lambda session: bursts.claim(session, "next", limit=9, at=now(), lease=LEASE)
    )
    assert [message.attempts for message in taken.messages] == [0]


@pytest.mark.asyncio
async def test_what_another_process_accepted_is_found_by_the_poll(database: Database) -> None:
    async with working(database, echo(database), poll=0.05):
        other = Database(database.url.render_as_string(hide_password=False))
        await ask(other, "hello")
        other.close()
        await drained(database)
    assert await database.query(replies) == ["hello"]


@pytest.mark.asyncio
async def test_what_arrives_meanwhile_is_answered_next_and_together(database: Database) -> None:
    arrived = asyncio.Event()

    async def handle(claim: Claim) -> None:
        await arrived.wait()
        await echo(database)(claim)

    async with working(database, handle, poll=60):
        await ask(database, "one")
        await begun(database)
        await ask(database, "two")
        await ask(database, "three")
        arrived.set()
        await drained(database)
    assert await database.query(replies) == ["one", "two+three"]


@pytest.mark.asyncio
async def test_what_is_claimed_before_the_last_handler_has_returned_is_answered_after_it(
    database: Database,
) -> None:
    returning = asyncio.Event()

    async def handle(claim: Claim) -> None:
        await echo(database)(claim)
        await returning.wait()

    async with working(database, handle, poll=0.02):
        await ask(database, "one")
        await drained(database)
        await ask(database, "two")
        await begun(database)  # by the poll, while the first handler is still there
        returning.set()
        await drained(database)
    assert await database.query(replies) == ["one", "two"]


@pytest.mark.asyncio
async def test_a_slow_conversation_holds_nobody_up(database: Database) -> None:
    released = asyncio.Event()

    async def handle(claim: Claim) -> None:
        if claim.chat.id == "slow":
            await released.wait()
        await echo(database)(claim)

    async with working(database, handle, poll=60):
        await ask(database, "slow", chat="slow")
        for n in range(10):
            await ask(database, str(n), chat=str(n))
        async with asyncio.timeout(30):
            while len(await database.query(replies)) < 10:
                await asyncio.sleep(0.01)
        released.set()
        await drained(database)
    assert (await database.query(replies))[-1] == "slow"


@pytest.mark.asyncio
async def test_no_more_than_the_limit_runs_at_once_and_all_get_their_turn(
    database: Database,
) -> None:
    running, most = 0, 0
    full = asyncio.Event()

    async def handle(claim: Claim) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 4:
            full.set()
        await full.wait()
        await echo(database, pause=0.01)(claim)
        running -= 1

    async with working(database, handle, concurrency=4, poll=60):
        await asyncio.gather(*(ask(database, str(n), chat=str(n)) for n in range(40)))
        await drained(database)
    assert most == 4
    assert len(await database.query(replies)) == 40


@pytest.mark.asyncio
async def test_under_load_each_message_is_answered_once_and_in_order(database: Database) -> None:
    async with working(database, echo(database, pause=0.002), concurrency=5, poll=60):
        await asyncio.gather(
            *(ask(database, f"{n}", chat=f"chat {n % 12}") for n in range(240)),
        )
        await drained(database)
    with database.read() as session:
        assert reconcile(session) == dict.fromkeys(reconcile(session), 0)


@pytest.mark.asyncio
async def test_a_lease_is_renewed_while_its_handler_runs(database: Database) -> None:
    released = asyncio.Event()

    async def handle(claim: Claim) -> None:
        await released.wait()
        await echo(database)(claim)

    def end(session: Session) -> datetime:
        return session.exec(select(ConversationRow.lease_until)).one() or now()

    async with working(database, handle, lease=timedelta(seconds=1), poll=60):
        await ask(database, "slow")
        await begun(database)
        first = await database.query(end)
        async with asyncio.timeout(30):
            while await database.query(end) < first + timedelta(seconds=0.5):
                await asyncio.sleep(0.02)
        released.set()
        await drained(database)
    assert await database.query(replies) == ["slow"]


@pytest.mark.asyncio
async def test_draining_finishes_what_runs_and_claims_nothing_new(database: Database) -> None:
    async with working(database, echo(database, pause=0.3), poll=0.05) as worker:
        await ask(database, "running")
        await begun(database)
        draining = asyncio.create_task(worker.drain(30))
        await asyncio.sleep(0.05)
        await ask(database, "later", chat="ben")
        await draining
    assert await database.query(replies) == ["running"]
    assert await database.query(inbox_statuses) == ["done", "open"]


@pytest.mark.asyncio
async def test_what_does_not_finish_in_time_is_given_back_for_the_next_process(
    database: Database,
) -> None:
    async with working(database, echo(database, pause=60), poll=0.05) as worker:
        await ask(database, "hello")
        await begun(database)
        await worker.drain(0.1)
    with database.read() as session:
        assert session.exec(select(InboxRow.attempts)).all() == [0]
    async with working(database, echo(database), poll=60) as worker:
        worker.wake()
        await drained(database)
    assert await database.query(replies) == ["hello"]


@pytest.mark.asyncio
async def test_a_cancelled_worker_gives_back_what_it_held(database: Database) -> None:
    worker = Worker(database, echo(database, pause=60), on_dead=sorry, poll=0.05)
    running = asyncio.create_task(worker.run())
    await ask(database, "hello")
    await begun(database)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    with database.read() as session:
        assert session.exec(select(ConversationRow.lease_owner)).all() == [None]
