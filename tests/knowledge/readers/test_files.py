"""Documents: Markdown, HTML, plain text and Word."""

import io
import zipfile
from datetime import date
from pathlib import Path

import docx
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from tests.support.reading import TODAY, read_file, read_knowledge, reasons

MARKDOWN = """---
lang: en
valid_until: 2027-01-31
tags: [returns]
colour: blue
---
# Returns and **refunds**

Everything about sending things back.

## Sale items {#sale-items}

Fourteen days, *store credit* only.

### Final sale

```
## not a heading
```

<!-- to be checked -->

## Gifts & cards

- ## not an entry

Gifts
-----

Twice the same name: Gifts.

## Gifts

Again.

## Nothing here
"""


def test_markdown_headings_are_entries(tmp_path: Path) -> None:
    knowledge = read_file(tmp_path, "policies/returns.en.md", MARKDOWN)
    assert [entry.id for entry in knowledge.entries] == [
        "policies/returns",
        "policies/returns#sale-items",
        "policies/returns#gifts-cards",
        "policies/returns#gifts",
        "policies/returns#gifts-2",
    ]
    intro, sale = knowledge.entries[:2]
    assert (intro.title, intro.answer) == (
        "Returns and refunds",
        "Everything about sending things back.",
    )
    assert (sale.question, sale.heading) == ("Sale items", ("Returns and refunds", "Sale items"))
    assert sale.answer.startswith("Fourteen days, *store credit* only.\n\n### Final sale")
    assert "## not a heading" in sale.answer
    assert "to be checked" not in sale.answer
    assert (sale.kind, sale.tags, sale.valid_until) == (
        "document",
        ("returns",),
        date(2027, 1, 31),
    )
    assert reasons(knowledge) == [(1, "unknown_field"), (36, "empty_section")]


def test_chinese_headings_keep_their_characters_in_the_id(tmp_path: Path) -> None:
    text = "# 退换货\n\n## 特价商品：多久可退？\n\n十四天。\n\n## 退款 {#refunds}\n\n5–7 个工作日。"
    knowledge = read_file(tmp_path, "returns.zh.md", text)
    assert [entry.id for entry in knowledge.entries] == [
        "returns#特价商品-多久可退",
        "returns#refunds",
    ]
    assert {entry.lang for entry in knowledge.entries} == {"zh"}


def test_several_top_headings_are_entries_themselves(tmp_path: Path) -> None:
    knowledge = read_file(
        tmp_path, "a-b.md", "# Shipping\n\n## Europe\n\nFast.\n\n# Returns\n\nEasy."
    )
    assert [(entry.id, entry.heading) for entry in knowledge.entries] == [
        ("a-b#europe", ("a b", "Shipping", "Europe")),
        ("a-b#returns", ("a b", "Returns")),
    ]


def test_same_explicit_anchor_twice_is_named_as_a_duplicate(tmp_path: Path) -> None:
    knowledge = read_file(tmp_path, "a.md", "## One {#x}\n\n1\n\n## Two {#x}\n\n2")
    assert reasons(knowledge) == [(5, "duplicate")]


@pytest.mark.parametrize(
    ("front", "problem"),
    [
        ("lang: [", (2, "not_yaml")),
        ("- lang", (2, "not_a_map")),
        ("lang: fr", (1, "field_language")),
    ],
)
def test_broken_front_matter_gives_the_file_up(
    tmp_path: Path, front: str, problem: tuple[int, str]
) -> None:
    knowledge = read_file(tmp_path, "a.md", f"---\n{front}\n---\n## Hours\n\nNine.")
    assert knowledge.entries == ()
    assert reasons(knowledge) == [problem]


def test_html_main_text_is_read_without_the_page_around_it(tmp_path: Path) -> None:
    page = """<!doctype html><html lang="zh-CN"><head><title>Care | Juniper</title>
    <style>p {}</style></head><body><nav>Home</nav><header>Logo</header>
    <h1>Caring for <em>linen</em></h1><p>Wash   at 40&nbsp;°C.</p>
    <h2 id="iron">Ironing</h2><p>While damp.<br>Inside out.</p><script>alert(1)</script>
    <ul><li>Low heat</li><li><p>No steam</p></li></ul>
    <h3>Dark colours</h3><div>Turn them.<p hidden>secret</p>
    <p style="color:red; display: none">secret</p><!-- secret --></div>
    <h2>Sizes</h2><table><tr><th>S</th><th>M</th></tr><tr><td>90</td><td>100</td></tr></table>
    <footer>Imprint</footer></body></html>"""
    intro, iron, sizes = read_file(tmp_path, "care.html", page).entries
    assert (intro.id, intro.title, intro.answer) == (
        "care",
        "Caring for linen",
        "Wash at 40 °C.",
    )
    assert iron.id == "care#iron"
    assert iron.answer == (
        "While damp.\nInside out.\n\n- Low heat\n- No steam\n\n### Dark colours\n\nTurn them."
    )
    assert (sizes.answer, sizes.lang) == ("S | M\n90 | 100", "zh")


def test_html_tables_keep_every_cell_in_its_place(tmp_path: Path) -> None:
    page = """<h1>Rates</h1><table><caption>In EUR</caption>
      <tr><th colspan=3>Parcels</th></tr><tr><th>To</th><th>Slow</th><th>Fast</th></tr>
      <tr><td rowspan=2>Norway</td><td></td><td>29</td></tr><tr><td>9</td><td>9</td></tr>
      <tr><td colspan=2>Chile<br>only</td><td><table><tr><td>in</td><td>out</td></tr></table></td>
      </tr><tr><td colspan=9999999>ask</td><td rowspan=x></td></tr></table>"""
    [entry] = read_file(tmp_path, "rates.html", page).entries
    assert entry.answer.split("\n") == [
        "In EUR",
        "",
        "Parcels",
        "",
        "To | Slow | Fast",
        "Norway | – | 29",
        "Norway | 9 | 9",
        "Chile only | Chile only | –",
        "in | out",
        "ask | –",
    ]


def test_html_keeps_links_what_a_button_opens_and_a_form_around_the_page(tmp_path: Path) -> None:
    page = """<body><form><h1>Help</h1><button>Menu</button>
      <h2><button aria-controls=a>Do you mend lamps?</button></h2>
      <p id=a hidden>Yes, <a href="https://shop.example/mend">here</a> or
      <a href="mailto:a@shop.example">a@shop.example</a>, <a href="/x">not there</a>.</p>
      <button data-bs-target="#b">Abroad?</button><div id=b style="display: none">In the EU.</div>
      <p hidden>Secret</p><p aria-hidden=true id=c>Hidden</p></form>
      <form><p>Subscribe</p><button aria-controls=nothing>Go</button></form></body>"""
    knowledge = read_file(tmp_path, "help.html", page)
    assert [(entry.question, entry.answer) for entry in knowledge.entries] == [
        (
            "Do you mend lamps?",
            "Yes, [here](https://shop.example/mend) or a@shop.example, not there.\n\nAbroad?\n\n"
            "In the EU.",
        )
    ]


def test_word_keeps_cells_controls_insertions_and_links(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Lamps last ")
    insertion = parse_xml(f"<w:ins {nsdecls('w')}><w:r><w:t>five years.</w:t></w:r></w:ins>")
    document.paragraphs[0]._p.append(insertion)
    control = f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>Chairs, too.</w:t></w:r></w:p>"
    document.element.body.insert(1, parse_xml(f"{control}</w:sdtContent></w:sdt>"))
    paragraph = document.add_paragraph("See ")
    target = document.part.relate_to("https://shop.example/w", RELATIONSHIP_TYPE.HYPERLINK, True)
    link = f'<w:hyperlink {nsdecls("w", "r")} r:id="{target}"><w:r><w:t>more</w:t></w:r>'
    paragraph._p.append(parse_xml(f"{link}</w:hyperlink>"))
    table = document.add_table(4, 3)
    for at, text in enumerate(["To", "Slow", "Fast", "Norway", "", "9", "", "5", "5"]):
        table.cell(at // 3, at % 3).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    inner = table.cell(3, 1).merge(table.cell(3, 2)).add_table(1, 2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "in", "out"
    table.cell(3, 0).text = "Chile"
    document.save(str(tmp_path / "w.docx"))
    [entry] = read_knowledge(tmp_path, TODAY).entries
    assert [line for line in entry.answer.split("\n") if line] == [
        "Lamps last five years.",
        "Chairs, too.",
        "See [more](https://shop.example/w)",
        "To | Slow | Fast",
        "Norway | – | 9",
        "Norway | 5 | 5",
        "Chile | – | –",
        "in | out",
    ]


def test_deeply_nested_html_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    knowledge = read_file(tmp_path, "a.html", "<div>" * 50_000 + "x")
    assert knowledge.entries == () or knowledge.entries[0].answer == "x"


def test_text_file_is_one_entry_named_after_the_file(tmp_path: Path) -> None:
    knowledge = read_file(tmp_path, "about_us.txt", "\ufeffFounded 2016.\r\n\r\nIn Rotterdam.\r\n")
    (entry,) = knowledge.entries
    assert (entry.id, entry.title) == ("about_us", "about us")
    assert entry.answer == "Founded 2016.\n\nIn Rotterdam."
    assert reasons(read_file(tmp_path, "blank.txt", " \n\n")) == [(None, "no_text")]


def test_word_headings_are_entries_and_tables_become_rows(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Warranty", 0)
    document.add_paragraph("Two years on everything.")
    document.add_heading("Cast iron", 1)
    document.add_paragraph("Five years.")
    document.add_heading("Not covered", 2)
    document.add_paragraph("Wear", style="List Bullet")
    document.add_paragraph("Wrong care", style="List Bullet")
    document.add_heading("How to claim", 3)
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        [*table.rows[0].cells, *table.rows[1].cells], ["Step", "Days", "Photo", "14"], strict=True
    ):
        cell.text = text
    document.add_heading("Furniture", 1)
    document.add_paragraph("Five years.")
    file = io.BytesIO()
    document.save(file)
    entries = read_file(tmp_path, "warranty.docx", file.getvalue()).entries
    assert [(entry.id, entry.heading) for entry in entries] == [
        ("warranty", ("Warranty",)),
        ("warranty#cast-iron", ("Warranty", "Cast iron")),
        ("warranty#not-covered", ("Warranty", "Cast iron", "Not covered")),
        ("warranty#furniture", ("Warranty", "Furniture")),
    ]
    assert entries[2].answer == (
        "- Wear\n- Wrong care\n\n### How to claim\n\nStep | Days\nPhoto | 14"
    )


def test_damaged_word_archive_is_a_problem_wherever_it_is_damaged(tmp_path: Path) -> None:
    file = io.BytesIO()
    docx.Document().save(file)
    whole = file.getvalue()
    for place in range(0, len(whole), 997):
        cut = whole[:place] + b"\xff\x00\xff" + whole[place + 3 :]
        assert read_file(tmp_path, "a.docx", cut).problems


def test_zip_that_is_no_word_document_is_a_problem(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<broken")
    assert reasons(read_file(tmp_path, "a.docx", file.getvalue())) == [(None, "docx_damaged")]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * (201 << 20))
    assert reasons(read_file(tmp_path, "a.docx", file.getvalue())) == [(None, "docx_too_large")]
