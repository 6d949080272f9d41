"""`bot users`: parse, call `bot/tickets/users.py`, print.

Passwords come from a prompt or from standard input, never from an argument, which every user of the
machine could read in the list of processes.
"""

import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.cli.context import Json, open_database, operator
from bot.cli.language import texts_of
from bot.database.tables import UserRow
from bot.errors import InputError
from bot.tickets import accounts, first_password, second_factor, users

_t = texts_of("users")

app = typer.Typer(help=_t("cli_help"), no_args_is_help=True)
Name = Annotated[str, typer.Argument(help=_t("cli_name_help"))]
OneTime = Annotated[bool, typer.Option("--one-time", help=_t("cli_one_time_help"))]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help=_t("cli_stdin_help"))]


@app.command("add", help=_t("cli_add_help"))
def add(
    name: Name,
    role: Annotated[str, typer.Option(help=_t("cli_role_help"))] = "agent",
    password_stdin: FromStdin = False,
    one_time: OneTime = False,
) -> None:
    password = _password(password_stdin, one_time)
    database = open_database()
    with database.begin() as session:
        user = users.add(session, name, role, password, must_change=one_time, by=operator())
    role_word = _t(f"role_{user.role}")
    Console().print(_t("cli_added", name=user.name, role=role_word), markup=False)
    _told(password, one_time)


@app.command("list", help=_t("cli_list_help"))
def list_(as_json: Json = False) -> None:
    database = open_database()
    with database.read() as session:
        everybody = users.every(session)
    if as_json:
        typer.echo(json.dumps([_plain(user) for user in everybody], ensure_ascii=False, indent=2))
        return
    if not everybody:
        Console().print(_t("cli_none"), markup=False)
        return
    table = Table()
    for column in ("name", "role", "telegram", "code", "state", "since"):
        table.add_column(_t(f"cli_column_{column}"))
    for user in everybody:
        since = f"{user.created_at.astimezone():%Y-%m-%d %H:%M}"
        connected = str(user.telegram_id or "–")
        role = _t(f"role_{user.role}")
        state = _t("cli_state_must_change" if user.must_change_password else "cli_state_ok")
        coded = "✓" if user.totp_seed else "–"
        table.add_row(user.name, role, connected, coded, state, since)
    Console().print(table)


@app.command("passwd", help=_t("cli_passwd_help"))
def passwd(name: Name, password_stdin: FromStdin = False, one_time: OneTime = False) -> None:
    password = _password(password_stdin, one_time)
    database = open_database()
    with database.begin() as session:
        user = users.change_password(session, name, password, must_change=one_time, by=operator())
    first_password.forget(database, user.name)
    Console().print(_t("cli_changed", name=user.name), markup=False)
    _told(password, one_time)


@app.command("code-off", help=_t("cli_code_help"))
def code_off(name: Name) -> None:
    database = open_database()
    with database.begin() as session:
        user = second_factor.turn_off(session, name, operator())
    Console().print(_t("cli_code_off", name=user.name), markup=False)


@app.command("logout", help=_t("cli_logout_help"))
def logout(name: Name) -> None:
    database = open_database()
    with database.begin() as session:
        user = users.find(session, name)
        count = users.end_logins(session, user, by=operator())
    Console().print(_t("cli_logged_out", name=user.name, count=count), markup=False)


@app.command("remove", help=_t("cli_remove_help"))
def remove(
    name: Name, yes: Annotated[bool, typer.Option("--yes", "-y", help=_t("cli_yes_help"))] = False
) -> None:
    if not yes:
        typer.confirm(_t("cli_sure", name=name), abort=True)
    database = open_database()
    with database.begin() as session:
        users.remove(session, name, by=operator())
    Console().print(_t("cli_removed", name=name), markup=False)


@app.command("telegram", help=_t("cli_telegram_help"))
def telegram(
    name: Name,
    telegram_id: Annotated[int | None, typer.Argument(help=_t("cli_telegram_id_help"))] = None,
    off: Annotated[bool, typer.Option("--off", help=_t("cli_telegram_off_help"))] = False,
) -> None:
    if (telegram_id is None) != off:
        raise InputError("users.cli_telegram_which")
    database = open_database()
    with database.begin() as session:
        if telegram_id is None:
            user = accounts.disconnect(session, name, operator())
        else:
            user = accounts.connect(session, name, telegram_id, operator())
    key = "cli_telegram_off" if telegram_id is None else "cli_telegram_on"
    Console().print(_t(key, name=user.name, id=telegram_id), markup=False)


def _told(password: str, one_time: bool) -> None:
    if one_time:
        Console().print(_t("cli_one_time", password=password), markup=False)


def _password(from_stdin: bool, one_time: bool) -> str:
    if one_time:
        return users.one_time_password()
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password = str(typer.prompt(_t("cli_password"), hide_input=True))
    if password != typer.prompt(_t("cli_password_again"), hide_input=True):
        raise InputError("users.password_mismatch")
    return password


def _plain(user: UserRow) -> dict[str, object]:
    return {
        "name": user.name,
        "role": user.role,
        "code": user.totp_seed is not None,
        "must_change_password": user.must_change_password,
        "telegram_id": user.telegram_id,
        "created_at": user.created_at.isoformat(),
    }
