"""One ticket beside the queue: look, reply, note. What else is done with it is in `acts.py`.

The rules are in `bot/tickets/assignment.py`. Every form works without a script; with one,
replies are sent in place and the pages refresh themselves from the fragments below.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlmodel import Session
from starlette.responses import JSONResponse, Response

from bot.conversations import attachments, feedback, outbox
from bot.conversations.uploads import uploaded
from bot.database.tables import ConversationRow
from bot.desk.pages import acts, focus, requests
from bot.desk.pages.advisers import Advised
from bot.desk.pages.guard import Call, Desk, status_of
from bot.desk.pages.queue import listed, place
from bot.errors import DeskhandError, NotFoundError
from bot.language.foreign import spoken
from bot.tickets import assignment, copilot, drafts, notes, presence, tags, users
from bot.tickets.assignment import Detail
from bot.types import Author, Language, Turn, now

log = structlog.get_logger()
_FRAGMENT_TURNS = 200


@dataclass(frozen=True)
class Suggestion:
    """An entry that the bot had found for the last question, for the agent to start from."""

    title: str
    text: str
    score: float
    url: str | None = None


async def ticket_page(desk: Desk, call: Call) -> Response:
    ticket_id, name = call.ticket_id, call.login.name
    begun = await desk.db.query(lambda session: drafts.get(session, ticket_id, name))
    return await _ticket_page(desk, call, draft=begun)


async def ticket_fragment(desk: Desk, call: Call) -> Response:
    """The turns after the reader's cursor, and everything else on the page that may change."""
    after, noted = (_cursor(call, name) for name in ("after", "noted"))
    return call.page("ticket_fragment.html", **await _ticket(desk, call, after, noted))


async def reply(desk: Desk, call: Call) -> Response:
    """Send the text; when it can't be sent, the page comes back with the text still in it."""
    text, ticket_id, login, at = call.form.get("text", ""), call.ticket_id, call.login, now()
    request_id = call.form.get("request_id", "")[:64] or None
    drafted = call.number("copilot")

    def work(session: Session) -> int:
        assignment.reply(
            session,
            ticket_id,
            login.name,
            text,
            at,
            request_id=request_id,
            takeover=login.lead,
            file=uploaded(*call.file) if call.file else None,
            hold=desk.hold,
        )
        if drafted:
            copilot.sent(session, ticket_id, login.name, drafted, text)
        return assignment.show(session, ticket_id, limit=1).ticket.conversation_id

    return await _sent(desk, call, work, "desk.reply", draft=text)


async def note(desk: Desk, call: Call) -> Response:
    text, ticket_id, name, at = call.form.get("text", ""), call.ticket_id, call.login.name, now()

    def work(session: Session) -> int:
        return notes.add(session, ticket_id, name, text, at).conversation_id

    return await _sent(desk, call, work, "desk.note", note_draft=text)


async def contact(desk: Desk, call: Call) -> Response:
    """The page with the shopper's contact in full; each time that is asked for is logged."""
    ticket_id, name, at = call.ticket_id, call.login.name, now()
    found = await desk.db.write(lambda session: requests.contact(session, ticket_id, name, at))
    return await _ticket_page(desk, call, contact=found)


async def draft(desk: Desk, call: Call) -> Response:
    """Keep what the agent has written so far."""
    text, ticket_id, name, at = call.form.get("text", ""), call.ticket_id, call.login.name, now()
    await desk.db.write(lambda session: drafts.keep(session, ticket_id, name, text, at))
    return Response(status_code=204)


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
    return acts.stay(call)


async def _ticket_page(desk: Desk, call: Call, status: int = 200, **context: Any) -> Response:
    texts = {"draft": "", "note_draft": "", "contact": (), **context}
    whole = await _ticket(desk, call, 0, 0)
    if whole["counts"].called:  # by a note, which is looked at now
        conversation_id, at = whole["ticket"].conversation_id, now()
        await desk.db.write(
            lambda session: notes.seen(session, call.login.name, conversation_id, at)
        )
    return call.page("desk.html", status=status, **whole, **texts)


def _cursor(call: Call, name: str) -> int:
    given = call.request.query_params.get(name, "0")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0


async def _ticket(desk: Desk, call: Call, after: int, noted: int) -> dict[str, Any]:
    """What the page shows; of what was said and noted, what came after these two."""
    ticket_id, login, at = call.ticket_id, call.login, now()

    def work(session: Session) -> tuple[Detail, Detail, dict[str, Any]]:
        detail = assignment.show(session, ticket_id, after=after, limit=_FRAGMENT_TURNS, at=at)
        newest = detail if after == 0 else assignment.show(session, ticket_id, limit=20, at=at)
        conversation_id = detail.ticket.conversation_id
        known = requests.proven(session, [detail.ticket], at)
        beside = _with_turns(session, detail, newest) | {
            "shopper": requests.shopper(session, conversation_id, call.language, at),
            "requests": requests.of_ticket(session, ticket_id),
            "mind": focus.mind(session.get_one(ConversationRow, conversation_id), newest.turns),
            "address": requests.address_left(session, conversation_id, detail.ticket.created_at),
            "ticket": requests.named(session, [detail.ticket], known)[0],
            "stake": requests.at_stake(session, known, call.language).get(ticket_id),
            "own_tags": tags.of_tickets(session, [ticket_id]).get(ticket_id, ()),
            "earlier": requests.earlier(session, detail.ticket, known.get(ticket_id)),
            "content": feedback.satisfaction(session, ticket_id),
            "lookers": presence.others(session, ticket_id, login.name, at),
            "colleagues": [user.name for user in users.every(session) if user.name != login.name],
            "notes": notes.of_conversation(session, conversation_id, after=noted),
            "advised": _advised(desk, session, conversation_id, call.language),
            "drafted": copilot.newest(session, ticket_id, login.name, newest.turns),
        }
        one = beside["ticket"]
        beside["due"] = None if one.asleep else desk.sla.due(one, at)
        return detail, newest, beside | listed(desk, session, call, at)

    detail, newest, beside = await desk.db.query(work)
    ticket, written = detail.ticket, beside.pop("notes")
    written = [note for note in written if note.ticket_id == ticket_id]
    if after == 0 and len(detail.turns) == _FRAGMENT_TURNS:  # what is older is not shown
        written = [note for note in written if note.at >= detail.turns[0].at]
    others = ticket.status == "taken" and ticket.agent != login.name
    can_act = ticket.status != "closed" and (not others or login.lead)
    return {
        "thread": sorted((*detail.turns, *written), key=lambda each: each.at),
        "meta": detail.meta,
        "before": detail.before,
        **beside,
        "suggestions": suggestions(newest),
        "brief": copilot.summary(
            newest.turns, [turn for turn, value in beside["rated"].items() if value < 0]
        ),
        "helps": desk.helper is not None,
        "foreign": _foreign(desk, detail.turns, call.language),
        "others": others,
        "can_act": can_act,
        "request_id": secrets.token_urlsafe(12),
        "my_turns": {turn.id for turn in newest.turns if turn.agent == login.name},
        "undo": {
            "action": f"/desk/tickets/{ticket_id}/undo{place(call).query}",
            "csrf": login.csrf,
            "by": login.name,
            "translate": f"/desk/tickets/{ticket_id}/translate{place(call).query}",
            "lang": call.language,
            "amend": f"/desk/tickets/{ticket_id}/amend{place(call).query}" if can_act else "",
        },
        "amended": [turn for turn in newest.turns if turn.now is not None],
        "newest": [turn.id for turn in newest.turns],
        "cursor": detail.turns[-1].id if detail.turns else after,
        "noted": written[-1].id if written else noted,
    }


def _foreign(desk: Desk, turns: Sequence[Turn], language: Language) -> set[int]:
    """The shopper's messages in another language, where a model can put them into the agent's."""
    if desk.helper is None or desk.helper.translate is None:
        return set()
    theirs = (turn for turn in turns if turn.author is Author.SHOPPER)
    return {turn.id for turn in theirs if spoken(turn.text, language) != language}


def _advised(
    desk: Desk, session: Session, conversation_id: int, language: Language
) -> Advised | None:
    """What could be suggested to the shopper; None where there is nothing to say of it."""
    if desk.adviser is None:
        return None
    found = desk.adviser.beside(session, conversation_id, language)
    return found if found.suggested or found.refused else None


def _with_turns(session: Session, detail: Detail, newest: Detail) -> dict[str, Any]:
    """What stands beside turns and may come later than they: for new ones and the last few."""
    turns = {turn.id: turn for turn in (*newest.turns, *detail.turns)}
    ours = [turn.id for turn in turns.values() if turn.author is not Author.SHOPPER]
    ratable = [turn.id for turn in turns.values() if feedback.ratable(turn)]
    return {
        "rated": feedback.ratings(session, ratable),
        "files": attachments.of_turns(session, turns),
        "states": outbox.states(session, ours),
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
