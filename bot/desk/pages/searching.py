"""The desk's search, and a conversation that it finds and nobody was called to."""

from typing import Any

from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from bot.conversations import conversation
from bot.database.tables import ConversationRow
from bot.desk.pages.guard import Call, Desk
from bot.desk.pages.queue import listed
from bot.errors import NotFoundError
from bot.tickets import finding, queue
from bot.types import now

_TURNS = 200


async def search_page(desk: Desk, call: Call) -> Response:
    """The queue with what was found in its place."""
    typed, at = call.typed, now()

    def work(session: Session) -> dict[str, Any]:
        return {"hits": finding.find(session, typed), **listed(desk, session, call, at)}

    return call.page("desk.html", typed=typed, **await desk.db.query(work))


async def results(desk: Desk, call: Call) -> Response:
    """What is found by what is typed so far."""
    typed = call.typed
    hits = await desk.db.query(lambda session: finding.find(session, typed))
    return call.page("found.html", typed=typed, hits=hits)


async def conversation_page(desk: Desk, call: Call) -> Response:
    """A conversation that the bot has alone, to read; with a ticket it is the ticket's page."""
    conversation_id, at = int(call.request.path_params["conversation_id"]), now()
    query = call.typed

    def work(session: Session) -> int | dict[str, Any]:
        row = session.get(ConversationRow, conversation_id)
        if row is None:
            raise NotFoundError("inbox.no_conversation", conversation=conversation_id)
        if ticket := queue.newest_of(session, conversation_id):
            return ticket
        turns = conversation.history(session, conversation_id, _TURNS)
        read = {"name": row.name, "status": row.status, "turns": turns}
        return {"read": read, **listed(desk, session, call, at)}

    found = await desk.db.query(work)
    if isinstance(found, int):
        return RedirectResponse(f"/desk/tickets/{found}", 303)
    return call.page("desk.html", typed=query, **found)
