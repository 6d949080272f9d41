"""What a message asks of a catalogue: acts, and what is none of the catalogue's business."""

import pytest

from bot.catalogue.acts import AskProduct, Compare, FindProducts, Recommend
from tests.support import plants
from tests.support.outfitter import asked, demo_table, outfitter


@pytest.mark.parametrize(
    ("text", "skus", "measures"),
    [
        ("how heavy is the aurora tent", ("TE-01",), ("weight",)),
        ("how much does the 45 litre pack cost", ("HB-01",), ("price",)),
        ("is the ember jacket in stock", ("JA-02",), ("stock",)),
        ("how bright is the headlamp", ("HL-01",), ("brightness",)),
        ("how long does the headlamp last", ("HL-01",), ("duration",)),
        ("what brand is the courier bag", ("HB-03",), ("brand",)),
        ("how many people does the basecamp tent sleep", ("TE-02",), ("sleeps",)),
        ("price of ridgline backpack", ("HB-01",), ("price",)),
    ],
)
def test_an_attribute_is_asked(text: str, skus: tuple[str, ...], measures: tuple[str, ...]) -> None:
    act = asked(outfitter(), text)
    assert isinstance(act, AskProduct)
    assert (act.skus, act.measures) == (skus, measures)
    assert act.sure


@pytest.mark.parametrize(
    ("text", "skus"),
    [
        ("which backpacks do you have under 100 euros", ("HB-02",)),
        ("bottles over 600 ml", ("BO-01",)),
        ("a 750 ml bottle", ("BO-01",)),
        ("0.5 litre bottle", ("BO-02",)),
        ("northpeak backpacks", ("HB-01", "HB-02")),
        ("anything for camping under 50", ("ST-01",)),
        ("show me something waterproof", ("HB-03", "SH-01")),
    ],
)
def test_products_are_found(text: str, skus: tuple[str, ...]) -> None:
    act = asked(outfitter(), text)
    assert isinstance(act, FindProducts)
    assert act.skus == skus


@pytest.mark.parametrize(
    ("text", "skus"),
    [
        ("30块以下的杯子有哪些", ("JT-MUG-01", "JT-MUG-02")),
        ("有没有100块以内的被套", ("JT-DUV-02",)),
        ("70x150 rug", ("JT-RUG-02",)),
        ("towels between 20 and 40 dollars", ("JT-TOW-01", "JT-TOW-03")),
    ],
)
def test_products_are_found_in_both_languages(text: str, skus: tuple[str, ...]) -> None:
    act = asked(demo_table(), text)
    assert isinstance(act, FindProducts)
    assert act.skus == skus


def test_nothing_that_fits_brings_the_nearest() -> None:
    act = asked(demo_table(), "mugs under 10")
    assert isinstance(act, FindProducts)
    assert (act.skus, act.near) == ((), ("JT-MUG-01",))


def test_a_value_that_is_missing_is_known_as_missing() -> None:
    act = asked(demo_table(), "does the tideline mug come in green?")
    assert isinstance(act, AskProduct)
    assert act.skus == ("JT-MUG-01",)
    assert [each.text for each in act.missed] == ["green"]


@pytest.mark.parametrize(
    "text",
    [
        *("can I return a kettle?", "where is my kettle?", "my mug arrived broken"),
        *("whats the warranty on the lamp", "do you price match amazon", "what if I buy 50 mugs"),
        *("can I pay with paypal", "how long does delivery take", "thanks", "???"),
        *("铁锅生锈了咋办", "马克杯可以退吗", "我的水壶到哪了", "什么时候发货"),
        *("I do not want a kettle", "recommend a good sci-fi movie", "推荐一部科幻电影"),
    ],
)
def test_what_is_about_something_else_is_left_alone(text: str) -> None:
    assert asked(demo_table(), text) is None


@pytest.mark.parametrize(
    ("text", "told", "skus", "measures"),
    [
        ("how tall is it", ("JT-LAM-02",), ("JT-LAM-02",), ("height",)),
        ("how much", ("JT-ROB-01",), ("JT-ROB-01",), ("price",)),
        ("what colours", ("JT-PAN-02",), ("JT-PAN-02",), ("colour",)),
        ("多少钱", ("JT-ROB-01", "JT-ROB-02"), ("JT-ROB-01", "JT-ROB-02"), ("price",)),
        ("how big is the washable one", ("JT-RUG-01", "JT-RUG-02"), ("JT-RUG-02",), ("size",)),
        ("how much is the second one", ("JT-KET-02", "JT-KET-01"), ("JT-KET-01",), ("price",)),
    ],
)
def test_a_follow_up_is_about_what_was_told(
    text: str, told: tuple[str, ...], skus: tuple[str, ...], measures: tuple[str, ...]
) -> None:
    act = asked(demo_table(), text, *told)
    assert isinstance(act, AskProduct)
    assert (act.skus, act.measures) == (skus, measures)


def test_red_is_asked_of_what_was_told_also_after_a_turn_on_something_else() -> None:
    act = asked(demo_table(), "有红色的吗", "JT-MUG-01", age=1)
    assert isinstance(act, AskProduct)
    assert act.skus == ("JT-MUG-01",)
    assert act.missed


def test_red_without_anything_told_is_a_search() -> None:
    act = asked(demo_table(), "do you have anything in red", "JT-MUG-01")
    assert act is not None
    assert "JT-KET-02" in act.skus


def test_another_product_is_asked_the_same() -> None:
    table = demo_table()
    assert asked(table, "and the pan?", "JT-LAM-01", age=1) is None  # the lamp was long ago
    assert asked(table, "and the pan?") is None


def test_others_leave_out_what_was_told() -> None:
    act = asked(demo_table(), "what other kettles do you have", "JT-KET-03")
    assert act is not None
    assert act.skus == ("JT-KET-01", "JT-KET-02")


def test_a_price_alone_is_about_the_sort_of_thing_told() -> None:
    act = asked(demo_table(), "那30块以下的呢", "JT-MUG-01")
    assert isinstance(act, FindProducts)
    assert act.skus == ("JT-MUG-01", "JT-MUG-02")
    act = asked(demo_table(), "anything under 20", "JT-MUG-01")
    assert isinstance(act, FindProducts)
    assert act.skus == ("JT-MUG-01",)


def test_how_much_alone_is_nothing_after_a_turn_on_something_else() -> None:
    assert asked(demo_table(), "how much", "JT-LAM-02", age=1) is None


def test_it_without_anything_told_asks_which() -> None:
    act = asked(demo_table(), "how tall is it")
    assert isinstance(act, AskProduct)
    assert act.skus == ()


def test_what_no_shop_word_names_is_unknown_where_it_is_asked_for_sale() -> None:
    act = asked(demo_table(), "do you sell laptops?")
    assert isinstance(act, FindProducts)
    assert act.unknown == ("laptops",)
    assert asked(demo_table(), "do you have a branch in London") is None


def test_comparisons_and_ideas_are_acts_of_their_own() -> None:
    assert isinstance(asked(outfitter(), "compare the two tents"), Compare)
    assert isinstance(asked(outfitter(), "recommend a gift for a hiker under 60"), Recommend)


def test_a_catalogue_without_products_is_asked_nothing() -> None:
    from bot.catalogue.table import Table

    assert asked(Table(()), "how much is the kettle") is None


def test_a_message_that_names_everything_is_no_question() -> None:
    assert asked(demo_table(), "kettle mug lamp " * 20) is None


def test_one_clear_question_on_what_was_told_is_sure_though_it_is_not_said() -> None:
    act = asked(demo_table(), "what does it smell like", "JT-LAM-02")
    assert isinstance(act, AskProduct)
    assert (act.measures, act.sure) == (("scent",), True)
    act = asked(demo_table(), "what does it smell like", "JT-LAM-02", age=1)
    assert act is None or not act.sure


@pytest.mark.parametrize("text", ["does it come in purple", "有紫色的吗"])
def test_a_colour_that_nothing_has_is_missing_of_what_was_told(text: str) -> None:
    act = asked(demo_table(), text, "JT-MUG-01")
    assert isinstance(act, AskProduct)
    assert act.skus == ("JT-MUG-01",)
    assert len(act.missed) == 1


@pytest.mark.parametrize(
    ("text", "count"), [("50 mugs", 50), ("我要两个马克杯", 2), ("tideline mug", 0)]
)
def test_how_many_are_wanted(text: str, count: int) -> None:
    act = asked(demo_table(), text)
    assert isinstance(act, AskProduct | FindProducts)
    assert act.count == count


def test_what_something_is_for_is_not_what_is_looked_for() -> None:
    act = plants.asked("what soil do i need for the cactus")
    assert act is not None
    assert act.skus == ("PL-4",)


def test_a_word_of_asking_is_no_word_of_a_description() -> None:
    told = plants.answer("when is the watering can back in stock?")
    assert told.startswith("Watering can:")
