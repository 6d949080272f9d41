"""Proof: a new version, which migrates the database, comes without a gap.

Two web and two worker processes serve shoppers on one PostgreSQL, in web chats and on Telegram.
Each in turn, workers first, is told to stop and started again as a newer version: the same product
with one migration more, which gives the busiest tables a column and an index. At the end nothing
may be lost or doubled; how often a shopper had to try is counted.

    python -m tests.proofs.rolling --index FOLDER --messages 400
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from sqlmodel import Session

from bot.database.db import MIGRATIONS, Database
from tests.proofs.fleet import Fleet, Processes
from tests.proofs.kill import PATIENCE, over_the_wire, scratch
from tests.proofs.reconcile import Verdict, open_work, verdict
from tests.proofs.servers import ROOT, build_index
from tests.proofs.shopper import Shopper
from tests.proofs.telegram import TelegramShopper, Wire
from tests.support.postgres import running_postgres

NEXT = "9999"
_MIGRATION = '''"""What the next version adds: expand, and take nothing away."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"


def upgrade() -> None:
    for table in ("turns", "inbox", "outbox", "conversations"):
        op.add_column(table, sa.Column("next", sa.String(), nullable=False, server_default=""))
    op.create_index("ix_turns_next", "turns", ["next", "id"])
'''


@dataclass(frozen=True)
class Rolled:
    """`found` and `wire` must be clean; `tries` is how often one message was sent at most,
    `longest` how many seconds one took to be accepted, `refused` how many requests met a process
    that was leaving; `seconds` is what the restart of all of them took."""

    found: Verdict
    wire: Wire | None
    schema: str
    tries: int
    longest: float
    refused: int
    seconds: float

    @property
    def clean(self) -> bool:
        wired = self.wire is None or self.wire.clean
        return self.found.clean and wired and self.schema == NEXT


def newer(folder: Path) -> Path:
    """The next version of the product, in `folder`."""
    shutil.copytree(ROOT / "bot", folder / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    before = ScriptDirectory.from_config(config).get_current_head()
    file = folder / "bot/database/migrations/versions" / f"v{NEXT}_next.py"
    file.write_text(_MIGRATION.format(revision=NEXT, before=before), encoding="utf-8")
    return folder


async def roll(
    fleet: Fleet, url: str, messages: int, shoppers: int, seed: int, pause: float = 0.2
) -> Rolled:
    """Let them write and restart everything meanwhile; what came of it. Each writes so many seconds
    after the message before was accepted, or answered."""
    code = await asyncio.to_thread(newer, fleet.folder / "next")
    chats = [
        Shopper(fleet, number, seed)
        if number % 2
        else TelegramShopper(fleet.telegram, number, seed)
        for number in range(shoppers)
    ]
    rolled = asyncio.Event()

    async def shop(shopper: Shopper | TelegramShopper, most: int) -> None:
        """Write that many, and go on in peace until all processes are new ones."""
        async with shopper:
            while len(shopper.accepted) < most or not rolled.is_set():
                await shopper.say()
                await asyncio.sleep(pause)

    await fleet.start()
    await fleet.ready()
    async with asyncio.TaskGroup() as group:
        for shopper in chats:
            group.create_task(shop(shopper, messages // shoppers))
        await asyncio.sleep(1)
        began = time.monotonic()
        for member in reversed(fleet.members):
            await member.restart(code)
            await member.ready()
        seconds = time.monotonic() - began
        rolled.set()
    database = Database(url)
    deadline = time.monotonic() + PATIENCE
    while fleet.unheard() + await database.query(open_work) and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
    accepted = {shopper.number: list(shopper.accepted) for shopper in chats}
    found = await database.query(lambda session: verdict(session, accepted))
    schema = await database.query(_schema)
    await fleet.stop()
    database.close()
    web = [shopper for shopper in chats if isinstance(shopper, Shopper)]
    return Rolled(
        found,
        await over_the_wire(fleet, url),
        schema,
        max(shopper.most_tries for shopper in web),
        max(shopper.longest for shopper in web),
        sum(shopper.refused for shopper in web),
        seconds,
    )


def _schema(session: Session) -> str:
    query = text("SELECT version_num FROM alembic_version")
    return str(session.connection().execute(query).scalar_one())


def show(rolled: Rolled, console: Console) -> None:
    """What must be 0, and what gives it its scale."""
    table = Table("restart of each process through a migration", "count")
    rows = list(rolled.found.counts().items())
    if rolled.wire:
        rows += [(f"wire: {name}", count) for name, count in rolled.wire.counts().items()]
    for name, count in rows:
        table.add_row(name, str(count), style="red" if count else "green")
    console.print(table)
    found = rolled.found
    console.print(
        f"{found.accepted} messages, {found.answers} answers, schema {rolled.schema}; "
        f"all restarted in {rolled.seconds:.0f} s; {rolled.refused} requests met a process "
        f"that was leaving, at most {rolled.tries} tries and {rolled.longest:.1f} s for one message"
    )


def main() -> int:
    """Parse, restart, print; 0 only when nothing was lost, doubled, disordered or given up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, help="a folder that `bot index` filled")
    parser.add_argument("--messages", type=int, default=400)
    parser.add_argument("--shoppers", type=int, default=20)
    parser.add_argument("--pause", type=float, default=0.2, help="seconds between two of one's")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory(prefix="deskhand-rolling-") as name, running_postgres() as pg:
        index = options.index.resolve() if options.index else Path(name) / "index"
        if not options.index:
            build_index(index)
        url = pg.create()

        async def run() -> Rolled:
            async with scratch(url, Path(name), index, fleet=Processes(2, 2)) as fleet:
                assert isinstance(fleet, Fleet)
                rolled = await roll(
                    *(fleet, url, options.messages, options.shoppers, options.seed),
                    pause=options.pause,
                )
                if not rolled.clean:
                    console.print(fleet.log_tail())
                return rolled

        rolled = asyncio.run(run())
    show(rolled, console)
    return 0 if rolled.clean else 1


if __name__ == "__main__":
    sys.exit(main())
