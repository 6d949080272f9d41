"""The report's pages: for leads, linked down to the conversations, and the same in the terminal."""

import json
import re
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.database.db import Database
from bot.database.tables import UserRow
from bot.insights.figures import BEHIND
from bot.tickets import assignment
from bot.types import Reason, now
from tests.support.desk_shop import escalated
from tests.support.desk_visit import Desk, password_hash


@pytest.fixture
def lead(desk: Desk, database: Database) -> Desk:
    """Lea leads; one ticket is answered and closed, one in Chinese waits."""
    with database.begin() as session:
        session.add(UserRow(name="Lea", role="lead", password_hash=password_hash()))
        answered = escalated(session, "anna", ago=timedelta(hours=3))
        escalated(session, "li", reason=Reason.NEGATIVE_MOOD, language="zh", ago=timedelta(hours=2))
        assignment.reply(session, answered, "Mia", "Hello", now() - timedelta(hours=2.5))
        assignment.close(session, answered, "Mia", now(), outcome="solved")
    desk.enter("Lea")
    return desk


def test_every_figure_leads_to_its_conversations(lead: Desk) -> None:
    page = lead.get("/desk/report").text
    links = set(re.findall(r'href="(/desk/report/[^"]+)"', page.replace("&amp;", "&")))
    assert len(links) > 20
    for link in links:
        behind = lead.get(link)
        assert behind.status_code == 200, link
        counted = re.search(r"(\d+) found", behind.text)
        assert counted is not None, link
        rows = behind.text.count("<li><a")
        assert rows == int(counted[1]), link
    assert "30 min" in page
    slow = lead.get("/desk/report/first_reply?by=agent&part=Mia").text
    assert 'href="/desk/tickets/1"' in slow
    assert 'href="/desk/tickets/2"' not in slow


def test_it_is_narrowed_down(lead: Desk) -> None:
    assert "1 found" in lead.get("/desk/report/tickets?language=zh").text
    assert "Nothing happened" in lead.get("/desk/report?channel=telegram").text
    for strange in ("?days=0", "?days=abc&by=x&part=%00", "?channel=%F0%9F%8D%B5&language=%22"):
        assert lead.get(f"/desk/report{strange}").status_code == 200
    assert lead.get("/desk/report/nonsense").status_code == 404


def test_the_file_and_the_terminal_say_the_same(
    lead: Desk, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = lead.get("/desk/report.csv").text.splitlines()
    whole = dict(zip(sheet[0].split(","), sheet[1].split(","), strict=True))
    monkeypatch.setenv("BOT_DATABASE_URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("BOT_LANGUAGE", "en")
    said = CliRunner().invoke(app, ["report", "--json"], catch_exceptions=False).output
    told = json.loads(said)
    assert whole["contacts"] == str(told["contacts"]) == "2"
    assert whole["first_reply_median"] == str(told["first_reply"]["median"])
    assert any(line.startswith("agent,Mia,") for line in sheet)
    table = CliRunner().invoke(app, ["report", "--by", "agent"], catch_exceptions=False).output
    assert "Mia" in table
    assert "0:30:00" in table
    assert CliRunner().invoke(app, ["report", "--by", "nonsense"]).exit_code == 1


def test_agents_have_no_report(desk: Desk) -> None:
    desk.enter("Mia")
    for path in ("/desk/report", "/desk/report.csv", "/desk/report/tickets"):
        assert desk.get(path).status_code == 403
    assert "/desk/report" not in desk.get("/desk").text
    assert set(BEHIND) >= {"contacts", "verified"}
