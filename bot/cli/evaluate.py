"""Measure and learn: `bot eval`, `eval-mood`, `calibrate`, `calibrate-check`, `train-heads`."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.progress import Progress, TaskID, track
from rich.table import Table

from bot.cli.context import Json, configured, writing
from bot.cli.language import cli_language, texts_of
from bot.knowledge import confidence
from bot.knowledge.confidence import Reading
from bot.texts import t
from bot.types import Language

Found = TypeVar("Found")

_help = texts_of("cli")


def evaluate(
    questions: Annotated[Path, typer.Argument(metavar="QUESTIONS.jsonl", help=_help("eval_file"))],
    as_json: Json = False,
    runs: Annotated[Path | None, typer.Option(metavar="OUT.jsonl", help=_help("eval_runs"))] = None,
    plots: Annotated[Path | None, typer.Option(metavar="FOLDER", help=_help("eval_plots"))] = None,
) -> None:
    """Ask every question of a file and print the measures of `bot/knowledge/evaluate.py`."""
    from bot.app import asker
    from bot.knowledge import evaluate as measure

    settings = configured()
    asked = measure.read(questions)
    found = _watched(measure.run(asked, asker(settings)), len(asked))
    if runs is not None:
        with writing(runs):
            measure.write_runs(runs, found)
    if plots is not None:
        from bot.knowledge import pictures

        with writing(plots):
            pictures.write(plots, asked, found, cli_language())
    _show(measure.metrics(asked, found), as_json=as_json)


def evaluate_mood(
    messages: Annotated[
        Path, typer.Argument(metavar="MESSAGES.jsonl", help=_help("eval_mood_file"))
    ],
    as_json: Json = False,
    runs: Annotated[
        Path | None, typer.Option(metavar="OUT.jsonl", help=_help("eval_mood_runs"))
    ] = None,
) -> None:
    """Read the mood of every message of a file; the measures are `bot/dialogue/measure.py`'s."""
    from bot.app import feeler
    from bot.dialogue import measure

    settings = configured()
    said = measure.read(messages)
    moods = _watched(measure.run(said, feeler(settings)), len(said))
    if runs is not None:
        with writing(runs):
            measure.write_runs(runs, moods)
    _show(measure.metrics(said, moods), as_json=as_json)


def _watched(found: Iterator[Found], total: int) -> list[Found]:
    """All of `total`, found one by one under a bar of progress."""
    said = t("cli.eval_asking", cli_language())
    screen = Console(stderr=True)
    return list(track(found, description=said, total=total, console=screen, transient=True))


def train_heads(
    examples: Annotated[Path | None, typer.Option(help=_help("heads_examples"))] = None,
    out: Annotated[Path | None, typer.Option(help=_help("heads_out"))] = None,
    only: Annotated[list[str] | None, typer.Option(help=_help("heads_only"))] = None,
) -> None:
    """Fit the heads on their examples, for each of the current index's encoders, and write their
    numbers."""
    from bot.knowledge.index import Index
    from bot.language import examples as taught_by
    from bot.language import heads, teaching
    from bot.language.bridge import encodable
    from bot.language.encoder import Encoder, Vectors

    index = Index.load_current(configured().bot_index_dir)
    language, given = cli_language(), taught_by.read(examples or taught_by.SHIPPED)
    for encoder in index.encoders:

        def encode(texts: Sequence[str], encoder: Encoder = encoder) -> Vectors:
            return encoder.encode(
                [encodable(text, multilingual=encoder.multilingual) for text in texts]
            )

        taught, figures = {}, {}
        for name, of_head in given.items():
            if only and name not in only:
                continue
            given_it = of_head if encoder.multilingual else teaching.bridged(of_head, name)
            learned = teaching.teach(given_it, encode, name)
            taught[name], figures[name] = learned.head, learned.figures(len(of_head))
            line = t("cli.heads_taught", language, head=name, **figures[name])
            Console(highlight=False).print(line)
        with writing(out or heads.SHIPPED):
            folder = heads.save(encoder.card.name, taught, figures, out or heads.SHIPPED)
        Console().print(t("cli.calibrate_done", language, path=folder))


def calibrate(
    out: Annotated[Path | None, typer.Option(help=_help("calibrate_out"))] = None,
    questions: Annotated[
        Path | None, typer.Option(metavar="QUESTIONS.jsonl", help=_help("calibrate_questions"))
    ] = None,
    seed: Annotated[int, typer.Option(help=_help("calibrate_seed"))] = 1,
) -> None:
    """Fit the confidence on the current index's own phrasings and write it to a file."""
    from bot.knowledge import calibrate as learn
    from bot.knowledge.evaluate import read
    from bot.knowledge.index import Index

    settings = configured()
    index = Index.load_current(settings.bot_index_dir)
    weights = dict(confidence.load())
    asked = [(each.question, each.expected) for each in read(questions)] if questions else []
    with Progress(console=Console(stderr=True), transient=True) as bar:

        def of_phrasings(reading: Reading, *, thinned: bool) -> list[learn.Case]:
            label = t("cli.calibrate_asking", cli_language(), spoken=reading)
            tell = partial(_advance, bar, bar.add_task(label))
            return learn.cases(
                index, reading, weights, seed=seed, thinned=thinned, on_progress=tell
            )

        for reading in learn.readings(index):
            learned_from = learn.also_without(reading)
            thinned = [case for each in learned_from for case in of_phrasings(each, thinned=True)]
            weights[reading] = learn.fit(thinned, weights[reading])
            served = (
                learn.asked_cases(index, reading, weights, asked)
                if asked
                else of_phrasings(reading, thinned=False)
            )
            weights[reading] = learn.set_thresholds(served, weights[reading])
    target = out or confidence.SHIPPED
    with writing(target):
        confidence.save(target, weights)
    Console().print(t("cli.calibrate_done", cli_language(), path=target))


def calibrate_check(
    out: Annotated[Path | None, typer.Option(help=_help("calibrate_out"))] = None,
    seed: Annotated[int, typer.Option(help=_help("calibrate_seed"))] = 1,
) -> None:
    """Fit what counts as support on the current index's own statements; print held-out figures."""
    from bot.knowledge.index import Index
    from bot.writing.grounding import fit, support

    index = Index.load_current(configured().bot_index_dir)
    languages: tuple[Language, ...] = ("en", "zh")
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(t("cli.check_pairing", cli_language()), total=None)
        pairs = [pair for language in languages for pair in fit.pairs(index, language, seed=seed)]
        bar.update(task, description=t("cli.check_comparing", cli_language()))
        weights, figures = fit.fit(index, pairs, partial(_advance, bar, task))
    target = out or support.SHIPPED
    with writing(target):
        support.save(target, weights)
    screen = Console(highlight=False)
    screen.print(
        t(
            "cli.check_figures",
            cli_language(),
            pairs=figures.pairs,
            auroc=f"{figures.auroc:.3f}",
            kept=f"{figures.supported_kept:.1%}",
            passed=f"{figures.unsupported_kept:.1%}",
        )
    )
    screen.print(t("cli.calibrate_done", cli_language(), path=target))


def _show(metrics: Mapping[str, float], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({name: _json_number(value) for name, value in metrics.items()}))
        return
    table = Table(box=None, show_header=False)
    for name, value in metrics.items():
        table.add_row(name, f"{value:.3f}" if isinstance(value, float) else str(value))
    Console().print(table)


def _json_number(value: float) -> float | None:
    """JSON has no nan: a measure that nothing defines is null."""
    return None if math.isnan(value) else round(value, 4)


def _advance(bar: Progress, task: TaskID, done: int, total: int) -> None:
    bar.update(task, completed=done, total=total)
