"""A reply that never reached its shopper says so at the desk."""

from sqlmodel import select

from bot.database.db import Database
from bot.database.tables import OutboxRow
from tests.support.desk_shop import escalated
from tests.support.desk_visit import Desk


def test_agent_sees_what_was_not_delivered_and_why(desk: Desk, database: Database) -> None:
    with database.begin() as session:
        ticket_id = escalated(session)
        row = session.exec(select(OutboxRow)).one()
        turn_id = row.turn_id
    desk.enter("Mia")
    assert "not delivered" not in desk.get(f"/desk/tickets/{ticket_id}").text
    with database.begin() as session:
        row = session.exec(select(OutboxRow)).one()
        row.status, row.error = "gone", "telegram.chat_gone"
    assert "takes no messages any more" in desk.get(f"/desk/tickets/{ticket_id}").text
    fragment = desk.get(f"/desk/tickets/{ticket_id}/fragment?after={turn_id}").text
    assert f'id="sent-{turn_id}"' in fragment
    assert '<span class="chip danger"' in fragment.partition(f'id="sent-{turn_id}"')[2][:200]
