"""Proof: sends that hang delay nobody else, and 30 answers a second are held.

`python -m tests.proofs.rush` runs `bot serve` on Telegram's stand-in. Forty shoppers ask every
question, and once more. Then eight ask one question after another, in turns alone and while
everything that is sent to six others hangs for a minute. Then the forty ask 30 questions a second
together: as many as Telegram's budget has messages, so only those that one message answered (a
question for a proof takes a second one, with the button that shares a phone number).
Shown: how long answers took by the stand-in's clock, from a shopper's message to the bot's, and the
processor time that one answer took. It needs a quiet machine: with other work on it the figures
are those of that work.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.proofs.servers import build_index
from tests.proofs.shopper import questions
from tests.proofs.telegram import TelegramServer
from tests.support.telegram import FakeTelegram, PrivateChat

HANGING, OTHERS, MANY = 6, 8, 40
HANGS = 60.0  # seconds
WITHIN = 1.2  # times the others' p95 while nothing hangs
RATE = 30.0  # answers a second
HELD = 0.98  # of them in time: the last questions' answers come after the end
P95 = 0.1  # seconds, at that rate
_PERIOD = 1.2  # seconds between the questions of one of the eight: Telegram allows one a second
_FIRST_HANGING, _FIRST_OTHER, _FIRST_OF_MANY = 500, 1, 1000
_LOOK = 0.02  # seconds between looks for an answer that is late
_BREATH = 3.0  # seconds until nothing is left of what was asked before


@dataclass(frozen=True)
class Asked:
    """Answers' times in seconds, how many came in each second of the asking, the processor time
    that the bot used for all of them, and how many messages each question's answer took at most."""

    waits: Sequence[float]
    rate: float
    processor: float
    messages: Mapping[str, int] = field(default_factory=dict)

    @property
    def p50(self) -> float:
        return statistics.median(self.waits)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.waits, n=20, method="inclusive")[-1]

    def __add__(self, more: "Asked") -> "Asked":
        waits = [*self.waits, *more.waits]
        return Asked(waits, max(self.rate, more.rate), self.processor + more.processor)


@asynccontextmanager
async def shop(folder: Path, index: Path) -> AsyncIterator[TelegramServer]:
    """The bot on its stand-in, its models read."""
    server = TelegramServer(f"sqlite:///{folder / 'deskhand.db'}", folder, index, webhook=False)
    async with server.telegram:
        try:
            await server.start()
            await server.ready()
            first = seats(server.telegram, _FIRST_OTHER, OTHERS)
            await ask(server, first, questions(known=True), 3.0, period=_PERIOD)
            yield server
        finally:
            await server.kill()


def seats(telegram: FakeTelegram, first: int, number: int) -> list[PrivateChat]:
    return [telegram.private_chat(first + each, f"Shopper {each}") for each in range(number)]


async def ask(
    server: TelegramServer,
    shoppers: Sequence[PrivateChat],
    texts: Sequence[str],
    seconds: float,
    *,
    period: float,
) -> Asked:
    """Each shopper asks once in `period` seconds, for so many `seconds`, evenly spread, all of them
    together one text after another; one whose answer is late asks the next question late."""
    telegram = server.telegram
    written: dict[int, list[tuple[float, str]]] = defaultdict(list)
    processor = server.processor()
    loop = asyncio.get_running_loop()
    began, ends = loop.time(), telegram.clock() + seconds

    async def talk(shopper: PrivateChat, number: int) -> None:
        at = began + period * number / len(shoppers)
        while at < began + seconds:
            await asyncio.sleep(at - loop.time())
            said, asked = len(shopper.bot_says), written[shopper.chat.id]
            text = texts[(number + len(shoppers) * len(asked)) % len(texts)]
            asked.append((telegram.clock(), text))
            await shopper.writes(text)
            at += period
            await asyncio.sleep(at - loop.time() - _LOOK)
            while len(shopper.bot_says) == said:
                await asyncio.sleep(_LOOK)

    await asyncio.gather(*(talk(shopper, number) for number, shopper in enumerate(shoppers)))
    return _asked(telegram, written, ends, seconds, server.processor() - processor)


def _asked(
    telegram: FakeTelegram,
    written: Mapping[int, Sequence[tuple[float, str]]],
    ends: float,
    seconds: float,
    processor: float,
) -> Asked:
    """A question's answer is what was sent between it and the chat's next one."""
    sent: dict[int, list[float]] = defaultdict(list)
    for call in telegram.calls:
        if call.method == "sendMessage" and call.status == 200 and call.chat_id is not None:
            sent[call.chat_id].append(call.at)
    waits, messages, in_time = [], defaultdict[str, int](int), 0
    for chat, asked in written.items():
        until = [at for at, _ in asked[1:]] + [float("inf")]
        for (at, text), then in zip(asked, until, strict=True):
            answers = [answered for answered in sent[chat] if at <= answered < then]
            waits.append(answers[0] - at)
            messages[text] = max(messages[text], len(answers))
            in_time += answers[0] <= ends
    return Asked(waits, in_time / seconds, processor, messages)


@dataclass(frozen=True)
class Hung:
    """The others' answers, `alone` and `meanwhile`; how many sends hung; how many of the hanging
    chats were answered in the end."""

    alone: Asked
    meanwhile: Asked
    hung: int
    answered: int

    @property
    def ratio(self) -> float:
        return self.meanwhile.p95 / self.alone.p95


async def hang(
    server: TelegramServer, rounds: int, seconds: float, *, hangs: float = HANGS
) -> Hung:
    """In turns, as the machine may have other work: `seconds` alone, `seconds` with six chats to
    which a send hangs for `hangs` seconds."""
    telegram = server.telegram
    others, known = seats(telegram, _FIRST_OTHER, OTHERS), questions(known=True)
    hanging = seats(telegram, _FIRST_HANGING, HANGING)
    alone, meanwhile, hung, answered = Asked([], 0, 0), Asked([], 0, 0), 0, 0
    for number in range(rounds):
        alone += await ask(server, others, known, seconds, period=_PERIOD)
        before = telegram.slowed
        for shopper in hanging:
            telegram.slow_next("sendMessage", hangs, times=-1, chat_id=shopper.chat.id)
            await shopper.writes(known[number])
        while telegram.slowed < before + HANGING:
            await asyncio.sleep(_LOOK)
        meanwhile += await ask(server, others, known, seconds, period=_PERIOD)
        telegram.heal()
        hung += telegram.slowed - before
        for shopper in hanging:
            await shopper.sees("", timeout=hangs + 60)
            answered += 1
    return Hung(alone, meanwhile, hung, answered)


async def warm(
    server: TelegramServer, rate: float = RATE, shoppers: int = MANY, number: int | None = None
) -> list[str]:
    """So many shoppers ask the first `number` questions (None: all) twice at half of `rate`, as in
    a shop that has been open for a while: what a text is compared with is encoded once in a
    process. What comes back are the questions that one message answers."""
    many, texts = seats(server.telegram, _FIRST_OF_MANY, shoppers), questions(known=True)[:number]
    for _ in range(2):
        period = 2 * shoppers / rate
        asked = await ask(server, many, texts, len(texts) * period / shoppers, period=period)
        texts = [text for text, messages in asked.messages.items() if messages == 1]
        await asyncio.sleep(_BREATH)
    return texts


async def rush(
    server: TelegramServer,
    texts: Sequence[str],
    seconds: float,
    rate: float = RATE,
    shoppers: int = MANY,
) -> Asked:
    """So many shoppers ask `rate` of these questions a second together."""
    many = seats(server.telegram, _FIRST_OF_MANY, shoppers)
    return await ask(server, many, texts, seconds, period=shoppers / rate)


def refused(telegram: FakeTelegram) -> int:
    """Sends that met Telegram's budget."""
    return sum(call.status == 429 for call in telegram.calls)


def show(found: Mapping[str, Asked], console: Console) -> None:
    table = Table("answers", *found)
    for name, line in (
        ("number", lambda each: str(len(each.waits))),
        ("p50", lambda each: f"{each.p50 * 1000:.0f} ms"),
        ("p95", lambda each: f"{each.p95 * 1000:.0f} ms"),
        (
            "processor time of one",
            lambda each: f"{each.processor / len(each.waits) * 1000:.0f} ms",
        ),
    ):
        table.add_row(name, *map(line, found.values()))
    console.print(table)


def main() -> int:
    """Run it, show the figures; 0 when nobody was delayed and the rate was held in the budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--index", type=Path, help="a folder that `bot index` filled")
    options = parser.parse_args()
    console = Console()

    async def run(folder: Path, index: Path) -> tuple[Hung, Asked, int]:
        async with shop(folder, index) as server:
            short = await warm(server)
            hung = await hang(server, options.rounds, options.seconds / 2)
            return hung, await rush(server, short, options.seconds), refused(server.telegram)

    with tempfile.TemporaryDirectory(prefix="deskhand-proof-") as folder:
        index = options.index.resolve() if options.index else Path(folder) / "index"
        if options.index is None:
            console.print("indexing the demo shop")
            build_index(index)
        hung, rushed, met = asyncio.run(run(Path(folder), index))
    show({"alone": hung.alone, f"{HANGING} hang": hung.meanwhile, "30 a second": rushed}, console)
    console.print(
        f"p95 is {hung.ratio:.2f} times that without hanging sends; {hung.hung} hung, "
        f"{hung.answered} of {HANGING * options.rounds} answers behind them came in the end. "
        f"{rushed.rate:.1f} answers a second, {met} refused by a budget, "
        f"load of the machine {os.getloadavg()[0]:.1f}"
    )
    held = rushed.rate >= RATE * HELD and rushed.p95 < P95 and met == 0
    return 0 if held and hung.ratio < WITHIN else 1


if __name__ == "__main__":
    sys.exit(main())
