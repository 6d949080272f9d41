"""`bot replay`: many messages through the whole flow in one process, for tests and measurements.

A line is `{"chat": id, "text": …, "choice"?: value of a button}`; the lines of a chat are one
conversation, in order. What comes out for each is what `bot ask --json` prints, with `chat`.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from pydantic import Field, StrictInt
from rich.console import Console as Screen
from rich.markup import escape

from bot.app import App, answering, build
from bot.channels.console import Console
from bot.cli.ask import exchange
from bot.cli.context import Json, configured, writing
from bot.cli.language import cli_language, texts_of
from bot.knowledge.evaluate import read_lines
from bot.types import Chat, Language, Progress, Turn

_help = texts_of("cli")


@dataclass(frozen=True)
class Line:
    """One message of a file."""

    chat: Annotated[str, Field(min_length=1)] | StrictInt  # as the file has it
    text: Annotated[str, Field(pattern=r"\S")]
    choice: str | None = None


class _Terminal(Console):
    """Every chat's terminal: what is said in any of them arrives, and is shown nowhere."""

    def __init__(self, language: Language) -> None:
        super().__init__("", language, read=lambda: "", show=lambda _turn: None)

    async def send(self, chat: Chat, reply: Turn, progress: Progress) -> None:
        """Take it as read."""


def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help=_help("replay_file"))],
    as_json: Json = False,
    out: Annotated[Path | None, typer.Option(metavar="OUT.jsonl", help=_help("replay_out"))] = None,
) -> None:
    """Say each line of a file to the bot and print, or write, what it answers."""
    lines = read(file)
    app = build(configured())
    try:
        with _writing(out) as written:
            asyncio.run(_tell(app, lines, as_json, written))
    finally:
        app.db.close()


async def _tell(app: App, lines: Sequence[Line], as_json: bool, written: TextIO | None) -> None:
    screen = Screen(highlight=False)
    async for line, result in told(app, lines):
        row = json.dumps({"chat": line.chat, **result}, ensure_ascii=False)
        if written is not None:
            written.write(f"{row}\n")
        if as_json:
            print(row)
        elif written is None:
            screen.print(f"[bold]{escape(str(line.chat))}[/] [dim]›[/] {escape(line.text)}")
            screen.print(f"{escape(result['text'])}\n")


async def told(app: App, lines: Sequence[Line]) -> AsyncIterator[tuple[Line, dict[str, Any]]]:
    """Each line with its outcome, as they come."""
    terminal = _Terminal(cli_language())
    async with answering(app, {terminal.name: terminal}):
        for line in lines:
            chat = Chat(terminal.name, str(line.chat))
            yield line, await exchange(app, chat, line.text, line.choice)


def read(path: Path) -> list[Line]:
    """The messages of a file; `InputError` names the line that is none."""
    return read_lines(path, Line, "replay_bad_line", "replay_empty")


@contextmanager
def _writing(out: Path | None) -> Iterator[TextIO | None]:
    """The file to write rows to, each as it comes."""
    if out is None:
        yield None
        return
    with writing(out):
        file = out.open("w", encoding="utf-8", buffering=1)
    with file:
        yield file
