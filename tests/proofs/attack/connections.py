"""A thousand sockets and streams against a shop that may open 256 files; a thousand fresh chats.

While the attacker holds what they hold, somebody new opens the chat and asks, an agent opens the
desk and a monitor looks at `/health`: each over new connections, as they would come.
"""

import asyncio
import contextlib
import resource
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import httpx
from sqlmodel import Session, func, select

from bot.database.db import Database
from bot.database.tables import TicketRow
from bot.gateway.room import descriptors
from tests.proofs.attack import Ground, Row
from tests.proofs.servers import ServeServer

FILES = 256
ANSWERED = 2.0  # seconds, as the shop promises; a test on a busy machine gives more
ANSWERED_SHORT = 10.0
_AT_ONCE = 50  # connections that the attacker opens side by side
_ROUNDS = 3
_LINES = 20  # of the log: the probing shoppers' own, and one for an attack of any size
_QUESTION = "How long do I have to return something?"

Sockets = list[asyncio.StreamWriter]


class NarrowServer(ServeServer):
    """`bot serve` on a system that lets it open few files."""

    async def start(self) -> None:
        await super().start()
        assert self._process is not None
        resource.prlimit(self._process.pid, resource.RLIMIT_NOFILE, (FILES, FILES))

    def lines(self) -> int:
        return len(self.log_tail(10**6).splitlines())


@dataclass
class Attacker:
    """Holds `count` sockets, each opened by `hold`, from one address or from as many."""

    server: NarrowServer
    count: int
    spread: bool
    cookies: Iterator[str]
    sockets: Sockets = field(default_factory=list)
    again: list[asyncio.Task[None]] = field(default_factory=list)

    async def connect(self, number: int) -> asyncio.StreamReader:
        """A new socket; the attacker's `number`th address on this machine, where they have many."""
        address = f"127.1.{number // 250}.{number % 250 + 1}" if self.spread else "127.0.0.1"
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.server.port, local_addr=(address, 0)
        )
        self.sockets.append(writer)
        return reader

    async def send(self, number: int, sent: bytes, *, wait: bool = False) -> None:
        """Send it on a new socket; `wait` for the first line of an answer."""
        reader = await self.connect(number)
        self.sockets[-1].write(sent)
        if wait:
            await reader.readline()

    def let_go(self) -> None:
        for task in self.again:
            task.cancel()
        for writer in self.sockets:
            writer.close()


Hold = Callable[[Attacker, int], Awaitable[None]]


async def silent(attacker: Attacker, number: int) -> None:
    await attacker.connect(number)


async def silent_again(attacker: Attacker, number: int) -> None:
    async def keep() -> None:
        while True:
            with contextlib.suppress(OSError):
                reader = await attacker.connect(number)
                await reader.read()
            await asyncio.sleep(1)

    attacker.again.append(asyncio.create_task(keep()))


async def half_a_header(attacker: Attacker, number: int) -> None:
    await attacker.send(number, b"GET /chat HTTP/1.1\r\nHost: shop\r\nX-Slow: ")


async def half_a_body(attacker: Attacker, number: int) -> None:
    begun = b'Content-Length: 9000\r\n\r\n{"id": '
    await attacker.send(number, _request(b"POST /api/chat/messages", attacker) + begun)


async def kept_alive(attacker: Attacker, number: int) -> None:
    await attacker.send(number, b"GET /widget.js HTTP/1.1\r\nHost: shop\r\n\r\n", wait=True)


async def garbage(attacker: Attacker, number: int) -> None:
    await attacker.send(number, b"\x16\x03\x01 no HTTP\r\n\r\n", wait=True)


async def stream(attacker: Attacker, number: int) -> None:
    request = _request(b"GET /api/chat/events", attacker) + b"\r\n"
    await attacker.send(number, request, wait=True)


def _request(line: bytes, attacker: Attacker) -> bytes:
    cookie = next(attacker.cookies).encode()
    return (
        line + b" HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n"
        b"Cookie: deskhand_chat=" + cookie + b"\r\n"
    )


KINDS: tuple[tuple[str, Hold, bool], ...] = (
    ("sockets that send nothing, of one address", silent, False),
    ("sockets that send nothing, of as many addresses", silent, True),
    ("sockets opened again a second after they are closed", silent_again, True),
    ("sockets with half a header, a letter a second", half_a_header, True),
    ("sockets with half a message, a letter a second", half_a_body, True),
    ("sockets kept alive after an answer", kept_alive, True),
    ("sockets that speak no HTTP", garbage, False),
    ("streams with fresh cookies, of one address", stream, False),
    ("streams with fresh cookies, of as many addresses", stream, True),
)


async def attack(ground: Ground) -> Sequence[Row]:
    """Every kind of socket and stream, then the fresh chats, each on the same running shop."""
    descriptors()  # the attacker needs many, too
    count, chats, allowed = (200, 30, 20) if ground.short else (1000, 1000, 300)
    rows = []
    settings = {"BOT_CHATS_PER_HOUR": str(allowed), "BOT_MESSAGES_PER_MINUTE": "600"}
    async with running(ground, settings) as server:
        await probe(server, ANSWERED_SHORT)  # the first question of a process loads what it needs
        cookies = await fresh_cookies(server, count)
        nobody = Attacker(server, 0, spread=False, cookies=iter(()))
        rows.append(await besieged(ground, "sockets, to compare", silent, nobody))
        for name, hold, spread in KINDS:
            attacker = Attacker(server, count, spread, iter(cookies))
            rows.append(await besieged(ground, name, hold, attacker))
        rows.append(await fresh_chats(server, cookies[:chats], allowed))
    return rows


@contextlib.asynccontextmanager
async def running(ground: Ground, settings: dict[str, str]) -> AsyncIterator[NarrowServer]:
    database = f"sqlite:///{ground.folder / 'shop.db'}"
    server = NarrowServer(database, ground.folder, ground.index, settings)
    await server.start()
    try:
        await server.ready()
        yield server
    finally:
        await server.stop()


async def fresh_cookies(server: NarrowServer, count: int) -> list[str]:
    """As many sessions: they are given to anybody who asks."""
    found = []
    async with httpx.AsyncClient(base_url=server.base, trust_env=False, verify=False) as client:
        for _ in range(count):
            answer = await client.get("/chat")
            found.append(answer.cookies["deskhand_chat"])
            client.cookies.clear()
    return found


async def besieged(ground: Ground, name: str, hold: Hold, attacker: Attacker) -> Row:
    """Open all sockets and keep them; meanwhile see how the others fare."""
    limit = ANSWERED_SHORT if ground.short else ANSWERED
    before = attacker.server.lines()
    for start in range(0, attacker.count, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, attacker.count))
        # One that is refused while it is opened is none the better for the attacker.
        await asyncio.gather(*(hold(attacker, n) for n in numbers), return_exceptions=True)
    trickle = asyncio.create_task(_trickle(attacker))
    await attacker.server.ready()  # what was sent is read: from here on it is held
    slowest: dict[str, float] = {}
    for _ in range(1 if ground.short else _ROUNDS):
        for who, seconds in (await probe(attacker.server, limit)).items():
            slowest[who] = max(seconds, slowest.get(who, 0))
    trickle.cancel()
    lines = attacker.server.lines() - before
    attacker.let_go()
    times = ", ".join(f"{who} {seconds:.2f} s" for who, seconds in slowest.items())
    return Row(
        f"{attacker.count} {name}",
        f"a new shopper, the desk and /health answered within {limit:g} s; no line for each",
        f"{times}; {lines} lines",
        max(slowest.values()) <= limit and lines <= _LINES,
    )


async def _trickle(attacker: Attacker) -> None:
    """A letter a second, wherever something is half sent."""
    while True:
        await asyncio.sleep(1)
        for writer in attacker.sockets:
            if not writer.is_closing():
                writer.write(b"a")


async def probe(server: NarrowServer, limit: float) -> dict[str, float]:
    """How long each of them waits, in seconds; infinite for who gives up after `limit`."""
    visits = {"shopper": _asks(server), "desk": _opens(server, "/desk/login")}
    visits["health"] = _opens(server, "/health")
    times = await asyncio.gather(*(_timed(visit, limit) for visit in visits.values()))
    return dict(zip(visits, times, strict=True))


async def _timed(visit: Awaitable[None], limit: float) -> float:
    began = time.monotonic()
    try:
        async with asyncio.timeout(limit):
            await visit
    except (TimeoutError, httpx.HTTPError):
        return float("inf")
    return time.monotonic() - began


async def _opens(server: NarrowServer, path: str) -> None:
    async with httpx.AsyncClient(base_url=server.base, trust_env=False, verify=False) as client:
        (await client.get(path)).raise_for_status()


async def _asks(server: NarrowServer) -> None:
    """What the chat page does, without a stream: opens, sends, and looks until it is answered."""
    async with httpx.AsyncClient(base_url=server.base, trust_env=False, verify=False) as client:
        (await client.get("/chat")).raise_for_status()
        message = {"id": str(uuid4()), "text": _QUESTION}
        (await client.post("/api/chat/messages", json=message)).raise_for_status()
        while True:
            turns = (await client.get("/api/chat/turns")).raise_for_status().json()["turns"]
            if any(turn["author"] == "bot" for turn in turns):
                return
            await asyncio.sleep(0.05)


async def fresh_chats(server: NarrowServer, cookies: Sequence[str], allowed: int) -> Row:
    """Each asks for a person, all from one address."""
    begun = 0
    async with httpx.AsyncClient(
        base_url=server.base, trust_env=False, verify=False, timeout=30
    ) as client:
        for cookie in cookies:
            answer = await client.post(
                "/api/chat/messages",
                json={"id": str(uuid4()), "text": "I want to talk to a person"},
                headers={"Cookie": f"deskhand_chat={cookie}"},
            )
            begun += answer.status_code == 202
        while (await client.get("/health")).json()["backlog"]:
            await asyncio.sleep(0.2)
    tickets = _tickets(server.database_url)
    return Row(
        f"{len(cookies)} fresh chats of one address ask for a person",
        f"at most {allowed} are begun in an hour",
        f"{begun} begun, {tickets} tickets",
        begun <= allowed and tickets <= allowed,
    )


def _tickets(url: str) -> int:
    database = Database(url)
    try:
        with database.read() as session:
            return _count(session)
    finally:
        database.close()


def _count(session: Session) -> int:
    return session.exec(select(func.count()).select_from(TicketRow)).one()
