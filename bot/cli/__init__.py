"""The command line: parse, call, print. One file a noun; nothing is decided or computed here.

A command's file is imported when the command is run, so that `bot tickets list` does not wait for
an encoder. Errors that a person can mend are one line, with their causes below.
"""

import sys
from importlib import import_module
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from bot.cli.language import cli_language
from bot.errors import DeskhandError
from bot.texts import t

# Each command: its file in this folder, the function or group in it, and the text of its help.
COMMANDS = {
    "serve": ("serve:serve", "cli.serve_help"),
    "chat": ("ask:chat", "cli.chat_help"),
    "ask": ("ask:ask", "cli.ask_help"),
    "replay": ("replay:replay", "cli.replay_help"),
    "index": ("index:app", "cli.index_help"),
    "golden": ("golden:app", "cli.golden_help"),
    "gaps": ("gaps:gaps", "gaps.cli_help"),
    "health": ("health:health", "health.cli_help"),
    "recalls": ("recalls:recalls", "recalls.cli_help"),
    "eval": ("evaluate:evaluate", "cli.eval_help"),
    "eval-mood": ("evaluate:evaluate_mood", "cli.eval_mood_help"),
    "calibrate": ("evaluate:calibrate", "cli.calibrate_help"),
    "calibrate-check": ("evaluate:calibrate_check", "cli.calibrate_check_help"),
    "train-heads": ("evaluate:train_heads", "cli.heads_help"),
    "tickets": ("tickets:app", "cli.tickets_help"),
    "report": ("report:report", "report.cli_help"),
    "train": ("train:train", "training.cli_help"),
    "users": ("users:app", "cli.users_help"),
    "teams": ("teams:app", "teams.cli_help"),
    "customer": ("customer:app", "cli.customer_help"),
    "reviews": ("reviews:app", "reviews.cli_help"),
    "claims": ("claims:claims", "claims.cli_help"),
    "texts": ("texts:app", "texts.cli_help"),
    "experiments": ("experiments:app", "experiments.cli_help"),
    "draft": ("draft:draft", "drafts.cli_help"),
    "prices": ("prices:prices", "prices.cli_help"),
    "orders": ("orders:app", "orders.cli_help"),
    "doctor": ("doctor.command:doctor", "cli.doctor_help"),
}


class _Commands(TyperGroup):
    """The commands by name: their help is known without them, and they are imported to be run."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        return TyperCommand(cmd_name, help=t(COMMANDS[cmd_name][1], cli_language()))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, known, rest = super().resolve_command(ctx, args)
        return name, known and _loaded(str(name)), rest


def _loaded(name: str) -> Any:
    where, key = COMMANDS[name]
    file, _, what = where.partition(":")
    found = getattr(import_module(f"bot.cli.{file}"), what)
    help_text = t(key, cli_language())
    group = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    if isinstance(found, typer.Typer):
        group.add_typer(found, name=name, help=help_text)
    else:
        group.command(name, help=help_text)(found)
    group.callback()(lambda: None)
    whole = get_command(group)
    assert isinstance(whole, TyperGroup)
    return whole.commands[name]


app = typer.Typer(
    cls=_Commands,
    help=t("cli.help", cli_language()),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.callback()(lambda: None)


def main() -> None:
    """Run a command; a `DeskhandError` is printed with its causes, one a line."""
    language = cli_language()
    try:
        app()
    except DeskhandError as error:
        console = Console(stderr=True, highlight=False, soft_wrap=True)
        console.print(f"[bold red]✗[/] {escape(error.message(language))}")
        cause = error.__cause__
        while cause is not None:
            said = cause.message(language) if isinstance(cause, DeskhandError) else str(cause)
            said = next(iter(said.splitlines()), "")  # vendors go on with links and schemas
            if said:
                console.print(f"  [dim]{escape(type(cause).__name__)}: {escape(said)}[/]")
            cause = cause.__cause__
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
