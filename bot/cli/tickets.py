"""`bot tickets list|show|take|reply|close|back`: parse, call `bot/tickets/assignment.py`, print.

A running server notices what is written here within a second and delivers it.
"""

import getpass
import json
import sys
import unicodedata
from collections.abc import Callable
from datetime import datetime
from math import ceil
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlmodel import Session

from bot.cli.context import Json, open_database
from bot.cli.language import cli_language, texts_of
from bot.cli.train import export
from bot.language.lines import plain
from bot.texts import shorten, t
from bot.tickets import assignment, notes, queue
from bot.tickets.assignment import Detail
from bot.tickets.queue import TicketView
from bot.types import Author, now

_LAST = 100  # characters of the last message in the list
_STYLES = {1: "bold red", 2: "yellow", 3: ""}
_AUTHORS = {Author.SHOPPER: "bold", Author.AGENT: "green", Author.BOT: "cyan", Author.SYSTEM: "dim"}

_t = texts_of("tickets")

app = typer.Typer(help=_t("cli_help"), no_args_is_help=True)
app.command("export", help=t("training.cli_export_help", cli_language()))(export)
Number = Annotated[int, typer.Argument(metavar="TICKET", help=_t("cli_ticket_help"))]
As = Annotated[str, typer.Option("--as", help=_t("cli_as_help"), show_default=False)]
Request = Annotated[int, typer.Argument(metavar="REQUEST", help=_t("cli_request_help"))]
Note = Annotated[str, typer.Option("--note", help=_t("cli_note_help"))]


@app.command("list", help=_t("cli_list_help"))
def list_(
    every: Annotated[bool, typer.Option("--all", help=_t("cli_all_help"))] = False,
    page: Annotated[int, typer.Option(min=1, max=1_000_000, help=_t("cli_page_help"))] = 1,
    as_json: Json = False,
) -> None:
    database = open_database()
    show: queue.Show = "all" if every else "open"
    with database.read() as session:
        views = queue.queue(session, show, page=page)
        total = queue.counts(session).of(show)
    if as_json:
        typer.echo(json.dumps([_plain(view) for view in views], ensure_ascii=False, indent=2))
    elif not views:
        Console().print(_t("cli_none"), markup=False)
    else:
        Console().print(_table(views))
        if total > queue.PAGE:
            pages = ceil(total / queue.PAGE)
            Console().print(_t("cli_pages", page=page, pages=pages, total=total), style="dim")


@app.command("show", help=_t("cli_show_help"))
def show(ticket: Number, as_json: Json = False) -> None:
    database = open_database()
    with database.read() as session:
        detail = assignment.show(session, ticket)
        written = notes.of_conversation(session, detail.ticket.conversation_id)
    if as_json:
        turns = [_plain_turn(detail, place) for place in range(len(detail.turns))]
        said = [
            {"at": note.at.isoformat(), "agent": note.agent, "text": note.text} for note in written
        ]
        whole = {**_plain(detail.ticket), "turns": turns, "notes": said}
        typer.echo(json.dumps(whole, ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False)
    console.print(_table([detail.ticket]))
    console.print(_safe(detail.ticket.summary), style="italic", markup=False)
    for turn in detail.turns:
        who = _safe(turn.agent or _t(f"author_{turn.author.value}"))
        style = _AUTHORS[turn.author]
        console.print(f"[dim]{turn.at.astimezone():%H:%M}[/] [{style}]{escape(who)}[/]", end="  ")
        words = plain(turn.text) if turn.author is Author.BOT else turn.text
        console.print(_safe(words), markup=False)
    for note in written:
        line = f"{note.at.astimezone():%Y-%m-%d %H:%M} · {note.agent}: {note.text}"
        console.print(_safe(line), style="dim", markup=False)


@app.command("take", help=_t("cli_take_help"))
def take(ticket: Number, agent: As = "") -> None:
    name = _name(agent)
    _write(lambda session, at: assignment.take(session, ticket, name, at))
    Console().print(_t("cli_took", ticket=ticket, agent=name), markup=False)


@app.command("reply", help=_t("cli_reply_help"))
def reply(
    ticket: Number,
    text: Annotated[str, typer.Argument(help=_t("cli_text_help"))] = "-",
    agent: As = "",
) -> None:
    said = sys.stdin.read() if text == "-" else text
    name = _name(agent)
    _write(lambda session, at: assignment.reply(session, ticket, name, said, at))
    Console().print(_t("cli_replied", ticket=ticket), markup=False)


@app.command("close", help=_t("cli_close_help"))
def close(ticket: Number, agent: As = "") -> None:
    name = _name(agent)
    _write(lambda session, at: assignment.close(session, ticket, name, at))
    Console().print(_t("cli_closed", ticket=ticket), markup=False)


@app.command("back", help=_t("cli_back_help"))
def back(ticket: Number, agent: As = "") -> None:
    name = _name(agent)
    _write(lambda session, at: assignment.hand_back(session, ticket, name, at))
    Console().print(_t("cli_back", ticket=ticket), markup=False)


@app.command("requests", help=_t("cli_requests_help"))
def requests_(ticket: Number, as_json: Json = False) -> None:
    from bot.tickets import requests

    database = open_database()
    with database.read() as session:
        views = requests.of_ticket(session, ticket)
    if as_json:
        typer.echo(json.dumps([_plain_request(view) for view in views], ensure_ascii=False))
        return
    console = Console(highlight=False)
    if not views:
        console.print(_t("cli_no_requests"), markup=False)
    for view in views:
        changed = view.changed and view.status == "open"
        status = _t("cli_request_changed") if changed else _t(f"cli_request_{view.status}")
        console.print(f"#{view.id} · {status}", style="bold", markup=False)
        console.print(_safe(view.summary), markup=False)


def _plain_request(view: Any) -> dict[str, Any]:
    return {
        "id": view.id,
        "kind": view.change.value,
        "order": view.order_id,
        "status": view.status,
        "summary": view.summary,
        "changed": view.changed,
        "agent": view.agent,
        "note": view.note,
    }


@app.command("approve", help=_t("cli_approve_help"))
def approve(request: Request, note: Note = "", agent: As = "") -> None:
    _decide(request, True, note, agent)


@app.command("decline", help=_t("cli_decline_help"))
def decline(request: Request, note: Note = "", agent: As = "") -> None:
    _decide(request, False, note, agent)


def _decide(request: int, approve: bool, note: str, agent: str) -> None:
    from bot.tickets import requests

    name = _name(agent)
    _write(
        lambda session, at: requests.decide(
            session, request, name, approve=approve, note=note, at=at
        )
    )
    Console().print(_t("cli_decided", request=request), markup=False)


def _write(work: Callable[[Session, datetime], object]) -> None:
    database = open_database()
    with database.begin() as session:
        work(session, now())


def _name(given: str) -> str:
    return given.strip() or getpass.getuser()


def _table(views: list[TicketView]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("ticket", "waiting", "priority", "status", "reason"):
        right = column in ("ticket", "waiting")
        table.add_column(
            _t(f"cli_column_{column}"),
            justify="right" if right else "left",
            no_wrap=column != "reason",
            overflow="fold",
        )
    for view in views:
        last = shorten(_safe(view.last_text), _LAST)
        held = f" · {_safe(view.agent)}" if view.agent else ""
        table.add_row(
            str(view.id),
            _clock(view.waiting_seconds) if view.waiting_since else "",
            _t(f"priority_{view.priority}"),
            escape(_t(f"status_{view.status}") + held),
            f"{_t(f'reason_{view.reason.value}')}\n[not bold dim]{escape(last)}[/]",
            style=_STYLES.get(view.priority, "") if view.status == "open" else "",
        )
    return table


def _safe(text: str) -> str:
    """A shopper's text without control characters, which could make a terminal do things."""
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) != "Cc")


def _clock(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def _plain(view: TicketView) -> dict[str, Any]:
    moments = ("created_at", "taken_at", "first_reply_at", "closed_at", "waiting_since", "last_at")
    return {
        "id": view.id,
        "conversation_id": view.conversation_id,
        "channel": view.chat.channel,
        "chat": view.chat.id,
        "status": view.status,
        "reason": view.reason.value,
        "priority": view.priority,
        "mood": view.mood,
        "language": view.language,
        "agent": view.agent,
        "summary": view.summary,
        "waiting_seconds": view.waiting_seconds,
        "last_text": view.last_text,
        **{name: at.isoformat() if (at := getattr(view, name)) else None for name in moments},
    }


def _plain_turn(detail: Detail, place: int) -> dict[str, Any]:
    turn = detail.turns[place]
    return {
        "id": turn.id,
        "author": turn.author.value,
        "agent": turn.agent,
        "text": turn.text,
        "language": turn.language,
        "at": turn.at.isoformat(),
        "sources": [
            {"id": one.id, "source": one.source, "score": one.score} for one in turn.sources
        ],
        "confidence": detail.meta.get(turn.id, {}).get("confidence"),
    }
