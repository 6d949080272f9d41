"""Several web and worker processes on one PostgreSQL, of which any is killed at any moment.

They are started by `deploy/process`, as without containers. Half of the shoppers write in web
chats, to any web process that answers them, as behind a proxy; half on Telegram, which a worker
polls.
"""

import asyncio
import random
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from tests.proofs.servers import ROOT, ServeServer
from tests.proofs.telegram import TelegramServer


class Processes(NamedTuple):
    """How many there are of each role."""

    webs: int
    workers: int


class Member(ServeServer):
    """One of the processes."""

    def __init__(
        self,
        role: str,
        number: int,
        database_url: str,
        folder: Path,
        index: Path,
        settings: Mapping[str, str],
    ) -> None:
        super().__init__(database_url, folder, index, settings)
        self.role = role
        self.name = f"{role} {number}"
        self._number = number
        self._log = folder / f"{role}-{number}.log"

    def program(self) -> list[str]:
        return ["sh", str(ROOT / "deploy" / "process"), self.role, str(self._number)]

    def environment(self) -> dict[str, str]:
        return super().environment() | {"BOT": f"{sys.executable} -m bot"}


class Fleet(TelegramServer):
    """All of them, as one server to the proof: killed is one, drawn by chance; started are those
    that are not running."""

    def __init__(
        self,
        database_url: str,
        folder: Path,
        index: Path,
        webs: int,
        workers: int,
        *,
        seed: int | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(database_url, folder, index, webhook=False)
        self._random = random.Random(seed)
        theirs = {**self.telegram.settings, **(settings or {})}
        self.members = [
            Member(role, number + 1, database_url, folder, index, theirs)
            for role, many in (("web", webs), ("worker", workers))
            for number in range(many)
        ]
        self.bases = [member.base for member in self.members if member.role == "web"]
        self.base = self.bases[0]
        self.reports: list[dict[str, Any]] = []  # what each said on `/health` at the end
        self.killed: dict[str, int] = {member.name: 0 for member in self.members}

    async def start(self) -> None:
        for member in self.members:
            if not member.running:
                await member.start()

    async def ready(self) -> float:
        return max(await asyncio.gather(*(member.ready() for member in self.members)))

    async def kill(self) -> None:
        """kill -9 for one of them."""
        member = self._random.choice(self.members)
        self.killed[member.name] += 1
        self.kills.append(self.telegram.clock())
        await member.kill()

    async def end(self) -> None:
        """kill -9 for all of them."""
        await asyncio.gather(*(member.kill() for member in self.members))

    async def stop(self) -> None:
        async with httpx.AsyncClient(trust_env=False, verify=False, timeout=10) as client:
            for member in self.members:
                self.reports.append((await client.get(f"{member.base}/health")).json())
        await asyncio.gather(*(member.stop() for member in self.members))

    def processor(self) -> float:
        return sum(member.processor() for member in self.members if member.running)

    def log_tail(self, lines: int = 30) -> str:
        tails = (f"{each.name}:\n{each.log_tail(lines)}" for each in self.members)
        return "\n".join(tails)
