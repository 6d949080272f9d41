"""Held-back sentences at the desk: for admins, with their reasons, in both languages."""

import pytest

from bot.database.db import Database
from bot.texts import t
from bot.writing.grounding import Rejection
from tests.support.desk_visit import Desk
from tests.tickets.test_rejections import LINK, PRICE, answer


def test_an_admin_sees_each_sentence_with_reason_passage_and_model(
    desk: Desk, database: Database
) -> None:
    said = PRICE | {"sentence": "It costs <b>$1</b>."}
    with database.begin() as session:
        answer(session, {"model": "none", "own_text": "not_held", "rejected": [said, LINK]})
    desk.enter("Ada")
    page = desk.get("/desk/rejections").text
    assert "It costs &lt;b&gt;$1&lt;/b&gt;." in page, "what a model wrote is text, not markup"
    assert "An amount or a percentage · 1" in page
    assert "product/JT-KET-01" in page
    assert "openai:small" in page
    assert "the entry's own text was sent" in page.replace("&#39;", "'")
    desk.client.cookies.set("deskhand_language", "zh", domain="desk.example", path="/desk")
    assert "金额或百分比不符" in desk.get("/desk/rejections").text


def test_without_a_model_the_page_says_that_nothing_was_held_back(desk: Desk) -> None:
    desk.enter("Ada")
    assert "Nothing was held back" in desk.get("/desk/rejections").text


def test_agents_do_not_reach_the_page(desk: Desk) -> None:
    desk.enter("Mia")
    assert desk.get("/desk/rejections").status_code == 403
    assert "/desk/rejections" not in desk.get("/desk").text


@pytest.mark.parametrize("reason", Rejection)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_reason_has_its_words(reason: Rejection, language: str) -> None:
    assert t(f"desk.rejected_{reason}", language)
