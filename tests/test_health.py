"""`/health` says "ok" only when index and database answer, and never says too much."""

import asyncio
import threading
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import httpx
from sqlalchemy import Connection, event
from starlette.applications import Starlette

from bot.database.db import Database
from bot.errors import BuildError
from bot.health import Health
from bot.knowledge.index import Index
from bot.types import ChannelState, now
from tests.support.outgoing import reply


def loaded() -> Index:
    """An index as far as health looks at it."""
    created = (now() - timedelta(seconds=90)).isoformat(timespec="seconds")
    manifest = SimpleNamespace(created=created)
    return cast(Index, SimpleNamespace(build_id="20260101-000000-abc", manifest=manifest))


def nothing_loaded() -> Index:
    raise BuildError("index.none", folder="/home/shop/index")


async def ask(health: Health, language: str = "en") -> tuple[int, dict[str, Any], str]:
    app = Starlette(routes=[health.route()])
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        response = await client.get("/health", headers={"Accept-Language": language})
    return response.status_code, response.json(), response.text


def damage(database: Database) -> None:
    database.engine.dispose()
    assert database.url.database is not None
    with open(database.url.database, "wb") as file:  # noqa: PTH123
        file.write(b"this is no database" * 100)


async def test_all_is_well_when_index_and_database_answer(database: Database) -> None:
    status, body, _ = await ask(Health(database, loaded))
    assert status == 200
    assert body["status"] == "ok"
    assert body["index"]["build"] == "20260101-000000-abc"
    assert 85 <= body["index"]["age_seconds"] <= 120
    assert body["database"] == "ok"
    assert body["backlog"] == 0
    assert body["problems"] == []


async def test_without_an_index_nobody_is_sent_here(sqlite_database: Database) -> None:
    status, body, text = await ask(Health(sqlite_database, nothing_loaded))
    assert status == 503
    assert body["problems"][0]["what"] == "ops.no_index"
    assert "bot index" in body["problems"][0]["do"]
    assert "/home/shop" not in text


async def test_without_a_database_nobody_is_sent_here(sqlite_database: Database) -> None:
    damage(sqlite_database)
    status, body, text = await ask(Health(sqlite_database, loaded), "zh-CN,zh;q=0.9")
    assert status == 503
    assert body["database"] == "unavailable"
    assert body["backlog"] is None
    assert "数据库" in body["problems"][0]["do"]
    assert str(sqlite_database.url.database) not in text


async def test_a_database_that_hangs_costs_a_moment_and_one_thread(
    sqlite_database: Database,
) -> None:
    answers, looks = threading.Event(), []

    @event.listens_for(sqlite_database.engine, "begin")
    def hang(_: Connection) -> None:
        looks.append(1)
        answers.wait(60)

    health = Health(sqlite_database, loaded, patience=0.05)
    assert [(await health.report()).database for _ in range(3)] == [False, False, False]
    assert len(looks) == 1
    answers.set()
    async with asyncio.timeout(30):
        while not (await health.report()).database:
            pass


async def test_a_process_that_stops_says_so_before_it_is_gone(sqlite_database: Database) -> None:
    health = Health(sqlite_database, loaded)
    health.leave()
    status, body, _ = await ask(health)
    assert status == 503
    assert body["problems"][0]["what"] == "ops.stopping"
    assert body["database"] == "ok"


async def channel_of(database: Database, state: ChannelState) -> tuple[int, dict[str, Any]]:
    status, body, _ = await ask(Health(database, loaded, {"telegram": lambda: state}))
    return status, body["channels"]["telegram"]


async def test_a_channel_that_is_well_says_when_its_service_was_heard(database: Database) -> None:
    heard = now() - timedelta(seconds=30)
    status, channel = await channel_of(database, ChannelState("polling", heard))
    assert status == 200
    assert 30 <= channel.pop("heard_seconds") <= 60
    assert channel == {
        "status": "ok",
        "by": "polling",
        "trouble": None,
        "waiting": 0,
        "oldest_seconds": None,
    }


async def test_a_service_that_is_away_is_told_with_what_waits_and_sends_nobody_elsewhere(
    database: Database,
) -> None:
    write = reply("on its way", chat="5", channel="telegram")
    for _ in range(2):
        await database.write(write)
    since = now() - timedelta(seconds=90)
    state = ChannelState("webhook", None, "telegram.not_telegram", since)
    status, channel = await channel_of(database, state)
    assert status == 200
    assert channel["status"] == "trouble"
    assert channel["trouble"]["what"] == "telegram.not_telegram"
    assert "TELEGRAM_API_BASE_URL" in channel["trouble"]["do"]
    assert 90 <= channel["trouble"]["since_seconds"] <= 120
    assert channel["heard_seconds"] is None
    assert channel["waiting"] == 2
    assert 0 <= channel["oldest_seconds"] <= 60


async def test_a_channel_that_was_not_heard_yet_is_connecting(sqlite_database: Database) -> None:
    _, channel = await channel_of(sqlite_database, ChannelState("polling", None))
    assert channel["status"] == "connecting"
    damage(sqlite_database)
    _, channel = await channel_of(sqlite_database, ChannelState("polling", now()))
    assert channel["status"] == "ok"
    assert channel["waiting"] is None
