"""What agents in the group hear when the shopper does not get what they wrote, as chats."""

from datetime import timedelta

from sqlalchemy import func
from sqlmodel import select

from bot.database.db import Database
from bot.database.tables import OutboxRow, TurnRow
from bot.types import Language
from tests.support.agents_shop import AgentsShop
from tests.support.telegram import FakeTelegram, Line, PrivateChat
from tests.support.telegram_shop import until


def opened(
    database: Database, server: FakeTelegram, *, forum: bool, language: Language | None = None
) -> AgentsShop:
    shop = AgentsShop(database, server, forum=forum, language=language)
    shop.people()
    return shop


async def taken(office: AgentsShop, server: FakeTelegram) -> tuple[PrivateChat, int | None]:
    """Mia's conversation, taken by Noor; its topic where there are topics."""
    mia = server.private_chat(5, "Mia")
    await office.asks_for_a_person(mia)
    await office.shows("#1 ")
    await office.noor.presses("Take")
    await mia.sees("Noor from our team has joined")
    await until(lambda: office.card().stage == "open")
    return mia, office.card().topic_id


def all_is_relayed(office: AgentsShop) -> bool:
    """Whether the group has everything that was said in the conversation."""
    with office.db.read() as session:
        newest = session.exec(select(func.max(TurnRow.id))).one()
    return office.card().relayed == newest


def warnings(office: AgentsShop) -> list[Line]:
    return [line for line in office.group.log if line.from_bot and line.text.startswith("⚠️")]


def answered(line: Line) -> int:
    """The message that it answers."""
    return int(line.message["reply_to_message"]["message_id"])


async def test_agent_hears_in_the_topic_once_that_the_shopper_blocked_the_bot(
    database: Database, server: FakeTelegram
) -> None:
    async with opened(database, server, forum=True).open() as office:
        mia, thread = await taken(office, server)
        await office.noor.writes("Two years.", thread_id=thread)
        await mia.sees("Two years.")
        await mia.blocks_bot()
        written = await office.noor.writes("Are you still there?", thread_id=thread)
        told = await office.shows("This has not reached Mia.\nThey blocked the bot")
        assert (told.thread_id, answered(told)) == (thread, written)
        await mia.unblocks_bot()
        await mia.writes("Here again")
        await office.shows("Here again")
        await office.noor.writes("Good!", thread_id=thread)
        await mia.sees("Good!")
        await until(lambda: office.card().awaited is None)
        assert warnings(office) == [told]


async def test_replies_that_end_together_are_told_in_one_message(
    database: Database, server: FakeTelegram
) -> None:
    async with opened(database, server, forum=True).open() as office:
        mia, thread = await taken(office, server)
        server.fail_next("sendMessage", 502, "Bad Gateway", times=10_000, chat_id=5)
        first = await office.noor.writes("Two years.", thread_id=thread)
        await office.noor.writes("Do write again!", thread_id=thread)
        await until(lambda: ("agent", "Do write again!") in office.said())
        await mia.blocks_bot()
        server.heal()
        told = await office.shows("This and 1 more after it have not reached Mia.")
        assert answered(told) == first
        await until(lambda: office.card().awaited is None)
        assert warnings(office) == [told]


async def test_without_topics_the_agents_own_message_is_answered_in_the_groups_language(
    database: Database, server: FakeTelegram
) -> None:
    async with opened(database, server, forum=False, language="zh").open() as office:
        mia = server.private_chat(5, "Mia")
        await office.asks_for_a_person(mia)
        card = await office.shows("#1 ")
        await office.noor.presses("接单")
        await mia.sees("joined")
        server.fail_next("sendMessage", 400, "Bad Request: wrong", times=2, chat_id=5)
        written = await office.noor.writes("您好", reply_to=card)
        told = await office.shows("⚠️ #1 · 这条消息没有送达Mia。\nTelegram 拒绝了这条消息")
        assert answered(told) == written
        await office.noor.writes("换个说法", reply_to=told)
        await mia.sees("换个说法")


async def test_what_was_given_up_after_a_day_is_told_though_the_ticket_is_closed_and_we_restarted(
    database: Database, server: FakeTelegram
) -> None:
    async with opened(database, server, forum=True).open() as office:
        mia, thread = await taken(office, server)
        server.fail_next("sendMessage", 502, "Bad Gateway", times=10_000, chat_id=5)
        first = await office.noor.writes("Two years.", thread_id=thread)
        await office.noor.writes("/close", thread_id=thread)
        await until(lambda: office.card().stage == "done")
        assert office.group.topics[thread or 0].closed
        assert warnings(office) == [], "it is still tried"
    with database.begin() as session:
        for row in session.exec(select(OutboxRow).where(OutboxRow.status == "open")):
            row.created_at -= timedelta(hours=24)
            row.next_at = row.created_at
    async with AgentsShop(database, server, forum=True).open() as office:
        told = await office.shows("This has not reached Mia.\nIt was tried again and again")
        assert (told.thread_id, answered(told)) == (thread, first)
        await until(lambda: office.card().awaited is None)
        assert warnings(office) == [told]
    assert not any("Two years" in text for text in mia.bot_says)


async def test_where_the_topic_is_gone_it_is_told_with_the_tickets_number(
    database: Database, server: FakeTelegram
) -> None:
    async with opened(database, server, forum=True).open() as office:
        mia, thread = await taken(office, server)
        assert thread is not None
        server.fail_next("sendMessage", 502, "Bad Gateway", times=10_000, chat_id=5)
        await office.noor.writes("Are you still there?", thread_id=thread)
        await until(lambda: office.card().awaited)
        await until(lambda: all_is_relayed(office))  # else a new topic is made for the rest
        await office.group.deletes_topic(thread)
        await mia.blocks_bot()
        server.heal()
        told = await office.shows("This has not reached Mia.")
        assert told.text.startswith("⚠️ #1 · ")
        assert told.thread_id is None
