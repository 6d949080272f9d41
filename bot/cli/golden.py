"""`bot golden`: the questions that every build must answer from the right entry."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.cli.context import Json, configured
from bot.cli.language import cli_language, texts_of
from bot.errors import BuildError, InputError
from bot.knowledge import golden
from bot.knowledge.index import Index
from bot.settings import Settings
from bot.texts import t

_help = texts_of("cli")

app = typer.Typer(no_args_is_help=True)


@app.command("list", help=_help("golden_list"))
def list_(as_json: Json = False) -> None:
    questions = golden.read(configured().bot_knowledge_dir)
    if as_json:
        print(json.dumps([each.model_dump() for each in questions], ensure_ascii=False))
        return
    table, language = Table(box=None, header_style="bold"), cli_language()
    for key in ("index.question", "golden.expected"):
        table.add_column(t(key, language))
    for each in questions:
        expected = ", ".join(sorted(each.expected)) or t("golden.person", language)
        table.add_row(escape(each.question), escape(expected))
    Console(highlight=False).print(table if questions else t("golden.none", language))


@app.command("add", help=_help("golden_add"))
def add(
    question: Annotated[str, typer.Argument(help=_help("golden_question"))],
    entries: Annotated[list[str] | None, typer.Argument(help=_help("golden_entries"))] = None,
) -> None:
    settings = configured()
    _known(settings, entries or [])
    golden.keep(settings.bot_knowledge_dir, question, entries or None)
    Console(highlight=False).print(t("golden.kept", cli_language(), path=golden.FILE))


@app.command("remove", help=_help("golden_remove"))
def remove(question: Annotated[str, typer.Argument(help=_help("golden_question"))]) -> None:
    golden.remove(configured().bot_knowledge_dir, question)
    Console(highlight=False).print(t("golden.removed", cli_language()))


def _known(settings: Settings, entries: list[str]) -> None:
    """`InputError` names an entry that the current index does not hold; without one, all pass."""
    try:
        index = Index.load_current(settings.bot_index_dir)
    except BuildError:
        return
    for entry_id in entries:
        if not index.languages_of(entry_id):
            raise InputError("golden.no_entry", id=entry_id)
