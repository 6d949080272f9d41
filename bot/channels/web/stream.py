"""A web chat as the shopper's browser reads it: turns after a cursor, at once or as they come.

The database is the truth and a live hint only wakes the reader, so a turn written by another
process arrives, too, at most a second later. Nothing is written here.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any, cast

import structlog
from sqlmodel import Session
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.types import Receive, Scope, Send

from bot.channels.web.messages import Refused
from bot.channels.web.session import Visit, admitted
from bot.conversations import attachments, conversation, feedback
from bot.conversations.attachments import Kept
from bot.conversations.live import Live, conversation_topic
from bot.customers import identity
from bot.database.db import Database
from bot.errors import DatabaseError
from bot.language import markdown
from bot.texts import t
from bot.types import Author, Correction, Draft, Nobody, Status, Turn, now

PAGE = 200  # turns a look
_LOOK_EVERY = 1.0  # seconds without a hint

log = structlog.get_logger()


@dataclass(frozen=True)
class Snapshot:
    """One chat at one moment: its turns after the reader's cursor, at most `PAGE`, oldest first.

    `files` are those that came with them, by turn. `proven` is the customer whose proof counts, ""
    for nobody: what was said to another one, or to the same one before their proof was over, stays
    hidden.
    """

    conversation_id: int
    status: Status
    turns: tuple[Turn, ...]
    proven: str = ""
    files: Mapping[int, Sequence[Kept]] = field(default_factory=dict)

    def hides(self, turn: Turn) -> bool:
        return turn.said_to not in ("", self.proven)


def snapshot(session: Session, visit: Visit, after: int) -> Snapshot | None:
    """None while the shopper has not written yet; `Refused` when their session is over."""
    at = now()
    row = admitted(session, visit, at=at)
    if row is None or row.id is None:
        return None
    turns = conversation.turns_after(session, row.id, after, limit=PAGE)
    status, held = Status(row.status), conversation.held(session, row.id, at)
    if held is not None:  # it may be taken back, as if it had never been said
        turns = [turn for turn in turns if turn.id < held]
        status = Status.AGENT if status is Status.CLOSED else status
    scope = identity.scope(session, row.id, at=at) if row.proven_until else Nobody()
    proven = "" if isinstance(scope, Nobody) else scope.customer_id
    files = attachments.of_turns(session, [turn.id for turn in turns]) if turns else {}
    return Snapshot(row.id, status, tuple(turns), proven, files)


def turn_json(turn: Turn, seen: Snapshot, rating: feedback.Value | None = None) -> dict[str, Any]:
    """A turn as the browser gets it; scores stay here. "blocks" is its text as a tree
    (`bot/language/markdown.py`), what a person wrote as they wrote it. "rating" is 1, -1, 0 for an
    answer that was not rated yet, and None for what cannot be. "amended" is "edited" or "withdrawn"
    for a person's that says something else now, and "amends" tells which turn another one does
    that to, and what it says. A hidden one says only that it is there."""
    hidden = seen.hides(turn)
    if turn.now is not None:
        turn = replace(turn, text=turn.now or _withdrawn(turn))
    if hidden:
        turn = replace(turn, text=t("web.turn_hidden", turn.language), buttons=(), sources=())
    return {
        "id": turn.id,
        "author": turn.author.value,
        "text": turn.text,
        "blocks": _tree(turn.text, verbatim=turn.author in (Author.SHOPPER, Author.AGENT)),
        "language": turn.language,
        "at": turn.at.isoformat(),
        "buttons": [{"label": button.label, "value": button.value} for button in turn.buttons],
        "sources": [
            {
                "title": source.title or source.source,
                "source": source.source,
                "url": source.url,
                "image": source.image,
            }
            for source in turn.sources
        ],
        "agent": turn.signature,
        "message_id": turn.message_id,
        "files": [
            {"name": file.name, "photo": file.kind == "photo", "url": f"/api/chat/files/{file.id}"}
            for file in seen.files.get(turn.id, ())
            if file.status == "kept" and not hidden
        ],
        "rating": (rating or 0) if feedback.ratable(turn) and not hidden else None,
        "amended": None if turn.now is None else _amended(turn.now),
        "amends": _amends(turn) if turn.correction and not hidden else None,
        "hidden": hidden,
    }


def _amends(turn: Turn) -> dict[str, Any]:
    meant = cast(Correction, turn.correction)
    said = meant.text if turn.now is None else turn.now  # it may have been corrected again
    shown = said or _withdrawn(turn)
    how, tree = _amended(said), _tree(shown, verbatim=True)
    return {"turn": meant.turn_id, "amended": how, "text": shown, "blocks": tree}


def _amended(text: str) -> str:
    return "edited" if text else "withdrawn"


def _withdrawn(turn: Turn) -> str:
    return t("web.turn_withdrawn", turn.language)


def draft_json(draft: Draft) -> dict[str, Any]:
    tree = _tree(draft.text)
    return {"id": draft.id, "text": draft.text, "blocks": tree, "language": draft.language}


def _tree(text: str, *, verbatim: bool = False) -> list[dict[str, Any]]:
    return [asdict(block) for block in (markdown.verbatim if verbatim else markdown.parse)(text)]


async def follow(
    db: Database, live: Live, visit: Visit, after: int
) -> AsyncGenerator[ServerSentEvent, None]:
    """Events `turn` (its id is the cursor), `status` (and whether somebody is proven), `typing` and
    `draft` (the beginning of an answer, each with all of it so far), until the reader leaves.

    Ends by itself when the conversation is erased, its session over, or the database fails; the
    browser comes back.
    """
    try:
        while (seen := await db.query(partial(snapshot, visit=visit, after=after))) is None:
            await asyncio.sleep(_LOOK_EVERY)
        # Subscribed before the first read that counts: what is written in between is hinted.
        with live.subscribe(conversation_topic(seen.conversation_id)) as subscription:
            status: Status | None = None
            proven = ""
            hints: frozenset[str] = frozenset()
            while seen := await db.query(partial(snapshot, visit=visit, after=after)):
                for turn in seen.turns:
                    after = turn.id
                    yield _event("turn", turn_json(turn, seen), turn.id)
                if (seen.status, seen.proven) != (status, proven):
                    status, proven = seen.status, seen.proven
                    yield _event("status", {"status": status.value, "proven": bool(proven)})
                answered = any(turn.author is not Author.SHOPPER for turn in seen.turns)
                if "typing" in hints and not answered:
                    yield _event("typing", {})
                if "draft" in hints and subscription.draft and not answered:
                    yield _event("draft", draft_json(subscription.draft))
                if len(seen.turns) < PAGE:
                    hints = await subscription.get(_LOOK_EVERY)
    except Refused:
        return  # the session is over
    except DatabaseError:
        log.warning("web.stream_failed", exc_info=True)


class Stream(EventSourceResponse):
    """Sends `events`, and calls `over` when no more are sent, even if none ever was."""

    def __init__(
        self, events: AsyncIterator[ServerSentEvent], over: Callable[[], None], **options: Any
    ) -> None:
        super().__init__(events, **options)
        self._over = over

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._over()


def heartbeat() -> ServerSentEvent:
    """An event rather than a comment, because a page sees only events and so misses a dead line."""
    return ServerSentEvent(event="ping", data="1")


def _event(kind: str, data: dict[str, Any], number: int | None = None) -> ServerSentEvent:
    text = json.dumps(data, ensure_ascii=False)
    return ServerSentEvent(event=kind, data=text, id=None if number is None else str(number))
