"""An admin's first files, in a real browser: dropped, looked at, saved, edited, built; no page of
the room has a serious fault."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bot.database.db import Database
from bot.desk.feed import KnowledgeFeed
from bot.desk.group.reindex import Reindex
from bot.desk.setup import ShopSetup
from bot.knowledge import edits
from bot.knowledge.index import CurrentIndex
from bot.tickets import users
from tests.desk.test_accessibility import faults
from tests.desk.test_feed import BUILDS
from tests.support.desk_served import served
from tests.support.desk_shop import PASSWORD
from tests.support.house import log_in, person

DROP = """() => {
  const data = new DataTransfer();
  data.items.add(new File(["question,answer\\nGift wrap?,Yes.\\nWhy?,\\n"], "gifts.csv"));
  document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
}"""


@pytest.fixture
def address(sqlite_database: Database, tmp_path: Path) -> Iterator[str]:
    with sqlite_database.begin() as session:
        users.add(session, "Mia", "admin", PASSWORD)
    knowledge, index = tmp_path / "knowledge", tmp_path / "index"
    knowledge.mkdir()
    slow = f"import time; time.sleep(2)\n{BUILDS}"
    feed = KnowledgeFeed(knowledge, index, Reindex([sys.executable, "-c", slow], every=0.1))
    setup = ShopSetup(*(sqlite_database, knowledge, index, CurrentIndex(index), {}, {}, False, ""))
    with served(sqlite_database, feed=feed, shop_setup=setup) as running:
        yield running


@pytest.mark.parametrize("width", [390, 1280])
def test_a_file_is_dropped_saved_edited_and_built(
    browser: Browser, address: str, tmp_path: Path, width: int
) -> None:
    theme = "dark" if width == 390 else "light"
    found = []
    with person(browser, viewport={"width": width, "height": 860}, color_scheme=theme) as page:
        log_in(page, address)
        page.goto(f"{address}/desk/knowledge/files")
        found += faults(page)
        page.evaluate(DROP)
        expect(page.get_by_role("heading", level=1)).to_have_text("What gifts.csv becomes")
        expect(page.locator(".problems")).to_contain_text("gifts.csv:3")
        found += faults(page)
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("gifts.csv")
        found += faults(page)
        page.get_by_role("link", name="Edit Gift wrap?").click()
        page.get_by_label("Answer").fill("Yes, for free.")
        found += faults(page)
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".feed-entry").first).to_contain_text("Edited here")
        assert [each.answer for each in edits.read(tmp_path / "knowledge").values()] == [
            "Yes, for free."
        ]
        page.goto(f"{address}/desk/knowledge/table?name=gifts.csv")
        found += faults(page)
        page.goto(f"{address}/desk/knowledge/files")
        page.get_by_role("button", name="Build now").click()
        expect(page.locator("#building")).to_contain_text("b1")
        found += faults(page)
        page.goto(f"{address}/desk/setup")
        page.locator("#colour").fill("#ffcc00")
        expect(page.locator("#snippet-colour")).to_have_text("#ffcc00")
        expect(page.locator(".preview-head")).to_have_css("color", "rgb(0, 0, 0)")
        found += faults(page)
        wide = "document.documentElement.scrollWidth > innerWidth"
        assert not page.evaluate(wide)
    assert found == []
