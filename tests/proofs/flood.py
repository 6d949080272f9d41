"""Proof: a chat that Telegram closes delays no other. `python -m tests.proofs.flood`.

`bot serve` on Telegram's stand-in. A few shoppers ask and are answered, one after another; then
Telegram answers 429 to whatever is sent to one more shopper, who goes on writing. Shown side by
side: how fast the others were answered before and meanwhile, what was sent into the closed chat
though Telegram had said for how long, and whether everything came once it was open again.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.database.db import Database
from tests.proofs.reconcile import open_work
from tests.proofs.servers import build_index
from tests.proofs.shopper import questions
from tests.proofs.telegram import TelegramServer
from tests.support.telegram import PrivateChat

_OTHERS = 8
_CLOSED_ID = 100
_PAUSE = 1.2  # seconds between an answer and the shopper's next question


@dataclass(frozen=True)
class Flood:
    """Seconds that the others waited for each answer, `before` and `meanwhile`; sends into the
    closed chat after the one that was told so; of its `written` messages, how many are `open`."""

    before: list[float]
    meanwhile: list[float]
    inside: int
    written: int
    left: int
    answers: int

    @property
    def clean(self) -> bool:
        return self.inside == self.left == 0 and self.answers > 0


async def flood(folder: Path, index: Path, seconds: float) -> Flood:
    """Run it: `seconds` before, `seconds` with one chat closed, and what comes after."""
    server = TelegramServer(f"sqlite:///{folder / 'deskhand.db'}", folder, index, webhook=False)
    async with server.telegram as telegram:
        try:
            await server.start()
            await server.ready()
            others = [
                telegram.private_chat(number, f"Shopper {number}")
                for number in range(1, _OTHERS + 1)
            ]
            await _served(others, 2.0)  # the first answers wait for the model to be read
            before = await _served(others, seconds)
            closed = telegram.private_chat(_CLOSED_ID, "Mia")
            telegram.close_chat(_CLOSED_ID, seconds)
            until = telegram.clock() + seconds
            talk = asyncio.create_task(_writes_on(closed, seconds * 0.8))
            meanwhile = await _served(others, seconds)
            written = await talk
            await closed.sees("", timeout=seconds + 30)
            await telegram.confirmed()
            await asyncio.sleep(1)
            sends = [
                call
                for call in telegram.calls
                if call.chat_id == _CLOSED_ID and call.method == "sendMessage"
            ]
            return Flood(
                before=before,
                meanwhile=meanwhile,
                inside=sum(call.at < until for call in sends[1:]),
                written=written,
                left=await _unanswered(server),
                answers=len(closed.bot_says),
            )
        finally:
            await server.kill()


async def _served(shoppers: list[PrivateChat], seconds: float) -> list[float]:
    """Everybody asks one question after another for so long; how long each waited."""

    async def ask(shopper: PrivateChat, number: int) -> list[float]:
        waited: list[float] = []
        end = time.monotonic() + seconds
        known = questions(known=True)
        await asyncio.sleep(_PAUSE * number / len(shoppers))
        while time.monotonic() < end:
            await shopper.writes(known[(number * 31 + len(waited)) % len(known)])
            began = time.monotonic()
            await shopper.sees("", timeout=30)
            waited.append(time.monotonic() - began)
            await asyncio.sleep(_PAUSE)
        return waited

    every = await asyncio.gather(*(ask(shopper, n) for n, shopper in enumerate(shoppers)))
    return [seconds for waited in every for seconds in waited]


async def _writes_on(shopper: PrivateChat, seconds: float) -> int:
    end = time.monotonic() + seconds
    known = questions(known=True)
    written = 0
    while time.monotonic() < end:
        await shopper.writes(known[written % len(known)])
        written += 1
        await asyncio.sleep(max(seconds / 12, 0.2))
    return written


async def _unanswered(server: TelegramServer) -> int:
    """What is still open in the bot's inbox and outbox."""
    database = Database(server.database_url)
    try:
        for _ in range(100):
            left = await database.query(open_work)
            if not left:
                break
            await asyncio.sleep(0.1)
        return left
    finally:
        database.close()


def main() -> int:
    """Run it, show the figures; the exit status is 0 when nothing was sent or lost wrongly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--index", type=Path, help="a folder that `bot index` filled")
    options = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory(prefix="deskhand-proof-") as folder:
        index = options.index or Path(folder) / "index"
        if options.index is None:
            console.print("indexing the demo shop")
            build_index(index)
        found = asyncio.run(flood(Path(folder), index, options.seconds))
    table = Table(f"one chat closed for {options.seconds:.0f} s", "before", "meanwhile")
    for name, share in (("p50", 50), ("p95", 95)):
        cuts = [
            statistics.quantiles(each, n=100)[share - 1] * 1000
            for each in (found.before, found.meanwhile)
        ]
        table.add_row(f"others' answers, {name}", *(f"{cut:.0f} ms" for cut in cuts))
    table.add_row("others' answers", str(len(found.before)), str(len(found.meanwhile)))
    console.print(table)
    console.print(
        f"{found.written} messages written in the closed chat: {found.inside} sends into it before "
        f"its time, {found.answers} answers after it, {found.left} left open"
    )
    return 0 if found.clean else 1


if __name__ == "__main__":
    sys.exit(main())
