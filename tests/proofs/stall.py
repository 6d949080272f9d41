"""Proof: chats whose model stalls delay no other. `python -m tests.proofs.stall`.

`bot serve` on Telegram's stand-in, its answers written by a model server that stalls 30 s for ten
shoppers: it drips a word every few seconds, so that nothing looks broken. An eleventh asks one
question after another, alone and then meanwhile. Shown: how fast that one was answered, and whether
the ten were answered after all.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.proofs.servers import build_index
from tests.proofs.telegram import TelegramServer
from tests.support.model_server import Connection, ModelServer, model_server, says
from tests.support.telegram import PrivateChat

STALLED = 10
WITHIN = 1.5  # times the eleventh's normal p95
_MARK = "partner"  # what makes the model stall
_ASKED = (
    "How do I create an account?",
    "Can I pay with PayPal?",
    "Do you wrap gifts?",
    "How do I return something?",
)
_QUICK = "Thank you for asking."
_ELEVENTH = 11
_ALONE = 15  # questions a round
_DRIP = 2.0  # seconds between words
_PAUSE = 1.2  # seconds between an answer and the next question: Telegram allows one a second


@dataclass
class Stall:
    """The model server's behaviour; `over` ends it for all who wait."""

    seconds: float
    over: asyncio.Event = field(default_factory=asyncio.Event)
    stalled: int = 0

    async def __call__(self, connection: Connection) -> None:
        if _MARK in json.dumps(connection.request):
            self.stalled += 1
            await connection.head()
            end = time.monotonic() + self.seconds
            while time.monotonic() < end and not self.over.is_set():
                await connection.piece("well ")
                await asyncio.wait({asyncio.ensure_future(self.over.wait())}, timeout=_DRIP)
            await connection.choice({}, "stop")
            await connection.finished()
            return
        await says(_QUICK, pause=0.02)(connection)


class Written(TelegramServer):
    """`bot serve` on the stand-in, its answers written by the model at `url`."""

    url = ""
    timeout = 20.0

    def environment(self) -> dict[str, str]:
        return super().environment() | {
            "BOT_LLM": "openai:stand-in",
            "OPENAI_BASE_URL": self.url,
            "BOT_LLM_TIMEOUT": str(self.timeout),
        }


@dataclass(frozen=True)
class Shop:
    """The running bot, its model, and everybody who writes."""

    model: ModelServer
    stall: Stall
    ten: list[PrivateChat]
    eleventh: PrivateChat

    async def ask_slow(self, number: int = 0) -> None:
        """Each of the ten asks what the model stalls on."""
        for shopper in self.ten:
            await shopper.writes(f"{_ASKED[number % len(_ASKED)][:-1]}, {_MARK}?")

    async def heal(self) -> None:
        """Have the bot try its model again, which it leaves alone after so many failures."""
        before = len(self.model.requests)
        while len(self.model.requests) == before:
            await self.ask(0)
            await asyncio.sleep(_PAUSE)

    async def ask(self, number: int) -> float:
        """The eleventh asks; the seconds until the answer."""
        await self.eleventh.writes(_ASKED[number % len(_ASKED)])
        began = time.monotonic()
        await self.eleventh.sees("", timeout=30)
        return time.monotonic() - began


@asynccontextmanager
async def shop(
    folder: Path, index: Path, stall: Stall, timeout: float = 20.0
) -> AsyncIterator[Shop]:
    """Everything running; the model has been asked once."""
    server = Written(f"sqlite:///{folder / 'deskhand.db'}", folder, index, webhook=False)
    server.timeout = timeout
    async with model_server(stall) as model, server.telegram as telegram:
        server.url = model.url
        try:
            await server.start()
            await server.ready()
            ten = [telegram.private_chat(number) for number in range(1, STALLED + 1)]
            opened = Shop(model, stall, ten, telegram.private_chat(_ELEVENTH))
            await opened.ask(0)
            yield opened
        finally:
            stall.over.set()
            await server.kill()


async def measure(shop: Shop, rounds: int) -> tuple[list[float], list[float], int]:
    """The eleventh's waits, alone and while the model stalls for all ten, in turns, as the machine
    may have other work; answers that the ten got in `rounds` questions each."""
    alone: list[float] = []
    meanwhile: list[float] = []
    answered = 0
    for number in range(rounds):
        await shop.heal()
        for _ in range(_ALONE):
            alone.append(await shop.ask(len(alone)))
            await asyncio.sleep(_PAUSE)
        told = [asyncio.create_task(each.sees("", timeout=60)) for each in shop.ten]
        goal = shop.stall.stalled + STALLED
        await shop.ask_slow(number)
        while shop.stall.stalled < goal and not any(task.done() for task in told):
            await asyncio.sleep(0.02)
        while True:
            waited = await shop.ask(len(meanwhile))
            if any(task.done() for task in told):
                break
            meanwhile.append(waited)
            await asyncio.sleep(_PAUSE)
        await asyncio.wait(told)
        answered += sum(task.exception() is None for task in told)
    return alone, meanwhile, answered


def p95(waits: Sequence[float]) -> float:
    return statistics.quantiles(waits, n=20, method="inclusive")[-1]


def main() -> int:
    """Run it, show the figures; the exit status is 0 when the eleventh noticed nothing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--index", type=Path, help="a folder that `bot index` filled")
    options = parser.parse_args()
    console = Console()

    async def run(folder: Path, index: Path) -> tuple[list[float], list[float], int, int]:
        async with shop(folder, index, Stall(30.0)) as opened:
            alone, meanwhile, answered = await measure(opened, options.rounds)
            return alone, meanwhile, answered, opened.stall.stalled

    with tempfile.TemporaryDirectory(prefix="deskhand-proof-") as folder:
        index = options.index or Path(folder) / "index"
        if options.index is None:
            console.print("indexing the demo shop")
            build_index(index)
        alone, meanwhile, answered, stalled = asyncio.run(run(Path(folder), index))
    table = Table("an eleventh chat", "alone", "ten stall")
    table.add_row("questions", str(len(alone)), str(len(meanwhile)))
    for name, figure in (("p50", statistics.median), ("p95", p95)):
        table.add_row(name, *(f"{figure(each) * 1000:.0f} ms" for each in (alone, meanwhile)))
    console.print(table)
    ratio = p95(meanwhile) / p95(alone)
    asked = STALLED * options.rounds
    console.print(
        f"p95 is {ratio:.2f} times the normal one; {stalled} calls stalled, "
        f"{answered} of the {asked} questions behind them were answered"
    )
    return 0 if ratio <= WITHIN and answered == asked <= stalled else 1


if __name__ == "__main__":
    sys.exit(main())
