"""`bot recalls`: answers whose entry says something else by now. They are corrected at the desk."""

import json
from datetime import timedelta

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.cli.context import Json, configured, open_database
from bot.cli.language import texts_of
from bot.conversations import corrections
from bot.knowledge.index import CurrentIndex
from bot.types import now

_t = texts_of("recalls")


def recalls(as_json: Json = False) -> None:
    from bot.desk.library import KnowledgeLibrary

    settings = configured()
    index = CurrentIndex(settings.bot_index_dir)
    library = KnowledgeLibrary(index.get, settings.bot_knowledge_dir)
    db = open_database()
    try:
        since = now() - timedelta(days=corrections.DAYS)
        with db.read() as session:
            found = corrections.recalls(session, library.versions, since)
    finally:
        db.close()
    if as_json:
        rows = [
            {
                "id": each.entry_id,
                "told": len(each.told),
                "since": each.since.isoformat(),
                "reached": len(each.reached),
            }
            for each in found
        ]
        print(json.dumps(rows, ensure_ascii=False))
        return
    table = Table(box=None, header_style="bold")
    for key in ("entry", "told", "since", "reached"):
        table.add_column(_t(f"cli_{key}"))
    for each in found:
        since_day = each.since.strftime("%Y-%m-%d %H:%M")
        counts = (str(len(each.told)), since_day, str(len(each.reached)))
        table.add_row(escape(each.entry_id), *counts)
    Console(highlight=False).print(table if found else _t("none"))
