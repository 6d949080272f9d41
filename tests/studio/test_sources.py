"""Items come from shops' exports and from the plain shape, in either language."""

import json
from pathlib import Path

import pytest

from bot.errors import InputError
from bot.studio.sources import read_file

SHOPIFY = """Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,\
Variant SKU,Variant Price,Status
robe,Waffle robe,<p>Light &amp; soft.</p>,Tide,Robes,"bath, gift",true,Size,S,R-S,72.00,active
robe,,,,,,,Size,M,R-M,72.00,active
mug,Stone mug,,Tide,Mugs,,true,Title,Default Title,M-1,16.00,active
"""
WOOCOMMERCE = """ID,Type,SKU,Name,Published,Description,Regular price,Categories,\
Attribute 1 name,Attribute 1 value(s)
7,simple,LMP-1,Buoy lamp,1,<p>For the desk.</p>,44,Home > Lamps,Material,oak
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_an_export_of_shopify_gives_a_product_with_its_options(tmp_path: Path) -> None:
    items, problems = read_file(written(tmp_path, "shopify.csv", SHOPIFY))
    robe, mug = items
    assert (robe.sku, robe.name, robe.category) == ("robe", "Waffle robe", "Robes")
    assert dict(robe.attributes) == {"Brand": "Tide", "Size": "S, M"}
    assert robe.description == "Light & soft."
    assert (mug.sku, mug.price) == ("M-1", "16.00")
    assert all("currency" in each for each in problems)


def test_an_export_of_woocommerce_gives_a_product(tmp_path: Path) -> None:
    (lamp,), _ = read_file(written(tmp_path, "woo.csv", WOOCOMMERCE))
    assert (lamp.sku, lamp.category, lamp.price) == ("LMP-1", "Lamps", "44")
    assert lamp.attributes == (("Material", "oak"),)


def test_the_plain_shape_is_read_with_english_and_chinese_keys(tmp_path: Path) -> None:
    rows = [
        {
            "title": "Wool hat",
            "category": "Hats",
            "attributes": {"Colour": ["red", "blue"], "Washable": True},
            "description": "A hat.",
        },
        {"标题": "羊毛帽", "类目": "帽子", "属性": {"材质": "羊毛"}, "价格": "¥ 99"},
        {"商品名称": "围巾", "参数": [{"name": "颜色", "value": "红色"}]},
    ]
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (hat, chinese, scarf), problems = read_file(written(tmp_path, "items.jsonl", text))
    assert not problems
    assert hat.attributes == (("Colour", "red, blue"), ("Washable", "yes"))
    assert (hat.language, hat.sku) == ("en", "row-1")
    assert (chinese.language, chinese.category, chinese.price) == ("zh", "帽子", "99")
    assert chinese.currency == "CNY"
    assert scarf.attributes == (("颜色", "红色"),)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.json", '[{"title": "Hat"},', "a.json:1"),
        ("a.jsonl", '{"title": "Hat"}\n{"attributes": 3}', ""),
        ("a.json", '[{"attributes": {"Colour": "red"}}]', "no title"),
        ("a.json", '[{"title": "Hat", "attributes": "red"}]', "no map"),
        ("a.csv", "sku,name\n", "a.csv"),
        ("a.exe", "x", "kind"),
    ],
)
def test_a_bad_file_is_named_with_its_line(tmp_path: Path, name: str, text: str, said: str) -> None:
    path = written(tmp_path, name, text)
    if said:
        with pytest.raises(InputError, match=said):
            read_file(path)
    else:
        items, problems = read_file(path)
        assert len(items) == 1
        assert problems[0].startswith("a.jsonl:2: ")
