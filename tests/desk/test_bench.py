"""The test bench: what the bot would do is seen, nothing is stored, nobody real is asked as."""

import re
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest
from sqlmodel import func, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.conversations.live import Live
from bot.customers import demo
from bot.database.db import Database
from bot.database.tables import ConversationRow, TicketRow, TurnRow
from bot.desk.bench import TestBench
from bot.desk.feed import KnowledgeFeed
from bot.desk.group.reindex import Reindex
from bot.desk.pages.routes import routes
from bot.desk.pages.trials import Question
from bot.desk.room import KnowledgeRoom
from bot.dialogue.skills.order_words import OrderWords
from bot.dialogue.skills.orders import OrderAnswers
from bot.errors import NotFoundError
from bot.knowledge import edits, golden
from bot.knowledge.index import Index
from bot.knowledge.retriever import ShopRetriever
from bot.orders import demo as demo_orders
from bot.orders.record import State
from bot.orders.vectors import OrderVectors
from bot.tickets import users
from bot.types import OneCustomer, Reason, now
from tests.support.desk_shop import PASSWORD
from tests.support.desk_visit import HOST, Desk
from tests.support.flows import flow_of
from tests.support.paths import ROOT
from tests.support.talk import KETTLE, bought, shop_with

RETURNS = "How long do I have to return something?"


@pytest.fixture
def bench(
    sqlite_database: Database, demo_retriever: ShopRetriever, demo_index: Index, tmp_path: Path
) -> TestBench:
    demo_orders.load(sqlite_database, ROOT / "knowledge", UTC, at=now())
    retriever = demo_retriever
    vectors = OrderVectors(tmp_path / "vectors", lambda: demo_index.encoder)
    words = OrderWords(UTC, judge=retriever.judge)
    orders = OrderAnswers(sqlite_database, vectors, retriever.vector, words)
    return TestBench(sqlite_database, flow_of(sqlite_database, retriever, orders), retriever)


def stored(database: Database) -> list[int]:
    with database.read() as session:
        tables = (ConversationRow, TurnRow, TicketRow)
        return [session.exec(select(func.count()).select_from(each)).one() for each in tables]


async def test_an_answer_is_shown_with_what_it_went_by(
    bench: TestBench, sqlite_database: Database
) -> None:
    trial = await bench.ask(Question(RETURNS))
    assert (trial.action, trial.why, trial.acts) == ("reply", "sure", ("Ask",))
    assert trial.candidates[0].entry_id == "return-window"
    assert trial.likely >= trial.reply_at
    assert "30 days" in trial.text
    trial = await bench.ask(Question("I want to talk to a person NOW"))
    assert (trial.action, trial.reason) == ("escalate", Reason.ASKED_FOR_PERSON)
    assert "wants_person" in trial.heard
    assert stored(sqlite_database) == [0, 0, 0]


async def test_it_asks_in_a_language_and_after_other_messages(bench: TestBench) -> None:
    trial = await bench.ask(Question(RETURNS, language="zh"))
    assert trial.language == "zh"
    after = await bench.ask(Question("In Chinese, please", [RETURNS]))
    assert (after.language, after.sources[0].id) == ("zh", "return-window")
    alone = await bench.ask(Question("In Chinese, please"))
    assert (alone.language, alone.sources) == ("zh", ())


async def test_it_asks_as_a_made_up_customer(bench: TestBench) -> None:
    customer_id, name = next(iter(await bench.customers()))
    trial = await bench.ask(Question("Where is my order?", customer=customer_id))
    nobody = await bench.ask(Question("Where is my order?"))
    told, untold = (" ".join([each.text, *each.buttons]) for each in (trial, nobody))
    assert re.search(r"JT-\d{5}", told)
    assert not re.search(r"JT-\d{5}", untold)
    assert name


async def test_nobody_real_is_asked_as(bench: TestBench, sqlite_database: Database) -> None:
    shop_with(sqlite_database, bought("J-99999", State.SHIPPED, KETTLE))
    assert "anna" not in dict(await bench.customers())
    for customer in ("anna", "none", "' or 1=1"):
        with pytest.raises(NotFoundError):
            await bench.ask(Question("Where is my order?", customer=customer))
    # A made-up customer who has bought for real is made up no longer.
    with sqlite_database.read() as session:
        made_up = demo.customers(session)[0][0]
        assert demo.scope(session, made_up) == OneCustomer(made_up)


@pytest.fixture
def desk(bench: TestBench, sqlite_database: Database, tmp_path: Path) -> Iterator[Desk]:
    knowledge = tmp_path / "knowledge"
    (knowledge / "faq").mkdir(parents=True)
    for name in ("faq/returns.en.yaml", "policies/warranty.en.md"):
        (knowledge / name).parent.mkdir(exist_ok=True)
        (knowledge / name).write_bytes((ROOT / "knowledge" / name).read_bytes())
    with sqlite_database.begin() as session:
        users.add(session, "Mia", "admin", PASSWORD)
        users.add(session, "Noor", "lead", PASSWORD)
    pages = routes(
        sqlite_database,
        Live(),
        secure_cookies=False,
        on_reply=lambda _: None,
        room=KnowledgeRoom(tmp_path / "index", knowledge),
        feed=KnowledgeFeed(knowledge, tmp_path / "index", Reindex(["false"])),
        test_bench=bench,
    )
    with TestClient(Starlette(routes=pages), base_url=HOST, follow_redirects=False) as client:
        visit = Desk(client, [], sqlite_database)
        visit.enter("Mia")
        yield visit


def test_what_should_have_been_becomes_knowledge(desk: Desk, tmp_path: Path) -> None:
    knowledge = tmp_path / "knowledge"
    page = desk.post("/desk/bench", "/desk/bench", text=f"{RETURNS} <b>x</b>").text
    assert "return-window" in page
    assert "<b>x</b>" not in page
    wanted = {"question": "bring it back <when>?", "entry": "return-window"}
    for kind in ("golden", "person"):
        desk.post("/desk/bench/should", "/desk/bench", kind=kind, **wanted)
    [kept] = golden.read(knowledge)
    assert kept.expected == frozenset()
    place = {"source": "faq/returns.en.yaml", "lang": "en", "title": ""}
    done = desk.post("/desk/bench/should", "/desk/bench", kind="phrasing", **wanted, **place)
    assert done.headers["location"] == "/desk/bench?done=phrasing"
    assert "Kept as a phrasing" in desk.get("/desk/bench?done=phrasing").text
    [edit] = edits.read(knowledge).values()
    assert (edit.id, edit.variants[-1]) == ("return-window", "bring it back <when>?")
    none = {"source": "policies/warranty.en.md", "lang": "en", "title": "Warranty"}
    refused = desk.post("/desk/bench/should", "/desk/bench", kind="phrasing", **wanted, **none)
    assert (refused.status_code, "takes no phrasings" in refused.text) == (404, True)
    assert desk.post("/desk/bench/should", "/desk/bench", kind="x").status_code == 400
    assert "added a phrasing" in desk.get("/desk/audit").text


def test_it_is_for_admins_and_refuses_what_is_nothing(desk: Desk) -> None:
    assert desk.post("/desk/bench", "/desk/bench", text=" ").status_code == 400
    assert desk.post("/desk/bench", "/desk/bench", text="x", customer="anna").status_code == 404
    desk.enter("Noor")
    assert desk.get("/desk/bench").status_code == 403
    assert desk.post("/desk/bench", "/desk", text="x").status_code == 403
