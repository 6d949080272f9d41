"""A variant's stock is its own: which is meant, what is left of it, what it costs."""

from functools import cache

import pytest

from bot.catalogue.table import Table
from bot.knowledge.documents import read_knowledge
from tests.support.outfitter import TODAY, answer
from tests.support.paths import DATA


@cache
def bath() -> Table:
    """A robe in two colours and sizes, a towel in two colours, and one without variants."""
    return Table(read_knowledge(DATA / "variants", TODAY).entries)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("is the white XL robe available", "Harbor waffle bathrobe: white XL: in stock (3)."),
        ("is the navy robe in M in stock", "Harbor waffle bathrobe: navy M: sold out right now."),
        (
            "do you have the robe in XL",
            "Harbor waffle bathrobe: white XL ($72.00): in stock (3), navy XL ($80.00): sold out"
            " right now.",
        ),
        (
            "how much is the navy robe in XL",
            "Harbor waffle bathrobe: navy XL ($80.00): sold out right now.",
        ),
        ("towels in sea blue", "Shore bath towel: sea blue: sold out right now."),
        (
            "浴袍有XL的吗",
            "海港华夫格浴袍：白色 XL（72.00 美元）：有货（3 件），"
            "藏青色 XL（80.00 美元）：暂时售罄。",
        ),
        ("浴巾沙色还有货吗", "海岸浴巾：沙色：有货（7 件）。"),
    ],
)
def test_the_variant_that_is_named_is_told_of(text: str, said: str) -> None:
    assert answer(bath(), text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("how many left in sand", "Shore bath towel: sand: in stock (7)."),
        (
            "which colours are in stock",
            "Shore bath towel: sand: in stock (7), sea blue: sold out right now.",
        ),
        ("is it in stock", "Shore bath towel: in stock (7)."),
    ],
)
def test_what_was_told_is_asked_for_its_variants(text: str, said: str) -> None:
    assert answer(bath(), text, "TOW-1") == said


def test_the_stock_of_one_option_is_that_of_all_its_variants() -> None:
    said = answer(bath(), "what sizes do you have left", "ROB-1")
    assert said == "Harbor waffle bathrobe: M: in stock (4), XL: in stock (3)."


def test_options_that_do_not_come_together_are_said_so() -> None:
    said = answer(bath(), "do you have it in sea blue in XL", "ROB-1")
    assert said == "I don't see “sea blue” for Harbor waffle bathrobe. Colour: white, navy."


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("I'd like to order 10 bath towels in sand", "sand: only 7 in stock, not 10"),
        ("40 hand towels", "only 30 in stock, not 40"),
        ("20 hand towels", "in stock (30)"),
        ("要10条海岸浴巾", "库存只有 7 件，不足 10 件"),
    ],
)
def test_more_than_there_is_is_said_so(text: str, part: str) -> None:
    assert part in answer(bath(), text)
