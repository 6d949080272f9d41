"""Descriptions from attributes read as a person would write them, and say all that is held."""

from dataclasses import replace

import pytest

from bot.studio.brief import Brief
from bot.studio.item import Item
from bot.studio.ledger.ledger import Ledger
from bot.studio.realise import campaign, describe
from bot.studio.realise.copywriting import realised
from bot.studio.realise.facts import fact_of
from bot.studio.realise.variety import First, Varied
from tests.support.studio_shop import ITEMS, KETTLE, KETTLE_ZH, LAMP, MUGS

KNIFE = Item(
    "N-1",
    "Gull knife",
    attributes=(
        ("Blade", "24 cm, serrated"),
        ("Material", "100% linen, 170 g/m²"),
        ("Sizes", "EU 140×200; UK double"),
        ("Rechargeable", "yes"),
        ("Lid", "oak"),
    ),
)


def test_a_description_joins_what_belongs_together() -> None:
    assert " ".join(describe.sentences_of(KETTLE, First())) == (
        "The Harbor kettle is made of stainless steel and holds 0.9 l. "
        "It comes in blue, black and steel."
    )
    assert " ".join(describe.sentences_of(MUGS, First())) == (
        "The Stone mugs (set of 2) are made of stoneware and hold 350 ml. "
        "They are fit for the dishwasher."
    )
    assert "".join(describe.sentences_of(KETTLE_ZH, First())) == (
        "海港手冲壶采用不锈钢，容量为0.9 升。有蓝色、黑色可选。"
    )


def test_awkward_values_are_told_in_plain_sentences() -> None:
    text = " ".join(describe.sentences_of(KNIFE, First()))
    assert "a 24 cm, serrated blade" in text
    assert "100% linen (170 g/m²)" in text
    assert "in these sizes: EU 140×200; UK double." in text
    assert "is rechargeable" in text
    assert "The lid is oak." in text
    assert "has no" not in text
    assert "is not waterproof" in " ".join(describe.sentences_of(LAMP, First()))


@pytest.mark.parametrize("item", ITEMS)
def test_every_way_to_say_it_states_each_attribute_and_nothing_else(item: Item) -> None:
    ways = set()
    for seed in range(12):
        text = describe.description(item, Varied(seed))
        ways.add(text)
        for _, value in item.attributes:
            assert value in ("yes", "no") or describe.stated(value, text), text
        assert not Ledger(item).audit(text).marked, text
    assert len(ways) > 4


@pytest.mark.parametrize("kind", ["short", "bullets", "title", "ad", "social", "email", "faq"])
@pytest.mark.parametrize("item", [KETTLE, KETTLE_ZH])
def test_every_kind_stands_on_the_records(item: Item, kind: str) -> None:
    brief = Brief(kind=kind, tone="warm", shop="Tide")  # type: ignore[arg-type]
    text = realised(item, brief, Varied(item.sku, kind))
    assert not Ledger(item, {"shop": "Tide"}).audit(text).marked, text
    assert not (limit := brief.limit("text")) or len(text) <= limit


def test_a_platform_limits_the_length() -> None:
    long = replace(KETTLE, attributes=(*KETTLE.attributes, ("Contents", "lid, " * 60 + "handle")))
    for platform, most in (("x", 280), ("weibo", 140)):
        brief = Brief(kind="social", platform=platform, tone="lively")
        assert 20 < len(realised(long, brief, First())) <= most
    assert len(realised(KETTLE, Brief(kind="title", longest=20), First())) <= 20


def test_a_reply_takes_up_what_the_review_speaks_of_and_promises_nothing() -> None:
    brief = Brief(kind="reply", review="The colours fade and it is tiny.", stars=1, shop="Tide")
    text = realised(KETTLE, brief, First())
    assert text.startswith("We are sorry that the Harbor kettle")
    assert "You write about the colours: " in text
    assert "order number" in text
    assert "refund" not in text


def test_a_campaign_is_a_calendar_whose_shares_add_up() -> None:
    from datetime import date

    brief = Brief(
        kind="campaign", start=date(2026, 12, 1), end=date(2026, 12, 24), budget=997, shop="Tide"
    )
    steps = campaign.plan(KETTLE, brief, First())
    assert sum(step.budget for step in steps) == 99_700
    assert [step.day for step in steps] == sorted(step.day for step in steps)
    assert steps[0].day == brief.start
    assert steps[-1].day == brief.end
    text = campaign.written(KETTLE, brief, First())
    records = {"plan": campaign.records(KETTLE, brief), "shop": "Tide", "campaign": "2026-12-24"}
    assert not Ledger(KETTLE, records).audit(text).blocking


def test_sizes_in_words_are_offered_and_not_measured() -> None:
    assert fact_of("Size", "Large, Small", "en").measure == "sizes"
    assert fact_of("尺寸", "大号、小号", "zh").measure == "sizes"
    assert fact_of("Size", "70 × 140 cm", "en").measure == "size"
    assert fact_of("尺寸", "三十厘米", "zh").measure == "size"
