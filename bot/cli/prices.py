"""`bot prices`: parse, call `bot/insights/prices/`, print."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.context import Json, open_database, operator
from bot.cli.language import cli_language, texts_of
from bot.errors import InputError, NotFoundError
from bot.insights.prices import limits as limited
from bot.insights.prices.hints import counted, hints, sentence
from bot.types import now

_t = texts_of("prices")


def prices(
    sku: Annotated[str, typer.Argument(help=_t("cli_sku_help"))] = "",
    limits: Annotated[Path | None, typer.Option(help=_t("cli_limits_help"))] = None,
    as_json: Json = False,
) -> None:
    database, language = open_database(), cli_language()
    if limits is not None:
        try:
            text = limits.read_text(encoding="utf-8-sig")
        except OSError as error:
            raise InputError("prices.no_file") from error
        except UnicodeDecodeError as error:
            raise InputError("prices.not_text", file=limits.name) from error
        given = limited.read(text, limits.name)
        with database.begin() as session:
            limited.keep(session, given, operator())
        if not as_json:
            typer.echo(_t("cli_kept", count=len(given)))
    with database.read() as session:
        found = hints(session, at=now(), sku=sku)
    if sku and not found:
        raise NotFoundError("prices.no_such", sku=sku)
    if as_json:
        plain = [{**asdict(each), "said": sentence(each, language)} for each in found]
        typer.echo(json.dumps(plain, ensure_ascii=False, indent=2))
        return
    for each in found:
        typer.echo(f"{each.sku} {each.name}, {each.price:.2f} {each.currency}: ", nl=False)
        typer.echo(sentence(each, language))
    if not sku:
        typer.echo(_t("counts", **counted(found)) if found else _t("none"))
