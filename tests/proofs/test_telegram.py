"""Telegram at its worst, with `bot serve`: a closed chat, and an answer of a book's length."""

import asyncio
import re
from pathlib import Path

from bot.conversations import conversation, outbox
from bot.database.db import Database
from bot.types import Author, Chat, now
from tests.proofs.flood import flood
from tests.proofs.stall import STALLED, Stall, shop
from tests.support.browser import Served
from tests.support.telegram import FakeTelegram
from tests.support.telegram.markup import utf16

CODE_FENCE = re.compile(r"^```\n?", re.MULTILINE)


async def test_closed_chat_delays_no_other_and_loses_nothing(
    tmp_path: Path, demo_index_dir: Path
) -> None:
    found = await flood(tmp_path, demo_index_dir, seconds=3)
    assert found.inside == 0
    assert found.left == 0
    assert found.written > 3
    assert found.answers > 0
    assert len(found.meanwhile) >= len(found.before) / 2


def care_guide() -> str:
    """20,000 characters with everything that breaks on the way: signs, emoji, Chinese, code."""
    pieces = [
        'Wash linen at < 40 °C & dry it flat; if a < b, then b > a, and "quotes" stay.',
        "亚麻布请用低于四十度的水洗涤，阴干，不要使用漂白剂。",
        "👩‍👩‍👧 Families love it 🧺, cafés too.",
        "Spin it so:\n```\nif temperature < 40 and load > 2:\n    spin('<slow> & gentle')\n```",
    ]
    text, number = "", 0
    while len(text) < 20_000:
        number += 1
        text += f"Rule {number}. {pieces[number % len(pieces)]}\n\n"
    return f"{text}Rule {number + 1}. That is all."


async def test_answer_of_20000_characters_arrives_whole_in_order_and_readable(
    tmp_path: Path, demo_index_dir: Path
) -> None:
    guide = care_guide()
    async with FakeTelegram() as telegram:
        shop = Served(tmp_path, demo_index_dir, **telegram.settings)
        await asyncio.to_thread(shop.start)
        mia = telegram.private_chat(5)
        try:
            await mia.writes("hello")
            await mia.sees("", 40)
            await asyncio.to_thread(answer, shop.database_url, mia.chat.id, guide)
            await mia.sees("That is all.", 40)
        finally:
            await asyncio.to_thread(shop.stop)
    _, *said = mia.bot_says
    assert len(said) >= 5
    assert telegram.violations == []
    assert "".join("".join(said).split()) == "".join(CODE_FENCE.sub("", guide).split())
    for message in said:
        assert message == message.strip()
        assert utf16(message) <= 4096
        assert message.startswith("Rule "), "each message begins with a paragraph"
    code = [
        entity
        for line in mia.log
        if line.from_bot
        for entity in line.entities
        if entity["type"] == "pre"
    ]
    assert len(code) == guide.count("```") / 2


async def test_answer_that_kills_cut_goes_on_with_the_message_that_was_on_its_way(
    tmp_path: Path, demo_index_dir: Path
) -> None:
    guide, kills = care_guide(), 2
    async with FakeTelegram() as telegram:
        shop = Served(tmp_path, demo_index_dir, **telegram.settings)
        await asyncio.to_thread(shop.start)
        mia = telegram.private_chat(5)
        try:
            await mia.writes("hello")
            await mia.sees("", 40)
            await asyncio.to_thread(answer, shop.database_url, mia.chat.id, guide)
            for kill in range(1, kills + 1):
                async with asyncio.timeout(40):
                    while len(mia.bot_says) <= kill:
                        await asyncio.sleep(0.005)
                await asyncio.to_thread(shop.kill)
                await asyncio.to_thread(shop.start)
            await mia.sees("That is all.", 40)
        finally:
            await asyncio.to_thread(shop.kill)
    _, *said = mia.bot_says
    whole = [text for text, before in zip(said, ["", *said], strict=False) if text != before]
    assert "".join("".join(whole).split()) == "".join(CODE_FENCE.sub("", guide).split())
    assert len(said) - len(whole) <= kills, "at most the one that was on its way"


def answer(database_url: str, chat_id: int, text: str) -> None:
    """A bot's answer, written as another process on the same database writes it."""
    database = Database(database_url)
    with database.begin() as session:
        row = conversation.find(session, Chat("telegram", str(chat_id)))
        assert row is not None
        assert row.id is not None
        conversation.lock(session, row.id)
        turn = conversation.add_turn(session, row.id, Author.BOT, text, "en")
        outbox.put(session, row, turn, at=now())
    database.close()


async def test_chats_whose_model_stalls_delay_no_other_and_are_answered_too(
    tmp_path: Path, demo_index_dir: Path
) -> None:
    stall = Stall(seconds=60)
    async with shop(tmp_path, demo_index_dir, stall, timeout=25) as opened:
        await opened.ask_slow()
        while stall.stalled < STALLED:
            await asyncio.sleep(0.02)
        for number in range(1, 4):
            await opened.ask(number)
        assert all(shopper.bot_says == [] for shopper in opened.ten)
        stall.over.set()
        for shopper in opened.ten:
            await shopper.sees("", timeout=30)
