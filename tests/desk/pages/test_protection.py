"""Logging in with a code over HTTP, recovery codes, and logins that are seen and ended."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pyotp
import pytest

from bot.database.db import Database
from bot.database.tables import UserRow
from bot.desk.pages import security
from bot.tickets import second_factor, users
from bot.types import now
from tests.support.desk_shop import PASSWORD
from tests.support.desk_visit import Desk, password_hash, serve


def set_up(desk: Desk, name: str = "Mia") -> tuple[pyotp.TOTP, list[str]]:
    """Turn the code on at the page, with one of the step before this one; what it says after."""
    desk.enter(name)
    shown = desk.get("/desk/security").text
    seed = re.search(r'name="seed" value="(\w+)"', shown)
    assert seed is not None
    assert "data:image/svg+xml" in shown
    with desk.database.begin() as session:
        app = pyotp.TOTP(second_factor.secret(session, seed[1]))
    assert app.secret in shown.replace(" ", "")
    code = app.at(now() - timedelta(seconds=30))
    said = desk.post("/desk/security/on", "/desk/security", seed=seed[1], code=code)
    assert said.status_code == 200
    return app, re.findall(r"<code>(\w{5}-\w{5})</code>", said.text)


def give(desk: Desk, code: str, to: str = "/desk") -> int:
    """Type the code; what comes of it."""
    answer = desk.post("/desk/code", "/desk/code", code=code, next=to)
    return int(answer.status_code)


def test_a_password_alone_opens_nothing_once_the_code_is_on(desk: Desk) -> None:
    app, recovery = set_up(desk)
    assert len(recovery) == 10
    assert desk.log_in("Mia").headers["location"].startswith("/desk/code")
    for path in ("/desk", "/desk/security", "/desk/password", "/desk/name", "/desk/search?q=x"):
        assert desk.get(path).headers["location"] == "/desk/code", path
    assert (
        desk.post("/desk/security/off", "/desk/code", code="").headers["location"] == "/desk/code"
    )
    assert "/desk/canned" not in desk.get("/desk/code").text
    assert give(desk, "000000") == 403
    assert give(desk, app.now(), "https://evil.example") == 303
    assert desk.get("/desk").status_code == 200
    desk.log_in("Mia")
    assert give(desk, app.now()) == 403, "each code opens once"
    assert give(desk, recovery[0]) == 303
    assert "9 recovery codes left" in desk.get("/desk/security").text


def test_turning_it_off_takes_a_code(desk: Desk) -> None:
    _, recovery = set_up(desk)
    assert desk.post("/desk/security/off", "/desk/security", code="000000").status_code == 403
    said = desk.post("/desk/security/recovery", "/desk/security", code=recovery[0]).text
    fresh = re.findall(r"<code>(\w{5}-\w{5})</code>", said)
    assert len(fresh) == 10
    assert set(fresh).isdisjoint(recovery)
    assert desk.post("/desk/security/off", "/desk/security", code=fresh[0]).status_code == 200
    assert desk.log_in("Mia").headers["location"] == "/desk"


def test_codes_are_not_guessed_at_leisure(desk: Desk) -> None:
    app, _ = set_up(desk)
    answers = []
    for _ in range(4):  # the password again each time: the count is the user's
        desk.log_in("Mia")
        answers += [give(desk, f"{number:06}") for number in range(2)]
    assert answers[:5] == [403] * 5
    assert answers[5:] == [429] * 3
    assert give(desk, app.now()) == 429


def test_an_admin_helps_who_has_lost_the_telephone(desk: Desk) -> None:
    set_up(desk)
    desk.enter("Ada")
    assert "Turn off the code" in desk.get("/desk/users").text
    assert desk.post("/desk/users/code-off", "/desk/users", name="Mia").status_code == 303
    assert desk.log_in("Mia").headers["location"] == "/desk"
    assert desk.post("/desk/users/code-off", name="Ada").status_code == 403


@pytest.fixture
def strict(database: Database) -> Iterator[Desk]:
    """A desk where admins need a code."""
    with database.begin() as session:
        session.add(UserRow(name="Ada", role="admin", password_hash=password_hash()))
        session.add(UserRow(name="Mia", password_hash=password_hash()))
    yield from serve(database, code_roles=("admin",))


def test_a_role_that_needs_a_code_sets_it_up_first(strict: Desk) -> None:
    assert strict.log_in("Mia").headers["location"] == "/desk"
    assert strict.get("/desk").status_code == 200
    strict.log_in("Ada")
    assert strict.get("/desk/users").headers["location"] == "/desk/security"
    assert "with your role" in strict.get("/desk/security").text.lower()
    set_up(strict, "Ada")
    assert strict.get("/desk/users").status_code == 200


def test_logins_are_listed_and_ended(desk: Desk) -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    desk.client.headers["user-agent"] = firefox
    desk.log_in("Mia")
    elsewhere = desk.client.cookies[security.COOKIE]
    desk.client.headers["user-agent"] = "Mozilla/5.0 (iPhone) AppleWebKit/605 Safari/604.1"
    desk.log_in("Mia")
    here = desk.client.cookies[security.COOKIE]
    page = desk.get("/desk/security").text
    assert "Firefox · Linux" in page
    assert "Safari · iPhone" in page
    which = security.digest(elsewhere)[:16]
    assert desk.post("/desk/security/end", "/desk/security", which=which).status_code == 303
    desk.bring(elsewhere)
    assert desk.get("/desk").status_code == 303
    desk.bring(here)
    assert desk.get("/desk").status_code == 200
    for _ in range(2):
        desk.enter("Mia")
    desk.bring(here)
    desk.post("/desk/security/end", "/desk/security")
    assert desk.get("/desk/security").text.count('name="which"') == 0


def test_an_admin_logs_somebody_out_and_nobody_else_can(desk: Desk) -> None:
    desk.log_in("Mia", PASSWORD)
    token = desk.client.cookies[security.COOKIE]
    assert desk.post("/desk/users/logins", name="Ada").status_code == 403
    desk.enter("Ada")
    assert desk.post("/desk/users/logins", "/desk/users", name="Mia").status_code == 303
    assert desk.post("/desk/users/logins", "/desk/users", name="Nobody").status_code == 404
    desk.bring(token)
    assert desk.get("/desk").status_code == 303
    with desk.database.read() as session:
        assert users.find(session, "Mia").totp_seed is None
