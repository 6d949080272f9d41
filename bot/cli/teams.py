"""`bot teams`: parse, call `bot/tickets/teams.py`, print."""

import json
from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console
from sqlmodel import Session

from bot.cli.context import Json, open_database, operator
from bot.cli.language import texts_of
from bot.tickets import teams

_t = texts_of("teams")

app = typer.Typer(help=_t("cli_help"), no_args_is_help=True)
Name = Annotated[str, typer.Argument(help=_t("cli_name_help"))]
Members = Annotated[list[str], typer.Argument(help=_t("cli_members_help"))]
Some = Annotated[list[str] | None, typer.Argument(help=_t("cli_members_help"))]


@app.command("list", help=_t("cli_list_help"))
def list_(as_json: Json = False) -> None:
    with open_database().read() as session:
        every = teams.every(session)
    if as_json:
        typer.echo(json.dumps(every, ensure_ascii=False, indent=2))
        return
    for name, members in every.items():
        _say(name, members)
    if not every:
        Console().print(_t("cli_none"), markup=False)


@app.command("add", help=_t("cli_add_help"))
def add(name: Name, members: Some = None) -> None:
    with open_database().begin() as session:
        teams.add(session, name, operator())
        session.flush()
        for member in members or ():
            teams.join(session, name, member, operator())
        _show(session, name)


@app.command("join", help=_t("cli_join_help"))
def join(name: Name, members: Members) -> None:
    _each(teams.join, name, members)


@app.command("leave", help=_t("cli_leave_help"))
def leave(name: Name, members: Members) -> None:
    _each(teams.leave, name, members)


@app.command("remove", help=_t("cli_remove_help"))
def remove(name: Name) -> None:
    with open_database().begin() as session:
        teams.remove(session, name, operator())
    Console().print(_t("cli_removed", name=name), markup=False)


@app.command("suits", help=_t("cli_suits_help"))
def suits(
    agent: Annotated[str, typer.Argument(help=_t("cli_members_help"))],
    languages: Annotated[str, typer.Option(help=_t("cli_languages_help"))] = "en,zh",
    most: Annotated[int, typer.Option(help=_t("cli_most_help"))] = 0,
) -> None:
    written = [each.strip() for each in languages.split(",") if each.strip()]
    with open_database().begin() as session:
        teams.suits(session, agent, written, most, operator())
    Console().print(_t("cli_suits", name=agent, languages=languages, most=most), markup=False)


def _each(act: Callable[[Session, str, str, str], None], name: str, members: list[str]) -> None:
    with open_database().begin() as session:
        for member in members:
            act(session, name, member, operator())
        _show(session, name)


def _show(session: Session, name: str) -> None:
    session.flush()
    own = teams.find(session, name)
    _say(own, teams.every(session)[own])


def _say(name: str, members: list[str]) -> None:
    shown = ", ".join(members) or _t("cli_nobody")
    Console().print(_t("cli_changed", name=name, members=shown), markup=False)
