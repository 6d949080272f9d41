"""`bot ask` and `bot chat`: a shopper's side of the flow, in the terminal.

Both go the whole way: inbox, worker, outbox, and a ticket where one is due.
"""

import asyncio
import getpass
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console as Screen
from rich.markup import escape
from rich.text import Text
from sqlmodel import Session, col, select

from bot.app import App, answering, build
from bot.catalogue.focus import Focus
from bot.channels.console import Console
from bot.cli.context import Json, configured
from bot.cli.language import cli_language, texts_of
from bot.database.tables import ConversationRow, InboxRow, OutboxRow, TicketRow, TurnRow
from bot.errors import BusyError, InputError
from bot.language.lines import lines, spelt
from bot.language.markdown import Run, parse, verbatim
from bot.texts import t
from bot.types import Author, Chat, Incoming, Language, Source, Turn

_LOOK_EVERY = 0.01  # seconds

_help = texts_of("cli")


def ask(
    text: Annotated[str, typer.Argument(help=_help("ask_text"))],
    chat: Annotated[str, typer.Option(help=_help("ask_chat"))] = "",
    as_json: Json = False,
) -> None:
    """One message through the whole flow; prints the answer."""
    if not text.strip():
        raise InputError("tickets.empty")
    app = build(configured())
    try:
        result, told = asyncio.run(_ask(app, chat or f"ask-{uuid.uuid4().hex}", text))
    finally:
        app.db.close()
    if as_json:
        print(json.dumps(result, ensure_ascii=False))
        return
    language = cli_language()
    screen = Screen(highlight=False)
    for turn in told:
        _show(screen, turn, language)
    if not result["text"]:
        screen.print(t("cli.agent_has_it", language))
    screen.print(f"[dim]{escape(_verdict(result, language))}[/]")


async def _ask(app: App, chat_id: str, text: str) -> tuple[dict[str, Any], list[Turn]]:
    """The contract's object, and all that the shopper was told: an agent may have written, too."""
    told: list[Turn] = []
    terminal = Console(chat_id, cli_language(), read=lambda: "", show=told.append)
    async with answering(app, {terminal.name: terminal}):
        return await exchange(app, terminal.chat, text), told


async def exchange(app: App, chat: Chat, text: str, choice: str | None = None) -> dict[str, Any]:
    """The contract's object for a message, once it is answered; `app` is answering already."""
    message_id = uuid.uuid4().hex
    said = Incoming(chat, message_id, text, language=cli_language(), choice=choice)
    await app.flow.receive(said)
    while True:
        found = await app.db.query(lambda session: _outcome(session, chat, message_id))
        if found is not None:
            return found
        await asyncio.sleep(_LOOK_EVERY)


def _outcome(session: Session, chat: Chat, message_id: str) -> dict[str, Any] | None:
    """The contract's object for a message; None while it is not answered and all of it told."""
    inbox, conversation = session.exec(
        select(InboxRow, ConversationRow)
        .join(ConversationRow, col(ConversationRow.id) == InboxRow.conversation_id)
        .where(
            InboxRow.message_id == message_id,
            ConversationRow.channel == chat.channel,
            ConversationRow.chat_id == chat.id,
        )
    ).one()
    untold = select(OutboxRow.id).where(
        OutboxRow.conversation_id == inbox.conversation_id, OutboxRow.status == "open"
    )
    if inbox.status == "open" or session.exec(untold).first() is not None:
        return None
    turn = session.get(TurnRow, inbox.answer_turn_id) if inbox.answer_turn_id else None
    if inbox.status == "dead":  # given up: the bot has said so
        later = select(TurnRow).where(
            TurnRow.conversation_id == inbox.conversation_id,
            TurnRow.author == Author.BOT.value,
            col(TurnRow.id) > inbox.turn_id,
        )
        turn = session.exec(later).first()
    if turn is None:  # a person has the conversation: the bot is silent
        reason = session.exec(
            select(TicketRow.reason)
            .where(TicketRow.conversation_id == inbox.conversation_id)
            .order_by(col(TicketRow.id).desc())
        ).first()
        return {
            "action": "escalate",
            "text": "",
            "confidence": 0.0,
            "reason": reason or "bot_failed",
            "sources": [],
            "language": conversation.language,
            "acts": [],
            "products": [],
        }
    return {
        "action": turn.meta["action"],
        "text": turn.text,
        "confidence": turn.meta["confidence"],
        "reason": turn.meta.get("reason"),
        "sources": [
            {key: source[key] for key in ("id", "source", "score")}
            for source in turn.sources or _offered(turn)
        ],
        "language": turn.language,
        "acts": turn.meta.get("acts", []),
        "products": turn.meta.get("products")
        or list(Focus.of_sources(Source(**each) for each in turn.sources).skus),
    }


def _offered(turn: TurnRow) -> list[dict[str, Any]]:
    """The entries behind a clarification's buttons."""
    pressed = {button["value"].removeprefix("entry:") for button in turn.buttons}
    return [each for each in turn.meta.get("candidates", []) if each["id"] in pressed]


def chat(chat: Annotated[str, typer.Option(help=_help("ask_chat"))] = "") -> None:
    """Talk with the bot in the terminal; an agent's replies arrive here, too."""
    language = cli_language()
    screen = Screen(highlight=False)
    app = build(configured())
    terminal = Console(
        chat or f"{getpass.getuser()}-{uuid.uuid4().hex[:8]}",
        language,
        read=lambda: input(t("cli.chat_prompt", language)),
        show=lambda turn: _show(screen, turn, language),
    )
    shop = app.settings.bot_shop_name or t("web.shop_name", language)
    screen.print(f"[bold]{escape(shop)}[/]\n[dim]{t('cli.chat_welcome', language)}[/]\n")

    async def talk() -> None:
        async def receive(incoming: Incoming) -> None:
            try:
                await app.flow.receive(incoming)
            except BusyError as error:
                screen.print(f"[yellow]{escape(error.message(language))}[/]")

        async with answering(app, {terminal.name: terminal}):
            await terminal.run(receive)

    try:
        asyncio.run(talk())
    finally:
        app.db.close()
    screen.print(f"\n[dim]{t('cli.chat_bye', language)}[/]")


def _show(screen: Screen, turn: Turn, language: Language) -> None:
    name = turn.agent if turn.author is Author.AGENT else t("chat.bot_name", language)
    screen.print(f"[bold cyan]{escape(name or '')}[/]")
    screen.print(rendered(turn))
    for place, button in enumerate(turn.buttons, 1):
        screen.print(f"  [bold]{place}[/]  {escape(button.label)}")
    sources = [
        {"id": s.id, "source": s.source, "url": s.url, "title": s.title} for s in turn.sources
    ]
    for line in _source_lines(sources, language):
        screen.print(line)
    for picture in filter(None, (source.image for source in turn.sources)):
        screen.print(f"[dim]{escape(t('cli.picture', language, address=picture))}[/]")
    screen.print()


def rendered(turn: Turn) -> Text:
    """What a turn says, in a terminal's styles; an agent's words as they wrote them."""
    tree = verbatim(turn.text) if turn.author is Author.AGENT else parse(turn.text)
    return Text.assemble(*((run.text, _style(run)) for run in spelt(lines(tree))))


def _style(run: Run) -> str:
    styles = {"b": "bold", "i": "italic", "s": "strike", "code": "cyan", "pre": "cyan"}
    return " ".join([*(styles[mark] for mark in run.marks), *(["underline"] if run.link else [])])


def _source_lines(sources: Sequence[Mapping[str, Any]], language: Language) -> list[str]:
    return [
        "[dim]"
        + escape(
            t("cli.source", language, title=each.get("title") or each["id"], source=each["source"])
        )
        + "[/]"
        for each in sources
    ]


def _verdict(result: Mapping[str, Any], language: Language) -> str:
    reason = result["reason"]
    action = t(f"cli.action_{result['action']}", language)
    why = f" ({t(f'tickets.reason_{reason}', language)})" if reason else ""
    percent = f"{result['confidence']:.0%}"
    return f"{action}{why} · {t('cli.confidence', language, percent=percent)}"
