"""`bot draft`: texts for products, on the screen, kept for review, or as a job of thousands."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.cli.context import Json, configured, open_database, operator, writing
from bot.cli.language import cli_language, texts_of
from bot.cli.progress import progress_bar
from bot.database.db import Database
from bot.errors import InputError
from bot.settings import Settings
from bot.studio.brief import Brief, Kind, Tone, checked
from bot.types import Language

if TYPE_CHECKING:
    from bot.studio.studio import Studio

_t = texts_of("drafts")
_AT_ONCE = 20  # drafts that are shown at once; more are a job


def draft(
    kind: Annotated[str, typer.Argument(help=_t("cli_kind"))],
    skus: Annotated[list[str] | None, typer.Argument(help=_t("cli_skus"))] = None,
    category: Annotated[str, typer.Option(help=_t("cli_category"))] = "",
    every: Annotated[bool, typer.Option("--all", help=_t("cli_all"))] = False,
    file: Annotated[Path | None, typer.Option("--file", help=_t("cli_file"))] = None,
    language: Annotated[str, typer.Option(help=_t("cli_language"))] = "",
    tone: Annotated[str, typer.Option(help=_t("cli_tone"))] = "",
    platform: Annotated[str, typer.Option(help=_t("cli_platform"))] = "",
    longest: Annotated[int, typer.Option(help=_t("cli_longest"))] = 0,
    goal: Annotated[str, typer.Option(help=_t("cli_goal"))] = "",
    audience: Annotated[str, typer.Option(help=_t("cli_audience"))] = "",
    occasion: Annotated[str, typer.Option(help=_t("cli_occasion"))] = "",
    budget: Annotated[int, typer.Option(help=_t("cli_budget"))] = 0,
    start: Annotated[str, typer.Option(help=_t("cli_start"))] = "",
    end: Annotated[str, typer.Option(help=_t("cli_end"))] = "",
    review: Annotated[str, typer.Option(help=_t("cli_review"))] = "",
    stars: Annotated[int, typer.Option(help=_t("cli_stars"))] = 0,
    keep: Annotated[bool, typer.Option("--keep", help=_t("cli_keep"))] = False,
    cap: Annotated[float, typer.Option(help=_t("cli_cap"))] = 0.0,
    estimate: Annotated[bool, typer.Option("--estimate", help=_t("cli_estimate"))] = False,
    job: Annotated[int, typer.Option(help=_t("cli_job"))] = 0,
    form: Annotated[str, typer.Option(help=_t("cli_form"))] = "json",
    out: Annotated[Path | None, typer.Option(help=_t("cli_out"))] = None,
    as_json: Json = False,
) -> None:
    settings = configured()
    if kind == "list":
        return _list(as_json)
    if kind == "jobs":
        return _jobs(as_json)
    if kind == "work":
        return _work(settings, job, as_json)
    if kind == "learn":
        return _learn(settings, file)
    if kind == "export":
        return _export(
            form,
            out or Path({"json": "drafts.json", "html": "drafts.html"}.get(form, f"{form}.csv")),
        )
    spoken = _language(language)
    brief = checked(
        Brief(
            kind=cast(Kind, kind),
            tone=cast(Tone, tone or "plain"),
            platform=platform,
            longest=longest,
            goal=goal,
            audience=audience,
            occasion=occasion,
            budget=budget,
            start=_day(start),
            end=_day(end),
            review=review,
            stars=stars,
        )
    )
    if not (skus or category or every or file):
        raise InputError("drafts.cli_nothing")
    return _draft(
        settings,
        brief,
        spoken,
        skus or (),
        category,
        file,
        toned=bool(tone),
        keep=keep,
        cap=cap,
        estimate=estimate,
        as_json=as_json,
    )


def _draft(
    settings: Settings,
    brief: Brief,
    language: Language,
    skus: Sequence[str],
    category: str,
    file: Path | None,
    *,
    toned: bool,
    keep: bool,
    cap: float,
    estimate: bool,
    as_json: bool,
) -> None:
    reader = cli_language()
    with closing(open_database()) as db:
        made, problems = _studio(settings, db, file)
        for problem in problems:
            Console(stderr=True, highlight=False).print(f"[yellow]![/] {escape(problem)}")
        if not toned:
            brief = replace(brief, tone=made.voice(language).tone)
        items = made.chosen(language, skus, category)
        cost = made.rates.each * len(items)
        if estimate:
            line = {"count": len(items), "cost": round(cost, 4)}
            print(
                json.dumps(line)
                if as_json
                else _t("cli_estimated", count=len(items), cost=f"{cost:.2f}")
            )
            return
        if len(items) > _AT_ONCE or cap:
            _job(made, items, brief, cap, reader, as_json=as_json)
            return
        for item in items:
            found = asyncio.run(made.draft(item, brief, reader))
            kept = asyncio.run(made.keep(found, operator())) if keep else 0
            _show(found, kept, as_json=as_json)


def _studio(settings: Settings, db: Database, file: Path | None) -> "tuple[Studio, Sequence[str]]":
    """The studio over the catalogue or a file, and what is wrong with that."""
    from bot.app.models import studio
    from bot.studio import sources

    problems: Sequence[str] = ()
    if file is None:
        items = sources.of_folder(settings.bot_knowledge_dir)
    else:
        items, problems = sources.read_file(file)
    return studio(
        settings, db, lambda language: [i for i in items if i.language == language]
    ), problems


def _show(found: Any, kept: int, *, as_json: bool) -> None:
    report = found.report
    if as_json:
        lines = [
            {"sentence": line.text, "traces": [asdict(each) for each in line.traces]}
            for line in report.audit.lines
        ]
        row = {
            "sku": found.item.sku,
            "kind": found.brief.kind,
            "language": found.item.language,
            "text": found.written.text,
            "model": found.written.model,
            "risk": report.risk,
            "coverage": round(report.audit.coverage, 4),
            "marks": [asdict(mark) for mark in report.marks],
            "ledger": lines,
            "draft": kept or None,
        }
        print(json.dumps(row, ensure_ascii=False))
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[bold]{escape(found.item.name)}[/] [dim]{escape(found.item.sku)}[/]")
    console.print(escape(found.written.text))
    console.print(f"[dim]{_t('cli_held', coverage=round(100 * report.audit.coverage))}[/]")
    for mark in report.marks:
        console.print(f"[{'red' if mark.blocks else 'yellow'}]![/] {escape(mark.why)}")
    if kept:
        console.print(f"[dim]{_t('cli_kept', id=kept)}[/]")
    console.print()


def _job(
    made: Any, items: Sequence[Any], brief: Brief, cap: float, reader: Language, *, as_json: bool
) -> None:
    job_id = asyncio.run(made.start(items, brief, cap=cap, by=operator()))
    if not as_json:
        print(_t("cli_started", id=job_id, count=len(items)))
    _go_on(made, job_id, len(items), reader, as_json=as_json)


def _go_on(made: Any, job_id: int, total: int, reader: Language, *, as_json: bool) -> None:
    from bot.studio import jobs

    with progress_bar(Console(stderr=True)) as bar:
        task = bar.add_task(_t("title"), total=total)
        found = asyncio.run(
            made.work(job_id, reader, lambda count: bar.update(task, completed=count))
        )
    with made.db.read() as session:
        failed = jobs.failures(session, job_id)
    if as_json:
        print(
            json.dumps(
                _progress(found) | {"failures": [each.error for each in failed]}, ensure_ascii=False
            )
        )
        return
    print(_line(found))
    for each in failed:
        print(_t("cli_failed", position=each.position, error=each.error))


def _work(settings: Settings, job_id: int, as_json: bool) -> None:
    """Go on with a job, or with every one that was left."""
    from bot.studio import jobs

    with closing(open_database()) as db:
        made, _ = _studio(settings, db, None)
        with db.read() as session:
            left = [job_id] if job_id else jobs.running(session)
            totals = {each: jobs.progress(session, each).total for each in left}
        for each, total in totals.items():
            _go_on(made, each, total, cli_language(), as_json=as_json)


def _learn(settings: Settings, file: Path | None) -> None:
    """Learn from the shop's own texts how values are worded; drafts are held to that, too."""
    from bot.studio.ledger.wordings import WORDINGS

    path = settings.bot_index_dir / WORDINGS
    with closing(open_database()) as db:
        made, _ = _studio(settings, db, file)
        learned = made.learn()
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        learned.save(path)
    print(_t("cli_learned", path=path))


def _list(as_json: bool) -> None:
    from bot.studio import store

    with closing(open_database()) as db, db.read() as session:
        rows = store.find(session, store.Wanted(), limit=100)
        if as_json:
            for row in rows:
                print(
                    json.dumps(
                        {
                            "id": row.id,
                            "sku": row.sku,
                            "kind": row.kind,
                            "language": row.language,
                            "risk": row.risk,
                            "coverage": row.coverage,
                        }
                    )
                )
            return
        table = Table(box=None, header_style="bold")
        for key in ("draft", "cli_skus", "what", "language", "marks"):
            table.add_column(_t(key))
        for row in rows:
            table.add_row(
                str(row.id),
                escape(row.sku),
                _t(f"kind_{row.kind}"),
                row.language,
                _t(f"risk_{row.risk}"),
            )
        Console(highlight=False).print(table if rows else _t("cli_no_drafts"))


def _jobs(as_json: bool) -> None:
    from bot.studio import jobs

    with closing(open_database()) as db, db.read() as session:
        for each in jobs.newest(session):
            print(json.dumps(_progress(each)) if as_json else _line(each))


def _export(form: str, out: Path) -> None:
    from bot.studio import export, store

    with closing(open_database()) as db, db.begin() as session:
        rows = store.find(session, store.Wanted(state="approved"), limit=100_000)
        kept = [store.get(session, row.id or 0) for row in reversed(rows)]
        _, _, content = export.exported(kept, form)
        with writing(out):
            out.write_text(content, encoding="utf-8")
        store.given_out(session, rows, form, operator())
    print(_t("cli_written", count=len(kept), path=out))


def _progress(found: Any) -> dict[str, object]:
    return {
        "job": found.row.id,
        "kind": found.row.kind,
        "state": found.row.state,
        "why": found.row.why,
        "total": found.total,
        "done": found.done,
        "failed": found.failed,
        "spent": round(found.row.spent, 4),
    }


def _line(found: Any) -> str:
    state = _t(f"job_{found.row.state}")
    return _t(
        "cli_progress",
        id=found.row.id,
        state=state,
        done=found.done,
        total=found.total,
        failed=found.failed,
    )


def _language(given: str) -> Language:
    if given not in ("", "en", "zh"):
        raise InputError("drafts.no_language", given=given)
    return "zh" if given == "zh" else "en" if given else cli_language()


def _day(given: str) -> date | None:
    try:
        return date.fromisoformat(given) if given else None
    except ValueError as error:
        raise InputError("drafts.bad_date", text=given) from error
