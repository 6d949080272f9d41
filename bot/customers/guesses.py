"""Guessing is slowed for the guesser and not for the guessed: wrong proofs are counted, by chat, by
contact, by order, by the address they come from, and for the whole shop.

A chat's own wrong tries pause that chat. Everything else is never closed: a contact, an order or an
address at which too much was guessed becomes guarded, and from then on a number with its contact is
enough only in a chat that the guesser cannot have made for this. Who else asks is the customer all
the same by a code, by a link, or for a person.

Counts are rows of the database that are locked while they are looked at, so that neither a restart
nor many chats at once buy a guesser another try. All but chats are named by keyed hashes, whether
they exist or not. What a proof is and what the shopper hears is not decided here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import Session, col, delete, select

from bot.database import keys
from bot.database.tables import GuessRow
from bot.database.upsert import insert_missing
from bot.language.contacts import email_key
from bot.orders.record import digits_of
from bot.origins import origin

Verdict = Literal["allowed", "paused", "guarded"]

DAY, WEEK = timedelta(days=1), timedelta(days=7)
REPORTED_AT = 5
"""So many wrong proofs in one chat within a day bring a person in, once."""

SHOP = "shop"
_ALARM = "alarm"
ALARM_EVERY = timedelta(hours=1)
_REMEMBERED: Mapping[str, timedelta] = {  # how long wrong tries count, by kind of subject
    "chat": DAY,
    "contact": WEEK,
    "order": WEEK,
    "address": DAY,
    SHOP: timedelta(hours=1),
}
_LIMITS: Mapping[str, int] = {  # wrong tries from which a subject is guarded, and an alarm is due
    "chat": REPORTED_AT,
    "contact": 5,
    "order": 5,
    "address": 10,
    SHOP: 20,
}
_KEPT = 20  # moments of one subject; more make no pause longer
_FORGIVEN = 1  # wrong tries after which a chat is not taken for a guesser's yet
_OLDER = 2  # times as old as the oldest guesser's chat
_PAUSES = (  # a chat's wrong proofs in a day, from so many on → how long nothing is looked at
    (10, DAY),
    (6, timedelta(hours=1)),
    (5, timedelta(minutes=10)),
    (4, timedelta(minutes=2)),
    (3, timedelta(seconds=30)),
)


@dataclass(frozen=True)
class Tried:
    """One try: the subjects it is at and comes from, "" where there is none.

    `chat_id` is a conversation that `begun` at that time; `known`: it has proven this very customer
    before.
    """

    chat_id: int
    begun: datetime
    contact: str = ""
    order: str = ""
    address: str = ""
    known: bool = False

    @property
    def subjects(self) -> list[str]:
        return [chat(self.chat_id), *filter(None, (self.contact, self.order, self.address))]


@dataclass(frozen=True)
class Record:
    """What is remembered of one subject's wrong tries."""

    kind: str
    times: tuple[datetime, ...] = ()
    since: datetime | None = None
    elder: int | None = None
    elder_age: timedelta = timedelta()

    @property
    def guarded(self) -> bool:
        return len(self.times) >= _LIMITS.get(self.kind, _KEPT)

    @property
    def began(self) -> datetime | None:
        """When what is going on began; of the shop, where somebody always mistypes, lately."""
        return self.times[-_LIMITS[SHOP]] if self.kind == SHOP and self.guarded else self.since


def chat(conversation_id: int) -> str:
    """The subject for a chat."""
    return f"chat:{conversation_id}"


def order(session: Session, number: str) -> str:
    """The subject for an order's number, as `number_of` spells it, with its letters or without."""
    return f"order:{keys.mac(session, 'guesses.order', digits_of(number))}"


def contact(mac: str) -> str:
    """The subject for an e-mail address or a phone number, of which `mac` is the keyed hash."""
    return f"contact:{mac}" if mac else ""


def email_mac(session: Session, email: str) -> str:
    """The keyed hash that stands for an e-mail address."""
    return keys.mac(session, "proof.contact", "email", email_key(email))


def address(session: Session, came_from: str) -> str:
    """The subject for the network address that a message came from; "" when that is unknown."""
    counted = origin((came_from, 0))
    return f"address:{keys.mac(session, 'guesses.address', counted)}" if counted else ""


def open_again(wrong: Sequence[datetime], at: datetime) -> datetime | None:
    """When a chat's next try is looked at, after wrong ones at these times; None: at once. Pure."""
    recent = [moment for moment in wrong if moment > at - DAY]
    pause = next((pause for count, pause in _PAUSES if len(recent) >= count), None)
    if pause is None or max(recent) + pause <= at:
        return None
    return max(recent) + pause


def judge(tried: Tried, records: Mapping[str, Record], at: datetime) -> Verdict:
    """Whether a number with its contact is looked at; `records` by subject. Pure.

    Of a guarded subject the guesser's chats are as old as the guessing at most, unless they were
    made in advance; then one that is twice as old as any that guessed is not one of them.
    """
    own = records.get(chat(tried.chat_id), Record("chat"))
    if open_again(own.times, at):
        return "paused"
    guarded = [record for record in records.values() if record.kind != "chat" and record.guarded]
    if tried.known or not guarded:
        return "allowed"
    from_there = records.get(tried.address, Record("address"))
    if len(own.times) > _FORGIVEN or len(from_there.times) > len(own.times):
        return "guarded"
    older = all(_older(tried, record, at) for record in guarded)
    return "allowed" if older else "guarded"


def _older(tried: Tried, record: Record, at: datetime) -> bool:
    if record.began is not None and tried.begun >= record.began:
        return False
    return record.elder == tried.chat_id or at - tried.begun >= _OLDER * record.elder_age


def assess(session: Session, tried: Tried, *, at: datetime) -> Verdict:
    """`judge` by what the database remembers.

    The subjects' rows stay locked for the caller's transaction: tries at one subject come one by
    one. The shop's is only read.
    """
    records = {row.subject: _record(row, at) for row in _locked(session, tried.subjects)}
    shop = session.get(GuessRow, SHOP, populate_existing=True)
    if shop is not None:
        records[SHOP] = _record(shop, at)
    return judge(tried, records, at)


def guarded(session: Session, subject: str, *, at: datetime) -> bool:
    """Whether a subject is guarded now; it locks nothing."""
    row = session.get(GuessRow, subject, populate_existing=True)
    return row is not None and _record(row, at).guarded


def wrong(session: Session, tried: Tried, *, at: datetime) -> frozenset[str]:
    """Count a wrong try; the kinds of subject that became too much by it."""
    reached = set()
    for row in _locked(session, [*tried.subjects, SHOP]):
        before = _record(row, at)
        if not before.times:
            row.since = at
        if not before.guarded:
            row.elder, row.elder_age = None, 0
        elif (age := int((at - tried.begun).total_seconds())) > row.elder_age:
            row.elder, row.elder_age = tried.chat_id, age
        row.times = [moment.isoformat() for moment in [*before.times, at]][-_KEPT:]
        row.updated_at = at
        if not before.guarded and _record(row, at).guarded:
            reached.add(before.kind)
    session.flush()
    return frozenset(reached)


def first_alarm(session: Session, *, at: datetime) -> bool:
    """Whether this is the one that is to call a person: once an attack, by whatever it varies."""
    return spend(session, _ALARM, 1, ALARM_EVERY, at=at)


def belongs(session: Session, subject: str, customer_id: str) -> None:
    """Note whose contact a subject is, for when they have to be told."""
    [row] = _locked(session, [subject])
    row.customer_id = customer_id
    session.flush()


def owner(session: Session, subject: str) -> str | None:
    """Whose contact it is, as far as `belongs` was told."""
    row = session.get(GuessRow, subject)
    return row.customer_id if row else None


def spend(session: Session, subject: str, allowed: int, within: timedelta, *, at: datetime) -> bool:
    """Count one use of something that may be had `allowed` times in `within`; False: not now."""
    [row] = _locked(session, [subject])
    recent = [moment for moment in _times(row) if moment > at - within]
    if len(recent) >= allowed:
        return False
    row.times, row.updated_at = [moment.isoformat() for moment in [*recent, at]], at
    session.flush()
    return True


def spent(session: Session, subject: str, within: timedelta, *, at: datetime) -> list[datetime]:
    """The uses that `spend` has counted in `within`, oldest first; it locks nothing."""
    row = session.get(GuessRow, subject, populate_existing=True)
    return [moment for moment in _times(row) if moment > at - within] if row else []


def sweep(session: Session, *, at: datetime) -> int:
    """Delete what counts no more; how many rows."""
    old = delete(GuessRow).where(col(GuessRow.updated_at) <= at - WEEK)
    return session.exec(old).rowcount


def _record(row: GuessRow, at: datetime) -> Record:
    kind = row.subject.partition(":")[0]
    remembered = _REMEMBERED.get(kind, WEEK)
    recent = tuple(moment for moment in _times(row) if moment > at - remembered)
    age = timedelta(seconds=row.elder_age)
    return Record(kind, recent, row.since if recent else None, row.elder, age)


def _times(row: GuessRow) -> list[datetime]:
    return [datetime.fromisoformat(moment) for moment in row.times]


def _locked(session: Session, subjects: Iterable[str]) -> list[GuessRow]:
    """The subjects' rows, made where missing, locked in one order everywhere: no deadlocks."""
    names = sorted(set(subjects))
    insert_missing(session, GuessRow, *({"subject": name, "times": []} for name in names))
    query = (
        select(GuessRow)
        .where(col(GuessRow.subject).in_(names))
        .order_by(col(GuessRow.subject))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.exec(query))
