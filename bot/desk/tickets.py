"""The queue and one ticket's page: look, take, reply, note, hand back, close.

The rules are in `bot/agents.py`. Every form works without a script; with one, replies are sent in
place and the pages refresh themselves from the fragments below.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlmodel import Session
from starlette.responses import JSONResponse, RedirectResponse, Response

from bot import agents, attachments, feedback, outbox
from bot.agents import Detail, TicketView
from bot.desk import requests
from bot.desk.guard import Call, Desk, status_of
from bot.errors import DeskhandError, NotFoundError
from bot.live import conversation_topic
from bot.types import Author, now

log = structlog.get_logger()
SHOWS = ("open", "mine", "closed")
_FRAGMENT_TURNS = 200


@dataclass(frozen=True)
class Counts:
    """How many tickets each filter holds; `waiting` are those that nobody has."""

    waiting: int
    open: int
    mine: int


@dataclass(frozen=True)
class Suggestion:
    """An entry that the bot had found for the last question, for the agent to start from."""

    title: str
    text: str
    score: float
    url: str | None = None


async def queue_page(desk: Desk, call: Call) -> Response:
    return call.page("queue.html", **await _queue(desk, call))


async def queue_fragment(desk: Desk, call: Call) -> Response:
    return call.page("queue_fragment.html", **await _queue(desk, call))


async def ticket_page(desk: Desk, call: Call) -> Response:
    return await _ticket_page(desk, call)


async def ticket_fragment(desk: Desk, call: Call) -> Response:
    """The turns after the reader's cursor, and everything else on the page that may change."""
    given = call.request.query_params.get("after", "0")
    after = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0
    return call.page("ticket_fragment.html", **await _ticket(desk, call, after))


async def take(desk: Desk, call: Call) -> Response:
    await _act(desk, call, agents.take)
    return RedirectResponse(f"/desk/tickets/{call.ticket_id}", 303)


async def hand_back(desk: Desk, call: Call) -> Response:
    await _act(desk, call, agents.hand_back)
    return RedirectResponse("/desk", 303)


async def close(desk: Desk, call: Call) -> Response:
    await _act(desk, call, agents.close)
    return RedirectResponse("/desk", 303)


async def reply(desk: Desk, call: Call) -> Response:
    """Send the text; when it can't be sent, the page comes back with the text still in it."""
    text, ticket_id, login, at = call.form.get("text", ""), call.ticket_id, call.login, now()
    request_id = call.form.get("request_id", "")[:64] or None

    def work(session: Session) -> int:
        agents.reply(
            session,
            ticket_id,
            login.name,
            text,
            at,
            request_id=request_id,
            takeover=login.admin,
        )
        return agents.show(session, ticket_id, limit=1).ticket.conversation_id

    return await _sent(desk, call, work, "desk.reply", draft=text)


async def note(desk: Desk, call: Call) -> Response:
    text, ticket_id, name, at = call.form.get("text", ""), call.ticket_id, call.login.name, now()

    def work(session: Session) -> int:
        return agents.note(session, ticket_id, name, text, at).conversation_id

    return await _sent(desk, call, work, "desk.note", note_draft=text)


async def typing(desk: Desk, call: Call) -> Response:
    """Let the shopper see that the agent who has the ticket is writing; nothing is stored."""
    detail = await desk.db.query(lambda session: agents.show(session, call.ticket_id, limit=1))
    if detail.ticket.status == "taken" and detail.ticket.agent == call.login.name:
        desk.live.hint(conversation_topic(detail.ticket.conversation_id), "typing")
    return Response(status_code=204)


async def _act(desk: Desk, call: Call, action: Callable[..., Any]) -> None:
    ticket_id, login, at = call.ticket_id, call.login, now()

    def work(session: Session) -> int:
        changed = action(session, ticket_id, login.name, at, takeover=login.admin)
        return int(changed.conversation_id)

    conversation_id = await desk.db.write(work)
    log.info(
        "ticket changed",
        action=f"desk.{action.__name__}",
        ticket_id=ticket_id,
        user_id=login.user_id,
    )
    desk.on_reply(conversation_id)


async def _sent(
    desk: Desk, call: Call, work: Callable[[Session], int], action: str, **drafts: str
) -> Response:
    try:
        conversation_id = await desk.db.write(work)
    except NotFoundError:
        raise
    except DeskhandError as error:
        if call.scripted:
            raise
        message = error.message(call.language)
        return await _ticket_page(desk, call, status_of(error), error=message, **drafts)
    log.info("written", action=action, ticket_id=call.ticket_id, user_id=call.login.user_id)
    desk.on_reply(conversation_id)
    if call.scripted:
        return JSONResponse({"request_id": secrets.token_urlsafe(12)})
    return RedirectResponse(f"/desk/tickets/{call.ticket_id}", 303)


async def _queue(desk: Desk, call: Call) -> dict[str, Any]:
    wanted = call.request.query_params.get("show", "open")
    show = wanted if wanted in SHOWS else "open"
    at = now()
    tickets = await desk.db.query(
        lambda session: agents.queue(session, include_closed=show == "closed", at=at)
    )
    unclosed = [ticket for ticket in tickets if ticket.status != "closed"]
    mine = [ticket for ticket in unclosed if ticket.agent == call.login.name]
    shown = {"open": unclosed, "mine": mine}.get(
        show, [ticket for ticket in tickets if ticket.status == "closed"]
    )
    return {
        "tickets": shown,
        "show": show,
        "counts": count(unclosed, call.login.name),
    }


def count(unclosed: Sequence[TicketView], name: str) -> Counts:
    return Counts(
        waiting=sum(ticket.status == "open" for ticket in unclosed),
        open=len(unclosed),
        mine=sum(ticket.agent == name for ticket in unclosed),
    )


async def _ticket_page(desk: Desk, call: Call, status: int = 200, **context: Any) -> Response:
    drafts = {"draft": "", "note_draft": "", **context}
    return call.page("ticket.html", status=status, **await _ticket(desk, call, 0), **drafts)


async def _ticket(desk: Desk, call: Call, after: int) -> dict[str, Any]:
    ticket_id, login, at = call.ticket_id, call.login, now()

    def work(session: Session) -> tuple[Detail, Detail, list[TicketView], dict[str, Any]]:
        detail = agents.show(session, ticket_id, after=after, limit=_FRAGMENT_TURNS, at=at)
        newest = detail if after == 0 else agents.show(session, ticket_id, limit=20, at=at)
        conversation_id = detail.ticket.conversation_id
        beside = _with_turns(session, detail, newest) | {
            "shopper": requests.shopper(session, conversation_id, call.language, at),
            "requests": requests.of_ticket(session, ticket_id),
        }
        return detail, newest, agents.queue(session, at=at), beside

    detail, newest, unclosed, beside = await desk.db.query(work)
    ticket = detail.ticket
    others = ticket.status == "taken" and ticket.agent != login.name
    return {
        "ticket": ticket,
        "turns": detail.turns,
        "meta": detail.meta,
        **beside,
        "suggestions": suggestions(newest),
        "counts": count(unclosed, login.name),
        "others": others,
        "can_act": ticket.status != "closed" and (not others or login.admin),
        "request_id": secrets.token_urlsafe(12),
        "cursor": detail.turns[-1].id if detail.turns else after,
    }


def _with_turns(session: Session, detail: Detail, newest: Detail) -> dict[str, Any]:
    """What stands beside turns and may come later than they: for new ones and the last few."""
    turns = {turn.id: turn for turn in (*newest.turns, *detail.turns)}
    ours = [turn.id for turn in turns.values() if turn.author is not Author.SHOPPER]
    ratable = [turn.id for turn in turns.values() if feedback.ratable(turn)]
    return {
        "rated": feedback.ratings(session, ratable),
        "files": attachments.of_turns(session, turns),
        "lost": outbox.undelivered(session, ours),
    }


def suggestions(detail: Detail) -> tuple[Suggestion, ...]:
    """What the bot had found, from the newest of its turns that says so, best first."""
    for turn in reversed(detail.turns):
        found = detail.meta.get(turn.id, {}).get("candidates")
        if turn.author in (Author.BOT, Author.SYSTEM) and isinstance(found, list):
            read = [_suggestion(item) for item in found if isinstance(item, Mapping)]
            return tuple(item for item in read if item is not None)
    return ()


def _suggestion(item: Mapping[str, Any]) -> Suggestion | None:
    """Stored by whichever version of the bot wrote the turn, hence read with care."""
    title, text, score = item.get("title", ""), item.get("text", ""), item.get("score", 0.0)
    url = item.get("url")
    if not isinstance(title, str) or not isinstance(text, str) or not text:
        return None
    return Suggestion(
        title or text[:60],
        text,
        float(score) if isinstance(score, int | float) else 0,
        # A page of the shop's; anything else would make the agent press on who knows what.
        url if isinstance(url, str) and url.startswith(("https://", "http://")) else None,
    )
