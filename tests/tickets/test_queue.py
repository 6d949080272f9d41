"""The queue by pages: a thousand tickets make neither the page nor the work for it larger."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import Session
from typer.testing import CliRunner

from bot.cli import app
from bot.conversations.conversation import saved
from bot.database.db import Database
from bot.database.tables import ConversationRow, TicketRow
from bot.tickets import queue
from bot.tickets.queue import PAGE, Counts, Show
from bot.types import Reason, now
from tests.support.desk_visit import Desk

MANY = 1000


def crowd(session: Session, number: int = MANY, *, closed: int = 0, mine: int = 0) -> None:
    """So many tickets, the first of them urgent, some closed or taken by Mia at the end."""
    at = now() - timedelta(hours=1)
    rows = [ConversationRow(channel="web", chat_id=f"c{each}") for each in range(number)]
    session.add_all(rows)
    session.flush()
    for each, row in enumerate(rows):
        ended, taken = each >= number - closed, number - closed - mine <= each < number - closed
        session.add(
            TicketRow(
                conversation_id=saved(row.id),
                reason=Reason.ASKED_FOR_PERSON.value,
                priority=1 if each == 0 else 3,
                summary="",
                created_at=at + timedelta(seconds=each),
                status="closed" if ended else "taken" if taken else "open",
                agent="Mia" if taken else None,
                closed_at=at + timedelta(seconds=each) if ended else None,
            )
        )


def queries(database: Database, call: object) -> int:
    """How many statements `call` sends to the database."""
    sent: list[str] = []
    note = lambda *given: sent.append(given[2])  # noqa: E731
    event.listen(database.engine, "before_cursor_execute", note)
    try:
        call()  # type: ignore[operator]
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    return len(sent)


@pytest.mark.parametrize(
    ("show", "total"), [("open", 90), ("mine", 60), ("closed", 70), ("all", 160)]
)
def test_pages_together_are_all_tickets_once_and_in_order(
    database: Database, show: Show, total: int
) -> None:
    with database.begin() as session:
        crowd(session, 160, closed=70, mine=60)
    with database.read() as session:
        assert queue.counts(session, "Mia") == Counts(
            waiting=30, open=90, mine=60, snoozed=0, called=0, closed=70
        )
        assert queue.counts(session, "Mia").of(show) == total
        pages = [
            [view.id for view in queue.queue(session, show, agent="Mia", page=page)]
            for page in (1, 2, 3, 4, 5)
        ]
    ids = [each for page in pages for each in page]
    assert len(ids) == len(set(ids)) == total
    assert max(len(page) for page in pages) == PAGE
    unclosed = sorted(each for each in ids if each <= 90)
    assert ids == unclosed + sorted((each for each in ids if each > 90), reverse=True)


def test_a_thousand_tickets_make_the_queues_page_no_larger(desk: Desk, database: Database) -> None:
    with database.begin() as session:
        crowd(session, PAGE)
    desk.enter("Mia")
    few = desk.get("/desk").text
    asked = queries(database, lambda: desk.get("/desk/queue"))
    with database.begin() as session:
        for row in range(MANY):
            conversation = ConversationRow(channel="web", chat_id=f"more{row}")
            session.add(conversation)
            session.flush()
            session.add(
                TicketRow(
                    conversation_id=saved(conversation.id),
                    reason=Reason.ASKED_FOR_PERSON.value,
                    priority=3,
                    summary="",
                )
            )
    many = desk.get("/desk").text
    assert many.count('class="row p') == few.count('class="row p') == PAGE
    assert len(many) < len(few) + 2000, "the pager, and no more"
    assert queries(database, lambda: desk.get("/desk/queue")) == asked < 20
    assert "Page 1 of 21" in many
    assert "pager" not in few


def test_the_pager_leads_through_the_queue_and_stays_in_it(desk: Desk, database: Database) -> None:
    with database.begin() as session:
        crowd(session, 120)
    desk.enter("Mia")
    second = desk.get("/desk?show=open&page=2").text
    assert 'href="/desk"' in second
    assert 'href="/desk?page=3"' in second
    assert 'data-live="/desk/events?page=2"' in second
    last = desk.get("/desk?page=999999").text
    assert "Page 3 of 3" in last
    assert last.count('class="row p') == 20
    for odd in ("0", "-1", "²", "٣", "9" * 5000, "x"):
        assert "Page 1 of 3" in desk.client.get("/desk", params={"page": odd}).text


def test_the_command_line_lists_a_page(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_DATABASE_URL", sqlite_database.url.render_as_string())
    with sqlite_database.begin() as session:
        crowd(session, 60)
    run = CliRunner().invoke
    assert "Page 1 of 2, 60 tickets" in run(app, ["tickets", "list"]).output
    listed = json.loads(run(app, ["tickets", "list", "--page", "2", "--json"]).output)
    assert [each["id"] for each in listed] == list(range(51, 61))
