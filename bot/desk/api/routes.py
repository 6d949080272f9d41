"""The REST API: who asks, with what token, and each address. `docs/api.md` says it for its users.

Answers are JSON; a refusal is `{"error": what a person can read, "code": a stable name}`.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

import structlog
from sqlmodel import Session, col, select
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.conversations import conversation
from bot.database import audit
from bot.database.db import Database
from bot.database.tables import ConversationRow, TicketRow
from bot.desk import numbers
from bot.desk.pages.guard import status_of, storable
from bot.errors import DeskhandError, ForbiddenError, InputError, NotFoundError
from bot.insights import report
from bot.insights.report import PERIODS, Asked
from bot.texts import preferred, t
from bot.tickets import assignment, notes, tokens, webhooks
from bot.tickets.sla import Sla
from bot.tickets.tokens import Bearer
from bot.types import Turn, now

log = structlog.get_logger()
_NO_SLA = Sla()
_BODY = 64 * 1024  # bytes
_MOST = 100  # of a list
numbers.register()
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True)
class Ask:
    """A request with a token that may do it. `body` is empty unless it is a POST."""

    request: Request
    by: Bearer
    body: Mapping[str, Any]

    @property
    def ticket_id(self) -> int:
        return int(self.request.path_params["ticket_id"])

    def number(self, name: str, default: int) -> int:
        """A number of the query. `InputError` for what is none."""
        given = self.request.query_params.get(name, str(default))
        if not (given.isascii() and given.isdigit() and len(given) < 10):
            raise InputError("connections.bad_field", name=name)
        return int(given)

    def text(self, name: str) -> str:
        """A text of the body, "" where it has none. `InputError` for anything else."""
        value = self.body.get(name, "")
        if not isinstance(value, str):
            raise InputError("connections.bad_field", name=name)
        return storable(value)


Handler = Callable[[Ask], Awaitable[Any]]


def routes(
    db: Database,
    *,
    on_reply: Callable[[int], None],
    zone: tzinfo = UTC,
    sla: Sla = _NO_SLA,
) -> list[Route]:
    """Everything under /api/v1; `on_reply(conversation_id)` hears of each committed write."""

    async def tickets(ask: Ask) -> Any:
        status, after = ask.request.query_params.get("status", ""), ask.number("after", 0)
        limit = min(_MOST, max(1, ask.number("limit", 50)))
        if status not in ("", "open", "taken", "closed"):
            raise InputError("connections.bad_field", name="status")
        query = (
            select(TicketRow, ConversationRow.channel)
            .join(ConversationRow, col(ConversationRow.id) == TicketRow.conversation_id)
            .where(col(TicketRow.id) > after)
            .order_by(col(TicketRow.id))
            .limit(limit)
        )
        if status:
            query = query.where(TicketRow.status == status)
        rows = await db.query(lambda session: session.exec(query).all())
        return {"tickets": [webhooks.about(row, channel) for row, channel in rows]}

    async def ticket(ask: Ask) -> Any:
        return await db.query(lambda session: _ticket(session, ask.ticket_id))

    async def turns(ask: Ask) -> Any:
        """What was said after a turn, at most a hundred, oldest first."""
        after = ask.number("after", 0)

        def work(session: Session) -> Any:
            row = session.get(TicketRow, ask.ticket_id)
            if row is None:
                raise NotFoundError("tickets.not_found", ticket=ask.ticket_id)
            said = conversation.turns_after(session, row.conversation_id, after, _MOST)
            return {"turns": [_turn(turn) for turn in said]}

        return await db.query(work)

    async def acted(ask: Ask, act: str, work: Callable[[Session, datetime], object]) -> Any:
        def both(session: Session) -> Any:
            work(session, now())
            audit.note(session, f"connection.{act}", ask.by.user, ask.ticket_id, token=ask.by.token)
            session.flush()
            return _ticket(session, ask.ticket_id)

        told = await db.write(both)
        on_reply(told["conversation_id"])
        return told

    async def reply(ask: Ask) -> Any:
        text, request_id = ask.text("text"), ask.text("request_id")[:64] or None
        return await acted(
            ask,
            "replied",
            lambda session, at: assignment.reply(
                session, ask.ticket_id, ask.by.user, text, at, request_id=request_id
            ),
        )

    async def note(ask: Ask) -> Any:
        text, user = ask.text("text"), ask.by.user
        return await acted(
            ask, "noted", lambda session, at: notes.add(session, ask.ticket_id, user, text, at)
        )

    async def close(ask: Ask) -> Any:
        outcome, user = ask.text("outcome"), ask.by.user
        return await acted(
            ask,
            "closed",
            lambda session, at: assignment.close(session, ask.ticket_id, user, at, outcome=outcome),
        )

    async def figures(ask: Ask) -> Any:
        days = ask.number("days", Asked().days)
        if days not in PERIODS:
            raise InputError("report.cli_bad_days")
        made = await db.query(lambda s: report.make(s, Asked(days=days), now(), zone, sla.kept))
        groups = {
            by: {part: asdict(each) for part, each in parts.items()}
            for by, parts in made.groups.items()
        }
        return {"since": made.since.isoformat(), **asdict(made.whole), "by": groups}

    def at(path: str, scope: str, handler: Handler, method: str = "GET") -> Route:
        return Route(f"/api/v1{path}", _guarded(db, scope, handler), methods=[method])

    one = "/tickets/{ticket_id:row}"
    return [
        at("/tickets", "read", tickets),
        at(one, "read", ticket),
        at(f"{one}/turns", "read", turns),
        at(f"{one}/reply", "write", reply, "POST"),
        at(f"{one}/note", "write", note, "POST"),
        at(f"{one}/close", "write", close, "POST"),
        at("/report", "report", figures),
    ]


def _guarded(
    db: Database, scope: str, handler: Handler
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        language = preferred(request.headers)
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        found = None
        if kind.lower() == "bearer" and token.isascii() and len(token) < 200:
            found = await db.query(lambda session: tokens.bearer(session, token.strip()))
        if found is None:
            said = {"error": t("connections.no_token", language), "code": "connections.no_token"}
            return JSONResponse(said, 401, {**_HEADERS, "WWW-Authenticate": "Bearer"})
        by, used_at = found
        try:
            if scope not in by.scopes:
                raise ForbiddenError("connections.no_scope", scope=scope)
            if tokens.stale(used_at, now()):
                await db.write(lambda session: tokens.used(session, by.token_id, now()))
            body = await _body(request) if request.method == "POST" else {}
            return JSONResponse(await handler(Ask(request, by, body)), headers=_HEADERS)
        except DeskhandError as error:
            said = {"error": error.message(language), "code": error.key}
            return JSONResponse(said, status_of(error), _HEADERS)

    return endpoint


async def _body(request: Request) -> Mapping[str, Any]:
    """The JSON object that was sent. `InputError` for anything else, or more than 64 KiB."""
    raw = bytearray()
    try:
        async for piece in request.stream():
            raw += piece
            if len(raw) > _BODY:
                raise InputError("connections.bad_body")
        found = json.loads(raw or b"{}")
    except (ValueError, RecursionError, ClientDisconnect) as error:
        raise InputError("connections.bad_body") from error
    if not isinstance(found, dict):
        raise InputError("connections.bad_body")
    return found


def _ticket(session: Session, ticket_id: int) -> dict[str, Any]:
    row = session.get(TicketRow, ticket_id)
    if row is None:
        raise NotFoundError("tickets.not_found", ticket=ticket_id)
    place = session.get_one(ConversationRow, row.conversation_id)
    return {**webhooks.about(row, place.channel), "summary": row.summary, "name": place.name}


def _turn(turn: Turn) -> dict[str, Any]:
    return {
        "id": turn.id,
        "author": turn.author.value,
        "agent": turn.agent,
        "text": turn.text,
        "language": turn.language,
        "at": turn.at.isoformat(),
        "sources": [{"id": each.id, "title": each.title} for each in turn.sources],
    }
