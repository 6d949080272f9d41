"""`bot index`: build, watch, list, roll back."""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import TaskID
from rich.table import Table
from watchfiles import Change, DefaultFilter, watch

from bot.cli import gate as gates
from bot.cli.context import configured
from bot.cli.gate import Gate
from bot.cli.language import cli_language, texts_of
from bot.cli.progress import progress_bar
from bot.errors import BuildError, DatabaseError, DeskhandError, EncoderError, KnowledgeError
from bot.knowledge import fetching
from bot.knowledge.build import BuildReport, build_index
from bot.knowledge.builds import Score
from bot.knowledge.entry import Problem
from bot.knowledge.index import list_builds, rollback
from bot.settings import Settings
from bot.texts import t

WITH_PROBLEMS, NOT_LIVE = 3, 4  # exit codes
_MARKS = {"error": "[red]✗[/]", "warning": "[yellow]![/]", "info": "[dim]·[/]"}
_SHOWN = 20  # problems that are printed; --json has them all

_help = texts_of("cli")

app = typer.Typer(invoke_without_command=True)
Json = Annotated[bool, typer.Option("--json", help=_help("json"))]


@app.callback()
def index(
    context: typer.Context,
    full: Annotated[bool, typer.Option("--full", help=_help("index_full"))] = False,
    force: Annotated[bool, typer.Option("--force", help=_help("index_force"))] = False,
    watch: Annotated[bool, typer.Option("--watch", help=_help("index_watch"))] = False,
    as_json: Json = False,
) -> None:
    if context.invoked_subcommand is not None:
        return
    try:
        settings = configured()
        report = _build(settings, full=full, force=force, as_json=as_json)
    except DeskhandError as error:
        error.exit_code = NOT_LIVE
        raise
    if watch:
        _watch(settings, force=force, as_json=as_json)
    if any(each.severity == "error" for each in report.problems):
        raise typer.Exit(WITH_PROBLEMS)


@app.command("list", help=_help("index_list"))
def list_(as_json: Json = False) -> None:
    builds = list_builds(configured().bot_index_dir)
    if as_json:
        print(json.dumps([asdict(build) for build in builds], ensure_ascii=False))
        return
    language = cli_language()
    table = Table(box=None, header_style="bold")
    table.add_column("")
    for key in ("build", "created", "entries", "passages", "golden", "answered_otherwise"):
        table.add_column(t(f"cli.index_{key}", language))
    for build in builds:
        mark = "[green]●[/]" if build.current else "[dim]○[/]"
        if build.manifest is None or not build.intact:
            table.add_row(mark, build.id, f"[red]{t('cli.index_damaged', language)}[/]")
            continue
        entries, passages = build.manifest.entries, build.manifest.passages
        table.add_row(
            mark,
            build.id,
            build.manifest.created[:19].replace("T", " "),
            str(sum(entries.values())),
            str(sum(passages.values())),
            *_scored(build.score),
        )
    Console().print(table if builds else t("cli.index_no_builds", language))


def _scored(score: Score | None) -> tuple[str, str]:
    if score is None:
        return "", ""
    met = f"{score.met} / {score.golden}" if score.golden else ""
    changed = f"{sum(score.changed.values())} / {score.asked}" if score.asked else ""
    return f"[red]{met}[/]" if score.lost else met, changed


@app.command("rollback", help=_help("index_rollback"))
def rollback_(
    build: Annotated[str | None, typer.Argument(help=_help("index_rollback_build"))] = None,
) -> None:
    served = rollback(configured().bot_index_dir, build)
    Console(highlight=False).print(t("cli.index_rolled_back", cli_language(), build=served))


def _build(settings: Settings, *, full: bool, force: bool, as_json: bool) -> BuildReport:
    language = cli_language()
    screen = Console(stderr=True, highlight=False)
    bar = progress_bar(screen)
    tasks: dict[str, TaskID] = {}

    def tell(stage: str, done: int, total: int) -> None:
        if as_json and not screen.is_terminal:  # a program is listening
            print(json.dumps({"stage": stage, "done": done, "total": total}), file=sys.stderr)
            sys.stderr.flush()
            return
        if stage not in tasks:
            tasks[stage] = bar.add_task(t(f"index.stage_{stage}", language), total=total)
        bar.update(tasks[stage], completed=done, total=total)

    gate = Gate(settings, tell, force=force)
    try:
        with bar:
            fetching.refresh(settings.bot_knowledge_dir, tell)
            report = build_index(
                settings.bot_knowledge_dir,
                settings.bot_index_dir,
                settings.bot_embedding_model,
                today=datetime.now(UTC).date(),
                full=full,
                progress=tell,
                accept=gate.accept,
            )
    except KnowledgeError as error:
        problems = error.params.get("problems")
        if as_json:
            print(_failure_json(error))
        elif isinstance(problems, tuple):
            _print_problems(screen, problems)
        raise
    except BuildError as error:
        if as_json:
            said = {"error": error.message(language), "review": gates.as_json(gate.review)}
            print(json.dumps(said, ensure_ascii=False))
        else:
            gates.show(screen, gate)
        raise
    if as_json:
        print(_as_json(report, gate))
    else:
        _print(Console(highlight=False), report)
        gates.show(Console(highlight=False), gate)
    _fit_suggestions(settings, screen, quiet=as_json)
    return report


def _fit_suggestions(settings: Settings, screen: Console, *, quiet: bool) -> None:
    """Bring what goes with what up to the orders; an index without it is better than none."""
    from bot.catalogue.recommender import files
    from bot.catalogue.recommender.fit import fit
    from bot.catalogue.table import Table
    from bot.database.db import Database
    from bot.knowledge.index import CurrentIndex

    language = cli_language()
    try:
        table = Table(CurrentIndex(settings.bot_index_dir).get().entries.values())
        db = Database(settings.bot_database_url, secret_key=settings.bot_secret_key)
        db.migrate()
        fitted = fit(db, table, settings.bot_index_dir / files.FOLDER)
        db.close()
    except (BuildError, DatabaseError, EncoderError) as error:
        screen.print(t("suggest.cli_none", language, reason=error.message(language)), markup=False)
        return
    if not quiet:
        told = {**asdict(fitted), "seconds": f"{fitted.seconds:.1f}"}
        Console(highlight=False).print(t("suggest.cli_fitted", language, **told), markup=False)


def _print(screen: Console, report: BuildReport) -> None:
    language = cli_language()
    _print_problems(screen, report.problems)
    key = "cli.index_done" if report.new else "cli.index_unchanged"
    screen.print(
        t(
            key,
            language,
            build=report.build,
            entries=report.entries,
            en=report.passages.get("en", 0),
            zh=report.passages.get("zh", 0),
            embedded=report.embedded,
            reused=report.reused,
            seconds=f"{report.seconds:.1f}",
        )
    )
    for name in ("added", "changed", "removed"):
        ids = getattr(report, name)
        if ids:
            listed = ", ".join(ids[:5]) + (" …" if len(ids) > 5 else "")
            counted = t(f"cli.index_{name}", language, count=len(ids), ids=listed)
            screen.print(f"  {escape(counted)}")


def _print_problems(screen: Console, problems: list[Problem] | tuple[Problem, ...]) -> None:
    language = cli_language()
    worst_first = sorted(problems, key=lambda each: list(_MARKS).index(each.severity))
    for problem in worst_first[:_SHOWN]:
        said = f"{problem.where}: {problem.message(language)}"
        screen.print(f"{_MARKS[problem.severity]} {escape(said)}")
    if len(problems) > _SHOWN:
        screen.print(t("cli.index_more_problems", language, count=len(problems) - _SHOWN))


def _as_json(report: BuildReport, gate: Gate) -> str:
    problems, review = _problems_json(report.problems), gates.as_json(gate.review)
    return json.dumps(
        {**asdict(report), "problems": problems, "review": review}, ensure_ascii=False
    )


def _failure_json(error: KnowledgeError) -> str:
    found = error.params.get("problems")
    problems = _problems_json(found) if isinstance(found, tuple) else []
    said = {"error": error.message(cli_language()), "problems": problems}
    return json.dumps(said, ensure_ascii=False)


def _problems_json(problems: Iterable[Problem]) -> list[dict[str, object]]:
    language = cli_language()
    return [
        {
            "path": problem.path,
            "line": problem.line,
            "severity": problem.severity,
            "message": problem.message(language),
        }
        for problem in problems
    ]


class _Seen(DefaultFilter):
    """Changes of files that are read."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder.resolve()

    def __call__(self, change: Change, path: str) -> bool:
        parts = Path(path).resolve().relative_to(self._folder).parts
        return super().__call__(change, path) and not any(part[0] == "." for part in parts)


def _watch(settings: Settings, *, force: bool, as_json: bool) -> None:
    """Build again whenever a file changes, until Ctrl-C; a failed build says why and goes on."""
    screen = Console(stderr=True, highlight=False)
    screen.print(f"[dim]{t('cli.index_watching', cli_language())}[/]")
    # What the bot itself keeps there is in folders that begin with a dot.
    for _ in watch(settings.bot_knowledge_dir, watch_filter=_Seen(settings.bot_knowledge_dir)):
        try:
            _build(settings, full=False, force=force, as_json=as_json)
        except (KnowledgeError, BuildError) as error:
            screen.print(f"[red]✗[/] {escape(error.message(cli_language()))}")
