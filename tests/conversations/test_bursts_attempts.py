"""Leases lost and given back; attempts retried ever later and given up, and crashes."""

from datetime import timedelta

import pytest
from sqlmodel import select

from bot.conversations import bursts, inbox
from bot.conversations.conversation import history
from bot.database.db import Database
from bot.database.leases import new_owner
from bot.database.tables import InboxRow
from bot.errors import ConflictError
from bot.types import Claim
from tests.support.shop import LEASE, NOON, answer, claim, later, say, texts

HERE = new_owner().partition(":")[0]


def crash(database: Database, at: float) -> list[Claim]:
    """Claim whatever there is as a process that is killed right after; its claims."""
    claims = claim(database, f"{HERE}:4194999:x", at=later(at))
    with database.begin() as session:
        bursts.recover(session, new_owner())
    return claims


def attempts(database: Database) -> dict[str, tuple[str, int]]:
    with database.read() as session:
        rows = session.exec(select(InboxRow)).all()
        return {row.message_id: (row.status, row.attempts) for row in rows}


# Losing and giving back


def test_a_worker_that_lost_its_lease_cannot_do_anything(database: Database) -> None:
    say(database, "hello")
    (lost,) = claim(database, "host:1:a")
    (held,) = claim(database, "host:2:b", at=later(61))
    with pytest.raises(ConflictError):
        answer(database, lost, "too late")
    with pytest.raises(ConflictError), database.begin() as session:
        bursts.fail(session, lost, "late", at=NOON)
    with pytest.raises(ConflictError), database.begin() as session:
        bursts.renew(session, lost, until=later(100))
    with database.begin() as session:
        bursts.release(session, lost)  # gives nothing back that is not its own
    answer(database, held)
    with pytest.raises(ConflictError):
        answer(database, held, "once more")
    with database.read() as session:
        assert [turn.text for turn in history(session, held.conversation_id)] == [
            "hello",
            "Here you are.",
        ]


def test_a_forgotten_claim_of_the_same_worker_cannot_answer_a_second_time(
    database: Database,
) -> None:
    say(database, "first")
    (stale,) = claim(database)
    say(database, "second")
    (fresh,) = claim(database, at=later(61))  # the same owner, who slept through its lease
    assert texts(fresh) == ["first", "second"]
    answer(database, fresh)
    say(database, "third")
    claim(database, at=later(62))
    with pytest.raises(ConflictError):
        answer(database, stale)


def test_a_released_burst_is_claimed_again_without_a_failure_counted(database: Database) -> None:
    say(database, "hello")
    (claimed,) = claim(database)
    with database.begin() as session:
        bursts.release(session, claimed)
    (again,) = claim(database, "host:2:b")
    assert again.messages == claimed.messages
    with database.begin() as session:
        bursts.release(session, again)
    assert attempts(database) == {"hello": ("open", 0)}


def test_leases_of_dead_processes_end_at_once_those_of_living_ones_do_not(
    database: Database,
) -> None:
    me = new_owner()
    host, number, _ = me.split(":")
    gone = {
        f"{host}:4194999:x": True,  # beyond the largest process number
        f"{host}:{number}:earlier": True,  # my number, not me: an earlier run
        f"{host}:1:x": False,
        "elsewhere:4194999:x": False,
        me: False,
    }
    for owner in gone:
        say(database, "hello", chat=owner)
        assert len(claim(database, owner)) == 1
    with database.begin() as session:
        assert bursts.recover(session, me) == 2
    assert {one.chat.id for one in claim(database, "host:2:b")} == {o for o in gone if gone[o]}


# Failing


def test_failures_are_retried_ever_later_and_given_up_after_five(database: Database) -> None:
    say(database, "poison")
    at = NOON
    pauses = []
    for attempt in range(1, bursts.MAX_ATTEMPTS + 1):
        (claimed,) = claim(database, at=at)
        assert claimed.messages[0].attempts == attempt - 1
        with database.begin() as session:
            assert bursts.fail(session, claimed, "ValueError", at=at) is (attempt == 5)
        if attempt < bursts.MAX_ATTEMPTS:
            seconds = next(n for n in range(400) if _due(database, at + timedelta(seconds=n)))
            pauses.append(seconds)
            at += timedelta(seconds=seconds)
    assert pauses == [1, 2, 4, 8]
    with database.read() as session:
        (given_up,) = inbox.dead(session)
        assert (given_up.message_id, given_up.error) == ("poison", "ValueError")
        assert inbox.backlog(session) == 0


def _due(database: Database, at: object) -> bool:
    with database.read() as session:
        return bursts.waiting(session, at=at)  # type: ignore[arg-type]


def test_a_later_message_does_not_overtake_one_that_waits_for_its_retry(
    database: Database,
) -> None:
    say(database, "first")
    (claimed,) = claim(database)
    with database.begin() as session:
        bursts.fail(session, claimed, "ValueError", at=NOON)
    say(database, "second")
    say(database, "hello", chat="ben")
    assert [one.chat.id for one in claim(database, at=NOON)] == ["ben"]
    (retried,) = claim(database, at=later(2))
    assert texts(retried) == ["first", "second"]


def test_a_message_that_came_later_survives_the_death_of_the_first(database: Database) -> None:
    say(database, "poison")
    for attempt in range(bursts.MAX_ATTEMPTS):
        if attempt == 3:
            say(database, "harmless")
        (claimed,) = claim(database, at=later(attempt * 100))
        with database.begin() as session:
            bursts.fail(session, claimed, "ValueError", at=later(attempt * 100))
    (survivor,) = claim(database, at=later(1000))
    assert texts(survivor) == ["harmless"]


# Crashing


def test_a_message_that_ends_its_process_every_time_is_given_up(database: Database) -> None:
    say(database, "poison")
    for n in range(bursts.MAX_CRASHES):
        (claimed,) = crash(database, n)
        assert not claimed.exhausted
    say(database, "harmless")
    (last,) = claim(database)
    assert last.exhausted
    assert texts(last) == ["poison"]
    with database.begin() as session:
        assert bursts.fail(session, last, bursts.CRASHED, at=NOON)
    assert attempts(database) == {"poison": ("dead", 8), "harmless": ("open", 0)}
    (following,) = claim(database)
    assert texts(following) == ["harmless"]


def test_whoever_goes_down_with_another_is_tried_without_it(database: Database) -> None:
    chats = [f"chat {n}" for n in range(6)]
    for chat in chats:
        say(database, f"from {chat}", chat=chat)
    for n in range(bursts.SUSPECT):
        assert len(crash(database, n)) == len(chats)
    say(database, "fresh", chat="fresh")
    first, second = claim(database, f"{HERE}:4194999:x")
    assert [first.chat.id, first.suspect] == ["fresh", False]
    assert second.suspect
    with database.begin() as session:
        assert bursts.claim(session, "a", at=NOON, lease=LEASE, limit=9, suspects=False) == []
    with database.begin() as session:
        bursts.recover(session, new_owner())
    for chat in chats[1:]:  # each is tried before one is tried again
        crashed = [one for one in crash(database, 60) if one.suspect]
        assert [one.chat.id for one in crashed] == [chat]


def test_an_attempt_that_ends_with_an_error_is_counted_once(database: Database) -> None:
    say(database, "hello")
    (claimed,) = claim(database)
    assert attempts(database)["hello"] == ("open", 1)
    with database.begin() as session:
        bursts.fail(session, claimed, "ValueError", at=NOON)
    assert attempts(database)["hello"] == ("open", 1)
    (again,) = claim(database, at=later(60))
    assert (again.messages[0].attempts, again.messages[0].error) == (1, "ValueError")
    assert not again.suspect
