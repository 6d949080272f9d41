"""The web chat as it streams: what was missed, then what is new, each turn once."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sse_starlette import ServerSentEvent
from starlette.types import Message

from bot.channels.web.session import Visit
from bot.channels.web.stream import Stream, follow
from bot.conversations import conversation
from bot.conversations.live import Live, conversation_topic
from bot.database.db import Database
from bot.types import Author, Chat, Draft, Incoming, Turn
from tests.support.delivery import send
from tests.support.web_shop import Repeater, build


@contextmanager
def written(db: Database, chat: Chat, text: str) -> Iterator[int]:
    """A conversation with one turn; its id."""
    incoming = Incoming(chat, str(uuid4()), text)
    asyncio.run(Repeater(db, Live()).accept(incoming))
    with db.read() as session:
        row = conversation.find(session, chat)
        assert row is not None
        assert row.id is not None
        yield row.id


async def events(
    stream: AsyncIterator[ServerSentEvent], count: int
) -> list[tuple[str | None, Any, str | None]]:
    """The next `count` events as kind, data and id."""
    found: list[tuple[str | None, Any, str | None]] = []
    async with asyncio.timeout(30):
        while len(found) < count:
            event = await anext(stream)
            found.append((event.event, json.loads(str(event.data)), event.id))
    return found


def agent_says(db: Database, conversation_id: int, text: str) -> Turn:
    with db.begin() as session:
        conversation.lock(session, conversation_id)
        return conversation.add_turn(
            session, conversation_id, Author.AGENT, text, "en", agent="Mia"
        )


def test_a_stream_brings_old_turns_then_new_ones_each_once(sqlite_database: Database) -> None:
    db, live, chat = sqlite_database, Live(), Chat("web", "a")
    with written(db, chat, "Hello") as conversation_id:

        async def watch() -> None:
            stream = follow(db, live, Visit(chat), 0)
            first, status = await events(stream, 2)
            assert first[0] == "turn"
            assert first[1]["text"] == "Hello"
            assert status[:2] == ("status", {"status": "bot", "proven": False})
            turn = agent_says(db, conversation_id, "Mia here")  # without a hint, as another process
            ((kind, data, number),) = await events(stream, 1)
            assert (kind, number) == ("turn", str(turn.id))
            assert (data["agent"], data["text"]) == ("Mia", "Mia here")
            live.hint(conversation_topic(conversation_id), "typing")
            assert await events(stream, 1) == [("typing", {}, None)]
            resumed = follow(db, live, Visit(chat), turn.id)
            assert (await events(resumed, 1))[0][0] == "status"
            await resumed.aclose()
            await stream.aclose()

        asyncio.run(watch())


def test_a_stream_waits_for_the_first_message(sqlite_database: Database) -> None:
    db, live, chat = sqlite_database, Live(), Chat("web", "a")

    async def watch() -> None:
        stream = follow(db, live, Visit(chat), 0)
        waiting = asyncio.create_task(events(stream, 1))
        await asyncio.sleep(0.1)
        await Repeater(db, live).accept(Incoming(chat, str(uuid4()), "Hello"))
        assert (await waiting)[0][1]["text"] == "Hello"
        await stream.aclose()

    asyncio.run(watch())


def test_a_live_reply_is_announced_to_open_pages(sqlite_database: Database) -> None:
    db, chat = sqlite_database, Chat("web", "a")
    _, channel, repeater = build(db)
    with written(db, chat, "Hello") as conversation_id:
        turn = agent_says(db, conversation_id, "Hi")

        async def watch() -> None:
            with repeater.live.subscribe(conversation_topic(conversation_id)) as subscription:
                await send(channel, chat, turn)
                assert await subscription.get(30) == {"changed"}
                await channel.typing(chat)
                assert await subscription.get(30) == {"typing"}
                await channel.typing(Chat("web", "nobody"))

        asyncio.run(watch())


def test_drafts_grow_on_open_pages_until_the_answer_is_there(sqlite_database: Database) -> None:
    db, chat = sqlite_database, Chat("web", "a")
    _, channel, repeater = build(db)
    with written(db, chat, "Hello") as conversation_id:

        async def watch() -> None:
            stream = follow(db, repeater.live, Visit(chat), 0)
            assert [kind for kind, _, _ in await events(stream, 2)] == ["turn", "status"]
            waiting = asyncio.create_task(events(stream, 1))
            await asyncio.sleep(0.05)
            await channel.preview(chat, Draft(7, "Pack", "en"))
            await channel.preview(chat, Draft(7, "Pack it", "en"))
            draft = {"id": 7, "text": "Pack it", "language": "en"}
            shown = await waiting
            while shown[-1][1]["text"] == "Pack":  # a slow machine shows both
                shown += await events(stream, 1)
            kind, data, number = shown[-1]
            ((line,),) = [block["runs"] for block in data.pop("blocks")]
            assert (kind, data, number, line["text"]) == ("draft", draft, None, "Pack it")
            await channel.preview(chat, Draft(7, "Pack it well", "en"))
            agent_says(db, conversation_id, "Pack it well.")
            ((kind, data, _),) = await events(stream, 1)
            assert (kind, data["text"]) == ("turn", "Pack it well."), "and no draft behind it"
            await channel.preview(Chat("web", "nobody"), Draft(8, "Hi", "en"))
            await stream.aclose()

        asyncio.run(watch())


def test_preview_outlives_a_lost_database(sqlite_database: Database) -> None:
    _, channel, _ = build(sqlite_database)
    with sqlite_database.begin() as session:
        session.connection().execute(text("DROP TABLE conversations"))
    asyncio.run(channel.preview(Chat("web", "a"), Draft(7, "Pack", "en")))


async def test_a_stream_is_over_even_when_its_reader_leaves_at_once() -> None:
    closed: list[str] = []

    async def gone(_: Message) -> None:
        raise OSError

    async def kept(_: Message) -> None:
        return

    async def silence() -> AsyncIterator[ServerSentEvent]:
        await asyncio.sleep(60)
        yield ServerSentEvent(data="late")

    async def leaves() -> Message:
        return {"type": "http.disconnect"}

    for sending in (gone, kept):
        stream = Stream(silence(), lambda: closed.append("over"))
        async with asyncio.timeout(30):
            with suppress(OSError, ExceptionGroup):
                await stream({"type": "http", "method": "GET", "headers": []}, leaves, sending)
    assert closed == ["over", "over"]
