"""Accepted once, claimed in order, answered once: the inbox's promises, on both databases."""

import asyncio
import random

import pytest
from sqlalchemy import event, text
from sqlmodel import Session, col, select

from bot.conversations import bursts, conversation, inbox
from bot.conversations.conversation import Changed, history, lock, move, turns_after
from bot.database.db import Database
from bot.database.tables import ConversationRow, InboxRow, OutboxRow, TurnRow
from bot.errors import BusyError, ConflictError
from bot.types import Author, Chat, Incoming, Say, Status
from tests.support.shop import LEASE, NOON, answer, claim, heard, later, reconcile, say, texts


def moved(database: Database, conversation_id: int, *steps: Status) -> None:
    with database.begin() as session:
        row = lock(session, conversation_id)
        for step in steps:
            move(row, step)


# Accepting


def test_a_message_becomes_a_turn_and_waits(database: Database) -> None:
    accepted = say(database, "怎么退货", "m1")
    assert accepted.new
    with database.read() as session:
        (turn,) = history(session, accepted.conversation_id)
        assert (turn.id, turn.author, turn.message_id) == (accepted.turn_id, Author.SHOPPER, "m1")
        assert turn.language == "zh"
        assert inbox.backlog(session) == 1


def test_a_repeat_gets_the_first_ones_ids(database: Database) -> None:
    first = say(database, "hello", "m1")
    again = say(database, "hello", "m1")
    assert (again.conversation_id, again.turn_id, again.new) == (
        first.conversation_id,
        first.turn_id,
        False,
    )
    (claimed,) = claim(database)
    answer(database, claimed)
    assert say(database, "hello", "m1").turn_id == first.turn_id
    assert claim(database) == []


def test_the_same_message_id_in_another_chat_is_another_message(database: Database) -> None:
    assert say(database, "hello", "1", chat="anna").new
    assert say(database, "hello", "1", chat="ben").new


@pytest.mark.asyncio
async def test_repeats_that_arrive_together_are_one_message(database: Database) -> None:
    def accept(session: Session) -> inbox.Accepted:
        return inbox.accept(session, heard("hello", "m1"), backlog_cap=100, at=NOON)

    results = await asyncio.gather(*(database.write(accept) for _ in range(24)))
    assert len({(result.conversation_id, result.turn_id) for result in results}) == 1
    assert sum(result.new for result in results) == 1
    with database.read() as session:
        assert len(session.exec(select(ConversationRow)).all()) == 1
        assert len(session.exec(select(TurnRow)).all()) == 1


def test_too_long_a_backlog_is_refused_honestly(database: Database) -> None:
    for n in range(3):
        say(database, f"question {n}", cap=3)
    with pytest.raises(BusyError) as raised:
        say(database, "one too many", cap=3, chat="ben")
    assert raised.value.retry_after > 0
    assert str(raised.value.retry_after) in raised.value.message("zh")
    assert not say(database, "question 1", cap=3).new  # a repeat was accepted long ago
    with database.read() as session:
        assert inbox.backlog(session) == 3
        assert conversation.find(session, Chat("web", "ben")) is None
    answer(database, claim(database)[0])
    assert say(database, "room again", cap=3, chat="ben").new


def test_a_full_backlog_is_counted_no_further_than_the_cap(sqlite_database: Database) -> None:
    for n in range(20):
        say(sqlite_database, str(n))
    with sqlite_database.read() as session:
        assert inbox.backlog(session, at_most=5) == 5
        assert inbox.backlog(session) == 20
        plan = session.connection().exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT id FROM inbox WHERE status = 'open' LIMIT 5"
        )
        assert "ix_inbox_open" in str(plan.all())


def test_while_a_person_has_the_conversation_a_message_is_only_a_turn(database: Database) -> None:
    first = say(database, "人工")
    answer(database, claim(database)[0])
    moved(database, first.conversation_id, Status.WAITING, Status.AGENT)
    accepted = say(database, "are you there?", cap=0)  # people have no backlog cap
    assert accepted.new
    assert not say(database, "are you there?").new
    assert claim(database) == []
    with database.read() as session:
        assert history(session, first.conversation_id)[-1].text == "are you there?"


def test_while_a_person_is_only_awaited_the_bot_gets_the_message(database: Database) -> None:
    first = say(database, "人工")
    answer(database, claim(database)[0])
    moved(database, first.conversation_id, Status.WAITING)
    say(database, "and how long is shipping?")
    (claimed,) = claim(database)
    assert claimed.status == Status.WAITING
    assert texts(claimed) == ["and how long is shipping?"]
    with pytest.raises(BusyError):
        say(database, "hello?", cap=1)


def test_a_listener_is_told_which_conversation_has_a_new_turn(database: Database) -> None:
    told: list[list[object]] = []
    database.listeners.append(
        lambda events: told.append([e for e in events if isinstance(e, Changed)])
    )
    first = say(database, "hello", chat="anna")
    say(database, "hello", chat="anna")  # a repeat is no new turn
    second = say(database, "hello", chat="ben")
    assert told == [[Changed(first.conversation_id)], [], [Changed(second.conversation_id)]]


def test_a_closed_conversation_is_the_bots_again_with_a_new_message(database: Database) -> None:
    first = say(database, "thanks")
    answer(database, claim(database)[0])
    moved(database, first.conversation_id, Status.CLOSED)
    say(database, "one more question")
    (claimed,) = claim(database)
    assert claimed.status == Status.BOT
    assert texts(claimed) == ["one more question"]


@pytest.mark.parametrize(
    ("incoming", "language"),
    [
        (heard("How do I return it?", language="zh"), "en"),
        (heard("退货", language="en"), "zh"),
        (heard("123", language="zh"), "zh"),
        (heard("👍"), "en"),
    ],
)
def test_the_text_tells_the_language_and_the_channel_where_it_cannot(
    database: Database, incoming: Incoming, language: str
) -> None:
    with database.begin() as session:
        inbox.accept(session, incoming, backlog_cap=10, at=NOON)
    (claimed,) = claim(database)
    assert claimed.language == language


# Claiming


def test_a_burst_is_claimed_together_and_answered_once(database: Database) -> None:
    for words in ("hello", "I have a question", "how long is shipping?"):
        say(database, words)
    (claimed,) = claim(database)
    assert texts(claimed) == ["hello", "I have a question", "how long is shipping?"]
    answer(database, claimed, "3 to 6 business days.")
    with database.read() as session:
        rows = session.exec(select(InboxRow).order_by(col(InboxRow.id))).all()
        reply = session.exec(select(TurnRow).where(TurnRow.author == "bot")).one()
        assert {row.answer_turn_id for row in rows} == {reply.id}
        assert reply.answers_inbox_id == rows[-1].id
        assert session.exec(select(OutboxRow)).one().turn_id == reply.id
        assert reconcile(session) == dict.fromkeys(reconcile(session), 0)
    assert claim(database) == []


def test_what_arrives_while_a_burst_is_answered_is_the_next_burst(database: Database) -> None:
    say(database, "first")
    (claimed,) = claim(database)
    say(database, "second")
    say(database, "third")
    assert claim(database) == []  # the conversation is leased
    answer(database, claimed, "to the first")
    (following,) = claim(database)
    assert texts(following) == ["second", "third"]
    assert [turn.text for turn in following.history] == ["first", "to the first"]


def test_conversations_are_claimed_side_by_side_longest_waiting_first(database: Database) -> None:
    for chat in ("c", "a", "b"):
        say(database, f"from {chat}", chat=chat)
    say(database, "more from c", chat="c")
    claimed = claim(database, limit=2)
    assert [one.chat.id for one in claimed] == ["c", "a"]
    assert texts(claimed[0]) == ["from c", "more from c"]
    assert [one.chat.id for one in claim(database, "host:2:b")] == ["b"]


def test_a_claim_carries_what_was_said_and_felt_before(database: Database) -> None:
    for n, mood in enumerate([0.5, -0.2, -0.9]):
        accepted = say(database, f"question {n}")
        (claimed,) = claim(database)
        with database.begin() as session:
            bursts.finish(
                session,
                claimed,
                Say(f"answer {n}", "en"),
                at=NOON,
                moods={accepted.turn_id: mood},
                audit={"action": "reply"},
            )
    say(database, "and now?")
    (claimed,) = claim(database)
    assert claimed.moods == (0.5, -0.2, -0.9)
    said = [turn.text for turn in claimed.history]
    assert said == [f"{kind} {n}" for n in range(3) for kind in ("question", "answer")]


def test_a_lease_runs_out_unless_it_is_renewed(database: Database) -> None:
    say(database, "hello")
    (first,) = claim(database, "host:1:a")
    assert claim(database, "host:2:b", at=later(59)) == []
    with database.begin() as session:
        bursts.renew(session, first, until=later(100))
    assert claim(database, "host:2:b", at=later(61)) == []
    (second,) = claim(database, "host:2:b", at=later(101))
    assert texts(second) == texts(first)


# Finishing


def test_a_reply_comes_too_late_once_an_agent_has_taken_over(database: Database) -> None:
    say(database, "where is my parcel?")
    (claimed,) = claim(database)
    moved(database, claimed.conversation_id, Status.WAITING, Status.AGENT)
    with database.begin() as session:
        late = bursts.finish(session, claimed, Say("Perhaps …", "en"), at=NOON, moods={})
    assert late is None
    with database.read() as session:
        assert len(turns_after(session, claimed.conversation_id, 0)) == 1
        assert session.exec(select(OutboxRow)).all() == []
        assert session.exec(select(InboxRow.status)).all() == ["done"]


def test_the_escalation_that_the_reply_itself_makes_is_still_said(database: Database) -> None:
    say(database, "人工")
    (claimed,) = claim(database)
    with database.begin() as session:
        move(lock(session, claimed.conversation_id), Status.WAITING)
        turn = bursts.finish(session, claimed, Say("请稍等", "zh"), at=NOON, moods={})
    assert turn is not None
    assert turn.text == "请稍等"


def test_nothing_to_say_is_done_all_the_same(database: Database) -> None:
    say(database, "ok")
    (claimed,) = claim(database)
    with database.begin() as session:
        assert bursts.finish(session, claimed, None, at=NOON, moods={}) is None
    assert claim(database) == []


def test_an_answer_that_breaks_half_way_leaves_everything_as_it_was(database: Database) -> None:
    accepted = say(database, "hello")
    (claimed,) = claim(database)

    def break_half_way() -> None:
        with database.begin() as session:
            bursts.finish(session, claimed, Say("hi", "en"), at=NOON, moods={accepted.turn_id: 1.0})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_half_way()
    with database.read() as session:
        assert inbox.backlog(session) == 1
        assert session.exec(select(OutboxRow)).all() == []
        assert len(history(session, claimed.conversation_id)) == 1
    answer(database, claimed)  # and the lease still holds


def test_the_database_itself_refuses_a_second_answer(database: Database) -> None:
    say(database, "hello")
    (claimed,) = claim(database)
    answer(database, claimed)
    with pytest.raises(ConflictError), database.begin() as session:
        conversation.add_turn(
            session,
            claimed.conversation_id,
            Author.BOT,
            "again",
            "en",
            answers_inbox_id=claimed.messages[-1].inbox_id,
        )


# Many at once


@pytest.mark.asyncio
async def test_two_workers_share_the_work_and_answer_each_message_once(database: Database) -> None:
    generator = random.Random(4)
    other = Database(database.url.render_as_string(hide_password=False))
    chats = [f"chat {n}" for n in range(10)]
    total = 150

    async def shop() -> None:
        for n in range(total):
            incoming = heard(f"message {n}", chat=generator.choice(chats))
            await database.write(
                lambda session, incoming=incoming: inbox.accept(  # type: ignore[misc]
                    session, incoming, backlog_cap=1000, at=NOON
                )
            )

    async def work(db: Database, owner: str) -> int:
        answered = 0
        while not shopping.done() or await db.query(inbox.backlog) > 0:
            claims = await db.write(
                lambda session: bursts.claim(session, owner, at=NOON, lease=LEASE, limit=3)
            )
            for claimed in claims:
                await asyncio.sleep(generator.random() / 500)
                await db.write(
                    lambda session, claimed=claimed: bursts.finish(  # type: ignore[misc]
                        session, claimed, Say("ok", "en"), at=NOON, moods={}
                    )
                )
                answered += len(claimed.messages)
            await asyncio.sleep(0.002)
        return answered

    shopping = asyncio.create_task(shop())
    shares = await asyncio.gather(work(database, "host:1:a"), work(other, "host:2:b"))
    await shopping
    other.close()
    assert sum(shares) == total
    with database.read() as session:
        assert reconcile(session) == dict.fromkeys(reconcile(session), 0)


def test_a_claim_passes_over_a_conversation_that_somebody_holds(database: Database) -> None:
    """On PostgreSQL a claim never waits for another transaction; on SQLite there is only one."""
    if database.sqlite:
        pytest.skip("one writer at a time")
    held = say(database, "hello", chat="anna")
    say(database, "hello", chat="ben")
    with database.begin() as session:
        lock(session, held.conversation_id)
        assert [one.chat.id for one in claim(database)] == ["ben"]
    assert [one.chat.id for one in claim(database)] == ["anna"]


def test_looking_for_work_reads_only_what_is_open(sqlite_database: Database) -> None:
    statements: list[str] = []
    event.listen(
        sqlite_database.engine,
        "before_cursor_execute",
        lambda c, cursor, statement, *rest: statements.append(statement),
    )
    claim(sqlite_database)
    (query,) = [statement for statement in statements if "min(" in statement]
    with sqlite_database.read() as session:
        plan = session.connection().execute(
            text("EXPLAIN QUERY PLAN " + query.replace("?", "'open'")),
        )
        steps = "\n".join(str(row[-1]) for row in plan.all())
    assert "USING COVERING INDEX ix_inbox_open (status=?)" in steps
    assert "SCAN conversations" not in steps
    assert "SCAN inbox" not in steps
