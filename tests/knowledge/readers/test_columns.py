"""Columns of a product sheet: names as people write them, attributes, currencies."""

from datetime import date
from pathlib import Path

import pytest

from bot.knowledge.entry import Knowledge
from bot.knowledge.readers.columns import Column, column
from tests.support.reading import read_knowledge

TODAY = date(2026, 11, 28)


def read(folder: Path, text: str, **more: str) -> Knowledge:
    (folder / "products.csv").write_text(text, encoding="utf-8")
    for name, other in more.items():
        (folder / name.replace("_", ".")).write_text(other, encoding="utf-8")
    return read_knowledge(folder, TODAY)


def attributes(knowledge: Knowledge) -> dict[tuple[str, str], dict[str, str]]:
    return {
        (each.id.removeprefix("product/"), each.lang): dict(each.facts.attributes)
        for each in knowledge.entries
        if each.facts
    }


def keys(knowledge: Knowledge) -> list[str]:
    return [problem.key.removeprefix("knowledge.") for problem in knowledge.problems]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("  PRODUCT_Name: ", Column("name", "PRODUCT Name")),
        ("name_zh", Column("name", "name", "zh")),
        ("商品名称（英文）", Column("name", "商品名称", "en")),
        ("Price (EUR)", Column("price", "Price", currency="EUR")),
        ("名称 / Name", Column("name", "Name / 名称")),
        ("Reach (cm) / 长度（厘米）", Column("", "Reach / 长度", unit="cm")),
        ("Black/white", Column("", "Black/white")),
        ("价格（元）", Column("price", "价格", currency="CNY")),
        ("Weight in kg", Column("", "Weight", unit="kg")),
        ("Seat height [cm]", Column("", "Seat height", unit="cm")),
        ("Made in Norway", Column("", "Made in Norway")),
        ("Cost price (EUR)", Column("", "Cost price (EUR)", currency="EUR", left_out=True)),
        ("_bin", Column("", "bin", left_out=True)),
        ("(" * 200, Column("", "(" * 100)),
    ],
)
def test_a_header_says_field_language_unit_and_currency(header: str, expected: Column) -> None:
    assert column(header) == expected


def test_columns_beside_ours_are_attributes_and_what_is_left_out_is_named(tmp_path: Path) -> None:
    text = (
        "SKU,Name,名称,Price,Colour,颜色,material_zh,Height (cm),Thread count,Cost,pirce\n"
        "A1,Wool throw,羊毛毯,€12.90,white,白色,羊毛,120,11 per cm,4,9\n"
        "A2,Oak bowl,,15 EUR,brown,,,9.5,,,\n"
    )
    knowledge = read(tmp_path, text)
    assert attributes(knowledge) == {
        ("A1", "en"): {
            "Colour": "white",
            "Material": "羊毛",
            "Height": "120 cm",
            "Thread count": "11 per cm",
        },
        ("A1", "zh"): {
            "颜色": "白色",
            "材质": "羊毛",
            "高度": "120 cm",
            "Thread count": "11 per cm",
        },
        ("A2", "en"): {"Colour": "brown", "Height": "9.5 cm"},
    }
    assert {each.facts.currency for each in knowledge.entries if each.facts} == {"EUR"}
    assert [
        (each.key, each.params.get("field") or each.params["fields"]) for each in knowledge.problems
    ] == [
        ("knowledge.unknown_field", "pirce"),
        (
            "knowledge.columns_as_attributes",
            "Colour, 颜色, material_zh, Height (cm), Thread count",
        ),
        ("knowledge.columns_left_out", "Cost"),
    ]


def test_labels_and_values_are_told_in_both_languages(tmp_path: Path) -> None:
    header = "SKU,Name / 名称,Torque / 扭矩,Grip / 手柄,colour,colour_zh,Attributes,attributes_zh"
    row = "D1,Drill / 电钻,30 Nm,rubber / 橡胶,red,红色,"
    row += "Chuck: 10 mm | Gears: 2,夹头: 10 mm | 档位: 2"
    knowledge = read(tmp_path, f"{header}\n{row}\n")
    assert [entry.title for entry in knowledge.entries] == ["Drill", "电钻"]
    assert attributes(knowledge) == {
        ("D1", "en"): {
            "Chuck": "10 mm",
            "Gears": "2",
            "Torque": "30 Nm",
            "Grip": "rubber",
            "Colour": "red",
        },
        ("D1", "zh"): {
            "夹头": "10 mm",
            "档位": "2",
            "扭矩": "30 Nm",
            "手柄": "橡胶",
            "颜色": "红色",
        },
    }
    assert {problem.severity for problem in knowledge.problems} == {"info"}


def test_attributes_in_one_language_stand_in_both(tmp_path: Path) -> None:
    text = """
- sku: A
  name: {en: Rug, zh: 地毯}
  description: {en: Woven by hand.}
  attributes: {en: {Material: wool, Pile: 8 mm}}
- sku: B
  name: {en: Bowl, zh: 碗}
  attributes: {en: {Material: oak, Weight: 1 kg, Use: salad}, zh: {材质: 橡木, 用途: 沙拉}}
- sku: C
  name: {en: Cup, zh: 杯}
  attributes: {material: {zh: 瓷}}
"""
    knowledge = read(tmp_path, "sku,name\nD,Jug\n", products_yaml=text)
    found = attributes(knowledge)
    assert found["A", "zh"] == {"材质": "wool", "Pile": "8 mm"}
    assert found["B", "zh"] == {"材质": "橡木", "用途": "沙拉", "重量": "1 kg"}
    assert found["C", "en"] == {"Material": "瓷"}
    assert "Woven by hand." in next(each.answer for each in knowledge.entries if each.lang == "zh")


@pytest.mark.parametrize(
    ("header", "price", "expected"),
    [
        ("price", "€12.90", "EUR"),
        ("price", "12.90 EUR", "EUR"),
        ("price", "¥30", "CNY"),
        ("price", "RMB 30", "CNY"),
        ("价格（日元）", "3000", "JPY"),
        ("Price GBP", "30", "GBP"),
    ],
)
def test_a_price_tells_its_currency(tmp_path: Path, header: str, price: str, expected: str) -> None:
    knowledge = read(tmp_path, f"sku,name,{header}\nA,Cup,{price}\n")
    [entry] = knowledge.entries
    assert entry.facts is not None
    assert (entry.facts.currency, keys(knowledge)) == (expected, [])


def test_a_currency_is_assumed_once_and_said_to_be_unless_the_shop_says_it(tmp_path: Path) -> None:
    text = "sku,name,price\nA,Cup,12\nB,Jug,13\n"
    knowledge = read(tmp_path, text, more_csv="sku,name,price\nC,Mug,14\n")
    assert keys(knowledge) == ["currency_assumed"]
    assert "currency: EUR" in knowledge.problems[0].message("en")
    knowledge = read(tmp_path, text, shop_yaml="currency: eur\n")
    assert knowledge.problems == ()
    assert {each.facts.currency for each in knowledge.entries if each.facts} == {"EUR"}


def test_a_dollar_is_the_shops_own(tmp_path: Path) -> None:
    text = "sku,name,price\nA,Pot,$9\nB,Pan,¥9\nC,Cup,€9\n"
    knowledge = read(tmp_path, text, shop_yaml="currency: CAD\n")
    found = [each.facts.currency for each in knowledge.entries if each.facts]
    assert found == ["CAD", "CNY", "EUR"]


def test_a_price_that_contradicts_its_currency_is_refused(tmp_path: Path) -> None:
    knowledge = read(tmp_path, "sku,name,price,currency\nA,Cup,€12,USD\nB,Jug,$12,CAD\n")
    assert [each.id for each in knowledge.entries] == ["product/B"]
    assert keys(knowledge) == ["field_currency"]
