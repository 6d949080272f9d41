"""Answers that are being written, as a shopper on Telegram sees them grow."""

import asyncio

from bot.channels.telegram.budget import Budget
from bot.channels.telegram.channel import Telegram
from bot.database.db import Database
from bot.types import Chat, Draft
from tests.support.delivery import send
from tests.support.telegram import Budgets, FakeTelegram
from tests.support.telegram_shop import Shop, chat, turn, until


def beginning(text: str, number: int = 7) -> Draft:
    return Draft(number, text, "en")


async def test_draft_grows_and_gives_way_to_the_answer(
    channel: Telegram, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await mia.writes("How do I return it?")
    await channel.preview(chat(5), beginning("Pack it <well>"))
    await until(lambda: mia.draft == "Pack it <well>")
    await channel.preview(chat(5), beginning("Pack it <well> & **send** it"))
    await until(lambda: mia.draft == "Pack it <well> & send it")
    assert {draft.draft_id for draft in mia.chat.drafts} == {7}
    assert [e["type"] for e in mia.chat.drafts[-1].entities] == ["bold"]
    await send(channel, chat(5), turn("Pack it <well> & **send** it back."))
    assert mia.bot_says == ["Pack it <well> & send it back."]
    assert mia.draft is None


async def test_answer_waits_for_a_draft_on_its_way_and_no_straggler_follows_it(
    channel: Telegram, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await mia.writes("hello")
    server.slow_next("sendMessageDraft", 0.3)
    await channel.preview(chat(5), beginning("Pack"))
    await until(lambda: server.slowed)
    await send(channel, chat(5), turn("Pack it."))
    await channel.preview(chat(5), beginning("Pack it"))
    assert [call.method for call in server.sent] == ["sendMessageDraft", "sendMessage"]
    await channel.preview(chat(5), beginning("The next answer", 8))
    await until(lambda: mia.draft == "The next answer")


async def test_one_draft_at_a_time_is_on_its_way_and_the_newest_goes_next(
    channel: Telegram, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await mia.writes("hello")
    server.slow_next("sendMessageDraft", 60)
    await channel.preview(chat(5), beginning("1"))
    await until(lambda: server.slowed)
    for end in range(2, 9):
        await channel.preview(chat(5), beginning("12345678"[:end]))
    server.release()
    await until(lambda: mia.drafts == ["1", "12345678"])


async def test_long_draft_shows_its_first_message(channel: Telegram, server: FakeTelegram) -> None:
    mia = server.private_chat(5)
    await mia.writes("hello")
    await channel.preview(chat(5), beginning("Long words. " * 1000))
    await until(lambda: mia.draft and 3000 < len(mia.draft) <= 4096)
    await channel.preview(chat(5), beginning("  "))
    assert len(mia.drafts) == 1


async def test_elsewhere_the_typing_sign_has_to_do(channel: Telegram, server: FakeTelegram) -> None:
    group, business = server.group(forum=True, bot_admin=True), server.business()
    topic = await group.opens_topic(group.member(8, "Ann"), "Returns")
    await business.connects()
    await business.customer(5, "Li").writes("hello")
    for place in (f"{group.id}", f"{group.id}/{topic}", f"5@{business.id}"):
        await channel.preview(Chat("telegram", place), beginning("Pack it"))
    assert [(call.method, call.status) for call in server.calls] == [("sendChatAction", 200)] * 3


async def test_refused_draft_closes_its_chat_and_harms_nothing_else(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    mia, li = server.private_chat(5), server.private_chat(6)
    await mia.writes("hello")
    await li.writes("hello")
    budget = Budget()
    channel = Shop(sqlite_database, server, budget=budget).channel
    server.fail_next("sendMessageDraft", 429, retry_after=30, chat_id=5)
    await channel.preview(chat(5), beginning("Pack"))
    await until(lambda: budget.closed(5))
    before = len(server.calls)
    await channel.preview(chat(5), beginning("Pack it", 8))
    assert len(server.calls) == before
    await channel.preview(chat(6), beginning("Pack it"))
    await until(lambda: li.draft == "Pack it")
    server.fail_next("sendMessageDraft", 500)
    await channel.preview(chat(6), beginning("Pack it well"))
    await send(channel, chat(6), turn("Pack it well."))
    assert li.bot_says == ["Pack it well."]
    await channel.preview(Chat("telegram", "nonsense"), beginning("Pack"))
    await channel.aclose()
    assert server.violations == []


async def test_drafts_as_fast_as_a_model_writes_never_meet_flood_control(
    sqlite_database: Database,
) -> None:
    async with FakeTelegram(budgets=Budgets(drafts_share=True)) as server:
        mia = server.private_chat(5)
        await mia.writes("hello")
        channel = Shop(sqlite_database, server, budget=Budget()).channel
        said = "One two three four five six seven eight nine ten. "
        end = 0
        while end < 40 or len(mia.drafts) < 2:
            end += 1
            await channel.preview(chat(5), beginning((said * 4)[: end * 5]))
            await asyncio.sleep(0.02)
        await send(channel, chat(5), turn(said * 4))
        await channel.aclose()
        assert mia.draft is None
        assert {call.status for call in server.calls} == {200}
