"""A closed conversation becomes an entry of the knowledge: masked, mended, and a file it reads."""

from pathlib import Path

import pytest

from bot.database import audit
from bot.database.audit import Wanted
from bot.database.db import Database
from bot.database.tables import UserRow
from bot.tickets import assignment
from bot.types import now
from tests.support.desk_shop import shopper_says
from tests.support.desk_visit import Desk, password_hash, ticket
from tests.support.reading import read_file


@pytest.fixture
def lead(desk: Desk, database: Database) -> Desk:
    """Lea leads; a conversation about a colour is closed."""
    number = ticket(database)
    with database.begin() as session:
        session.add(UserRow(name="Lea", role="lead", password_hash=password_hash()))
        shopper_says(session, 1, "I am Anna, anna@example.com", "en", now())
        shopper_says(session, 1, "Does the robe come in moss green?", "en", now())
        assignment.reply(session, number, "Mia", "Yes: moss green & sand: all sizes.", now())
        assignment.close(session, number, "Mia", now())
        shopper_says(session, 1, "Something else?", "en", now())
    desk.enter("Lea")
    return desk


def test_it_is_drafted_masked_and_read_by_the_knowledge(
    lead: Desk, database: Database, tmp_path: Path
) -> None:
    here = "/desk/tickets/1/entry"
    assert "Make a knowledge entry" in lead.get("/desk/tickets/1").text
    page = lead.get(here).text
    assert "moss green &amp; sand" in page
    assert "anna@example.com" not in page
    assert "[email]" in page
    assert "Something else?" not in page, "it came later"
    question = "Does the robe come in moss green?"
    given = {"id": "robe-green", "lang": "en", "question": question, "phrasings": "green robe\n\n"}
    answer = "Yes: moss green & sand.\n\n- all sizes"
    file = lead.post(here, here, **given, answer=answer)
    assert 'filename="robe-green.yaml"' in file.headers["content-disposition"]
    known = read_file(tmp_path / "knowledge", "robe-green.yaml", file.text)
    assert known.problems == ()
    (entry,) = known.entries
    assert (entry.id, entry.question, entry.answer) == ("robe-green", question, answer)
    assert list(entry.variants) == ["green robe"]
    with database.read() as session:
        assert audit.find(session, Wanted())[0].act == "ticket.entry"


def test_what_is_no_entry_comes_back(lead: Desk) -> None:
    here = "/desk/tickets/1/entry"
    bad = lead.post(here, here, id="../etc", lang="en", question="Q", answer="kept text")
    assert bad.status_code == 400
    assert "kept text" in bad.text
    assert lead.get("/desk/tickets/77/entry").status_code == 404
    lead.enter("Mia")
    assert lead.get(here).status_code == 403
    assert "Make a knowledge entry" not in lead.get("/desk/tickets/1").text
