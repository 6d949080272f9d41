"""Who may have a conversation next, and the order of what is said in it."""

import asyncio
from functools import partial
from itertools import product

import pytest
from sqlmodel import Session

from bot.conversations.conversation import (
    TRANSITIONS,
    add_turn,
    find,
    history,
    lock,
    move,
    saved,
    turns_after,
)
from bot.database.db import Database
from bot.database.tables import ConversationRow, TurnRow
from bot.errors import ConflictError, NotFoundError
from bot.types import Author, Button, Chat, Source, Status, Turn

ALLOWED = {
    ("bot", "waiting"),
    ("bot", "closed"),
    ("waiting", "agent"),
    ("waiting", "bot"),
    ("waiting", "closed"),
    ("agent", "waiting"),
    ("agent", "bot"),
    ("agent", "closed"),
    ("closed", "bot"),
}


@pytest.mark.parametrize(("now", "to"), list(product(Status, Status)))
def test_a_conversation_moves_only_along_the_table(now: Status, to: Status) -> None:
    row = ConversationRow(channel="web", chat_id="1", status=now.value)
    if (now.value, to.value) in ALLOWED:
        move(row, to)
        assert row.status == to.value
        return
    with pytest.raises(ConflictError) as raised:
        move(row, to)
    assert row.status == now.value
    assert now.value in raised.value.message("zh")


def test_every_status_can_be_left() -> None:
    assert TRANSITIONS.keys() == set(Status)
    assert all(TRANSITIONS.values())


def started(session: Session, chat_id: str = "1") -> int:
    """A new conversation's id."""
    row = ConversationRow(channel="web", chat_id=chat_id)
    session.add(row)
    session.flush()
    return saved(row.id)


def test_a_chat_is_found_by_channel_and_id_together(database: Database) -> None:
    with database.begin() as session:
        number = started(session)
        found = find(session, Chat("web", "1"))
        assert found is not None
        assert found.id == number
        assert find(session, Chat("telegram", "1")) is None
        assert find(session, Chat("web", "2")) is None


def test_locking_what_is_not_there_says_so(database: Database) -> None:
    with database.begin() as session, pytest.raises(NotFoundError, match="77"):
        lock(session, 77)


def test_a_turn_comes_back_as_it_was_said(database: Database) -> None:
    buttons = (Button("退货", "entry:returns"), Button("Person", "person"))
    sources = (Source("returns", "faq/en.yaml", 0.9, "Returns", "https://shop.example"),)
    with database.begin() as session:
        number = started(session)
        add_turn(session, number, Author.SHOPPER, "怎么退货", "zh", message_id="m1")
        add_turn(
            session,
            number,
            Author.BOT,
            "30 天内",
            "zh",
            buttons=buttons,
            sources=sources,
            audit={"action": "reply"},
        )
        add_turn(session, number, Author.AGENT, "您好", "zh", agent="mei")
    with database.read() as session:
        asked, answered, person = history(session, number)
    assert (asked.author, asked.text, asked.message_id) == (Author.SHOPPER, "怎么退货", "m1")
    assert (answered.buttons, answered.sources) == (buttons, sources)
    assert (person.author, person.agent, person.language) == (Author.AGENT, "mei", "zh")
    assert asked.at.utcoffset() is not None
    assert asked.id < answered.id < person.id


def test_a_reader_goes_on_from_its_cursor(database: Database) -> None:
    with database.begin() as session:
        number, other = started(session), started(session, "2")
        for n in range(30):
            add_turn(session, number if n % 3 else other, Author.SHOPPER, str(n), "en")
    with database.read() as session:
        everything = turns_after(session, number, 0)
        read, cursor = [], 0
        while page := turns_after(session, number, cursor, limit=7):
            read += page
            cursor = page[-1].id
        assert read == everything
        assert [turn.text for turn in read] == [str(n) for n in range(30) if n % 3]
        assert history(session, number, limit=5) == everything[-5:]


@pytest.mark.asyncio
async def test_a_reader_never_misses_a_turn_that_was_written_beside_it(database: Database) -> None:
    number = await database.write(started)

    def say(text: str) -> None:
        with database.begin() as session:
            lock(session, number)
            add_turn(session, number, Author.SHOPPER, text, "en")

    def page(cursor: int, session: Session) -> list[Turn]:
        return turns_after(session, number, cursor)

    async def read() -> list[str]:
        seen: list[str] = []
        cursor = 0
        while len(seen) < 40:
            turns = await database.query(partial(page, cursor))
            seen += [turn.text for turn in turns]
            cursor = turns[-1].id if turns else cursor
        return seen

    reading = asyncio.create_task(read())
    await asyncio.gather(*(asyncio.to_thread(say, str(n)) for n in range(40)))
    seen = await asyncio.wait_for(reading, 20)
    assert sorted(seen, key=int) == [str(n) for n in range(40)]


def test_a_turn_id_is_never_used_again(database: Database) -> None:
    with database.begin() as session:
        number = started(session)
        gone = add_turn(session, number, Author.SHOPPER, "forget me", "en")
        session.delete(session.get_one(TurnRow, gone.id))
    with database.begin() as session:
        assert add_turn(session, number, Author.SHOPPER, "hello", "en").id > gone.id
