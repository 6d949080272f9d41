"""How the desk holds up on a full day: `python -m tests.bench.desk_queue`.

python -m tests.bench.desk_queue                        10,000 turns, 500 open, 20 agents, on SQLite
python -m tests.bench.desk_queue --full                 1,000,000 turns, 2,000 open, 50 agents
python -m tests.bench.desk_queue --postgres             on a PostgreSQL of its own
python -m tests.bench.desk_queue --index FOLDER         with that index instead of a fresh one

`bot serve` is one process, every agent a connection of server-sent events that fetches the queue
again whenever it is told to, as `desk.js` does: two thirds look at the whole queue, the others at
what is theirs. Meanwhile shoppers write whom all of
them see first. p50 and p95, in milliseconds:

queue   a fragment of the queue, from asking to the last byte, under that load
page    the whole page of the queue
told    from a message's acceptance to the hint in a browser
shown   from a message's acceptance to the message itself in a browser

On a machine that others use, only the processor time for each message means something: it is the
whole process's, for all agents together.
"""

import argparse
import asyncio
import json
import tempfile
import time
import uuid
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy import insert, text, update
from sqlmodel import col, select

from bot.database.db import Database
from bot.database.tables import ConversationRow, TicketRow, TurnRow, UserRow
from bot.desk.pages import security
from bot.types import Reason, now
from tests.bench import desk_search
from tests.bench.desk_search import at
from tests.proofs.servers import ServeServer, build_index
from tests.support.postgres import running_postgres

MARK = "bench-message-"
FILLED = "filled"
SHOPPERS = 4  # one alone may not write so much
WAIT = 30.0  # seconds for a message to reach everybody
REASONS = tuple(reason.value for reason in Reason)


@dataclass
class Figures:
    """Milliseconds, by what took them."""

    taken: dict[str, list[float]] = field(default_factory=dict)
    missed: int = 0

    def add(self, what: str, seconds: float) -> None:
        self.taken.setdefault(what, []).append(seconds * 1000)

    def told(self) -> dict[str, dict[str, float]]:
        return {
            what: {"p50": round(at(sorted(times), 0.5)), "p95": round(at(sorted(times), 0.95))}
            for what, times in self.taken.items()
        }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.desk_queue")
    parser.add_argument("--turns", type=int, default=10_000)
    parser.add_argument("--open", type=int, default=500)
    parser.add_argument("--agents", type=int, default=20)
    parser.add_argument("--messages", type=int, default=40)
    parser.add_argument("--every", type=float, default=1.0, help="seconds between messages")
    parser.add_argument("--full", action="store_true", help="the size that is promised")
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--index", type=Path)
    options = parser.parse_args()
    if options.full:
        options.turns, options.open, options.agents = 1_000_000, 2_000, 50
    with (
        tempfile.TemporaryDirectory(prefix="deskhand-queue-") as scratch,
        _database(Path(scratch), postgres=options.postgres) as url,
    ):
        index = options.index or Path(scratch) / "index"
        if options.index is None:
            build_index(index)
        database = Database(url)
        database.migrate()
        began = time.perf_counter()
        tokens = fill(database, options.turns, options.open, options.agents)
        print(f"{options.turns} turns in {time.perf_counter() - began:.0f} s", flush=True)
        figures = asyncio.run(
            _day(database, tokens, url, Path(scratch), index, options.messages, options.every)
        )
        database.close()
    print(json.dumps(figures, indent=2))


@contextmanager
def _database(folder: Path, *, postgres: bool) -> Iterator[str]:
    if not postgres:
        yield f"sqlite:///{folder / 'queue.db'}"
        return
    with running_postgres() as server:
        yield server.create()


def fill(database: Database, turns: int, opened: int, agents: int) -> list[str]:
    """Conversations, every second turn the bot's; the newest have a ticket that is not closed, half
    of them taken. The agents' session tokens."""
    desk_search.fill(database, turns, found=False)
    names = [f"agent{number:02}" for number in range(agents)]
    with database.begin() as session:
        session.exec(update(TurnRow).where(col(TurnRow.id) % 2 == 0).values(author="bot"))
        newest = select(ConversationRow.id).order_by(col(ConversationRow.id).desc()).limit(opened)
        chats = list(session.exec(newest))
        session.connection().execute(
            text("DELETE FROM tickets WHERE conversation_id >= :least"),
            {"least": min(map(int, filter(None, chats)))},
        )
        session.execute(
            insert(TicketRow), [_ticket(n, chat, names) for n, chat in enumerate(chats)]
        )
        session.add_all(UserRow(name=name, password_hash="-", alerts="none") for name in names)
        session.flush()
        users = session.exec(select(UserRow).order_by(col(UserRow.name))).all()
        tokens = [security.start_session(session, user.id or 0, now()) for user in users]
        session.connection().execute(text("ANALYZE"))
        if not database.sqlite:  # which does not count on from ids that were given
            for table in ("conversations", "turns"):
                last = f"(SELECT max(id) FROM {table})"
                counted = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {last})"
                session.connection().execute(text(counted))
    return tokens


def _ticket(number: int, chat: int | None, names: Sequence[str]) -> dict[str, object]:
    taken = names[number % len(names)] if number % 2 else None
    return {
        "conversation_id": chat,
        "status": "taken" if taken else "open",
        "agent": taken,
        "reason": REASONS[number % len(REASONS)],
        "priority": 3 - (number % 50 == 0),
        "summary": FILLED,
        "created_at": now(),
        "taken_at": now() if taken else None,
    }


async def _day(
    database: Database,
    tokens: Sequence[str],
    url: str,
    folder: Path,
    index: Path,
    messages: int,
    every: float,
) -> dict[str, object]:
    figures = Figures()
    server = ServeServer(url, folder, index)
    await server.start()
    await server.ready()
    agents = [
        Agent(server.port, token, "?show=mine" if number % 3 == 2 else "", figures)
        for number, token in enumerate(tokens)
    ]
    watching = [asyncio.create_task(agent.watch()) for agent in agents]
    try:
        shoppers = [await _shopper(server.base, database) for _ in range(SHOPPERS)]
        await asyncio.sleep(5)
        figures.taken.clear()
        began, busy = time.monotonic(), server.processor()
        for number in range(messages):
            mark, sent = f"{MARK}{number:04}", time.monotonic()
            for agent in agents:
                agent.expect(mark, sent)
            await _say(shoppers[number % SHOPPERS], server.base, mark)
            if number % 4 == 0:
                await _measured(figures, "page", agents[0].get("/desk"))
            await asyncio.sleep(max(0.0, every - (time.monotonic() - sent)))
        with suppress(TimeoutError):
            async with asyncio.timeout(WAIT):
                while any(agent.misses for agent in agents if not agent.place):
                    await asyncio.sleep(0.1)
        figures.missed = sum(agent.misses for agent in agents if not agent.place)
        busy = server.processor() - busy
        took = time.monotonic() - began
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        await server.stop()
    return {
        "milliseconds": figures.told(),
        "missed": figures.missed,
        "processor_ms_a_message": round(1000 * busy / messages),
        "cores": round(busy / took, 2),
    }


async def _measured(figures: Figures, what: str, asked: Awaitable[bytes]) -> bytes:
    began = time.monotonic()
    answer = await asked
    figures.add(what, time.monotonic() - began)
    return answer


class Agent:
    """One open page: it is told, and fetches; while it fetches, another hint waits."""

    def __init__(self, port: int, token: str, place: str, figures: Figures) -> None:
        self.place = place
        self._port, self._cookie, self._figures = port, f"{security.COOKIE}={token}", figures
        self._awaited: dict[str, float] = {}
        self._untold: float | None = None
        self._hinted = asyncio.Event()

    @property
    def misses(self) -> int:
        return len(self._awaited)

    def expect(self, mark: str, sent: float) -> None:
        self._awaited[mark] = self._untold = sent

    async def watch(self) -> None:
        async with asyncio.TaskGroup() as both:
            both.create_task(self._listen())
            both.create_task(self._fetch())

    async def _listen(self) -> None:
        reader, writer = await self._ask(f"/desk/events{self.place}", "text/event-stream")
        try:
            while line := await reader.readline():
                if b"event: changed" not in line:
                    continue
                if self._untold is not None and not self.place:
                    self._figures.add("told", time.monotonic() - self._untold)
                    self._untold = None
                self._hinted.set()
        finally:
            writer.close()

    async def _fetch(self) -> None:
        while True:
            await self._hinted.wait()
            self._hinted.clear()
            answer = await _measured(self._figures, "queue", self.get(f"/desk/queue{self.place}"))
            for mark in [mark for mark in self._awaited if mark.encode() in answer]:
                self._figures.add("shown", time.monotonic() - self._awaited.pop(mark))

    async def get(self, path: str) -> bytes:
        reader, writer = await self._ask(path, "text/html")
        try:
            return await reader.read()
        finally:
            writer.close()

    async def _ask(
        self, path: str, accept: str
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 22)
        lines = (
            f"GET {path} HTTP/1.1",
            f"Host: 127.0.0.1:{self._port}",
            f"Cookie: {self._cookie}",
            f"Accept: {accept}",
            "X-Desk: fragment",
            "Connection: close",
        )
        writer.write("".join(f"{line}\r\n" for line in (*lines, "")).encode())
        return reader, writer


async def _shopper(base: str, database: Database) -> httpx.AsyncClient:
    """A shopper who waits for a person, before everybody else."""
    client = httpx.AsyncClient(base_url=base, trust_env=False, verify=False, timeout=60)
    await client.get("/chat")
    await _say(client, base, "I want to talk to a person")
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(_urgent, database):
            await asyncio.sleep(0.2)
    return client


def _urgent(database: Database) -> bool:
    with database.begin() as session:
        newest = select(TicketRow).order_by(col(TicketRow.id).desc()).limit(1)
        ticket = session.exec(newest).one()
        if ticket.summary == FILLED:
            return False
        if ticket.status == "taken":  # the shopper's before this one
            return False
        ticket.priority, ticket.status, ticket.agent = 1, "taken", "agent00"
        conversation = session.get_one(ConversationRow, ticket.conversation_id)
        conversation.status = "agent"
        session.add_all([ticket, conversation])
    return True


async def _say(client: httpx.AsyncClient, base: str, said: str) -> None:
    answer = await client.post(
        "/api/chat/messages",
        json={"id": str(uuid.uuid4()), "text": said, "language": "en"},
        headers={"Origin": base},
    )
    answer.raise_for_status()


if __name__ == "__main__":
    main()
