"""A PDF: cut at its headings, rows and lines put together; what cannot be read is named."""

import io
from pathlib import Path

from pypdf import PdfReader, PdfWriter

from bot.knowledge.readers.pdf import table_rows, unwrapped
from tests.support.reading import read_file, reasons


def shown(size: int, *lines: str) -> str:
    """Lines of a PDF's page in one size."""
    return " ".join(f"/F1 {size} Tf ({line}) Tj 0 -30 Td" for line in lines)


def pdf(*pages: str) -> bytes:
    """A PDF with a line of text on each page, or what is `shown`; "" gives an empty page."""
    numbers = range(len(pages))
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in numbers)
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, text in zip(numbers, pages, strict=True):
        stream = f"BT 50 700 Td {text if 'Tf' in text else shown(12, text)} ET" if text else ""
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * number} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>",
            f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        ]
    body, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    return (
        f"{body}xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}trailer\n"
        f"<< /Size {len(places) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF"
    ).encode()


def test_pdf_without_headings_is_one_entry_and_pages_without_text_are_named(tmp_path: Path) -> None:
    knowledge = read_file(tmp_path, "size-chart.pdf", pdf("Robes run generous.", "", "S to XXL."))
    (entry,) = knowledge.entries
    assert (entry.id, entry.title) == ("size-chart", "size chart")
    assert entry.answer == "Robes run generous.\n\nS to XXL."
    assert [problem.message("en") for problem in knowledge.problems] == [
        "Page 2 holds no text and is left out."
    ]


def test_larger_lines_of_a_pdf_are_headings(tmp_path: Path) -> None:
    first = (
        shown(18, "ACME"),
        shown(24, "Shop policies"),
        shown(12, "We deliver to many countries of the world."),
        shown(18, "Returns of goods that", "do not fit"),
        shown(12, "You have 60 days, no reason needed."),
        shown(14, "Costs"),
        shown(12, "Sending back is free."),
    )
    second = (
        shown(18, "ACME"),
        shown(12, "Ask for a label."),
        shown(18, "Repairs"),
        shown(12, "We repair for 5 years."),
    )
    knowledge = read_file(tmp_path, "a.pdf", pdf(" ".join(first), " ".join(second)))
    assert [(entry.id, entry.answer) for entry in knowledge.entries] == [
        ("a", "ACME\n\nWe deliver to many countries of the world."),
        (
            "a#returns-of-goods-that-do-not-fit",
            "You have 60 days, no reason needed.\n\n### Costs\n\nSending back is free.\n\n"
            "ACME\n\nAsk for a label.",
        ),
        ("a#repairs", "We repair for 5 years."),
    ]
    assert knowledge.entries[2].heading == ("Shop policies", "Repairs")
    assert knowledge.problems == ()


def test_a_pdf_in_large_letters_is_one_entry(tmp_path: Path) -> None:
    page = " ".join(
        (shown(30, "Sale, all week", "Half the price"), shown(12, "Until Sunday evening"))
    )
    [entry] = read_file(tmp_path, "a.pdf", pdf(page)).entries
    assert entry.answer == "Sale, all week\nHalf the price\nUntil Sunday evening"


def test_scanned_locked_and_cut_pdfs_are_problems(tmp_path: Path) -> None:
    assert reasons(read_file(tmp_path, "a.pdf", pdf("", ""))) == [(None, "pdf_without_text")]
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("Secret"))))
    writer.encrypt("password", algorithm="RC4-128")
    locked = io.BytesIO()
    writer.write(locked)
    assert reasons(read_file(tmp_path, "a.pdf", locked.getvalue())) == [(None, "pdf_encrypted")]
    for length in range(20, len(pdf("Whole")), 60):
        knowledge = read_file(tmp_path, "a.pdf", pdf("Whole")[:length])
        assert knowledge.entries or knowledge.problems


def test_rows_of_a_pdf_keep_each_cell_in_its_column() -> None:
    layout = """Courier rates
    To                Standard             Express (2  days)

 Norway                                29
 Chile              44                 71
Customs
Customers  outside  of  the  European          we  cannot  lower  the  declared  value,
Union  pay  customs  duty  and  import         whatever the reason may be."""
    assert table_rows(layout) == {
        "To Standard Express (2 days)": "To | Standard | Express (2 days)",
        "Norway 29": "Norway | – | 29",
        "Chile 44 71": "Chile | 44 | 71",
    }
    assert table_rows("") == {}


def test_wrapped_lines_of_a_page_are_joined() -> None:
    english = "Returns are free in the EU, the UK and\nthe US.\n- one\n- two\nShort\nline"
    assert unwrapped(english) == (
        "Returns are free in the EU, the UK and the US.\n- one\n- two\nShort\nline"
    )
    assert unwrapped("商品自签收之日起三十天内可以申\n请退货。\n谢谢") == (
        "商品自签收之日起三十天内可以申请退货。\n谢谢"
    )
