"""Ratings at the desk: on the conversation for agents, as a list for admins."""

from sqlmodel import select

from bot.conversations import feedback
from bot.conversations.conversation import saved
from bot.conversations.feedback import DOWN, UP, Value
from bot.database.db import Database
from bot.database.tables import TicketRow, TurnRow
from bot.types import now
from tests.support.desk_shop import escalated
from tests.support.desk_visit import Desk


def rated(database: Database, value: Value, chat: str = "shopper-1") -> tuple[int, int]:
    """A ticket whose conversation holds a rated answer; the ticket's id and the answer's."""
    with database.begin() as session:
        ticket_id = escalated(session, chat, question=f"Where is {chat}'s robe?")
        ticket = session.get_one(TicketRow, ticket_id)
        query = select(TurnRow.id).where(
            TurnRow.conversation_id == ticket.conversation_id, TurnRow.author == "bot"
        )
        turn_id = saved(session.exec(query).one())
        feedback.rate(session, ticket.conversation_id, turn_id, value, at=now())
        return ticket_id, turn_id


def test_an_agent_sees_the_rating_under_the_answer(desk: Desk, database: Database) -> None:
    ticket_id, turn_id = rated(database, DOWN)
    desk.enter("Mia")
    page = desk.get(f"/desk/tickets/{ticket_id}").text
    assert f'id="rated-{turn_id}"' in page
    assert "not helpful</span>" in page


def test_a_rating_that_comes_later_reaches_the_open_page(desk: Desk, database: Database) -> None:
    ticket_id, turn_id = rated(database, UP)
    desk.enter("Mia")
    fragment = desk.get(f"/desk/tickets/{ticket_id}/fragment?after={turn_id}").text
    assert f'<span id="rated-{turn_id}" data-part>' in fragment
    assert "</svg>helpful</span>" in fragment


def test_an_admin_sees_what_was_disliked_and_where_it_came_from(
    desk: Desk, database: Database
) -> None:
    ticket_id, _ = rated(database, DOWN)
    rated(database, UP, "shopper-2")
    desk.enter("Ada")
    page = desk.get("/desk/ratings").text
    assert "1 helpful" in page
    assert "1 not helpful" in page
    assert "Orders arrive within 3 to 6 business days." in page
    assert "faq/shipping.yaml · ship-times" in page
    assert f'href="/desk/tickets/{ticket_id}"' in page
    assert "shopper-2" not in page, "a liked answer is nothing to mend"
    desk.client.cookies.set("deskhand_language", "zh", domain="desk.example", path="/desk")
    assert "没有帮助的回答" in desk.get("/desk/ratings").text


def test_agents_do_not_reach_the_ratings_page(desk: Desk) -> None:
    desk.enter("Mia")
    assert desk.get("/desk/ratings").status_code == 403
    assert "/desk/ratings" not in desk.get("/desk").text
