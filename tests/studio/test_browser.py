"""An owner in a real browser: drafts a category, mends a marked claim, approves, exports."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from bot.database.db import Database
from bot.tickets import users
from tests.support.desk_served import page_that_must_not_complain, served
from tests.support.desk_shop import PASSWORD
from tests.support.studio_shop import StandIn, studio


def test_an_owner_drafts_a_category_mends_a_claim_approves_and_exports(
    sqlite_database: Database, browser: Browser, tmp_path: Path
) -> None:
    with sqlite_database.begin() as session:
        users.add(session, "Ada", "admin", PASSWORD)
    made = studio(sqlite_database, writes=StandIn("The {name} is certified by the FDA."))
    with (
        served(sqlite_database, studio=made) as address,
        page_that_must_not_complain(browser) as page,
    ):
        page.goto(f"{address}/desk/login?next=/desk/drafts")
        page.get_by_label("Name").fill("Ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("link", name="Drafts").click()
        page.get_by_text("New drafts").click()
        page.get_by_label("Category").fill("Kitchen")
        page.get_by_role("button", name="Draft").click()
        expect(page.get_by_role("status")).to_contain_text("2")
        page.get_by_role("link", name="Harbor kettle").click()
        expect(page.get_by_role("button", name="Approve")).to_be_disabled()
        expect(page.locator("mark.must").first).to_be_visible()
        page.get_by_label("Text", exact=True).fill("The Harbor kettle is made of stainless steel.")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Nothing is marked.")).to_be_visible()
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_text("Approved").first).to_be_visible()
        page.get_by_role("link", name="All drafts").click()
        page.get_by_role("link", name="Approved").click()
        with page.expect_download() as told:
            page.get_by_role("button", name="Export approved").click()
        told.value.save_as(tmp_path / "shopify.csv")
    text = (tmp_path / "shopify.csv").read_text(encoding="utf-8-sig")
    assert text.splitlines()[0] == "Handle,Title,Body (HTML)"
    assert "<p>The Harbor kettle is made of stainless steel.</p>" in text
