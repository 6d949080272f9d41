"""`bot texts`: parse, call `bot/studio/texts`, print."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Shown

from bot.cli.claims import text_of
from bot.cli.context import Json, configured, open_database
from bot.cli.language import cli_language, texts_of
from bot.cli.products import wares
from bot.errors import InputError
from bot.language.detect import detect_language
from bot.studio.claims import findings
from bot.studio.texts import typed
from bot.studio.texts.audit import Advice, audit
from bot.studio.texts.keywords import background, keywords
from bot.studio.texts.readability import readability
from bot.studio.texts.summary import summary
from bot.studio.wares import Wares
from bot.types import now

_t = texts_of("texts")

app = typer.Typer(help=_t("cli_help"), no_args_is_help=True)


@app.command("audit", help=_t("cli_audit_help"))
def audit_(
    most: Annotated[int, typer.Option(min=1, help=_t("cli_most_help"))] = 40,
    as_json: Json = False,
) -> None:
    settings = configured()
    products = wares(settings)
    if not products:
        raise InputError("texts.cli_no_index")
    database, at = open_database(), now()
    with database.read() as session:
        asked = typed.typed(session, at)
        wanted = typed.demand(session, at, asked)
    database.close()
    found = audit(products, wanted, asked)
    if as_json:
        rows = [{**asdict(each), "message": each.message(cli_language())} for each in found]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False)
    if not found:
        console.print(_t("cli_none", count=len(products)))
        return
    touched = len({each.sku for each in found})
    console.print(_t("cli_count", count=len(found), products=touched))
    console.print(_table(found[:most], products))
    if len(found) > most:
        console.print(_t("cli_more", count=len(found) - most))


@app.command("look", help=_t("cli_look_help"))
def look(
    text: Annotated[str, typer.Argument(metavar="FILE|TEXT", help=_t("cli_text_help"))],
    title: Annotated[str, typer.Option(help=_t("cli_title_help"))] = "",
    as_json: Json = False,
) -> None:
    whole = text_of(text)
    others = background(
        each.whole for ware in wares(configured()).values() for each in ware.texts.values()
    )
    read = readability(whole)
    found = findings(whole, detect_language(whole))
    about, short = keywords(whole, others, title=title), summary(whole, others)
    if as_json:
        said = {
            "keywords": about,
            "summary": short,
            "readability": {**asdict(read), "hard": read.hard},
            "claims": len(found),
        }
        typer.echo(json.dumps(said, ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[bold]{_t('keywords')}[/]: {escape(', '.join(about))}")
    console.print(f"[bold]{_t('summary')}[/]: {escape(short)}")
    how = _t(f"readable_{read.language}", length=read.length, ease=read.ease)
    hard = f" ({_t('hard_word')})" if read.hard else ""
    console.print(f"[bold]{_t('readability')}[/]: {how}{hard}")
    console.print(_t("claims", count=len(found)))


def _table(found: list[Advice], products: Wares) -> Shown:
    table = Shown()
    table.add_column(_t("cli_gain"), justify="right")
    table.add_column(_t("cli_product"))
    table.add_column(_t("cli_what"))
    for each in found:
        name = f"{products[each.sku].name(cli_language())}\n{each.sku} · {each.language}"
        table.add_row(f"{each.gain:.1f}", escape(name), escape(each.message(cli_language())))
    return table
