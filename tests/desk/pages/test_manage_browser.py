"""What admins and leads do at the desk, in a real browser."""

from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from bot.database.db import Database
from bot.tickets import users
from tests.support.browser import chromium
from tests.support.desk_served import page_that_must_not_complain, served
from tests.support.desk_shop import PASSWORD


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def address(sqlite_database: Database) -> Iterator[str]:
    """A running desk with the admin Ada."""
    with sqlite_database.begin() as session:
        users.add(session, "Ada", "admin", PASSWORD)
    with served(sqlite_database) as url:
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
    page.get_by_text("Ada", exact=True).click()
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
