"""An admin starts an experiment and reads its verdict; prices are hinted at."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from bot.database.db import Database
from bot.database.insight_tables import ExperimentRow
from bot.tickets import users
from bot.types import now
from tests.insights.experiments.test_verdict import visits
from tests.support.desk_served import page_that_must_not_complain, served
from tests.support.desk_shop import PASSWORD
from tests.support.desk_visit import Desk


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


def test_an_admin_starts_an_experiment_and_reads_its_verdict(
    page: Page, address: str, sqlite_database: Database
) -> None:
    page.goto(f"{address}/desk")
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("link", name="Studio")).to_be_visible()
    page.goto(f"{address}/desk/experiments")
    page.get_by_label("Name").fill("Two questions")
    page.get_by_label("The other variant, in English").fill("Where is my order?\nAny mugs?")
    page.get_by_label("The other variant, in Chinese").fill("订单到哪了？")
    page.get_by_role("button", name="How long would it take?").click()
    expect(page.get_by_role("status")).to_contain_text("not enough from the last four weeks")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#verdict")).to_contain_text("nothing to say")

    with sqlite_database.begin() as session:
        row = session.exec(select(ExperimentRow)).one()
        row.started_at = now() - timedelta(days=2)
        visits(session, row, 500, (0.2, 0.5), now() - timedelta(days=1))
    page.reload()
    expect(page.locator("#verdict")).to_contain_text("The tried variant is better")
    expect(page.locator("svg.plot")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("stopped")).to_be_visible()


def test_only_admins_see_experiments_and_prices_and_bad_limits_are_named(desk: Desk) -> None:
    desk.enter("Mia")
    for path in ("/desk/experiments", "/desk/prices", "/desk/experiments/one?name=x"):
        assert desk.get(path).status_code == 403
    desk.enter("Ada")
    assert "no orders to learn from" in desk.get("/desk/prices").text
    assert desk.get("/desk/experiments/one?name=none").status_code == 404
    csrf = {"csrf": desk.token("/desk/prices")}
    file = {"file": ("limits.csv", b"sku,cost\nA,oops\n", "text/csv")}
    refused = desk.client.post("/desk/prices", data=csrf, files=file)
    assert refused.status_code == 400
    assert "limits.csv”, line 2" in refused.text
    file = {"file": ("limits.csv", b"sku,cost\nA,3\n", "text/csv")}
    assert desk.client.post("/desk/prices", data=csrf, files=file).status_code == 303
    assert "(1 products)" in desk.get("/desk/prices").text
