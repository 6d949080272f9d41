"""A message in the agent's language: by the model, once, and only what is a translation."""

from collections.abc import Iterator

import pytest
from sqlmodel import select

from bot.database.db import Database
from bot.database.tables import TurnRow, UserRow
from bot.desk.translating import Translator
from bot.errors import NotFoundError
from bot.language.mask import mask
from bot.tickets.copilot import Drafted, Found, Helper
from bot.types import Language
from bot.writing.models import api
from bot.writing.models.ladder import Ladder, Rung
from bot.writing.models.ledger import Ledger
from tests.support.desk_shop import escalated
from tests.support.desk_visit import Desk, password_hash, serve
from tests.support.model_server import ModelServer, model_server, says

GERMAN = "Ich habe die falsche Decke bekommen, meine Adresse ist mia@example.com"
ENGLISH = "I was sent the wrong blanket."


@pytest.fixture
def asked(database: Database) -> int:
    """A ticket in German; its shopper's turn."""
    with database.begin() as session:
        escalated(session, question=GERMAN)
        return session.exec(select(TurnRow.id).where(TurnRow.author == "shopper")).one() or 0


async def translated(db: Database, server: ModelServer, turn_id: int, conversation: int) -> None:
    backend = api.backend("openai:small", key=None, base_url=server.url, timeout=5)
    ladder = Ladder([Rung(backend, 4)], Ledger(db, priced="openai:"), timeout=5)
    try:
        await Translator(db, ladder, mask).translate(turn_id, conversation, "en")
    finally:
        await ladder.aclose()


def meta(db: Database, turn_id: int) -> object:
    with db.read() as session:
        return session.get_one(TurnRow, turn_id).meta.get("translated")


async def test_the_model_translates_and_reads_no_address(database: Database, asked: int) -> None:
    async with model_server(says(ENGLISH)) as server:
        await translated(database, server, asked, 1)
        said = "\n".join(message["content"] for message in server.requests[0]["messages"])
    assert "falsche Decke" in said
    assert "mia@example.com" not in said
    assert meta(database, asked) == {"en": ENGLISH}


@pytest.mark.parametrize("said", [GERMAN, "对不起，我不能翻译。"])
async def test_what_is_no_translation_is_not_kept(sqlite_database: Database, said: str) -> None:
    with sqlite_database.begin() as session:
        escalated(session, question=GERMAN)
    async with model_server(says(said)) as server:
        with pytest.raises(NotFoundError):
            await translated(sqlite_database, server, 1, 1)
    assert meta(sqlite_database, 1) is None


async def test_a_turn_of_another_conversation_is_not_translated(sqlite_database: Database) -> None:
    with sqlite_database.begin() as session:
        escalated(session, question=GERMAN)
    async with model_server(says(ENGLISH)) as server:
        for turn_id, conversation in ((1, 2), (2, 1), (99, 1)):
            with pytest.raises(NotFoundError):
                await translated(sqlite_database, server, turn_id, conversation)
        assert server.requests == []


@pytest.fixture
def helped(sqlite_database: Database) -> Iterator[Desk]:
    async def draft(ticket_id: int) -> Drafted | None:
        return None

    async def ask(question: str, language: Language) -> list[Found]:
        return []

    async def translate(turn_id: int, conversation_id: int, language: Language) -> None:
        async with model_server(says(ENGLISH)) as server:
            await translated(sqlite_database, server, turn_id, conversation_id)

    with sqlite_database.begin() as session:
        session.add(UserRow(name="Mia", password_hash=password_hash()))
        escalated(session, question=GERMAN)
    for desk in serve(sqlite_database, helper=Helper(draft, ask, translate)):
        desk.enter("Mia")
        yield desk


def test_it_stands_under_the_message(helped: Desk) -> None:
    page = helped.get("/desk/tickets/1").text
    assert 'action="/desk/tickets/1/translate' in page
    assert ENGLISH not in page
    assert helped.post("/desk/tickets/1/translate", turn="1").status_code == 303
    page = helped.get("/desk/tickets/1").text
    assert ENGLISH in page
    assert "by a model" in page
    assert 'action="/desk/tickets/1/translate' not in page


def test_nothing_is_offered_without_a_model(desk: Desk, database: Database) -> None:
    with database.begin() as session:
        escalated(session, question=GERMAN)
    desk.enter("Mia")
    assert "/translate" not in desk.get("/desk/tickets/1").text
    assert desk.post("/desk/tickets/1/translate", turn="1").status_code == 404
