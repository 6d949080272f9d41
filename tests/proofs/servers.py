"""The servers that the proof kills: how to start one, speak to it, and end it."""

import asyncio
import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import httpx
import psutil

ROOT = Path(__file__).parents[2]
KNOWLEDGE = ROOT / "knowledge"
START_TIMEOUT = 180.0  # seconds; 5 where nothing else runs, 45 were seen on a busy machine


def free_port() -> int:
    """A port that nobody listens on, nor will be given by asking for any: it is the server's own,
    even between two of its lives. Linux hands out 32768 and above."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Server:
    """A process to be killed. It keeps its port and its data over its lives."""

    command: ClassVar[list[str]]

    def __init__(self, database_url: str, folder: Path) -> None:
        self.database_url = database_url
        self.folder = folder
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.bases = [self.base]  # where it is reached, any of them as well as the others
        self._code = ROOT
        self._log = folder / "server.log"
        self._process: asyncio.subprocess.Process | None = None
        self._probe = httpx.AsyncClient(trust_env=False, verify=False, timeout=5)

    def arguments(self) -> list[str]:
        return []

    def program(self) -> list[str]:
        """What is run."""
        return [sys.executable, "-m", *self.command, *self.arguments()]

    def environment(self) -> dict[str, str]:
        return {}

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start a new life; returns before it serves."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.program(),
                cwd=self.folder,  # where there is no .env
                env={**clean_environment(), "PYTHONPATH": str(self._code), **self.environment()},
                stdout=log,
                stderr=log,
            )

    async def ready(self) -> float:
        """Wait until it serves; how many seconds that took. `RuntimeError` when it never does."""
        began = time.monotonic()
        while time.monotonic() < began + START_TIMEOUT:
            if not self.running:
                break
            try:
                if (await self._probe.get(f"{self.base}/health")).status_code == 200:
                    return time.monotonic() - began
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.02)
        raise RuntimeError(f"the server does not start:\n{self.log_tail()}")

    def unheard(self) -> int:
        """How many messages wait outside for the server to take them."""
        return 0

    def processor(self) -> float:
        """Seconds of processor time that this life has used so far."""
        if self._process is None:
            return 0.0
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    async def kill(self) -> None:
        """kill -9, now."""
        await self._end(signal.SIGKILL)

    async def end(self) -> None:
        """kill -9 for whatever of it still runs."""
        await self.kill()

    async def restart(self, code: Path) -> None:
        """A polite end, and a new life of the product that is in `code`."""
        await self._end(signal.SIGTERM)
        self._code = code
        await self.start()

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
    """The product itself: `bot serve` with the demo shop's knowledge, indexed in `index`.

    `settings` are further environment variables.
    """

    command: ClassVar[list[str]] = ["bot"]

    def __init__(
        self,
        database_url: str,
        folder: Path,
        index: Path,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(database_url, folder)
        self._index = index
        self._settings = dict(settings or {})

    def arguments(self) -> list[str]:
        return ["serve"]

    def environment(self) -> dict[str, str]:
        return {
            "BOT_DATABASE_URL": self.database_url,
            "BOT_INDEX_DIR": str(self._index),
            "BOT_KNOWLEDGE_DIR": str(KNOWLEDGE),
            "BOT_HOST": "127.0.0.1",
            "BOT_PORT": str(self.port),
            "BOT_CHATS_PER_HOUR": "0",  # all shoppers of a proof come from one address
            "BOT_MESSAGES_PER_MINUTE": "0",
            **self._settings,
        }


def build_index(index: Path) -> None:
    """Index the demo shop into `index`, as `bot index` does; `RuntimeError` when that fails."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", "index"],
        cwd=ROOT,
        env={
            **clean_environment(),
            "BOT_INDEX_DIR": str(index),
            "BOT_KNOWLEDGE_DIR": str(KNOWLEDGE),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the index was not built:\n{done.stdout}{done.stderr}")


def clean_environment() -> dict[str, str]:
    """The environment without the settings of whoever runs the tests."""
    ours = ("BOT_", "OPENAI_", "TELEGRAM_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}
