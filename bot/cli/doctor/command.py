"""`bot doctor`: is everything in order, and what to do where it is not."""

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.cli.context import configured
from bot.cli.language import cli_language

_MARKS = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "error": "[red]✗[/]"}


def doctor() -> None:
    """Print every finding; exit code 1 when there is an error among them."""
    from bot.cli.doctor import machine as checks

    language = cli_language()
    findings = checks.run(configured())
    table = Table(box=None, show_header=False, pad_edge=False)
    for finding in findings:
        table.add_row(
            _MARKS[finding.severity],
            f"[bold]{escape(finding.title(language))}[/]",
            escape(finding.message(language)),
        )
    Console(highlight=False).print(table)
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(1)
