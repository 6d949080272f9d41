"""`bot health`: what is wrong with the knowledge."""

import json
from dataclasses import asdict
from datetime import timedelta
from itertools import groupby

from rich.console import Console
from rich.markup import escape

from bot.cli.context import Json, configured, open_database
from bot.cli.language import cli_language, texts_of
from bot.conversations.uses import uses
from bot.knowledge.index import CurrentIndex
from bot.types import now

_SHOWN = 10  # of a kind; --json has them all

_t = texts_of("health")


def health(as_json: Json = False) -> None:
    from bot.desk.health import DAYS
    from bot.desk.library import KnowledgeLibrary

    settings = configured()
    db = open_database()
    try:
        with db.read() as session:
            used = uses(session, now() - timedelta(days=DAYS))
    finally:
        db.close()
    library = KnowledgeLibrary(CurrentIndex(settings.bot_index_dir).get, settings.bot_knowledge_dir)
    found = library.examine(used, cli_language())
    if as_json:
        print(json.dumps([asdict(each) for each in found], ensure_ascii=False))
        return
    screen = Console(highlight=False, soft_wrap=True)
    if not found:
        screen.print(_t("none"))
    for kind, same in groupby(found, key=lambda each: each.kind):
        those = list(same)
        screen.print(f"[bold]{escape(_t(f'kind_{kind}'))}[/] ({len(those)})")
        for each in those[:_SHOWN]:
            said = " · ".join([*each.entries, *filter(None, [each.note]), each.where])
            screen.print(f"  {escape(said)}")
            for quote in each.quotes:
                screen.print(f"    [dim]“{escape(quote)}”[/]")
        if len(those) > _SHOWN:
            screen.print(f"  {escape(_t('more', count=len(those) - _SHOWN))}")
