"""`bot gaps`: what shoppers asked and the knowledge does not answer."""

import json
from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.cli.context import Json, configured, open_database
from bot.cli.language import texts_of
from bot.insights import gaps as found_gaps
from bot.insights.gaps import DAYS, Draft, Gap
from bot.knowledge.index import Index
from bot.language.mask import mask
from bot.texts import shorten
from bot.types import now

_SHOWN = 25
_WIDTH = 70

_t = texts_of("gaps")


def gaps(
    days: Annotated[int, typer.Option("--days", min=1, max=365, help=_t("cli_days"))] = DAYS,
    as_json: Json = False,
) -> None:
    from bot.desk.pages.replay import masking

    at = now()
    index = Index.load_current(configured().bot_index_dir)
    db = open_database()
    try:
        with db.read() as session:
            questions = found_gaps.unanswered(session, at - timedelta(days))
            groups = found_gaps.group(questions, index.meanings, at)
            drafts = [found_gaps.drafted(session, each, masking) for each in groups]
    finally:
        db.close()
    if as_json:
        rows = [_row(gap, draft) for gap, draft in zip(groups, drafts, strict=True)]
        print(json.dumps(rows, ensure_ascii=False))
        return
    screen = Console(highlight=False)
    if not groups:
        screen.print(_t("none"))
        return
    table = Table(box=None, header_style="bold")
    for key in ("cost", "count", "trend", "question", "likely", "drafted"):
        table.add_column(_t(f"cli_{key}"))
    for gap, draft in list(zip(groups, drafts, strict=True))[:_SHOWN]:
        table.add_row(
            str(gap.cost),
            str(len(gap.questions)),
            f"{gap.lately} / {gap.before}",
            escape(shorten(draft.question, _WIDTH)),
            escape(gap.likely),
            "[green]✓[/]" if draft.answer else "",
        )
    screen.print(table)
    if len(groups) > _SHOWN:
        screen.print(_t("cli_more", count=len(groups) - _SHOWN))


def _row(gap: Gap, draft: Draft) -> dict[str, object]:
    return {
        "language": gap.language,
        "count": len(gap.questions),
        "cost": gap.cost,
        "ended": dict(gap.ended()),
        "lately": gap.lately,
        "before": gap.before,
        "likely": gap.likely,
        "examples": [mask(each.text) for each in gap.examples],
        "draft": {
            "id": draft.id,
            "question": draft.question,
            "variants": draft.phrasings.splitlines(),
            "answer": draft.answer,
        },
    }
