"""Files that are made to end, freeze or fill whoever reads them, each by a small generator.

`KNOWLEDGE` goes into a knowledge folder, `ORDERS` into a folder of order files. A `long` one takes
a minute or more to be given up; the short forms leave it out.
"""

import io
import json
import os
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

GIGABYTE = 1024**3
_WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@dataclass(frozen=True)
class Bomb:
    """`write` puts it at a path. `named`: the admin must be told of it; else it is harmless, as
    long as it ends nothing."""

    name: str
    write: Callable[[Path], object]
    named: bool = True
    long: bool = False

    def put(self, folder: Path) -> None:
        """Write it into `folder`."""
        self.write(folder / self.name)


def _text(content: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(content, encoding="utf-8")


def _bytes(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def _link(target: str | None = None) -> Callable[[Path], object]:
    """A link to `target`, or onto itself."""
    return lambda path: path.symlink_to(target or path.name)


def _sparse(size: int) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(size)

    return write


def word(body: str, prolog: str = "") -> Callable[[Path], object]:
    """A Word document whose XML is `body`."""

    def write(path: Path) -> None:
        whole = io.BytesIO()
        docx.Document().save(whole)
        document = f'{prolog}<w:document xmlns:w="{_WORDS}"><w:body>{body}</w:body></w:document>'
        with (
            zipfile.ZipFile(whole) as old,
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new,
        ):
            for name in old.namelist():
                held = document if name == "word/document.xml" else old.read(name)
                new.writestr(name, held)

    return write


def _span(path: Path) -> None:
    """A table with a cell that claims to be two billion columns wide."""
    document = docx.Document()
    table = document.add_table(rows=1, cols=1)
    table.cell(0, 0).text = "Wide, and read all the same."
    span = OxmlElement("w:gridSpan")
    span.set(qn("w:val"), "2000000000")
    table.cell(0, 0)._tc.get_or_add_tcPr().append(span)
    document.save(str(path))


def _false_sizes(path: Path) -> None:
    """A Word document whose archive says of each part that it has ten bytes."""
    word("<w:p/>" * 2_000_000)(path)
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 24 : at + 28] = (10).to_bytes(4, "little")
        at = data.find(b"PK\x01\x02", at + 4)
    path.write_bytes(data)


def _pdf(*objects: bytes) -> bytes:
    """A PDF of these objects, the first of which is its catalogue."""
    data, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    return data + b"trailer\n<</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )


def _unfolding_pdf(path: Path) -> None:
    """A page whose content is packed a thousand times smaller than it is, twice over."""
    packed = zlib.compress(zlib.compress(b"\0" * (64 << 20), 9), 9)
    path.write_bytes(
        _pdf(
            _CATALOGUE,
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<<>>/MediaBox[0 0 9 9]>>",
            b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>\nstream\n%s\nendstream"
            % (len(packed), packed),
        )
    )


_LAUGHS = "a0: &a0 [x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40)
)
_ENTITIES = (
    '<!DOCTYPE d [<!ENTITY e0 "ha">'
    + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    + "]>"
)
_FAQ = '{"id": "%s", "question": "Open?", "answer": %s}\n'
_CATALOGUE = b"<</Type/Catalog/Pages 2 0 R>>"
_DEEP = "[" * 100_000

KNOWLEDGE = (
    # Tables.
    Bomb("header.csv", _text("id,answer," + "x" * 200_000 + "\na,b,c\n"), named=False),
    Bomb("giant-header.csv", _text("id," + "x" * (33 << 20) + "\na,b\n"), long=True),
    Bomb("columns.csv", _text(",".join(f"c{n}" for n in range(200_000)) + "\n")),
    Bomb("same-columns.csv", _text("a," * 200_000 + "\n")),
    Bomb("quote.csv", _text("id,answer\n" + 'a,"open\n' * 2000)),
    # Names, links, and what only looks like a file.
    Bomb("loop.md", _link()),
    Bomb("passwd.txt", _link("/etc/passwd")),
    Bomb("around", _link("."), named=False),
    Bomb("gone.md", _link("nowhere.md")),
    Bomb(os.fsdecode(b"caf\xe9.md"), _text("# Bad name\n\nGood text.\n"), named=False),
    Bomb(os.fsdecode(b"caf\xe9.jsonl"), _text("{\n")),
    Bomb("pipe.txt", os.mkfifo),
    Bomb("sparse.txt", _sparse(2 * GIGABYTE)),
    Bomb("sparse.csv", _sparse(2 * GIGABYTE)),
    # Word.
    Bomb("span.docx", _span, named=False),
    Bomb("sizes.docx", _false_sizes),
    Bomb("inner.docx", lambda path: zipfile.ZipFile(path, "w").close()),
    Bomb("entities.docx", word("<w:p><w:r><w:t>&e11;</w:t></w:r></w:p>", _ENTITIES), named=True),
    Bomb("deep.docx", word("<w:p>" * 5000 + "</w:p>" * 5000)),
    Bomb("paragraphs.docx", word("<w:p/>" * 30_000_000), long=True),
    # HTML and Markdown.
    Bomb("deep.html", _text("<div>" * 5000 + "x")),
    Bomb("deeper.html", _text("<b>" * 1_000_000 + "x"), long=True),
    Bomb("comments.html", _text("<!--" * 2000 + "x"), named=False),
    Bomb("more-comments.html", _text("<!--" * 1_000_000 + "x"), long=True),
    Bomb("comments.md", _text("<!--\n" * 2000 + "x"), named=False),
    Bomb("quotes.md", _text(">" * 20_000 + " x"), named=False),
    Bomb("lists.md", _text("- " * 5000 + "x"), named=False),
    Bomb("brackets.md", _text("## " + "[" * 50_000 + "\n\nx\n"), named=False),
    Bomb("links.md", _text("## " + "[a](" * 50_000 + "\n\nx\n"), named=False),
    Bomb("stars.md", _text("## " + "*a **a " * 20_000 + "\n\nx\n"), named=False),
    Bomb("headings.md", _text("## Same\n\nx\n\n" * 300), named=False),
    Bomb("spaces.txt", _text("x" + " " * 100_000 + "y"), named=False),
    Bomb("front.md", _text(f"---\n{_LAUGHS}---\n# x\n\ny\n")),
    # YAML and JSON.
    Bomb("deep.yaml", _text(_DEEP)),
    Bomb("laughs.yaml", _text(_LAUGHS + "id: x\nanswer: *a39\nvalid_until: *a39\n")),
    Bomb("merge.yaml", _text("- &a {id: x}\n" + "- &a {<<: [*a, *a, *a, *a]}\n" * 30)),
    Bomb("deep.jsonl", _text(_FAQ % ("deep", _DEEP) + _FAQ % ("after-deep", '"Yes."'))),
    Bomb("digits.jsonl", _text('{"sku": "d", "name": "d", "price": ' + "9" * 5000 + "}\n")),
    Bomb("nan.jsonl", _text('{"sku": "n", "name": "n", "price": NaN}\n')),
    Bomb("half.jsonl", _text(_FAQ % ("half", '"\\ud800"') + _FAQ % ("after-half", '"Yes."'))),
    # Text that is none.
    Bomb("nul.txt", _bytes(b"\0" * 10_000)),
    Bomb("binary.txt", _bytes(bytes(range(256)) * 100)),
    Bomb("wide.md", _bytes("# Wide\n\nx\n".encode("utf-16")), named=False),
    # PDF.
    Bomb(
        "loop.pdf", _bytes(_pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R]>>"))
    ),
    Bomb("unfolds.pdf", _unfolding_pdf),
)

GOOD = {
    "good.md": "# Delivery\n\n## How long\n\nThree days.\n",
    "good.csv": "id,question,answer\nhours,When are you open?,From nine to six.\n",
    "zz-good.jsonl": _FAQ % ("last", '"Read after all the others."'),
}
GOOD_IDS = ("good#how-long", "hours", "last", "after-deep", "after-half", "caf\\xe9", "span")

_HEADER = "order_id,customer_id,state,placed_at,currency,total,item,price"


def order(number: str, **changes: object) -> dict[str, object]:
    """An order as a file has it."""
    return {
        "id": number,
        "customer": {"id": "ann", "email": "ann@example.com"},
        "state": "paid",
        "placed_at": "2026-11-20T10:00:00Z",
        "currency": "USD",
        "total": "5.00",
        "items": [{"name": "Mug", "price": "5.00"}],
        **changes,
    }


def _line(number: str, **changes: object) -> str:
    return json.dumps(order(number, **changes)) + "\n"


ORDERS = (
    Bomb("header.csv", _text(_HEADER + "," + "x" * 200_000 + "\n")),
    Bomb("columns.csv", _text("a," * 200_000 + "\n")),
    Bomb("cell.csv", _text(f"{_HEADER}\nB1,ann,paid,2026-11-20,USD,5.00,{'x' * 200_000},5.00\n")),
    Bomb("loop.json", _link()),
    Bomb("pipe.csv", os.mkfifo),
    Bomb("sparse.json", _sparse(2 * GIGABYTE)),
    Bomb("zeros.json", _sparse(900 << 20), long=True),
    Bomb(os.fsdecode(b"caf\xe9.jsonl"), _text(_line("G4")), named=False),
    Bomb("deep.json", _text(_DEEP)),
    Bomb("digits.json", _text('{"orders": [' + "9" * 5000 + "]}")),
    Bomb("dos.csv", _bytes(f"{_HEADER}\nB2,ann,paid,,USD,5.00,Caf\xe9,5.00\n".encode("cp437"))),
    Bomb("users-of-nobody.json", _text('{"#W1": {"user_id": ["x"], "items": {"a": 1}}}')),
    Bomb("deep.jsonl", _text(_DEEP + "\n" + _line("G2"))),
    Bomb(
        "odd.jsonl",
        _text(
            _line("B3", total=float("nan"))
            + _line("B4", customer={"id": "ann", "name": "\ud800"})
            + _line("B5", shipments=[{"items": 5}])
            + _line("B6", items=5)
            + _line("B7", items=[{"name": "Mug", "price": "5.00", "options": {"\0": "x"}}])
            + _line("B8", address=[1], payment="x")
            + _line("B9", total="1e999999999")
            + _line("B10", placed_at="0001-01-01T00:00:00+14:00")
            + _line("G3")
        ),
    ),
)
GOOD_ORDERS = {"good.jsonl": _line("G1")}
GOOD_NUMBERS = ("G1", "G2", "G3", "G4")
