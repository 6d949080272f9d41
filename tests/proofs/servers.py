"""The servers that the proof kills: how to start one, speak to it, and end it."""

import asyncio
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import ClassVar

import httpx

ROOT = Path(__file__).parents[2]
START_TIMEOUT = 90.0  # seconds
_KNOWLEDGE = """# Questions

## How long is standard shipping?

Standard shipping takes 3 to 6 business days.

## Can I return my order?

Yes, within 30 days of delivery, unused and with its tags.

## Which cards do you accept?

Visa, Mastercard and American Express.

## How long is the warranty?

Two years on everything.

## How much is gift wrap?

Gift wrap is 4 dollars and comes with a card.
"""
QUESTIONS = [line[3:] for line in _KNOWLEDGE.splitlines() if line.startswith("## ")]


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A process to be killed. It keeps its port and its data over its lives."""

    command: ClassVar[list[str]]

    def __init__(self, database_url: str, folder: Path) -> None:
        self.database_url = database_url
        self.folder = folder
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self._log = folder / "server.log"
        self._process: asyncio.subprocess.Process | None = None
        self._probe = httpx.AsyncClient(trust_env=False, timeout=5)

    def arguments(self) -> list[str]:
        return []

    def environment(self) -> dict[str, str]:
        return {}

    async def start(self) -> None:
        """Start a new life; returns before it serves."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *self.command,
                *self.arguments(),
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT), **self.environment()},
                stdout=log,
                stderr=log,
            )

    async def ready(self) -> float:
        """Wait until it serves; how many seconds that took. `RuntimeError` when it never does."""
        began = time.monotonic()
        while time.monotonic() < began + START_TIMEOUT:
            if self._process is None or self._process.returncode is not None:
                break
            try:
                if (await self._probe.get(f"{self.base}/health")).status_code == 200:
                    return time.monotonic() - began
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.02)
        raise RuntimeError(f"the server does not start:\n{self.log_tail()}")

    async def kill(self) -> None:
        """kill -9, now."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """A polite end."""
        await self._end(signal.SIGTERM)
        await self._probe.aclose()

    async def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(how)
            await self._process.wait()

    def log_tail(self, lines: int = 30) -> str:
        """The end of what the server printed."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-lines:])


class WorkerServer(Server):
    """The durable path alone (`worker_process.py`)."""

    command: ClassVar[list[str]] = ["tests.proofs.worker_process"]

    def arguments(self) -> list[str]:
        return [self.database_url, str(self.port)]


class ServeServer(Server):
    """The product itself: `bot serve`, with a small knowledge folder and its index."""

    command: ClassVar[list[str]] = ["bot"]

    def arguments(self) -> list[str]:
        return ["serve"]

    def environment(self) -> dict[str, str]:
        return {
            "BOT_DATABASE_URL": self.database_url,
            "BOT_INDEX_DIR": str(self.folder / "index"),
            "BOT_KNOWLEDGE_DIR": str(self.folder / "knowledge"),
            "BOT_HOST": "127.0.0.1",
            "BOT_PORT": str(self.port),
        }

    async def start(self) -> None:
        if not (self.folder / "knowledge").exists():
            await self._index()
        await super().start()

    async def _index(self) -> None:
        (self.folder / "knowledge").mkdir()
        (self.folder / "knowledge" / "faq.md").write_text(_KNOWLEDGE)
        with self._log.open("ab") as log:
            indexing = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                "index",
                cwd=ROOT,
                env={**os.environ, **self.environment()},
                stdout=log,
                stderr=log,
            )
            if await indexing.wait():
                raise RuntimeError(f"the index was not built:\n{self.log_tail()}")
