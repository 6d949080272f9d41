"""The REST API over HTTP: tokens and their scopes, tickets read and acted on, strange requests."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.database import audit
from bot.database.audit import Wanted
from bot.database.db import Database
from bot.database.tables import TokenRow, UserRow
from bot.desk.api.routes import routes
from bot.tickets import tokens, users
from tests.support.desk_visit import outbox_texts, ticket, ticket_row

SCOPES = list(tokens.SCOPES)


class Program:
    """A program with a token."""

    def __init__(self, client: TestClient, token: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1{path}", headers=self.headers)

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(f"/api/v1{path}", headers=self.headers, json=body)


@pytest.fixture
def client(database: Database) -> Iterator[TestClient]:
    with database.begin() as session:
        session.add(UserRow(name="Mia", password_hash="x"))
        session.add(UserRow(name="Noor", password_hash="x"))
    with TestClient(Starlette(routes=routes(database, on_reply=lambda _: None))) as client:
        yield client


def program(database: Database, client: TestClient, *scopes: str, user: str = "Mia") -> Program:
    with database.begin() as session:
        return Program(client, tokens.make(session, "CRM", user, list(scopes or SCOPES), "Ada")[1])


def test_tickets_are_listed_read_and_answered(database: Database, client: TestClient) -> None:
    number = ticket(database)
    ticket(database, "shopper-2")
    crm = program(database, client)
    listed = crm.get("/tickets?limit=1").json()["tickets"]
    assert [each["id"] for each in listed] == [number]
    assert (listed[0]["channel"], listed[0]["status"]) == ("web", "open")
    assert [each["id"] for each in crm.get(f"/tickets?after={number}").json()["tickets"]] == [2]
    turns = crm.get(f"/tickets/{number}/turns").json()["turns"]
    assert [each["author"] for each in turns] == ["shopper", "bot"]
    for _ in range(2):  # the same request again says it once
        said = crm.post(f"/tickets/{number}/reply", text="On its way!", request_id="r1")
        assert said.status_code == 200
    assert said.json()["agent"] == "Mia"
    assert outbox_texts(database).count("On its way!") == 1
    crm.post(f"/tickets/{number}/note", text="told by the CRM")
    closed = crm.post(f"/tickets/{number}/close", outcome="solved").json()
    assert (closed["status"], closed["outcome"]) == ("closed", "solved")
    assert len(crm.get("/tickets?status=open").json()["tickets"]) == 1
    assert crm.get("/report?days=7").json()["tickets"] == 2
    with database.read() as session:
        acts = [row.act for row in audit.find(session, Wanted(act="connection"))]
        assert acts[:2] == ["connection.closed", "connection.noted"]
        assert tokens.every(session)[0][0].used_at is not None


def test_a_token_does_what_its_scopes_say(database: Database, client: TestClient) -> None:
    number = ticket(database)
    reader = program(database, client, "read")
    assert reader.get(f"/tickets/{number}").status_code == 200
    refused = reader.post(f"/tickets/{number}/reply", text="Hello")
    assert (refused.status_code, refused.json()["code"]) == (403, "connections.no_scope")
    assert reader.get("/report").status_code == 403
    assert ticket_row(database, number).status == "open"


def test_a_token_does_not_take_what_another_agent_has(
    database: Database, client: TestClient
) -> None:
    number = ticket(database)
    program(database, client, user="Noor").post(f"/tickets/{number}/reply", text="Hello")
    refused = program(database, client).post(f"/tickets/{number}/close")
    assert (refused.status_code, refused.json()["code"]) == (409, "tickets.taken")


def test_a_revoked_token_and_one_of_a_removed_user_open_nothing(
    database: Database, client: TestClient
) -> None:
    crm, other = program(database, client), program(database, client, user="Noor")
    assert crm.get("/tickets").status_code == 200
    with database.begin() as session:
        tokens.revoke(session, 1, "Ada")
        session.flush()
        users.remove(session, "Noor")
    for each in (crm, other, Program(client, "dh_nonsense"), Program(client, "")):
        answer = each.get("/tickets")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    assert client.get("/api/v1/tickets").status_code == 401
    with database.read() as session:
        assert tokens.every(session) == []


def test_the_token_itself_is_stored_nowhere(database: Database, client: TestClient) -> None:
    with database.begin() as session:
        _, token = tokens.make(session, "CRM", "Mia", SCOPES, "Ada")
        session.flush()
        row = session.get_one(TokenRow, 1)
        assert token not in str(row.model_dump())
        assert token.removeprefix("dh_")[:12] not in str(audit.find(session, Wanted()))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/tickets/1/reply", b"no json"),
        ("/tickets/1/reply", b"[" * 5000),
        ("/tickets/1/reply", b"[]"),
        ("/tickets/1/reply", b'{"text": 7}'),
        ("/tickets/1/reply", b'{"text": ""}'),
        ("/tickets/1/reply", b'{"text": "' + b"x" * 70_000 + b'"}'),
        ("/tickets/1/close", b'{"outcome": "nonsense"}'),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(
    database: Database, client: TestClient, path: str, body: bytes
) -> None:
    ticket(database)
    crm = program(database, client)
    answer = client.post(f"/api/v1{path}", headers=crm.headers, content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert crm.get("/tickets/99").status_code == 404
    assert crm.get("/tickets?after=x").status_code == 400
    assert crm.get("/tickets?status=x").status_code == 400
    assert crm.get("/report?days=8").status_code == 400
    assert ticket_row(database, 1).status == "open"
