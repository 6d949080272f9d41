"""Order files: CSV, JSON, JSON lines, folders; a bad row loses nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.errors import InputError
from bot.orders import checks, files
from bot.orders.checks import Reading
from tests.support.order_files import ANN, raw
from tests.support.workbooks import saved

CSV = """order_id,customer_id,customer_name,email,phone,state,placed_at,currency,total,item,\
item_zh,options,quantity,price,carrier,tracking,shipped_at,city,payment,payment_last
W1,ann,Ann Lee,ann@example.com,+442079460018,shipped,2026-11-20T10:00:00Z,USD,79.90,Kettle,水壶,\
colour=blue; size=M,1,64.00,DHL,123,2026-11-22T18:00:00Z,Leeds,Visa,42
W1,ann,,,,,,,,Tea towel,,,2,7.95,,,,,,
W2,bob,Bob,,,paid,2026-11-21T10:00:00Z,USD,5.00,Mug,,blue,1,5.00,,,,,,
W3,bob,Bob,,,paid,2026-11-21T10:00:00Z,USD,5.00,Mug,,,1,5.00,,,,,,
"""


def written(folder: Path, name: str, content: Any) -> Path:
    path = folder / name
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, encoding="utf-8")
    return path


def test_csv_rows_with_one_id_are_one_order_and_a_bad_row_takes_only_its_own(
    tmp_path: Path,
) -> None:
    found = files.read(written(tmp_path, "orders.csv", CSV))
    assert [row.order["id"] for row in found.rows] == ["W1", "W3"]
    assert [problem.where for problem in found.problems] == ["orders.csv:4"]
    made = checks.order(found.rows[0].order, Reading(), "ann")
    assert [line.name for line in made.lines] == ["Kettle", "Tea towel"]
    assert made.lines[0].names == {"zh": "水壶"}
    assert made.lines[0].options == {"colour": "blue", "size": "M"}
    assert made.shipments[0].tracking == "123"
    assert [event.kind for event in made.events] == ["shipped"]
    assert checks.customer(found.rows[0].customer).email == "ann@example.com"


def test_a_csv_with_a_column_that_nobody_knows_is_refused_by_name(tmp_path: Path) -> None:
    path = written(tmp_path, "orders.csv", CSV.replace("carrier", "carier", 1))
    with pytest.raises(InputError) as caught:
        files.read(path)
    assert "carier" in str(caught.value)


def test_json_takes_customers_apart_or_in_the_order(tmp_path: Path) -> None:
    whole = {
        "customers": [ANN, {"name": "nobody"}],
        "orders": [raw(customer="ann"), raw(customer={"id": "bob"}), raw(), "kettle"],
    }
    found = files.read(written(tmp_path, "shop.json", whole))
    assert [row.customer["id"] for row in found.rows] == ["ann", "bob"]
    assert found.rows[0].customer == ANN
    assert [problem.where for problem in found.problems] == [
        "shop.json, customer 2",
        "shop.json, order 3 (W-1001)",
        "shop.json, order 4",
    ]


def test_a_broken_json_line_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    line = json.dumps(raw(customer="ann"))
    found = files.read(written(tmp_path, "orders.jsonl", f"{line}\n{{oops\n\n{line}\n"))
    assert len(found.rows) == 2
    assert [problem.where for problem in found.problems] == ["orders.jsonl:2"]


def test_a_folder_is_all_its_files(tmp_path: Path) -> None:
    written(tmp_path, "a.csv", CSV)
    written(tmp_path, "b.json", [raw(customer="ann")])
    written(tmp_path, "README.md", "not orders")
    assert len(files.read(tmp_path).rows) == 3


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("orders.xls", "x"),
        ("orders.xlsx", "x"),
        ("orders.json", "{"),
        ("orders.json", '{"products": []}'),
        ("orders.json", "[]"),
        ("orders.csv", "order_id,state\n"),
    ],
)
def test_a_file_that_holds_no_orders_is_refused_with_a_reason(
    tmp_path: Path, name: str, content: str
) -> None:
    with pytest.raises(InputError) as caught:
        files.read(written(tmp_path, name, content))
    assert all(caught.value.message(language) for language in ("en", "zh"))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        files.read(tmp_path / "orders.csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("named", [False, True])
def test_a_csv_is_read_as_spreadsheets_save_it(
    tmp_path: Path, encoding: str, delimiter: str, named: bool
) -> None:
    header = ["Order_ID", "customer_id", "state", "currency", "total", "item", "price", ""]
    row = ["W1", "ann", "paid", "USD", "5.00", "水壶", "5.00", ""]
    text = "\r\n".join([f"sep={delimiter}"] * named + [delimiter.join(header), delimiter.join(row)])
    (tmp_path / "orders.csv").write_bytes(text.encode(encoding))
    found = files.read(tmp_path / "orders.csv")
    assert found.problems == []
    assert found.rows[0].order["items"][0]["name"] == "水壶"


def test_a_broken_csv_row_is_named_and_the_rows_behind_it_are_read(tmp_path: Path) -> None:
    header = "order_id,customer_id,state,currency,total,item,price\n"
    rows = 'W1,ann,paid,USD,5.00,"Mug"s,5.00\nW2,ann,paid,USD,5.00,"A\nmug",5.00\nW3,ann,"paid\n'
    found = files.read(written(tmp_path, "orders.csv", header + rows + "W4,a,paid,USD,1,M,1,1\n"))
    assert [row.order["id"] for row in found.rows] == ["W2"]
    assert [problem.where for problem in found.problems] == [
        "orders.csv:2",
        "orders.csv:5",
        "orders.csv:6",
    ]


def test_a_workbook_is_read_as_a_csv_file_is(tmp_path: Path) -> None:
    header, *rows = [line.split(",") for line in CSV.strip().split("\n")]
    saved(tmp_path / "a.xlsx", Orders=[header, *rows], Notes=[["To do"]])
    found = files.read(tmp_path / "a.xlsx")
    assert [row.order for row in found.rows] == [
        row.order for row in files.read(written(tmp_path, "a.csv", CSV)).rows
    ]
    assert [(each.where, each.key) for each in found.problems] == [
        ("a.xlsx (Orders):4", "orders.bad_options"),
        ("a.xlsx (Notes)", "orders.sheet_left_out"),
    ]
