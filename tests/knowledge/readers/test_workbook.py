"""Spreadsheets: what a person sees in them is read, what is not is named."""

import zipfile
from datetime import date
from pathlib import Path

import pytest
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet

from bot.knowledge.entry import Knowledge
from tests.support.reading import read_knowledge
from tests.support.workbooks import saved, with_part

FAQ: list[list[object]] = [["Question", "Answer"], ["Do you have a shop?", "No."]]
FORMATS = {"A4": "00000", "D4": r'0.0\ "kg"', "E4": "0%", "F4": r"#,##0.00\ [$€-407]"}
LAUGHS = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha" * 99}">' for n in range(9))
SHEET = "xl/worksheets/sheet1.xml"


def read(folder: Path) -> Knowledge:
    return read_knowledge(folder, date(2026, 11, 22))


def told(knowledge: Knowledge) -> list[tuple[str, str, object]]:
    return [
        (p.where, p.key.removeprefix("knowledge."), p.params.get("found"))
        for p in knowledge.problems
        if p.severity != "info"
    ]


def test_products_keep_what_the_format_of_a_cell_says(tmp_path: Path) -> None:
    def formats(sheet: Worksheet) -> None:
        for place, form in FORMATS.items():
            sheet[place].number_format = form
        sheet.merge_cells("A1:C1")
        sheet.merge_cells("C3:C4")

    saved(
        tmp_path / "products.xlsx",
        formats,
        Products=[
            ["Spring list"],
            ["SKU", "Name", "Category", "Weight", "Wool", "Price", "valid until"],
            ["A1", "Wool throw", "Throws", 2, 1, 30, date(2027, 1, 31)],
            [42, "Thin throw", None, 1.5, 0.2, 12.9, None],
        ],
    )
    knowledge = read(tmp_path)
    first, second = knowledge.entries
    assert (first.id, first.valid_until) == ("product/A1", date(2027, 1, 31))
    assert second.facts is not None
    assert (second.id, second.facts.category) == ("product/00042", "Throws")
    assert (second.facts.price, second.facts.currency) == ("12.9", "EUR")
    assert dict(second.facts.attributes) == {"Weight": "1.5 kg", "Wool": "20%"}
    assert told(knowledge) == [
        ("products.xlsx", "rows_above_header", "Spring list"),
        ("products.xlsx", "currency_assumed", None),
    ]


def test_each_sheet_is_read_and_what_is_hidden_is_named(tmp_path: Path) -> None:
    def hide(sheet: Worksheet) -> None:
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["C"].hidden = True
        assert sheet.parent is not None
        sheet.parent["Old"].sheet_state = "hidden"

    saved(
        tmp_path / "shop.xlsx",
        hide,
        FAQ=[["Question", "Answer", "tags"], ["A shop?", "No.", "x"], ["A secret?", "Yes.", "x"]],
        产品=[["货号", "名称", "价格"], ["B1", "羊毛毯", "¥30"]],
        Notes=[["To do"], ["Call Ann"]],
        Old=FAQ,
    )
    knowledge = read(tmp_path)
    assert [(entry.id, entry.source, entry.tags) for entry in knowledge.entries] == [
        ("shop#a-shop", "shop.xlsx", ()),
        ("product/B1", "shop.xlsx", ()),
    ]
    assert told(knowledge) == [
        ("shop.xlsx (FAQ)", "columns_hidden", "tags"),
        ("shop.xlsx (FAQ)", "rows_hidden", "3"),
        ("shop.xlsx (Notes)", "sheet_left_out", "To do"),
        ("shop.xlsx (Old)", "sheet_hidden", "Old"),
    ]
    for problem in knowledge.problems:
        assert all(problem.message(language) for language in ("en", "zh"))


def test_a_formula_has_the_value_that_was_saved_last(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Question", "Answer"],
        ["One?", "=A1"],
        ["Two?", "=B9"],
        ["Three?", "#N/A"],
    ]
    saved(tmp_path / "faq.xlsx", FAQ=rows)

    def reckoned(xml: str) -> str:
        return xml.replace("<f>A1</f><v />", "<f>A1</f><v>7</v>").replace(
            "<f>A1</f><v></v>", "<f>A1</f><v>7</v>"
        )

    with_part(tmp_path / "faq.xlsx", SHEET, reckoned)
    knowledge = read(tmp_path)
    assert [(entry.question, entry.answer) for entry in knowledge.entries] == [("One?", "7")]
    assert told(knowledge)[:2] == [
        ("faq.xlsx", "formulas_unsaved", "B3"),
        ("faq.xlsx", "cells_wrong", "B4"),
    ]


def test_a_sheet_without_known_columns_is_named_as_a_csv_file_is(tmp_path: Path) -> None:
    saved(tmp_path / "a.xlsx", Sheet=[["To do"], ["Call Ann"]])
    assert told(read(tmp_path)) == [
        ("a.xlsx:1", "missing_column", None),
        ("a.xlsx:1", "missing_column", None),
    ]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('r="B2"', 'r="XFD2"', "xlsx_too_far"),
        ('<row r="2"', '<row r="99999999"', "xlsx_too_far"),
        ("<sheetData>", "<sheetData><row", "xlsx_damaged"),
        ("No.", "&e;", "xlsx_damaged"),
        ("<worksheet", f"<!DOCTYPE w [{LAUGHS}]><worksheet", "xlsx_damaged"),
    ],
)
def test_hostile_workbooks_are_refused_with_a_reason(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    saved(tmp_path / "a.xlsx", Sheet=FAQ)
    with_part(tmp_path / "a.xlsx", SHEET, lambda xml: xml.replace(old, new, 1))
    if "ENTITY" in new:
        with_part(tmp_path / "a.xlsx", SHEET, lambda xml: xml.replace("No.", "&e8;"))
    (tmp_path / "b.txt").write_text("Our studio is in Rotterdam.")
    knowledge = read(tmp_path)
    assert [key for _, key, _ in told(knowledge)] == [reason]
    assert [entry.id for entry in knowledge.entries] == ["b"]


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    saved(tmp_path / "a.xlsx", Sheet=FAQ)
    with zipfile.ZipFile(tmp_path / "a.xlsx", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/a.png", bytes(201 << 20))
    assert [key for _, key, _ in told(read(tmp_path))] == ["xlsx_too_large"]


def test_links_behind_cells_and_comments_are_named(tmp_path: Path) -> None:
    def mark(sheet: Worksheet) -> None:
        sheet["B2"].hyperlink = "https://shop.example/returns"
        sheet["B3"].hyperlink = "https://shop.example/"
        sheet["A2"].hyperlink = "mailto:help@shop.example"
        sheet["B3"].comment = Comment("Only till May", "Ann")
        sheet["A3"].hyperlink = "#FAQ!A1"

    rows = [
        ("question", "answer"),
        ("Returns? help@shop.example", "Within 30 days."),
        ("Where?", "At https://shop.example"),
    ]
    saved(tmp_path / "faq.xlsx", mark, FAQ=rows)
    knowledge = read(tmp_path)
    assert [entry.answer for entry in knowledge.entries] == [rows[1][1], rows[2][1]]
    assert told(knowledge) == [
        ("faq.xlsx", "links_left_out", "B2 (https://shop.example/returns)"),
        ("faq.xlsx", "comments_left_out", "B3"),
    ]
