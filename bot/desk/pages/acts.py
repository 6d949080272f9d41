"""What an agent does with a ticket in one press: take, hand over, snooze, hand back, close, reopen.

The rules are in `bot/tickets/assignment.py` and `handover.py`. Every form works without a script.
"""

from collections.abc import Callable
from datetime import timedelta

import structlog
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from bot.conversations.live import QUEUE, conversation_topic
from bot.database.tables import TicketRow
from bot.desk.pages.guard import Call, Desk
from bot.desk.pages.queue import place
from bot.errors import InputError
from bot.tickets import amending, assignment, handover, presence, queue, tags, undo
from bot.types import now

log = structlog.get_logger()
_HOURS = ("1", "3", "24", "168")


async def take(desk: Desk, call: Call) -> Response:
    ticket_id, login, at = call.ticket_id, call.login, now()
    await _act(
        desk,
        call,
        "take",
        lambda session: assignment.take(session, ticket_id, login.name, at, takeover=login.lead),
    )
    return stay(call)


async def assign(desk: Desk, call: Call) -> Response:
    """To the colleague who was chosen, or to nobody, which is back to the queue."""
    ticket_id, login, at, form = call.ticket_id, call.login, now(), call.form

    def work(session: Session) -> TicketRow:
        return handover.assign(
            session,
            ticket_id,
            login.name,
            form.get("to", ""),
            at,
            note=form.get("note", ""),
            takeover=login.lead,
        )

    await _act(desk, call, "assign", work)
    return await _to_next(desk, call)


async def snooze(desk: Desk, call: Call) -> Response:
    """For some hours, until the shopper's next word, or no longer."""
    ticket_id, login, at, hours = call.ticket_id, call.login, now(), call.form.get("hours", "")
    if hours == "awake":
        await _act(desk, call, "wake", lambda s: handover.wake(s, ticket_id, login.name))
        return stay(call)
    if hours not in ("", *_HOURS):
        raise InputError("tickets.bad_time")
    until = at + timedelta(hours=int(hours)) if hours else None

    def work(session: Session) -> TicketRow:
        return handover.snooze(session, ticket_id, login.name, until, takeover=login.lead)

    await _act(desk, call, "snooze", work)
    return await _to_next(desk, call)


async def hand_back(desk: Desk, call: Call) -> Response:
    ticket_id, login, at = call.ticket_id, call.login, now()

    def work(session: Session) -> TicketRow:
        return assignment.hand_back(session, ticket_id, login.name, at, takeover=login.lead)

    await _act(desk, call, "hand_back", work)
    return await _to_next(desk, call)


async def close(desk: Desk, call: Call) -> Response:
    ticket_id, login, at = call.ticket_id, call.login, now()
    outcome = call.form.get("outcome", "")

    def work(session: Session) -> TicketRow:
        return assignment.close(
            session,
            ticket_id,
            login.name,
            at,
            takeover=login.lead,
            outcome=outcome,
            hold=desk.hold,
        )

    await _act(desk, call, "close", work)
    return await _to_next(desk, call, closed=ticket_id)


async def amend(desk: Desk, call: Call) -> Response:
    """Word anew what one has sent, or take it back."""
    ticket_id, name, turn_id, at = call.ticket_id, call.login.name, call.number("turn"), now()
    withdrawn = call.form.get("how") == "withdraw"
    text = "" if withdrawn else assignment.checked_text(call.form.get("text", ""))

    def work(session: Session) -> TicketRow:
        amending.amend(session, ticket_id, name, turn_id, text, at)
        return session.get_one(TicketRow, ticket_id)

    await _act(desk, call, "amend", work)
    return stay(call)


async def undo_last(desk: Desk, call: Call) -> Response:
    """Take back a reply, which is a draft again, or a close."""
    ticket_id, name, turn_id = call.ticket_id, call.login.name, call.number("turn")
    await _act(
        desk,
        call,
        "undo",
        lambda session: undo.take_back(session, ticket_id, name, turn_id, now()),
    )
    return stay(call)


async def reopen(desk: Desk, call: Call) -> Response:
    ticket_id, name, at = call.ticket_id, call.login.name, now()
    await _act(desk, call, "reopen", lambda session: handover.reopen(session, ticket_id, name, at))
    return stay(call)


async def tag(desk: Desk, call: Call) -> Response:
    """Add a tag, or take one away."""
    ticket_id, added, gone = call.ticket_id, call.form.get("add", ""), call.form.get("remove", "")
    name = call.login.name

    def work(session: Session) -> None:
        if gone:
            tags.remove(session, ticket_id, gone, name)
        else:
            tags.add(session, ticket_id, added, name)

    await desk.db.write(work)
    desk.live.spread(QUEUE)
    return stay(call)


async def typing(desk: Desk, call: Call) -> Response:
    """Let colleagues see that the agent writes, and the shopper, where the ticket is theirs."""
    ticket_id, name, at = call.ticket_id, call.login.name, now()
    detail = await desk.db.query(lambda session: assignment.show(session, ticket_id, limit=1))
    await desk.db.write(lambda session: presence.look(session, ticket_id, name, at, writes=True))
    desk.live.spread(presence_topic(ticket_id))
    if detail.ticket.status == "taken" and detail.ticket.agent == name:
        desk.live.spread(conversation_topic(detail.ticket.conversation_id), "typing")
    return Response(status_code=204)


def presence_topic(ticket_id: int) -> str:
    """Where those who look at a ticket hear of each other."""
    return f"presence:{ticket_id}"


def stay(call: Call) -> Response:
    return RedirectResponse(f"/desk/tickets/{call.ticket_id}{place(call).query}", 303)


async def _to_next(desk: Desk, call: Call, closed: int = 0) -> Response:
    """The conversation that waits next where the agent was, or the queue where nobody does."""
    here, name = place(call), call.login.name
    found = await desk.db.query(lambda session: queue.next_for(session, name, here.show, here.only))
    query = here.query
    if closed and desk.hold:
        query += f"{'&' if query else '?'}closed={closed}"
    return RedirectResponse((f"/desk/tickets/{found}" if found else "/desk") + query, 303)


async def _act(desk: Desk, call: Call, name: str, work: Callable[[Session], TicketRow]) -> None:
    ticket = await desk.db.write(work)
    log.info(
        "ticket changed",
        action=f"desk.{name}",
        ticket_id=call.ticket_id,
        user_id=call.login.user_id,
    )
    desk.on_reply(ticket.conversation_id)
