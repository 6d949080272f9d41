"""Deskhand's side, one part a process: `python -m tests.bench.ours flow INDEX SCRATCH 200 84`.

`flow` is everything from accepting a message to the commit of its reply, on SQLite on this disk;
`retrieval` the retriever alone; `build` the index, twice. The clock of the first answer is with
whoever started the process.
"""

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from bot import log
from bot.conversations.bursts import Opened
from bot.conversations.conversation import Changed
from bot.settings import DEFAULT_MODEL, Settings
from tests.bench.plan import AT_ONCE, Asked, clock, measure, resident, tell

PATIENCE = 600.0  # seconds; a reply that never comes must not hang the bench


def flow(index: Path, scratch: Path, asked: Asked) -> None:
    """The whole way of a message, with worker and deliverer at work."""
    from bot.app import answering, build

    url = f"sqlite:///{scratch / 'bench.db'}"
    settings = Settings(_env_file=None, bot_index_dir=index, bot_database_url=url)
    app = build(settings)

    async def run() -> None:
        from bot.types import Chat, Incoming

        loop = asyncio.get_running_loop()
        replied = asyncio.Semaphore(0)
        committed: list[float] = []

        def heard(events: Sequence[object]) -> None:
            # A turn that opened nothing is a reply; this is called once it is on the disk.
            kinds = {type(event) for event in events}
            if Changed in kinds and Opened not in kinds:
                committed.append(time.perf_counter())
                loop.call_soon_threadsafe(replied.release)

        async def send(question: str) -> None:
            # The database may be that of the start before: there, too, every chat is new.
            chat = Chat("bench", f"{os.getpid()} {question}")
            await app.flow.receive(Incoming(chat, "1", question))

        app.db.listeners.append(heard)
        async with answering(app, {}):
            for question in asked.first:
                await send(question)
                await replied.acquire()
                if question is asked.first[0]:
                    tell("first", True)
            seconds = []
            for question in asked.alone:
                started = time.perf_counter()
                await send(question)
                await replied.acquire()
                seconds.append(committed[-1] - started)
            if not asked.alone:
                return
            tell("latency", clock(seconds))
            tell("alone", len(seconds) / sum(seconds))
            tell("memory", resident())
            for _ in range(AT_ONCE):
                replied.release()
            started = time.perf_counter()
            async with asyncio.TaskGroup() as group:
                for question in asked.together:
                    await replied.acquire()
                    group.create_task(send(question))
            for _ in range(AT_ONCE):
                await replied.acquire()
            tell("together", len(asked.together) / (committed[-1] - started))

    asyncio.run(asyncio.wait_for(run(), PATIENCE))
    app.db.close()


def retrieval(index: Path, asked: Asked) -> None:
    """`LangchainRetriever.invoke`, and `batch` for many at once."""
    from bot.knowledge import confidence
    from bot.knowledge.index import CurrentIndex
    from bot.knowledge.langchain_retriever import LangchainRetriever
    from bot.knowledge.retriever import ShopRetriever

    shop = ShopRetriever(current=CurrentIndex(index).get, weights=confidence.load())
    retriever = LangchainRetriever(shop=shop)
    retriever.invoke(asked.first[0])
    tell("first", True)
    measure(retriever, asked)


def build_twice(knowledge: Path, index: Path) -> None:
    """Export the encoder, then build the index, then build it again with nothing changed.

    The rate is that of embedding and writing: the encoder is exported once in its life.
    """
    from bot.knowledge.build import build_index

    marks: dict[str, float] = {}

    def heard(stage: str, done: int, total: int) -> None:
        if stage == "embed":
            tell("embedded", [done, total])
        marks.setdefault("embed" if stage == "embed" else f"{stage} {done}", time.perf_counter())

    started = time.perf_counter()
    report = build_index(knowledge, index, DEFAULT_MODEL, today=date.today(), progress=heard)  # noqa: DTZ011
    passages = sum(report.passages.values())
    tell("build", passages / (marks["switch 1"] - marks["embed"]))
    tell("passages", passages)
    tell("export", marks["export 1"] - marks["export 0"])
    started = time.perf_counter()
    again = build_index(knowledge, index, DEFAULT_MODEL, today=date.today())  # noqa: DTZ011
    if again.new:
        raise RuntimeError("the second build found something to do")
    tell("again", time.perf_counter() - started)


def main() -> None:
    log.configure("error")
    part, first, second, *counts = sys.argv[1:]
    if part == "build":
        build_twice(Path(first), Path(second))
        return
    asked = Asked(*map(int, counts))
    if part == "flow":
        flow(Path(first), Path(second), asked)
    else:
        retrieval(Path(first), asked)


if __name__ == "__main__":
    main()
