"""The desk over HTTP: who may come in, and what every page and form holds to."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from bot.database.db import Database
from bot.database.tables import SessionRow, UserRow
from bot.desk.pages import security
from bot.tickets.schedule import Schedule, Scheduled
from bot.types import now
from tests.support.desk_visit import HOST, Desk, password_hash, serve, ticket, ticket_row


def test_nobody_sees_a_page_without_a_login(desk: Desk) -> None:
    for path in ("/desk", "/desk/tickets/1", "/desk/users", "/desk/password"):
        response = desk.get(path)
        assert response.status_code == 303
        assert response.headers["location"].startswith("/desk/login?next=/desk")
    assert desk.client.post("/desk/tickets/1/take").status_code == 401
    assert desk.get("/desk/queue", **{"x-desk": "fragment"}).status_code == 401
    assert desk.get("/desk/events", accept="text/event-stream").status_code == 204


def test_login_leads_back_to_the_page_that_was_asked_for(desk: Desk) -> None:
    response = desk.log_in("Mia", next="/desk/tickets/7")
    assert (response.status_code, response.headers["location"]) == (303, "/desk/tickets/7")
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example/desk", "/desk\\@evil", "javascript:1"]
)
def test_login_never_leads_elsewhere(desk: Desk, target: str) -> None:
    assert desk.log_in("Mia", next=target).headers["location"] == "/desk"


def test_cookies_are_secure_behind_https(database: Database) -> None:
    with database.begin() as session:
        session.add(UserRow(name="Mia", password_hash=password_hash()))
    for desk in serve(database, secure=True):
        desk.client.base_url = "https://desk.example"
        assert "Secure" in desk.log_in("Mia").headers["set-cookie"]


def test_only_the_hash_of_a_token_is_stored(desk: Desk, database: Database) -> None:
    desk.log_in("Mia")
    token = desk.client.cookies[security.COOKIE]
    assert len(token) >= 43
    with database.read() as session:
        kept = session.exec(select(SessionRow)).one()
    assert kept.token_hash == security.digest(token)
    assert kept.csrf_token not in token


def test_every_login_gets_a_new_token(desk: Desk) -> None:
    desk.log_in("Mia")
    first = desk.client.cookies[security.COOKIE]
    desk.log_in("Mia")
    assert desk.client.cookies[security.COOKIE] != first


def test_a_wrong_password_and_an_unknown_name_read_alike(desk: Desk) -> None:
    wrong, unknown = desk.log_in("Mia", "not my password"), desk.log_in("Zoe", "not my password")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert "Name or password is not right" in wrong.text
    assert wrong.text.replace("Mia", "") == unknown.text.replace("Zoe", "")


def test_logout_ends_the_session_wherever_the_token_is(desk: Desk, database: Database) -> None:
    desk.enter("Mia")
    token = desk.client.cookies[security.COOKIE]
    assert desk.post("/desk/logout").headers["location"] == "/desk/login"
    desk.bring(token)
    assert desk.get("/desk").status_code == 303
    with database.read() as session:
        assert session.exec(select(SessionRow)).all() == []


def test_a_session_ends_after_twelve_hours(desk: Desk, database: Database) -> None:
    desk.enter("Mia")
    _expire_in(database, timedelta(seconds=-1))
    assert desk.get("/desk").status_code == 303


def test_a_session_in_use_goes_on(desk: Desk, database: Database) -> None:
    desk.enter("Mia")
    _expire_in(database, timedelta(hours=2))
    assert desk.get("/desk/queue", **{"x-desk": "fragment"}).status_code == 200
    assert _expires(database) < now() + timedelta(hours=3)  # a tab by itself prolongs nothing
    assert "set-cookie" in desk.get("/desk").headers
    assert _expires(database) > now() + timedelta(hours=11)


def test_a_form_without_the_token_is_refused(desk: Desk, database: Database) -> None:
    ticket_id = ticket(database)
    desk.enter("Mia")
    for fields in ({}, {"csrf": ""}, {"csrf": "x" * 43}, {"csrf": "é"}):
        path = f"/desk/tickets/{ticket_id}/take"
        assert desk.client.post(path, data=fields).status_code == 403
    assert desk.client.post("/desk/login", data={"name": "Mia"}).status_code == 403
    assert desk.client.post("/desk/logout").status_code == 403
    assert ticket_row(database, ticket_id).status == "open"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://desk.example.evil"])
def test_a_form_from_elsewhere_is_refused(desk: Desk, database: Database, origin: str) -> None:
    ticket_id = ticket(database)
    desk.enter("Mia")
    data = {"csrf": desk.token()}
    path = f"/desk/tickets/{ticket_id}/take"
    assert desk.client.post(path, data=data, headers={"origin": origin}).status_code == 403
    assert desk.client.post(path, data=data, headers={"origin": HOST}).status_code == 303


def test_every_page_carries_the_headers(desk: Desk, database: Database) -> None:
    ticket_id = ticket(database)
    desk.enter("Ada")
    for path in (
        "/desk",
        "/desk/login",
        "/desk/users",
        f"/desk/tickets/{ticket_id}",
        "/desk/tickets/99",
    ):
        headers = desk.get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
    page = desk.get(f"/desk/tickets/{ticket_id}").text
    assert not re.search(r"<script>|\son\w+=|style=", page)


def test_the_desk_speaks_the_readers_language(desk: Desk) -> None:
    assert "欢迎回来" in desk.get("/desk/login", **{"accept-language": "zh-CN,en;q=0.8"}).text
    assert "Welcome back" in desk.get("/desk/login", **{"accept-language": "de,en;q=.5"}).text
    chosen = desk.get("/desk/language?to=zh&back=/desk/login")
    assert chosen.headers["location"] == "/desk/login"
    assert 'lang="zh-Hans"' in desk.get("/desk/login", **{"accept-language": "en"}).text
    assert desk.get("/desk/language?to=en&back=//evil.example").headers["location"] == "/desk"


def _expire_in(database: Database, span: timedelta) -> None:
    with database.begin() as session:
        kept = session.exec(select(SessionRow)).one()
        kept.expires_at = now() + span
        session.add(kept)


def _expires(database: Database) -> datetime:
    with database.read() as session:
        return session.exec(select(SessionRow.expires_at)).one()


def test_hours_and_promises_are_kept_on_a_page_of_the_admins(database: Database) -> None:
    known = Scheduled(database, Schedule(hours="mon-fri 9:00-17:00"), ZoneInfo("UTC"))
    with database.begin() as session:
        session.add(UserRow(name="Ada", role="admin", password_hash=password_hash()))
    for ada in serve(database, scheduled=known):
        ada.enter("Ada")
        page = "/desk/schedule"
        assert "mon-fri 9:00-17:00" in ada.get(page).text
        bad = ada.post(page, page, hours="9 to 5", away_en="Back <soon>")
        assert bad.status_code == 400
        assert "9 to 5" in bad.text
        assert "Back &lt;soon&gt;" in bad.text
        assert ada.post(page, page, hours="sat 10:00-14:00").status_code == 303
        assert "As the settings say" in ada.get(page).text
        ada.post(page, page, reset="yes")
        assert "As the settings say" not in ada.get(page).text
        assert "changed a setting" in ada.get("/desk/audit?act=setting").text
