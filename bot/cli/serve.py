"""`bot serve`: web chat, desk, health and metrics, until Ctrl-C."""

import asyncio
from zoneinfo import ZoneInfo

from rich.console import Console

from bot.cli.context import configured
from bot.cli.language import cli_language
from bot.texts import t
from bot.types import now


def serve() -> None:
    """Serve until a signal; the first start makes the user `admin` and prints the password once."""
    from bot import app, serving, users
    from bot.orders import demo

    settings = configured(quiet=False)
    language = cli_language()
    console = Console(highlight=False)
    parts = app.build(settings)
    with parts.db.begin() as session:
        password = users.ensure_admin(session)
    demo.load(parts.db, settings.bot_knowledge_dir, ZoneInfo(settings.bot_timezone), at=now())
    if password:
        console.print(t("cli.first_admin", language, password=password), soft_wrap=True)
    url = settings.bot_public_url or f"http://{settings.bot_host}:{settings.bot_port}"

    def ready() -> None:
        console.print(t("cli.serving", language, url=url.rstrip("/")), soft_wrap=True)

    asyncio.run(serving.serve(parts, ready))
