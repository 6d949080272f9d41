"""What the ticket's page shows of what the bot has in mind."""

from collections.abc import Mapping
from typing import Any, get_args

import pytest

from bot.customers.proof_dialogue import Proving
from bot.database.db import Database
from bot.database.tables import ConversationRow, TicketRow
from bot.desk.pages.focus import Mind, mind
from bot.orders.change_rules import Change
from bot.orders.request_dialogue import Step, Wish
from bot.texts import t
from bot.types import Author, Source, Turn, now
from tests.support.desk_shop import escalated
from tests.support.desk_visit import Desk

LAMP = Source("product/LAMP-1", "products.yaml", 1.0, "Tide lamp", "https://shop.example/lamp")
MUG = Source("product/MUG-1", "products.yaml", 1.0, "Tide mug", "javascript:alert(1)")


def said(*sources: Source, author: Author = Author.BOT) -> Turn:
    return Turn(1, author, "…", "en", now(), sources=sources)


def focused(*skus: str, dialogue: Mapping[str, Any] | None = None) -> ConversationRow:
    focus = {"skus": list(skus), "measures": [], "age": 0} if skus else None
    return ConversationRow(
        channel="web", chat_id="c", focus=focus, dialogue=dict(dialogue) if dialogue else None
    )


def test_nothing_in_mind_is_nothing_to_show() -> None:
    faq = Source("return-window", "faq.yaml", 0.9, "Returns")
    assert mind(focused(), [said(faq), said(author=Author.SHOPPER)]) is None


def test_products_have_the_names_and_pages_that_they_were_told_with() -> None:
    found = mind(focused("MUG-1", "LAMP-1", "GONE-1"), [said(LAMP, MUG)])
    assert found is not None
    assert [(each.title, each.url) for each in found.products] == [
        ("Tide mug", None),
        ("Tide lamp", "https://shop.example/lamp"),
        ("GONE-1", None),
    ]


def test_of_a_long_list_the_first_are_shown() -> None:
    found = mind(focused(*map(str, range(8))), [])
    assert found is not None
    assert (len(found.products), found.more) == (5, 3)


def test_the_order_is_the_one_that_was_told_last() -> None:
    first, second = (Source(f"order:W-{n}", "orders", 1.0) for n in (2001, 2002))
    assert mind(focused(), [said(first), said(second)]) == Mind(order="W-2002")
    assert mind(focused(), [said(second, first)]) == Mind(order="W-2002")


@pytest.mark.parametrize(
    ("proving", "asked"),
    [
        (Proving(), "both"),
        (Proving(number="W-2001"), "contact"),
        (Proving(contact="hash"), "number"),
        (Proving(way="code"), "email"),
        (Proving(way="code", coded=True), "code"),
    ],
)
def test_a_proof_says_what_it_asks_for(proving: Proving, asked: str) -> None:
    assert mind(focused(dialogue=proving.kept()), []) == Mind(proof=asked)


def test_a_wish_says_its_step_behind_a_proof_too() -> None:
    wish = Wish(Change.RETURN, "reason", "W-2001", (0,))
    assert mind(focused(dialogue=wish.kept()), []) == Mind(wish="return", step="reason")
    behind = Proving(then=wish.kept())
    assert mind(focused(dialogue=behind.kept()), []) == Mind(
        wish="return", step="reason", proof="both"
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_shows_it_and_refreshes_it(language: str, desk: Desk, database: Database) -> None:
    with database.begin() as session:
        ticket = session.get_one(TicketRow, escalated(session))
        row = session.get_one(ConversationRow, ticket.conversation_id)
        path = f"/desk/tickets/{ticket.id}"
    desk.enter("Mia")
    desk.client.cookies.set("deskhand_language", language, domain="desk.example", path="/desk")
    title = {"en": "What the bot has in mind", "zh": "机器人当前的上下文"}[language]
    assert title not in desk.get(path).text
    with database.begin() as session:
        row = session.get_one(ConversationRow, row.id)
        row.focus = {"skus": ["<b>"], "measures": [], "age": 0}
        row.dialogue = Proving(then=Wish(Change.ADDRESS, "address").kept()).kept()
        session.add(row)
    for page in (desk.get(path).text, desk.get(f"{path}/fragment").text):
        assert title in page
        assert "&lt;b&gt;" in page
        assert {"en": "asks for the address", "zh": "询问新地址"}[language] in page


@pytest.mark.parametrize("step", get_args(Step))
def test_every_step_has_its_words(step: str) -> None:
    assert t(f"desk.step_{step}", "en") != t(f"desk.step_{step}", "zh")
