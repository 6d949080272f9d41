"""What each figure means, as pure functions of the facts.

Solved by the bot, *assumed*: it answered and no person was called. *Verified*: besides, for a day
after the last word nobody came back, no person was called and no thumb went down. A contact whose
day is not over is in neither share of the verified.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from statistics import median, quantiles

from bot.insights.facts import Case, Contact, Fact, Facts


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def rest(self) -> "Share":
        """All the others."""
        return Share(self.whole - self.part, self.whole)

    @property
    def percent(self) -> float | None:
        return 100 * self.part / self.whole if self.whole else None


@dataclass(frozen=True)
class Times:
    """How long something took, in seconds: the middle one, and what nine of ten stay under."""

    count: int
    median: float | None
    p90: float | None

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Times":
        if not seconds:
            return cls(0, None, None)
        p90 = quantiles(seconds, n=10, method="inclusive")[-1] if len(seconds) > 1 else seconds[0]
        return cls(len(seconds), median(seconds), p90)


@dataclass(frozen=True)
class Figures:
    """Of one period, or of one part of it."""

    contacts: int
    assumed: Share
    verified: Share
    deflected: Share
    tickets: int
    waiting: Times
    first_reply: Times
    handling: Times
    reopened: Share
    first_kept: Share
    end_kept: Share
    content: Share
    liked: int
    disliked: int


def solved(contact: Contact) -> bool:
    """Assumed to be solved by the bot."""
    return contact.answered and not contact.handed_over


def verified(contact: Contact) -> bool:
    against = contact.handed_over_later or contact.came_back or contact.disliked
    return solved(contact) and contact.settled and not against


def ending(contact: Contact) -> str:
    """How it ended, by the name of the figure that it counts in."""
    if contact.handed_over:
        return "handed_over"
    if not contact.answered:
        return "unanswered"
    if not contact.settled:
        return "unsettled"
    return "verified" if verified(contact) else "unverified"


def waiting(case: Case) -> float | None:
    """Seconds until an agent took it."""
    return _seconds(case.taken - case.at) if case.taken else None


def first_reply(case: Case) -> float | None:
    """Seconds until the shopper read a person."""
    return _seconds(case.replied - case.at) if case.replied else None


def handling(case: Case) -> float | None:
    """Seconds that an agent had it."""
    return _seconds(case.closed - case.taken) if case.taken and case.closed else None


def of(facts: Facts) -> Figures:
    contacts, cases = facts.contacts, facts.cases
    return Figures(
        contacts=len(contacts),
        assumed=_share(contacts, solved),
        verified=_share([each for each in contacts if each.settled], verified),
        deflected=_share(contacts, lambda each: not each.handed_over),
        tickets=len(cases),
        waiting=_times(cases, waiting),
        first_reply=_times(cases, first_reply),
        handling=_times(cases, handling),
        reopened=_share([each for each in cases if each.closed], lambda each: each.reopened),
        first_kept=_promised([each.first_kept for each in cases]),
        end_kept=_promised([each.end_kept for each in cases]),
        content=_share([each for each in cases if each.content], lambda each: each.content > 0),
        liked=sum(each.value > 0 for each in facts.ratings),
        disliked=sum(each.value < 0 for each in facts.ratings),
    )


def _slowest(time: Callable[[Case], float | None]) -> Callable[[Facts], list[Case]]:
    """The tickets of a time, the longest first."""

    def cases(facts: Facts) -> list[Case]:
        timed = [(seconds, case) for case in facts.cases if (seconds := time(case)) is not None]
        return [case for _, case in sorted(timed, key=lambda each: each[0], reverse=True)]

    return cases


def _ended(how: str, facts: Facts) -> Sequence[Fact]:
    return [each for each in facts.contacts if ending(each) == how]


BEHIND: Mapping[str, Callable[[Facts], Sequence[Fact]]] = {
    "contacts": lambda facts: facts.contacts,
    "assumed": lambda facts: [each for each in facts.contacts if solved(each)],
    **{
        name: partial(_ended, name)
        for name in ("verified", "unverified", "unsettled", "handed_over", "unanswered")
    },
    "deflected": lambda facts: [each for each in facts.contacts if not each.handed_over],
    "tickets": lambda facts: facts.cases,
    "waiting": _slowest(waiting),
    "first_reply": _slowest(first_reply),
    "handling": _slowest(handling),
    "reopened": lambda facts: [each for each in facts.cases if each.closed and each.reopened],
    "first_kept": lambda facts: [each for each in facts.cases if each.first_kept is False],
    "end_kept": lambda facts: [each for each in facts.cases if each.end_kept is False],
    "content": lambda facts: [each for each in facts.cases if each.content],
    "liked": lambda facts: [each for each in facts.ratings if each.value > 0],
    "disliked": lambda facts: [each for each in facts.ratings if each.value < 0],
}
"""By a figure's name: what it was counted from; of a service level those that broke it."""


def _promised(kept: Sequence[bool | None]) -> Share:
    told = [each for each in kept if each is not None]
    return Share(sum(told), len(told))


def _share(facts: Sequence[Fact], holds: Callable[..., bool]) -> Share:
    return Share(sum(map(holds, facts)), len(facts))


def _times(cases: Sequence[Case], time: Callable[[Case], float | None]) -> Times:
    return Times.of([seconds for case in cases if (seconds := time(case)) is not None])


def _seconds(span: timedelta) -> float:
    return max(0.0, span.total_seconds())
