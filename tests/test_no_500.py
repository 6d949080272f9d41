"""No request brings an unhandled error: every route is tried with what no browser sends."""

import asyncio
from dataclasses import replace
from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot import metrics
from bot.channels.telegram.state import State
from bot.channels.telegram.webhook import Webhook
from bot.channels.web.channel import WebChannel
from bot.channels.web.session import Sessions
from bot.conversations.live import Live
from bot.database.db import Database
from bot.database.tables import SessionRow, UserRow
from bot.desk.pages import security
from bot.desk.pages.routes import routes
from bot.errors import BuildError
from bot.gateway.query import AsciiQuery
from bot.health import Health
from bot.knowledge.index import Index
from bot.serving import sorry
from bot.tickets import users
from bot.types import Incoming, now
from tests.support.desk_shop import escalated
from tests.support.desk_visit import password_hash
from tests.support.strange_requests import Strange, doors, mixtures, requests_of, send

SECRET = "a secret that signs the sessions of this test"
WHO = (None, "Mia", "Ada")  # nobody, an agent, an admin


class Site:
    """Every route that `bot serve` has, and somebody of each kind to try them as."""

    def __init__(self, database: Database) -> None:
        self.database = database
        web = WebChannel(database, Live(), SECRET, "", False)
        web._handler = _heard
        inner = Starlette(
            routes=[
                Health(database, _no_index).route(),
                metrics.route(database),
                *routes(database, Live(), secure_cookies=False, on_reply=lambda _: None),
                *web.routes(),
                Webhook(SECRET, State("webhook")).route(),
            ]
        )
        self.app = AsciiQuery(inner)
        self.doors = doors(inner.routes)
        self.sessions = Sessions(SECRET, secure=False)

    def as_(self, who: str | None) -> tuple[dict[str, str], dict[str, str]]:
        """The cookies and the right fields of somebody; logged in anew where that has ended."""
        cookies = {self.sessions.cookie: self.sessions._signer.sign("a-chat").decode()}
        cookies[security.LOGIN_COOKIE] = "t" * 43
        if who is None:
            return cookies, {"csrf": "t" * 43}
        with self.database.begin() as session:
            user_id = users.find(session, who).id
            assert user_id is not None
            token = security.start_session(session, user_id, now())
            session.flush()
            hashed = security.digest(token)
            kept = session.exec(select(SessionRow).where(SessionRow.token_hash == hashed)).one()
        return {**cookies, security.COOKIE: token}, {"csrf": kept.csrf_token}


async def _heard(_: Incoming) -> None:
    return


def _no_index() -> Index:
    raise BuildError("index.none")


@pytest.fixture
def site(database: Database) -> Site:
    with database.begin() as session:
        session.add(UserRow(name="Ada", role="admin", password_hash=password_hash()))
        session.add(UserRow(name="Mia", password_hash=password_hash()))
        escalated(session)
    return Site(database)


async def test_no_route_breaks_at_any_known_trap(site: Site, backend: str) -> None:
    """All of them on SQLite, every fifth on PostgreSQL, where only what is stored differs."""
    broken = []
    every = 1 if backend == "sqlite" else 5
    for door in site.doors:
        cookies, right = site.as_("Ada")
        for strange in islice(requests_of(door, right), None, None, every):
            if (status := await send(site.app, replace(strange, cookies=cookies))) >= 500:
                broken.append(f"{status} {strange}")
            if strange.method == "POST" and door[1] in ("/desk/logout", "/desk/password"):
                cookies, _ = site.as_("Ada")
    assert [each for each in broken if not _unready(each)] == []


@pytest.mark.parametrize("who", WHO)
def test_no_mixture_of_traps_breaks_a_route(site: Site, who: str | None) -> None:
    cookies, right = site.as_(who)

    @settings(
        max_examples=100,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(mixtures(site.doors, right), st.booleans())
    def tried(strange: Strange, scripted: bool) -> None:
        more = (("x-desk", "form"),) if scripted else ()
        whole = replace(strange, cookies=cookies, headers=strange.headers + more)
        status = asyncio.run(send(site.app, whole))
        assert status < 500 or _unready(f"{status} {strange}"), (status, str(strange))

    tried()


def _unready(line: str) -> bool:
    """These say so in a site without an index and a listening Telegram."""
    return line.startswith(("503 GET /health", "503 POST /telegram"))


def test_every_route_is_tried(site: Site) -> None:
    assert len(site.doors) > 35
    assert {path for _, path in site.doors} >= {
        *("/health", "/metrics", "/desk/login", "/desk/tickets/{ticket_id}", "/static/{path}"),
        *("/api/chat/messages", "/api/chat/events", "/telegram/webhook", "/desk/files/{file_id}"),
    }


def test_what_nobody_foresaw_tells_nothing_of_itself() -> None:
    def broken(_: object) -> None:
        raise RuntimeError("a secret of ours")

    app = Starlette(exception_handlers={Exception: sorry})
    app.add_route("/desk", broken)  # type: ignore[arg-type]
    app.add_route("/api/chat/turns", broken)  # type: ignore[arg-type]
    client = TestClient(app, raise_server_exceptions=False)
    page, script = client.get("/desk"), client.get("/api/chat/turns")
    assert (page.status_code, script.status_code) == (500, 500)
    assert "Please try again" in page.text
    assert "请稍后重试" in page.text
    assert script.json()["error"].startswith("Something went wrong")
    assert "secret" not in page.text + script.text
