"""The desk's door over HTTP: guessers are slowed, people who work here come in."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.requests import Request
from starlette.testclient import _TestClientTransport
from structlog.testing import capture_logs

from bot.database.db import Database
from bot.database.keys import master
from bot.database.tables import UserRow
from bot.desk.pages.attempts import FREE
from bot.desk.pages.devices import COOKIE
from bot.desk.pages.door import Door, Slowed
from bot.desk.pages.hashing import Hashing
from bot.errors import BusyError
from bot.tickets.users import name_key
from bot.types import now
from tests.support.desk_shop import PASSWORD
from tests.support.desk_visit import Desk, password_hash, serve


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    """The desk with two agents and an admin, at one moment: no wait is over by itself."""
    with database.begin() as session:
        session.add(UserRow(name="Ada", role="admin", password_hash=password_hash()))
        for name in ("Mia", "Noor"):
            session.add(UserRow(name=name, password_hash=password_hash()))
    moment = now()
    yield from serve(database, clock=lambda: moment)


def wrong_until_slowed(desk: Desk, name: str = "Mia") -> int:
    """Try wrong passwords until the desk says to wait; how many it compared."""
    for tried in range(30):
        response = desk.log_in(name, "not my password")
        if response.status_code == 429:
            assert int(response.headers["retry-after"]) > 0
            assert re.search(r"Try again in \d+ seconds", response.text)
            return tried
    return 30


def devices(desk: Desk) -> list[str]:
    """The device cookies that the browser has."""
    return [each.value or "" for each in desk.client.cookies.jar if each.name.startswith(COOKIE)]


def forget_devices(desk: Desk) -> None:
    for cookie in list(desk.client.cookies.jar):
        if cookie.name.startswith(COOKIE):
            desk.client.cookies.delete(cookie.name)


def come_from(desk: Desk, address: str) -> None:
    """From now on the browser's address is another."""
    transport = desk.client._transport
    assert isinstance(transport, _TestClientTransport)
    transport.client = (address, 50_000)


def test_an_address_is_slowed_after_five_wrong_passwords(desk: Desk) -> None:
    assert wrong_until_slowed(desk) == 5
    assert desk.log_in("Mia").status_code == 429
    assert desk.log_in("Noor").status_code == 303


def test_a_visitor_is_counted_by_their_network(desk: Desk) -> None:
    come_from(desk, "2001:db8:1:2:aaaa::1")
    assert wrong_until_slowed(desk) == 5
    come_from(desk, "2001:db8:1:2:bbbb::2")
    assert desk.log_in("Mia").status_code == 429
    come_from(desk, "2001:db8:1:3::1")
    assert desk.log_in("Mia").status_code == 303


def test_the_browser_that_logged_in_before_comes_in_while_its_address_is_slowed(
    desk: Desk,
) -> None:
    desk.log_in("Mia")
    (known,) = devices(desk)
    forget_devices(desk)
    assert wrong_until_slowed(desk) == 5
    assert desk.log_in("Mia").status_code == 429
    desk.client.cookies.set(COOKIE + name_key("Mia"), known, domain="desk.example", path="/desk")
    assert desk.log_in("Mia").status_code == 303


def test_a_known_device_guesses_no_more_than_a_stranger(desk: Desk) -> None:
    desk.log_in("Mia")
    assert wrong_until_slowed(desk) == 5


def test_a_device_is_known_for_the_name_that_logged_in_with_it(desk: Desk) -> None:
    desk.log_in("Mia")
    (mine,) = devices(desk)
    forget_devices(desk)
    assert wrong_until_slowed(desk, "Noor") == 5
    # Mia's cookie, put where Noor's would be, is not Noor's.
    desk.client.cookies.set(COOKIE + name_key("Noor"), mine, domain="desk.example", path="/desk")
    assert desk.log_in("Noor").status_code == 429


def test_an_attack_on_a_name_is_in_the_log_and_on_the_page_of_people(
    database: Database, desk: Desk
) -> None:
    with capture_logs() as logs:
        for number in range(30):
            come_from(desk, f"192.0.2.{number}")
            assert desk.log_in("Mia", "not my password").status_code == 401
    alarms = [line for line in logs if line.get("action") == "desk.under_attack"]
    assert [alarm["log_level"] for alarm in alarms] == ["error"]
    assert not any("Mia" in str(line) or "not my password" in str(line) for line in logs)
    come_from(desk, "198.51.100.1")
    assert desk.log_in("Mia").status_code == 303
    desk.enter("Ada")
    assert "somebody is guessing the password" in desk.get("/desk/users").text


def test_wrong_current_passwords_count_like_wrong_logins(desk: Desk) -> None:
    desk.enter("Mia")
    fields = {"current": "wrong wrong", "password": "a new password", "again": "a new password"}
    answers = [desk.post("/desk/password", "/desk/password", **fields) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [403] * 5 + [429]


async def test_when_too_many_are_compared_the_next_is_told_so_and_not_counted(
    database: Database, desk: Desk
) -> None:
    door = Door(database)
    free, door.hashing = door.hashing, Hashing(waiting=-2)
    visit = Request({"type": "http", "headers": [], "client": ("192.0.2.1", 1)})
    for _ in range(10):
        with pytest.raises(BusyError) as told:
            await door.prove(visit, "Mia", PASSWORD)
        assert not isinstance(told.value, Slowed)
    door.hashing = free
    assert (await door.prove(visit, "Mia", PASSWORD)).correct


def request_from(address: str) -> Request:
    """A log-in from there, by a browser that nobody knows."""
    return Request({"type": "http", "headers": [], "client": (address, 1), "method": "POST"})


async def test_two_processes_count_a_guessers_tries_together(database: Database) -> None:
    if database.sqlite:
        pytest.skip("one process serves on SQLite")
    with database.begin() as session:
        session.add(UserRow(name="Mia", password_hash=password_hash()))
        master(session)
    moment = now()
    doors = [Door(database, clock=lambda: moment) for _ in range(2)]
    compared = 0
    for tried in range(20):
        try:
            await doors[tried % 2].prove(request_from("203.0.113.9"), "Mia", "not her password")
            compared += 1
        except Slowed:
            break
    assert compared == FREE
    for door in doors:
        with pytest.raises(Slowed):
            await door.prove(request_from("203.0.113.9"), "Mia", PASSWORD)
    for last in range(30):
        await doors[0].prove(request_from(f"203.0.{last}.1"), "Mia", "not her password")
    assert await doors[1].attacked(["Mia", "Noor"]) == {"Mia"}
    rested = Door(database, clock=lambda: moment + timedelta(hours=2))
    assert (await rested.prove(request_from("203.0.113.9"), "Mia", PASSWORD)).correct
