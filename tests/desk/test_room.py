"""The admins' page: builds put live, golden questions kept."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from bot.database.db import Database
from bot.desk.room import KnowledgeRoom
from bot.knowledge import builds, golden
from bot.knowledge.build import build_index
from bot.knowledge.builds import Score
from bot.tickets import users
from tests.support.desk_shop import PASSWORD
from tests.support.desk_visit import Desk, serve
from tests.support.tiny import make_model

DAY = date(2026, 11, 24)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """An index with two builds, the newer one held back, and the knowledge it was made of."""
    index, knowledge = tmp_path / "index", tmp_path / "knowledge"
    knowledge.mkdir()
    model = make_model(tmp_path / "tiny")
    for answer in ("Yes.", "No."):
        (knowledge / "faq.csv").write_text(f"Question,Answer\nNorway?,{answer}\n", encoding="utf-8")
        build_index(knowledge, index, model, today=DAY)
    newer, older = builds.build_ids(index)
    Score(2, 1, ("Do you ship to Norway?",), 100, {"lost": 3}).write(index, newer)
    builds.switch(index, older)
    return index, knowledge


@pytest.fixture
def desk(sqlite_database: Database, folders: tuple[Path, Path]) -> Iterator[Desk]:
    with sqlite_database.begin() as session:
        users.add(session, "Mia", "admin", PASSWORD)
        users.add(session, "Noor", "lead", PASSWORD)
    yield from serve(sqlite_database, room=KnowledgeRoom(*folders))


def test_a_build_that_was_held_back_is_put_live(desk: Desk, folders: tuple[Path, Path]) -> None:
    newer, older = builds.build_ids(folders[0])
    desk.enter("Mia")
    page = desk.get("/desk/builds").text
    assert "No longer answered: Do you ship to Norway?" in page
    assert "1 of 2 golden questions" in page
    assert "3 of 100 questions answered otherwise" in page
    assert desk.post("/desk/builds/serve", "/desk/builds", build=newer).status_code == 303
    assert builds.current_id(folders[0]) == newer
    for build in ("../index", "20990101-000000-abcdef", ""):
        assert desk.post("/desk/builds/serve", "/desk/builds", build=build).status_code == 404
    (folders[0] / older / "entries.jsonl").write_text("", encoding="utf-8")
    assert "Damaged" in desk.get("/desk/builds").text
    desk.post("/desk/builds/serve", "/desk/builds", build=older)
    assert builds.current_id(folders[0]) == newer
    assert "put a build live" in desk.get("/desk/audit").text


def test_golden_questions_are_kept_and_forgotten(desk: Desk, folders: tuple[Path, Path]) -> None:
    desk.enter("Mia")
    hostile = '<script>alert("x")</script> Norway?'
    fields = {"question": hostile, "entries": "a, b  c"}
    assert desk.post("/desk/builds/golden", "/desk/builds", **fields).status_code == 303
    [kept] = golden.read(folders[1])
    assert (kept.question, kept.expect) == (hostile, ["a", "b", "c"])
    page = desk.get("/desk/builds").text
    assert hostile not in page
    assert "&lt;script&gt;" in page
    long = desk.post("/desk/builds/golden", "/desk/builds", question="a" * 501, entries="")
    assert (long.status_code, "between one and 500" in long.text) == (400, True)
    desk.post("/desk/builds/forget", "/desk/builds", question=hostile)
    assert golden.read(folders[1]) == []
    (folders[1] / golden.FILE).write_text("{", encoding="utf-8")
    assert golden.FILE in desk.get("/desk/builds").text


def test_it_is_for_admins(desk: Desk) -> None:
    desk.enter("Noor")
    assert desk.get("/desk/builds").status_code == 403
    assert desk.post("/desk/builds/serve", "/desk", build="x").status_code == 403
