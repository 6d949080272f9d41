"""Who may try a password at the desk, and how soon: counted by who tries, never by whose name."""

import asyncio
import threading
from datetime import timedelta

import pytest

from bot.desk.pages.attempts import Attempts, Tries, Visitor
from bot.desk.pages.hashing import Hashing
from bot.errors import BusyError
from bot.types import now

STRANGER, OWNER = Visitor("203.0.113.9"), Visitor("198.51.100.1")
AT = now()


def tries(attempts: Attempts, visitor: Visitor, number: int, name: str = "admin") -> int:
    """Try as often as that, however long the wait; how many seconds the next one waits."""
    for _ in range(number):
        attempts.begin(visitor, name, AT)
    return attempts.wait(visitor, name, AT)


def test_who_mistypes_waits_a_little_longer_each_time() -> None:
    attempts = Attempts()
    assert [tries(attempts, OWNER, 1) for _ in range(8)] == [0, 0, 0, 0, 2, 4, 8, 16]
    assert tries(attempts, OWNER, 20) == 15 * 60


def test_a_try_counts_before_it_is_known_how_it_ends() -> None:
    attempts = Attempts()
    allowed = 0
    for _ in range(200):
        if attempts.wait(STRANGER, "admin", AT) == 0:
            attempts.begin(STRANGER, "admin", AT)
            allowed += 1
    assert allowed == 5


def test_a_stranger_slows_only_themselves() -> None:
    attempts = Attempts()
    assert tries(attempts, STRANGER, 100) > 0
    assert attempts.wait(OWNER, "admin", AT) == 0


def test_an_address_that_tries_many_names_is_slowed_at_all_of_them() -> None:
    attempts = Attempts()
    for number in range(20):
        assert attempts.wait(STRANGER, f"name{number}", AT) == 0
        attempts.begin(STRANGER, f"name{number}", AT)
    assert attempts.wait(STRANGER, "another", AT) > 0
    assert attempts.wait(OWNER, "another", AT) == 0


def test_ones_own_password_washes_no_guesses_away() -> None:
    attempts = Attempts()
    for number in range(20):
        attempts.begin(STRANGER, f"name{number}", AT)
        attempts.begin(STRANGER, "mallory", AT)
        attempts.passed(STRANGER, "mallory")
    assert attempts.wait(STRANGER, "admin", AT) > 0


def test_many_addresses_at_one_name_get_less_each_and_raise_the_alarm_once() -> None:
    attempts = Attempts()
    alarms = 0
    for number in range(50):
        for _ in range(4):
            alarms += attempts.begin(Visitor(f"192.0.2.{number}"), "admin", AT)
    assert alarms == 1
    assert attempts.attacked("admin", AT)
    assert not attempts.attacked("mia", AT)
    assert [tries(attempts, STRANGER, 1) for _ in range(3)] == [0, 60, 120]
    # Whoever owns the name comes in at their first try, from wherever they are.
    assert attempts.wait(OWNER, "admin", AT) == 0


def test_a_known_device_is_counted_by_itself() -> None:
    attempts = Attempts()
    known = Visitor(STRANGER.origin, device="d1")
    tries(attempts, STRANGER, 300)
    assert attempts.wait(known, "admin", AT) == 0
    assert tries(attempts, known, 6) > 0, "whoever stole it guesses no more than anybody else"
    assert attempts.wait(Visitor(STRANGER.origin, device="d2"), "admin", AT) == 0


def test_counts_are_forgotten_when_it_is_quiet_and_when_there_are_too_many() -> None:
    counted = Tries(most=2)
    for key in ("a", "a", "b", "c"):
        counted.add(key, AT)
    assert [counted.count(key, AT) for key in "abc"] == [0, 1, 1]
    assert counted.count("c", AT + timedelta(minutes=30)) == 0
    counted.take_back("c")
    counted.take_back("c")
    assert counted.count("c", AT) == 0


async def test_hashing_takes_so_many_and_tells_the_others_at_once() -> None:
    hashing, hold = Hashing(waiting=1), threading.Event()
    strangers = [asyncio.create_task(hashing.run(hold.wait, 60, known=False)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(BusyError):
        await hashing.run(hold.wait, 60, known=False)
    known = asyncio.create_task(hashing.run(hold.wait, 60, known=True))
    await asyncio.sleep(0)
    hold.set()
    assert await asyncio.gather(*strangers, known) == [True] * 4
    assert await hashing.run(lambda: "free again", known=False) == "free again"
