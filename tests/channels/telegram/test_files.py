"""Photos, files and voice as chats: kept for the agent, through refusals, cuts and crashes."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.channels.telegram.client import Client
from bot.channels.telegram.files import Files
from bot.conversations.attachments import MAX_SIZE
from bot.database.db import Database
from bot.database.tables import AttachmentRow
from tests.support.telegram import FakeTelegram
from tests.support.telegram_shop import Shop, until


def rows(db: Database) -> list[AttachmentRow]:
    with db.read() as session:
        return list(session.exec(select(AttachmentRow).order_by(AttachmentRow.id)))  # type: ignore[arg-type]


def states(db: Database) -> list[str]:
    return [row.status for row in rows(db)]


async def test_photo_file_and_voice_are_kept_as_they_were_sent(
    shop: Shop, server: FakeTelegram
) -> None:
    mia = server.private_chat(5, "Mia")
    await mia.sends_photo("Is this a fault?", b"\x89PNG-photo")
    await mia.sees("Is this a fault?")
    await mia.sends_document("发票 2026.pdf", b"%PDF-bill")
    await mia.sends_voice(b"OggS-voice")
    await mia.sends_video("the lid")
    await mia.sends_sticker()
    await mia.sends_location()
    await until(lambda: states(shop.db) == ["kept"] * 4)
    found = [(row.kind, row.name, row.content) for row in rows(shop.db)]
    assert found[0] == ("photo", found[0][1], b"\x89PNG-photo")
    assert found[1] == ("file", "发票 2026.pdf", b"%PDF-bill")
    assert [kind for kind, *_ in found[2:]] == ["voice", "video"]
    assert found[0][1].endswith(".jpg")


async def test_album_is_one_burst_and_every_photo_is_kept(shop: Shop, server: FakeTelegram) -> None:
    mia = server.private_chat(5)
    for number in range(4):
        caption = "Which one is broken?" if number == 0 else ""
        await mia.sends_photo(caption, f"photo {number}".encode(), album="a1")
    await mia.sees("Which one is broken?")
    await until(lambda: states(shop.db) == ["kept"] * 4)
    assert len({row.turn_id for row in rows(shop.db)}) == 4
    assert len(mia.bot_says) == 1


async def test_trouble_on_the_way_is_tried_again(shop: Shop, server: FakeTelegram) -> None:
    server.fail_next("getFile", 502, "Bad Gateway")
    await server.private_chat(5).sends_photo()
    await until(lambda: states(shop.db) == ["kept"])
    assert [row.attempts for row in rows(shop.db)] == [2]


@pytest.mark.parametrize(
    ("description", "error"),
    [("Bad Request: file is too big", "too_big"), ("Bad Request: invalid file_id", "gone")],
)
async def test_refused_file_is_given_up_and_the_next_is_kept(
    shop: Shop, server: FakeTelegram, description: str, error: str
) -> None:
    mia = server.private_chat(5)
    server.fail_next("getFile", 400, description)
    await mia.sends_document("a.pdf")
    await until(lambda: states(shop.db) == ["dead"])
    await mia.sends_document("b.pdf")
    await until(lambda: states(shop.db) == ["dead", "kept"])
    assert rows(shop.db)[0].error == error


async def test_too_big_a_file_is_not_even_asked_for_and_the_shopper_hears_it(
    shop: Shop, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await mia.sends_document("film.mov", bytes(MAX_SIZE + 1))
    await mia.sees("media:large")
    assert states(shop.db) == ["dead"]
    assert not [call for call in server.calls if call.method == "getFile"]


async def test_file_that_a_killed_process_was_fetching_is_fetched_by_the_next(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    async with Shop(sqlite_database, server).open(abrupt=True):
        server.slow_next("getFile", 60, times=-1)
        await server.private_chat(5).sends_photo("", b"photo")
        await until(lambda: [row.attempts for row in rows(sqlite_database)] == [1])
    server.heal()
    client = Client(server.token, server.base_url.removesuffix("/bot"))
    files = Files(client, sqlite_database, lease=timedelta(seconds=60), poll=0.05)
    with sqlite_database.begin() as session:
        session.exec(select(AttachmentRow)).one().next_at -= timedelta(seconds=60)  # a minute on
    async with client:
        running = asyncio.create_task(files.run())
        await until(lambda: states(sqlite_database) == ["kept"])
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert [row.content for row in rows(sqlite_database)] == [b"photo"]
