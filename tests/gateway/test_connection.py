"""A real server's sockets: what ends those that wait, and what is never ended."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from prometheus_client import REGISTRY
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from bot import metrics
from bot.gateway.room import Room
from bot.gateway.server import Server, configuration
from bot.gateway.sockets import Sockets
from tests.proofs.servers import free_port

GET = b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n"
PLACES = 8
PATIENCE = 30.0  # seconds for what is done at once where nothing else runs


async def hello(request: Request) -> Response:
    client = request.client
    return JSONResponse([client.host if client else "", request.url.scheme])


async def echo(request: Request) -> Response:
    return PlainTextResponse(await request.body())


async def follow(_: Request) -> Response:
    async def words() -> AsyncIterator[str]:
        while True:
            yield "word\n"
            await asyncio.sleep(0.05)

    return StreamingResponse(words())


async def pour(_: Request) -> Response:
    return PlainTextResponse("x" * 20_000_000)


@dataclass
class Running:
    """A server, whose clock is set by hand for what clients owe."""

    port: int
    time: float = 0.0

    async def holds(self, count: int) -> None:
        """Wait until the server has so many connections open."""
        async with asyncio.timeout(PATIENCE):
            while REGISTRY.get_sample_value("deskhand_sockets_open") != count:
                await asyncio.sleep(0.01)

    async def connect(self, sent: bytes = b"") -> "Socket":
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(sent)
        await writer.drain()
        return Socket(reader, writer)

    async def answers(self, request: bytes = GET) -> bytes:
        """What a newcomer gets."""
        socket = await self.connect(request)
        async with asyncio.timeout(PATIENCE):
            answer = await socket.reader.readuntil(b"\r\n\r\n")
            return answer + await socket.reader.read(1000)


@dataclass
class Socket:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ended(self, within: float = PATIENCE) -> bool:
        """Whether the server closes it within so many seconds."""
        try:
            async with asyncio.timeout(within):
                while await self.reader.read(1_000_000):
                    pass
        except TimeoutError:
            return False
        except ConnectionError:
            return True
        return True


@contextlib.asynccontextmanager
async def serving(proxies: str = "") -> AsyncIterator[Running]:
    running = Running(free_port())
    metrics.sockets_open(0)  # a process has one server; here one comes after the other
    sockets = Sockets(Room(PLACES, PLACES, 4, 2), clock=lambda: running.time)
    routes = [
        Route("/", hello),
        Route("/echo", echo, methods=["POST"]),
        Route("/follow", follow),
        Route("/pour", pour),
    ]
    config = configuration(
        Starlette(routes=routes),
        host="127.0.0.1",
        port=running.port,
        proxies=proxies,
        sockets=sockets,
    )
    server = Server(config, sockets)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield running
    finally:
        server.should_exit = True
        server.force_exit = True
        await asyncio.wait([task])


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nHos",
        b"POST /echo HTTP/1.1\r\nHost: shop\r\nContent-Length: 10\r\n\r\nhalf",
        b"GET /pour HTTP/1.1\r\nHost: shop\r\n\r\n",
    ],
    ids=["silent", "half a header", "half a body", "reads nothing"],
)
async def test_whoever_lets_us_wait_is_put_out(sent: bytes) -> None:
    async with serving() as running:
        waiting = await running.connect(sent)
        await running.holds(1)
        closing = asyncio.create_task(running.holds(0))
        while not closing.done():  # this client reads nothing till then
            running.time += 31.0
            await asyncio.sleep(0.1)
        await closing
        assert await waiting.ended()


async def test_a_trickle_does_not_move_the_deadline() -> None:
    async with serving() as running:
        slow = await running.connect(b"GET / HTTP/1.1\r\n")
        await running.holds(1)
        for second in range(10):
            running.time = float(second)
            slow.writer.write(b"X-Letter: a\r\n")
            await asyncio.sleep(0.02)
        running.time = 10.0
        assert await slow.ended()


async def test_a_stream_is_left_alone_and_its_reader_pays_no_deadline() -> None:
    async with serving() as running:
        follower = await running.connect(b"GET /follow HTTP/1.1\r\nHost: shop\r\n\r\n")
        await follower.reader.readuntil(b"word\n")
        running.time = 1000.0
        await asyncio.sleep(1.2)  # it looks once a second
        running.time = 2000.0
        assert not await follower.ended(within=2)


async def test_idle_sockets_make_room_for_a_newcomer() -> None:
    async with serving() as running:
        idle = [await running.connect() for _ in range(20 * PLACES)]
        assert b"200 OK" in await running.answers()
        assert await idle[0].ended()


async def test_sockets_in_use_are_not_given_away() -> None:
    async with serving() as running:
        stream = b"GET /follow HTTP/1.1\r\nHost: shop\r\n\r\n"
        followers = [await running.connect(stream) for _ in range(PLACES)]
        for follower in followers:
            await follower.reader.readuntil(b"word\n")
        assert await (await running.connect(GET)).ended()
        followers[0].writer.close()
        await running.holds(PLACES - 1)
        assert b"200 OK" in await running.answers()


async def test_garbage_and_web_sockets_leave_no_line(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as running:
        assert b"400 Bad Request" in await running.answers(b"\x16\x03\x01garbage\r\n\r\n")
        upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        asked = GET.replace(b"\r\n\r\n", b"\r\n" + upgrade + b"\r\n")
        assert b"200 OK" in await running.answers(asked)
    assert [record.getMessage() for record in caplog.records if record.levelname != "INFO"] == []


FORWARDED = GET.replace(
    b"\r\n\r\n", b"\r\nX-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n\r\n"
)


@pytest.mark.parametrize(
    ("proxies", "seen"),
    [
        ("", b'["127.0.0.1","http"]'),
        ("192.0.2.1", b'["127.0.0.1","http"]'),
        ("127.0.0.1", b'["203.0.113.9","https"]'),
        ("10.0.0.0/8,127.0.0.0/8", b'["203.0.113.9","https"]'),
    ],
)
async def test_only_a_trusted_proxy_says_who_comes_and_how(proxies: str, seen: bytes) -> None:
    async with serving(proxies) as running:
        assert seen in await running.answers(FORWARDED)


async def test_what_a_client_tells_a_trusted_proxy_of_itself_does_not_count() -> None:
    async with serving("127.0.0.1") as running:
        forged = FORWARDED.replace(b"For: ", b"For: 198.51.100.1, ")
        assert b'"203.0.113.9"' in await running.answers(forged)
