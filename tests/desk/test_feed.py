"""The admins' pages of the knowledge's files: looked at, saved, edited, taken back, built."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.conversations.live import Live
from bot.database.db import Database
from bot.desk.feed import KnowledgeFeed
from bot.desk.group.reindex import Reindex
from bot.desk.pages.routes import routes
from bot.knowledge import edits, folder, pages
from bot.knowledge.documents import EDITED
from bot.knowledge.pages import Page
from bot.tickets import users
from tests.support.desk_shop import PASSWORD
from tests.support.desk_visit import HOST, Desk

FILES = "/desk/knowledge/files"
FAQ = "id,question,variants,answer\nnorway,Norway?,oslo|bergen,Yes.\nswede,Sweden?,,No.\n"
BUILDS = """import json, sys
print(json.dumps({"stage": "read", "done": 1, "total": 2}), file=sys.stderr)
print(json.dumps({"build": "b1", "new": True, "entries": 2, "problems": [
    {"path": "faq.csv", "line": 3, "severity": "error", "message": "No answer."}]}))
sys.exit(3)"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    knowledge = tmp_path / "knowledge"
    knowledge.mkdir()
    (knowledge / "faq.csv").write_text(FAQ, encoding="utf-8")
    return knowledge


@pytest.fixture
def desk(sqlite_database: Database, shop: Path, tmp_path: Path) -> Iterator[Desk]:
    with sqlite_database.begin() as session:
        users.add(session, "Mia", "admin", PASSWORD)
        users.add(session, "Noor", "lead", PASSWORD)
    reindex = Reindex([sys.executable, "-c", BUILDS], every=0.01)
    feed = KnowledgeFeed(shop, tmp_path / "index", reindex)
    pages = routes(
        sqlite_database, Live(), secure_cookies=False, on_reply=lambda _: None, feed=feed
    )
    with TestClient(Starlette(routes=pages), base_url=HOST, follow_redirects=False) as client:
        visit = Desk(client, [], sqlite_database)
        visit.enter("Mia")
        yield visit


def upload(desk: Desk, file: str, data: bytes, **fields: str) -> Any:
    form = {"csrf": desk.token(FILES), **fields}
    return desk.client.post(FILES, data=form, files={"file": (file, data)})


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def saved(desk: Desk, page: str) -> Any:
    """Press "Save" on a preview."""
    fields = {name: hidden(page, name) for name in ("token", "seen")}
    return desk.post("/desk/knowledge/save", FILES, **fields)


def test_a_file_is_looked_at_before_it_is_saved(desk: Desk, shop: Path) -> None:
    page = upload(desk, "gifts.csv", b"question,answer\nGift wrap?,Yes <b>x</b>\nWhy?,\n").text
    assert "What gifts.csv becomes" in page
    assert "Gift wrap?" in page
    assert "gifts.csv:3" in page
    assert "<b>x</b>" not in page
    assert not (shop / "gifts.csv").exists()
    assert saved(desk, page).headers["location"] == "/desk/knowledge/file?name=gifts.csv"
    assert (shop / "gifts.csv").is_file()
    assert "saved a file" in desk.get("/desk/audit").text
    assert "Not built yet" in desk.get(FILES).text


def test_a_text_is_pasted_into_a_folder(desk: Desk, shop: Path) -> None:
    page = desk.post(FILES, FILES, name="policies/gifts.md", text="# Gifts\n\nWe wrap.").text
    saved(desk, page)
    assert (shop / "policies/gifts.md").read_text(encoding="utf-8") == "# Gifts\n\nWe wrap."
    assert 'value="policies"' in desk.get(FILES).text
    back = desk.post(FILES, FILES, name="../x.md", text="My text")
    assert (back.status_code, ">My text</textarea>" in back.text) == (400, True)
    assert desk.post(FILES, FILES, name="x.md", text=" ").status_code == 400


@pytest.mark.parametrize("name", ["x.exe", "old.xls", "..md", "golden.jsonl", "orders.csv"])
def test_an_upload_by_a_bad_name_is_refused(desk: Desk, shop: Path, name: str) -> None:
    assert upload(desk, name, b"x").status_code == 400
    assert upload(desk, "a.md", b"x", name="../../a.md").status_code == 400
    assert upload(desk, "a.md", b"x", folder="../..").status_code == 400
    assert sorted(path.name for path in shop.iterdir() if path.name[0] != ".") == ["faq.csv"]


def test_a_file_that_breaks_its_reader_is_named(desk: Desk) -> None:
    page = upload(desk, "broken.xlsx", b"PK\x03\x04 not a workbook").text
    assert "Left out" in page


def test_two_admins_do_not_overwrite_each_other(desk: Desk, shop: Path) -> None:
    first = upload(desk, "faq.csv", b"question,answer\nA?,B.\n").text
    second = upload(desk, "faq.csv", b"question,answer\nC?,D.\n").text
    assert "It replaces the file" in first
    assert saved(desk, first).status_code == 303
    assert saved(desk, second).status_code == 409
    assert b"A?" in (shop / "faq.csv").read_bytes()


def test_a_change_is_taken_back(desk: Desk, shop: Path) -> None:
    name = "/desk/knowledge/file?name=faq.csv"
    page = desk.get(name).text
    gone = desk.post("/desk/knowledge/remove", name, name="faq.csv", seen=hidden(page, "seen"))
    assert (gone.status_code, (shop / "faq.csv").exists()) == (303, False)
    assert "removed faq.csv" in desk.get(FILES).text
    desk.post("/desk/knowledge/undo", FILES, change="1")
    assert (shop / "faq.csv").read_text(encoding="utf-8") == FAQ
    assert "took back a change of faq.csv" in desk.get(FILES).text
    assert desk.post("/desk/knowledge/undo", FILES, change="1").status_code == 409
    assert desk.post("/desk/knowledge/undo", FILES, change="x").status_code == 404


ENTRY = {"variants": "", "url": "", "tags": "", "valid_until": "", "lang": "en"}


def test_an_entry_is_written_by_a_form(desk: Desk, shop: Path) -> None:
    form = {**ENTRY, "name": "", "id": "", "question": "Do you <wrap>?", "answer": "Yes."}
    desk.post(
        "/desk/knowledge/entry",
        FILES,
        **form,
    )
    [edit] = edits.read(shop).values()
    assert (edit.id, edit.question, edit.edit_of) == ("do-you-wrap", "Do you <wrap>?", None)
    again = desk.post("/desk/knowledge/entry", FILES, **form)
    assert (again.status_code, "already" in again.text) == (400, True)
    bad = desk.post("/desk/knowledge/entry", FILES, **{**form, "id": "x", "url": "javascript:1"})
    assert (bad.status_code, "Do you &lt;wrap&gt;?" in bad.text) == (400, True)
    none = desk.post("/desk/knowledge/entry", FILES, **{**form, "question": " "})
    assert none.status_code == 400
    assert list(edits.read(shop).values()) == [edit]


def test_an_entry_of_a_file_is_edited_and_its_conflict_settled(desk: Desk, shop: Path) -> None:
    address = "/desk/knowledge/entry?name=faq.csv&id=norway&lang=en"
    assert "oslo\nbergen" in desk.get(address).text
    form = {**ENTRY, "name": "faq.csv", "id": "norway", "question": "Norway?", "answer": "5 days."}
    desk.post("/desk/knowledge/entry", address, **form)
    assert (shop / "faq.csv").read_text(encoding="utf-8") == FAQ
    page = desk.get("/desk/knowledge/file?name=faq.csv").text
    assert ("5 days." in page, "says something else" in page) == (True, False)
    # The shop's system writes the file anew.
    (shop / "faq.csv").write_text(FAQ.replace("Yes.", "Never."), encoding="utf-8")
    page = desk.get("/desk/knowledge/file?name=faq.csv").text
    assert all(each in page for each in ("5 days.", "Never.", "says something else"))
    which = {"name": "faq.csv", "id": "norway", "lang": "en"}
    desk.post("/desk/knowledge/settle", FILES, **which, mine="1")
    page = desk.get("/desk/knowledge/file?name=faq.csv").text
    assert ("5 days." in page, "says something else" in page) == (True, False)
    desk.post("/desk/knowledge/settle", FILES, **which)
    assert edits.read(shop) == {}
    assert not (shop / EDITED).exists()
    assert "Never." in desk.get("/desk/knowledge/file?name=faq.csv").text


def test_rows_are_edited_as_a_table(desk: Desk, shop: Path) -> None:
    address = "/desk/knowledge/table?name=faq.csv"
    rows = {
        **{"key-0": "en norway", "question-0": "Norway?", "variants-0": "oslo\nbergen"},
        **{"answer-0": "Yes.", "key-1": "en swede", "question-1": "Sweden?"},
        **{"variants-1": "", "answer-1": "Yes, too.", "key-2": "en none", "name": "faq.csv"},
    }
    assert desk.post("/desk/knowledge/table", address, **rows).status_code == 303
    assert [edit.id for edit in edits.read(shop).values()] == ["swede"]
    assert "Yes, too." in desk.get(address).text
    empty = desk.post("/desk/knowledge/table", address, **{**rows, "answer-1": ""})
    assert empty.status_code == 400
    # As it was: then nothing is edited.
    desk.post("/desk/knowledge/table", address, **{**rows, "answer-1": "No."})
    assert edits.read(shop) == {}


def test_pages_are_listed_and_what_was_fetched_is_shown(desk: Desk, shop: Path) -> None:
    listed = "https://help.shop.example/sitemap.xml"
    assert desk.post("/desk/knowledge/pages", FILES, pages=listed, seen="").status_code == 303
    assert (shop / pages.LIST).read_text(encoding="utf-8") == f"{listed}\n"
    assert desk.post("/desk/knowledge/pages", FILES, pages="x", seen="").status_code == 409
    (shop / pages.FOLDER).mkdir()
    page = Page("https://help.shop.example/shipping", 1)
    kept = pages.keep_content(shop, page, b"<h1>Shipping</h1><p>In 5 days.</p>", ".html")
    lost = Page("https://help.shop.example/gone", 1, wrong="status", detail="404")
    pages.keep(shop, [kept, lost])
    assert "answered 404" in desk.get(FILES).text
    found = desk.get("/desk/knowledge/file?name=help.shop.example/shipping.html").text
    assert all(
        each in found for each in ("In 5 days.", 'href="https://help.shop.example/shipping"')
    )
    assert "Remove the file" not in found


def test_a_build_runs_and_says_what_came_of_it(desk: Desk) -> None:
    assert desk.post("/desk/knowledge/build", FILES).status_code == 303
    while 'data-running="yes"' in (page := desk.get("/desk/knowledge/build").text):
        pass
    assert "b1" in page
    assert "faq.csv:3: No answer." in page


def test_what_is_not_there_is_not_found(desk: Desk) -> None:
    for page in ("file?name=none.md", "download?name=none.md", "table?name=none.md"):
        assert desk.get(f"/desk/knowledge/{page}").status_code == 404
    for name in ("../../etc/passwd", "/etc/passwd", ".room/changes.jsonl"):
        assert desk.get(f"/desk/knowledge/download?name={name}").status_code == 400
    assert desk.get("/desk/knowledge/entry?name=faq.csv&id=x&lang=en").status_code == 404
    assert desk.get("/desk/knowledge/download?name=faq.csv").text == FAQ


def test_it_is_for_admins(desk: Desk) -> None:
    desk.enter("Noor")
    for page in ("files", "file?name=faq.csv", "entry", "table?name=faq.csv", "build"):
        assert desk.get(f"/desk/knowledge/{page}").status_code == 403
    assert desk.post("/desk/knowledge/build", "/desk").status_code == 403


def test_history_is_no_knowledge(shop: Path) -> None:
    folder.put(shop, "faq.csv", b"question,answer\nA?,B.\n", by="Mia")
    assert sorted(path.name for path in shop.iterdir()) == [folder.ROOM, "faq.csv"]
