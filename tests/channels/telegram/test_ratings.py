"""👍 and 👎 under an answer, as chats: kept, thanked for, shown as pressed, a person offered."""

from sqlmodel import select

from bot.database.db import Database
from bot.database.tables import FeedbackRow
from tests.support.telegram import FakeTelegram
from tests.support.telegram_shop import Shop, until


def kept(db: Database) -> list[tuple[int, list[str]]]:
    with db.read() as session:
        rows = session.exec(select(FeedbackRow).order_by(FeedbackRow.turn_id)).all()  # type: ignore[arg-type]
        return [(row.value, [source["id"] for source in row.sources]) for row in rows]


async def test_rating_is_kept_thanked_for_and_shown(shop: Shop, server: FakeTelegram) -> None:
    mia = server.private_chat(5, "Mia")
    await mia.writes("How do I return it?")
    line = await mia.sees("How do I return it?")
    assert line.buttons == ["👍", "👎"]
    await mia.presses("👍")
    marked = await mia.sees("How do I return it?")
    assert marked.kind == "edit"
    assert marked.buttons == ["👍 ✓", "👎"]
    assert marked.text == line.text
    await until(lambda: mia.notices == ["Thank you!"])
    assert kept(shop.db) == [(1, ["returns"])]


async def test_newest_rating_counts_and_a_bad_one_offers_a_person(
    shop: Shop, server: FakeTelegram
) -> None:
    li = server.private_chat(6, "李", language_code="zh-hans")
    await li.writes("怎么退货？")
    await li.sees("怎么退货？")
    await li.presses("👍")
    await li.sees("怎么退货？")
    await li.presses("👎")
    marked = await li.sees("怎么退货？")
    assert marked.buttons == ["👍", "👎 ✓", "转人工"]
    await until(lambda: li.notices and "人工" in li.notices[-1])
    assert kept(shop.db) == [(-1, ["returns"])]
    await li.presses("转人工")
    await li.sees("person: 转人工")


async def test_rating_survives_a_restart_between_answer_and_press(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    async with Shop(sqlite_database, server).open():
        await mia.writes("returns?")
        await mia.sees("returns?")
        await server.confirmed()
    await mia.presses("👎")
    async with Shop(sqlite_database, server).open():
        await server.confirmed()
        assert kept(sqlite_database) == [(-1, ["returns"])]


async def test_rating_from_another_chat_is_refused(shop: Shop, server: FakeTelegram) -> None:
    mia, eve = server.private_chat(5, "Mia"), server.private_chat(6, "Eve")
    await mia.writes("returns?")
    line = await mia.sees("returns?")
    await eve.writes("mine?")
    theirs = await eve.sees("mine?")
    data = line.message["reply_markup"]["inline_keyboard"][0][1]["callback_data"]
    theirs.message["reply_markup"]["inline_keyboard"][0][1]["callback_data"] = data
    query = {"id": "q", "from": eve.person, "message": theirs.message, "chat_instance": "1"}
    server.world.emit("callback_query", query | {"data": data}, "user:6")
    await server.confirmed()
    assert kept(shop.db) == []


async def test_rating_in_the_shops_own_account_goes_through_its_connection(
    shop: Shop, server: FakeTelegram
) -> None:
    business = server.business()
    customer = business.customer(21, "Noa")
    await customer.writes("returns?")
    await customer.sees("returns?")
    await customer.presses("👎")
    marked = await customer.sees("returns?")
    assert marked.buttons == ["👍", "👎 ✓", "Talk to a person"]
    assert kept(shop.db) == [(-1, ["returns"])]


async def test_mark_that_telegram_refuses_costs_nothing(shop: Shop, server: FakeTelegram) -> None:
    mia = server.private_chat(5)
    await mia.writes("returns?")
    await mia.sees("returns?")
    server.fail_next("editMessageReplyMarkup", 429, retry_after=1)
    await mia.presses("👍")
    await until(lambda: mia.notices == ["Thank you!"])
    await until(lambda: shop.channel.budget.closed(5))  # until then it may send
    assert kept(shop.db) == [(1, ["returns"])]
    await mia.writes("and now?")
    await mia.sees("and now?")
    assert server.violations == []
