"""Several tickets at once: assigned or closed, each in a transaction of its own."""

import structlog
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from bot.desk.pages.guard import Call, Desk
from bot.desk.pages.queue import place
from bot.errors import ConflictError, DeskhandError, InputError
from bot.tickets import assignment, handover
from bot.tickets.queue import PAGE
from bot.types import now

log = structlog.get_logger()


async def bulk(desk: Desk, call: Call) -> Response:
    """Do to every chosen ticket what was pressed; say which could not be done."""
    form, login, at = call.form, call.login, now()
    chosen = [int(each) for each in form.get("ticket", "").split(",") if _number(each)][:PAGE]
    if not chosen or form.get("act") not in ("assign", "close"):
        raise InputError("desk.bulk_nothing")

    def work(session: Session, ticket_id: int) -> int:
        if form["act"] == "close":
            outcome = form.get("outcome", "")
            ticket = assignment.close(
                session, ticket_id, login.name, at, takeover=login.lead, outcome=outcome
            )
        else:
            to = form.get("to", "")
            ticket = handover.assign(session, ticket_id, login.name, to, at, takeover=login.lead)
        return ticket.conversation_id

    failed: dict[int, str] = {}
    for ticket_id in chosen:
        try:
            conversation_id = await desk.db.write(lambda s, each=ticket_id: work(s, each))  # type: ignore[misc]
        except DeskhandError as error:
            failed[ticket_id] = error.message(call.language)
        else:
            desk.on_reply(conversation_id)
    log.info("many changed", action=f"desk.bulk_{form['act']}", user_id=login.user_id)
    if failed:
        why = " ".join(f"#{ticket_id}: {reason}" for ticket_id, reason in failed.items())
        raise ConflictError("desk.bulk_partly", done=len(chosen) - len(failed), why=why)
    return RedirectResponse(f"/desk{place(call).query}", 303)


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
