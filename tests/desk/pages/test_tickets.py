"""The desk's tickets over HTTP: seen, taken, answered, handed back, closed."""

import re
from datetime import timedelta

from sqlmodel import select

from bot.database.db import Database
from bot.database.tables import ConversationRow
from bot.tickets import assignment
from bot.types import Reason, now
from tests.support.desk_shop import HELP, escalated
from tests.support.desk_visit import Desk, outbox_texts, ticket, ticket_row


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
    ticket_id = ticket(database)
    path = f"/desk/tickets/{ticket_id}"
    desk.enter("Mia")
    assert desk.post(f"{path}/take").headers["location"] == path
    assert ticket_row(database, ticket_id).agent == "Mia"
    assert desk.post(f"{path}/reply", text="It leaves today.\r\n已发货").status_code == 303
    assert "It leaves today." in desk.get(path).text
    assert desk.post(f"{path}/back").headers["location"] == "/desk"
    assert ticket_row(database, ticket_id).status == "closed"
    assert outbox_texts(database)[1:] == [
        "Mia from our team has joined the chat.",
        "It leaves today.\n已发货",
        "Our assistant is back with you. To talk to a person again, just write “human”.",
    ]
    with database.read() as session:
        conversation_id = session.exec(select(ConversationRow.id)).one()
        assert session.exec(select(ConversationRow.status)).one() == "bot"
    assert desk.told == [conversation_id] * 3


def test_the_queue_stands_beside_the_conversation(desk: Desk, database: Database) -> None:
    first, second = ticket(database, "a"), ticket(database, "b")
    desk.enter("Mia")
    desk.post(f"/desk/tickets/{first}/take?show=mine")
    page = desk.get(f"/desk/tickets/{first}?show=mine").text
    assert f'id="row-{first}" href="/desk/tickets/{first}?show=mine" aria-current="page"' in page
    assert f'id="row-{second}"' not in page
    assert f'id="row-{second}"' in desk.get(f"/desk/tickets/{first}/fragment").text


def test_the_next_conversation_opens_when_one_is_closed(desk: Desk, database: Database) -> None:
    first, second, third = (ticket(database, chat) for chat in "abc")
    desk.enter("Noor")
    desk.post(f"/desk/tickets/{second}/take")
    desk.enter("Mia")
    desk.post(f"/desk/tickets/{first}/take")
    closed = desk.post(f"/desk/tickets/{first}/close")
    assert closed.headers["location"] == f"/desk/tickets/{third}"  # the second is Noor's
    closed = desk.post(f"/desk/tickets/{third}/close?show=mine")
    assert closed.headers["location"] == "/desk?show=mine"


def test_a_row_leads_with_the_shoppers_name(desk: Desk, database: Database) -> None:
    ticket(database)
    desk.enter("Mia")
    assert ">Where is my linen robe?</strong>" in desk.get("/desk").text
    with database.begin() as session:
        session.exec(select(ConversationRow)).one().name = "Tom <b>"
    page = desk.get("/desk").text
    assert ">Tom &lt;b&gt;</strong>" in page
    assert ">Where is my linen robe?</span>" in page


def test_where_the_shopper_came_from_is_shown(desk: Desk, database: Database) -> None:
    ticket_id = ticket(database)
    desk.enter("Mia")
    path = f"/desk/tickets/{ticket_id}"
    assert 'class="address"' not in desk.get(path).text
    for channel, words in (("telegram", "Came by"), ("web", "Wrote from")):
        with database.begin() as session:
            row = session.exec(select(ConversationRow)).one()
            row.channel, row.origin = channel, "campaign_42"
        assert f'<dt>{words}</dt><dd class="address">campaign_42</dd>' in desk.get(path).text


def test_a_note_stays_inside_and_closing_says_goodbye(desk: Desk, database: Database) -> None:
    ticket_id = ticket(database)
    path = f"/desk/tickets/{ticket_id}"
    desk.enter("Mia")
    desk.post(f"{path}/note", path, text="Parcel found")
    assert "Parcel found" in desk.get(path).text
    desk.post(f"{path}/close")
    assert len(outbox_texts(database)) == 2
    assert outbox_texts(database)[-1].startswith("We have closed this chat.")
    assert "This ticket is closed." in desk.get(path).text


def test_a_reply_that_fails_keeps_its_text(desk: Desk, database: Database) -> None:
    ticket_id = ticket(database)
    with database.begin() as session:
        assignment.take(session, ticket_id, "Noor", now())
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
    assert len(outbox_texts(database)) == 2


def test_a_form_sent_twice_is_said_once(desk: Desk, database: Database) -> None:
    ticket_id = ticket(database)
    desk.enter("Mia")
    for _ in range(2):
        desk.post(f"/desk/tickets/{ticket_id}/reply", text="Once", request_id="abc")
    assert outbox_texts(database).count("Once") == 1


def test_an_admin_takes_over_and_an_agent_does_not(desk: Desk, database: Database) -> None:
    ticket_id = ticket(database)
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
    assert ticket_row(database, ticket_id).agent == "Ada"


def test_a_fragment_holds_what_came_after_the_cursor(desk: Desk, database: Database) -> None:
    ticket_id = ticket(database)
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
    ticket_id = ticket(database)
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


def test_a_huge_form_is_refused(desk: Desk, database: Database) -> None:
    ticket_id = ticket(database)
    desk.enter("Mia")
    response = desk.post(f"/desk/tickets/{ticket_id}/reply", text="x" * 100_000)
    assert response.status_code == 400
