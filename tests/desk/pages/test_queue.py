"""The queue over HTTP: parts of it by what they have in common, views by name, several at once."""

import re

from bot.database.db import Database
from bot.database.tables import ConversationRow, UserRow
from bot.tickets import saved_views, tags
from bot.types import Reason
from tests.support.desk_shop import escalated
from tests.support.desk_visit import Desk, ticket, ticket_row


def shown(page: str) -> list[int]:
    return [int(each) for each in re.findall(r'id="row-(\d+)"', page)]


def test_tickets_are_found_by_what_they_have_in_common(desk: Desk, database: Database) -> None:
    with database.begin() as session:
        escalated(session, "a")
        escalated(session, "b", language="zh", reason=Reason.NEGATIVE_MOOD)
        escalated(session, "c")
        row = session.get_one(ConversationRow, 3)
        row.channel = "telegram"
        tags.add(session, 1, " #Refund Due ")
        tags.add(session, 3, "refund-due")
    desk.enter("Mia")
    found = {
        "": [1, 2, 3],
        "?tag=refund-due": [1, 3],
        "?language=zh": [2],
        "?channel=telegram": [3],
        "?reason=negative_mood": [2],
        "?tag=refund-due&channel=telegram": [3],
        "?tag=nothing": [],
        "?language=xx&channel=<b>&reason=%00": [1, 2, 3],
    }
    for query, ids in found.items():
        assert sorted(shown(desk.get(f"/desk{query}").text)) == ids
        assert sorted(shown(desk.get(f"/desk/queue{query}").text)) == ids
    page = desk.get("/desk?tag=refund-due&language=en").text
    assert 'href="/desk/tickets/1?tag=refund-due&amp;language=en"' in page
    assert "#refund-due · English" in page


def test_a_view_has_a_name_for_whoever_made_it(desk: Desk, database: Database) -> None:
    desk.enter("Mia")
    kept = desk.post("/desk/views/keep?language=zh&show=unassigned&page=3", name=" Chinese  ones ")
    assert kept.headers["location"] == "/desk?show=unassigned&language=zh"
    page = desk.get("/desk").text
    assert 'href="/desk?show=unassigned&amp;language=zh"' in page
    assert ">Chinese ones</a>" in page
    assert desk.post("/desk/views/keep?language=zh", name=" ").status_code == 400
    desk.enter("Noor")
    assert "Chinese ones" not in desk.get("/desk").text
    desk.post("/desk/views/remove", id="1")
    desk.enter("Mia")
    assert "Chinese ones" in desk.get("/desk").text
    desk.post("/desk/views/remove", id="1")
    with database.read() as session:
        assert saved_views.of(session, "Mia") == []


def test_a_tag_is_added_and_removed_on_the_page(desk: Desk, database: Database) -> None:
    path = f"/desk/tickets/{ticket(database)}"
    desk.enter("Mia")
    desk.post(f"{path}/tags", add="退货")
    assert "#退货" in desk.get(path).text
    assert desk.post(f"{path}/tags", add="<script>").status_code == 400
    desk.post(f"{path}/tags", remove="退货")
    assert "#退货" not in desk.get(path).text


def test_several_are_assigned_and_closed_at_once(desk: Desk, database: Database) -> None:
    ids = [ticket(database, chat) for chat in "abcd"]
    desk.enter("Mia")
    desk.post(f"/desk/tickets/{ids[0]}/take")
    desk.enter("Noor")
    given = {"csrf": desk.token(), "act": "assign", "to": "Noor"}
    refused = desk.client.post(
        "/desk/bulk", data={**given, "ticket": [str(each) for each in ids[:3]]}
    )
    assert refused.status_code == 409
    assert "Done for 2. Not done: #1:" in refused.text
    assert [ticket_row(database, each).agent for each in ids] == ["Mia", "Noor", "Noor", None]
    given |= {"act": "close", "outcome": "spam"}
    some = {**given, "ticket": [str(each) for each in ids[1:]]}
    assert (
        desk.client.post("/desk/bulk?show=mine", data=some).headers["location"] == "/desk?show=mine"
    )
    assert [ticket_row(database, each).outcome for each in ids] == [None, "spam", "spam", "spam"]
    assert desk.post("/desk/bulk", act="close").status_code == 400


def test_how_to_be_told_is_asked_for_once(desk: Desk, database: Database) -> None:
    desk.enter("Mia")
    assert 'id="ask-alerts"' in desk.get("/desk").text
    assert desk.post("/desk/alerts", alerts="loud").status_code == 400
    desk.post("/desk/alerts", alerts="sound")
    page = desk.get("/desk").text
    assert 'id="ask-alerts"' not in page
    assert 'data-alerts="sound"' in page
    assert "Now: Sound." in desk.get("/desk/alerts").text
    with database.read() as session:
        assert session.get_one(UserRow, 3).alerts == ""


def test_being_away_gives_back_what_is_unanswered(desk: Desk, database: Database) -> None:
    ticket_id = ticket(database)
    desk.enter("Mia")
    desk.post(f"/desk/tickets/{ticket_id}/take")
    desk.post("/desk/away", away="yes")
    assert ticket_row(database, ticket_id).status == "open"
    assert "You are away" in desk.get("/desk").text
    desk.post("/desk/away", away="")
    assert "You are away" not in desk.get("/desk").text
