"""A variant's stock is its own: which is meant, what is left of it, what it costs."""

from functools import cache

import pytest

from bot.catalogue.table import Table
from bot.knowledge.documents import read_knowledge
from tests.support import bikes, hardware, plants
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
        (
            "is the robe in M in stock in white or navy",
            "Harbor waffle bathrobe: white M: in stock (4), navy M: sold out right now.",
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


@pytest.mark.parametrize(
    ("text", "told", "said"),
    [
        ("1/2 in stock?", ("HO-1", "HO-2"), "Reel garden hose: 1/2: sold out right now."),
        ("do you have the 3/4 in stock", ("HO-1",), "Reel garden hose: 3/4: in stock (5)."),
        ("do you have 3/4 hoses", (), "Reel garden hose: 3/4: in stock (5)."),
        ("1/2的有货吗", ("HO-1", "HO-2"), "卷盘水管：1/2：暂时售罄。"),
        ("那3/4呢", ("HO-1", "HO-2"), "卷盘水管：3/4：有货（5 件）。"),
        ("is 16-20 in stock", ("RP-1",), "Braided rope: 16-20: sold out right now."),
        ("and in C?", ("RP-1",), "Braided rope: C: in stock (1)."),
        ("and in C#?", ("RP-1",), "Braided rope: C#: in stock (2)."),
    ],
)
def test_options_written_with_signs_are_told_of(
    text: str, told: tuple[str, ...], said: str
) -> None:
    assert hardware.answer(text, *told) == said


@pytest.mark.parametrize("text", ["1/16 in stock?", "do you have it in D#"])
def test_an_option_that_nothing_comes_in_is_not_on_stock(text: str) -> None:
    assert "says nothing of “" in hardware.answer(text, "RP-1")


@pytest.mark.parametrize(
    ("text", "told"), [("and in orange?", ("CU-1",)), ("is the cushion available in orange", ())]
)
def test_an_option_goes_before_a_name_like_it(text: str, told: tuple[str, ...]) -> None:
    assert hardware.answer(text, *told) == "Bench cushion: burnt orange: in stock (4)."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("can it run on batteries", "Creek pump: Supply: adapter or 4 AA batteries."),
        ("能用电池吗", "小溪水泵：供电：电源或 4 节电池。"),
        ("does it have a float connector", "Creek pump: Float socket: yes."),
    ],
)
def test_a_value_says_what_is_asked_by_a_label_of_others(text: str, said: str) -> None:
    assert hardware.answer(text, "PU-1") == said


def test_what_has_no_loudness_is_put_in_order_by_its_power() -> None:
    assert hardware.answer("which pump is the loudest") == "River pump: $90.00, Wattage: 80 W."


@pytest.mark.parametrize(
    ("text", "told", "said"),
    [
        ("chain oil 400 ml", "", "- Chain oil: 400 ml ($17.90): sold out right now"),
        ("how much is the 400 ml", "OIL", "- Chain oil: 400 ml ($17.90): sold out right now"),
        ("链条油400毫升多少钱", "", "链条油：400 ml（17.90 美元）：暂时售罄。"),
        ("how much is the lock only", "LK-1", "Oak D-lock: lock only ($39.00): in stock (4)."),
        (
            "how much is the chain oil",
            "",
            "Chain oil: 100 ml ($6.90): in stock (12), 400 ml ($17.90): sold out right now.",
        ),
        ("anything for the chain under 20", "", "Chain oil: $6.90 to $17.90"),
    ],
)
def test_a_price_is_of_the_variant_that_is_named_else_of_all(
    text: str, told: str, said: str
) -> None:
    assert said in bikes.answer(text, *filter(None, [told]))


@pytest.mark.parametrize(
    ("text", "told", "said"),
    [
        ("浇水壶有黑色的吗", (), "浇水壶：black：有货（11 件）。"),
        ("有黑色的吗", ("PL-6",), "浇水壶：black：有货（11 件）。"),
    ],
)
def test_a_colour_in_english_is_found_by_its_chinese_name(
    text: str, told: tuple[str, ...], said: str
) -> None:
    assert plants.answer(text, *told) == said


def test_an_option_stays_in_mind() -> None:
    assert "M: sold out" in plants.answer("when is it back", "PL-7", options=("m",))
    assert plants.answer("is the S in stock", "PL-7", options=("m",)).count("sold out") == 0
