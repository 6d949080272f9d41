"""What Telegram is told of, and when: nothing is confirmed before it is stored."""

from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from bot.database.db import Database
from bot.errors import BusyError, DatabaseError, InputError
from bot.types import Incoming
from tests.support.telegram import FakeTelegram
from tests.support.telegram.world import Webhook as Registered
from tests.support.telegram_shop import Shop, until


async def test_message_is_not_confirmed_until_it_is_stored(
    shop: Shop, server: FakeTelegram
) -> None:
    shop.fail = [BusyError("inbox.busy", 7)]
    mia, tom = server.private_chat(5), server.private_chat(6)
    for number in range(3):
        await mia.writes(f"m{number}")
    await tom.writes("t0")
    await until(lambda: 7 in shop.pauses)
    assert server.pending == 4
    shop.fail.clear()
    await server.confirmed()
    texts = [each.text for each in shop.heard]
    assert sorted(texts) == ["m0", "m1", "m2", "t0"]
    assert [text for text in texts if text[0] == "m"] == ["m0", "m1", "m2"]


async def test_what_was_taken_behind_a_refused_one_is_not_taken_twice(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    slow, quick = server.private_chat(5), server.private_chat(6)
    refusals = 3

    async def hear(incoming: Incoming) -> None:
        nonlocal refusals
        if incoming.text == "later" and refusals:
            refusals -= 1
            raise DatabaseError("database.locked", where="", detail="")
        taken.append(incoming.text)

    taken: list[str] = []
    shop = Shop(sqlite_database, server)
    shop.hear = hear  # type: ignore[method-assign]
    async with shop.open():
        await slow.writes("later")
        await slow.writes("after it")
        await quick.writes("now")
        await server.confirmed()
    assert [text for text in taken if text != "now"] == ["later", "after it"]
    assert taken.count("now") == 1


async def test_poison_is_logged_and_let_go(shop: Shop, server: FakeTelegram) -> None:
    mia = server.private_chat(5)
    with capture_logs() as logs:
        shop.fail = [InputError("web.error_empty"), *[ZeroDivisionError()] * 3]
        await mia.writes("refused")
        await mia.writes("a bug of ours")
        await until(lambda: any(each["event"] == "telegram.update_given_up" for each in logs))
        shop.fail.clear()
        server.world.emit("message", {"message_id": "?", "chat": 5}, "x")
        await mia.writes("fine")
        await mia.sees("fine")
    events = [each["event"] for each in logs]
    assert events.count("telegram.update_refused") == 1
    assert events.count("telegram.update_given_up") == 1
    assert "telegram.update_unreadable" in events
    await server.confirmed()


async def test_second_poller_is_explained_once_and_does_not_spin(
    shop: Shop, server: FakeTelegram
) -> None:
    with capture_logs() as logs:
        server.fail_next(
            "getUpdates", 409, "Conflict: terminated by other getUpdates request", times=4
        )
        mia = server.private_chat(5)
        await mia.writes("still there?")
        await mia.sees("still there?")
    told = [each for each in logs if each["event"] == "telegram.polled_twice"]
    assert len(told) == 1
    assert "Another process" in told[0]["cause"]
    assert [pause for pause in shop.pauses if pause >= 10][:4] == [10, 10, 10, 10]
    assert {"event": "telegram.recovered", "log_level": "info"} in logs


async def test_wrong_token_is_said_once_and_tried_rarely(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    with capture_logs() as logs:
        async with Shop(sqlite_database, server, token="123456:wrong_token").open() as shop:
            await until(lambda: len(shop.pauses) >= 3)
    told = [each for each in logs if each["log_level"] == "error"]
    assert [each["event"] for each in told] == ["telegram.wrong_token"]
    assert "wrong" not in told[0]["detail"], "a log is no place for a token, not even a wrong one"
    assert min(shop.pauses) >= 60


@pytest.mark.parametrize(
    "trouble",
    [
        lambda server: server.fail_next("getUpdates", 502, "Bad Gateway", times=3),
        lambda server: server.fail_next("getUpdates", 500, times=2, body="<html>oops"),
        lambda server: server.drop_next("getUpdates", times=3),
        lambda server: server.fail_next("getMe", 502, times=1),
        lambda server: server.fail_next("getUpdates", 429, retry_after=4, times=1),
    ],
    ids=["502", "no JSON", "lost connection", "at the start", "told to wait"],
)
async def test_trouble_passes_and_the_bot_recovers_by_itself(
    sqlite_database: Database, server: FakeTelegram, trouble: Callable[[FakeTelegram], None]
) -> None:
    trouble(server)
    async with Shop(sqlite_database, server).open() as shop:
        mia = server.private_chat(5)
        await mia.writes("Anybody there?")
        await mia.sees("Anybody there?")
        assert shop.pauses
    assert len(shop.heard) == 1


async def test_webhook_of_an_earlier_life_is_taken_away_before_polling(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    server.world.webhook = Registered("http://127.0.0.1:9/", "s", 40)
    async with Shop(sqlite_database, server).open():
        mia = server.private_chat(5)
        await mia.writes("hello")
        await mia.sees("hello")
