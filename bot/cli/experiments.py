"""`bot experiments`: parse, call `bot/insights/experiments/`, print."""

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bot.cli.context import Json, open_database, operator
from bot.cli.language import cli_language, texts_of
from bot.database.insight_tables import ExperimentRow
from bot.insights.experiments import store
from bot.insights.experiments.store import Draft, Plan
from bot.insights.experiments.verdict import Verdict, mean_of, percent, sentence, verdict
from bot.insights.experiments.words import planned
from bot.types import now

_t = texts_of("experiments")

app = typer.Typer(help=_t("cli_help"), no_args_is_help=True)
Name = Annotated[str, typer.Argument(help=_t("cli_name_help"))]
Subject = Annotated[str, typer.Argument(help=_t("cli_subject_help"))]
Outcome = Annotated[str, typer.Option(help=_t("cli_outcome_help"))]
Least = Annotated[float, typer.Option(help=_t("cli_least_help"))]


@app.command("list", help=_t("cli_list_help"))
def list_(as_json: Json = False) -> None:
    with open_database().read() as session:
        found = [(row, verdict(session, row, at=now())) for row in store.every(session)]
    if as_json:
        typer.echo(json.dumps([_plain(*each) for each in found], ensure_ascii=False, indent=2))
        return
    for row, told in found:
        typer.echo(f"{row.name} ({_t(row.state)}): {sentence(told, row, cli_language())}")
    if not found:
        typer.echo(_t("none"))


@app.command("plan", help=_t("cli_plan_help"))
def plan(outcome: Outcome = "wrote", least: Least = 10.0, as_json: Json = False) -> None:
    with open_database().read() as session:
        found = store.plan(session, outcome, least / 100, at=now())
    _tell_plan(found, outcome, least, as_json=as_json)


@app.command("start", help=_t("cli_start_help"))
def start(
    name: Name,
    subject: Subject,
    outcome: Outcome = "wrote",
    least: Least = 10.0,
    en: Annotated[str, typer.Option(help=_t("cli_en_help"))] = "",
    zh: Annotated[str, typer.Option(help=_t("cli_zh_help"))] = "",
) -> None:
    said = {"en": en.replace("|", "\n"), "zh": zh.replace("|", "\n")}
    draft = Draft(name, subject, outcome, least / 100, said)
    with open_database().begin() as session:
        row = store.start(session, draft, operator(), at=now())
        found = Plan(row.daily, row.baseline, row.days or None, None)
    typer.echo(_t("cli_started", name=name))
    _tell_plan(found, outcome, least, as_json=False)


@app.command("stop", help=_t("cli_stop_help"))
def stop(name: Name) -> None:
    with open_database().begin() as session:
        store.stop(session, name, operator(), at=now())
    typer.echo(_t("cli_stopped", name=name))


@app.command("show", help=_t("cli_show_help"))
def show(name: Name, as_json: Json = False) -> None:
    with open_database().read() as session:
        row = store.one(session, name)
        found = verdict(session, row, at=now())
    if as_json:
        typer.echo(json.dumps(_plain(row, found), ensure_ascii=False, indent=2))
        return
    console = Console()
    console.print(sentence(found, row, cli_language()), markup=False)
    table = Table()
    for each in ("", "first", "second"):
        table.add_column(_t(each) if each else "", justify="right" if each else "left")
    both = (found.first, found.second)
    table.add_row(_t("shoppers"), *(str(each.count) for each in both))
    table.add_row(_t("mean"), *(mean_of(each, row.outcome) for each in both))
    console.print(table)
    for label, effect in (("interval", found.effect), ("once", found.once)):
        if effect is not None:
            low, high = percent(effect.low), percent(effect.high)
            said = f"{_t(label)}: {percent(effect.effect)} ({low} … {high}), p = {effect.p:.3f}"
            console.print(said, markup=False)
    if found.belief is not None:
        console.print(f"{_t('chance')}: {found.belief.chance:.1%}", markup=False)
        console.print(f"{_t('risk')}: {found.belief.risk_second:.2%}", markup=False)
    console.print(f"{_t('skew')}: {found.skew:.3f}", markup=False)


def _tell_plan(found: Plan, outcome: str, least: float, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(asdict(found)))
        return
    typer.echo(planned(found, outcome, least / 100, cli_language()))


def _plain(row: ExperimentRow, found: Verdict) -> dict[str, Any]:
    said = {
        "name": row.name,
        "subject": row.subject,
        "outcome": row.outcome,
        "state": row.state,
        "verdict": sentence(found, row, cli_language()),
    }
    return said | asdict(found)
