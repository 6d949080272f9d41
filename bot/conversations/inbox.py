"""The inbox: a shopper's message is accepted once, in order, and on disk before anybody is told so.

Where nothing else waits in its conversation, this process's worker has it at once, as a burst of
one (`bot.conversations.bursts`); else whoever claims the conversation next.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import structlog
from sqlalchemy import bindparam, func
from sqlalchemy import insert as insert_into
from sqlalchemy import select as select_from
from sqlmodel import Session, col, select

from bot.conversations import attachments, bursts, conversation, search
from bot.conversations.bursts import CRASHED, Opened
from bot.conversations.conversation import INBOX, saved
from bot.conversations.noted import Noted
from bot.database.tables import ConversationRow, InboxRow
from bot.database.transaction import taker, tell
from bot.errors import BusyError
from bot.language.detect import detect_language
from bot.language.foreign import is_english
from bot.types import Author, Claim, Incoming, Language, Message, Status

log = structlog.get_logger()
RETRY_AFTER = 5  # seconds that a refused sender is asked to wait
SETTLE = timedelta(seconds=0.8)  # after which no more is expected of what was sent together
LONGEST_SETTLE = timedelta(seconds=4)

_ADD = insert_into(INBOX).returning(INBOX.c.id)
_BACKLOG = select_from(func.count()).select_from(
    select_from(INBOX.c.id).where(INBOX.c.status == "open").limit(bindparam("most")).subquery()
)
_THEIRS = select_from(INBOX.c.turn_id).where(INBOX.c.conversation_id == bindparam("conversation"))
_LOOK = select_from(
    _THEIRS.where(INBOX.c.message_id == bindparam("message")).scalar_subquery().label("known"),
    _THEIRS.where(INBOX.c.status == "open").exists().label("behind"),
    _BACKLOG.scalar_subquery().label("backlog"),
)


@dataclass(frozen=True)
class Accepted:
    """Where the message went; `new` is False for one that had been accepted before."""

    conversation_id: int
    turn_id: int
    new: bool


@dataclass(frozen=True)
class Kept:
    """What is stored of a message instead of what came. `proof`: it is no more than a proof of who
    the shopper is."""

    text: str
    choice: str | None
    proof: bool = False


class Watch:
    """Looks at a message before it is stored, and says what of it is. This one keeps all of it."""

    def keep(
        self, session: Session, row: ConversationRow, incoming: Incoming, *, at: datetime
    ) -> Kept:
        """Called once a message, in the transaction that accepts it, the conversation locked."""
        return Kept(incoming.text, incoming.choice)

    def forms(self, text: str) -> tuple[str, ...]:
        """All that may have been kept of `text`."""
        return (text,)


_AS_IT_IS = Watch()


def accept(
    session: Session,
    incoming: Incoming,
    *,
    backlog_cap: int,
    at: datetime,
    watch: Watch = _AS_IT_IS,
) -> Accepted:
    """Store a message; on the caller's commit it is accepted. `watch` says what of it is kept.

    While a person has the conversation it is only a turn, which the desk shows; a
    closed conversation is the bot's again. A repeat changes nothing and is never refused, nor does
    an edit that leaves the words as they are. Where nothing else waits in the conversation, this
    process's worker has the message at once.
    `BusyError` when `backlog_cap` messages wait for an answer already.
    """
    row, new = conversation.opened(session, incoming.chat, incoming.language or "en", at=at)
    conversation_id = saved(row.id)
    message_id = incoming.message_id
    given = {"conversation": conversation_id, "message": message_id, "most": backlog_cap}
    known, behind, waiting = session.connection().execute(_LOOK, given).one()
    if known is None and incoming.edits and not new:
        known = _unchanged(session, conversation_id, incoming.edits, watch.forms(incoming.text))
    if known is not None:
        return Accepted(conversation_id, known, new=False)
    for_the_bot = row.status != Status.AGENT
    if for_the_bot and waiting >= backlog_cap:
        raise BusyError("inbox.busy", RETRY_AFTER)
    if row.status == Status.CLOSED:
        conversation.move(row, Status.BOT)
    kept = watch.keep(session, row, incoming, at=at)
    language = cast(Language, row.language)
    if not kept.proof:  # a number or an address does not change the language
        language = _language(row, incoming, new=new)
    leased = row.lease_until is not None and row.lease_until > at
    alone = for_the_bot and not (behind or leased or incoming.more_to_come)
    claimer = taker(session, Claim, row.channel) if alone else None
    changed = {
        "language": language,
        "updated_at": at,
        "name": incoming.sender or row.name,
        "origin": incoming.origin or row.origin,
    }
    if changed["name"] != row.name:
        search.reindex(session, "name", conversation_id, conversation_id, incoming.sender)
    if claimer is not None:
        changed |= {"lease_owner": claimer.owner, "lease_until": at + claimer.lease}
    conversation.store(session, row, **changed)
    turn = conversation.add_turn(
        session,
        conversation_id,
        Author.SHOPPER,
        kept.text,
        language,
        message_id=message_id,
        noted=Noted(quote=incoming.quote),
        at=at,
    )
    turn_id = turn.id
    if incoming.attachments:
        attachments.add(session, conversation_id, turn_id, incoming.attachments, at=at)
    if incoming.more_to_come and behind:
        _settle(session, conversation_id, at)
    stored = {
        "conversation_id": conversation_id,
        "turn_id": turn_id,
        "message_id": message_id,
        "choice": kept.choice,
        "status": "open" if for_the_bot else "done",
        "done_at": None if for_the_bot else at,
        "attempts": 0 if claimer is None else 1,
        "error": None if claimer is None else CRASHED,
        "next_at": at + SETTLE if incoming.more_to_come else at,
        "received_at": at,
    }
    inbox_id = session.connection().execute(_ADD, stored).scalar_one()
    if claimer is not None:
        first = Message(
            inbox_id,
            turn_id,
            turn.text,
            kept.choice,
            attempts=0,
            quote=incoming.quote,
            received_at=at,
        )
        tell(session, bursts.hold(session, row, claimer.owner, (first,), alone=new))
    elif for_the_bot:
        tell(session, Opened(conversation_id))
    log.info("inbox.accepted", conversation=conversation_id, turn=turn_id, status=row.status)
    return Accepted(conversation_id, turn_id, new=True)


def _language(row: ConversationRow, incoming: Incoming, *, new: bool) -> Language:
    """The language to answer in: the one that was chosen, else the message's own.

    What a channel put down for a command or a picture is in no language of the shopper's; only at
    the start it is all that is known. An address that a dialogue asked for is in none, either.
    """
    known = cast(Language, row.language)
    kind, _, rest = (incoming.choice or "").partition(":")
    put_down = (
        kind in ("command", "media", "rate") and not rest.endswith(":caption") and rest != "start"
    )
    if row.language_fixed or (put_down and not new):
        return known
    if row.dialogue and known == "zh" and not is_english(incoming.text):
        return known
    return detect_language(incoming.text, incoming.language or known)


def _settle(session: Session, conversation_id: int, at: datetime) -> None:
    """One more of those that were sent together: let what waits for its like wait a little more."""
    query = select(InboxRow).where(
        InboxRow.conversation_id == conversation_id, InboxRow.status == "open"
    )
    oldest = session.exec(query.order_by(col(InboxRow.id)).limit(1)).one()
    if oldest.attempts == 0 and oldest.next_at > at:
        oldest.next_at = min(at + SETTLE, oldest.received_at + LONGEST_SETTLE)


def _unchanged(
    session: Session, conversation_id: int, edited: str, forms: tuple[str, ...]
) -> int | None:
    """The turn that says the same already, in one of its `forms`; None when the words are new."""
    wording = conversation.wording(session, conversation_id, edited)
    return wording.id if wording is not None and wording.text in forms else None


def backlog(session: Session, *, at_most: int | None = None) -> int:
    """How many messages wait for an answer; counting stops at `at_most`."""
    most = 2**31 - 1 if at_most is None else at_most
    return session.connection().execute(_BACKLOG, {"most": most}).scalar_one()


def dead(session: Session, *, limit: int = 100) -> list[InboxRow]:
    """The messages that were given up, newest first, with the error of the last attempt."""
    query = select(InboxRow).where(InboxRow.status == "dead")
    return list(session.exec(query.order_by(col(InboxRow.id).desc()).limit(limit)))
