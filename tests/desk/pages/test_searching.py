"""The search over HTTP, and the page of a conversation that the bot has alone."""

from bot.database.db import Database
from bot.database.tables import ConversationRow
from bot.types import now
from tests.support.desk_shop import escalated, shopper_says
from tests.support.desk_visit import Desk, ticket


def test_what_was_said_leads_to_its_conversation(desk: Desk, database: Database) -> None:
    with database.begin() as session:
        escalated(session, "a", question="我要退货 <script>alert(1)</script>", language="zh")
        session.add(ConversationRow(channel="web", chat_id="b", name="Tom"))
        session.flush()
        shopper_says(session, 2, "I only asked the bot <b>once</b>", "en", now())
    desk.enter("Mia")
    found = desk.get("/desk/search/results?q=退货").text
    assert 'href="/desk/tickets/1"' in found
    assert "<mark>退货</mark>" in found
    assert "<script" not in found
    page = desk.get("/desk/search?q=ONCE").text
    assert 'value="ONCE"' in page
    assert 'href="/desk/conversations/2"' in page
    assert "&lt;b&gt;<mark>once</mark>&lt;/b&gt;" in page
    read = desk.get("/desk/conversations/2").text
    assert "I only asked the bot &lt;b&gt;once&lt;/b&gt;" in read
    assert desk.get("/desk/conversations/1").headers["location"] == "/desk/tickets/1"
    assert desk.get("/desk/conversations/99").status_code == 404
    assert "Nothing found" in desk.get("/desk/search/results?q=zzz").text


def test_nobody_searches_without_a_login(desk: Desk, database: Database) -> None:
    ticket(database)
    for path in ("/desk/search?q=robe", "/desk/search/results?q=robe", "/desk/conversations/1"):
        assert desk.get(path).status_code == 303
