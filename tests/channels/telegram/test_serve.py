"""`bot serve` with a Telegram token: the real client and answers, the stand-in as Telegram."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlmodel import select

from bot.database.db import Database
from bot.database.tables import TurnRow, UserRow
from bot.tickets import accounts, assignment, queue
from bot.types import Author
from tests.support.agents_shop import GROUP
from tests.support.browser import Served
from tests.support.telegram import FakeTelegram


@contextmanager
def standing_in() -> Iterator[FakeTelegram]:
    server = FakeTelegram()
    server.start_thread()
    yield server
    server.stop_thread()


@pytest.fixture(scope="module")
def telegram() -> Iterator[FakeTelegram]:
    with standing_in() as server:
        yield server


@pytest.fixture
def another_telegram() -> Iterator[FakeTelegram]:
    """For a shop of its own: two may not ask one for the same updates."""
    with standing_in() as server:
        yield server


@pytest.fixture(scope="module")
def shop(
    telegram: FakeTelegram, tmp_path_factory: pytest.TempPathFactory, demo_index_dir: Path
) -> Iterator[Served]:
    """One for all tests here; each has shoppers of its own."""
    served = Served(tmp_path_factory.mktemp("shop"), demo_index_dir, **telegram.settings)
    served.start()
    yield served
    served.stop()


async def test_shoppers_on_telegram_are_answered_from_the_knowledge_in_both_languages(
    telegram: FakeTelegram, shop: Served
) -> None:
    ann = telegram.private_chat(7, "Ann", "en")
    li = telegram.private_chat(8, "李雷", "zh-hans")
    await ann.writes("How long is the warranty?")
    await li.writes("怎么退货")
    answer = await ann.sees("2 years")
    assert "Source" in answer.text
    await li.sees("申请退货")
    await li.writes("转人工")
    await li.sees("同事")
    assert telegram.violations == []


async def test_start_greets_with_topics_and_a_topic_is_answered(
    telegram: FakeTelegram, shop: Served
) -> None:
    li = telegram.private_chat(9, "李雷", "zh-hans")
    await li.starts()
    greeting = await li.sees("您好")
    assert len(greeting.buttons) == 5  # four topics and a person
    await li.presses(greeting.buttons[0])
    await li.sees("来源")


async def test_what_was_written_while_the_bot_was_killed_is_answered_once(
    telegram: FakeTelegram, shop: Served
) -> None:
    ann = telegram.private_chat(10, "Ann", "en")
    await ann.writes("How long is the warranty?")
    await ann.sees("2 years")
    shop.kill()
    await ann.writes("Do you take PayPal?")
    shop.start()
    await ann.sees("PayPal")
    await telegram.confirmed()
    shop.settled()
    db = Database(shop.database_url)
    with db.read() as session:
        query = select(TurnRow.text).where(TurnRow.author == "bot")
        answers = [text for text in session.exec(query) if "PayPal" in text]
    db.close()
    assert len(answers) == 1


async def test_owner_who_answers_in_the_shops_account_has_the_bot_hold_back_there(
    telegram: FakeTelegram, shop: Served
) -> None:
    business = telegram.business()
    ann, li = business.customer(7, "Ann"), business.customer(8, "李雷", "zh-hans")
    await ann.writes("How long is the warranty?")
    await ann.sees("2 years")
    await business.owner(ann).writes("And for you even three.")
    await telegram.confirmed()
    await ann.writes("Do you take PayPal?")
    await li.writes("怎么退货")
    await li.sees("申请退货")
    assert len(ann.bot_says) == 1
    db = Database(shop.database_url)
    with db.read() as session:
        (ticket,) = [each for each in queue.queue(session) if each.chat.id == f"7@{business.id}"]
        turns = assignment.show(session, ticket.id).turns
    db.close()
    assert (ticket.status, ticket.agent) == ("taken", "Juniper & Tide · Telegram")
    assert [(turn.author, turn.text) for turn in turns][-2:] == [
        (Author.AGENT, "And for you even three."),
        (Author.SHOPPER, "Do you take PayPal?"),
    ]


async def test_web_chat_goes_on_while_telegram_is_down_and_telegram_comes_back(
    telegram: FakeTelegram, shop: Served
) -> None:
    ann = telegram.private_chat(11, "Ann", "en")
    telegram.fail_next("*", 502, "Bad Gateway", times=-1)
    await ann.writes("How long is the warranty?")
    async with httpx.AsyncClient(base_url=shop.url, trust_env=False, verify=False) as web:
        await web.get("/chat")
        message = {"id": str(uuid4()), "text": "Do you take PayPal?"}
        (await web.post("/api/chat/messages", json=message)).raise_for_status()
        async with asyncio.timeout(60):
            said: list[str] = []
            while not any("PayPal" in text for text in said):
                await asyncio.sleep(0.1)
                seen = (await web.get("/api/chat/turns")).json()["turns"]
                said = [turn["text"] for turn in seen if turn["author"] == "bot"]
    assert ann.bot_says == []
    telegram.heal()
    await ann.sees("2 years", 60)


async def test_agent_takes_a_ticket_in_the_group_and_answers_in_its_topic(
    another_telegram: FakeTelegram, tmp_path: Path, demo_index_dir: Path
) -> None:
    telegram = another_telegram
    group = telegram.group(GROUP, forum=True, bot_admin=True)
    noor = group.member(21, "Noor")
    served = Served(tmp_path, demo_index_dir, **telegram.settings, TELEGRAM_AGENTS_CHAT=str(GROUP))
    database = Database(served.database_url)
    database.migrate()
    with database.begin() as session:
        session.add(UserRow(name="Noor", role="admin", password_hash="-"))
        session.flush()
        accounts.connect(session, "Noor", 21)
    database.close()
    served.start()
    try:
        li = telegram.private_chat(8, "李雷", "zh-hans")
        await li.writes("转人工")
        card = await group.sees("李雷")
        assert "#1 " in card.text
        await noor.presses("Take")
        topic = (await group.sees("What you write in this topic")).thread_id
        await noor.writes("您好，我是 Noor", thread_id=topic)
        await li.sees("您好，我是 Noor")
        await li.writes("我的包裹在哪里？")
        assert (await group.sees("我的包裹在哪里？")).thread_id == topic
        await noor.writes("/back", thread_id=topic)
        await group.sees("This conversation is over")
        await noor.writes("/status")
        assert "1 tickets, 1 closed" in (await group.sees("All is well")).text
        assert served.stop() == 0
    finally:
        served.kill()
    assert telegram.violations == []
