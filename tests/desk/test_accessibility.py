"""axe-core, in a real browser, finds no serious fault on the desk's pages and in the web chat."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.database.db import Database
from bot.tickets import saved_views, tags, teams, users
from bot.types import Reason
from tests.support.browser import say
from tests.support.desk_shop import escalated
from tests.support.house import house, log_in, person

SERIOUS = ("serious", "critical")
PAGES = (
    *("", "?language=zh", "/tickets/1", "/alerts", "/ratings", "/canned", "/users", "/search"),
    *("/report", "/report/tickets", "/audit", "/connections", "/security", "/knowledge?q=robe"),
    *("/teams", "/wall", "?show=team"),
)


@pytest.fixture
def address(sqlite_database: Database, tmp_path: Path) -> Iterator[str]:
    with house(sqlite_database, tmp_path) as running:
        with sqlite_database.begin() as session:
            users.find(session, "Mia").role = "admin"
            for chat in "ab":
                escalated(session, chat, reason=Reason.NEGATIVE_MOOD, mood=-0.9)
            tags.add(session, 1, "refund")
            teams.add(session, "Billing")
            session.flush()
            teams.join(session, "Billing", "Mia")
            saved_views.keep(session, "Mia", "Chinese", "?language=zh")
        yield running


def faults(page: Page) -> list[Any]:
    """What axe-core finds that keeps somebody from using the page."""
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document)")
    return [
        (page.url, each["id"], [node["target"] for node in each["nodes"]])
        for each in found["violations"]
        if each["impact"] in SERIOUS
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_a_serious_fault(browser: Browser, address: str, theme: str) -> None:
    with person(browser, color_scheme=theme) as mia, person(browser, color_scheme=theme) as shopper:
        log_in(mia, address)
        found = []
        for page in PAGES:
            mia.goto(f"{address}/desk{page}")
            found += faults(mia)
        mia.goto(f"{address}/desk")
        mia.locator("#filter").click()
        mia.locator("label[for=picking]").click()
        mia.locator(".pick input").first.check()
        found += faults(mia)
        shopper.goto(f"{address}/chat?lang=zh")
        found += faults(shopper)
        say(shopper, "Hello?")
        expect(shopper.locator(".turn.bot")).to_be_visible()
        found += faults(shopper)
        assert found == []
