"""`bot serve`: web chat, desk, health and metrics, until Ctrl-C; or a part of it, by `--role`."""

import asyncio
import sys
from typing import Annotated, Literal, TextIO
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from bot.cli.context import configured
from bot.cli.language import cli_language, texts_of
from bot.texts import t
from bot.types import now

_help = texts_of("processes")
Role = Annotated[Literal["all", "web", "worker"], typer.Option(help=_help("role"))]


def serve(role: Role = "all") -> None:
    """Serve until a signal; the first start makes the user `admin` and tells the password once: to
    a terminal, or in a file that only this user can read. What is piped may end in a log."""
    from bot import app, serving
    from bot.orders import demo
    from bot.tickets import first_password, users

    settings = configured(quiet=False)
    language = cli_language()
    console = Console(highlight=False)
    parts = app.build(settings)
    seen = terminal(sys.stdout, sys.stderr)
    with parts.db.one_by_one():
        with parts.db.begin() as session:
            password = users.ensure_admin(session)
            # Before the commit: a password that nobody was told would lock everybody out.
            file = first_password.keep(parts.db, password) if password and not seen else None
        demo.load(parts.db, settings.bot_knowledge_dir, ZoneInfo(settings.bot_timezone), at=now())
    if file:
        console.print(t("cli.first_admin_file", language, file=file), soft_wrap=True)
    elif password:
        told = t("cli.first_admin", language, password=password)
        Console(file=seen, highlight=False).print(told, soft_wrap=True)
    here = f"http://{settings.bot_host}:{settings.bot_port}"
    url = here if role == "worker" else settings.bot_public_url or here

    def ready() -> None:
        key = "processes.working" if role == "worker" else "cli.serving"
        console.print(t(key, language, url=url.rstrip("/")), soft_wrap=True)

    asyncio.run(serving.serve(parts, ready, role))


def terminal(*streams: TextIO) -> TextIO | None:
    """The first of these that a person looks at; None when all go into a pipe or a file."""
    return next((stream for stream in streams if stream.isatty()), None)
