"""The shop's hours: around midnight, when clocks change, over holidays; and what can't be read."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.hours import Hours, HoursError, read_holidays, read_week

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
OFFICE = "mon-fri 9:00-18:00, sat 10:00-14:00"


def hours(text: str = OFFICE, holidays: str = "", zone: str = "Europe/Amsterdam") -> Hours:
    read = Hours.of(text, holidays, ZoneInfo(zone))
    assert read is not None
    return read


def wall(text: str, zone: str = "Europe/Amsterdam") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-27T09:00", None),  # a Friday
        ("2026-11-27T17:59:59", None),
        ("2026-11-27T18:00", "2026-11-28T10:00"),
        ("2026-11-27T08:59:59", "2026-11-27T09:00"),
        ("2026-11-27T23:59:59", "2026-11-28T10:00"),
        ("2026-11-28T00:00", "2026-11-28T10:00"),
        ("2026-11-28T03:00", "2026-11-28T10:00"),
        ("2026-11-28T14:00", "2026-11-30T09:00"),
        ("2026-11-29T12:00", "2026-11-30T09:00"),
    ],
)
def test_somebody_is_there_in_the_hours_and_else_at_the_next(at: str, opens: str | None) -> None:
    assert hours().opens(wall(at)) == (wall(opens) if opens else None)


def test_a_moment_counts_in_the_shops_zone() -> None:
    shanghai = hours("mon-fri 9:00-18:00", zone="Asia/Shanghai")
    assert shanghai.opens(datetime(2026, 11, 27, 1, 0, tzinfo=UTC)) is None
    opens = shanghai.opens(datetime(2026, 11, 27, 10, 0, tzinfo=UTC))
    assert opens is not None
    assert opens.isoformat() == "2026-11-30T09:00:00+08:00"


def test_a_holiday_has_no_hours() -> None:
    closed = hours(holidays="2026-12-25, 2026-12-26")
    assert closed.opens(wall("2026-12-24T12:00")) is None
    assert closed.opens(wall("2026-12-24T18:00")) == wall("2026-12-28T09:00")
    assert closed.opens(wall("2026-12-25T12:00")) == wall("2026-12-28T09:00")


def test_holidays_over_weeks_end_too() -> None:
    days = ", ".join(f"2026-12-{day:02}" for day in range(1, 32))
    assert hours(holidays=days).opens(wall("2026-11-30T18:00")) == wall("2027-01-01T09:00")


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-27T20:00", None),
        ("2026-11-28T01:59", None),  # still Friday's night
        ("2026-11-28T02:00", "2026-12-04T20:00"),
        ("2026-11-27T19:00", "2026-11-27T20:00"),
    ],
)
def test_a_nights_work_ends_the_next_day(at: str, opens: str | None) -> None:
    assert hours("fri 20:00-2:00").opens(wall(at)) == (wall(opens) if opens else None)


def test_all_day_long_is_until_midnight() -> None:
    always = hours("mon-sun 0:00-24:00")
    assert always.opens(wall("2026-11-27T00:00")) is None
    assert always.opens(wall("2026-11-27T23:59:59")) is None
    assert hours("fri 0-24").opens(wall("2026-11-28T00:00")) == wall("2026-12-04T00:00")


def test_clocks_that_change_move_the_moment_and_not_the_hour() -> None:
    before, after = wall("2026-03-28T18:00"), wall("2026-10-24T18:00")
    every_day = hours("mon-sun 9:00-18:00")
    spring, autumn = every_day.opens(before), every_day.opens(after)
    assert spring is not None
    assert autumn is not None
    assert spring.isoformat() == "2026-03-29T09:00:00+02:00"
    assert autumn.isoformat() == "2026-10-25T09:00:00+01:00"


def test_an_hour_that_the_clock_leaves_out_begins_after_it() -> None:
    opens = hours("sun 2:30-12:00").opens(wall("2026-03-29T01:30"))
    assert opens is not None
    assert opens.isoformat() == "2026-03-29T03:30:00+02:00"
    assert hours("sun 2:30-12:00").opens(datetime(2026, 3, 29, 1, 29, tzinfo=UTC)) is not None
    assert hours("sun 2:30-12:00").opens(datetime(2026, 3, 29, 1, 30, tzinfo=UTC)) is None


def test_days_are_read_in_any_spelling_and_by_sunday() -> None:
    assert read_week("Monday - friday 09:00–18:00") == (((540, 1080),),) * 5 + ((), ())
    assert [bool(day) for day in read_week("sat-mon 9-18")] == [True, *[False] * 4, True, True]
    assert read_week("mon 9:00-12:00, mon 13:00-18:00")[0] == ((540, 720), (780, 1080))
    assert read_week("mon-sun 9:00-18:00, wed closed")[2] == ()


def test_nothing_set_is_no_hours() -> None:
    assert Hours.of(" ", "2026-12-25", AMSTERDAM) is None
    assert read_holidays("2026-12-25，2027-01-01") == {date(2026, 12, 25), date(2027, 1, 1)}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("9:00-18:00", "hours_form: 9:00-18:00"),
        ("mon-fri 9:00-18:00, sat", "hours_form: sat"),
        ("mon to fri 9:00-18:00", "hours_form: mon to fri 9:00-18:00"),
        ("mon-fri 9am-6pm", "hours_form: mon-fri 9am-6pm"),
        ("mon-fry 9:00-18:00", "hours_day: fry"),
        ("mon 25:00-26:00", "hours_time: 25:00-26:00"),
        ("mon 9:75-18:00", "hours_time: 9:75-18:00"),
        ("mon 9:00", "hours_time: 9:00"),
        ("mon 9:00-9:00", "hours_time: 9:00-9:00"),
        ("mon-sun closed", "hours_none: mon-sun closed"),
        (",", "hours_none: ,"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, wrong: str) -> None:
    with pytest.raises(HoursError, match="hours_") as caught:
        read_week(text)
    assert str(caught.value) == wrong


def test_a_holiday_that_is_no_day_is_named() -> None:
    with pytest.raises(HoursError) as caught:
        read_holidays("2026-12-25, 26.12.2026")
    assert str(caught.value) == "holidays: 26.12.2026"
