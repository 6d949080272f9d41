"""The desk's pages over HTTP: who may come in, what a form may do, what is then written."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlmodel import col, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot import agents, telegram_accounts, users
from bot.db import Database
from bot.desk import security
from bot.desk.routes import routes
from bot.live import Live
from bot.tables import ConversationRow, OutboxRow, SessionRow, TicketRow, TurnRow, UserRow
from bot.types import Reason, now
from tests.desk_shop import HELP, PASSWORD, escalated

HOST = "http://desk.example"


class Desk:
    """A browser at the desk: keeps cookies, follows nothing, knows its page's CSRF token."""

    def __init__(self, client: TestClient, told: list[int], database: Database) -> None:
        self.client = client
        self.told = told
        self.database = database

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers=headers)

    def post(self, path: str, page: str = "/desk", **fields: str) -> Any:
        """Press a button of `page`."""
        return self.client.post(path, data={"csrf": self.token(page), **fields})

    def token(self, page: str = "/desk") -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(page).text)
        assert found is not None
        return found[1]

    def enter(self, name: str) -> None:
        """Be logged in as `name`, without the work that a password is."""
        with self.database.begin() as session:
            user = users.find(session, name)
            assert user.id is not None
            token = security.start_session(session, user.id, now())
        self.bring(token)

    def bring(self, token: str) -> None:
        """Come with a session's token, wherever it is from."""
        self.client.cookies.delete(security.COOKIE)
        self.client.cookies.set(security.COOKIE, token, domain="desk.example", path="/desk")

    def log_in(self, name: str, password: str = PASSWORD, **fields: str) -> Any:
        self.client.cookies.delete(security.COOKIE)
        return self.post("/desk/login", "/desk/login", name=name, password=password, **fields)


@cache
def _encoded() -> str:
    """The password's hash: slow on purpose, so once is enough."""
    return PasswordHasher().hash(PASSWORD)


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    """The desk with the agents Mia and Noor, and the admin Ada."""
    with database.begin() as session:
        session.add(UserRow(name="Ada", role="admin", password_hash=_encoded()))
        for name in ("Mia", "Noor"):
            session.add(UserRow(name=name, password_hash=_encoded()))
    yield from _serve(database)


def _serve(database: Database, *, secure: bool = False) -> Iterator[Desk]:
    told: list[int] = []
    pages = routes(
        database,
        Live(),
        secure_cookies=secure,
        on_reply=told.append,
        telegram_bot=lambda: "juniper_bot",
    )
    app = Starlette(routes=pages)
    with TestClient(app, base_url=HOST, follow_redirects=False) as client:
        yield Desk(client, told, database)


def _ticket(database: Database, chat: str = "shopper-1") -> int:
    with database.begin() as session:
        return escalated(session, chat)


def _row(database: Database, ticket_id: int) -> TicketRow:
    with database.read() as session:
        ticket = session.get(TicketRow, ticket_id)
        assert ticket is not None
        return ticket


def _outbox(database: Database) -> list[str]:
    with database.read() as session:
        query = select(TurnRow.text).join(OutboxRow, col(OutboxRow.turn_id) == col(TurnRow.id))
        return list(session.exec(query.order_by(col(OutboxRow.id))))


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
        session.add(UserRow(name="Mia", password_hash=_encoded()))
    for desk in _serve(database, secure=True):
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


def test_the_tenth_wrong_password_locks_the_name(desk: Desk, database: Database) -> None:
    with database.begin() as session:
        users.find(session, "Mia").failed_logins = 9
    assert desk.log_in("Mia", "not my password").status_code == 401
    assert desk.log_in("Mia").status_code == 401
    assert desk.log_in("Noor").status_code == 303


def test_an_address_that_guesses_is_slowed_down(sqlite_database: Database) -> None:
    for desk in _serve(sqlite_database):
        for number in range(20):
            assert desk.log_in(f"guess{number}", "not my password").status_code == 401
        response = desk.log_in("Mia")
        assert response.status_code == 429
        assert int(response.headers["retry-after"]) > 0


def test_the_throttle_forgets_after_five_minutes() -> None:
    throttle, at = security.Throttle(most=2, addresses=2), now()
    for address in ("a", "a", "b", "c"):
        throttle.failed(address, at)
    assert throttle.wait("a", at) == 0  # the longest quiet one made room
    throttle.failed("c", at)
    assert throttle.wait("c", at) == 300
    assert throttle.wait("c", at + timedelta(minutes=5)) == 0
    throttle.failed("c", at)
    throttle.passed("c")
    assert throttle.wait("c", at) == 0


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
    ticket_id = _ticket(database)
    desk.enter("Mia")
    for fields in ({}, {"csrf": ""}, {"csrf": "x" * 43}, {"csrf": "é"}):
        path = f"/desk/tickets/{ticket_id}/take"
        assert desk.client.post(path, data=fields).status_code == 403
    assert desk.client.post("/desk/login", data={"name": "Mia"}).status_code == 403
    assert desk.client.post("/desk/logout").status_code == 403
    assert _row(database, ticket_id).status == "open"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://desk.example.evil"])
def test_a_form_from_elsewhere_is_refused(desk: Desk, database: Database, origin: str) -> None:
    ticket_id = _ticket(database)
    desk.enter("Mia")
    data = {"csrf": desk.token()}
    path = f"/desk/tickets/{ticket_id}/take"
    assert desk.client.post(path, data=data, headers={"origin": origin}).status_code == 403
    assert desk.client.post(path, data=data, headers={"origin": HOST}).status_code == 303


def test_every_page_carries_the_headers(desk: Desk, database: Database) -> None:
    ticket_id = _ticket(database)
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


def test_agents_do_not_reach_the_admins_page(desk: Desk, database: Database) -> None:
    desk.enter("Mia")
    assert desk.get("/desk/users").status_code == 403
    assert "/desk/users" not in desk.get("/desk").text
    assert desk.post("/desk/users/add", name="Eve", role="admin").status_code == 403
    with database.read() as session:
        assert len(users.every(session)) == 3


def test_an_admin_adds_a_user_who_must_choose_a_password(desk: Desk) -> None:
    desk.log_in("Ada")
    page = desk.post("/desk/users/add", "/desk/users", name="Li Wei", role="agent")
    found = re.search(r'class="secret">([^<]+)<', page.text)
    assert found is not None
    assert found[1] not in desk.get("/desk/users").text
    assert (
        desk.post("/desk/users/add", "/desk/users", name="li wei", role="agent").status_code == 409
    )
    desk.log_in("Li Wei", found[1])
    assert desk.get("/desk").headers["location"] == "/desk/password"
    short = desk.post("/desk/password", "/desk/password", password="short", again="short")
    assert short.status_code == 400
    other = desk.post("/desk/password", "/desk/password", password=PASSWORD, again=PASSWORD + "!")
    assert "not the same" in other.text
    token = desk.client.cookies[security.COOKIE]
    done = desk.post("/desk/password", "/desk/password", password=PASSWORD, again=PASSWORD)
    assert done.headers["location"] == "/desk"
    assert desk.client.cookies[security.COOKIE] != token
    assert desk.get("/desk").status_code == 200


def test_ones_own_password_needs_the_old_one(desk: Desk) -> None:
    desk.log_in("Mia")
    new = {"password": "another good password", "again": "another good password"}
    wrong = desk.post("/desk/password", "/desk/password", current="not it at all", **new)
    assert wrong.status_code == 403
    assert desk.post("/desk/password", "/desk/password", current=PASSWORD, **new).status_code == 303
    assert desk.log_in("Mia", "another good password").status_code == 303


def test_a_removed_user_is_out_at_once(desk: Desk, database: Database) -> None:
    desk.enter("Mia")
    token = desk.client.cookies[security.COOKIE]
    desk.enter("Ada")
    assert desk.post("/desk/users/remove", "/desk/users", name="Ada").status_code == 403
    assert desk.post("/desk/users/remove", "/desk/users", name="Mia").status_code == 303
    desk.bring(token)
    assert desk.get("/desk").status_code == 303


def test_a_reset_password_ends_the_logins(desk: Desk) -> None:
    desk.enter("Mia")
    token = desk.client.cookies[security.COOKIE]
    desk.enter("Ada")
    assert (
        "One-time password for Mia"
        in desk.post("/desk/users/reset", "/desk/users", name="Mia").text
    )
    assert desk.log_in("Mia").status_code == 401
    desk.bring(token)
    assert desk.get("/desk").status_code == 303


def test_the_queue_shows_who_waits_and_why(desk: Desk, database: Database) -> None:
    with database.begin() as session:
        escalated(session, "a", reason=Reason.NEGATIVE_MOOD, mood=-0.9, ago=timedelta(minutes=7))
        escalated(session, "b", language="zh", question="<script>alert(1)</script>怎么退货？")
    desk.enter("Mia")
    page = desk.get("/desk").text
    assert "<title>(2) Queue" in page
    assert "2 people are waiting" in page
    assert "Unhappy shopper" in page
    assert "very upset" in page
    assert re.search(r">7:0\d</time>", page)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;怎么退货？" in page
    assert "You have no conversation" in desk.get("/desk?show=mine").text
    assert "Nothing closed yet" in desk.get("/desk?show=closed").text


def test_take_reply_and_hand_back(desk: Desk, database: Database) -> None:
    ticket_id = _ticket(database)
    path = f"/desk/tickets/{ticket_id}"
    desk.enter("Mia")
    assert desk.post(f"{path}/take").headers["location"] == path
    assert _row(database, ticket_id).agent == "Mia"
    assert desk.post(f"{path}/reply", text="It leaves today.\r\n已发货").status_code == 303
    assert "It leaves today." in desk.get(path).text
    assert desk.post(f"{path}/back").headers["location"] == "/desk"
    assert _row(database, ticket_id).status == "closed"
    assert _outbox(database)[1:] == [
        "Mia from our team has joined the chat.",
        "It leaves today.\n已发货",
        "Our assistant is back with you. To talk to a person again, just write “human”.",
    ]
    with database.read() as session:
        conversation_id = session.exec(select(ConversationRow.id)).one()
        assert session.exec(select(ConversationRow.status)).one() == "bot"
    assert desk.told == [conversation_id] * 3


def test_a_note_stays_inside_and_closing_says_goodbye(desk: Desk, database: Database) -> None:
    ticket_id = _ticket(database)
    path = f"/desk/tickets/{ticket_id}"
    desk.enter("Mia")
    desk.post(f"{path}/note", path, text="Parcel found")
    assert "Mia: Parcel found" in desk.get(path).text
    desk.post(f"{path}/close")
    assert len(_outbox(database)) == 2
    assert _outbox(database)[-1].startswith("We have closed this chat.")
    assert "This ticket is closed." in desk.get(path).text


def test_a_reply_that_fails_keeps_its_text(desk: Desk, database: Database) -> None:
    ticket_id = _ticket(database)
    with database.begin() as session:
        agents.take(session, ticket_id, "Noor", now())
    desk.enter("Mia")
    path = f"/desk/tickets/{ticket_id}/reply"
    response = desk.post(path, text="My long answer")
    assert response.status_code == 409
    assert "Noor already has ticket" in response.text
    assert ">My long answer</textarea>" in response.text
    data = {"csrf": desk.token(), "text": "My long answer"}
    scripted = desk.client.post(path, data=data, headers={"x-desk": "form"})
    assert scripted.status_code == 409
    assert "Noor" in scripted.json()["error"]
    assert len(_outbox(database)) == 2


def test_a_form_sent_twice_is_said_once(desk: Desk, database: Database) -> None:
    ticket_id = _ticket(database)
    desk.enter("Mia")
    for _ in range(2):
        desk.post(f"/desk/tickets/{ticket_id}/reply", text="Once", request_id="abc")
    assert _outbox(database).count("Once") == 1


def test_an_admin_takes_over_and_an_agent_does_not(desk: Desk, database: Database) -> None:
    ticket_id = _ticket(database)
    path = f"/desk/tickets/{ticket_id}"
    desk.enter("Mia")
    desk.post(f"{path}/take")
    desk.enter("Noor")
    assert "Mia has this conversation." in desk.get(path).text
    refused = desk.post(f"{path}/take")
    assert refused.status_code == 409
    assert "Mia already has" in refused.text
    desk.enter("Ada")
    assert desk.post(f"{path}/take").status_code == 303
    assert _row(database, ticket_id).agent == "Ada"


def test_a_fragment_holds_what_came_after_the_cursor(desk: Desk, database: Database) -> None:
    ticket_id = _ticket(database)
    desk.enter("Mia")
    path = f"/desk/tickets/{ticket_id}"
    cursor = re.findall(r'data-turn="(\d+)"', desk.get(path).text)[-1]
    assert "data-turn" not in desk.get(f"{path}/fragment?after={cursor}").text
    desk.post(f"{path}/reply", text="Hello from Mia")
    fragment = desk.get(f"{path}/fragment?after={cursor}").text
    assert fragment.count("data-turn") == 2
    assert "Hello from Mia" in fragment
    assert desk.get(f"{path}/fragment?after=x").status_code == 200


def test_what_the_bot_found_is_offered(desk: Desk, database: Database) -> None:
    ticket_id = _ticket(database)
    desk.enter("Mia")
    page = desk.get(f"/desk/tickets/{ticket_id}").text
    assert "What the bot found" in page
    assert "41% sure" in page
    assert 'data-use="Orders arrive within 3 to 6 business days."' in page
    assert f'href="{HELP}"' in page
    assert "javascript:" not in page


def test_an_unknown_ticket_is_a_page_that_says_so(desk: Desk) -> None:
    desk.enter("Mia")
    response = desk.get("/desk/tickets/99")
    assert response.status_code == 404
    assert "There is no ticket 99." in response.text


def test_the_desk_speaks_the_readers_language(desk: Desk) -> None:
    assert "欢迎回来" in desk.get("/desk/login", **{"accept-language": "zh-CN,en;q=0.8"}).text
    assert "Welcome back" in desk.get("/desk/login", **{"accept-language": "de,en;q=.5"}).text
    chosen = desk.get("/desk/language?to=zh&back=/desk/login")
    assert chosen.headers["location"] == "/desk/login"
    assert 'lang="zh-Hans"' in desk.get("/desk/login", **{"accept-language": "en"}).text
    assert desk.get("/desk/language?to=en&back=//evil.example").headers["location"] == "/desk"


def test_a_huge_form_is_refused(desk: Desk, database: Database) -> None:
    ticket_id = _ticket(database)
    desk.enter("Mia")
    response = desk.post(f"/desk/tickets/{ticket_id}/reply", text="x" * 100_000)
    assert response.status_code == 400


def _expire_in(database: Database, span: timedelta) -> None:
    with database.begin() as session:
        kept = session.exec(select(SessionRow)).one()
        kept.expires_at = now() + span
        session.add(kept)


def _expires(database: Database) -> datetime:
    with database.read() as session:
        return session.exec(select(SessionRow.expires_at)).one()


def test_agent_connects_their_own_telegram_by_a_one_time_link(
    desk: Desk, database: Database
) -> None:
    desk.enter("Mia")
    page = desk.post("/desk/telegram/connect", "/desk/telegram").text
    found = re.search(r'href="https://t\.me/juniper_bot\?start=(agent_[\w-]+)"', page)
    assert found is not None
    with database.begin() as session:
        assert telegram_accounts.use_link(session, found[1], 77, now()).name == "Mia"
    assert "77" in desk.get("/desk/telegram").text
    assert found[1] not in desk.get("/desk/telegram").text
    desk.post("/desk/telegram/off", "/desk/telegram")
    with database.read() as session:
        assert telegram_accounts.owner(session, 77) is None


def test_admin_makes_links_for_others_and_disconnects_them(desk: Desk, database: Database) -> None:
    desk.enter("Ada")
    page = desk.post("/desk/users/telegram", "/desk/users", name="Mia").text
    found = re.search(r"start=(agent_[\w-]+)<", page)
    assert found is not None
    with database.begin() as session:
        assert telegram_accounts.use_link(session, found[1], 77, now()).name == "Mia"
    assert desk.post("/desk/users/telegram-off", "/desk/users", name="Mia").status_code == 303
    with database.read() as session:
        assert telegram_accounts.owner(session, 77) is None
    assert desk.post("/desk/users/telegram", "/desk/users", name="Nobody").status_code == 404
    desk.enter("Mia")
    assert desk.post("/desk/users/telegram", "/desk", name="Ada").status_code == 403
    assert desk.post("/desk/users/telegram-off", "/desk", name="Ada").status_code == 403


def test_without_a_bot_there_is_no_link_and_the_page_says_why(database: Database) -> None:
    with database.begin() as session:
        session.add(UserRow(name="Mia", password_hash=_encoded()))
    told: list[int] = []
    pages = routes(database, Live(), secure_cookies=False, on_reply=told.append)
    app = Starlette(routes=pages)
    with TestClient(app, base_url=HOST, follow_redirects=False) as client:
        desk = Desk(client, [], database)
        desk.enter("Mia")
        assert "TELEGRAM_BOT_TOKEN" in desk.post("/desk/telegram/connect").text
