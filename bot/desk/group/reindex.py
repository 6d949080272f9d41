"""`/reindex`: runs `bot index` as a process of its own and shows how it goes.

A process, so that a build's memory and processor time are not the server's, and because it is the
very command that an admin would type. What is served changes only when the build is whole; the
server picks it up by itself.
"""

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import structlog

from bot.texts import t
from bot.types import Language

log = structlog.get_logger()
EVERY = 3.0  # seconds between two looks at how it goes: each costs one of the chat's messages
_PROBLEMS = 12
_IDS = 5
_LIVE = (0, 3)  # exit codes of a build that is served, with problems or without
_TAIL = 6  # lines of an unforeseen failure
Show = Callable[[str], Awaitable[None]]


class Reindex:
    """One build at a time. `command` is `bot index`, which prints JSON and, while it runs, lines of
    JSON with its stage to standard error; `environment` is added to this process's."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        every: float = EVERY,
    ) -> None:
        self._command = tuple(command)
        self._environment = dict(environment or {})
        self._every = every
        self._busy = False

    @property
    def busy(self) -> bool:
        return self._busy

    async def run(self, show: Show, language: Language) -> None:
        """Build; `show` is given the text that should stand in the chat, again and again."""
        self._busy = True
        try:
            await show(t("agents_group.reindex_started", language))
            await self._run(show, language)
        finally:
            self._busy = False

    async def _run(self, show: Show, language: Language) -> None:
        # The width: what is printed for people must not be cut into lines of 80 characters.
        more = {"BOT_LANGUAGE": language, "COLUMNS": "500"} | self._environment
        started = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *self._command,
            env={**os.environ, **more},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        progress = _Progress(language)
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            listening = asyncio.create_task(progress.read(process.stderr))
            reading = asyncio.create_task(process.stdout.read())
            last = ""
            while not listening.done():
                await asyncio.wait({listening}, timeout=self._every)
                if not listening.done() and progress.shown and progress.shown != last:
                    last = progress.shown
                    await show(last)
            printed = await reading
            code = await process.wait()
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.terminate()
        seconds = time.monotonic() - started
        log.info("agents_group.reindexed", code=code, seconds=round(seconds, 1))
        await show(result(_object(printed), code, progress.rest, language))


class _Progress:
    """What the command says while it runs: its stage, and whatever else it prints."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self.shown = ""
        self.rest: list[str] = []

    async def read(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            text = line.decode("utf-8", "replace").rstrip()
            found = _object(text.encode())
            if "stage" in found:
                self.shown = self._stage(found)
            elif text:
                self.rest = [*self.rest[-50:], text]

    def _stage(self, found: Mapping[str, Any]) -> str:
        stage = t(f"index.stage_{found['stage']}", self._language)
        done, total = int(found.get("done", 0)), int(found.get("total", 0))
        share = done / total if total else 0.0
        bar = "▓" * round(10 * share) + "░" * (10 - round(10 * share))
        return f"🔄 {stage}\n{bar} {done}/{total}"


def result(found: Mapping[str, Any], code: int, rest: Sequence[str], language: Language) -> str:
    """What came of it: the new build and what changed, or why there is none; problems by file and
    line in either case."""
    problems = [
        each
        for each in found.get("problems", [])
        if isinstance(each, dict) and each.get("severity") != "info"
    ]
    if "build" not in found or code not in _LIVE:
        why = str(found.get("error") or "\n".join(rest[-_TAIL:]) or code)
        lines = [t("agents_group.reindex_failed", language, why=why)]
    else:
        key = "reindex_done" if found.get("new") else "reindex_unchanged"
        lines = [
            t(
                f"agents_group.{key}",
                language,
                build=found["build"],
                entries=found.get("entries", 0),
                embedded=found.get("embedded", 0),
                reused=found.get("reused", 0),
                seconds=f"{float(found.get('seconds', 0)):.1f}",
            )
        ]
        for name in ("added", "changed", "removed"):
            if ids := found.get(name):
                listed = ", ".join(map(str, ids[:_IDS])) + (" …" if len(ids) > _IDS else "")
                lines.append(t(f"cli.index_{name}", language, count=len(ids), ids=listed))
    for each in problems[:_PROBLEMS]:
        mark = "❌" if each.get("severity") == "error" else "⚠️"
        where = f"{each.get('path')}:{each['line']}" if each.get("line") else f"{each.get('path')}"
        lines.append(f"{mark} {where}: {each.get('message')}")
    if len(problems) > _PROBLEMS:
        more = len(problems) - _PROBLEMS
        lines.append(t("agents_group.reindex_more", language, count=more))
    return "\n".join(lines)


def _object(printed: bytes) -> dict[str, Any]:
    try:
        found = json.loads(printed)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
