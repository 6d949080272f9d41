"""Products as Shopify and WooCommerce export them."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from bot.knowledge.entry import Entry, Knowledge
from tests.support.paths import ROOT
from tests.support.reading import read_knowledge

EXPORTS = ROOT / "tests" / "data" / "exports"


def read(folder: Path, name: str) -> tuple[Knowledge, dict[str, Entry]]:
    shutil.copy(EXPORTS / name, folder)
    (folder / "shop.yaml").write_text("currency: EUR\n", encoding="utf-8")
    knowledge = read_knowledge(folder, date(2026, 11, 28))
    return knowledge, {each.id: each for each in knowledge.entries}


def test_shopify_rows_are_joined_to_products_with_variants(tmp_path: Path) -> None:
    knowledge, entries = read(tmp_path, "shopify.csv")
    assert list(entries) == ["product/linen-robe", "product/MUG-1"]
    robe, mug = (each.facts for each in entries.values())
    assert robe is not None
    assert mug is not None
    assert (robe.description, robe.category, robe.price, robe.currency, robe.stock) == (
        "Soft linen, washed.",
        "Robe",
        "72.00",
        "EUR",
        4,
    )
    assert robe.image == "https://cdn.shop.example/r.jpg"
    assert dict(robe.attributes) == {
        "Brand": "Fern",
        "Fabric": "linen, cotton",
        "Colour": "White",
        "Size": "M, L",
    }
    assert [(each.options[1][1], each.stock, each.price) for each in robe.variants] == [
        ("M", 4, None),
        ("L", 0, "75.00"),
    ]
    assert (mug.price, mug.stock, mug.variants) == ("14.00", 12, ())
    assert [(each.key, each.params["fields"]) for each in knowledge.problems] == [
        ("knowledge.not_published", "Old Thing")
    ]


def test_woocommerce_variations_are_joined_to_their_product(tmp_path: Path) -> None:
    knowledge, entries = read(tmp_path, "woocommerce.csv")
    assert list(entries) == ["product/hoodie", "product/album"]
    hoodie, album = (each.facts for each in entries.values())
    assert hoodie is not None
    assert album is not None
    assert (hoodie.description, hoodie.category, hoodie.price) == (
        "Warm. Made of cotton.",
        "Hoodies",
        "35",
    )
    assert dict(hoodie.attributes) == {"Colour": "Blue, Green", "Weight": "0.4 kg"}
    assert [(each.options, each.stock) for each in hoodie.variants] == [
        ((("Colour", "Blue"),), 3),
        ((("Colour", "Green"),), 0),
    ]
    assert (album.price, album.stock) == ("15", None)
    assert ("knowledge.not_published", "Draft thing") in [
        (each.key, each.params["fields"]) for each in knowledge.problems
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_not_published_is_named_in_both_languages(tmp_path: Path, language: str) -> None:
    knowledge, _ = read(tmp_path, "shopify.csv")
    assert "Old Thing" in knowledge.problems[0].message(language)
