"""`bot claims`: parse, call `bot/studio/claims`, print."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot.cli.context import Json
from bot.cli.language import cli_language, texts_of
from bot.errors import InputError
from bot.language.detect import detect_language
from bot.studio.claims import Finding, findings
from bot.texts import LANGUAGES

_t = texts_of("claims")
_NAME = 255  # characters; nothing longer is a file


def claims(
    what: Annotated[str, typer.Argument(metavar="FILE|TEXT", help=_t("cli_what_help"))],
    language: Annotated[str, typer.Option(help=_t("cli_language_help"))] = "",
    as_json: Json = False,
) -> None:
    if language and language not in LANGUAGES:
        raise InputError("claims.cli_bad_language")
    text = text_of(what)
    found = findings(text, language or detect_language(text))
    if as_json:
        typer.echo(json.dumps([_plain(each, text) for each in found], ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False, soft_wrap=True)
    for each in found:
        line = text.count("\n", 0, each.start) + 1
        where = f"{_t('cli_line', line=line)}: " if "\n" in text.strip() else ""
        console.print(f"{where}[bold]{escape(text[each.start : each.end])}[/]  [dim]{each.rule}[/]")
        console.print(f"  {escape(each.why(cli_language()))}")
        laws = "; ".join(each.laws(cli_language()))
        console.print(f"  [dim]{_t('law')} {escape(laws)}[/]")
    console.print(_t("cli_count", count=len(found)) if found else _t("cli_none"))


def text_of(what: str) -> str:
    """The file's text where there is such a file, else what was typed."""
    path = Path(what)
    try:
        if "\n" in what or len(what) > _NAME or not path.is_file():
            return what
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise InputError("claims.cli_unreadable", file=what, reason=reason) from error


def _plain(finding: Finding, text: str) -> dict[str, object]:
    language = cli_language()
    return {
        "rule": finding.rule,
        "family": finding.family,
        "start": finding.start,
        "end": finding.end,
        "text": text[finding.start : finding.end],
        "why": finding.why(language),
        "law": list(finding.laws(language)),
    }
