"""Notes stay inside, call colleagues by name, and are each there once."""

from datetime import timedelta

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlmodel import select

from bot.database.db import MIGRATIONS, Database
from bot.database.tables import NoteRow, TurnRow, UserRow
from bot.tickets import notes, queue
from bot.types import now
from tests.support.desk_shop import escalated


def test_notes_reach_no_shopper_and_come_in_order(database: Database) -> None:
    with database.begin() as session:
        ticket_id = escalated(session)
        before = len(session.exec(select(TurnRow)).all())
        first = notes.add(session, ticket_id, "Mia", "Asked the warehouse", now())
        notes.add(session, ticket_id, "Noor", "They call back", now())
        assert len(session.exec(select(TurnRow)).all()) == before
        kept = notes.of_conversation(session, first.conversation_id)
        assert [(note.agent, note.text) for note in kept] == [
            ("Mia", "Asked the warehouse"),
            ("Noor", "They call back"),
        ]
        later = notes.of_conversation(session, first.conversation_id, after=kept[0].id)
    assert [note.agent for note in later] == ["Noor"]


def test_the_same_note_twice_is_once(database: Database) -> None:
    at = now()
    with database.begin() as session:
        ticket_id = escalated(session)
        for seconds in (0, 20, 90):
            notes.add(session, ticket_id, "Mia", "Called", at + timedelta(seconds=seconds))
        assert len(session.exec(select(NoteRow)).all()) == 2


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("@noor please look", {"Noor"}),
        ("ask @Ann Lee, not @ann", {"Ann Lee", "Ann"}),
        ("mail@noor.example", set()),
        ("@Noorah is nobody", set()),
        ("请@诺尔 看一下", {"诺尔"}),
        ("（@诺尔）", {"诺尔"}),
    ],
)
def test_a_name_behind_an_at_calls(text: str, called: set[str]) -> None:
    names = ("Noor", "Ann", "Ann Lee", "诺尔")
    assert notes.mentioned(text.replace("请@", "请 @"), names) == called


def test_who_is_called_finds_it_until_they_looked(database: Database) -> None:
    with database.begin() as session:
        session.add(UserRow(name="Noor", password_hash=""))
        session.add(UserRow(name="Mia", password_hash=""))
        ticket_id = escalated(session)
        ticket = notes.add(session, ticket_id, "Mia", "@Noor and @Mia: the carrier called", now())
        [note] = notes.of_conversation(session, ticket.conversation_id)
        assert note.parts == ("", "@Noor", " and @Mia: the carrier called")
        assert queue.counts(session, "Noor").called == 1
        assert queue.counts(session, "Mia").called == 0
        assert [view.id for view in queue.queue(session, "called", agent="Noor")] == [ticket_id]
        notes.seen(session, "Noor", ticket.conversation_id, now())
        assert queue.counts(session, "Noor").called == 0


def test_older_notes_become_notes_of_their_own(database_url: str) -> None:
    database = Database(database_url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0015")
        given = {
            "note": "2026-11-01 09:30 UTC · Ann Lee: Called\ntwice\n2026-11-02 10:00 UTC · B: ok"
        }
        connection.execute(
            text(
                "INSERT INTO conversations (id, channel, chat_id, name, status, language,"
                " language_fixed, created_at, updated_at, session, origin, traits) VALUES"
                " (1, 'web', 'a', '', 'bot', 'en', false, '2026-11-01', '2026-11-01', 0, '', '')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO tickets (conversation_id, status, reason, priority, summary, mood,"
                " language, note, created_at) VALUES (1, 'closed', 'asked_for_person', 3, '', 0,"
                " 'en', :note, '2026-11-01')"
            ),
            given,
        )
        command.upgrade(config, "head")
    with database.read() as session:
        found = [(n.agent, n.text, f"{n.at:%d %H:%M}") for n in session.exec(select(NoteRow))]
    database.close()
    assert found == [("Ann Lee", "Called\ntwice", "01 09:30"), ("B", "ok", "02 10:00")]
