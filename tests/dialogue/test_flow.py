"""One message's story where it is tight: an agent at the same time, no index, giving up."""

import asyncio
import threading
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from bot.conversations import bursts, inbox
from bot.conversations.conversation import find, history, saved
from bot.conversations.worker import Worker
from bot.database.db import Database
from bot.database.leases import LEASE
from bot.database.tables import InboxRow, OutboxRow, TicketRow, TurnRow
from bot.dialogue.decide import Policy
from bot.dialogue.flow import Flow
from bot.errors import BuildError, BusyError
from bot.knowledge import confidence
from bot.knowledge.index import CurrentIndex, Index
from bot.knowledge.retriever import ShopRetriever
from bot.tickets import assignment
from bot.types import Author, Chat, Claim, Reason, Status, now
from tests.support.flows import flow_of
from tests.support.shop import heard

ANNA = Chat("web", "anna")
RETURNS = "How long do I have to return something?"


def without_index(folder: Path) -> ShopRetriever:
    return ShopRetriever(current=CurrentIndex(folder).get, weights=confidence.load())


def crashing() -> ShopRetriever:
    def boom() -> Index:
        raise ZeroDivisionError

    return ShopRetriever(current=boom, weights=confidence.load())


def stuck(until: threading.Event) -> ShopRetriever:
    def wait() -> Index:
        until.wait()
        raise BuildError("index.none", folder="")

    return ShopRetriever(current=wait, weights=confidence.load())


async def claimed(db: Database) -> Claim:
    def work(session: Session) -> list[Claim]:
        return bursts.claim(session, "host:1:a", at=now(), lease=LEASE, limit=1)

    return (await db.write(work))[0]


async def answer(db: Database, flow: Flow, text: str, *, chat: str = "anna") -> TurnRow:
    """A message and its whole handling; the newest turn."""
    await flow.receive(heard(text, chat=chat))
    await flow.handle(await claimed(db))
    query = select(TurnRow).order_by(col(TurnRow.id).desc())
    turn = await db.query(lambda session: session.exec(query).first())
    assert turn is not None
    return turn


async def ticket(db: Database) -> TicketRow | None:
    query = select(TicketRow).order_by(col(TicketRow.id).desc())
    return await db.query(lambda session: session.exec(query).first())


async def status(db: Database) -> str:
    row = await db.query(lambda session: find(session, ANNA))
    assert row is not None
    return row.status


async def test_reply_source_and_way_out_are_there_together(
    database: Database, demo_retriever: ShopRetriever
) -> None:
    turn = await answer(database, flow_of(database, demo_retriever), RETURNS)
    assert turn.text.startswith("You have 30 days")
    assert [source["id"] for source in turn.sources] == ["return-window"]
    assert turn.meta["action"] == "reply"
    assert turn.meta["candidates"][0]["id"] == "return-window"
    assert turn.meta["build"] == demo_retriever.build, "a rating is kept with it"
    with database.read() as session:
        assert session.exec(select(OutboxRow.turn_id)).all() == [turn.id]
        assert session.exec(select(InboxRow.status, InboxRow.answer_turn_id)).all() == [
            ("done", turn.id)
        ]
        shopper = session.exec(select(TurnRow).where(TurnRow.author == "shopper")).one()
        assert -1 <= shopper.meta["mood"] <= 1


async def test_the_ticket_is_there_when_the_shopper_hears_of_it(
    database: Database, demo_retriever: ShopRetriever
) -> None:
    flow = flow_of(database, demo_retriever)
    await answer(database, flow, RETURNS)
    turn = await answer(database, flow, "I want to talk to a human")
    assert turn.meta["reason"] == Reason.ASKED_FOR_PERSON
    opened = await ticket(database)
    assert opened is not None
    assert (opened.status, opened.reason, opened.language) == ("open", "asked_for_person", "en")
    assert RETURNS in opened.summary
    assert await status(database) == Status.WAITING


async def test_a_reply_that_comes_after_an_agent_took_over_is_dropped(
    database: Database, demo_retriever: ShopRetriever
) -> None:
    flow = flow_of(database, demo_retriever)
    await answer(database, flow, "What is the meaning of life?")
    await flow.receive(heard(RETURNS))
    burst = await claimed(database)
    opened = await ticket(database)
    assert opened is not None
    await database.write(lambda s: assignment.take(s, saved(opened.id), "Mei", now()))
    await flow.handle(burst)
    with database.read() as session:
        turns = history(session, burst.conversation_id)
    assert [turn.author for turn in turns[-2:]] == [Author.SHOPPER, Author.SYSTEM]
    assert await database.query(inbox.backlog) == 0


async def test_an_escalation_after_an_agent_closed_the_chat_opens_it_again(
    database: Database, demo_retriever: ShopRetriever
) -> None:
    flow = flow_of(database, demo_retriever)
    await answer(database, flow, "What is the meaning of life?")
    await flow.receive(heard("I want to talk to a human"))
    opened = await ticket(database)
    assert opened is not None
    await database.write(lambda s: assignment.close(s, saved(opened.id), "Mei", now()))
    await flow.handle(await claimed(database))
    newer = await ticket(database)
    assert newer is not None
    assert (newer.id, newer.status) == (saved(opened.id) + 1, "open")
    assert await status(database) == Status.WAITING


async def test_after_a_word_of_english_the_conversation_is_still_chinese(
    sqlite_database: Database, demo_retriever: ShopRetriever
) -> None:
    flow = flow_of(sqlite_database, demo_retriever)
    await answer(sqlite_database, flow, "怎么退货")
    turn = await answer(sqlite_database, flow, "ok")
    row = await sqlite_database.query(lambda session: find(session, ANNA))
    assert row is not None
    assert (turn.language, row.language) == ("zh", "zh")


async def test_without_an_index_a_person_comes(sqlite_database: Database, tmp_path: Path) -> None:
    flow = flow_of(sqlite_database, without_index(tmp_path))
    turn = await answer(sqlite_database, flow, RETURNS)
    assert turn.meta["reason"] == Reason.BOT_FAILED
    opened = await ticket(sqlite_database)
    assert opened is not None
    assert (opened.reason, opened.priority) == ("bot_failed", 1)
    again = await answer(sqlite_database, flow, "怎么退货")
    assert again.text == "收到，已经补充给同事了，同事会在这里回复您。"


async def test_a_message_that_takes_too_long_to_understand_brings_a_person(
    sqlite_database: Database,
) -> None:
    freed = threading.Event()
    flow = flow_of(sqlite_database, stuck(freed), cap=100, patience=0.2)
    try:
        turn = await answer(sqlite_database, flow, RETURNS)
    finally:
        freed.set()
    opened = await ticket(sqlite_database)
    assert opened is not None
    assert opened.reason == Reason.BOT_FAILED
    assert turn.author == Author.BOT


async def test_greetings_need_no_index(sqlite_database: Database, tmp_path: Path) -> None:
    flow = flow_of(sqlite_database, without_index(tmp_path), shop="Anna's Teas")
    turn = await answer(sqlite_database, flow, "hello")
    assert "Anna's Teas" in turn.text


async def test_after_five_crashes_a_person_comes_and_the_shopper_hears_of_it(
    sqlite_database: Database,
) -> None:
    db = sqlite_database
    flow = flow_of(db, crashing())
    worker = Worker(db, flow.handle, on_dead=flow.give_up, poll=0.02)
    running = asyncio.create_task(worker.run())
    await flow.receive(heard(RETURNS))
    async with asyncio.timeout(20):
        while await db.query(inbox.backlog):
            await db.write(_hurry)
            await asyncio.sleep(0.02)
    await worker.drain(2)
    await running
    with db.read() as session:
        row = session.exec(select(InboxRow)).one()
        assert (row.status, row.attempts) == ("dead", 5)
        said = session.exec(select(TurnRow).where(TurnRow.author == "bot")).one()
        assert "something went wrong on our side" in said.text
        assert said.meta["reason"] == Reason.BOT_FAILED
        assert session.exec(select(OutboxRow.turn_id)).all() == [said.id]
        assert session.exec(select(TicketRow.reason, TicketRow.status)).all() == [
            ("bot_failed", "open")
        ]


def _hurry(session: Session) -> None:
    """No pause before the next attempt."""
    for row in session.exec(select(InboxRow).where(InboxRow.status == "open")):
        row.next_at = now()


async def test_giving_up_leaves_an_agents_conversation_alone(
    sqlite_database: Database, demo_retriever: ShopRetriever
) -> None:
    flow = flow_of(sqlite_database, demo_retriever)
    await answer(sqlite_database, flow, "I want to talk to a human")
    await flow.receive(heard(RETURNS))
    burst = await claimed(sqlite_database)
    opened = await ticket(sqlite_database)
    assert opened is not None
    await sqlite_database.write(lambda s: assignment.take(s, saved(opened.id), "Mei", now()))
    await sqlite_database.write(lambda s: flow.give_up(s, burst))
    with sqlite_database.read() as session:
        assert history(session, burst.conversation_id)[-1].author is Author.SYSTEM


async def test_never_mind_closes_the_ticket(
    database: Database, demo_retriever: ShopRetriever
) -> None:
    flow = flow_of(database, demo_retriever)
    await answer(database, flow, "I want to talk to a human")
    await answer(database, flow, "never mind")
    opened = await ticket(database)
    assert opened is not None
    assert opened.status == "closed"
    assert await status(database) == Status.BOT


async def test_too_much_waiting_is_said_to_the_sender(
    sqlite_database: Database, demo_retriever: ShopRetriever
) -> None:
    flow = flow_of(sqlite_database, demo_retriever, cap=2)
    await flow.receive(heard("one"))
    await flow.receive(heard("two"))
    with pytest.raises(BusyError):
        await flow.receive(heard("three"))
    await flow.receive(heard("two"))  # a repeat is never refused
    assert await sqlite_database.query(inbox.backlog) == 2


async def test_the_policy_decides_from_when_on_the_bot_replies(
    sqlite_database: Database, demo_retriever: ShopRetriever
) -> None:
    strict = {language: Policy(1.0, 0.1) for language in confidence.load()}
    flow = flow_of(sqlite_database, demo_retriever, policies=strict, cap=9)
    turn = await answer(sqlite_database, flow, RETURNS)
    assert turn.meta["action"] == "clarify"
    assert "entry:return-window" in [button["value"] for button in turn.buttons]
