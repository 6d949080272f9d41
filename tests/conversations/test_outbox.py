"""The outbox: what becomes of a reply that was sent, failed, or has waited for long."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select
from structlog.testing import capture_logs

from bot.conversations import outbox
from bot.conversations.conversation import saved
from bot.database.db import Database
from bot.database.tables import OutboxRow, TurnRow
from bot.errors import ChatGoneError, ConflictError, DeliveryError
from bot.types import now
from tests.support.outgoing import FakeChannel, delivering, leased, reply, settled


@pytest.mark.parametrize(
    ("error", "attempt", "pause"),
    [
        (ConnectionError(), 1, 1),
        (TimeoutError(), 3, 4),
        (DeliveryError("telegram.flood", 40.0), 1, 40),
        (DeliveryError("telegram.flood", 0.5), 4, 8),
        (DeliveryError("telegram.flood", 0.5, asked=True), 4, 0.5),
        (DeliveryError("telegram.flood", 2.0), 12, 60),
    ],
)
def test_the_channels_pause_is_obeyed_and_repeated_failures_wait_longer(
    database: Database, error: Exception, attempt: int, pause: float
) -> None:
    at = now()
    with database.begin() as session:
        reply("hello")(session)
    with database.begin() as session:
        row = session.exec(select(OutboxRow)).one()
        row.attempts, row.next_at = attempt - 1, at
    (delivery,) = leased(database, at=at)
    with database.begin() as session:
        assert outbox.settle(session, delivery, "host:1:a", error, at=at) == "open"
    assert leased(database, at=at + timedelta(seconds=pause - 0.1)) == []
    assert len(leased(database, at=at + timedelta(seconds=pause + 0.1))) == 1


def test_a_reply_is_given_up_after_its_last_attempt(database: Database) -> None:
    with database.begin() as session:
        reply("hello")(session)
    at = now()
    for attempt in range(outbox.MAX_ATTEMPTS):
        at += timedelta(hours=1)
        (delivery,) = leased(database, at=at)
        with database.begin() as session:
            status = outbox.settle(session, delivery, "host:1:a", OSError(), at=at)
        assert status == ("dead" if attempt == outbox.MAX_ATTEMPTS - 1 else "open")
    assert leased(database, at=at + timedelta(days=1)) == []


def fail(database: Database, error: Exception, at: datetime) -> str:
    (delivery,) = leased(database, at=at)
    with database.begin() as session:
        return outbox.settle(session, delivery, "host:1:a", error, at=at)


def test_a_channel_may_be_away_for_a_day_and_is_looked_after_every_minute(
    database: Database,
) -> None:
    written = now()
    with database.begin() as session:
        reply("hello")(session)
    minute = timedelta(seconds=61)
    away = DeliveryError("telegram.unreachable", 2.0)
    for hour in range(24):
        at = written + timedelta(hours=hour, seconds=1)
        for _ in range(3):
            assert fail(database, away, at) == "open"
            at += minute
        with database.begin() as session:  # what the minutes between would have counted
            session.exec(select(OutboxRow)).one().attempts += 57
    assert fail(database, away, written + timedelta(hours=23, minutes=58)) == "open"
    assert fail(database, away, written + timedelta(hours=24, seconds=2)) == "dead"
    with database.read() as session:
        assert outbox.dead(session)[0].error == "telegram.unreachable"


def test_an_hour_without_the_channel_costs_a_reply_none_of_its_attempts(
    database: Database,
) -> None:
    at = now()
    with database.begin() as session:
        reply("hello")(session)
    for _ in range(60):
        at += timedelta(seconds=61)
        assert fail(database, DeliveryError("telegram.slow_down", 30.0), at) == "open"
    for attempt in range(1, outbox.MAX_ATTEMPTS + 1):
        at += timedelta(hours=1)
        over = attempt == outbox.MAX_ATTEMPTS
        assert fail(database, OSError(), at) == ("dead" if over else "open")


async def test_a_shopper_who_left_ends_all_that_was_on_its_way_and_nobody_is_alarmed(
    database: Database,
) -> None:
    def left(text: str, number: int) -> None:
        if text in ("one", "two"):
            raise ChatGoneError("telegram.chat_gone")

    channel = FakeChannel()
    channel.fails = left
    with capture_logs() as logs:
        for text in ("one", "two"):
            await database.write(reply(text))
        async with delivering(database, channel):
            await settled(database, "gone", "gone")
            await database.write(reply("here again"))
            await settled(database, "gone", "gone", "sent")
    assert channel.tries == ["one", "here again"]
    assert {each["log_level"] for each in logs} == {"info"}
    with database.read() as session:
        turns = session.exec(select(TurnRow.id).order_by(col(TurnRow.id))).all()
        states = outbox.states(session, [saved(each) for each in turns])
        assert [(each.status, each.error) for each in states.values()] == [
            ("gone", "telegram.chat_gone"),
            ("gone", "telegram.chat_gone"),
            ("sent", ""),
        ]
        assert outbox.states(session, []) == {}
        assert outbox.dead(session) == []


def test_who_lost_the_lease_notes_nothing(database: Database) -> None:
    with database.begin() as session:
        reply("hello")(session)
    (lost,) = leased(database)
    (held,) = leased(database, "host:2:b", at=now() + timedelta(seconds=61))
    with database.begin() as session:
        assert outbox.settle(session, lost, "host:1:a", None, at=now()) == "lost"
    with database.begin() as session:
        assert outbox.settle(session, held, "host:2:b", None, at=now()) == "sent"


def test_what_was_erased_on_its_way_is_done_with(database: Database) -> None:
    with database.begin() as session:
        reply("hello")(session)
    (erased,) = leased(database)
    with database.begin() as session:
        session.delete(session.get_one(OutboxRow, erased.outbox_id))
    with database.begin() as session:
        assert outbox.settle(session, erased, "host:1:a", None, at=now()) == "lost"


def test_the_next_process_goes_on_after_the_last_message_that_was_noted(
    database: Database,
) -> None:
    with database.begin() as session:
        reply("one\ntwo\nthree")(session)
    (first,) = leased(database)
    assert first.arrived == 0
    with database.begin() as session:
        outbox.note_arrived(session, first, "host:1:a", 1)
    (second,) = leased(database, "host:2:b", at=now() + timedelta(seconds=61))
    assert second.arrived == 1
    with pytest.raises(ConflictError), database.begin() as session:
        outbox.note_arrived(session, first, "host:1:a", 2)
    with database.begin() as session:
        at, error = now(), DeliveryError("web.gone", 1.0)
        assert outbox.settle(session, second, "host:2:b", error, at=at, arrived=2) == "open"
    (third,) = leased(database, at=now() + timedelta(seconds=61))
    assert third.arrived == 2, "what the database was away for is noted with the failure"
