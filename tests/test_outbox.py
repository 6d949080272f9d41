"""Replies leave in order, are retried, and come to rest; the channel here is the outside world."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlmodel import Session, col, select
from structlog.testing import capture_logs

from bot import outbox
from bot.conversation import add_turn, lock, saved
from bot.db import Database
from bot.deliverer import Deliverer
from bot.errors import ChatGoneError, ConflictError, DeliveryError
from bot.tables import ConversationRow, OutboxRow, TurnRow
from bot.types import Author, Channel, Chat, Draft, Handler, Progress, Turn, now


class FakeChannel:
    """A channel that notes what it sent. `fails` may raise, given the text and the try's number."""

    def __init__(self, name: str = "web", pause: float = 0.0) -> None:
        self.name = name
        self.pause = pause
        self.sent: list[tuple[str, str]] = []
        self.tries: list[str] = []
        self.at_once = self.most_at_once = 0
        self.fails: Callable[[str, int], None] = lambda text, number: None

    async def run(self, handler: Handler) -> None:
        await asyncio.Event().wait()

    async def send(self, chat: Chat, reply: Turn, progress: Progress) -> None:
        self.tries.append(reply.text)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(self.pause)
        self.at_once -= 1
        self.fails(reply.text, self.tries.count(reply.text))
        self.sent.append((chat.id, reply.text))

    async def typing(self, chat: Chat) -> None:
        return

    async def preview(self, chat: Chat, draft: Draft) -> None:
        return


def reply(text: str, *, chat: str = "anna", channel: str = "web") -> Callable[[Session], int]:
    """A write that says `text`; returns the conversation's id."""

    def work(session: Session) -> int:
        query = select(ConversationRow).where(
            ConversationRow.chat_id == chat, ConversationRow.channel == channel
        )
        row = session.exec(query).one_or_none() or ConversationRow(channel=channel, chat_id=chat)
        session.add(row)
        session.flush()
        row = lock(session, saved(row.id))
        turn = add_turn(session, saved(row.id), Author.BOT, text, "en")
        outbox.put(session, row, turn, at=now())
        return saved(row.id)

    return work


def statuses(session: Session) -> list[str]:
    return list(session.exec(select(OutboxRow.status).order_by(col(OutboxRow.id))))


def failures(permanent: bool) -> float:
    labels = {"channel": "web", "permanent": str(permanent).lower()}
    return REGISTRY.get_sample_value("deskhand_delivery_failures_total", labels) or 0


@asynccontextmanager
async def delivering(
    database: Database, *channels: Channel, **options: Any
) -> AsyncIterator[Deliverer]:
    deliverer = Deliverer(database, {channel.name: channel for channel in channels}, **options)
    running = asyncio.create_task(deliverer.run())
    await asyncio.sleep(0.05)
    yield deliverer
    await deliverer.drain(2)
    await running


async def settled(database: Database, *expected: str, seconds: float = 10) -> None:
    """Wait until the outbox's rows have these statuses."""
    async with asyncio.timeout(seconds):
        while (found := await database.query(statuses)) != list(expected):
            await asyncio.sleep(0.02)
    assert found == list(expected)


@pytest.mark.asyncio
async def test_a_reply_leaves_right_after_its_commit_without_a_poll(database: Database) -> None:
    channel = FakeChannel()
    async with delivering(database, channel, poll=60):
        await database.write(reply("hello"))
        await settled(database, "sent")
    assert channel.sent == [("anna", "hello")]


@pytest.mark.asyncio
async def test_nothing_leaves_when_the_transaction_fails(database: Database) -> None:
    def work(session: Session) -> None:
        reply("never")(session)
        raise ZeroDivisionError

    channel = FakeChannel()
    async with delivering(database, channel, poll=0.05):
        with pytest.raises(ZeroDivisionError):
            await database.write(work)
        await asyncio.sleep(0.2)
    assert channel.tries == []


@pytest.mark.asyncio
async def test_what_another_process_wrote_is_found_by_the_poll(database: Database) -> None:
    channel = FakeChannel()
    async with delivering(database, channel, poll=0.05):
        other = Database(database.url.render_as_string(hide_password=False))
        with other.begin() as session:
            reply("from the command line")(session)
        other.close()
        await settled(database, "sent")
    assert channel.sent == [("anna", "from the command line")]


@pytest.mark.asyncio
async def test_a_conversation_is_in_order_and_conversations_do_not_wait(database: Database) -> None:
    channel = FakeChannel(pause=0.01)
    chats = [f"chat {n}" for n in range(6)]
    async with delivering(database, channel, poll=60):
        for chat in chats:
            await database.write(reply("welcome", chat=chat))
        works = [database.write(reply(str(n), chat=chats[n % 6])) for n in range(60)]
        await asyncio.gather(*works)
        await settled(database, *["sent"] * 66)
    with database.read() as session:
        written = session.exec(
            select(TurnRow.text, ConversationRow.chat_id)
            .join(ConversationRow, col(ConversationRow.id) == TurnRow.conversation_id)
            .order_by(col(TurnRow.id))
        ).all()
    for chat in chats:
        said = [text for text, to in written if to == chat]
        assert [text for to, text in channel.sent if to == chat] == said
        assert len(said) == 11
    assert channel.most_at_once > 1


@pytest.mark.asyncio
async def test_replies_written_one_after_the_other_leave_in_that_order(database: Database) -> None:
    channel = FakeChannel(pause=0.003)
    async with delivering(database, channel, poll=60):
        for n in range(25):
            await database.write(reply(str(n)))
            await asyncio.sleep(0.002 * (n % 3))
        await settled(database, *["sent"] * 25)
    assert [text for _, text in channel.sent] == [str(n) for n in range(25)]


@pytest.mark.asyncio
async def test_no_more_than_the_limit_is_sent_at_once(sqlite_database: Database) -> None:
    channel = FakeChannel(pause=0.02)
    async with delivering(sqlite_database, channel, concurrency=3, poll=60):
        works = [sqlite_database.write(reply("hi", chat=str(n))) for n in range(20)]
        await asyncio.gather(*works)
        await settled(sqlite_database, *["sent"] * 20)
    assert channel.most_at_once == 3


@pytest.mark.asyncio
async def test_a_failed_send_is_retried_before_the_next_one_leaves(database: Database) -> None:
    def fails(text: str, number: int) -> None:
        if text == "first" and number == 1:
            raise ConnectionError("the line went dead")

    channel = FakeChannel()
    channel.fails = fails
    async with delivering(database, channel, poll=0.05):
        before = failures(permanent=False)
        await database.write(reply("first"))
        await database.write(reply("second"))
        await database.write(reply("elsewhere", chat="ben"))
        await settled(database, "sent", "sent", "sent")
    assert failures(permanent=False) == before + 1
    assert channel.sent == [("ben", "elsewhere"), ("anna", "first"), ("anna", "second")]


@pytest.mark.asyncio
async def test_a_channel_that_says_never_is_believed_at_once(database: Database) -> None:
    def fails(text: str, number: int) -> None:
        if text == "blocked":
            raise DeliveryError("web.gone", None)

    channel = FakeChannel()
    channel.fails = fails
    before = failures(permanent=True)
    async with delivering(database, channel, poll=60):
        await database.write(reply("blocked"))
        await database.write(reply("next"))
        await settled(database, "dead", "sent")
    assert failures(permanent=True) == before + 1
    assert channel.tries == ["blocked", "next"]
    with database.read() as session:
        (given_up,) = outbox.dead(session)
        assert (given_up.error, given_up.attempts) == ("web.gone", 1)


def leased(
    database: Database, owner: str = "host:1:a", *, at: datetime | None = None
) -> list[outbox.Delivery]:
    lease = timedelta(seconds=60)
    with database.begin() as session:
        return outbox.claim(session, owner, channels=["web"], at=at or now(), lease=lease, limit=10)


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
    at, tries = written + timedelta(seconds=1), 0
    away = DeliveryError("telegram.unreachable", 2.0)
    while at < written + timedelta(hours=23, minutes=58):
        assert fail(database, away, at) == "open"
        at, tries = at + timedelta(seconds=61), tries + 1
    assert tries > 10 * outbox.MAX_ATTEMPTS
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
        lost = outbox.undelivered(session, [saved(each) for each in turns])
        assert list(lost.values()) == ["telegram.chat_gone"] * 2
        assert outbox.undelivered(session, []) == {}
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


@pytest.mark.asyncio
async def test_a_channel_that_this_process_does_not_run_is_left_alone(database: Database) -> None:
    channel = FakeChannel()
    async with delivering(database, channel, poll=0.05):
        await database.write(reply("for telegram", channel="telegram"))
        await database.write(reply("for the web"))
        await asyncio.sleep(0.3)
        assert await database.query(statuses) == ["open", "sent"]
    telegram = FakeChannel("telegram")
    async with delivering(database, telegram, poll=0.05):
        await settled(database, "sent", "sent")
    assert telegram.sent == [("anna", "for telegram")]


@pytest.mark.asyncio
async def test_draining_lets_what_is_on_its_way_arrive_and_frees_the_rest(
    database: Database,
) -> None:
    channel = FakeChannel(pause=0.2)
    async with delivering(database, channel, poll=60) as deliverer:
        await database.write(reply("on its way"))
        await database.write(reply("waiting"))
        await asyncio.sleep(0.05)
        await deliverer.drain(5)
        await database.write(reply("too late", chat="ben"))
    assert channel.sent == [("anna", "on its way")]
    assert await database.query(statuses) == ["sent", "open", "open"]
    assert len(leased(database)) == 2  # nobody has to wait for a lease to end


@pytest.mark.asyncio
async def test_a_send_that_does_not_end_is_given_back_by_draining(database: Database) -> None:
    channel = FakeChannel(pause=60)
    async with delivering(database, channel, poll=60) as deliverer:
        await database.write(reply("stuck"))
        await asyncio.sleep(0.05)
        await deliverer.drain(0.1)
    assert channel.sent == []
    assert len(leased(database)) == 1


class InLines(FakeChannel):
    """A channel that sends each line of a reply as a message of its own."""

    async def send(self, chat: Chat, reply: Turn, progress: Progress) -> None:
        lines = reply.text.splitlines()
        for number, line in enumerate(lines[progress.arrived :], progress.arrived + 1):
            self.tries.append(line)
            self.fails(line, self.tries.count(line))
            self.sent.append((chat.id, line))
            if number < len(lines):
                await progress.note(number)


def arrived(session: Session) -> list[int]:
    return list(session.exec(select(OutboxRow.arrived).order_by(col(OutboxRow.id))))


async def test_a_reply_in_several_messages_goes_on_with_the_one_that_failed(
    database: Database,
) -> None:
    def fails(text: str, number: int) -> None:
        if text == "two" and number < 3:
            raise DeliveryError("web.gone", 0.01, asked=True)

    channel = InLines()
    channel.fails = fails
    async with delivering(database, channel, poll=0.02):
        await database.write(reply("one\ntwo\nthree"))
        await database.write(reply("next"))
        await settled(database, "sent", "sent")
    assert [text for _, text in channel.sent] == ["one", "two", "three", "next"]
    assert channel.tries.count("two") == 3
    assert await database.query(arrived) == [2, 0], "the last message is noted with the reply"


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
