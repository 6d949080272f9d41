"""Until when a ticket is to be answered and closed: by priority, in the hours that people work."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.database.db import Database
from bot.database.tables import TicketRow
from bot.hours import Hours, HoursError, read_spans
from bot.tickets import assignment, handover, queue
from bot.tickets.sla import Due, Sla, Terms
from bot.types import Reason
from tests.support.desk_shop import escalated, shopper_says

HOURS = Hours.of("mon-fri 9:00-17:00", "2026-12-25", ZoneInfo("UTC"))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "hours", "until"),
    [
        ("2026-11-25T10:00", 4, "2026-11-25T14:00"),  # a Wednesday
        ("2026-11-25T10:00", 7, "2026-11-25T17:00"),
        ("2026-11-25T15:00", 4, "2026-11-26T11:00"),
        ("2026-11-27T20:00", 1, "2026-11-30T10:00"),  # over a weekend
        ("2026-12-24T16:00", 2, "2026-12-28T10:00"),  # and a holiday
        ("2026-11-25T08:00", 20, "2026-11-27T13:00"),
    ],
)
def test_only_the_hours_in_which_people_work_count(at: str, hours: int, until: str) -> None:
    assert HOURS is not None
    assert HOURS.after(utc(at), timedelta(hours=hours)) == utc(until)


def test_hours_that_overlap_count_once() -> None:
    hours = Hours.of("mon 9:00-12:00, mon 11:00-13:00, fri 22:00-2:00", "", ZoneInfo("UTC"))
    assert hours is not None
    assert hours.after(utc("2026-11-23T09:00"), timedelta(hours=4)) == utc("2026-11-23T13:00")
    assert hours.after(utc("2026-11-28T01:00"), timedelta(hours=2)) == utc("2026-11-30T10:00")


def test_three_times_are_read() -> None:
    assert read_spans("15m, 1h, 1d 4h") == tuple(
        timedelta(minutes=each) for each in (15, 60, 28 * 60)
    )
    assert read_spans("") == ()


@pytest.mark.parametrize("text", ["15m", "1h, 2h", "1h, 2h, soon", "0m, 1h, 2h", "1h,,2h,-3h"])
def test_what_is_no_three_times_is_refused(text: str) -> None:
    with pytest.raises(HoursError, match="spans"):
        read_spans(text)


def test_the_first_reply_is_due_then_the_end(database: Database) -> None:
    sla = Sla(lambda: Terms(read_spans("15m, 1h, 4h"), read_spans("4h, 8h, 24h")))
    with database.begin() as session:
        ticket_id = escalated(session, reason=Reason.BOT_FAILED)
        [ticket] = queue.queue(session)
        at = ticket.created_at
        quarter = timedelta(minutes=15)
        assert sla.due(ticket, at) == Due("first", at + quarter, overdue=False)
        assert sla.due(ticket, at + 2 * quarter) == Due("first", at + quarter, overdue=True)
        assert Sla().due(ticket, at) is None
        assignment.reply(session, ticket_id, "Mia", "Hello", at + quarter)
        [ticket] = queue.queue(session)
        assert sla.due(ticket, at) == Due("resolution", at + timedelta(hours=4), overdue=False)
        assert (sla.kept("first", ticket), sla.kept("resolution", ticket)) == (True, None)
        assignment.close(session, ticket_id, "Mia", at + timedelta(hours=5))
        [ticket] = queue.queue(session, "closed")
        assert sla.due(ticket, at) is None
        assert sla.kept("resolution", ticket) is False


def test_while_a_ticket_sleeps_its_clock_stands_still(database: Database) -> None:
    sla = Sla(lambda: Terms((), read_spans("4h, 8h, 24h")))
    hour = timedelta(hours=1)
    with database.begin() as session:
        ticket_id = escalated(session, reason=Reason.BOT_FAILED)
        [ticket] = queue.queue(session)
        begun = ticket.created_at
        handover.snooze(session, ticket_id, "Mia", begun + 9 * hour, at=begun + hour)
        [ticket] = queue.queue(session, "snoozed")
        assert sla.until("resolution", ticket) == begun + 12 * hour
        handover.wake(session, ticket_id, "Mia", begun + 3 * hour)
        [ticket] = queue.queue(session)
        assert sla.until("resolution", ticket) == begun + 6 * hour
        shopper_says(session, 1, "And?", "en", begun + 5 * hour)
        handover.snooze(session, ticket_id, "Mia", None, at=begun + 4 * hour)
        handover.snooze(session, ticket_id, "Mia", None, at=begun + 5 * hour)
        shopper_says(session, 1, "Well?", "en", begun + 5.5 * hour)
        assignment.close(session, ticket_id, "Mia", begun + 7 * hour)
        [ticket] = queue.queue(session, "closed")
        row = session.get_one(TicketRow, ticket_id)
        assert sla.until("resolution", row) == begun + 7.5 * hour == sla.until("resolution", ticket)
        assert sla.kept("resolution", row) is True


def test_only_hours_that_people_work_are_slept_away() -> None:
    assert HOURS is not None
    assert HOURS.worked(utc("2026-11-25T16:00"), utc("2026-11-26T10:00")) == timedelta(hours=2)
    assert HOURS.worked(utc("2026-11-27T18:00"), utc("2026-11-29T10:00")) == timedelta()
    assert HOURS.worked(utc("2026-12-24T12:00"), utc("2026-12-28T11:00")) == timedelta(hours=7)
