"""The admins' page of gaps: a group is drafted, mended, approved, and answers after the next
build."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from bot.database.db import Database
from bot.desk.library import KnowledgeLibrary
from bot.desk.room import KnowledgeRoom
from bot.knowledge.build import build_index
from bot.knowledge.documents import read_knowledge
from bot.knowledge.index import CurrentIndex
from bot.tickets import users
from bot.types import now
from tests.conversations.test_asked import KNOWN, answered
from tests.support.desk_shop import PASSWORD
from tests.support.desk_visit import Desk, serve
from tests.support.tiny import make_model

DAY = date(2026, 11, 24)
UNSURE = KNOWN | {"action": "escalate", "reason": "low_confidence"}


class Shop:
    """A shop's folders, and its index as it is served."""

    def __init__(self, folder: Path) -> None:
        self.knowledge, self.index = folder / "knowledge", folder / "index"
        self.knowledge.mkdir()
        self._model = make_model(folder / "tiny")
        rows = "Question,Answer\nNorway?,Yes.\n"
        (self.knowledge / "faq.csv").write_text(rows, encoding="utf-8")
        self.current = CurrentIndex(self.index)
        self.build()

    def build(self) -> None:
        build_index(self.knowledge, self.index, self._model, today=DAY)
        self.current.reload()


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def desk(sqlite_database: Database, shop: Shop) -> Iterator[Desk]:
    with sqlite_database.begin() as session:
        users.add(session, "Mia", "admin", PASSWORD)
        users.add(session, "Noor", "lead", PASSWORD)
    yield from serve(
        sqlite_database,
        room=KnowledgeRoom(shop.index, shop.knowledge),
        library=KnowledgeLibrary(shop.current.get, shop.knowledge),
    )


def asked(desk: Desk, text: str) -> None:
    with desk.database.begin() as session:
        answered(session, text, UNSURE, at=now())


def ready(desk: Desk, path: str) -> str:
    """The page, loaded again for as long as it says that it is still being made."""
    for _ in range(100):
        page = str(desk.get(path).text)
        if 'role="status"' not in page:
            break
    return page


def opened(desk: Desk) -> str:
    """The address of the first group."""
    found = re.search(r"/desk/gaps/\d+", ready(desk, "/desk/gaps"))
    assert found is not None
    return found[0]


def test_a_gap_is_filled_and_the_page_says_what_it_answered_since(desk: Desk, shop: Shop) -> None:
    asked(desk, "Do you engrave <b>rings</b>?")
    asked(desk, "do you engrave <b>rings</b>?")
    desk.enter("Mia")
    page = ready(desk, "/desk/gaps")
    assert "Questions: 2 · groups: 1" in page
    assert "<b>rings</b>" not in page
    gap = opened(desk)
    assert "Do you engrave" in desk.get(gap).text
    entry = {"id": "returns", "lang": "en", "question": "Do you engrave?", "phrasings": "Engrave?"}
    empty = desk.post(f"{gap}/approve", gap, **entry, answer="")
    assert empty.status_code == 400
    assert list(shop.knowledge.iterdir()) == [shop.knowledge / "faq.csv"]
    done = desk.post(f"{gap}/approve", gap, **entry, answer="Yes, for 9 euros.")
    assert done.status_code == 303
    read = {each.id: each for each in read_knowledge(shop.knowledge, DAY).entries}
    assert read["returns"].variants == ("Engrave?",)
    page = ready(desk, "/desk/gaps")
    assert "Every question had an answer" in page
    assert "from the next build on" in page
    shop.build()
    with desk.database.begin() as session:
        answered(session, "Engraving?", KNOWN, at=now())  # which cites the entry "returns"
    assert "Questions answered since: 1" in ready(desk, "/desk/gaps")
    assert desk.post(f"{gap}/approve", "/desk/gaps", **entry, answer="No.").status_code == 404
    assert "filled a gap" in desk.get("/desk/audit").text


def test_an_id_that_is_taken_is_refused(desk: Desk, shop: Shop) -> None:
    (shop.knowledge / "more.yaml").write_text("- {id: taken, question: A?, answer: B}\n")
    shop.build()
    asked(desk, "Do you engrave?")
    desk.enter("Mia")
    gap = opened(desk)
    entry = {"lang": "en", "question": "Q?", "phrasings": "", "answer": "A."}
    refused = desk.post(f"{gap}/approve", gap, id="taken", **entry)
    assert (refused.status_code, "has an entry taken" in refused.text) == (409, True)
    assert desk.post(f"{gap}/approve", gap, id="../x", **entry).status_code == 400
    assert not (shop.knowledge / "answered").exists()


def test_a_gap_can_be_left_alone(desk: Desk) -> None:
    asked(desk, "Do you engrave?")
    desk.enter("Mia")
    gap = opened(desk)
    assert desk.post(f"{gap}/leave", "/desk/gaps").status_code == 303
    assert "Every question had an answer" in ready(desk, "/desk/gaps")
    asked(desk, "Do you engrave??")
    assert opened(desk) != gap


def test_it_is_for_admins(desk: Desk) -> None:
    asked(desk, "Do you engrave?")
    desk.enter("Noor")
    assert desk.get("/desk/gaps").status_code == 403
    assert desk.post("/desk/gaps/1/leave", "/desk").status_code == 403
