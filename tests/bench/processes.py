"""What a second worker brings, side by side in one run: answers a second of one and of two.

    python -m tests.bench.processes --index FOLDER [--messages 60] [--side-by-side 1]

PostgreSQL, `bot serve --role worker`, and a stand-in for a language model that takes 200 ms, asked
for each answer. The messages of as many chats wait before the first is answered, and what counts is
when each was done. With few conversations `--side-by-side` the model is what everybody waits for;
with many, what saturates first is named by the processor time of each part.
"""

import argparse
import asyncio
import logging
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil
import structlog
from rich.console import Console
from rich.table import Table
from sqlmodel import Session, col, select

from bot.conversations import inbox
from bot.database.db import Database
from bot.database.tables import InboxRow
from bot.types import Chat, Incoming, now
from tests.proofs.fleet import Member
from tests.support.model_server import Connection, ModelServer, model_server
from tests.support.postgres import Postgres, running_postgres

TAKES = 0.2  # seconds of the stand-in model
QUESTION = "How long do I have to return something?"
LIMIT = 240.0  # seconds for one part of the run
_WARM = 4  # messages that are answered before it counts


@dataclass(frozen=True)
class Found:
    """One part of the run: how many workers answered how many messages a second, how many calls of
    the model an answer took, and the cores that were used by workers and by PostgreSQL."""

    workers: int
    rate: float
    calls: float
    cores: float
    database_cores: float


async def _answer(connection: Connection) -> None:
    """As a model that thinks for a while and then says all of it."""
    await asyncio.sleep(TAKES)
    await connection.head()
    await connection.piece("You can return an item within 30 days.")
    await connection.choice({}, "stop")
    await connection.finished()


async def measure(
    postgres: Postgres, index: Path, model: ModelServer, workers: int, messages: int, beside: int
) -> Found:
    """Have that many workers answer that many waiting messages, on a database of their own."""
    settings = {
        "BOT_LLM": "openai:stand-in",
        "OPENAI_BASE_URL": model.url,
        "OPENAI_API_KEY": "none-needed",
        "BOT_WORKERS": str(beside),
        "BOT_BACKLOG_CAP": "100000",
        "BOT_LOG_LEVEL": "warning",
    }
    url = postgres.create()
    with tempfile.TemporaryDirectory(prefix="deskhand-bench-") as folder:
        members = [
            Member("worker", number + 1, url, Path(folder), index, settings)
            for number in range(workers)
        ]
        database = Database(url)
        try:
            for member in members:
                await member.start()
            for member in members:
                await member.ready()
            await _waiting(database, "warm", _WARM * workers)
            await _done(database, _WARM * workers)
            asked, used = len(model.requests), sum(each.processor() for each in members)
            postgres_used, began = _postgres(postgres), time.monotonic()
            at = now()
            await _waiting(database, "chat", messages)
            ends = await _done(database, messages + _WARM * workers)
            wall = time.monotonic() - began
            seconds = (max(ends) - at).total_seconds()
            return Found(
                workers,
                messages / seconds,
                (len(model.requests) - asked) / messages,
                (sum(each.processor() for each in members) - used) / wall,
                (_postgres(postgres) - postgres_used) / wall,
            )
        finally:
            for member in members:
                await member.kill()
            database.close()


async def _waiting(database: Database, kind: str, many: int) -> None:
    """Accept so many messages, each of a chat of its own, in one transaction."""

    def work(session: Session) -> None:
        for number in range(many):
            said = Incoming(Chat("web", f"{kind}-{number}"), f"{kind}-{number}", QUESTION)
            inbox.accept(session, said, backlog_cap=10**6, at=now())

    await database.write(work)


async def _done(database: Database, many: int) -> Sequence[datetime]:
    """When each message was answered, once all are."""
    query = select(InboxRow.done_at).where(col(InboxRow.done_at).is_not(None))
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        ends = await database.query(lambda session: list(session.exec(query)))
        if len(ends) >= many:
            return [end for end in ends if end is not None]
        await asyncio.sleep(0.2)
    raise RuntimeError(f"not answered within {LIMIT:.0f} s")


def _postgres(postgres: Postgres) -> float:
    """Seconds of processor time of PostgreSQL's processes that run now."""
    pid = int((postgres.folder / "postmaster.pid").read_text().splitlines()[0])
    parent = psutil.Process(pid)
    total = 0.0
    for each in [parent, *parent.children()]:
        try:
            times = each.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


async def compare(index: Path, messages: int, beside: int, most: int) -> list[Found]:
    """One worker, two, … up to `most`, each answering as many messages per worker."""
    with running_postgres() as postgres:
        async with model_server(_answer) as model:
            return [
                await measure(postgres, index, model, workers, messages * workers, beside)
                for workers in range(1, most + 1)
            ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--index", type=Path, required=True, help="a folder that `bot index` filled"
    )
    parser.add_argument("--messages", type=int, default=60, help="for each worker")
    parser.add_argument(
        "--side-by-side", type=int, default=1, help="conversations of one worker (BOT_WORKERS)"
    )
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    found = asyncio.run(
        compare(options.index.resolve(), options.messages, options.side_by_side, options.workers)
    )
    table = Table(
        "workers", "answers a second", "×", "model calls an answer", "cores", "PostgreSQL's"
    )
    for each in found:
        times = each.rate / found[0].rate
        table.add_row(
            *(str(each.workers), f"{each.rate:.1f}", f"{times:.2f}", f"{each.calls:.2f}"),
            *(f"{each.cores:.2f}", f"{each.database_cores:.2f}"),
        )
    console = Console()
    console.print(table)
    console.print(f"{psutil.cpu_count()} cores; load before the run: {psutil.getloadavg()[0]:.1f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
