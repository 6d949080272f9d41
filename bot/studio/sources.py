"""START HERE: where items come from: the catalogue, exports of Shopify and WooCommerce, and files
of `{"title", "category", "attributes": {…}, "description"}`, with Chinese keys too.

Sheets and knowledge files are read by the knowledge's own readers. What is wrong with a file is
named with its line; the rest is read.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.errors import BuildError, InputError, KnowledgeError, first_line
from bot.knowledge.documents import read_knowledge
from bot.knowledge.entry import Entry, Facts, Found, Problem
from bot.knowledge.index import Index
from bot.knowledge.readers import READERS, reader_for
from bot.knowledge.readers.source import Source, clean_line, clean_text
from bot.language.detect import detect_language
from bot.language.money import plain as plain_price
from bot.language.wording import fold, has_han
from bot.studio.item import Item
from bot.texts import t
from bot.types import PRODUCT, Language

MOST_BYTES = 64 * 1024 * 1024
_MOST_ATTRIBUTES = 100
_LONGEST = {"name": 300, "category": 200, "description": 20_000, "value": 1000, "label": 100}
_FOLDER = Path(__file__).parent


def items_of(entries: Iterable[Entry], language: Language | None = None) -> list[Item]:
    """The products among entries, in one language or in each that they have."""
    return [
        item_of(entry)
        for entry in entries
        if entry.kind == "product" and entry.facts and language in (None, entry.lang)
    ]


def of_folder(knowledge_dir: Path) -> list[Item]:
    """The products of the knowledge folder, in each language that they have."""
    return items_of(read_knowledge(knowledge_dir, datetime.now(UTC).date()).entries)


class Served:
    """The products of the served index, by language; the same list while the build is the same."""

    def __init__(self, current: Callable[[], Index]) -> None:
        self._current = current
        self._known: dict[Language, tuple[str, list[Item]]] = {}

    def __call__(self, language: Language) -> list[Item]:
        try:
            index = self._current()
        except BuildError:
            return []
        known = self._known.get(language)
        if known is None or known[0] != index.build_id:
            items = items_of(index.entries.values(), language)
            self._known[language] = known = (index.build_id, items)
        return known[1]


def item_of(entry: Entry) -> Item:
    """A product's entry as an item."""
    facts = entry.facts or Facts()
    return Item(
        sku=entry.id.removeprefix(PRODUCT),
        name=entry.title,
        language=entry.lang,
        category=facts.category,
        attributes=facts.attributes,
        description=facts.description,
        price=facts.price,
        currency=facts.currency,
        tags=entry.tags,
        url=entry.url or "",
        image=facts.image,
    )


def read_file(path: Path, language: Language | None = None) -> tuple[list[Item], list[str]]:
    """The items of a file and what is wrong with it, a line each; `language` holds where the file
    names none. `InputError` where nothing can be read."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError("drafts.file_big", file=path.name, most=MOST_BYTES // 1024 // 1024)
        given = path.read_bytes()
    except OSError as error:
        raise InputError("drafts.file_unreadable", file=path.name, why=first_line(error)) from error
    suffix = path.suffix.lower()
    if suffix in (".json", ".jsonl"):
        rows = _rows(path.name, given, lines=suffix == ".jsonl")
        if suffix == ".json" or any(isinstance(r, dict) and _is_shape(r) for _, r in rows):
            return _shaped(path.name, rows, language)
    if suffix not in READERS:
        raise InputError(
            "drafts.file_kind", file=path.name, known=".csv, .json, .jsonl, .xlsx, .yaml"
        )
    return _knowledge(path, language)


def _knowledge(path: Path, language: Language | None) -> tuple[list[Item], list[str]]:
    name = path.name if language is None else f"{path.stem}.{language}{path.suffix}"
    found: list[Item] = []
    problems: list[str] = []
    try:
        for each in reader_for(path)(Source(path, name)):
            if isinstance(each, Found):
                found += items_of([each.entry])
            elif each.severity != "info":
                problems.append(_said(each))
    except KnowledgeError as error:
        where = f"{path.name}:{error.params.get('line') or 1}"
        raise InputError("drafts.file_unreadable", file=where, why=error) from error
    if not found:
        why = problems[0] if problems else t("drafts.no_products", "en")
        raise InputError("drafts.file_unreadable", file=path.name, why=why)
    return found, problems


def _said(problem: Problem) -> str:
    return f"{problem.where}: {problem.message('en')}"


def _rows(name: str, given: bytes, *, lines: bool) -> list[tuple[int, Any]]:
    """The objects of a JSON file, each with its line or its place."""
    try:
        text = given.decode("utf-8-sig")
        if lines:
            return [
                (at, json.loads(line))
                for at, line in enumerate(text.splitlines(), 1)
                if line.strip()
            ]
        whole = json.loads(text)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        why = first_line(error)
        raise InputError("drafts.file_unreadable", file=f"{name}:{line}", why=why) from error
    if isinstance(whole, dict):
        listed = next((v for k, v in whole.items() if k in ("products", "items", "商品")), None)
        whole = listed if isinstance(listed, list) else [whole]
    return list(enumerate(whole, 1)) if isinstance(whole, list) else [(1, whole)]


@cache
def _keys() -> dict[str, str]:
    data = yaml.load((_FOLDER / "keys.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return {fold(str(key)): field for field, keys in data.items() for key in keys}


def _fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row under our own names; of keys that mean the same the first counts."""
    found: dict[str, Any] = {}
    for key, value in row.items():
        field = _keys().get(fold(str(key)).replace("_", " "))
        if field and field not in found:
            found[field] = value
    return found


def _is_shape(row: Mapping[str, Any]) -> bool:
    """Whether a row is of the shape that is read here and not one of the knowledge's products."""
    fields = _fields(row)
    return "name" in fields and not {"question", "sku"} & set(map(str, row))


def _shaped(
    name: str, rows: list[tuple[int, Any]], language: Language | None
) -> tuple[list[Item], list[str]]:
    found: list[Item] = []
    problems: list[str] = []
    taken: set[str] = set()
    for at, row in rows:
        try:
            item = _item(row, at, language)
            if item.sku in taken:
                raise InputError("drafts.row_twice", sku=item.sku)
        except InputError as error:
            problems.append(f"{name}:{at}: {error}")
            continue
        taken.add(item.sku)
        found.append(item)
    if not found:
        why = problems[0] if problems else t("drafts.no_products", "en")
        raise InputError("drafts.file_unreadable", file=name, why=why)
    return found, problems


def _item(row: object, at: int, language: Language | None) -> Item:
    if not isinstance(row, dict):
        raise InputError("drafts.row_no_map")
    fields = _fields(row)
    title = _text(fields.get("name"), "name")
    if not title:
        raise InputError("drafts.row_no_name")
    attributes = tuple(_attributes(fields.get("attributes")))
    description = clean_text(_text(fields.get("description"), "description"))
    told = fields.get("language")
    spoken = told if told in ("en", "zh") else language or detect_language(f"{title} {description}")
    price = fields.get("price")
    shown = None if price in (None, "") else plain_price(str(price))
    tags = fields.get("tags") or []
    tags = tags if isinstance(tags, list) else str(tags).replace("，", ",").split(",")
    return Item(
        sku=clean_line(str(fields.get("sku") or f"row-{at}"))[:100],
        name=clean_line(title),
        language="zh" if spoken == "zh" else "en",
        category=clean_line(_text(fields.get("category"), "category")),
        attributes=attributes,
        description=description,
        price=shown if shown and shown.replace(".", "", 1).isdigit() else None,
        currency=str(fields.get("currency") or ("CNY" if spoken == "zh" else "USD"))[:8],
        tags=tuple(filter(None, (clean_line(str(each)) for each in tags[:30]))),
        url=_text(fields.get("url"), "category"),
    )


def _text(value: object, kind: str) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and kind == "category":
        value = value[-1] if value else ""
    if not isinstance(value, str | int | float):
        raise InputError("drafts.row_no_text", field=kind)
    if len(str(value)) > _LONGEST[kind]:
        raise InputError("drafts.row_long", field=kind, most=_LONGEST[kind])
    return str(value)


def _attributes(given: object) -> Iterator[tuple[str, str]]:
    """A map, a list of pairs, or a list of `{"name", "value"}`."""
    if given is None or given == "":
        return
    pairs: list[tuple[object, object]]
    if isinstance(given, dict):
        pairs = list(given.items())
    elif isinstance(given, list) and all(isinstance(each, dict) for each in given):
        names, values = ("name", "key", "label", "名称"), ("value", "值", "text")
        pairs = [
            (_first(each, names), _first(each, values)) for each in given if isinstance(each, dict)
        ]
    elif isinstance(given, list) and all(
        isinstance(each, list) and len(each) == 2 for each in given
    ):
        pairs = [(each[0], each[1]) for each in given]
    else:
        raise InputError("drafts.row_no_attributes")
    if len(pairs) > _MOST_ATTRIBUTES:
        raise InputError("drafts.row_long", field="attributes", most=_MOST_ATTRIBUTES)
    for label, value in pairs:
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if isinstance(value, list):
            value = ("、" if has_han(str(label)) else ", ").join(map(str, value))
        label_said = clean_line(_text(label, "label"))
        said = clean_line(_text(value, "value"))
        if label_said and said:
            yield label_said, said


def _first(row: Mapping[str, object], names: Iterable[str]) -> object:
    return next((row[name] for name in names if name in row), None)
