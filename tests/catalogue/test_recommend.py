"""Ideas: what fits the price and the words, in stock."""

from bot.catalogue.acts import Recommend
from tests.support.outfitter import asked, demo_table, outfitter


def test_the_price_is_kept_and_nothing_sold_out_is_recommended() -> None:
    table = demo_table()
    act = asked(table, "recommend something for a housewarming under $70")
    assert isinstance(act, Recommend)
    products = [table.products[table.places[sku]] for sku in act.skus]
    assert products
    assert all(each.price is not None and each.price < 70 and each.stock for each in products)


def test_gifts_come_first_where_nothing_else_is_said() -> None:
    act = asked(demo_table(), "i need a gift for my mum, around 50 dollars")
    assert isinstance(act, Recommend)
    assert act.skus[0] == "JT-GIF-01"


def test_words_are_kept() -> None:
    act = asked(outfitter(), "can you recommend a tent")
    assert isinstance(act, Recommend)
    assert set(act.skus) == {"TE-01", "TE-02"}
