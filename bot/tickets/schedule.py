"""When people are there and what the shop promises: as the desk's page says, else the settings.

What the page keeps is in the database, so that every process knows it within a few seconds and
nothing is started anew.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from bot.database import audit
from bot.database.db import Database
from bot.database.shared import Shared
from bot.database.tables import SettingRow
from bot.errors import InputError
from bot.hours import Hours, HoursError, read_holidays, read_spans, read_week
from bot.tickets.sla import Terms
from bot.types import Language

LONGEST = 2000  # characters of one of them
_STALE = 3.0  # seconds
_WHEN = "{when}"


@dataclass(frozen=True)
class Schedule:
    """Everything as it was typed: hours and times as in BOT_HOURS, BOT_HOLIDAYS,
    BOT_FIRST_RESPONSE and BOT_RESOLUTION, and what is said while nobody is there, "" for our own
    words."""

    hours: str = ""
    holidays: str = ""
    first_response: str = ""
    resolution: str = ""
    away_en: str = ""
    away_zh: str = ""

    def terms(self, zone: ZoneInfo) -> Terms:
        """Read. `HoursError`."""
        hours = Hours.of(self.hours, self.holidays, zone)
        return Terms(read_spans(self.first_response), read_spans(self.resolution), hours)


PARTS = tuple(asdict(Schedule()))


class Scheduled:
    """The schedule that counts now; safe to use from any thread."""

    def __init__(self, db: Database, settings: Schedule, zone: ZoneInfo) -> None:
        self.settings = settings
        self.zone = zone
        self._shared = Shared(db)
        self._read: tuple[Schedule, Terms] = settings, settings.terms(zone)

    def now(self) -> Schedule:
        return self._shared.get("schedule", lambda s: kept(s, self.settings), stale=_STALE)

    def terms(self) -> Terms:
        schedule = self.now()
        if schedule != self._read[0]:
            self._read = schedule, schedule.terms(self.zone)
        return self._read[1]

    def hours(self) -> Hours | None:
        return self.terms().hours

    def words(self, language: Language) -> str:
        """What is said while nobody is there, with a gap for when somebody is; "" for our own."""
        schedule = self.now()
        return schedule.away_zh if language == "zh" else schedule.away_en


def kept(session: Session, settings: Schedule) -> Schedule:
    """What the page has kept over what the settings say."""
    rows = session.exec(select(SettingRow).where(SettingRow.name.in_(PARTS)))  # type: ignore[attr-defined]
    return replace(settings, **{row.name: row.value for row in rows})


def keep(
    session: Session, settings: Schedule, given: Mapping[str, str], zone: ZoneInfo, by: str
) -> None:
    """What is the same as in the settings is theirs to say again. `InputError` for what nobody can
    read."""
    wanted = replace(settings, **{name: given[name].strip() for name in PARTS if name in given})
    if any(len(value) > LONGEST for value in asdict(wanted).values()):
        raise InputError("tickets.too_long", limit=LONGEST)
    _checked(wanted, zone)
    before = kept(session, settings)
    for name, value in asdict(wanted).items():
        row = session.get(SettingRow, name)
        if value != getattr(settings, name):
            row = row or SettingRow(name=name)
            row.value = value
            session.add(row)
        elif row is not None:
            session.delete(row)
        if value != getattr(before, name):
            audit.note(session, "setting.changed", by, name)


def _checked(schedule: Schedule, zone: ZoneInfo) -> None:
    for name, read in (
        ("hours", lambda text: read_week(text) if text else None),
        ("holidays", read_holidays),
        ("first_response", read_spans),
        ("resolution", read_spans),
    ):
        try:
            read(getattr(schedule, name))
        except HoursError as error:
            kind, _, part = str(error).partition(": ")
            key = {"holidays": "no_holiday", "spans": "no_spans"}.get(kind, kind)
            raise InputError(f"settings.{key}", name=name, part=part) from error
    for words in (schedule.away_en, schedule.away_zh):
        if words and "{" in words.replace(_WHEN, ""):
            raise InputError("schedule.bad_gap")
    schedule.terms(zone)
