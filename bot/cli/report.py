"""`bot report`: parse, call `bot/insights/`, print the same figures as the desk's page."""

import json
from dataclasses import asdict, fields
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from bot.cli.context import Json, configured, open_database
from bot.cli.language import texts_of
from bot.errors import InputError
from bot.insights import report as insight
from bot.insights.figures import Figures, Share, Times
from bot.insights.report import BY, PERIODS, Asked
from bot.tickets.sla import Sla
from bot.types import now

_t = texts_of("report")
_SHOWN = tuple(each.name for each in fields(Figures))


def report(
    days: Annotated[int, typer.Option(help=_t("cli_days_help"))] = 30,
    by: Annotated[str, typer.Option(help=_t("cli_by_help"))] = "",
    as_json: Json = False,
) -> None:
    if days not in PERIODS:
        raise InputError("report.cli_bad_days")
    if by and by not in BY:
        raise InputError("report.cli_bad_by", by=by, known=", ".join(BY))
    from bot.app import scheduled

    settings = configured()
    zone, database = ZoneInfo(settings.bot_timezone), open_database()
    kept = Sla(scheduled(settings, database).terms).kept
    with database.read() as session:
        made = insight.make(session, Asked(days=days), now(), zone, kept)
    if as_json:
        groups = {
            name: {part: asdict(figures) for part, figures in parts.items()}
            for name, parts in made.groups.items()
        }
        whole = {"since": made.since.isoformat(), **asdict(made.whole), "by": groups}
        typer.echo(json.dumps(whole, ensure_ascii=False, indent=2))
        return
    console = Console()
    console.print(_t("cli_since", since=f"{made.since:%Y-%m-%d}"), style="dim", markup=False)
    parts = made.groups[by] if by else {_t("cli_value"): made.whole}
    table = Table()
    table.add_column(_t("cli_figure"))
    for part in parts:
        table.add_column(part, justify="right")
    for name in _SHOWN:
        table.add_row(_t(name), *(_said(figures, name) for figures in parts.values()))
    console.print(table)


def _said(figures: Figures, name: str) -> str:
    value = getattr(figures, name)
    if isinstance(value, Share):
        return (
            "–" if value.percent is None else f"{value.percent:.0f} % ({value.part}/{value.whole})"
        )
    if isinstance(value, Times):
        return "–" if value.median is None else f"{_time(value.median)} (p90 {_time(value.p90)})"
    return str(value)


def _time(seconds: float | None) -> str:
    minutes, rest = divmod(round(seconds or 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
