"""Canned replies, colleagues and drafts over HTTP."""

from bot.database.db import Database
from bot.database.tables import ConversationRow, UserRow
from bot.tickets import canned
from bot.types import now
from tests.support.desk_visit import Desk, outbox_texts, password_hash, ticket


def lead(database: Database) -> None:
    with database.begin() as session:
        session.add(UserRow(name="Lea", role="lead", password_hash=password_hash()))


def test_leads_keep_replies_and_agents_only_use_them(desk: Desk, database: Database) -> None:
    lead(database)
    ticket_id = ticket(database)
    desk.enter("Mia")
    assert desk.get("/desk/canned").status_code == 403
    fields = {"shortcut": "late", "language": "en", "text": "Sorry, {name}! <b>Agent {agent}</b>"}
    assert desk.post("/desk/canned/put", **fields).status_code == 403
    desk.enter("Lea")
    assert desk.get("/desk/users").status_code == 403
    assert desk.post("/desk/canned/put", **fields).status_code == 303
    page = desk.get("/desk/canned").text
    assert "/late" in page
    assert "&lt;b&gt;" in page
    desk.enter("Mia")
    with database.begin() as session:
        session.get_one(ConversationRow, 1).name = "Anna"
    offered = desk.get(f"/desk/tickets/{ticket_id}/canned?q=la").text
    assert 'data-text="Sorry, Anna! &lt;b&gt;Agent Mia&lt;/b&gt;"' in offered
    assert "data-text" not in desk.get(f"/desk/tickets/{ticket_id}/canned?q=zzz").text
    desk.enter("Lea")
    for _ in range(2):
        gone = desk.post("/desk/canned/remove", id="1")
    assert gone.status_code == 404
    assert desk.post("/desk/canned/remove", id="x").status_code == 404


def test_a_bad_reply_comes_back_with_what_was_typed(desk: Desk) -> None:
    desk.enter("Ada")
    refused = desk.post("/desk/canned/put", shortcut="two words", language="en", text="My text")
    assert refused.status_code == 400
    assert "A shortcut is one word" in refused.text
    assert ">My text</textarea>" in refused.text


def test_a_gap_is_said_before_anything_is_sent(desk: Desk, database: Database) -> None:
    ticket_id = ticket(database)
    desk.enter("Mia")
    refused = desk.post(f"/desk/tickets/{ticket_id}/reply", text="Hello {name}")
    assert refused.status_code == 400
    assert "Fill in {name} first" in refused.text
    assert len(outbox_texts(database)) == 1


def test_colleagues_are_offered_by_name(desk: Desk) -> None:
    desk.enter("Mia")
    offered = desk.get("/desk/colleagues?q=NO").text
    assert 'data-text="@Noor "' in offered
    assert "Mia" not in desk.get("/desk/colleagues").text


def test_a_draft_waits_on_the_server(desk: Desk, database: Database) -> None:
    ticket_id = ticket(database)
    desk.enter("Mia")
    path = f"/desk/tickets/{ticket_id}"
    assert desk.post(f"{path}/draft", text="Half a <sentence>").status_code == 204
    assert ">Half a &lt;sentence&gt;</textarea>" in desk.get(path).text
    assert desk.post("/desk/tickets/99/draft", text="x").status_code == 404
    desk.enter("Noor")
    assert "Half a" not in desk.get(path).text
    desk.enter("Mia")
    desk.post(f"{path}/reply", text="A whole sentence")
    assert "Half a" not in desk.get(path).text


def test_a_colleague_who_is_called_is_told(desk: Desk, database: Database) -> None:
    ticket_id = ticket(database)
    path = f"/desk/tickets/{ticket_id}"
    with database.begin() as session:
        canned.put(session, "x", "en", "y", now())
    desk.enter("Mia")
    desk.post(f"{path}/note", text="@Noor <i>look</i>")
    page = desk.get(path).text
    assert "<strong>@Noor</strong> &lt;i&gt;look&lt;/i&gt;" in page
    desk.enter("Noor")
    assert "Mentions" in desk.get("/desk").text
    assert f'id="row-{ticket_id}"' in desk.get("/desk?show=called").text
    assert 'data-turn="note-1"' in desk.get(f"{path}/fragment?after=999&noted=0").text
    assert "data-turn" not in desk.get(f"{path}/fragment?after=999&noted=1").text
    desk.get(path)
    assert "Mentions" not in desk.get("/desk").text
