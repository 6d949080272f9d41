"""What admins and leads do at the desk, in a real browser."""

from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from bot.database.db import Database
from bot.database.tables import CopilotRow, TurnRow
from bot.tickets import users
from bot.tickets.copilot import Drafted, Found, Helper
from bot.types import Author, Language, Source
from tests.support.desk_served import page_that_must_not_complain, served
from tests.support.desk_shop import PASSWORD, escalated

ROBES = Source("robes", "faq.yaml", 0.9, "Robes")


async def draft(_: int) -> Drafted:
    return Drafted("It arrives on Monday.", "en", (ROBES,), sure=True, upto=10_000)


async def ask(question: str, language: Language) -> list[Found]:
    return [Found(ROBES, f"What we know of {question}", language)]


@pytest.fixture
def address(sqlite_database: Database) -> Iterator[str]:
    """A running desk with the admin Ada and a copilot that knows one thing."""
    with sqlite_database.begin() as session:
        users.add(session, "Ada", "admin", PASSWORD)
    with served(sqlite_database, helper=Helper(draft, ask)) as url:
        yield url


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with page_that_must_not_complain(browser) as opened:
        yield opened


def log_in(page: Page, address: str) -> None:
    page.goto(f"{address}/desk")
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def test_an_admin_sets_up_the_code_and_logs_in_with_it(page: Page, address: str) -> None:
    log_in(page, address)
    page.get_by_role("banner").get_by_text("Ada", exact=True).click()
    page.get_by_role("link", name="Security").click()
    expect(page.get_by_alt_text("The picture that your app reads")).to_be_visible()
    app = pyotp.TOTP(page.locator(".scan code").inner_text().replace(" ", ""))
    page.get_by_label("The code that it shows now").fill(app.now())
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator(".recovery code")).to_have_count(10)
    recovery = page.locator(".recovery code").first.inner_text()

    page.context.clear_cookies()
    log_in(page, address)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_label("Code").fill(app.now())  # it has turned the code on: it opens once
    page.get_by_label("Code").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("does not open")
    page.get_by_label("Code").fill(recovery)
    page.get_by_label("Code").press("Enter")
    expect(page.get_by_text("All quiet")).to_be_visible()


def test_what_is_taken_is_drafted_edited_and_sent_by_the_agent(
    page: Page, address: str, sqlite_database: Database
) -> None:
    with sqlite_database.begin() as session:
        escalated(session)
    log_in(page, address)
    page.get_by_role("button", name="Take #1").click()
    offered = page.locator("#draft")
    expect(offered).to_contain_text("It arrives on Monday.")  # nobody has asked for it
    expect(offered).to_contain_text("Robes")
    with sqlite_database.read() as session:
        said = select(TurnRow).where(TurnRow.author == Author.AGENT.value)
        assert session.exec(said).all() == []
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("d")
    reply = page.get_by_label("Reply to the shopper")
    expect(reply).to_have_value("It arrives on Monday.")
    reply.fill("It arrives on Monday, promised.")
    reply.press("Control+Enter")
    expect(page.get_by_role("log")).to_contain_text("promised")
    expect(offered).not_to_contain_text("It arrives on Monday.")
    with sqlite_database.read() as session:
        row = session.exec(select(CopilotRow)).one()
        assert (row.outcome, row.sent) == ("edited", "It arrives on Monday, promised.")

    asked = page.get_by_role("searchbox", name="Ask the knowledge")
    asked.fill("robes")
    asked.press("Enter")
    expect(page.locator("#known")).to_contain_text("What we know of robes")
    page.locator("#known").get_by_role("button", name="Use in reply").click()
    expect(reply).to_have_value("What we know of robes")


def test_a_report_opens_what_is_behind_it(
    page: Page, address: str, sqlite_database: Database
) -> None:
    with sqlite_database.begin() as session:
        escalated(session)
    log_in(page, address)
    page.get_by_role("link", name="Report").click()
    page.get_by_role("link", name="Tickets").first.click()
    page.get_by_role("link", name="#1").click()
    expect(page.get_by_role("log")).to_contain_text("Where is my linen robe?")
