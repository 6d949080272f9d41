"""Webhook deliveries of the stand-in, and the stand-in as a process of its own."""

import asyncio
import socket
import struct
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Bot

from tests.support.telegram import FakeTelegram
from tests.support.telegram.server import Quiet

HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Hook:
    """A bot's web server: says what it is told to say, and 204 once that is used up."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Response]] = {}
        self.got: list[tuple[str, str | None, float]] = []
        app = Starlette(routes=[Route("/hook", self.take, methods=["POST"])])
        config = uvicorn.Config(app, port=0, log_config=None, log_level="critical", lifespan="off")
        self.server = Quiet(config)

    async def take(self, request: Request) -> Response:
        text = (await request.json())["message"]["text"]
        self.got.append((text, request.headers.get(HEADER), time.monotonic()))
        return (self.answers.get(text) or [Response(status_code=204)]).pop(0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.servers[0].sockets[0].getsockname()[1]}/hook"

    @property
    def texts(self) -> list[str]:
        return [text for text, _, _ in self.got]


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    task = asyncio.create_task(hook.server.serve())
    while not hook.server.started:
        await asyncio.sleep(0.005)
    yield hook
    hook.server.should_exit = True
    await task


@pytest.fixture
async def server(hook: Hook) -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(webhook_delay=0.05) as running:
        bot = Bot(running.token, base_url=running.base_url)
        async with bot:
            await bot.set_webhook(hook.url, secret_token="s3cret")
        yield running


async def test_deliveries_carry_the_secret_and_keep_a_chats_order(
    server: FakeTelegram, hook: Hook
) -> None:
    mia = server.private_chat(11)
    for number in range(5):
        await mia.writes(f"{number}")
    await server.confirmed()
    assert hook.texts == ["0", "1", "2", "3", "4"]
    assert {secret for _, secret, _ in hook.got} == {"s3cret"}


async def test_connection_that_is_reset_confirms_nothing(hook: Hook) -> None:
    async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """As a killed process that had not read everything yet."""
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    async with await asyncio.start_server(reset, "127.0.0.1", 0) as dying:
        address = f"http://127.0.0.1:{dying.sockets[0].getsockname()[1]}"
        async with (
            FakeTelegram(webhook_delay=0.05) as server,
            Bot(server.token, base_url=server.base_url) as bot,
        ):
            await bot.set_webhook(f"{address}/hook")
            await server.private_chat(11).writes("hello")
            async with asyncio.timeout(30):
                while not (info := await bot.get_webhook_info()).last_error_message:
                    await asyncio.sleep(0.01)
            assert info.pending_update_count == 1
            await bot.set_webhook(hook.url)
            await server.confirmed()
    assert hook.texts == ["hello"]


async def test_failed_delivery_is_repeated_and_holds_up_that_chat_only(
    server: FakeTelegram, hook: Hook
) -> None:
    hook.answers["first"] = [Response(status_code=500) for _ in range(3)]
    await server.private_chat(11).writes("first")
    await server.private_chat(11).writes("second")
    await server.private_chat(12).writes("other")
    await server.confirmed()
    assert hook.texts.count("first") == 4
    assert hook.texts.index("other") < hook.texts.index("second")
    assert hook.texts[-1] == "second"
    assert server.world.webhook is not None
    assert server.world.webhook.last_error == (
        "Wrong response from the webhook: 500 Internal Server Error"
    )


async def test_retry_after_is_obeyed(server: FakeTelegram, hook: Hook) -> None:
    hook.answers["hello"] = [Response(status_code=503, headers={"Retry-After": "1"})]
    await server.private_chat(11).writes("hello")
    await server.confirmed()
    (_, _, first), (_, _, second) = hook.got
    assert second - first >= 1.0


async def test_updates_wait_while_the_bot_is_down(server: FakeTelegram, hook: Hook) -> None:
    hook.server.should_exit = True
    await asyncio.sleep(0.3)
    await server.private_chat(11).writes("anybody?")
    await asyncio.sleep(0.3)
    assert server.pending == 1


@pytest.fixture
def process() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.support.telegram", "0", "--unlimited"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        yield "http://127.0.0.1:" + running.stdout.readline().split()[-1]
        running.terminate()


async def test_stand_in_runs_as_a_process_of_its_own(process: str) -> None:
    token = "123456:stand-in-for-tests-only"
    mia = {"private_chat": [11, "Mia", "en"]}
    async with httpx.AsyncClient(base_url=process, trust_env=False, verify=False) as control:
        await control.post("/control", json={"on": mia, "do": "writes", "args": ["hello"]})
        async with Bot(token, base_url=f"{process}/bot") as bot:
            assert len(await bot.get_updates()) == 1
            await bot.send_message(11, "Welcome")
        order: dict[str, object] = {"on": mia, "do": "sees", "args": ["Welcome"]}
        assert (await control.post("/control", json=order)).json() == {"result": "bot: Welcome"}
        order = {"on": mia, "do": "sees", "args": ["Goodbye", 0.1]}
        assert (await control.post("/control", json=order)).status_code == 422
        state = (await control.get("/control")).json()
    assert state["pending"] == 1
    assert [call["method"] for call in state["sent"]] == ["sendMessage"]
