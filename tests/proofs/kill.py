"""Proof: `kill -9` at any moment loses no accepted message and answers none twice.

Starts the server on a scratch database, lets shoppers write to it, kills it again and again at
random moments (while it starts, too), and at the end compares what the shoppers were told with what
the database holds. It kills the server, not the database's own server, and nothing cuts the power.

    python -m tests.proofs.kill --database postgresql --kills 50 --messages 2000

Without `--database` it does both databases. What is killed is `bot serve` with the demo shop's
index, built for the proof unless `--index` names one; `--target worker` is the durable path alone.

`--processes 2x2` is two web and two worker processes on one PostgreSQL, of which any is killed,
with half of the shoppers in web chats and half on Telegram.

`--channel telegram-polling` and `telegram-webhook` let the shoppers write on Telegram: a stand-in
for it in this process, which keeps Telegram's budgets (30 messages a second, one a second to a
chat). What went over its wire is compared, too: there, the one message that was being sent at a
kill may come twice, since Telegram knows no key by which it could recognise a repeat.
"""

import argparse
import asyncio
import contextlib
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bot.database.db import Database
from tests.proofs.fleet import Fleet, Processes
from tests.proofs.reconcile import Verdict, open_work, verdict
from tests.proofs.servers import Server, ServeServer, WorkerServer, build_index
from tests.proofs.shopper import Shopper
from tests.proofs.telegram import Channel, TelegramServer, TelegramShopper, Wire
from tests.support.postgres import running_postgres

PATIENCE = 150.0  # seconds that the last messages may take: a lease of a dead process, and retries
START_KILLS = 0.25  # the share of kills that hit the server while it starts


def processes(text: str) -> Processes:
    """How many web and worker processes "2x2" is."""
    webs, sign, workers = text.partition("x")
    if not (sign and webs.isdecimal() and workers.isdecimal() and int(webs) and int(workers)):
        raise argparse.ArgumentTypeError(f"{text!r} is not as 2x2")
    return Processes(int(webs), int(workers))


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    kills: int
    messages: int
    conversations: int
    seed: int


class Load:
    """Lets the shoppers write in step with the kills, so that each life of the server has work."""

    def __init__(self, plan: Plan) -> None:
        self.accepted = 0
        self._permits = asyncio.Semaphore(0)
        self._left = plan.messages
        self._share = max(1, plan.messages // (plan.kills + 1))

    def release(self, everything: bool = False) -> int:
        """Allow the next share; how many messages that is."""
        share = self._left if everything else min(self._share, self._left)
        self._left -= share
        for _ in range(share):
            self._permits.release()
        return share

    async def permit(self) -> None:
        await self._permits.acquire()


async def prove(
    server: Server, url: str, plan: Plan, progress: Callable[[str, int], None]
) -> Verdict:
    """Run the plan against `server`, whose database is at `url`; what was found at the end."""
    generator = random.Random(plan.seed)
    load = Load(plan)
    shoppers = [_shopper(server, number, plan.seed) for number in range(plan.conversations)]
    shares = [
        plan.messages // plan.conversations + (n < plan.messages % plan.conversations)
        for n in range(plan.conversations)
    ]

    async def shop(shopper: Shopper | TelegramShopper, messages: int) -> None:
        async with shopper:
            for _ in range(messages):
                await load.permit()
                await shopper.say()
                load.accepted += 1
                progress("messages accepted", load.accepted)

    async with asyncio.TaskGroup() as group:
        for shopper, messages in zip(shoppers, shares, strict=True):
            group.create_task(shop(shopper, messages))
        await server.start()
        started = await server.ready()  # seconds: how long a start takes here
        for kill in range(plan.kills):
            share = load.release()
            if generator.random() < START_KILLS:
                await asyncio.sleep(generator.uniform(0, started))
            else:
                await server.ready()
                await _some_accepted(load, generator.randint(0, share), seconds=20)
                await asyncio.sleep(generator.uniform(0, 0.05))
            await server.kill()
            progress("kills", kill + 1)
            await server.start()
        load.release(everything=True)
    await server.ready()
    database = Database(url)
    deadline = time.monotonic() + PATIENCE
    # What the server has not heard yet, first: by the time of the second look it would be stored.
    while (left := server.unheard() + await database.query(open_work)) and (
        time.monotonic() < deadline
    ):
        progress("still to answer or deliver", left)
        await asyncio.sleep(0.2)
    accepted = {shopper.number: list(shopper.accepted) for shopper in shoppers}
    found = await database.query(lambda session: verdict(session, accepted))
    if not found.clean:
        (server.folder / "accepted.json").write_text(json.dumps(accepted), encoding="utf-8")
    await server.stop()
    database.close()
    return found


def _shopper(server: Server, number: int, seed: int) -> Shopper | TelegramShopper:
    if isinstance(server, Fleet) and number % 2:
        return Shopper(server, number, seed)
    if isinstance(server, TelegramServer):
        return TelegramShopper(server.telegram, number, seed)
    return Shopper(server, number, seed)


async def _some_accepted(load: Load, number: int, seconds: float) -> None:
    """Wait until `number` more messages are accepted."""
    goal, deadline = load.accepted + number, time.monotonic() + seconds
    while load.accepted < goal and time.monotonic() < deadline:
        await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def scratch(
    database_url: str,
    folder: Path,
    index: Path | None = None,
    channel: Channel = "web",
    fleet: Processes | None = None,
) -> AsyncIterator[Server]:
    """A server in `folder`, dead at the end whatever happens; with `index` the product itself."""
    server: Server
    async with contextlib.AsyncExitStack() as around:
        if index is not None and fleet is not None:
            server = Fleet(database_url, folder, index, *fleet)
            await around.enter_async_context(server.telegram)
        elif index is None:
            server = WorkerServer(database_url, folder)
        elif channel == "web":
            server = ServeServer(database_url, folder, index)
        else:
            webhook = channel == "telegram-webhook"
            server = TelegramServer(database_url, folder, index, webhook=webhook)
            await around.enter_async_context(server.telegram)
        around.push_async_callback(server.end)
        yield server


async def over_the_wire(server: Server, url: str) -> Wire | None:
    """What Telegram saw; None where the server is on no Telegram."""
    if not isinstance(server, TelegramServer):
        return None
    database = Database(url)
    found = await database.query(server.wire)
    database.close()
    return found


@contextlib.contextmanager
def scratch_database(kind: str, folder: Path) -> Iterator[str]:
    """A fresh database's URL."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'proof.db'}"
        return
    with running_postgres() as postgres:
        yield postgres.create()


def prove_on(
    database: str,
    channel: Channel,
    plan: Plan,
    index: Path | None,
    console: Console,
    fleet: Processes | None = None,
) -> tuple[Verdict, Wire | None]:
    """Run the plan on a fresh database of that kind, showing how far it is."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with (
        tempfile.TemporaryDirectory(prefix="deskhand-kill-") as folder,
        scratch_database(database, Path(folder)) as url,
        Progress(*columns, TimeElapsedColumn(), console=console) as bars,
    ):
        totals = {"messages accepted": plan.messages, "kills": plan.kills}
        tasks = {name: bars.add_task(name, total=total) for name, total in totals.items()}

        def progress(name: str, number: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=None)
            bars.update(tasks[name], completed=number)

        async def run() -> tuple[Verdict, Wire | None]:
            async with scratch(url, Path(folder), index, channel, fleet) as server:
                found = await prove(server, url, plan, progress)
                wire = await over_the_wire(server, url)
                if isinstance(server, Fleet):
                    console.print("kills:", server.killed)
                if not found.clean or (wire and not wire.clean):
                    console.print(server.log_tail(), _kept(Path(folder)))
                return found, wire

        return asyncio.run(run())


def _kept(folder: Path) -> str:
    """Save what a failed run left, and say where."""
    kept = Path(tempfile.mkdtemp(prefix="deskhand-kept-"))
    shutil.copytree(folder, kept, dirs_exist_ok=True)
    return f"The database and the log are kept in {kept}"


def show(found: Verdict, wire: Wire | None, title: str, console: Console) -> None:
    """What must be 0, and what gives it its scale."""
    table = Table(title, "count")
    rows = list(found.counts().items())
    if wire:
        rows += [(f"wire: {name}", count) for name, count in wire.counts().items()]
    for name, count in rows:
        table.add_row(name, str(count), style="red" if count else "green")
    console.print(table)
    console.print(
        f"{found.answers} answers, {found.from_knowledge} of them from the shop's knowledge; "
        f"{found.with_a_person} conversations with a ticket"
    )
    if wire:
        console.print(
            f"{wire.messages} messages on the wire for {wire.answers} answers; {wire.repeated} "
            f"came again after a kill, sent at most {wire.window * 1000:.0f} ms before it, at most "
            f"{wire.together} after the same; "
            f"{wire.refused} refused by a budget, {wire.too_soon} of them in a closed chat"
        )


def main() -> int:
    """Parse, prove, print; 0 only when nothing was lost, doubled, disordered or given up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--target", choices=["serve", "worker"], default="serve")
    parser.add_argument(
        "--channel", choices=["web", "telegram-polling", "telegram-webhook"], default="web"
    )
    parser.add_argument(
        "--processes", type=processes, help="web and worker processes, as 2x2; one PostgreSQL"
    )
    parser.add_argument("--index", type=Path, help="a folder that `bot index` filled")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--conversations", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    if options.target == "worker" and options.channel != "web":
        parser.error("--target worker has no Telegram")
    if options.processes:
        if options.target == "worker" or options.channel != "web":
            parser.error("--processes is the whole product, on web and Telegram")
        options.database, options.channel = "postgresql", "web and telegram"
    plan = Plan(options.kills, options.messages, options.conversations, options.seed)
    databases = ["sqlite", "postgresql"] if options.database == "both" else [options.database]
    console = Console()
    clean = True
    with tempfile.TemporaryDirectory(prefix="deskhand-kill-index-") as folder:
        index = options.index.resolve() if options.index else Path(folder) / "index"
        if options.target == "serve" and not options.index:
            console.print("indexing the demo shop")
            build_index(index)
        for database in databases:
            console.print(
                f"kill -9: {options.target}, {options.channel}, {database}, seed {plan.seed}"
            )
            began = time.monotonic()
            served = index if options.target == "serve" else None
            found, wire = prove_on(
                database, options.channel, plan, served, console, options.processes
            )
            title = f"{options.channel}, {database}: {plan.kills} kills, {found.accepted} messages"
            show(found, wire, title, console)
            console.print(f"{time.monotonic() - began:.0f} s")
            clean = clean and found.clean and (wire is None or wire.clean)
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
