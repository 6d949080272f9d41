"""The admins' pages of reviews, in a real browser and over HTTP."""

import pytest
from playwright.sync_api import Browser, expect

from bot.database.db import Database
from bot.tickets import users
from tests.support.desk_served import page_that_must_not_complain, served
from tests.support.desk_shop import PASSWORD
from tests.support.reviews import WARES, reviewed


@pytest.mark.usefixtures("browser")
def test_an_owner_reads_a_report_and_follows_a_sentence_to_its_quotes(
    browser: Browser, sqlite_database: Database
) -> None:
    reviewed(sqlite_database)
    with sqlite_database.begin() as session:
        users.add(session, "Ada", "admin", PASSWORD)
    with (
        served(sqlite_database, wares=lambda: WARES) as address,
        page_that_must_not_complain(browser) as page,
    ):
        page.goto(f"{address}/desk")
        page.get_by_label("Name").fill("Ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("link", name="Studio")).to_be_visible()
        page.goto(f"{address}/desk/reviews")
        page.get_by_label("Product").select_option("KET")
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_role("heading", name="Reviews · Round kettle")).to_be_visible()
        expect(page.get_by_text("I burned my hand.").first).to_be_visible()
        page.get_by_role("link", name="The text says").click()
        expect(page.get_by_role("heading", name="handle")).to_be_visible()
        expect(page.get_by_label("Quotes").get_by_role("listitem")).to_have_count(5)
        expect(page.locator("mark").first).to_have_text("把手")
        with page.expect_download() as download:
            page.get_by_role("link", name="Back to the report").click()
            page.get_by_role("link", name="CSV").click()
        assert "handle,5,17" in download.value.path().read_text(encoding="utf-8")
