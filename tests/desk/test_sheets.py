"""The table editor of product sheets: cells and rows change, nothing else of the file does."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.conversations.live import Live
from bot.database.db import Database
from bot.desk.pages.routes import routes
from bot.desk.sheets import ProductSheets
from bot.knowledge import folder, sheets
from bot.knowledge.documents import read_alone
from bot.knowledge.readers.source import Source
from bot.tickets import users
from tests.support.desk_shop import PASSWORD
from tests.support.desk_visit import HOST, Desk

ROWS, NAME = "/desk/knowledge/rows", "products.csv"
PAGE = f"{ROWS}?name={NAME}"
HEADER = "sku;name;price;variants;Material"
VARIANTS = '"[{""colour"": ""blue"", ""stock"": 3}, {""colour"": ""red"", ""stock"": 0}]"'
SHEET = f'{HEADER}\nMUG-1;"Mug ""Tide""";12,50 €;{VARIANTS};clay\n'
SHEET += "BAG-2;Bag;30 €;;linen\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    knowledge = tmp_path / "knowledge"
    knowledge.mkdir()
    (knowledge / NAME).write_text(SHEET, encoding="utf-8")
    return knowledge


@pytest.fixture
def desk(sqlite_database: Database, shop: Path) -> Iterator[Desk]:
    with sqlite_database.begin() as session:
        users.add(session, "Mia", "admin", PASSWORD)
        users.add(session, "Noor", "lead", PASSWORD)
    pages = routes(
        *(sqlite_database, Live()),
        secure_cookies=False,
        on_reply=lambda _: None,
        sheets=ProductSheets(shop),
    )
    with TestClient(Starlette(routes=pages), base_url=HOST, follow_redirects=False) as client:
        visit = Desk(client, [], sqlite_database)
        visit.enter("Mia")
        yield visit


def save(desk: Desk, shop: Path, **more: str) -> int:
    """Post the page as it is shown, but for what is said."""
    sheet = sheets.parsed((shop / NAME).read_bytes())
    form = {"name": NAME, "at": "1", "seen": folder.digest((shop / NAME).read_bytes())}
    form |= {f"column-{at}": column for at, column in enumerate(sheet.header)}
    for at, (key, row) in enumerate(zip(sheet.keys(), sheet.rows, strict=True)):
        form[f"key-{at}"] = key
        form |= {f"cell-{at}-{place}": cell for place, cell in enumerate(row)}
    return int(desk.post(ROWS, PAGE, **(form | more)).status_code)


def rows(shop: Path) -> list[tuple[str, ...]]:
    return list(sheets.parsed((shop / NAME).read_bytes()).rows)


def products(shop: Path) -> dict[str, int]:
    """The products that the catalogue reads, with how many variants each has."""
    found, _ = read_alone(shop, Source(shop / NAME, NAME))
    entries = [each.found.entry for each in found]
    return {entry.title: len(entry.facts.variants) for entry in entries if entry.facts}


def test_a_cell_a_new_row_and_one_less_leave_the_rest_as_it_was(desk: Desk, shop: Path) -> None:
    before = products(shop)
    assert "Mug &#34;Tide&#34;" in desk.get(PAGE).text
    new = {"new-0": "CUP-3", "new-1": "Cup", "new-2": "8 €"}
    assert save(desk, shop, **{"cell-0-2": "13,00 €", "drop-1": "yes"}, **new) == 303
    mug, cup = rows(shop)
    assert mug == (*("MUG-1", 'Mug "Tide"', "13,00 €"), *sheets.parsed(SHEET.encode()).rows[0][3:])
    assert cup == ("CUP-3", "Cup", "8 €", "", "")
    assert products(shop) == {'Mug "Tide"': before['Mug "Tide"'], "Cup": 0}
    assert before['Mug "Tide"'] == 2
    [change] = folder.changes(shop)
    folder.undo(shop, change.id, by="Mia")
    assert (shop / NAME).read_text(encoding="utf-8") == SHEET
    assert "file says otherwise" not in desk.get(PAGE).text
    assert "edited an entry" in desk.get("/desk/audit").text


def test_what_the_catalogue_cannot_read_is_refused_and_comes_back(desk: Desk, shop: Path) -> None:
    page = desk.get(PAGE)
    assert page.status_code == 200
    assert save(desk, shop, **{"cell-1-1": ""}) == 400  # a product without a name
    assert save(desk, shop, **{"new-1": "Cup"}) == 400  # and one without a number
    assert save(desk, shop, **{"cell-1-1": "Sack", "seen": "other"}) == 409
    assert (shop / NAME).read_text(encoding="utf-8") == SHEET


def test_a_newer_file_that_says_otherwise_is_shown_beside_it(desk: Desk, shop: Path) -> None:
    save(desk, shop, **{"cell-0-2": "13,00 €", "cell-1-4": "hemp", "new-0": "C", "new-1": "Cup"})
    (shop / NAME).write_text(SHEET.replace("12,50", "14,00"), encoding="utf-8")
    page = desk.get(PAGE).text
    assert page.count('action="/desk/knowledge/rows/settle"') == 3
    settle = f"{ROWS}/settle"
    desk.post(settle, PAGE, name=NAME, key="MUG-1", column="price", mine="yes")
    desk.post(settle, PAGE, name=NAME, key="BAG-2", column="Material")
    desk.post(settle, PAGE, name=NAME, key="C", column="", mine="yes")
    mug, bag, cup = rows(shop)
    assert (mug[2], bag[4], cup[:2]) == ("13,00 €", "linen", ("C", "Cup"))
    assert "rows/settle" not in desk.get(PAGE).text


def test_it_is_for_admins_and_for_sheets(desk: Desk, shop: Path) -> None:
    (shop / "faq.md").write_text("# A", encoding="utf-8")
    assert desk.get(f"{ROWS}?name=faq.md").status_code == 400
    assert desk.get(f"{ROWS}?name=../x.csv").status_code == 400
    desk.enter("Noor")
    assert desk.get(PAGE).status_code == 403


def test_a_row_that_is_gone_is_named(desk: Desk, shop: Path) -> None:
    save(desk, shop, **{"cell-0-2": "13,00 €"})
    (shop / NAME).write_text(SHEET.replace("MUG-1", "MUG-9"), encoding="utf-8")
    settle = {"name": NAME, "key": "MUG-1", "column": "price", "mine": "yes"}
    refused = desk.post(f"{ROWS}/settle", PAGE, **settle)
    assert (refused.status_code, "no row MUG-1" in refused.text) == (409, True)
