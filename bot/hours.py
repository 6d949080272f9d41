"""The shop's opening hours in its own time zone, and its holidays: when is somebody there next?

It reads what `BOT_HOURS` and `BOT_HOLIDAYS` say and is asked about a moment; it knows no clock.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import count
from typing import Self

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PART = re.compile(r"([a-z]{3,9})(?: ?[-–] ?([a-z]{3,9}))? (closed|\d[\d: –-]{0,20})")
_TIMES = re.compile(r"(\d{1,2})(?::(\d\d))? ?[-–] ?(\d{1,2})(?::(\d\d))?")
_LENGTH = re.compile(r"(?:(\d{1,3})d)? ?(?:(\d{1,3})h)? ?(?:(\d{1,4})m)?")
_DAY = 24 * 60  # minutes
PRIORITIES = 3  # urgent, high, normal

Span = tuple[int, int]
"""From when till when, in minutes from the midnight before; a night's work ends after `_DAY`."""
Week = tuple[tuple[Span, ...], ...]
"""The spans of each day of the week, Monday first."""


class HoursError(ValueError):
    """What is wrong with a setting: `hours_form`, `hours_day`, `hours_time`, `hours_none`, `spans`
    or `holidays`, then a colon and the part of the setting that it is about."""


@dataclass(frozen=True)
class Hours:
    """Hours that have at least one open day a week; on `holidays` nobody begins to work."""

    week: Week
    holidays: frozenset[date]
    zone: tzinfo

    @classmethod
    def of(cls, hours: str, holidays: str, zone: tzinfo) -> Self | None:
        """The settings' hours; None where none are set. `HoursError`."""
        return cls(read_week(hours), read_holidays(holidays), zone) if hours.strip() else None

    def opens(self, at: datetime) -> datetime | None:
        """When somebody is there next, in the shop's zone; None while somebody is."""
        today = at.astimezone(self.zone).date()
        for ahead in count(-1):  # a night's work began the day before
            day = today + timedelta(days=ahead)
            later = []
            for begins, ends in self._spans(day):
                if begins <= at < ends:
                    return None
                if begins > at:
                    later.append(begins)
            if later:
                return min(later).astimezone(self.zone)
        raise AssertionError  # holidays end, and each week has an open day

    def after(self, at: datetime, span: timedelta) -> datetime:
        """The moment by which people will have been there for so long since then, as UTC."""
        today, left, begun = at.astimezone(self.zone).date(), span, at.astimezone(UTC)
        for ahead in count(-1):
            for begins, ends in sorted(self._spans(today + timedelta(days=ahead))):
                begun = max(begun, begins)
                if begun + left <= ends:
                    return begun + left
                left -= max(timedelta(), ends - begun)
                begun = max(begun, ends)
        raise AssertionError  # holidays end, and each week has an open day

    def worked(self, begun: datetime, ended: datetime) -> timedelta:
        """How long people were there between the two."""
        day, last = (each.astimezone(self.zone).date() for each in (begun, ended))
        day, whole = day - timedelta(days=1), timedelta()
        while day <= last:
            for begins, ends in sorted(self._spans(day)):
                begun = max(begun, begins)
                if ended > begun and ends > begun:
                    whole += min(ended, ends) - begun
                    begun = min(ended, ends)
            day += timedelta(days=1)
        return whole

    def _spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        for begins, ends in () if day in self.holidays else self.week[day.weekday()]:
            yield self._moment(day, begins), self._moment(day, ends)

    def _moment(self, day: date, minutes: int) -> datetime:
        """What the clock on the wall says, as UTC: moments of one zone are compared by the wall."""
        wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
        return wall.replace(tzinfo=self.zone).astimezone(UTC)


def read_week(text: str) -> Week:
    """The hours in "mon-fri 9:00-18:00, sat 10:00-14:00, sun closed"; `HoursError`.

    Hours that end before they begin, as 20:00-2:00, end the next day.
    """
    week: list[list[Span]] = [[] for _ in _DAYS]
    closed: set[int] = set()
    for part in _parts(text):
        found = _PART.fullmatch(" ".join(part.casefold().split()))
        if found is None:
            raise HoursError(f"hours_form: {part}")
        days = _days(found[1], found[2] or found[1])
        if found[3] == "closed":
            closed.update(days)
            continue
        span = _span(found[3])
        for day in days:
            week[day].append(span)
    open_days = tuple(() if day in closed else tuple(week[day]) for day in range(len(_DAYS)))
    if not any(open_days):
        raise HoursError(f"hours_none: {text.strip()}")
    return open_days


def read_spans(text: str) -> tuple[timedelta, ...]:
    """How long something may take at each priority, as in "15m, 1h, 2d 4h"; `HoursError`."""
    spans = []
    for part in _parts(text):
        found = _LENGTH.fullmatch(part)
        if found is None or not part:
            raise HoursError(f"spans: {part}")
        days, hours, minutes = (int(each or 0) for each in found.groups())
        spans.append(timedelta(days=days, hours=hours, minutes=minutes))
    if len(spans) not in (0, PRIORITIES) or any(not span for span in spans):
        raise HoursError(f"spans: {text.strip()}")
    return tuple(spans)


def read_holidays(text: str) -> frozenset[date]:
    """The days in "2026-12-25, 2026-12-26"; `HoursError`."""
    days = set()
    for part in _parts(text):
        try:
            days.add(date.fromisoformat(part))
        except ValueError as error:
            raise HoursError(f"holidays: {part}") from error
    return frozenset(days)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in re.split("[,，;]", text) if part.strip()]


def _days(first: str, last: str) -> list[int]:
    """The days from one to another, by Sunday if need be."""
    begins, ends = _weekday(first), _weekday(last)
    return [(begins + n) % 7 for n in range((ends - begins) % 7 + 1)]


def _weekday(name: str) -> int:
    for number, day in enumerate(_DAYS):
        if day.startswith(name):
            return number
    raise HoursError(f"hours_day: {name}")


def _span(text: str) -> Span:
    found = _TIMES.fullmatch(text.strip())
    if found is None:
        raise HoursError(f"hours_time: {text}")
    hour, minute, end_hour, end_minute = (int(each or 0) for each in found.groups())
    begins, ends = 60 * hour + minute, 60 * end_hour + end_minute
    right = minute < 60 and end_minute < 60 and begins < _DAY and ends <= _DAY
    if not right or begins == ends:
        raise HoursError(f"hours_time: {text}")
    return begins, ends if ends > begins else ends + _DAY
