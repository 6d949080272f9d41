"""The deliverer: replies leave in order, side by side, and are retried."""

import asyncio

import pytest
from sqlmodel import Session, col, select

from bot.conversations import outbox
from bot.database.db import Database
from bot.database.tables import ConversationRow, OutboxRow, TurnRow
from bot.errors import DeliveryError
from bot.types import Chat, Progress, Turn
from tests.support.outgoing import (
    FakeChannel,
    delivering,
    failures,
    leased,
    reply,
    settled,
    statuses,
    tried,
)


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


@pytest.mark.asyncio
async def test_a_channel_that_this_process_does_not_run_is_left_alone(database: Database) -> None:
    channel = FakeChannel()
    async with delivering(database, channel, poll=0.05):
        await database.write(reply("for telegram", channel="telegram"))
        await database.write(reply("for the web"))
        await settled(database, "open", "sent")
        await asyncio.sleep(0.2)
        assert await database.query(statuses) == ["open", "sent"]
    telegram = FakeChannel("telegram")
    async with delivering(database, telegram, poll=0.05):
        await settled(database, "sent", "sent")
    assert telegram.sent == [("anna", "for telegram")]


@pytest.mark.asyncio
async def test_draining_lets_what_is_on_its_way_arrive_and_frees_the_rest(
    database: Database,
) -> None:
    channel = FakeChannel()
    channel.open.clear()
    async with delivering(database, channel, poll=60) as deliverer:
        await database.write(reply("on its way"))
        await database.write(reply("waiting"))
        await tried(channel, "on its way")
        draining = asyncio.create_task(deliverer.drain(30))
        await asyncio.sleep(0)
        channel.open.set()
        await draining
        await database.write(reply("too late", chat="ben"))
    assert channel.sent == [("anna", "on its way")]
    assert await database.query(statuses) == ["sent", "open", "open"]
    assert len(leased(database)) == 2  # nobody has to wait for a lease to end


@pytest.mark.asyncio
async def test_a_send_that_does_not_end_is_given_back_by_draining(database: Database) -> None:
    channel = FakeChannel()
    channel.open.clear()
    async with delivering(database, channel, poll=60) as deliverer:
        await database.write(reply("stuck"))
        await tried(channel, "stuck")
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
