"""Variants and pictures as they are written in product files, and what is said to what is wrong."""

from pathlib import Path

import pytest

from bot.knowledge.documents import read_knowledge
from bot.knowledge.entry import Facts, Knowledge
from tests.support.outfitter import TODAY

WHITE = (("Colour", "white"), ("Size", "M"))


def written(folder: Path, name: str, text: str) -> Knowledge:
    """What is read of one file."""
    (folder / name).write_text(text, encoding="utf-8")
    return read_knowledge(folder, TODAY)


def facts(knowledge: Knowledge) -> Facts:
    """The fields of its first product."""
    found = knowledge.entries[0].facts
    assert found is not None
    return found


@pytest.mark.parametrize(
    "cell",
    [
        '"colour: white, size: M, stock: 4 | colour: navy, size: M, stock: 0, price: 80"',
        '"[{""colour"": ""white"", ""size"": ""M"", ""stock"": 4},'
        ' {""colour"": ""navy"", ""size"": ""M"", ""stock"": 0, ""price"": 80}]"',
    ],
)
def test_a_cell_holds_variants_in_words_or_as_json(tmp_path: Path, cell: str) -> None:
    read = facts(written(tmp_path, "p.csv", f"sku,name,price,variants\nA,Robe,72,{cell}\n"))
    white, navy = read.variants
    assert (white.options, white.stock, white.price) == (WHITE, 4, None)
    assert (navy.stock, navy.price) == (0, "80")
    assert (read.price, read.stock) == ("72", 4)
    assert read.attributes == (("Colour", "white, navy"), ("Size", "M"))


def test_options_have_both_languages_and_give_the_least_price(tmp_path: Path) -> None:
    read = written(
        tmp_path,
        "p.yaml",
        "- sku: A\n"
        "  name: {en: Robe, zh: 浴袍}\n"
        "  variants:\n"
        "    - {colour: {en: white, zh: 白色}, stock: 2, price: 72}\n"
        "    - {colour: {en: navy, zh: 藏青色}, price: 60}\n",
    )
    (english, chinese) = (each.facts for each in read.entries)
    assert english is not None
    assert chinese is not None
    assert english.variants[0].options == (("Colour", "white"),)
    assert chinese.variants[1].options == (("颜色", "藏青色"),)
    assert (english.price, english.stock) == ("60", None)  # one does not say how many there are


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        (
            "variants",
            '"Colour / 颜色: white / 白色, 库存: 3 | Colour / 颜色: navy / 藏青色, 库存: 0"',
        ),
        (
            "variants",
            '"colour: white, colour_zh: 白色, stock: 3 |'
            ' colour: navy, colour_zh: 藏青色, stock: 0"',
        ),
        (
            "variants,variants_zh",
            '"colour: white, stock: 3 | colour: navy, stock: 0",颜色：白色 | 颜色：藏青色',
        ),
    ],
)
def test_options_are_told_in_both_languages_in_cells_too(
    tmp_path: Path, header: str, cells: str
) -> None:
    text = f"sku,name,name_zh,price,{header}\nA,Robe,浴袍,€72,{cells}\n"
    knowledge = written(tmp_path, "p.csv", text)
    english, chinese = (each.facts for each in knowledge.entries)
    assert english is not None
    assert chinese is not None
    assert [each.options for each in english.variants] == [
        (("Colour", "white"),),
        (("Colour", "navy"),),
    ]
    assert [each.options for each in chinese.variants] == [
        (("颜色", "白色"),),
        (("颜色", "藏青色"),),
    ]
    assert [each.stock for each in chinese.variants] == [3, 0]
    assert knowledge.problems == ()


def test_variants_that_do_not_go_one_by_one_are_named(tmp_path: Path) -> None:
    text = "sku,name,name_zh,variants,variants_zh\nA,Robe,浴袍,size: M | size: L,尺码: M\n"
    [problem] = written(tmp_path, "p.csv", text).problems
    assert problem.key == "knowledge.field_variants_apart"


def test_a_card_tells_which_variants_are_sold_out(tmp_path: Path) -> None:
    read = written(
        tmp_path,
        "p.jsonl",
        '{"sku": "A", "name": "Robe", "variants": [{"size": "M", "stock": 1},'
        ' {"size": "L", "stock": 0}]}\n',
    )
    assert "Sold out of these: L" in read.entries[0].answer


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ('"variants": "white"', 'variants must be a list such as "colour: white'),
        ('"variants": [{"stock": 3}]', "In variants[1], no option such as a colour or a size"),
        (
            '"variants": [{"size": "M"}, {"size": "L", "stock": -1}]',
            "The field variants[2].stock must be a number",
        ),
        ('"variants": [{"size": ["M"]}]', "The field variants[1] must be a list such as"),
        ('"image": "http://x.example/a.jpg"', "image must be the address of a picture"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, field: str, said: str) -> None:
    read = written(tmp_path, "p.jsonl", f'{{"sku": "A", "name": "Robe", {field}}}\n')
    (problem,) = read.problems
    assert (problem.line, problem.severity) == (1, "error")
    assert said in problem.message("en")
    assert problem.message("zh") != problem.key


def test_a_picture_is_kept(tmp_path: Path) -> None:
    text = "- sku: A\n  name: Robe\n  image: https://x.example/robe.jpg\n"
    assert facts(written(tmp_path, "p.yaml", text)).image == "https://x.example/robe.jpg"


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ('"€ 1.299,00"', "1299.00"),
        ('"14,95"', "14.95"),
        ('"1,299"', "1299"),
        ("14.95 EUR", "14.95"),
        ('"1,234.50 €"', "1234.50"),
        ("12", "12"),
    ],
)
def test_price_is_read_as_shops_write_it(tmp_path: Path, price: str, expected: str) -> None:
    read = written(tmp_path, "p.csv", f"sku,name,price,currency\nA,Robe,{price},EUR\n")
    assert facts(read).price == expected


@pytest.mark.parametrize("name", ["p.csv", "p.yaml"])
def test_price_that_may_be_two_is_refused(tmp_path: Path, name: str) -> None:
    texts = {
        "p.csv": "sku,name,price,currency\nA,Robe,1.299,EUR\nB,Mill,1.299,KWD\n",
        "p.yaml": "- {sku: A, name: Robe, price: 1.299, currency: EUR}\n"
        "- {sku: B, name: Mill, price: 1.299, currency: KWD}\n",
    }
    read = written(tmp_path, name, texts[name])
    assert [entry.id for entry in read.entries] == ["product/B"]
    assert [problem.key for problem in read.problems] == ["knowledge.field_price"]


def test_price_in_words_is_an_error_and_tags_may_have_commas(tmp_path: Path) -> None:
    text = 'sku,name,price,tags\nA,Robe,soon,"robes, bath"\nB,Mill,5,"mills; kitchen"\n'
    read = written(tmp_path, "p.csv", text)
    assert [problem.key for problem in read.problems] == [
        "knowledge.field_number",
        "knowledge.currency_assumed",
    ]
    assert [entry.tags for entry in read.entries] == [("mills", "kitchen")]
