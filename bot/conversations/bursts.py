"""Bursts: the open messages of one conversation, claimed together and answered once.

The reply, its way out and "done" are one transaction, which only the holder of the lease can make.
It computes no answer and sends nothing.

An attempt is counted when it begins, so that a message which takes the whole process down is given
up in the end, too. Whoever stops in an orderly way gives the attempt back.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from sqlalchemy import Row, bindparam, case, func, update
from sqlalchemy import select as select_from
from sqlmodel import Session, col, select

from bot.conversations import conversation, outbox
from bot.conversations.conversation import INBOX, TURNS, chat_of, saved
from bot.conversations.noted import Noted
from bot.database.leases import backoff, is_gone
from bot.database.tables import ConversationRow, InboxRow, TurnRow
from bot.database.transaction import Added, tell
from bot.errors import ConflictError, NotFoundError
from bot.types import Author, Claim, Language, Message, Say, Status, Turn

log = structlog.get_logger()
MAX_ATTEMPTS = 5
MAX_CRASHES = 8  # attempts that may end with the process: most often that is nothing of theirs
CRASHED = "crashed"  # an attempt's error until something better is known: its process ended
SUSPECT = 2  # crashes in a row after which a message is kept apart
BURST = 50  # messages of one conversation that one answer may cover
HISTORY = 20  # turns that a claim carries
_HELD = (
    select_from(INBOX.c.id, INBOX.c.attempts, INBOX.c.turn_id, TURNS.c.meta)
    .join(TURNS, TURNS.c.id == INBOX.c.turn_id)
    .where(
        INBOX.c.conversation_id == bindparam("conversation"),
        INBOX.c.status == "open",
        INBOX.c.id <= bindparam("last"),
    )
    .order_by(INBOX.c.id)
)
_SET = update(INBOX).where(INBOX.c.id == bindparam("row"))  # what else it is executed with
_NOTE = update(TURNS).where(TURNS.c.id == bindparam("row"))


class Opened(Added):
    """A conversation got an open message."""


def claim(
    session: Session,
    owner: str,
    *,
    at: datetime,
    lease: timedelta,
    limit: int,
    suspects: bool = True,
) -> list[Claim]:
    """Lease up to `limit` conversations to `owner`, those that have waited longest first.

    A conversation whose oldest open message is not due yet is skipped as a whole: its later ones
    must not overtake it. At most one suspect is among them, the one that crashed least, and none
    without `suspects`: what a crash took down must not be there again when its cause is tried.
    """
    suspect = (col(InboxRow.error) == CRASHED) & (col(InboxRow.attempts) >= SUSPECT)
    oldest = (
        select(func.min(InboxRow.id).label("inbox_id"))
        .where(InboxRow.status == "open")
        .group_by(col(InboxRow.conversation_id))
        .subquery()
    )
    query = (
        select(ConversationRow)
        .join(InboxRow, col(InboxRow.conversation_id) == col(ConversationRow.id))
        .join(oldest, oldest.c.inbox_id == InboxRow.id)
        .where(
            InboxRow.next_at <= at,
            col(ConversationRow.lease_until).is_(None) | (col(ConversationRow.lease_until) <= at),
        )
        .order_by(case((suspect, InboxRow.attempts), else_=0), col(InboxRow.id))
        .limit(limit)
        .with_for_update(of=ConversationRow, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    claims = []
    for row in session.exec(query).all():
        # Read again under the lock: another worker may have answered since the look above.
        burst = _open_messages(session, saved(row.id))
        if not burst or burst[0][0].next_at > at:
            continue
        claimed = hold(session, row, owner, _messages(burst))
        if claimed.suspect:
            if not suspects:
                continue
            suspects = False
        row.lease_owner, row.lease_until = owner, at + lease
        for message, _ in burst[: len(claimed.messages)]:
            message.attempts = min(message.attempts + 1, MAX_CRASHES)
            message.error = CRASHED
        claims.append(claimed)
    session.flush()
    return claims


def waiting(session: Session, *, at: datetime) -> bool:
    """Whether `claim` may find something: a cheap look without a write transaction."""
    query = (
        select(InboxRow.id)
        .join(ConversationRow, col(ConversationRow.id) == InboxRow.conversation_id)
        .where(
            InboxRow.status == "open",
            InboxRow.next_at <= at,
            col(ConversationRow.lease_until).is_(None) | (col(ConversationRow.lease_until) <= at),
        )
        .limit(1)
    )
    return session.exec(query).first() is not None


def _open_messages(session: Session, conversation_id: int) -> list[tuple[InboxRow, TurnRow]]:
    query = (
        select(InboxRow, TurnRow)
        .join(TurnRow, col(TurnRow.id) == InboxRow.turn_id)
        .where(InboxRow.conversation_id == conversation_id, InboxRow.status == "open")
        .order_by(col(InboxRow.id))
        .limit(BURST)
        .execution_options(populate_existing=True)
    )
    return list(session.exec(query).all())


def _messages(burst: Sequence[tuple[InboxRow, TurnRow]]) -> tuple[Message, ...]:
    if burst[0][0].attempts >= MAX_CRASHES:  # what came later is not given up with it
        burst = [each for each in burst if each[0].attempts >= MAX_CRASHES]
    return tuple(
        Message(
            saved(row.id),
            row.turn_id,
            turn.text,
            row.choice,
            attempts=row.attempts,
            error=row.error,
            quote=Noted.of(turn.meta).quote,
            received_at=row.received_at,
        )
        for row, turn in burst
    )


def hold(
    session: Session,
    row: ConversationRow,
    owner: str,
    messages: tuple[Message, ...],
    *,
    alone: bool = False,
) -> Claim:
    """The claim on `messages`; when `alone`, nothing was said before them."""
    theirs = [message.turn_id for message in messages]
    earlier = (
        [] if alone else conversation.last_rows(session, saved(row.id), HISTORY, without=theirs)
    )
    told = [(conversation.turn_of(turn), Noted.of(turn.meta).mood) for turn in earlier]
    # What was said to another customer in the same chat must lead to no answer for this one.
    if any(turn.said_to for turn, _ in told):
        own = ("", conversation.last_proven(session, row))
        told = [(turn, mood) for turn, mood in told if turn.said_to in own]
    oldest = messages[0]
    return Claim(
        conversation_id=saved(row.id),
        chat=chat_of(row),
        owner=owner,
        status=Status(row.status),
        language=cast(Language, row.language),
        messages=messages,
        history=tuple(turn for turn, _ in told),
        moods=tuple(mood for _, mood in told if mood is not None),
        proven=row.proven_until is not None,
        dialogue=row.dialogue,
        focus=row.focus,
        language_fixed=row.language_fixed,
        suspect=oldest.error == CRASHED and oldest.attempts >= SUSPECT,
        exhausted=oldest.attempts >= MAX_CRASHES,
    )


def renew(session: Session, claim: Claim, *, until: datetime) -> None:
    """Keep the lease until `until`; `ConflictError` when it was lost."""
    row, _ = _held(session, claim)
    row.lease_until = until


def release(session: Session, claim: Claim) -> None:
    """Give the burst back unanswered and unharmed, as at shutdown; nothing when it was lost."""
    try:
        row, _ = _held(session, claim)
    except (ConflictError, NotFoundError):  # lost, or erased meanwhile
        return
    for before in claim.messages:
        given = {"row": before.inbox_id, "attempts": before.attempts, "error": before.error}
        session.connection().execute(_SET, given)
    row.lease_owner = row.lease_until = None
    tell(session, Opened(claim.conversation_id))


def finish(
    session: Session,
    claim: Claim,
    say: Say | None,
    *,
    at: datetime,
    moods: Mapping[int, float],
    audit: Mapping[str, Any] | None = None,
    row: ConversationRow | None = None,
) -> Turn | None:
    """Answer the burst: reply, its way out, moods (by turn id) and "done" in the caller's commit.

    `audit` is the record that is kept with the reply; `row` the conversation, if it is locked.

    `ConflictError` when the lease was lost. None when there is nothing to say, or when a person has
    taken the conversation since: then the bot's answer would come too late and is dropped.
    """
    row, messages = _held(session, claim, row)
    turn = None
    if say is not None and row.status != Status.AGENT:
        turn = conversation.add_turn(
            session,
            claim.conversation_id,
            Author.BOT,
            say.text,
            say.language,
            buttons=say.buttons,
            sources=say.sources,
            noted=Noted(said_to=_said_to(messages)),
            audit=audit,
            answers_inbox_id=messages[-1].id,
            at=at,
        )
        outbox.put(session, row, turn, at=at)
    turn_id = turn.id if turn is not None else None
    done = {"status": "done", "done_at": at, "error": None, "answer_turn_id": turn_id}
    session.connection().execute(_SET, [{"row": each.id, **done} for each in messages])
    for said in messages:
        if (mood := moods.get(said.turn_id)) is not None:
            noted = {**said.meta, **Noted(mood=mood).stored()}
            session.connection().execute(_NOTE, {"row": said.turn_id, "meta": noted})
    kept: dict[str, Any] = {"lease_owner": None, "lease_until": None, "updated_at": at}
    if turn is not None and say is not None and say.dialogue is not None:
        kept["dialogue"] = dict(say.dialogue) or None
    conversation.store(session, row, **kept)
    log.info(
        "inbox.finished",
        conversation=claim.conversation_id,
        messages=len(messages),
        turn=turn_id,
        dropped=say is not None and turn is None,
    )
    return turn


def _said_to(messages: Sequence[Row[*tuple[Any, ...]]]) -> str:
    """The answer is of whom the questions were of, also when they have left meanwhile; of nobody
    any more when those were several."""
    return "\n".join(sorted({Noted.of(each.meta).said_to for each in messages} - {""}))


def fail(session: Session, claim: Claim, error: str, *, at: datetime) -> bool:
    """End the attempt as failed and free the lease; True when a message was given up for it.

    The burst is tried again after a growing pause. `error` is kept with the messages: a kind of
    error and a place, nothing that a shopper wrote.
    """
    row, messages = _held(session, claim)
    dead = False
    for message in messages:
        given = {"row": message.id, "error": error, "next_at": at + backoff(message.attempts)}
        if message.attempts >= MAX_ATTEMPTS:
            given |= {"status": "dead", "done_at": at}
            dead = True
        session.connection().execute(_SET, given)
    row.lease_owner = row.lease_until = None
    session.flush()
    return dead


def _held(
    session: Session, claim: Claim, row: ConversationRow | None = None
) -> tuple[ConversationRow, Sequence[Row[*tuple[Any, ...]]]]:
    """The locked conversation, and the claim's messages, each with its turn's `meta`;
    `ConflictError` unless they are still `claim`'s."""
    row = row or conversation.lock(session, claim.conversation_id)
    ids = [message.inbox_id for message in claim.messages]
    given = {"conversation": claim.conversation_id, "last": ids[-1]}
    rows = session.connection().execute(_HELD, given)
    held = [each for each in rows if each.id in ids]
    if row.lease_owner != claim.owner or len(held) != len(ids):
        raise ConflictError("inbox.lease_lost", conversation=claim.conversation_id)
    return row, held


def recover(session: Session, me: str) -> int:
    """Free the leases of this machine's dead processes; how many conversations that were."""
    query = select(ConversationRow).where(col(ConversationRow.lease_owner).is_not(None))
    stale = [
        row
        for row in session.exec(query.with_for_update(skip_locked=True)).all()
        if row.lease_owner is not None and is_gone(row.lease_owner, me)
    ]
    for row in stale:
        row.lease_owner = row.lease_until = None
    return len(stale)
