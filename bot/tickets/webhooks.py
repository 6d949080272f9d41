"""Webhooks: addresses that hear of tickets, and the queue of what each is to hear.

What is said is queued in the transaction in which it becomes true, so that nothing is said that was
undone and nothing is forgotten. `desk/api/sender.py` carries it there, at least once.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from bot.conversations.conversation import saved
from bot.database import audit, keys, transaction
from bot.database.leases import backoff, is_gone
from bot.database.tables import ConversationRow, TicketRow, WebhookCallRow, WebhookRow
from bot.errors import InputError, NotFoundError

EVENTS = ("ticket.opened", "ticket.replied", "ticket.closed")
PING = "ping"  # what the page's button sends
MAX_AGE = timedelta(days=1)
_KEPT = timedelta(days=30)
_GRACE = timedelta(seconds=1)  # between the last moment to take back and the first to tell
_URL = 500  # characters


class Queued(transaction.Added):
    """A webhook got something to hear."""


@dataclass(frozen=True)
class Call:
    """One call on its way; equal to another look at the same row."""

    id: int
    webhook_id: int
    url: str = field(compare=False)
    secret: str = field(compare=False, repr=False)
    body: bytes = field(compare=False, repr=False)
    attempts: int = field(compare=False)


def add(session: Session, url: str, events: list[str], by: str) -> tuple[int, str]:
    """A new webhook's number, and the secret that signs for it. `InputError`."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and not parts.username
    except ValueError:
        known = False
    if not known or len(url) > _URL or not url.isprintable() or " " in url:
        raise InputError("connections.bad_url")
    if not events or not set(events) <= set(EVENTS):
        raise InputError("connections.bad_events")
    row = WebhookRow(url=url, events=" ".join(events), seed=secrets.token_hex(16))
    session.add(row)
    session.flush()
    host = urlsplit(url).hostname  # an address may hold a secret of its own
    audit.note(session, "connection.webhook_added", by, row.id, host=host, events=row.events)
    return saved(row.id), _secret(session, row)


def remove(session: Session, webhook_id: int, by: str) -> None:
    """It hears nothing any more, what is on its way neither. `NotFoundError`."""
    row = _one(session, webhook_id)
    session.exec(delete(WebhookCallRow).where(col(WebhookCallRow.webhook_id) == webhook_id))
    session.delete(row)
    audit.note(session, "connection.webhook_removed", by, webhook_id)


def ping(session: Session, webhook_id: int, at: datetime) -> None:
    """Let it hear something, to see whether it does. `NotFoundError`."""
    _put(session, _one(session, webhook_id), PING, {}, at)


def tell(
    session: Session,
    event: str,
    ticket: TicketRow,
    at: datetime,
    *,
    hold: timedelta = timedelta(),
) -> None:
    """Queue what happened to a ticket for every webhook that wants to hear it, no sooner than after
    `hold`: until then it may be taken back (`untell`)."""
    hooks = [each for each in session.exec(select(WebhookRow)) if event in each.events.split()]
    if not hooks:
        return
    session.flush()
    conversation = session.get_one(ConversationRow, ticket.conversation_id)
    plain = about(ticket, conversation.channel)
    for hook in hooks:
        _put(session, hook, event, {"ticket": plain}, at, hold + _GRACE if hold else hold)


def untell(session: Session, event: str, ticket_id: int, at: datetime) -> None:
    """What happened `at` that moment has not happened."""
    query = select(WebhookCallRow).where(
        WebhookCallRow.event == event,
        WebhookCallRow.status == "open",
        WebhookCallRow.created_at == at,
    )
    for row in session.exec(query):
        if row.body.get("ticket", {}).get("id") == ticket_id:
            session.delete(row)


def about(ticket: TicketRow, channel: str) -> dict[str, Any]:
    """What a program is told of a ticket, without a word of what was said."""

    def iso(at: datetime | None) -> str | None:
        return None if at is None else at.isoformat()

    return {
        "id": ticket.id,
        "conversation_id": ticket.conversation_id,
        "channel": channel,
        "language": ticket.language,
        "status": ticket.status,
        "reason": ticket.reason,
        "priority": ticket.priority,
        "agent": ticket.agent,
        "outcome": ticket.outcome,
        "created_at": iso(ticket.created_at),
        "taken_at": iso(ticket.taken_at),
        "first_reply_at": iso(ticket.first_reply_at),
        "closed_at": iso(ticket.closed_at),
    }


def signature(secret: str, body: bytes, at: int) -> str:
    """What the header says: the time, and HMAC-SHA256 over time, dot and body."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


@dataclass(frozen=True)
class Shown:
    """A webhook as the page lists it: its last call, and how many wait."""

    row: WebhookRow
    last: WebhookCallRow | None
    waiting: int


def every(session: Session) -> list[Shown]:
    """All webhooks, the newest first."""
    newest = select(func.max(WebhookCallRow.id)).group_by(col(WebhookCallRow.webhook_id))
    calls = session.exec(select(WebhookCallRow).where(col(WebhookCallRow.id).in_(newest)))
    last = {call.webhook_id: call for call in calls}
    counted = (
        select(WebhookCallRow.webhook_id, func.count())
        .where(WebhookCallRow.status == "open")
        .group_by(col(WebhookCallRow.webhook_id))
    )
    waiting = dict(session.exec(counted).all())
    rows = session.exec(select(WebhookRow).order_by(col(WebhookRow.id).desc()))
    return [Shown(row, last.get(saved(row.id)), waiting.get(saved(row.id), 0)) for row in rows]


def waiting(session: Session, at: datetime) -> bool:
    """Whether `claim` may find something."""
    return session.exec(_due(select(WebhookCallRow.id), at).limit(1)).first() is not None


def claim(
    session: Session,
    owner: str,
    *,
    at: datetime,
    lease: timedelta,
    limit: int,
    busy: Collection[int],
) -> list[Call]:
    """Lease the oldest call that is due of up to `limit` webhooks, those that are `busy` apart."""
    oldest = _due(select(func.min(WebhookCallRow.id)), at)
    oldest = oldest.where(col(WebhookCallRow.webhook_id).not_in(busy))
    query = (
        select(WebhookCallRow, WebhookRow)
        .join(WebhookRow, col(WebhookRow.id) == WebhookCallRow.webhook_id)
        .where(col(WebhookCallRow.id).in_(oldest.group_by(col(WebhookCallRow.webhook_id))))
        .order_by(col(WebhookCallRow.id))
        .limit(limit)
        .with_for_update(of=WebhookCallRow, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    calls = []
    for row, hook in session.exec(query).all():
        row.lease_owner, row.lease_until = owner, at + lease
        session.add(row)
        said = {"id": row.id, "event": row.event, "at": row.created_at.isoformat(), **row.body}
        body = json.dumps(said, separators=(",", ":")).encode()
        secret = _secret(session, hook)
        calls.append(Call(saved(row.id), saved(hook.id), hook.url, secret, body, row.attempts))
    return calls


def settle(session: Session, call: Call, owner: str, error: str | None, at: datetime) -> str:
    """Note what became of a call: "sent", "open" (to be tried again), "dead", or "lost"."""
    row = session.get(WebhookCallRow, call.id, with_for_update=True)
    if row is None or row.status != "open" or row.lease_owner != owner:
        return "lost"
    row.attempts += 1
    row.error, row.lease_owner, row.lease_until = error, None, None
    if error is None:
        row.status, row.sent_at = "sent", at
    elif at - row.created_at >= MAX_AGE:
        row.status = "dead"
    else:
        row.next_at = at + backoff(row.attempts)
    session.add(row)
    return row.status


def recover(session: Session, me: str) -> int:
    """Free the leases of `me` and of this machine's dead processes; how many that were."""
    query = select(WebhookCallRow).where(col(WebhookCallRow.lease_owner).is_not(None))
    rows: Sequence[WebhookCallRow] = session.exec(query).all()
    stale = [row for row in rows if row.lease_owner == me or is_gone(row.lease_owner or "", me)]
    for row in stale:
        row.lease_owner = row.lease_until = None
        session.add(row)
    return len(stale)


def sweep(session: Session, at: datetime) -> None:
    """Forget what was said, or given up, long ago."""
    session.exec(
        delete(WebhookCallRow).where(
            col(WebhookCallRow.status) != "open", col(WebhookCallRow.created_at) < at - _KEPT
        )
    )


def _due(query: Any, at: datetime) -> Any:
    return query.where(
        WebhookCallRow.status == "open",
        WebhookCallRow.next_at <= at,
        col(WebhookCallRow.lease_until).is_(None) | (col(WebhookCallRow.lease_until) <= at),
    )


def _put(
    session: Session,
    hook: WebhookRow,
    event: str,
    body: dict[str, Any],
    at: datetime,
    wait: timedelta = timedelta(),
) -> None:
    row = WebhookCallRow(webhook_id=saved(hook.id), event=event, body=body, created_at=at)
    row.next_at = at + wait
    session.add(row)
    transaction.tell(session, Queued(saved(hook.id)))


def _one(session: Session, webhook_id: int) -> WebhookRow:
    row = session.get(WebhookRow, webhook_id)
    if row is None:
        raise NotFoundError("connections.not_found")
    return row


def _secret(session: Session, row: WebhookRow) -> str:
    return f"whsec_{keys.mac(session, 'webhook', row.seed)}"
