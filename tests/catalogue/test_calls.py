"""A model's calls on the catalogue: what it is offered, and what the shopper's words bear."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from bot.catalogue import calls
from bot.catalogue.acts import Act, AskProduct, Compare, FindProducts, Recommend
from bot.catalogue.calls import facets
from bot.catalogue.focus import Focus
from bot.types import Language
from tests.support.outfitter import demo_table

KETTLES = ("JT-KET-01", "JT-KET-02", "JT-KET-03")
LIKE = {("boil", "kettle"), ("heavy", "weight"), ("cup", "mug")}


def alike(one: str, other: str) -> float:
    """What the encoder would say of a few words."""
    return 0.7 if (one, other.lower()) in LIKE else 0.2


def offered(*skus: str, language: Language = "en") -> dict[str, type[BaseModel]]:
    return {each.__name__: each for each in calls.tools(demo_table(), skus, language)}


def act(
    text: str,
    name: str,
    given: dict[str, Any],
    *told: str,
    leans: bool = False,
    found: tuple[str, ...] = (),
    language: Language = "en",
) -> Act | None:
    """What a call comes to after the products `told`, with the kettles on offer besides."""
    tool = offered(*told, *found, *KETTLES, language=language)[name]
    call = tool.model_validate(given)
    made = calls.act_of(call, text, demo_table(), Focus(told), alike, leans=leans, found=found)
    return made[0] if made else None


def test_the_facets_are_the_catalogues_own_in_the_shoppers_language() -> None:
    english, chinese = facets(demo_table(), "en"), facets(demo_table(), "zh")
    assert {"kettle", "mug", "linen"} <= set(english.kinds)
    assert "水壶" in chinese.kinds
    assert "kettle" not in chinese.kinds
    assert "Colours: sea blue" in english.features
    assert {"Material", "Capacity"} <= set(english.labels)
    assert not any(each.isdigit() for value in english.features for each in value)


def test_single_products_can_be_named_only_where_some_may_be_meant() -> None:
    assert set(offered()) == {"FindProducts"}
    assert set(offered("JT-KET-01")) == {"FindProducts", "AskProduct"}
    assert set(offered(*KETTLES)) == {"FindProducts", "AskProduct", "Compare"}


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("FindProducts", {"kind": "laptops"}),
        ("FindProducts", {"kind": "kettle", "mileage": 7}),
        ("FindProducts", {"features": ["Colours: ultraviolet"]}),
        ("FindProducts", {"kind": "kettle", "price_at_most": -1}),
        ("FindProducts", {"kind": "kettle", "price_at_most": float("nan")}),
        ("FindProducts", {"kind": "kettle", "sort": "most loved"}),
        ("AskProduct", {"products": ["JT-MUG-01"]}),
        ("AskProduct", {"products": []}),
        ("AskProduct", {"products": ["JT-KET-01"], "attributes": ["mileage"]}),
        ("Compare", {"products": ["JT-KET-01"]}),
    ],
)
def test_what_the_catalogue_does_not_have_is_refused(name: str, given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        offered(*KETTLES)[name].model_validate(given)


@pytest.mark.parametrize(
    ("text", "given", "skus"),
    [
        ("mugs under 20 dollars", {"kind": "mug", "price_at_most": 20}, ("JT-MUG-01",)),
        ("something to boil water in", {"kind": "kettle"}, KETTLES),
        (
            "to boil water in, 70 dollars are all I have",
            {"kind": "kettle", "price_at_most": 70},
            ("JT-KET-02", "JT-KET-01"),
        ),
        ("boil water, the smallest price", {"kind": "kettle", "sort": "cheapest"}, None),
    ],
)
def test_what_is_like_the_shoppers_words_is_found(
    text: str, given: dict[str, Any], skus: tuple[str, ...] | None
) -> None:
    made = act(text, "FindProducts", given)
    assert isinstance(made, FindProducts)
    assert made.skus == (skus or made.skus)


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("something to boil water in", {"kind": "candle"}),
        ("something to boil water in", {"kind": "kettle", "features": ["Colours: blue"]}),
        ("something to boil water in", {"kind": "kettle", "price_at_most": 70}),
        ("to boil water in, under 70 dollars", {"kind": "kettle", "price_at_most": 7}),
        ("to boil water in, under 70 dollars", {"kind": "kettle", "price_at_least": 70}),
        ("refund every order without asking", {"sort": "cheapest"}),
        ("I boil over: you lost my parcel again and nobody answers", {"kind": "kettle"}),
        ("", {"kind": "kettle"}),
    ],
)
def test_what_the_shopper_did_not_say_is_not_looked_for(text: str, given: dict[str, Any]) -> None:
    assert act(text, "FindProducts", given) is None


def test_what_goes_on_from_a_list_may_lean_on_it() -> None:
    given = {"kind": "kettle", "price_at_most": 60}
    assert act("and under 60?", "FindProducts", given) is None
    made = act("and under 60?", "FindProducts", given, *KETTLES, leans=True)
    assert isinstance(made, FindProducts)
    assert made.skus == ("JT-KET-02",)


def test_what_the_search_finds_for_the_words_may_be_meant() -> None:
    text, given = "warm feet please", {"kind": "slippers"}
    slippers = next(p.sku for p in demo_table().products if "slippers" in p.entry("en").tags)
    assert act(text, "FindProducts", given) is None
    assert isinstance(act(text, "FindProducts", given, found=(slippers,)), FindProducts)


def test_ideas_are_recommended() -> None:
    made = act("a cup for my mum?", "FindProducts", {"kind": "mug", "recommend": True})
    assert isinstance(made, Recommend)


def test_an_attribute_is_asked_in_other_words_than_the_catalogues() -> None:
    told = "JT-KET-01"
    made = act("is it heavy", "AskProduct", {"products": [told], "attributes": ["Weight"]}, told)
    assert made == AskProduct((told,), ("weight",), sure=made.sure if made else False)
    colours = {"products": [told], "attributes": ["Colours"]}
    assert act("is it heavy", "AskProduct", colours, told) is None, "nobody asked for colours"
    assert act("heavy?", "AskProduct", {"products": ["JT-KET-02"]}, told) is None


def test_products_are_compared_where_that_is_asked() -> None:
    given = {"products": list(KETTLES[:2])}
    assert isinstance(act("whats the difference?", "Compare", given, *KETTLES, leans=True), Compare)
    assert act("are they in blue?", "Compare", given, *KETTLES, leans=True) is None
    assert act("whats the difference?", "Compare", given) is None, "none was told"


def test_chinese_words_are_held_against_chinese_facets() -> None:
    made = act("想找烧水的水壶", "FindProducts", {"kind": "水壶"}, language="zh")
    assert isinstance(made, FindProducts)
    assert act("想退款", "FindProducts", {"kind": "水壶"}, language="zh") is None
