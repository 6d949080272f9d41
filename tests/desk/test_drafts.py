"""The admins' pages of drafts: made, refused with what is wrong, signed, rejected, jobs started."""

import asyncio
from collections.abc import Iterator

import pytest

from bot.database.db import Database
from bot.studio.brief import Brief
from bot.studio.studio import Studio
from bot.tickets import users
from tests.support.desk_shop import PASSWORD
from tests.support.desk_visit import Desk, serve
from tests.support.studio_shop import KETTLE, StandIn, studio

PAGE = "/desk/drafts"


@pytest.fixture
def shop(sqlite_database: Database) -> Studio:
    return studio(sqlite_database)


@pytest.fixture
def desk(sqlite_database: Database, shop: Studio) -> Iterator[Desk]:
    with sqlite_database.begin() as session:
        users.add(session, "Ada", "admin", PASSWORD)
        users.add(session, "Noor", "lead", PASSWORD)
    yield from serve(sqlite_database, studio=shop)


def test_drafts_are_for_admins_and_made_from_a_form(desk: Desk) -> None:
    desk.enter("Noor")
    assert desk.get(PAGE).status_code == 403
    desk.enter("Ada")
    form = {"kind": "description", "language": "zh", "which": "sku", "sku": "K-1", "tone": "warm"}
    assert desk.post(f"{PAGE}/make", PAGE, **form).headers["location"] == f"{PAGE}?made=1"
    assert "海港手冲壶" in desk.get(PAGE).text
    for wrong, said in (
        ({"sku": "X-9"}, "no product X-9"),
        ({"kind": "campaign"}, "first and its last day"),
        ({"kind": "campaign", "start": "soon"}, "is no day"),
        ({"which": "category", "category": "Boats"}, "no product has the category"),
        ({"budget": "much"}, "budget is 0 or more"),
    ):
        found = desk.post(f"{PAGE}/make", PAGE, **(form | wrong))
        assert found.status_code in (400, 404)
        assert said.lower() in found.text.lower()


def test_a_mark_is_signed_for_and_the_draft_approved(desk: Desk, shop: Studio) -> None:
    shop.writes = StandIn("The {name} is the best.")
    made = asyncio.run(shop.draft(KETTLE, Brief(), "en"))
    page = f"{PAGE}/{asyncio.run(shop.keep(made, 'Ada'))}"
    desk.enter("Ada")
    shown = desk.get(page).text
    assert '<mark class="must">best</mark>' in shown
    assert "Pours in a thin, steady stream." in shown, "the present text stands beside it"
    assert desk.post(f"{page}/approve", page, version="1").status_code == 400
    fields = {"mark": "comparison:best", "version": "1"}
    assert desk.post(f"{page}/sign", page, **fields).status_code == 400, "why?"
    assert desk.post(f"{page}/sign", page, **fields, reason="Test 2026").status_code == 303
    assert "Ada signed: Test 2026" in desk.get(page).text
    assert desk.post(f"{page}/approve", page, version="1").status_code == 303
    sheet = desk.post(f"{PAGE}/export", PAGE, form="woocommerce")
    assert "<p>The Harbor kettle is the best.</p>" in sheet.text
    assert "exported approved drafts" in desk.get("/desk/audit?act=draft").text


def test_an_edit_is_a_version_and_a_rejection_has_a_reason(desk: Desk, shop: Studio) -> None:
    made = asyncio.run(shop.draft(KETTLE, Brief(), "en"))
    page = f"{PAGE}/{asyncio.run(shop.keep(made, 'Ada'))}"
    desk.enter("Ada")
    text = "A steel kettle."
    assert desk.post(f"{page}/edit", page, text=text, version="1").status_code == 303
    assert desk.post(f"{page}/edit", page, text="Late.", version="1").status_code == 409
    assert "<del>" in desk.get(page).text
    assert desk.post(f"{page}/undo", page, number="1", version="2").status_code == 303
    assert desk.post(f"{page}/reject", page, reason="", version="3").status_code == 400
    assert desk.post(f"{page}/reject", page, reason="Too dry", version="3").status_code == 303
    assert "Too dry" in desk.get(f"{PAGE}?state=rejected").text
    assert desk.post(f"{page}/reopen", page, version="3").status_code == 303


def test_many_drafts_are_a_job(sqlite_database: Database, desk: Desk, shop: Studio) -> None:
    from dataclasses import replace

    items = [replace(KETTLE, sku=f"K-{at}", name=f"Kettle {at}") for at in range(8)]
    shop.items = lambda _: items
    desk.enter("Ada")
    form = {"kind": "title", "language": "en", "which": "all", "tone": "plain"}
    assert "job=1" in desk.post(f"{PAGE}/make", PAGE, **form).headers["location"]
    assert desk.post(f"{PAGE}/jobs", PAGE, job="1", act="pause").status_code == 303
    asyncio.run(shop.resume("en"))
    assert "0 of 8 done" in desk.get(PAGE).text
    assert desk.post(f"{PAGE}/jobs", PAGE, job="1", act="resume").status_code == 303
    asyncio.run(shop.resume("en"))
    assert "8 of 8 done" in desk.get(PAGE).text
    assert desk.post(f"{PAGE}/jobs", PAGE, job="1", act="stop").status_code == 409
    assert desk.post(f"{PAGE}/approve", PAGE).headers["location"] == f"{PAGE}?approved=8"
