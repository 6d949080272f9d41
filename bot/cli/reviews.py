"""`bot reviews`: parse, call `bot/studio/reviews`, print."""

import json
from functools import cache
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot.cli.context import Json, configured, open_database
from bot.cli.language import cli_language, texts_of
from bot.cli.products import wares as wares_in
from bot.cli.progress import progress_bar
from bot.errors import NotFoundError
from bot.language.wording import fold
from bot.settings import Settings
from bot.studio.reviews import reading, store
from bot.studio.reviews import report as reviews_report
from bot.studio.reviews.analysis import ASPECT, KINDS, Analyst
from bot.studio.reviews.importing import import_reviews
from bot.studio.reviews.points import Point
from bot.studio.reviews.report import Report
from bot.studio.reviews.shown import share_of
from bot.studio.wares import Wares, names_of
from bot.types import now

_SHOWN = 20  # problems that are printed
_POINTS = 12  # of each kind

_t = texts_of("reviews")

app = typer.Typer(help=_t("cli_help"), no_args_is_help=True)


@app.command("import", help=_t("cli_import_help"))
def import_(
    path: Annotated[Path, typer.Argument(metavar="FILE", help=_t("cli_file_help"))],
    as_json: Json = False,
) -> None:
    settings = configured()
    reviews, problems = reading.read(path)
    database, wares = open_database(), wares_in(settings)
    names = names_of(wares)
    screen = Console(stderr=True, highlight=False)
    with progress_bar(screen) as bar:
        task = bar.add_task(_t("cli_reading"), total=len(reviews))
        done = import_reviews(
            database,
            reviews,
            cache(lambda: _analyst(settings)),
            names,
            lambda count: bar.update(task, completed=count),
        )
    database.close()
    strangers = [each.product for each in reviews if fold(each.product) not in names]
    if as_json:
        said = [{"where": each.where, "message": each.message(cli_language())} for each in problems]
        counts = {"added": done.added, "unchanged": done.unchanged, "unknown": len(strangers)}
        print(json.dumps({**counts, "problems": said}, ensure_ascii=False))
        return
    for problem in problems[:_SHOWN]:
        line = f"{problem.where}: {problem.message(cli_language())}"
        screen.print(f"[red]✗[/] {escape(line)}", soft_wrap=True)
    if len(problems) > _SHOWN:
        screen.print(_t("cli_more_problems", count=len(problems) - _SHOWN))
    counted = {"added": done.added, "unchanged": done.unchanged, "skipped": len(problems)}
    Console(highlight=False).print(_t("cli_done", **counted), soft_wrap=True)
    if strangers and wares:
        said_so = _t("cli_strangers", count=len(strangers), example=strangers[0])
        screen.print(f"[yellow]![/] {escape(said_so)}", soft_wrap=True)


@app.command("report", help=_t("cli_report_help"))
def report(
    product: Annotated[str, typer.Option(help=_t("cli_product_help"))] = "",
    quotes: Annotated[int, typer.Option(min=0, max=50, help=_t("cli_quotes_help"))] = 2,
    as_json: Json = False,
) -> None:
    settings = configured()
    wares = wares_in(settings)
    sku = names_of(wares).get(fold(product), product)
    database = open_database()
    with database.read() as session:
        reviews = store.load(session)
    database.close()
    if product and all(each.sku != sku for each in reviews):
        raise NotFoundError("reviews.cli_no_product", product=product)
    made = reviews_report.make(reviews, sku, wares, now().date())
    if as_json:
        plain = reviews_report.plain(made, cli_language())
        typer.echo(json.dumps(plain, ensure_ascii=False, indent=2))
        return
    _print(Console(highlight=False, soft_wrap=True), made, wares, quotes)


@app.command("fit", help=_t("cli_fit_help"))
def fit() -> None:
    from bot.language.encoder import Encoder
    from bot.language.word_states import WordStates
    from bot.studio.reviews import teaching

    folder = _encoder_folder(configured())
    figures = teaching.teach(Encoder(folder), WordStates(folder))
    typer.echo(_t("cli_fitted", **figures))


def _print(console: Console, made: Report, wares: Wares, quotes: int) -> None:
    language = cli_language()
    ware = wares.get(made.sku)
    name = ware.name(language) if ware else made.sku or _t("all")
    console.print(f"[bold]{escape(name)}[/]")
    stars = f" · {_t('stars')}: {made.mean} ({_t('stars_hint', count=made.rated)})"
    counted = f"{_t('good')}: {made.good} · {_t('bad')}: {made.bad}"
    rated = stars if made.mean is not None else ""
    console.print(f"{_t('count')}: {made.count}{rated} · {counted}")
    for alarm in made.alarms:
        key = "alarm_sudden" if alarm.sudden else "alarm_safety"
        console.print(f"[bold red]! {escape(_t(key, name=alarm.point.name(language)))}[/]")
    for kind in (ASPECT, *KINDS):
        if found := made.of(kind):
            console.print(f"\n[bold]{_t('aspects' if kind == ASPECT else kind)}[/]")
            for point in found[:_POINTS]:
                _point(console, point, quotes)
    for denied in made.denied:
        point = denied.point
        said = {"sentence": denied.sentence, "complained": point.complained, "count": point.count}
        console.print(f"\n[yellow]→[/] {escape(_t('denied', **said))}")


def _point(console: Console, point: Point, quotes: int) -> None:
    language = cli_language()
    judged = ""
    if point.kind == ASPECT:
        praised = _t("praised", count=point.praised)
        judged = f" · {praised} · {_t('complained', count=point.complained)}"
    said = share_of(point, language)
    console.print(f"  {escape(point.name(language))} [dim]{escape(said)}{judged}[/]")
    for quote in point.quotes[:quotes]:
        console.print(f"    [dim]“{escape(quote.text)}”[/]")


def _analyst(settings: Settings) -> Analyst:
    return Analyst(_encoder_folder(settings))


def _encoder_folder(settings: Settings) -> Path:
    """The multilingual encoder's export, made where there is none yet."""
    from bot.language import exports
    from bot.language.embedder import MULTILINGUAL_MODEL

    return exports.export(MULTILINGUAL_MODEL, settings.bot_index_dir / "encoders").folder
