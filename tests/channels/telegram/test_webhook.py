"""The webhook: stored first, then answered, and only to who knows the secret."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from bot.channels.telegram.state import State
from bot.channels.telegram.webhook import MAX_BODY, PATH, Webhook
from bot.database.db import Database
from bot.errors import BusyError
from tests.support.telegram import FakeTelegram
from tests.support.telegram_shop import SECRET, Shop, until


@asynccontextmanager
async def hooked(db: Database, server: FakeTelegram) -> AsyncIterator[tuple[Shop, str]]:
    """A shop with a webhook; the stand-in is told at which local port the public address ends."""
    shop = Shop(db, server, public_url="https://shop.example/")
    app = Starlette(routes=shop.channel.routes())
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}{PATH}"
        config = uvicorn.Config(app, log_config=None, log_level="critical", lifespan="off")
        web = uvicorn.Server(config)
        serving = asyncio.create_task(web._serve([listening]))
        async with shop.open():
            await until(lambda: server.world.webhook is not None)
            assert server.world.webhook is not None
            assert server.world.webhook.url == f"https://shop.example{PATH}"
            server.world.webhook.url = address
            yield shop, address
        web.should_exit = True
        await serving


async def test_webhook_is_registered_and_answers(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    async with hooked(sqlite_database, server):
        mia = server.private_chat(5)
        await mia.writes("by webhook?")
        await mia.sees("by webhook?")
        await server.confirmed()
    assert not [call for call in server.calls if call.method == "getUpdates"]


async def test_webhook_asks_to_come_again_and_loses_nothing(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    async with hooked(sqlite_database, server) as (shop, _):
        shop.fail = [BusyError("inbox.busy", 1)]
        mia = server.private_chat(5)
        for number in range(3):
            await mia.writes(f"m{number}")
        await until(lambda: server.world.webhook and server.world.webhook.last_error)
        assert server.pending == 3
        assert server.world.webhook is not None
        assert "503" in str(server.world.webhook.last_error)
        shop.fail.clear()
        await server.confirmed()
        assert [each.text for each in shop.heard] == ["m0", "m1", "m2"]


async def test_webhook_believes_only_who_knows_the_secret(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    header = "X-Telegram-Bot-Api-Secret-Token"
    update = {"update_id": 1, "message": {"message_id": 1, "date": 1, "text": "x"}}
    async with hooked(sqlite_database, server) as (shop, address), httpx.AsyncClient() as client:
        assert server.world.webhook is not None
        secret = server.world.webhook.secret or ""
        assert SECRET not in secret
        assert (await client.post(address, json=update)).status_code == 401
        for wrong in ("", "wrong", f"{secret}é"):
            headers = [(header.encode(), wrong.encode())]
            response = await client.post(address, json=update, headers=headers)
            assert response.status_code == 401
        right = {header: secret}
        assert (await client.get(address, headers=right)).status_code == 405
        for body in (b"", b"{", b"[]", b"{}", b'{"update_id": "1"}', b"[" * 100_000, b"\xff"):
            response = await client.post(address, content=body, headers=right)
            assert response.status_code == 400
        large = b" " * (MAX_BODY + 1)
        assert (await client.post(address, content=large, headers=right)).status_code == 413
        response = await client.post(address, json=update, headers=right)
        assert response.status_code == 200, "unreadable, and no better the next time"
        assert shop.heard == []


async def test_webhook_before_the_channel_listens_asks_to_come_again() -> None:
    webhook = Webhook("secret", State("webhook"))
    transport = httpx.ASGITransport(Starlette(routes=[webhook.route()]))
    headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.token}
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.post(PATH, json={"update_id": 1}, headers=headers)
    assert (response.status_code, response.headers["retry-after"]) == (503, "3")


def test_webhook_without_a_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="secret"):
        Webhook(" ", State("webhook"))


async def test_webhook_that_was_taken_away_is_put_back(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    async with hooked(sqlite_database, server) as (shop, _):
        server.world.webhook = None
        shop.look.set()
        await until(lambda: server.world.webhook is not None)
