"""The copilot beside a conversation: a drafted reply, which an agent sends, and the knowledge.

What is offered is kept in `bot/tickets/copilot.py`; who drafts and finds is handed in.
"""

import structlog
from starlette.responses import RedirectResponse, Response

from bot.desk.pages.guard import Call, Desk
from bot.desk.pages.queue import place
from bot.errors import NotFoundError
from bot.tickets import assignment, copilot
from bot.types import Language, now

log = structlog.get_logger()


async def draft(desk: Desk, call: Call) -> Response:
    """Have a reply drafted, to be read on the conversation's page."""
    ticket_id, name, at = call.ticket_id, call.login.name, now()
    made = await desk.helper.draft(ticket_id) if desk.helper else None
    if made is None:
        raise NotFoundError("copilot.nothing")
    await desk.db.write(lambda session: copilot.keep(session, ticket_id, name, made, at).id)
    log.info("drafted", action="desk.draft", ticket_id=ticket_id, sure=made.sure)
    return _back(call)


async def discard(desk: Desk, call: Call) -> Response:
    ticket_id, name, number = call.ticket_id, call.login.name, call.number("copilot")
    await desk.db.write(lambda session: copilot.discard(session, ticket_id, name, number))
    return _back(call)


async def translate(desk: Desk, call: Call) -> Response:
    """Put a message of the shopper's into the agent's language, for everybody who reads it."""
    turn_id, ticket_id = call.number("turn"), call.ticket_id
    if desk.helper is None or desk.helper.translate is None:
        raise NotFoundError("copilot.not_translated")
    found = await desk.db.query(lambda session: assignment.show(session, ticket_id, limit=1))
    await desk.helper.translate(turn_id, found.ticket.conversation_id, call.language)
    log.info("translated", action="desk.translate", ticket_id=ticket_id)
    return _back(call)


async def knowledge(desk: Desk, call: Call) -> Response:
    """What the knowledge has on any question: a page, or the list alone for the script."""
    wanted = call.request.query_params.get("in", "") or call.language
    language: Language = "zh" if wanted == "zh" else "en"
    asked = bool(desk.helper and call.typed.strip())
    known = await desk.helper.ask(call.typed, language) if desk.helper and asked else []
    template = "known.html" if call.scripted else "knowledge.html"
    return call.page(template, typed=call.typed, known=known, asked=asked, language=language)


def _back(call: Call) -> Response:
    if call.scripted:
        return Response(status_code=204)
    return RedirectResponse(f"/desk/tickets/{call.ticket_id}{place(call).query}", 303)
