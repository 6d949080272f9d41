"""`bot orders import`: parse, call `bot/orders/`, print."""

import json
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from bot.cli.context import Json, configured
from bot.cli.language import cli_language, texts_of
from bot.cli.progress import progress_bar
from bot.database.db import Database
from bot.errors import BuildError, EncoderError
from bot.orders import demo, files
from bot.orders.checks import Reading
from bot.orders.importing import Report, import_orders
from bot.settings import Settings
from bot.types import now

_SHOWN = 20  # problems that are printed; --json has them all
_NAMED = 3  # ids that stand for all that shoppers cannot name

_t = texts_of("orders")

app = typer.Typer(help=_t("cli_help"), no_args_is_help=True)


@app.callback()
def orders() -> None:
    """Keeps `import` a command of its own while it is the only one."""


@app.command("import", help=_t("cli_import_help"))
def import_(
    path: Annotated[Path, typer.Argument(metavar="FILE", help=_t("cli_path_help"))],
    as_json: Json = False,
) -> None:
    settings = configured()
    contents = files.read(path)
    db = Database(settings.bot_database_url)
    db.migrate()
    at = now()
    reading = Reading(
        ZoneInfo(settings.bot_timezone),
        now=at if contents.demo else None,
        source=demo.SOURCE if contents.demo else "import",
    )
    screen = Console(stderr=True, highlight=False)
    with progress_bar(screen) as bar:
        task = bar.add_task(_t("cli_importing"), total=len(contents.rows))
        report = import_orders(
            db, contents, reading, at=at, progress=lambda done: bar.update(task, completed=done)
        )
        if not contents.demo and (report.saved.added or report.saved.changed):
            demo.withdraw(db)
        embedded = _embed(settings, db, report, bar)
    db.close()
    if as_json:
        print(json.dumps(_plain(report, embedded), ensure_ascii=False))
        return
    _print(screen, report, embedded)


def _embed(settings: Settings, db: Database, report: Report, bar: Progress) -> int | None:
    """How many orders were embedded; None without an index, whose encoder is needed for it."""
    written = [*report.saved.added, *report.saved.changed]
    if not written:
        return 0
    from bot.knowledge.index import CurrentIndex
    from bot.orders import embedding
    from bot.orders.vectors import OrderVectors

    index = CurrentIndex(settings.bot_index_dir)
    try:
        encoder = index.get().encoder
    except (BuildError, EncoderError):
        return None
    vectors = OrderVectors(settings.bot_index_dir / embedding.FOLDER, lambda: encoder)
    task = bar.add_task(_t("cli_embedding"), total=len(written))
    return embedding.embed(
        db,
        vectors,
        written,
        ZoneInfo(settings.bot_timezone),
        moved=report.saved.moved,
        progress=lambda done: bar.update(task, completed=done),
    )


def _print(screen: Console, report: Report, embedded: int | None) -> None:
    for problem in report.problems[:_SHOWN]:
        said = f"{problem.where}: {problem.message(cli_language())}"
        screen.print(f"[red]✗[/] {escape(said)}", soft_wrap=True)
    if len(report.problems) > _SHOWN:
        screen.print(_t("cli_more_problems", count=len(report.problems) - _SHOWN))
    saved = report.saved
    Console(highlight=False).print(
        _t(
            "cli_done",
            added=len(saved.added),
            changed=len(saved.changed),
            unchanged=len(saved.unchanged),
            skipped=len(report.problems),
        ),
        soft_wrap=True,
    )
    if report.unnamed:
        shown = ", ".join(report.unnamed[:_NAMED])
        said = _t("cli_unnamed", count=len(report.unnamed), ids=shown)
        screen.print(f"[yellow]![/] {escape(said)}", soft_wrap=True)
    if embedded is None:
        screen.print(_t("cli_not_embedded"), soft_wrap=True)


def _plain(report: Report, embedded: int | None) -> dict[str, object]:
    language = cli_language()
    return {
        "added": len(report.saved.added),
        "changed": len(report.saved.changed),
        "unchanged": len(report.saved.unchanged),
        "embedded": embedded,
        "unnamed": report.unnamed,
        "problems": [
            {"where": problem.where, "message": problem.message(language)}
            for problem in report.problems
        ],
    }
