"""The page "Set up": the shop's own file is written from it, and no secret is ever on it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.conversations.live import Live
from bot.database.db import Database
from bot.desk.pages.routes import routes
from bot.desk.setup import ShopSetup
from bot.knowledge.index import CurrentIndex
from bot.tickets import users
from bot.types import ChannelState, now
from tests.support.desk_shop import PASSWORD, escalated
from tests.support.desk_visit import HOST, Desk

PAGE = "/desk/setup"
SHOP = "# Ours\ngreeting: Hello\nstarters:\n  - Where is it?\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    (folder / "shop.yaml").write_text(SHOP, encoding="utf-8")
    return folder


@contextmanager
def visit(database: Database, shop: Path, **more: Any) -> Iterator[Desk]:
    with database.begin() as session:
        users.add(session, "Mia", "admin", PASSWORD)
        users.add(session, "Noor", "lead", PASSWORD)
    index = shop.parent / "index"
    given = {"given": {}, "states": {}, "telegram": False, "public_url": "", **more}
    setup = ShopSetup(database, shop, index, CurrentIndex(index), **given)
    pages = routes(
        database, Live(), secure_cookies=False, on_reply=lambda _: None, shop_setup=setup
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
        given = {"shop_name": "A & <B>", "hours": "mon-fri 9-18", "colour": "#1f4d43"}
        same = {"greeting_en": "Hello", "greeting_zh": "Hello", "seen": seen(page)}
        assert desk.post(PAGE, PAGE, **given, **same).status_code == 303
        text = (shop / "shop.yaml").read_text(encoding="utf-8")
        assert text == f"{SHOP}shop_name: A & <B>\nhours: mon-fri 9-18\n"
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
        *(("hours", each) for each in ("always", "mon-fri 25-26")),
        *(("holidays", "tomorrow"), ("timezone", "../../etc/passwd"), ("timezone", "Mars/Base")),
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
