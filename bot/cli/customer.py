"""`bot customer link|export|erase`: parse, call `bot/customers/`, print."""

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.cli.context import Json, configured, open_database, operator, writing
from bot.cli.language import cli_language, texts_of
from bot.customers import identity
from bot.database import audit
from bot.errors import BuildError, DeliveryError, EncoderError
from bot.settings import Settings
from bot.types import now

_t = texts_of("identity")

app = typer.Typer(help=_t("cli_help"), no_args_is_help=True)
Customer = Annotated[str, typer.Argument(metavar="CUSTOMER", help=_t("cli_customer_help"))]


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
        audit.note(session, "customer.link", operator(), customer)
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


@app.command("export", help=_t("cli_export_help"))
def export(
    customer: Customer, out: Annotated[Path | None, typer.Option(help=_t("cli_out_help"))] = None
) -> None:
    from bot.customers import rights
    from bot.database import private

    database = open_database()
    with database.begin() as session:
        found = rights.export(session, customer)
        audit.note(session, "customer.exported", operator(), customer)
    text = json.dumps(found, ensure_ascii=False, indent=2)
    if out is None:
        typer.echo(text)
        return
    with writing(out):
        private.write(out, text + "\n")


@app.command("erase", help=_t("cli_erase_help"))
def erase(
    customer: Customer,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=_t("cli_yes_help"))] = False,
) -> None:
    from bot.customers import rights

    if not yes:
        typer.confirm(_t("cli_sure", customer=customer), abort=True)
    settings = configured()
    database = open_database()
    try:
        with database.begin() as session:
            erased = rights.erase(session, customer)
            audit.note(session, "customer.erased", operator(), customer)
        _forget_vectors(settings, customer, erased.vectors)
        _forget_letters(settings, erased.emails)
    finally:  # for one who is not known any more, too: the run before may have been cut off
        database.scrub()
    rows = sum(erased.rows.values())
    Console(highlight=False).print(_t("cli_erased", customer=customer, rows=rows), markup=False)


def _forget_vectors(settings: Settings, customer: str, vector_ids: Sequence[int]) -> None:
    """Take the orders' vectors out of the index; without its encoder, the customer's whole shard,
    which is made anew from the orders of those who are left."""
    from bot.knowledge.index import CurrentIndex
    from bot.orders.embedding import FOLDER
    from bot.orders.vectors import OrderVectors, shard_of

    folder = settings.bot_index_dir / FOLDER
    if not folder.is_dir():
        return
    try:
        encoder = CurrentIndex(settings.bot_index_dir).get().encoder
    except (BuildError, EncoderError):
        for file in folder.glob(f"{shard_of(customer)}[.-]*"):
            file.unlink(missing_ok=True)
        return
    OrderVectors(folder, lambda: encoder).remove(customer, vector_ids)


def _forget_letters(settings: Settings, emails: Sequence[str]) -> None:
    """Delete letters to these addresses where they are files, as while developing."""
    if settings.bot_smtp_url is None:
        return
    from bot.customers.mail import Folder, mailer

    sends = mailer(settings.bot_smtp_url.get_secret_value(), settings.bot_mail_from)
    if isinstance(sends, Folder):
        for email in emails:
            sends.forget(email)


def _telegram_name(settings: Settings) -> str | None:
    """The bot's name on Telegram; None without a token, or when Telegram does not say."""
    if settings.telegram_bot_token is None:
        return None
    from bot.channels.telegram.client import bot_name

    token = settings.telegram_bot_token.get_secret_value()
    try:
        return asyncio.run(bot_name(token, settings.telegram_api_base_url))
    except DeliveryError as error:
        Console(stderr=True).print(error.message(cli_language()), markup=False)
        return None
