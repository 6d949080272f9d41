"""Which tickets there are, by pages: the queue at the desk and on the command line.

Nothing here reads more tickets than a page holds; how many there are is counted by the database.
What is done with a ticket is in `assignment.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, Self

from sqlalchemy import ColumnElement, and_, case, func, or_
from sqlmodel import Session, col, select

from bot.conversations.conversation import chat_of, saved
from bot.database.tables import (
    ConversationRow,
    MemberRow,
    MentionRow,
    NoteRow,
    TagRow,
    TicketRow,
    TurnRow,
)
from bot.tickets import sleep, teams, waiting
from bot.types import Author, Chat, Language, Pause, Reason, now

PAGE = 50  # tickets
Show = Literal["open", "mine", "team", "unassigned", "snoozed", "called", "closed", "all"]


@dataclass(frozen=True)
class Filter:
    """What the tickets of a part of the queue have in common; "" where it does not matter."""

    tag: str = ""
    language: str = ""
    channel: str = ""
    reason: str = ""
    team: str = ""

    def __bool__(self) -> bool:
        return self != EVERYTHING

    def conditions(self) -> list[ColumnElement[bool]]:
        """As a query asks for it."""
        tagged = select(TagRow.ticket_id).where(TagRow.tag == self.tag)
        on = select(ConversationRow.id).where(ConversationRow.channel == self.channel)
        asked: list[tuple[str, ColumnElement[bool]]] = [
            (self.tag, col(TicketRow.id).in_(tagged)),
            (self.language, col(TicketRow.language) == self.language),
            (self.channel, col(TicketRow.conversation_id).in_(on)),
            (self.reason, col(TicketRow.reason) == self.reason),
            (self.team, col(TicketRow.team) == self.team),
        ]
        return [condition for wanted, condition in asked if wanted]


EVERYTHING = Filter()
OWN: tuple[Show, ...] = ("mine", "team", "called")
"""What each agent sees other tickets in."""


@dataclass(frozen=True)
class Ticket:
    """A ticket and its chat. `name` is what the shopper is called there, `origin` where they came
    from, as the link that they followed says."""

    id: int
    conversation_id: int
    chat: Chat
    name: str
    origin: str
    status: str
    reason: Reason
    priority: int
    summary: str
    mood: float
    language: Language
    agent: str | None
    created_at: datetime
    taken_at: datetime | None
    first_reply_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    snoozed_until: datetime | None
    team: str | None
    pauses: tuple[Pause, ...]

    @classmethod
    def of(cls, row: TicketRow, conversation: ConversationRow, **more: Any) -> Self:
        """The stored ticket; `more` is what a kind of its own knows besides."""
        return cls(
            id=saved(row.id),
            conversation_id=row.conversation_id,
            chat=chat_of(conversation),
            name=conversation.name,
            origin=conversation.origin,
            status=row.status,
            reason=Reason(row.reason),
            priority=row.priority,
            summary=row.summary,
            mood=row.mood,
            language="zh" if row.language == "zh" else "en",
            agent=row.agent,
            created_at=row.created_at,
            taken_at=row.taken_at,
            first_reply_at=row.first_reply_at,
            closed_at=row.closed_at,
            outcome=row.outcome,
            snoozed_until=row.snoozed_until,
            team=row.team,
            **{"pauses": (), **more},
        )


@dataclass(frozen=True)
class TicketView(Ticket):
    """A ticket as the queue shows it.

    `waiting_since` is when the shopper began to wait for a person: the ticket's opening, or, once
    taken, their first message that no agent has answered; None when nothing is waiting. `last_*`
    is the last thing that a person said, shopper or agent. `asleep` says that nobody need look now.
    """

    waiting_since: datetime | None
    waiting_seconds: int
    last_at: datetime
    last_author: Author | None
    last_text: str
    asleep: bool

    @property
    def first_response_seconds(self) -> int | None:
        """From the ticket's opening to the first reply; None while there is none."""
        if self.first_reply_at is None:
            return None
        return int((self.first_reply_at - self.created_at).total_seconds())


@dataclass(frozen=True)
class Counts:
    """How many tickets each filter holds, those asleep apart. Nobody has the `waiting` ones; in the
    `called` ones a note calls the agent, who has not looked at it; `team` counts their teams'."""

    waiting: int
    open: int
    mine: int
    snoozed: int
    called: int
    closed: int
    team: int = 0

    def of(self, show: Show) -> int:
        """How many tickets are shown in all."""
        if show == "all":
            return self.open + self.snoozed + self.closed
        if show == "unassigned":
            return self.waiting
        return int(getattr(self, show))


@dataclass(frozen=True)
class Tally:
    """The counts of everybody at once."""

    everybody: Counts
    mine: Mapping[str, int]
    called: Mapping[str, int]
    team: Mapping[str, int]

    def of(self, agent: str | None) -> Counts:
        name = agent or ""
        own = {part: getattr(self, part).get(name, 0) for part in OWN}
        return replace(self.everybody, **own)


def queue(
    session: Session,
    show: Show = "open",
    *,
    agent: str | None = None,
    page: int = 1,
    at: datetime | None = None,
    only: Filter = EVERYTHING,
) -> list[TicketView]:
    """A page of tickets: those not closed, the most urgent and then the oldest first; then the
    closed ones, the newest first. `agent` is whose are "mine". A page past the last one is empty.
    """
    rows = session.exec(
        select(TicketRow)
        .where(*shown(show, agent), *only.conditions())
        .order_by(*_order(show))
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return views(session, list(rows), at or now())


def tally(session: Session) -> Tally:
    """How many tickets there are, and whose."""
    found = select(col(TicketRow.status), func.count()).group_by(col(TicketRow.status))
    by_status = dict(session.exec(found).all())
    sleeping = dict(session.exec(found.where(*shown("snoozed"))).all())
    waiting = by_status.get("open", 0) - sleeping.get("open", 0)
    everybody = Counts(
        waiting=waiting,
        open=waiting + by_status.get("taken", 0) - sleeping.get("taken", 0),
        mine=0,
        snoozed=sum(sleeping.values()),
        called=0,
        closed=by_status.get("closed", 0),
    )
    taken = select(TicketRow.agent, func.count()).where(*shown("open"))
    tickets = func.count(col(NoteRow.ticket_id).distinct())
    calls = (
        select(MentionRow.agent, tickets)
        .join(NoteRow, col(NoteRow.id) == MentionRow.note_id)
        .where(col(MentionRow.seen_at).is_(None))
    )
    shared = (
        select(MemberRow.agent, func.count())
        .join(TicketRow, col(TicketRow.team) == MemberRow.team)
        .where(*shown("open"))
    )
    mine = session.exec(taken.group_by(col(TicketRow.agent))).all()
    called = session.exec(calls.group_by(col(MentionRow.agent))).all()
    team = session.exec(shared.group_by(col(MemberRow.agent))).all()
    own = {name: count for name, count in mine if name}
    return Tally(everybody, own, dict(called), dict(team))


def counts(session: Session, agent: str | None = None) -> Counts:
    """How many tickets there are; `agent` is whose are "mine"."""
    return tally(session).of(agent)


def size(session: Session, show: Show, agent: str, only: Filter) -> int:
    """How many tickets are shown in all."""
    found = select(func.count(col(TicketRow.id))).where(*shown(show, agent), *only.conditions())
    return session.exec(found).one()


def next_for(
    session: Session, agent: str, show: Show = "open", only: Filter = EVERYTHING
) -> int | None:
    """The ticket that `agent` should see to next: the first that is shown, not closed, and
    theirs, or nobody's and not another team's."""
    waits = and_(col(TicketRow.status) == "open", teams.for_them(agent))
    free = or_(col(TicketRow.agent) == agent, waits)
    there = shown(show if show in ("mine", "team") else "open", agent)
    found = select(TicketRow.id).where(*there, *only.conditions(), free)
    return session.exec(found.order_by(*_order("open")).limit(1)).first()


def newest_of(session: Session, conversation_id: int) -> int | None:
    """The newest ticket of a conversation."""
    found = select(func.max(TicketRow.id)).where(TicketRow.conversation_id == conversation_id)
    return session.exec(found).one()


def shown(show: Show, agent: str | None = None) -> list[ColumnElement[bool]]:
    """What a ticket has to be like to be shown there."""
    unclosed = col(TicketRow.status).in_(("open", "taken"))  # by the index, which "not" is not
    asleep = is_asleep(now())
    calls = (
        select(MentionRow.note_id)
        .join(NoteRow, col(NoteRow.id) == MentionRow.note_id)
        .where(NoteRow.ticket_id == TicketRow.id)
        .where(MentionRow.agent == agent, col(MentionRow.seen_at).is_(None))
    )
    conditions: dict[Show, list[ColumnElement[bool]]] = {
        "open": [unclosed, ~asleep],
        "mine": [unclosed, ~asleep, col(TicketRow.agent) == agent],
        "team": [unclosed, ~asleep, teams.theirs(agent)],
        "unassigned": [col(TicketRow.status) == "open", ~asleep],
        "snoozed": [unclosed, asleep],
        "called": [calls.exists()],
        "closed": [col(TicketRow.status) == "closed"],
        "all": [],
    }
    return conditions[show]


def is_asleep(at: datetime) -> ColumnElement[bool]:
    """Until the shopper's next word, and until its time where it has one."""
    spoke = (
        select(TurnRow.id)
        .where(TurnRow.conversation_id == TicketRow.conversation_id)
        .where(TurnRow.author == Author.SHOPPER.value)
        .where(col(TurnRow.id) > col(TicketRow.snoozed_turn))
    )
    until = col(TicketRow.snoozed_until)
    return and_(
        col(TicketRow.snoozed_turn).is_not(None),
        or_(until.is_(None), until > at),
        ~spoke.exists(),
    )


def _order(show: Show) -> list[Any]:
    urgent = [col(TicketRow.priority), col(TicketRow.created_at), col(TicketRow.id)]
    newest = [col(TicketRow.closed_at).desc(), col(TicketRow.id).desc()]
    if show == "closed":
        return newest
    if show != "all":
        return urgent
    closed = col(TicketRow.status) == "closed"
    return [closed, *(case((~closed, each)) for each in urgent), *newest]


def views(session: Session, tickets: Sequence[TicketRow], at: datetime) -> list[TicketView]:
    """The tickets as they are shown, in their order; four queries at most."""
    ids = [ticket.conversation_id for ticket in tickets]
    conversations = {
        row.id: row
        for row in session.exec(select(ConversationRow).where(col(ConversationRow.id).in_(ids)))
    }
    last = waiting.last_turns(session, ids)
    unanswered = waiting.unanswered_since(session, ids)
    resting = [ticket.id for ticket in tickets if ticket.snoozed_turn is not None]
    slept = sleep.pauses(session, tickets)
    asleep: set[int | None] = set()
    if resting:
        query = select(TicketRow.id).where(col(TicketRow.id).in_(resting), is_asleep(at))
        asleep = set(session.exec(query))
    return [
        _view(
            ticket,
            conversations[ticket.conversation_id],
            last.get(ticket.conversation_id),
            unanswered.get(ticket.conversation_id),
            ticket.id in asleep,
            slept.get(saved(ticket.id), ()),
            at,
        )
        for ticket in tickets
    ]


def _view(
    ticket: TicketRow,
    conversation: ConversationRow,
    last: TurnRow | None,
    unanswered: datetime | None,
    asleep: bool,
    pauses: tuple[Pause, ...],
    at: datetime,
) -> TicketView:
    since: datetime | None = None
    if ticket.status == "open":
        since = ticket.created_at
    elif ticket.status == "taken" and unanswered is not None:
        since = max(ticket.created_at, unanswered)
    return TicketView.of(
        ticket,
        conversation,
        waiting_since=since,
        waiting_seconds=max(0, int((at - since).total_seconds())) if since else 0,
        last_at=last.at if last else conversation.updated_at,
        last_author=Author(last.author) if last else None,
        last_text=last.text if last else "",
        asleep=asleep,
        pauses=pauses,
    )
