"""The page "Set up": the shop's own file is written from it, and no secret is ever on it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.conversations.live import Live
from bot.database.db import Database
from bot.desk.llm import ShopModel
from bot.desk.pages.routes import routes
from bot.desk.setup import ShopSetup
from bot.knowledge.index import CurrentIndex
from bot.tickets import users
from bot.tickets.schedule import Schedule, Scheduled
from bot.types import ChannelState, now
from bot.writing.models import api
from bot.writing.models.budgets import Budgets, Caps
from bot.writing.models.call import Backend
from bot.writing.models.ladder import Ladder, Rung
from bot.writing.models.ledger import Ledger
from tests.support.desk_shop import PASSWORD, escalated
from tests.support.desk_visit import HOST, Desk
from tests.support.model_server import model_server, says

PAGE, HOURS = "/desk/setup", "/desk/schedule"
SHOP = "# Ours\ngreeting: Hello\nstarters:\n  - Where is it?\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    (folder / "shop.yaml").write_text(SHOP, encoding="utf-8")
    return folder


@contextmanager
def visit(
    database: Database,
    shop: Path,
    *,
    scheduled: Scheduled | None = None,
    model: ShopModel | None = None,
    **more: Any,
) -> Iterator[Desk]:
    with database.begin() as session:
        users.add(session, "Mia", "admin", PASSWORD)
        users.add(session, "Noor", "lead", PASSWORD)
    index = shop.parent / "index"
    given = {"given": {}, "states": {}, "telegram": False, "public_url": "", **more}
    setup = ShopSetup(database, shop, index, CurrentIndex(index), **given)
    pages = routes(
        *(database, Live()),
        secure_cookies=False,
        on_reply=lambda _: None,
        shop_setup=setup,
        scheduled=scheduled,
        shop_model=model,
    )
    with TestClient(Starlette(routes=pages), base_url=HOST, follow_redirects=False) as client:
        desk = Desk(client, [], database)
        desk.enter("Mia")
        yield desk


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def test_the_shops_file_is_written_and_keeps_its_comments(
    sqlite_database: Database, shop: Path
) -> None:
    with visit(sqlite_database, shop) as desk:
        page = desk.get(PAGE).text
        assert page.count(">\nHello</textarea>") == 2
        given = {"shop_name": "A & <B>", "return_days": "14", "colour": "#1f4d43"}
        same = {"greeting_en": "Hello", "greeting_zh": "Hello", "seen": seen(page)}
        assert desk.post(PAGE, PAGE, **given, **same).status_code == 303
        text = (shop / "shop.yaml").read_text(encoding="utf-8")
        assert text == f"{SHOP}shop_name: A & <B>\nreturn_days: '14'\n"
        assert desk.post(PAGE, PAGE, **given, tone_en="x", seen=seen(page)).status_code == 409
        page = desk.get(f"{PAGE}?saved=1").text
        assert "A &amp; &lt;B&gt;" in page
        desk.post(PAGE, PAGE, seen=seen(page), colour="#aabbcc", greeting_zh="您好")
        text = (shop / "shop.yaml").read_text(encoding="utf-8")
        assert "greeting:\n  en: Hello\n  zh: 您好\n" in text
        assert text.startswith("# Ours\n")
        assert "colour: '#aabbcc'" in text
        assert "changed the set-up" in desk.get("/desk/audit").text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("return_days", each) for each in ("-1", "x", "9999", "１")),
        *(("colour", each) for each in ("red", "#12345", "url(x)")),
        *(("shop_name", "x" * 81), ("starters_en", "x" * 61), ("greeting_zh", "x" * 601)),
    ],
)
def test_what_is_wrong_is_named_and_comes_back(
    sqlite_database: Database, shop: Path, name: str, value: str
) -> None:
    with visit(sqlite_database, shop) as desk:
        fields = {"seen": seen(desk.get(PAGE).text), name: value}
        refused = desk.post(PAGE, PAGE, **fields)
        assert (refused.status_code, 'id="error"' in refused.text) == (400, True)
        assert value in refused.text
        assert (shop / "shop.yaml").read_text(encoding="utf-8") == SHOP


def test_what_the_environment_says_is_not_changed_here(
    sqlite_database: Database, shop: Path
) -> None:
    with visit(sqlite_database, shop, given={"shop_name": "Juniper"}) as desk:
        page = desk.get(PAGE).text
        assert re.search(r'id="shop_name"[^>]*value="Juniper"[^>]*disabled', page)
        assert "Set in the environment" in page


def test_hours_and_time_zone_have_one_page_and_a_clear_order(
    sqlite_database: Database, shop: Path
) -> None:
    said = Schedule(hours="mon-fri 9:00-17:00", holidays="2026-12-25")
    scheduled = Scheduled(sqlite_database, said, ZoneInfo("UTC"))
    with visit(
        sqlite_database, shop, scheduled=scheduled, given={"hours": "mon-fri 9:00-17:00"}
    ) as desk:
        page = desk.get(PAGE).text
        assert not re.search(r'name="(hours|holidays|timezone)"', page)
        assert re.search(r"mon-fri 9:00-17:00[^/]*Set in the environment", page)
        assert re.search(r"2026-12-25[^/]*From shop.yaml", page)
        fields = {"hours": "mon-sat 8:00-20:00", "holidays": "2026-12-25"}
        bad = desk.post(HOURS, HOURS, **fields, timezone="Mars/Base", seen=seen(page))
        assert (bad.status_code, "Mars/Base" in bad.text) == (400, True)
        desk.post(HOURS, HOURS, **fields, timezone="Europe/Paris", seen=seen(page))
        assert (shop / "shop.yaml").read_text("utf-8") == f"{SHOP}timezone: Europe/Paris\n"
        page = desk.get(PAGE).text
        assert re.search(r"mon-sat 8:00-20:00[^/]*Set on the page", page)
        assert "Until then it is UTC" in desk.get(HOURS).text
        asked = desk.get(PAGE).text
        desk.post(PAGE, PAGE, seen=seen(asked), shop_name="A")
        assert "timezone: Europe/Paris" in (shop / "shop.yaml").read_text("utf-8")


async def test_the_model_is_tried_and_its_budgets_set_in_the_room(
    sqlite_database: Database, shop: Path
) -> None:
    budgets = Budgets(sqlite_database, Caps(daily_token_budget=5000))
    ledger = Ledger(sqlite_database, priced="openai:", caps=budgets.now)
    async with model_server(says("Ready to help.")) as server:
        ladder = Ladder([Rung(_backend(server.url), 1)], ledger, timeout=5)
        named = ("openai:small", "none", "127.0.0.1", False, 5.0)
        model = ShopModel(sqlite_database, budgets, ladder, *named)
        assert "Ready" in (await model.tried()).text
        await ladder.aclose()
    gone = Ladder([Rung(_backend(server.url), 1)], ledger, timeout=5)
    with visit(sqlite_database, shop, model=replace(model, ladder=gone)) as desk:
        page = desk.get(PAGE).text
        assert "openai:small" in page
        assert 'value="5000"' in page
        refused = desk.post(f"{PAGE}/model/try", PAGE)
        assert (refused.status_code, 'id="error"' in refused.text) == (503, True)
        assert desk.post(f"{PAGE}/model", PAGE, daily_token_budget="a lot").status_code == 400
        desk.post(f"{PAGE}/model", PAGE, daily_token_budget="10", shopper_token_budget="0")
        assert "Set here" in desk.get(PAGE).text
        assert "changed a setting" in desk.get("/desk/audit").text
    assert await Ledger(sqlite_database, priced="openai:", caps=budgets.now).passed(1, 11) == "day"


def _backend(url: str) -> Backend:
    return api.backend("openai:small", key=None, base_url=url, timeout=5)


def test_a_new_shop_is_led_to_its_first_answer(sqlite_database: Database, tmp_path: Path) -> None:
    empty = tmp_path / "new"
    empty.mkdir()
    with visit(sqlite_database, empty) as desk:
        assert desk.get(PAGE).text.count("To do") == 4
        (empty / "faq.md").write_text("# A", encoding="utf-8")
        desk.post(PAGE, PAGE, seen="", shop_name="A")
        assert desk.get(PAGE).text.count("To do") == 2
        with sqlite_database.begin() as session:
            escalated(session)
        assert desk.get(PAGE).text.count("To do") == 1


def test_channels_say_how_they_stand(sqlite_database: Database, shop: Path) -> None:
    with visit(sqlite_database, shop) as desk:
        assert "Set TELEGRAM_BOT_TOKEN" in desk.get(PAGE).text


def test_a_channel_in_trouble_says_what_to_do(sqlite_database: Database, shop: Path) -> None:
    trouble = ChannelState("webhook", now(), "telegram.wrong_token", now())
    states = {"telegram": lambda: trouble}
    with visit(sqlite_database, shop, states=states, telegram=True) as desk:
        assert "does not know this bot token" in desk.get(PAGE).text


def test_it_is_for_admins(sqlite_database: Database, shop: Path) -> None:
    with visit(sqlite_database, shop) as desk:
        desk.enter("Noor")
        assert desk.get(PAGE).status_code == 403
        assert desk.post(PAGE, "/desk").status_code == 403
