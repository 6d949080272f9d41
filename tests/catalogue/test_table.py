"""The catalogue as a table: what leads to a product, and how strongly."""

import pytest

from bot.catalogue.product import word_of
from bot.catalogue.table import Table
from bot.language.measures import measure_of
from tests.support.outfitter import demo_table, outfitter


def skus(table: Table, places: object) -> list[str]:
    return [table.products[int(place)].sku for place in places]  # type: ignore[attr-defined]


def test_a_tag_and_the_end_of_a_name_are_exact() -> None:
    table = demo_table()
    assert skus(table, table.exact[word_of("kettles")]) == ["JT-KET-01", "JT-KET-02", "JT-KET-03"]
    assert skus(table, table.exact["gift set"]) == ["JT-GIF-01", "JT-GIF-02", "JT-GIF-03"]
    assert skus(table, table.exact["羽绒枕"]) == ["JT-PIL-01"]


def test_values_and_descriptions_are_weaker() -> None:
    table = outfitter()
    assert skus(table, table.valued["orang"]) == ["HB-02"]
    assert "porch" in table.told
    assert "porch" not in table.named


def test_a_chinese_colour_brings_its_family() -> None:
    table = demo_table()
    assert "JT-MUG-01" in skus(table, table.valued["蓝色"])  # 海蓝


def test_american_spelling_finds_british() -> None:
    assert word_of("color") == word_of("colour")


@pytest.mark.parametrize(
    ("label", "measure"),
    [
        ("Colours", "colour"),
        ("颜色", "colour"),
        ("Burning time", "duration"),
        ("Water column", "water column"),
    ],
)
def test_labels_have_a_meaning(label: str, measure: str) -> None:
    assert measure_of(label) == measure


def test_the_end_of_a_long_word_is_known() -> None:
    assert demo_table().compounds[word_of("robe")] == word_of("bathrobe")


def test_a_catalogue_without_products_is_empty() -> None:
    table = Table(())
    assert not table.products
    assert table.currency == ""
