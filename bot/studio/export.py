"""Approved texts for the shop's system: CSV for Shopify and WooCommerce, JSON, HTML.

The columns are those of their importers, so that a file changes the one field and nothing else.
It gives out; the shop imports.
"""

import csv
import html
import io
import json
from collections.abc import Callable, Sequence

from bot.errors import InputError
from bot.studio.store import Kept

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would carry out
_SHOPIFY = {
    "description": "Body (HTML)",
    "bullets": "Body (HTML)",
    "short": "SEO Description",
    "title": "SEO Title",
}
_WOOCOMMERCE = {
    "description": "Description",
    "bullets": "Description",
    "short": "Short description",
    "title": "Meta: _yoast_wpseo_title",
}


def exported(drafts: Sequence[Kept], form: str) -> tuple[str, str, str]:
    """Drafts in a form: the file's name, its type, its content. `InputError` for an unknown one, or
    where a form has no place for a kind."""
    if form not in FORMS:
        raise InputError("drafts.no_form", form=form, known=", ".join(FORMS))
    name, media, write = FORMS[form]
    return name, media, write(drafts)


def shopify(drafts: Sequence[Kept]) -> str:
    """Rows by handle; of a product a row, with a column for each kind that there is."""
    return _sheet(drafts, _SHOPIFY, "Handle", "Title")


def woocommerce(drafts: Sequence[Kept]) -> str:
    """Rows by SKU."""
    return _sheet(drafts, _WOOCOMMERCE, "SKU", "Name")


def as_json(drafts: Sequence[Kept]) -> str:
    """All there is to say of each, with who approved it and what was signed for."""
    rows = [
        {
            "id": each.row.id,
            "sku": each.row.sku,
            "name": each.item.name,
            "kind": each.row.kind,
            "language": each.row.language,
            "text": each.text,
            "version": each.row.version,
            "approved_by": each.row.decided_by,
            "signed": {mark: by.reason for mark, by in each.signed.items()},
        }
        for each in drafts
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2)


def as_html(drafts: Sequence[Kept]) -> str:
    """A page with each text under its product's name."""
    parts = [
        f'<section lang="{each.row.language}" data-sku="{html.escape(each.row.sku)}">'
        f"<h2>{html.escape(each.item.name)}</h2>\n{paragraphs(each.text)}</section>"
        for each in drafts
    ]
    body = "\n".join(parts)
    return f'<!doctype html>\n<meta charset="utf-8">\n<title>Drafts</title>\n{body}\n'


def paragraphs(text: str) -> str:
    """A text as HTML: points as a list, blank lines between paragraphs."""
    found = []
    for block in text.split("\n\n"):
        lines = [line for line in block.split("\n") if line.strip()]
        if lines and all(line.startswith("- ") for line in lines):
            items = "".join(f"<li>{html.escape(line[2:])}</li>" for line in lines)
            found.append(f"<ul>{items}</ul>")
        elif lines:
            found.append(f"<p>{'<br>'.join(map(html.escape, lines))}</p>")
    return "".join(found)


def _sheet(drafts: Sequence[Kept], columns: dict[str, str], key: str, name: str) -> str:
    left = sorted({each.row.kind for each in drafts} - set(columns))
    if left:
        raise InputError("drafts.no_column", kinds=", ".join(left))
    rows: dict[str, dict[str, str]] = {}
    for each in drafts:
        row = rows.setdefault(each.row.sku, {key: each.row.sku, name: each.item.name})
        column = columns[each.row.kind]
        text = paragraphs(each.text) if "(HTML)" in column or column == "Description" else each.text
        row[column] = f"{row[column]}{text}" if column in row else text
    heads = dict.fromkeys([key, name, *(column for row in rows.values() for column in row)])
    out = io.StringIO()
    writer = csv.DictWriter(out, list(heads), restval="")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows.values())
    return "\ufeff" + out.getvalue()


def _cell(value: str) -> str:
    """A text that begins like a formula stays a text."""
    return f"'{value}" if value.startswith(_FORMULA) else value


FORMS: dict[str, tuple[str, str, Callable[[Sequence[Kept]], str]]] = {
    "shopify": ("shopify.csv", "text/csv; charset=utf-8", shopify),
    "woocommerce": ("woocommerce.csv", "text/csv; charset=utf-8", woocommerce),
    "json": ("drafts.json", "application/json", as_json),
    "html": ("drafts.html", "text/html; charset=utf-8", as_html),
}
