"""The copilot's buttons over HTTP: a draft is used, edited or discarded, and sends nothing."""

from collections.abc import Iterator

import pytest
from sqlmodel import col, select

from bot.database.db import Database
from bot.database.tables import CopilotRow, TurnRow, UserRow
from bot.tickets.copilot import Drafted, Found, Helper
from bot.types import Language, Source, now
from tests.support.desk_shop import shopper_says
from tests.support.desk_visit import Desk, outbox_texts, password_hash, serve, ticket

ANSWER = Source("robes", "faq.yaml", 0.9, "Robes", "javascript:alert(1)")


class Bot:
    """Drafts always the same for the newest turn, or nothing."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.text = "It arrives on Monday."

    async def draft(self, ticket_id: int) -> Drafted | None:
        with self.db.read() as session:
            newest = session.exec(select(TurnRow.id).order_by(col(TurnRow.id).desc())).first()
        if not self.text:
            return None
        return Drafted(self.text, "en", (ANSWER,), sure=False, upto=newest or 0)

    async def ask(self, question: str, language: Language) -> list[Found]:
        return [Found(ANSWER, f"About {question} in {language}", language)]


@pytest.fixture
def helped(database: Database) -> Iterator[tuple[Desk, Bot]]:
    with database.begin() as session:
        for name in ("Mia", "Noor"):
            session.add(UserRow(name=name, password_hash=password_hash()))
    bot = Bot(database)
    for desk in serve(database, helper=Helper(bot.draft, bot.ask)):
        desk.enter("Mia")
        yield desk, bot


def drafts(database: Database) -> list[tuple[str, str | None]]:
    with database.read() as session:
        rows = session.exec(select(CopilotRow).order_by(col(CopilotRow.id)))
        return [(row.outcome, row.sent) for row in rows]


def test_a_draft_is_read_and_goes_out_only_as_the_agents_reply(
    helped: tuple[Desk, Bot], database: Database
) -> None:
    desk, _ = helped
    here = f"/desk/tickets/{ticket(database)}"
    assert "Draft a reply" in desk.get(here).text
    before = outbox_texts(database)
    assert desk.post(f"{here}/copilot").headers["location"] == here
    page = desk.get(here).text
    assert "It arrives on Monday." in page
    assert "not sure" in page
    assert "javascript:alert" not in page
    assert outbox_texts(database) == before
    desk.post(f"{here}/reply", text=" It arrives on Monday.", copilot="1")
    assert drafts(database) == [("used", None)]
    assert outbox_texts(database)[-1] == "It arrives on Monday."
    assert "It arrives" not in desk.get(f"{here}").text.partition('id="draft"')[2][:2000]


def test_what_was_edited_is_kept_and_what_is_discarded_is_gone(
    helped: tuple[Desk, Bot], database: Database
) -> None:
    desk, _ = helped
    number = ticket(database)
    here = f"/desk/tickets/{number}"
    desk.post(f"{here}/copilot")
    assert desk.post(f"{here}/copilot/discard", copilot="1").status_code == 303
    assert "It arrives on Monday." not in desk.get(here).text
    assert "data-auto" not in desk.get(here).text
    desk.post(f"{here}/take")
    assert "data-auto" not in desk.get(here).text, "it was discarded for this message"
    with database.begin() as session:
        shopper_says(session, 1, "and now?", "en", now())
    assert "data-auto" in desk.get(here).text
    desk.post(f"{here}/copilot")
    desk.post(f"{here}/reply", text="On Tuesday, I am sorry.", copilot="2")
    assert drafts(database) == [("discarded", None), ("edited", "On Tuesday, I am sorry.")]


def test_drafts_are_each_agents_own(helped: tuple[Desk, Bot], database: Database) -> None:
    desk, _ = helped
    here = f"/desk/tickets/{ticket(database)}"
    desk.post(f"{here}/copilot")
    desk.enter("Noor")
    assert "It arrives on Monday." not in desk.get(here).text
    assert desk.post(f"{here}/copilot/discard", copilot="1").status_code == 404
    desk.post(f"{here}/reply", text="Hello", copilot="1")
    assert drafts(database) == [("", None)]


def test_where_nothing_is_found_the_agent_is_told(
    helped: tuple[Desk, Bot], database: Database
) -> None:
    desk, bot = helped
    bot.text = ""
    here = f"/desk/tickets/{ticket(database)}"
    assert desk.post(f"{here}/copilot").status_code == 404
    known = desk.get("/desk/knowledge?q=%3Cb%3Erobes&in=zh").text
    assert "About &lt;b&gt;robes in zh" in known
    alone = desk.get("/desk/knowledge?q=robes", **{"X-Desk": "fragment"}).text
    assert alone.startswith('<div id="fragment">')
    assert "<html" not in alone
    assert "Ask the knowledge" in desk.get("/desk/knowledge").text


def test_a_desk_without_the_copilot_offers_none(desk: Desk, database: Database) -> None:
    desk.enter("Mia")
    here = f"/desk/tickets/{ticket(database)}"
    page = desk.get(here).text
    assert "Draft a reply" not in page
    assert "ask-form" not in page
    assert "Where is my linen robe?" in page
    assert desk.post(f"{here}/copilot").status_code == 404
