"""Replies that are kept ready: offered while an agent types, and the page where leads keep them."""

import structlog
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from bot.conversations import conversation
from bot.database.tables import CannedRow, ConversationRow
from bot.desk.pages import focus, requests
from bot.desk.pages.guard import Call, Desk, status_of
from bot.errors import DeskhandError, NotFoundError
from bot.tickets import assignment, canned, teams, users
from bot.types import now

log = structlog.get_logger()


async def offered(desk: Desk, call: Call) -> Response:
    """The replies for what was typed behind "/", with what is known of the conversation in them."""
    typed, ticket_id, at = call.typed, call.ticket_id, now()

    def work(session: Session) -> list[tuple[str, str]]:
        detail = assignment.show(session, ticket_id, limit=20, at=at)
        scopes = requests.proven(session, [detail.ticket], at)
        ticket = requests.named(session, [detail.ticket], scopes)[0]
        row = session.get_one(ConversationRow, ticket.conversation_id)
        mind = focus.mind(row, detail.turns)
        known = {
            "name": ticket.name,
            "order": mind.order if mind else "",
            "agent": conversation.signature(session, call.login.name) or call.login.name,
            "ticket": str(ticket.id),
        }
        rows = canned.matching(session, typed, ticket.language)
        return [(f"/{row.shortcut}", canned.filled(row.text, known)) for row in rows]

    return call.page("offered.html", options=await desk.db.query(work))


async def colleagues(desk: Desk, call: Call) -> Response:
    """Whom one may call in a note, by what was typed behind "@"."""
    typed = call.typed.casefold()
    names = await desk.db.query(
        lambda session: [*(user.name for user in users.every(session)), *teams.every(session)]
    )
    found = [name for name in names if name != call.login.name and typed in name.casefold()]
    options = [(f"@{name}", f"@{name} ") for name in found[: canned.MOST]]
    return call.page("offered.html", options=options)


async def canned_page(desk: Desk, call: Call) -> Response:
    return await _page(desk, call)


async def put(desk: Desk, call: Call) -> Response:
    """Keep a reply; what can't be kept comes back with what was typed."""
    fields = {name: call.form.get(name, "") for name in ("shortcut", "language", "text")}
    at, by = now(), call.login.name
    try:
        await desk.db.write(lambda session: canned.put(session, **fields, at=at, by=by))
    except DeskhandError as error:
        return await _page(desk, call, error, fields)
    log.info("canned reply kept", action="desk.canned_put", user_id=call.login.user_id)
    return RedirectResponse("/desk/canned", 303)


async def remove(desk: Desk, call: Call) -> Response:
    given = call.form.get("id", "")
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        raise NotFoundError("canned.not_found")
    await desk.db.write(lambda session: canned.remove(session, int(given), by=call.login.name))
    log.info("canned reply removed", action="desk.canned_removed", user_id=call.login.user_id)
    return RedirectResponse("/desk/canned", 303)


async def _page(
    desk: Desk,
    call: Call,
    error: DeskhandError | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    rows: list[CannedRow] = await desk.db.query(canned.every)
    return call.page(
        "canned.html",
        status=status_of(error) if error else 200,
        replies=rows,
        typed=typed or {"shortcut": "", "language": call.language, "text": ""},
        error=error.message(call.language) if error else None,
    )
