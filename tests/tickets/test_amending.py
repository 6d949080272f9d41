"""What an agent has sent is worded anew or taken back: theirs alone, and the shopper sees it."""

from typing import Any

import pytest
from sqlmodel import select

from bot.channels.web.session import Visit
from bot.channels.web.stream import snapshot, turn_json
from bot.conversations import attachments, search
from bot.conversations.conversation import saved
from bot.conversations.uploads import uploaded
from bot.database.db import Database
from bot.database.tables import AttachmentRow, ConversationRow, TicketRow
from bot.errors import ConflictError
from bot.tickets import amending, assignment
from bot.types import Attachment, Chat, Turn, now
from tests.support.desk_shop import escalated
from tests.support.desk_visit import Desk

SHOPPER = Visit(Chat("web", "shopper-1"))


@pytest.fixture
def shop(database: Database) -> Database:
    with database.begin() as session:
        escalated(session)
    return database


def replied(db: Database, text: str, file: Attachment | None = None) -> int:
    with db.begin() as session:
        return assignment.reply(session, 1, "Mia", text, now(), file=file).id


def amend(db: Database, turn_id: int, text: str, agent: str = "Mia") -> Turn | None:
    with db.begin() as session:
        return amending.amend(session, 1, agent, turn_id, text, now())


def seen(db: Database) -> list[dict[str, Any]]:
    """What the shopper's browser is given."""
    with db.read() as session:
        found = snapshot(session, SHOPPER, 0)
        assert found is not None
        return [turn_json(turn, found) for turn in found.turns]


def test_what_is_worded_anew_is_what_the_shopper_reads_now(shop: Database) -> None:
    turn_id = replied(shop, "It costs 10 euros")
    assert amend(shop, turn_id, "It costs 20 euros") is not None
    assert amend(shop, turn_id, "It costs 20 euros") is None  # it says that already
    turns = {turn["id"]: turn for turn in seen(shop)}
    first, last = turns[turn_id], turns[max(turns)]
    assert (first["text"], first["amended"]) == ("It costs 20 euros", "edited")
    assert last["text"] == "Corrected: It costs 20 euros"  # for who cannot change what was shown
    assert (last["amends"]["turn"], last["amends"]["text"]) == (turn_id, "It costs 20 euros")
    with shop.read() as session:
        assert search.find(session, "10", 9) == []
        assert search.find(session, "20 euros", 9)


def test_what_is_taken_back_is_gone_from_the_shoppers_page_with_its_file(shop: Database) -> None:
    file = uploaded("wrong.pdf", b"%PDF-1.7\n%%EOF\n")
    turn_id = replied(shop, "Order 1001 of Ada Lovelace", file)
    amend(shop, turn_id, "")
    assert amend(shop, turn_id, "") is None
    turns = seen(shop)
    assert not [turn for turn in turns if "Lovelace" in turn["text"]]
    first = next(turn for turn in turns if turn["id"] == turn_id)
    assert (first["text"], first["amended"], first["files"]) == (
        "This message was taken back.",
        "withdrawn",
        [],
    )
    with shop.read() as session:
        assert session.exec(select(AttachmentRow)).all() == []
        assert attachments.of_turns(session, [turn_id]) == {}


def test_only_ones_own_words_and_only_while_one_has_the_ticket(shop: Database) -> None:
    turn_id = replied(shop, "One")
    told = amend(shop, turn_id, "Two")
    assert told is not None
    for turn, agent in ((turn_id, "Ben"), (told.id, "Mia"), (1, "Mia"), (999, "Mia")):
        with pytest.raises(ConflictError):
            amend(shop, turn, "Three", agent)
    with shop.begin() as session:
        assignment.close(session, 1, "Mia", now())
    with pytest.raises(ConflictError):
        amend(shop, turn_id, "Three")


def test_the_desk_offers_it_for_ones_own_words(desk: Desk, database: Database) -> None:
    with database.begin() as session:
        escalated(session)
    turn_id = replied(database, "It costs 10")
    desk.enter("Noor")
    assert 'class="amend"' not in desk.get("/desk/tickets/1").text
    desk.enter("Mia")
    assert 'class="amend"' in desk.get("/desk/tickets/1").text
    desk.post("/desk/tickets/1/amend", turn=str(turn_id), text="It costs 20")
    page = desk.get("/desk/tickets/1").text
    assert "<s>It costs 10</s>" in page
    assert "Mia changed a message" in page
    assert f'id="said-{turn_id}"' in desk.get(f"/desk/tickets/1/fragment?after={turn_id}").text
    desk.post("/desk/tickets/1/amend", turn=str(turn_id), how="withdraw")
    assert "Mia took a message back" in desk.get("/desk/tickets/1").text
    assert "It costs" not in " ".join(turn["text"] for turn in seen(database))


def test_a_ticket_shows_what_belongs_to_it(desk: Desk, database: Database) -> None:
    with database.begin() as session:
        escalated(session)
    replied(database, "That was the first matter")
    with database.begin() as session:
        assignment.close(session, 1, "Mia", now())
    with database.begin() as session:
        closed = session.get_one(TicketRow, 1)
        same = closed.model_dump(exclude={"id", "closed_at", "agent", "status"})
        again = TicketRow(**same)
        session.add(again)
        session.get_one(ConversationRow, closed.conversation_id).status = "waiting"
        session.flush()
        second = saved(again.id)
    with database.begin() as session:
        assignment.reply(session, second, "Mia", "This is the second", now())
    desk.enter("Mia")
    page = desk.get(f"/desk/tickets/{second}").text
    assert "This is the second" in page
    assert "That was the first matter" not in page
    assert 'href="/desk/tickets/1' in page
    assert "That was the first matter" in desk.get("/desk/tickets/1").text
    turns = desk.get("/desk/tickets/1").text.partition('id="turns"')[2].partition("</ol>")[0]
    assert "This is the second" not in turns
