"""A report: the figures of a period, whole and by reason, language, channel, agent, hour and week.

`Asked` is what a reader narrows it down to; the same asks for the conversations behind a figure.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Literal

from sqlmodel import Session

from bot.database.tables import TicketRow
from bot.insights import facts, figures
from bot.insights.facts import Fact, Facts, Kept
from bot.insights.figures import BEHIND, Figures

PERIODS = (7, 30, 90)  # days
BY = ("week", "hour", "reason", "agent", "channel", "language")
_OF_TICKETS = ("reason", "agent")  # what a contact that the bot had alone does not know


def unpromised(kind: Literal["first", "resolution"], ticket: TicketRow) -> None:
    """No service level."""


@dataclass(frozen=True)
class Asked:
    """The last `days`, whole days of the shop's and today; "" narrows nothing down. `by` and `part`
    are one row of a table: what of the report a figure stands in."""

    days: int = 30
    channel: str = ""
    language: str = ""
    by: str = ""
    part: str = ""

    def since(self, now: datetime, zone: tzinfo) -> datetime:
        """Midnight, where the shop is, so many days ago."""
        midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - timedelta(days=self.days - 1)


@dataclass(frozen=True)
class Report:
    """`groups` by what they are grouped by, then by part, as a reader would order them; `endings`
    of all (""), of weeks and hours: how many contacts ended how (`figures.ending`)."""

    since: datetime
    until: datetime
    whole: Figures
    groups: Mapping[str, Mapping[str, Figures]]
    endings: Mapping[str, Mapping[str, Mapping[str, int]]]
    channels: Sequence[str]
    languages: Sequence[str]


def make(
    session: Session, asked: Asked, now: datetime, zone: tzinfo, kept: Kept = unpromised
) -> Report:
    """The report of what there is `now`; `kept` knows the service level."""
    since = asked.since(now, zone)
    everything = facts.load(session, since, now, now, kept)
    some = everything.only(_narrowed(asked))
    return Report(
        since,
        now,
        figures.of(some),
        {by: _groups(some, by, zone) for by in BY},
        {by: _endings(some, by, zone) for by in ("", "week", "hour")},
        channels=sorted({each.channel for each in _all(everything)}),
        languages=sorted({each.language for each in _all(everything)}),
    )


def behind(
    session: Session,
    asked: Asked,
    figure: str,
    now: datetime,
    zone: tzinfo,
    kept: Kept = unpromised,
) -> Sequence[Fact]:
    """What a figure was counted from, the newest or slowest first; nothing for no such figure."""
    found = facts.load(session, asked.since(now, zone), now, now, kept).only(_narrowed(asked))
    if asked.by in BY:
        key = _KEYS[asked.by]
        found = found.only(lambda each: key(each, zone) == asked.part)
    of = BEHIND.get(figure)
    if of is None:
        return ()
    ordered = of(found)
    slow = figure in ("waiting", "first_reply", "handling")
    return ordered if slow else list(reversed(ordered))


def _all(found: Facts) -> list[Fact]:
    return [*found.contacts, *found.cases]


def _narrowed(asked: Asked) -> Callable[[Fact], bool]:
    return lambda each: (
        (not asked.channel or each.channel == asked.channel)
        and (not asked.language or each.language == asked.language)
    )


def _week(fact: Fact, zone: tzinfo) -> str:
    """The Monday that its week began with."""
    day = fact.at.astimezone(zone).date()
    return (day - timedelta(days=day.weekday())).isoformat()


_KEYS: Mapping[str, Callable[[Fact, tzinfo], str]] = {
    "": lambda *_: "",
    "week": _week,
    "hour": lambda fact, zone: f"{fact.at.astimezone(zone):%H}",
    "reason": lambda fact, _: fact.reason,
    "agent": lambda fact, _: fact.agent,
    "channel": lambda fact, _: fact.channel,
    "language": lambda fact, _: fact.language,
}


def _endings(found: Facts, by: str, zone: tzinfo) -> Mapping[str, Mapping[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for each in found.contacts:
        counts.setdefault(_KEYS[by](each, zone), Counter())[figures.ending(each)] += 1
    return counts


def _groups(found: Facts, by: str, zone: tzinfo) -> Mapping[str, Figures]:
    """Those with most to them first; weeks and hours as they come."""
    key = _KEYS[by]
    if by in _OF_TICKETS:
        found = Facts(cases=found.cases)
    parts: dict[str, list[list[Fact]]] = {}
    for place, kind in enumerate((found.contacts, found.cases, found.ratings)):
        for each in kind:
            parts.setdefault(key(each, zone), [[], [], []])[place].append(each)
    made = {
        part: figures.of(Facts(*map(tuple, kinds)))  # type: ignore[arg-type]
        for part, kinds in parts.items()
        if part or by not in _OF_TICKETS
    }
    if by in ("week", "hour"):
        return dict(sorted(made.items()))
    return dict(sorted(made.items(), key=lambda each: (-each[1].contacts, -each[1].tickets)))
