"""What every command needs: settings, logging, an open database, the option `--json`."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bot import log
from bot.cli.language import cli_language
from bot.database.db import Database
from bot.errors import InputError
from bot.settings import Settings, settings
from bot.texts import t

Json = Annotated[bool, typer.Option("--json", help=t("cli.json", cli_language()))]


def configured(*, quiet: bool = True) -> Settings:
    """The settings, with logging set up; `quiet` keeps a command's own output readable."""
    found = settings()
    level = "error" if quiet and found.bot_log_level != "debug" else found.bot_log_level
    log.configure(level, found.bot_log_format)
    return found


def open_database() -> Database:
    """The configured database, migrated."""
    found = configured()
    db = Database(found.bot_database_url, secret_key=found.bot_secret_key)
    db.migrate()
    return db


def operator() -> str:
    """Who types, for the audit log: a user of the machine and not of the desk."""
    return f"{getpass.getuser()} (terminal)"


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """`InputError` where the block cannot write to `path`."""
    try:
        yield
    except OSError as error:
        raise InputError("cli.cannot_write", path=path, reason=error.strerror) from error
