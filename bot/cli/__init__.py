"""The command line: parse, call, print. One file a noun; nothing is decided or computed here.

Commands import what they need when they run, so that `bot tickets list` does not wait for an
encoder. Errors that a person can mend are one line, with their causes below.
"""

import sys

import typer
from rich.console import Console
from rich.markup import escape

from bot.cli import (
    ask,
    customer,
    evaluate,
    experiments,
    gaps,
    golden,
    health,
    index,
    orders,
    prices,
    recalls,
    replay,
    report,
    serve,
    teams,
    tickets,
    train,
    users,
)
from bot.cli.doctor import command
from bot.cli.language import cli_language, texts_of
from bot.errors import DeskhandError
from bot.texts import t

_help = texts_of("cli")

app = typer.Typer(
    help=_help("help"), no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
app.command("serve", help=_help("serve_help"))(serve.serve)
app.command("chat", help=_help("chat_help"))(ask.chat)
app.command("ask", help=_help("ask_help"))(ask.ask)
app.command("replay", help=_help("replay_help"))(replay.replay)
app.add_typer(index.app, name="index", help=_help("index_help"))
app.add_typer(golden.app, name="golden", help=_help("golden_help"))
app.command("gaps", help=t("gaps.cli_help", cli_language()))(gaps.gaps)
app.command("health", help=t("health.cli_help", cli_language()))(health.health)
app.command("recalls", help=t("recalls.cli_help", cli_language()))(recalls.recalls)
app.command("eval", help=_help("eval_help"))(evaluate.evaluate)
app.command("eval-mood", help=_help("eval_mood_help"))(evaluate.evaluate_mood)
app.command("calibrate", help=_help("calibrate_help"))(evaluate.calibrate)
app.command("calibrate-check", help=_help("calibrate_check_help"))(evaluate.calibrate_check)
app.command("train-heads", help=_help("heads_help"))(evaluate.train_heads)
app.add_typer(tickets.app, name="tickets", help=_help("tickets_help"))
app.command("report", help=t("report.cli_help", cli_language()))(report.report)
app.add_typer(experiments.app, name="experiments", help=t("experiments.cli_help", cli_language()))
app.command("prices", help=t("prices.cli_help", cli_language()))(prices.prices)
app.command("train", help=t("training.cli_help", cli_language()))(train.train)
app.add_typer(users.app, name="users", help=_help("users_help"))
app.add_typer(teams.app, name="teams", help=t("teams.cli_help", cli_language()))
app.add_typer(customer.app, name="customer", help=_help("customer_help"))
app.add_typer(orders.app, name="orders")
app.command("doctor", help=_help("doctor_help"))(command.doctor)


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
