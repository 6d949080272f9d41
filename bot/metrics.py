"""What is counted, for Prometheus: each metric, the function that counts it, and `/metrics`.

Counters and times belong to this process. What waits (inbox, outbox, tickets) is counted in the
database at each look, so every process of one shop shows the same. Labels hold channel names, the
configured models and our own enumerations only, never who somebody is. It judges nothing: that is
`health` and `doctor`.
"""

import asyncio
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    Counter,
    Gauge,
    Histogram,
    Info,
    generate_latest,
)
from sqlalchemy import func
from sqlmodel import Session, select
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.database.db import Database
from bot.database.tables import InboxRow, OutboxRow, TicketRow
from bot.errors import DatabaseError
from bot.origins import is_local
from bot.texts import preferred, t
from bot.types import Reason

_PATIENCE = 2.0  # seconds to wait for the database before showing the rest without it
_UNKEPT = {"Cache-Control": "no-store"}
_ANSWER_BUCKETS = (0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_RETRIEVE_BUCKETS = (0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.1, 0.25, 1)

_accepted = Counter(
    "deskhand_messages_accepted", "Shoppers' messages that were stored, repeats apart.", ["channel"]
)
_repeated = Counter(
    "deskhand_messages_repeated", "Messages that came again and were dropped.", ["channel"]
)
_refused = Counter(
    "deskhand_messages_refused", "Messages sent away because too many were waiting.", ["channel"]
)
_limited = Counter(
    "deskhand_web_limited",
    "Requests sent away because an address is at a limit: messages, chats, streams.",
    ["of"],
)
_sockets = Gauge("deskhand_sockets_open", "Connections that are open.")
_sockets_ended = Counter(
    "deskhand_sockets_ended",
    "Connections that were closed on a client: refused, given_away, late, malformed.",
    ["cause"],
)
_decisions = Counter(
    "deskhand_decisions",
    "What the bot decided: reply, clarify or escalate, and why.",
    ["action", "reason"],
)
_answer = Histogram(
    "deskhand_answer_seconds",
    "From a message's acceptance to its reply being stored.",
    buckets=_ANSWER_BUCKETS,
)
_retrieval = Histogram(
    "deskhand_retrieval_seconds",
    "Finding candidates for a question: encoding and both searches.",
    buckets=_RETRIEVE_BUCKETS,
)
_ratings = Counter(
    "deskhand_ratings", "Answers that shoppers rated, and changed their mind about.", ["value"]
)
_proofs = Counter(
    "deskhand_proof_tries",
    "Typed proofs: right, wrong, paused (too many from one chat), guarded (a code is needed).",
    ["outcome"],
)
_attacks = Counter(
    "deskhand_proof_attacks",
    "Times that guessing became too much: at a contact, an order, from an address, in the shop.",
    ["at"],
)
_undelivered = Counter(
    "deskhand_delivery_failures", "Sends that a channel did not take.", ["channel", "permanent"]
)
_worker_failures = Counter("deskhand_answer_failures", "Bursts whose answering raised an error.")
_model_calls = Counter(
    "deskhand_model_failures",
    "Calls of a language model that failed, each attempt.",
    ["model", "kind"],
)
_model_passed = Counter(
    "deskhand_model_passed_over",
    "Answers for which a model was not asked: circuit, budget (day, shopper), crowded, late.",
    ["model", "cause"],
)
_model_tokens = Counter(
    "deskhand_model_tokens", "Tokens that a language model read or wrote.", ["model", "direction"]
)
_model_cost = Counter(
    "deskhand_model_cost", "Their cost, in the currency of the configured prices.", ["model"]
)
_model_circuit = Gauge(
    "deskhand_model_circuit", "0 closed: asked; 1 half open: tried; 2 open: left alone.", ["model"]
)
_read = Counter(
    "deskhand_model_readings",
    "Messages that a model was to read: calls, unusable (not what was offered), nothing.",
    ["result"],
)
_written = Counter(
    "deskhand_answers_written",
    "Answers that a model was to write, by whose words were sent: the model's, or entry.",
    ["by"],
)
_writing = Histogram(
    "deskhand_model_seconds",
    "Writing an answer, until its last checked sentence.",
    ["model"],
    buckets=_ANSWER_BUCKETS,
)
_rejected = Counter(
    "deskhand_rejected_sentences", "Sentences of a model that were not sent, and why.", ["reason"]
)
_inbox = Gauge("deskhand_inbox_backlog", "Messages that wait for an answer.")
_outbox = Gauge("deskhand_outbox_backlog", "Replies that wait for their channel.")
_dead = Gauge("deskhand_dead_letters", "Messages and replies that were given up.", ["box"])
_tickets = Gauge("deskhand_tickets_open", "Tickets that are not closed.", ["status"])
_oldest = Gauge(
    "deskhand_ticket_wait_seconds", "How long the ticket has waited that waits longest; 0 for none."
)
_database = Gauge("deskhand_database_up", "1 when the database answered this look, else 0.")
_process = Info("deskhand_process", "What this process does: all, web or worker.")
_duties = Gauge(
    "deskhand_duty",
    "1 where this process of several does it for all of them at the moment.",
    ["duty"],
)
_index = Info("deskhand_index", "The build that is served.")
_index_built = Gauge("deskhand_index_built_timestamp_seconds", "When that build was made.")


def accepted(channel: str, *, new: bool = True) -> None:
    """A message was stored, or (`new` false) had been before."""
    (_accepted if new else _repeated).labels(channel).inc()


def refused(channel: str) -> None:
    """A sender was told that too much is waiting."""
    _refused.labels(channel).inc()


def limited(of: str) -> None:
    """An address had too many `of`: "messages", "chats" or "streams"."""
    _limited.labels(of).inc()


def sockets_open(count: int) -> None:
    """So many connections are open now."""
    _sockets.set(count)


def socket_ended(cause: str) -> None:
    """A connection was closed: "refused" or "given_away" for want of room, "late" or "malformed"
    for what its client did."""
    _sockets_ended.labels(cause).inc()


def decided(action: str, reason: Reason | None = None) -> None:
    """`action` is "reply", "clarify" or "escalate"; `reason` comes with the last."""
    _decisions.labels(action, reason.value if reason else "").inc()


def answered(seconds: float) -> None:
    """A reply was stored, so long after its oldest message was accepted."""
    _answer.observe(seconds)


def retrieved(seconds: float) -> None:
    """Candidates were found in so many seconds."""
    _retrieval.observe(seconds)


def rated(value: int) -> None:
    """A shopper pressed 👍 (1) or 👎 (-1) under an answer, and had not pressed it before."""
    _ratings.labels("up" if value > 0 else "down").inc()


def proof_tried(outcome: str) -> None:
    """A typed proof was "right", "wrong", or not looked at: "paused", "guarded"."""
    _proofs.labels(outcome).inc()


def proof_attacked(at: str) -> None:
    """Wrong proofs became too many at a "contact", "order", "address" or in the whole "shop"."""
    _attacks.labels(at).inc()


def model_failed(model: str, kind: str) -> None:
    """An attempt failed; `kind` is the `ModelError`'s."""
    _model_calls.labels(model, kind).inc()


def model_passed_over(model: str, cause: str) -> None:
    """A model was not asked."""
    _model_passed.labels(model, cause).inc()


def model_used(model: str, *, read: int, written: int, cost: float) -> None:
    """A call used so many tokens."""
    _model_tokens.labels(model, "read").inc(read)
    _model_tokens.labels(model, "written").inc(written)
    _model_cost.labels(model).inc(cost)


def model_circuit(model: str, state: str) -> None:
    """A circuit is in this state now."""
    _model_circuit.labels(model).set(("closed", "half_open", "open").index(state))


def model_read(result: str) -> None:
    """A model has read a burst, or was to: calls, unusable or nothing came of it."""
    _read.labels(result).inc()


def written(by: str, seconds: float | None = None) -> None:
    """An answer has the words of this model, after so many seconds; or those of its "entry"."""
    _written.labels(by).inc()
    if seconds is not None:
        _writing.labels(by).observe(seconds)


def sentence_rejected(reason: str) -> None:
    """A model's sentence did not stand on its passages."""
    _rejected.labels(reason).inc()


def answer_failed() -> None:
    """Answering a burst raised an error; it will be tried again or given up."""
    _worker_failures.inc()


def delivery_failed(channel: str, *, permanent: bool) -> None:
    """A channel did not take a reply; `permanent` when it never will."""
    _undelivered.labels(channel, str(permanent).lower()).inc()


def serving(build: str, model: str, created: datetime) -> None:
    """This build is answering from now on; `model` and `created` are its manifest's."""
    _index.info({"build": build, "model": model})
    _index_built.set(created.timestamp())


def process(role: str) -> None:
    """This process is one of "all", "web" or "worker"."""
    _process.info({"role": role})


def _no_duties() -> Mapping[str, bool]:
    return {}


def route(
    db: Database,
    *,
    token: str = "",
    local: bool = True,
    duties: Callable[[], Mapping[str, bool]] = _no_duties,
) -> Route:
    """`GET /metrics` in Prometheus' text format; it works without the database, too.

    With a `token` only who sends it as the bearer sees it; else, where `local`, this machine:
    behind a proxy everybody may seem to be this machine. `duties` says which of what only one
    process does, by name, this one has.
    """

    async def metrics(request: Request) -> Response:
        given = request.headers.get("authorization", "").encode()
        if token and not hmac.compare_digest(given, f"Bearer {token}".encode()):
            return _closed(request, 401, {"WWW-Authenticate": "Bearer"})
        if not token and not (local and is_local(request.client)):
            return _closed(request, 403)
        for name, held in duties().items():
            _duties.labels(name).set(held)
        await _look(db)
        text = await asyncio.to_thread(generate_latest, REGISTRY)
        return Response(text, media_type=CONTENT_TYPE_LATEST, headers=_UNKEPT)

    return Route("/metrics", metrics)


def _closed(request: Request, status: int, headers: Mapping[str, str] | None = None) -> Response:
    text = t("ops.metrics_closed", preferred(request.headers))
    return PlainTextResponse(text, status, {**_UNKEPT, **(headers or {})})


async def _look(db: Database) -> None:
    """Set the gauges to what the database holds now; they keep their values while it is away."""
    try:
        async with asyncio.timeout(_PATIENCE):
            counts = await db.query(_counts)
    except (DatabaseError, TimeoutError):
        _database.set(0)
        return
    _database.set(1)
    for gauge, value in counts:
        gauge.set(value)


def _counts(session: Session) -> list[tuple[Gauge, float]]:
    inbox = _by_status(session, InboxRow)
    outbox = _by_status(session, OutboxRow)
    tickets = _by_status(session, TicketRow)
    since = session.exec(
        select(func.min(TicketRow.created_at)).where(TicketRow.status == "open")
    ).one()
    waited = 0.0 if since is None else (datetime.now(since.tzinfo) - since).total_seconds()
    return [
        (_inbox, inbox.get("open", 0)),
        (_outbox, outbox.get("open", 0)),
        (_dead.labels("inbox"), inbox.get("dead", 0)),
        (_dead.labels("outbox"), outbox.get("dead", 0)),
        (_tickets.labels("open"), tickets.get("open", 0)),
        (_tickets.labels("taken"), tickets.get("taken", 0)),
        (_oldest, max(0.0, waited)),
    ]


def _by_status(
    session: Session, table: type[InboxRow] | type[OutboxRow] | type[TicketRow]
) -> dict[str, int]:
    """How many rows are not finished, by status. The finished ones are many and not counted."""
    query = (
        select(table.status, func.count())
        .where(table.status.in_(("open", "taken", "dead")))  # type: ignore[attr-defined]
        .group_by(table.status)
    )
    return dict(session.exec(query).all())
