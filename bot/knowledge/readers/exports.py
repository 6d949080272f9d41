"""Products as Shopify and WooCommerce export them: a row for each variant → a row for each product.

Columns are those of their importers' documentation. What is not published is left out and named.
Neither says a currency.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.knowledge.readers.rows import Warned
from bot.language.table import Broken

Cells = Mapping[str, str]
Lines = Iterable[tuple[int, dict[str, Any] | Broken]]

Product = Callable[[Cells, list[Cells]], dict[str, Any]]

_SHOPIFY = frozenset({"handle", "title", "variant price"})
_WOOCOMMERCE = frozenset({"type", "name", "published", "regular price"})
_METAFIELD = re.compile(r"(.+?) \(product\.metafields\.[^()]+\)")
_MEASURES = re.compile(r"(?:weight|length|width|height) \([^()]+\)")
_NO_OPTION = "default title"  # of what comes in one way only
_OPTIONS, _ATTRIBUTES = range(1, 4), range(1, 21)


def joined(header: Iterable[str], lines: Lines, warned: Warned) -> Lines | None:
    """The rows of an export, each with the line on which its product begins; None for any other
    sheet."""
    names = {each.lower() for each in header}
    if names >= _SHOPIFY:
        return _joined(lines, _shopify, "handle", warned)
    if names >= _WOOCOMMERCE:
        return _joined(lines, _woocommerce, "parent", warned)
    return None


def _joined(lines: Lines, product: Product, key: str, warned: Warned) -> Lines:
    """Rows of one product together, in the order of their products; broken ones first."""
    groups: dict[str, list[tuple[int, Cells]]] = {}
    for line, row in lines:
        if isinstance(row, Broken):
            yield line, row
            continue
        cells = {name.lower(): value.strip() for name, value in row.items()}
        own = cells.get("sku") or f"id:{cells.get('id', line)}"
        group = cells.get(key, "") or own
        if key == "parent" and group == own and cells.get("id"):
            groups.setdefault(f"id:{cells['id']}", groups.setdefault(own, []))
        groups.setdefault(group, []).append((line, cells))
    for group_rows in {id(rows): rows for rows in groups.values()}.values():
        rows = sorted(group_rows, key=lambda each: each[1].get("type", "") == "variation")
        line, first = rows[0]
        if _published(first):
            yield line, product(first, [cells for _, cells in rows])
        else:
            warned.note("not_published", [first.get("title") or first.get("name", "")])


def _published(cells: Cells) -> bool:
    hidden = cells.get("visibility in catalog", "").lower() == "hidden"
    published = cells.get("published", "true").lower() in ("1", "true", "yes")
    return published and not hidden and cells.get("status", "active").lower() == "active"


def _shopify(first: Cells, rows: list[Cells]) -> dict[str, Any]:
    names = {at: first.get(f"option{at} name", "") for at in _OPTIONS}
    variants = []
    for cells in rows:
        values = {name: cells.get(f"option{at} value", "") for at, name in names.items() if name}
        options = {name: value for name, value in values.items() if value}
        if options and _NO_OPTION not in map(str.lower, options.values()):
            variants.append(options | _sold(cells, "variant price", _stock(cells)))
    attributes = {"Brand": first.get("vendor", "")}
    for name, value in first.items():
        if found := _METAFIELD.fullmatch(name[:200]):
            attributes[found[1].capitalize()] = value.replace("; ", ", ")
    return {
        "sku": first["handle"] if variants else first.get("variant sku") or first["handle"],
        "name": first.get("title", ""),
        "description": first.get("body (html)"),
        "category": first.get("type") or _last(first.get("product category", "")),
        "tags": first.get("tags", ""),
        "image": first.get("image src") or None,
        "attributes": {name: value for name, value in attributes.items() if value},
        "variants": variants,
    } | ({} if variants else _sold(first, "variant price", _stock(first)))


def _stock(cells: Cells) -> str:
    """What is on stock, "" where the shop does not count or sells on."""
    counted = cells.get("variant inventory tracker", "shopify")
    sells_on = cells.get("variant inventory policy", "").lower() == "continue"
    return "" if sells_on or not counted else cells.get("variant inventory qty", "")


def _woocommerce(first: Cells, rows: list[Cells]) -> dict[str, Any]:
    variants = [
        _attributes(cells) | _sold(cells, "regular price", _in_stock(cells))
        for cells in rows
        if "variation" in cells.get("type", "") and _published(cells) and _attributes(cells)
    ]
    brand = first.get("brands", "")
    texts = (first.get("short description", ""), first.get("description", ""))
    return {
        "sku": first.get("sku") or first.get("id", ""),
        "name": first.get("name", ""),
        "description": "\n".join(dict.fromkeys(filter(None, texts))) or None,
        "category": _last(first.get("categories", "").split(",")[0]),
        "tags": first.get("tags", ""),
        "image": first.get("images", "").split(",")[0].strip() or None,
        "attributes": _attributes(first) | ({"Brand": brand} if brand else {}),
        "variants": variants,
        **{each.capitalize(): said for each, said in first.items() if _MEASURES.fullmatch(each)},
        **({} if variants else _sold(first, "regular price", _in_stock(first))),
    }


def _attributes(cells: Cells) -> dict[str, str]:
    pairs = (
        (cells.get(f"attribute {at} name", ""), cells.get(f"attribute {at} value(s)", ""))
        for at in _ATTRIBUTES
    )
    return {name: value for name, value in pairs if name and value}


def _last(category: str) -> str | None:
    """The last part of "Apparel > Robes"."""
    return category.split(">")[-1].strip() or None


def _in_stock(cells: Cells) -> str:
    if cells.get("in stock?", "1").lower() in ("0", "no", "outofstock"):
        return "0"
    return cells.get("stock", "")


def _sold(cells: Cells, price: str, stock: str) -> dict[str, str]:
    """Price and stock, as far as they are said; oversold is sold out."""
    sale = cells.get("sale price", "") if price == "regular price" else ""
    said = {"price": sale or cells.get(price, ""), "stock": "0" if stock[:1] == "-" else stock}
    return {name: value for name, value in said.items() if value}
