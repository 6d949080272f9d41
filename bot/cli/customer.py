"""`bot customer link`: parse, call `bot/identity.py`, print."""

import asyncio
import json
from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console

from bot import identity
from bot.cli.context import configured, open_database
from bot.cli.language import cli_language
from bot.errors import DeliveryError
from bot.settings import Settings
from bot.texts import t
from bot.types import now


def _t(key: str, **params: object) -> str:
    return t(f"identity.{key}", cli_language(), **params)


app = typer.Typer(help=_t("cli_help"), no_args_is_help=True)
Customer = Annotated[str, typer.Argument(metavar="CUSTOMER", help=_t("cli_customer_help"))]
Json = Annotated[bool, typer.Option("--json", help=_t("cli_json_help"))]


@app.callback()
def _customer() -> None:
    """A group even while it has one command."""


@app.command("link", help=_t("cli_link_help"))
def link(
    customer: Customer,
    minutes: Annotated[int, typer.Option(min=1, max=1440, help=_t("cli_minutes_help"))] = 60,
    as_json: Json = False,
) -> None:
    settings = configured()
    username = _telegram_name(settings)
    database = open_database()
    with database.begin() as session:
        life = timedelta(minutes=minutes)
        token = identity.make_link(session, customer, at=now(), life=life)
    base = settings.bot_public_url or f"http://{settings.bot_host}:{settings.bot_port}"
    # A fragment stays in the browser: it is in no log, no proxy and no referrer.
    links = {"web": f"{base.rstrip('/')}/chat#proof={token}"}
    if username:
        links["telegram"] = f"https://t.me/{username}?start={token}"
    if as_json:
        typer.echo(json.dumps(links))
        return
    console = Console(highlight=False, soft_wrap=True)
    for url in links.values():
        console.print(url, markup=False)
    console.print(_t("cli_link_made", customer=customer, minutes=minutes), markup=False)


def _telegram_name(settings: Settings) -> str | None:
    """The bot's name on Telegram; None without a token, or when Telegram does not say."""
    if settings.telegram_bot_token is None:
        return None
    from bot.channels.telegram_client import bot_name

    token = settings.telegram_bot_token.get_secret_value()
    try:
        return asyncio.run(bot_name(token, settings.telegram_api_base_url))
    except DeliveryError as error:
        Console(stderr=True).print(error.message(cli_language()), markup=False)
        return None
