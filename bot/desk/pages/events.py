"""Tells an open page when to look again, by server-sent events; it carries no content itself.

A hint of this process wakes it at once; other processes' writes are noticed soon after,
since the database has another version then. A page fetches what changed, with its own cursor.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from functools import partial
from time import monotonic

import structlog
from sqlalchemy import func
from sqlmodel import Session, col, select
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from bot.conversations.live import QUEUE, conversation_topic
from bot.database.db import Database
from bot.database.tables import AttachmentRow, FeedbackRow, NoteRow, OutboxRow, TicketRow, TurnRow
from bot.desk.pages import security, wall
from bot.desk.pages.acts import presence_topic
from bot.desk.pages.guard import Call, Desk
from bot.desk.pages.queue import part
from bot.desk.pages.security import Login
from bot.errors import DatabaseError
from bot.tickets import assignment, presence
from bot.types import now

_LOOK_EVERY = 0.4
_FULL_LOOK = timedelta(seconds=10)
"""What time alone changes, such as the end of a snooze, is seen this late."""

_CHECK_EVERY = timedelta(seconds=2)
"""How long a page may still be told that something changed after its login has ended."""

log = structlog.get_logger()
Look = Callable[[Session], str]


async def queue_events(desk: Desk, call: Call) -> Response:
    """Of the page of the queue that the reader looks at, and of the counts above it."""
    return _stream(desk, call, (QUEUE,), lambda _: part(desk, call).state(call.login.name))


async def wall_events(desk: Desk, call: Call) -> Response:
    """Of the figures on the wall."""
    return _stream(desk, call, (QUEUE,), lambda _: repr(wall.figures(desk)))


async def ticket_events(desk: Desk, call: Call) -> Response:
    """Of one conversation, and of the queue beside it."""
    ticket_id, name = call.ticket_id, call.login.name
    detail = await desk.db.query(lambda session: assignment.show(session, ticket_id, limit=1))
    topics = (QUEUE, conversation_topic(detail.ticket.conversation_id), presence_topic(ticket_id))

    def look(session: Session) -> str:
        lookers = presence.others(session, ticket_id, name, now())
        return repr(lookers) + _ticket_state(session, ticket_id) + part(desk, call).state(name)

    return _stream(desk, call, topics, look, ticket_id)


def _stream(
    desk: Desk, call: Call, topics: Sequence[str], look: Look, ticket_id: int | None = None
) -> Response:
    return EventSourceResponse(
        _follow(desk, call.login, topics, look, ticket_id),
        headers={"X-Accel-Buffering": "no"},
        ping=15,
    )


async def _follow(
    desk: Desk, login: Login, topics: Sequence[str], look: Look, ticket_id: int | None
) -> AsyncIterator[ServerSentEvent]:
    """`changed` whenever the state differs from the last one told, the first time at once.

    Ends with the login: a tab left open shows nothing after logout.
    """

    told, beat = "", now() - presence.BEAT
    state: str | None = ""
    seen, hinted = _Seen(desk.db, login, look), True
    with desk.live.subscribe(*topics) as subscription:
        while True:
            try:
                at = now()
                if at - beat >= presence.BEAT:
                    beat = at
                    await desk.db.write(partial(_beat, login.name, ticket_id))
                    if ticket_id is not None:
                        desk.live.spread(presence_topic(ticket_id))
                if hinted or not seen.idle():
                    state = await desk.db.query(seen.now)
                if state is None:
                    yield ServerSentEvent(event="ended", data="1")
                    return
                if state != told:
                    told = state
                    yield ServerSentEvent(event="changed", data="1")
            except DatabaseError:
                log.warning("desk stream waits", action="desk.stream_waits", exc_info=True)
                await asyncio.sleep(_LOOK_EVERY)
            hinted = bool(await subscription.get(_LOOK_EVERY))


class _Seen:
    """What a reader would see now, looked up only where it may be another than before."""

    def __init__(self, db: Database, login: Login, look: Look) -> None:
        self._db, self._login, self._look = db, login, look
        self._version, self._state = "", ""
        self._looked = self._checked = now() - _FULL_LOOK

    def idle(self) -> bool:
        """Whether another stream has just found that there is nothing new."""
        version, asked = self._db.versioned
        fresh = monotonic() - asked < _LOOK_EVERY / 2 and now() - self._looked < _FULL_LOOK
        return fresh and version == self._version

    def now(self, session: Session) -> str | None:
        """None where the reader is no longer logged in."""
        version, at = self._db.version(), now()
        if version == self._version and at - self._looked < _FULL_LOOK:
            return self._state
        if at - self._checked >= _CHECK_EVERY:
            self._checked = at
            if security.find_login(session, self._login.token_hash, at) is None:
                return None
        self._version, self._looked, self._state = version, at, self._look(session)
        return self._state


def _beat(name: str, ticket_id: int | None, session: Session) -> None:
    presence.here(session, name, now())
    if ticket_id is not None:
        presence.look(session, ticket_id, name, now())


def _ticket_state(session: Session, ticket_id: int) -> str:
    ticket = session.get(TicketRow, ticket_id)
    if ticket is None:
        return ""
    newest = select(func.max(TurnRow.id)).where(TurnRow.conversation_id == ticket.conversation_id)
    noted = select(func.max(NoteRow.id)).where(NoteRow.conversation_id == ticket.conversation_id)
    rated = select(func.max(FeedbackRow.at)).where(
        FeedbackRow.conversation_id == ticket.conversation_id
    )
    arrived = select(func.count()).where(
        AttachmentRow.conversation_id == ticket.conversation_id, AttachmentRow.status != "open"
    )
    sent = (
        select(OutboxRow.status, func.count())
        .where(OutboxRow.conversation_id == ticket.conversation_id)
        .group_by(col(OutboxRow.status))
        .order_by(col(OutboxRow.status))
    )
    return repr(
        (
            ticket.status,
            ticket.agent,
            ticket.priority,
            ticket.summary,
            ticket.snoozed_turn,
            session.exec(newest).one(),
            session.exec(noted).one(),
            session.exec(rated).one(),
            session.exec(arrived).one(),
            session.exec(sent).all(),
        )
    )
