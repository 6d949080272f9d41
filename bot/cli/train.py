"""`bot train` and `bot tickets export`: parse, call `bot/writing/training/`, report."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import TaskID
from rich.table import Table

from bot.cli.context import Json, configured, open_database
from bot.cli.language import cli_language, texts_of
from bot.cli.progress import progress_bar
from bot.errors import InputError
from bot.texts import shorten

if TYPE_CHECKING:
    from bot.writing.training.report import Report

_INTERRUPTED = 130  # exit code
_SHOWN = 300  # characters of an answer in the table; --json and deskhand.json have all


Method = Literal["auto", "full", "lora"]

_t = texts_of("training")


def train(
    dialogues: Annotated[Path, typer.Argument(metavar="DIALOGUES.jsonl", help=_t("cli_file"))],
    base: Annotated[str, typer.Option(help=_t("cli_base"))],
    out: Annotated[Path, typer.Option(help=_t("cli_out"))],
    method: Annotated[Method, typer.Option(help=_t("cli_method"))] = "auto",
    epochs: Annotated[float, typer.Option(min=0.01, help=_t("cli_epochs"))] = 3.0,
    steps: Annotated[int | None, typer.Option(min=1, help=_t("cli_steps"))] = None,
    batch: Annotated[int, typer.Option(min=1, help=_t("cli_batch"))] = 8,
    rate: Annotated[float | None, typer.Option(min=0.0, help=_t("cli_rate"))] = None,
    tokens: Annotated[int, typer.Option(min=16, help=_t("cli_tokens"))] = 512,
    held_out: Annotated[float, typer.Option(min=0.01, max=0.5, help=_t("cli_held_out"))] = 0.1,
    answers: Annotated[int, typer.Option(min=0, help=_t("cli_answers"))] = 3,
    seed: Annotated[int, typer.Option(help=_t("cli_seed"))] = 1,
    threads: Annotated[int, typer.Option(min=0, help=_t("cli_threads"))] = 0,
    restart: Annotated[bool, typer.Option("--restart", help=_t("cli_restart"))] = False,
    as_json: Json = False,
) -> None:
    """Fine-tune BASE on a file of dialogues; prints loss and answers before and after."""
    settings = configured()
    screen = Console(stderr=True, highlight=False)
    with screen.status(_t("stage_load")):
        os.environ.setdefault("TQDM_DISABLE", "1")  # read once, when the library is imported
        from bot.writing.training.options import Options
        from bot.writing.training.trainer import InterruptedRun
        from bot.writing.training.trainer import train as run

    options = Options(
        base=base.removeprefix("local:"),
        method=method,
        epochs=epochs,
        steps=steps,
        batch=batch,
        rate=rate or None,
        tokens=tokens,
        held_out=held_out,
        shown=answers,
        seed=seed,
        threads=threads or settings.bot_llm_threads,
    )
    bar = _Bar(screen)
    try:
        with _gentle_stop() as stopped, bar.shown:
            report = run(
                dialogues,
                out,
                options,
                language=cli_language(),
                restart=restart,
                progress=bar.tell,
                stop=lambda: bool(stopped),
            )
    except InterruptedRun as error:
        screen.print(f"[yellow]![/] {escape(error.message(cli_language()))}")
        raise typer.Exit(_INTERRUPTED) from error
    if as_json:
        print(json.dumps({"out": str(out), **report.as_json()}, ensure_ascii=False))
    else:
        _print(Console(highlight=False), report, out)


def export(
    out: Annotated[Path, typer.Argument(metavar="OUT.jsonl", help=_t("cli_export_out"))],
    yes: Annotated[bool, typer.Option("--yes", help=_t("cli_yes"))] = False,
) -> None:
    """Write resolved tickets as dialogues for `bot train`, personal data masked."""
    from bot.writing.training import export as exporting

    if not yes:
        typer.confirm(_t("export_confirm", out=out), abort=True)
    database = open_database()
    try:
        with database.read() as session:
            count = exporting.write(out, exporting.dialogues(session))
    finally:
        database.close()
    if not count:
        out.unlink()
        raise InputError("training.nothing_to_export")
    Console(highlight=False, soft_wrap=True).print(escape(_t("exported", count=count, out=out)))


class _Bar:
    """One line of progress a stage."""

    def __init__(self, screen: Console) -> None:
        self.shown = progress_bar(screen)
        self._tasks: dict[str, TaskID] = {}

    def tell(self, stage: str, done: int, total: int, loss: float | None) -> None:
        """Show that `done` of `total` (0: unknown) of a stage is done."""
        label = _t(f"stage_{stage}")
        if loss is not None:
            label = f"{label} · {_t('loss', loss=f'{loss:.3f}')}"
        if stage not in self._tasks:
            self._tasks[stage] = self.shown.add_task(label, total=None)
        task = self._tasks[stage]
        self.shown.update(task, description=label, completed=done, total=total or None)


@contextmanager
def _gentle_stop() -> Iterator[list[int]]:
    """The first Ctrl-C or SIGTERM is noted in the list; another one ends at once."""
    noted: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        if noted:
            raise KeyboardInterrupt
        noted.append(number)

    before = {each: signal.signal(each, note) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield noted
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _print(screen: Console, report: "Report", out: Path) -> None:
    from bot.writing.training.report import sparkline

    figures = Table(box=None, header_style="bold")
    figures.add_column("")
    for key in ("before", "after"):
        figures.add_column(_t(key), justify="right")
    figures.add_row(_t("row_loss"), f"{report.loss_before:.3f}", f"{report.loss_after:.3f}")
    figures.add_row(
        _t("row_perplexity"), f"{report.perplexity_before:.1f}", f"{report.perplexity_after:.1f}"
    )
    screen.print(figures)
    curve = sparkline([loss for _, loss in report.held_out_losses])
    screen.print(f"[dim]{_t('curve', curve=curve)}[/]")
    if report.answers:
        said = Table(show_lines=True, header_style="bold")
        for key in ("question", "expected", "before", "after"):
            said.add_column(_t(key), ratio=1, overflow="fold")
        for one in report.answers:
            texts = (one.question, one.expected, one.before, one.after)
            said.add_row(*(escape(shorten(text, _SHOWN)) for text in texts))
        screen.print(said)
    if report.too_long:
        screen.print(f"[yellow]![/] {_t('too_long', count=report.too_long)}")
    if report.stopped_early:
        screen.print(f"[dim]{_t('stopped_early', step=report.steps, best=report.best_step)}[/]")
    if not report.better:
        screen.print(f"[yellow]![/] {_t('not_better')}")
    done = _t(
        "done",
        out=out,
        answers=report.trained_on,
        steps=report.steps,
        method=_t(f"method_{report.method}"),
        device=report.device,
        seconds=f"{report.seconds:.0f}",
    )
    screen.print(f"[green]✓[/] {escape(done)}")
