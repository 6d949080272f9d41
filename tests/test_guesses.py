"""Wrong proofs are counted, slowed down and locked, whatever restarts or happens at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import select

from bot import guesses
from bot.db import Database
from bot.tables import GuessRow
from tests.shop import NOON, later

DAY = guesses.REMEMBERED


@pytest.mark.parametrize(
    ("wrong", "seconds"),
    [(0, None), (2, None), (3, 30), (4, 120), (5, 600), (6, 3600), (9, 3600), (10, 86400)],
)
def test_each_wrong_proof_costs_more_time(wrong: int, seconds: int | None) -> None:
    opens = guesses.open_again([NOON] * wrong, NOON)
    assert opens == (None if seconds is None else later(seconds))


def test_a_pause_ends_and_a_day_forgets() -> None:
    assert guesses.open_again([NOON] * 3, later(30)) is None
    assert guesses.open_again([NOON] * 20, NOON + DAY) is None


def test_counts_outlive_the_process_and_are_per_subject(database: Database) -> None:
    for _ in range(3):
        with database.begin() as session:
            guesses.wrong(session, ["chat:1", guesses.order(session, "W1")], at=NOON)
    with database.begin() as session:
        theirs = guesses.order(session, "W1")
        assert guesses.closed_until(session, ["chat:1"], at=NOON) == later(30)
        assert guesses.closed_until(session, ["chat:2", theirs], at=NOON) == later(30)
        assert guesses.closed_until(session, ["chat:2"], at=NOON) is None
        guesses.right(session, 1)
        assert guesses.closed_until(session, ["chat:1"], at=NOON) is None
        assert guesses.closed_until(session, [theirs], at=NOON) == later(30)


def test_the_desk_hears_of_it_once(database: Database) -> None:
    with database.begin() as session:
        told = [guesses.wrong(session, ["chat:1"], at=NOON) for _ in range(8)]
    assert told == [False] * 4 + [True] + [False] * 3


def test_orders_are_kept_as_keyed_hashes(sqlite_database: Database) -> None:
    with sqlite_database.begin() as session:
        guesses.wrong(session, [guesses.order(session, "W2001")], at=NOON)
        assert "W2001" not in session.exec(select(GuessRow.subject)).one()


def test_many_at_once_get_no_more_tries_than_one(database: Database) -> None:
    def attempt(_: int) -> bool:
        with database.begin() as session:
            if guesses.closed_until(session, ["order:x"], at=NOON):
                return False
            guesses.wrong(session, ["order:x"], at=NOON)
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(24))) == 3


def test_what_is_allowed_so_often_is_refused_after(database: Database) -> None:
    hour = timedelta(hours=1)
    with database.begin() as session:
        spent = [guesses.spend(session, "sends:x", 3, hour, at=NOON) for _ in range(4)]
        assert spent == [True, True, True, False]
        assert guesses.spend(session, "sends:x", 3, hour, at=NOON + hour)


def test_old_counts_are_swept(database: Database) -> None:
    with database.begin() as session:
        guesses.wrong(session, ["chat:1"], at=NOON)
        assert guesses.sweep(session, at=later(60)) == 0
        assert guesses.sweep(session, at=NOON + DAY) == 1
