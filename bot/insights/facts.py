"""What figures are made of: contacts, tickets and ratings of a period, read in four queries.

A contact is what a shopper has to say at one time: their messages and the bot's answers, until it
has been quiet for an hour. While a person has the conversation it stays the same contact.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Select, Text, case, cast, func
from sqlalchemy import select as select_from
from sqlmodel import Session, col, or_, select

from bot.database.tables import AuditRow, ConversationRow, FeedbackRow, TicketRow, TurnRow
from bot.types import Author

QUIET = timedelta(hours=1)
"""After so long without a word a contact is over."""

DAY = timedelta(days=1)
"""In which nothing may speak against it, until a contact that the bot solved counts as solved."""

_SPEAKING = (Author.SHOPPER.value, Author.BOT.value)


@dataclass(frozen=True)
class Fact:
    """What happened in a conversation, and when; `ticket` is a ticket's number where it is one's.
    What a kind does not know (`reason`, `agent`) is ""."""

    conversation: int
    at: datetime
    channel: str
    language: str
    ticket: int | None = None
    reason: str = ""
    agent: str = ""


@dataclass(frozen=True, kw_only=True)
class Contact(Fact):
    """`answered`: the bot gave an answer from the knowledge or a record. `handed_over`: a person
    had it. The other four are of the day after `end`; `settled` says that it is over."""

    end: datetime
    answered: bool
    handed_over: bool
    handed_over_later: bool = False
    came_back: bool = False
    disliked: bool = False
    settled: bool = True


@dataclass(frozen=True, kw_only=True)
class Case(Fact):
    """A ticket, from its opening at `at`. `reopened`: opened again, or the shopper needed a person
    again within a day. `content`: what they said of the help, 1 or -1, 0 for nothing. The service
    level for the first reply and for the end is kept or not; None where none was promised."""

    taken: datetime | None = None
    replied: datetime | None = None
    closed: datetime | None = None
    reopened: bool = False
    content: int = 0
    first_kept: bool | None = None
    end_kept: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Rating(Fact):
    """A shopper's thumb for an answer of the bot's, up (1) or down (-1)."""

    value: int


@dataclass(frozen=True)
class Facts:
    """All of a period, the oldest first."""

    contacts: tuple[Contact, ...] = ()
    cases: tuple[Case, ...] = ()
    ratings: tuple[Rating, ...] = ()

    def only(self, of: Callable[[Fact], bool]) -> "Facts":
        """Those facts of which `of` holds."""
        return Facts(
            tuple(filter(of, self.contacts)),
            tuple(filter(of, self.cases)),
            tuple(filter(of, self.ratings)),
        )


Places = dict[int, tuple[str, str]]


Kept = Callable[[Literal["first", "resolution"], TicketRow], bool | None]
"""Whether a ticket's service level of a kind ("first", "resolution") was kept."""


def load(
    session: Session,
    since: datetime,
    until: datetime,
    now: datetime,
    kept: Kept = lambda *_: None,
) -> Facts:
    """What began from `since` on and before `until`, as it stands `now`."""
    tickets = _tickets(session, since, until)
    given = session.exec(
        select(
            FeedbackRow.conversation_id, FeedbackRow.at, FeedbackRow.value, FeedbackRow.ticket_id
        )
        .where(FeedbackRow.at >= since, FeedbackRow.at < until + DAY + DAY)
        .where(FeedbackRow.value != 0)
        .order_by(col(FeedbackRow.at))
    ).all()
    content = {ticket: value for _, _, value, ticket in given if ticket is not None}
    ratings = [(chat, at, value) for chat, at, value, ticket in given if ticket is None]
    disliked = defaultdict(list)
    for conversation, at, value in ratings:
        if value < 0:
            disliked[conversation].append(at)
    talks = list(_talks(session, since, until, tickets))
    places = _places(session, talks, tickets, [row[0] for row in ratings])
    return Facts(
        tuple(
            sorted(
                (
                    contact
                    for talk in talks
                    for contact in _contacts(talk, tickets, disliked, places, now)
                    if since <= contact.at < until
                ),
                key=lambda each: each.at,
            )
        ),
        tuple(_cases(session, tickets, places, since, until, content, kept)),
        tuple(
            Rating(conversation, at, *places[conversation], value=value)
            for conversation, at, value in ratings
            if at < until and conversation in places
        ),
    )


@dataclass
class _Talk:
    """A contact while it is read."""

    conversation: int
    start: datetime
    end: datetime
    answered: bool = False
    following: datetime | None = None  # when the next one began


Tickets = dict[int, list[TicketRow]]


def _tickets(session: Session, since: datetime, until: datetime) -> Tickets:
    """By conversation: those that a contact of the period may have to do with."""
    closed = col(TicketRow.closed_at)
    query = select(TicketRow).where(
        TicketRow.created_at < until + DAY + DAY, or_(closed.is_(None), closed >= since)
    )
    found: Tickets = defaultdict(list)
    for row in session.exec(query.order_by(col(TicketRow.id))):
        found[row.conversation_id].append(row)
    return found


def _talks(session: Session, since: datetime, until: datetime, tickets: Tickets) -> Iterator[_Talk]:
    """Contacts as the turns show them, those that began a little before and after, too."""
    talk: _Talk | None = None
    for conversation, start, end, answered in session.execute(_runs(session, since, until)):
        if talk is not None and talk.conversation == conversation:
            if _had(tickets.get(conversation, ()), start, start):
                talk.end, talk.answered = end, talk.answered or bool(answered)
                continue
            talk.following = start
        if talk is not None:
            yield talk
        talk = _Talk(conversation, start, end, bool(answered))
    if talk is not None:
        yield talk


def _runs(session: Session, since: datetime, until: datetime) -> Select[Any]:
    """The messages of each conversation cut where it was quiet, a row for each run of them: put
    together by the database, which holds a hundred times as many."""
    before = func.lag(col(TurnRow.at)).over(
        partition_by=col(TurnRow.conversation_id), order_by=col(TurnRow.id)
    )
    if session.get_bind().dialect.name == "sqlite":
        quiet = (func.julianday(col(TurnRow.at)) - func.julianday(before)) * DAY.total_seconds()
    else:
        quiet = func.extract("epoch", col(TurnRow.at)) - func.extract("epoch", before)
    shopper = col(TurnRow.author) == Author.SHOPPER.value
    begins = shopper & (before.is_(None) | (quiet > QUIET.total_seconds()))
    found = func.length(cast(TurnRow.sources, Text)) > 2  # an empty list is "[]"
    turns = (
        select_from(
            col(TurnRow.conversation_id).label("conversation"),
            col(TurnRow.id).label("turn"),
            col(TurnRow.at).label("at"),
            case((begins, 1), else_=0).label("begins"),
            case((~shopper & found, 1), else_=0).label("answered"),
        )
        .where(col(TurnRow.author).in_(_SPEAKING))
        .where(col(TurnRow.at) >= since - QUIET, col(TurnRow.at) < until + DAY + DAY)
        .subquery()
    )
    counted = func.sum(turns.c.begins).over(
        partition_by=turns.c.conversation, order_by=turns.c.turn
    )
    runs = select_from(turns, counted.label("run")).subquery()
    return (
        select_from(
            runs.c.conversation, func.min(runs.c.at), func.max(runs.c.at), func.max(runs.c.answered)
        )
        .where(runs.c.run > 0)  # else the end of what began before
        .group_by(runs.c.conversation, runs.c.run)
        .order_by(runs.c.conversation, runs.c.run)
    )


def _had(tickets: Sequence[TicketRow], start: datetime, end: datetime) -> TicketRow | None:
    """The ticket that was open at any time from `start` to `end`."""
    return next(
        (
            ticket
            for ticket in tickets
            if ticket.created_at <= end and (ticket.closed_at is None or ticket.closed_at >= start)
        ),
        None,
    )


def _contacts(
    talk: _Talk,
    tickets: Tickets,
    disliked: dict[int, list[datetime]],
    places: Places,
    now: datetime,
) -> Iterator[Contact]:
    theirs = tickets.get(talk.conversation, ())
    had, later = _had(theirs, talk.start, talk.end + QUIET), talk.end + DAY
    if talk.conversation not in places:
        return  # erased meanwhile
    yield Contact(
        talk.conversation,
        talk.start,
        *places[talk.conversation],
        ticket=had.id if had else None,
        end=talk.end,
        answered=talk.answered,
        handed_over=had is not None,
        handed_over_later=_had(theirs, talk.start, later) is not None,
        came_back=talk.following is not None and talk.following <= later,
        disliked=any(talk.start <= at <= later for at in disliked.get(talk.conversation, ())),
        settled=later <= now,
    )


def _cases(
    session: Session,
    tickets: Tickets,
    places: Places,
    since: datetime,
    until: datetime,
    content: Mapping[int, int],
    kept: Kept,
) -> list[Case]:
    query = select(AuditRow.target).where(AuditRow.act == "ticket.reopened", AuditRow.at >= since)
    again = set(session.exec(query))
    cases = []
    for conversation, theirs in tickets.items():
        for place, row in enumerate(theirs):
            if not since <= row.created_at < until or conversation not in places:
                continue
            closed = row.closed_at
            soon = place + 1 < len(theirs) and closed is not None
            back = soon and closed is not None and theirs[place + 1].created_at - closed <= DAY
            channel, _ = places[conversation]
            cases.append(
                Case(
                    conversation,
                    row.created_at,
                    channel,
                    row.language,
                    ticket=row.id,
                    reason=row.reason,
                    agent=row.agent or "",
                    taken=row.taken_at,
                    replied=row.first_reply_at,
                    closed=closed,
                    reopened=str(row.id) in again or back,
                    content=content.get(row.id or 0, 0),
                    first_kept=kept("first", row),
                    end_kept=kept("resolution", row),
                )
            )
    return sorted(cases, key=lambda case: case.at)


def _places(
    session: Session, talks: Sequence[_Talk], tickets: Tickets, rated: Sequence[int]
) -> Places:
    """Channel and language of each conversation."""
    wanted = sorted({talk.conversation for talk in talks} | tickets.keys() | set(rated))
    places: Places = {}
    for start in range(0, len(wanted), 5000):
        query = select(ConversationRow.id, ConversationRow.channel, ConversationRow.language)
        some = col(ConversationRow.id).in_(wanted[start : start + 5000])
        for number, channel, language in session.exec(query.where(some)):
            if number is not None:
                places[number] = (channel, language)
    return places
