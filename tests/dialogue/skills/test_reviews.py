"""The skill for other customers' experience: from reviews alone, with counts; silent without."""

from collections.abc import Callable

import pytest

from bot.catalogue.current import Catalogue
from bot.database.db import Database
from bot.dialogue.outcome import Outcome
from bot.dialogue.skills.reviews import Reviews
from bot.knowledge.index import Index
from bot.knowledge.retriever import ShopRetriever
from bot.studio.reviews import store
from tests.dialogue.skills.test_products import claim, part
from tests.support.reviews import reviews

Ask = Callable[..., Outcome | None]


@pytest.fixture
def ask(sqlite_database: Database, demo_index: Index, demo_retriever: ShopRetriever) -> Ask:
    """Asks a shop whose whistling kettle has reviews."""
    with sqlite_database.begin() as session:
        mine = [(each, "JT-KET-02", read) for each, sku, read in reviews() if sku == "KET"]
        store.add(session, mine)
    skill = Reviews(sqlite_database, Catalogue(lambda: demo_index))

    def asked(text: str, *told: str) -> Outcome | None:
        one = part(demo_retriever, claim(text, *told))
        act = skill.read(one)
        return skill.carry_out(act, one) if act is not None else None

    return asked


@pytest.mark.parametrize(
    "text",
    [
        "do others find that the handle gets hot?",
        "has anybody complained about the handle?",
        "what do the reviews say about the handle",
        "别人觉得把手烫吗",
        "评价里有人说把手烫吗",
    ],
)
def test_it_counts_and_quotes_what_others_say(ask: Ask, text: str) -> None:
    outcome = ask(text, "JT-KET-02")
    assert outcome is not None
    assert "5 of 17 reviews (29 %)" in outcome.say.text
    assert "complained of in 5" in outcome.say.text
    assert "“The handle is too hot 3.”" in outcome.say.text
    assert outcome.products == ("JT-KET-02",)


def test_what_nobody_speaks_of_is_said_to_be_so(ask: Ask) -> None:
    outcome = ask("do others find it runs small?", "JT-KET-02")
    assert outcome is not None
    assert outcome.say.text.endswith("None of the 17 reviews speaks of that.")


def test_a_product_is_found_by_its_name_and_what_all_say_is_summed_up(ask: Ask) -> None:
    outcome = ask("What do people think of the Breakwater whistling kettle?")
    assert outcome is not None
    assert "colour: spoken of in 10 of 17" in outcome.say.text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("do others find the handle hot?", "JT-KET-01"),  # no reviews
        ("I want to complain about my order", "JT-KET-02"),
        ("how big is it?", "JT-KET-02"),
        ("do others find the duvet cover scratchy?", "JT-KET-02"),
    ],
)
def test_it_is_silent_where_there_are_no_reviews_or_they_are_not_asked_for(
    ask: Ask, text: str, told: str
) -> None:
    assert ask(text, told) is None
