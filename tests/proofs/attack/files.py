"""Bad files beside good ones: `bot index` and `bot orders import` read these and name those."""

import asyncio
import json
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.proofs.attack import Ground, Row
from tests.proofs.bombs import GOOD, GOOD_IDS, GOOD_NUMBERS, GOOD_ORDERS, KNOWLEDGE, ORDERS, Bomb
from tests.proofs.servers import ROOT, clean_environment

_MOST_MEMORY = 1536  # MB of the process that was started; what reads is another one
_EACH = 150.0  # seconds that a bad file may cost at most, on a machine that is busy


@dataclass(frozen=True)
class Run:
    """A command that has ended: what it printed, the most memory it held (MB), and its seconds."""

    code: int
    said: str
    errors: str
    memory: int
    seconds: float


async def attack(ground: Ground) -> Sequence[Row]:
    """Both commands, each with all its bombs in one folder."""
    return [*await _index(ground), *await _import(ground)]


async def _index(ground: Ground) -> Sequence[Row]:
    bombs = _put(KNOWLEDGE, GOOD, ground.folder / "knowledge", ground.short)
    index = ground.folder / "index"
    shutil.copytree(ground.index, index)
    settings = {"BOT_KNOWLEDGE_DIR": str(ground.folder / "knowledge"), "BOT_INDEX_DIR": str(index)}
    run = await _bot(["index", "--json"], settings, ground.folder)
    report = _report(run)
    told = {each["path"]: each["message"] for each in report.get("problems", ())}
    added = set(report.get("added", ()))
    missing = [each for each in GOOD_IDS if each not in added]
    good = f"missing: {', '.join(missing)}" if missing else f"all {len(GOOD_IDS)} entries"
    return [
        *(_row("bot index", bomb, told) for bomb in bombs),
        Row(
            "bot index: the files beside them",
            "are indexed",
            good,
            not missing and run.code in (0, 3),
        ),
        _cost("bot index", run, len(bombs)),
    ]


async def _import(ground: Ground) -> Sequence[Row]:
    bombs = _put(ORDERS, GOOD_ORDERS, ground.folder / "orders", ground.short)
    database = ground.folder / "orders.db"
    settings = {
        "BOT_DATABASE_URL": f"sqlite:///{database}",
        "BOT_INDEX_DIR": str(ground.folder / "no-index"),
    }
    run = await _bot(
        ["orders", "import", "--json", str(ground.folder / "orders")], settings, ground.folder
    )
    told: dict[str, str] = {}
    for each in _report(run).get("problems", ()):
        told.setdefault(each["where"].split(":")[0].split(", ")[0], each["message"])
    found = _numbers(database)
    good = ", ".join(found) or run.errors[-200:]
    whole = found == sorted(GOOD_NUMBERS) and not run.code
    return [
        *(_row("bot orders import", bomb, told) for bomb in bombs),
        Row("bot orders import: the orders beside them", "are imported", good, whole),
        _cost("bot orders import", run, len(bombs)),
    ]


def _put(
    bombs: Sequence[Bomb], good: Mapping[str, str], folder: Path, short: bool
) -> Sequence[Bomb]:
    """The bombs that are in `folder` now, the good files beside them."""
    folder.mkdir()
    put = [each for each in bombs if not (short and each.long)]
    for each in put:
        each.put(folder)
    for name, content in good.items():
        (folder / name).write_text(content, encoding="utf-8")
    return put


async def _bot(arguments: list[str], settings: Mapping[str, str], folder: Path) -> Run:
    began = time.monotonic()
    environment = {**clean_environment(), "PYTHONPATH": str(ROOT), "BOT_LANGUAGE": "en", **settings}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    watching = asyncio.create_task(_most_memory(process.pid))
    said, errors = await process.communicate()
    return Run(
        code=process.returncode or 0,
        said=said.decode("utf-8", "replace"),
        errors=errors.decode("utf-8", "replace"),
        memory=await watching >> 20,
        seconds=time.monotonic() - began,
    )


async def _most_memory(pid: int) -> int:
    """The most resident memory that the process holds until it ends, in bytes."""
    most = 0
    try:
        process = psutil.Process(pid)
        while process.status() != psutil.STATUS_ZOMBIE:
            most = max(most, process.memory_info().rss)
            await asyncio.sleep(0.1)
    except psutil.Error:
        pass
    return most


def _report(run: Run) -> dict[str, Any]:
    try:
        found = json.loads(run.said)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _row(command: str, bomb: Bomb, told: Mapping[str, str]) -> Row:
    name = os.fsencode(bomb.name).decode("utf-8", "backslashreplace")
    found = told.get(name, "")
    asked = "named" if bomb.named else "read, or named"
    return Row(f"{command}: {name}", asked, found[:70], bool(found) or not bomb.named)


def _cost(command: str, run: Run, bombs: int) -> Row:
    held = run.code in (0, 3) and run.memory < _MOST_MEMORY and run.seconds < 60 + _EACH * bombs
    return Row(
        f"{command}: all of them",
        f"exit code 0 or 3, under {_MOST_MEMORY} MB",
        f"exit code {run.code}, {run.memory} MB, {run.seconds:.0f} s",
        held,
    )


def _numbers(database: Path) -> list[str]:
    """The orders that are in the database."""
    if not database.exists():
        return []
    connection = sqlite3.connect(database)
    try:
        return sorted(str(number) for (number,) in connection.execute("SELECT id FROM orders"))
    except sqlite3.OperationalError:
        return []
    finally:
        connection.close()
