"""A catalogue row (`sku` and `name`) → one entry for each language that its name is given in.

The entry's answer is a short card; its variants are natural questions from localized templates.
It does not follow stock in real time: the card says what the file says.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError, from_json

from bot.knowledge.entry import Entry, Facts, Found, Problem, Variant
from bot.knowledge.readers.columns import column, in_both, misspelled, paired, split
from bot.knowledge.readers.rows import Identifier, Line, Row, Warned, row_problems
from bot.knowledge.readers.source import Source, clean_line, clean_text
from bot.knowledge.readers.variants import Price, Stock, Variants, least, together
from bot.language import money
from bot.language.detect import detect_language
from bot.language.lines import plain
from bot.language.measures import is_measure, label_in, measure_of
from bot.texts import LANGUAGES, catalogue, t
from bot.types import PRODUCT, Language


def _localized(value: object) -> object:
    """A map, also one written as JSON in a cell; a text stays a text."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return from_json(value) if value.lstrip().startswith("{") else clean_text(value)
    return value


_NAME = 300  # characters
_BETWEEN = ("|", "\n", ";", "；", ",", "，")  # attributes that are written in one cell
_PAIR = re.compile(r"\s*([^:：=|;；,，\n]{1,40}?)\s*[:：=](?!//)\s*(\S.*)", re.DOTALL)
_CURRENCY = "USD"  # of a shop that says none
# Currencies that share the signs $ and ¥.
_SHARED = {"USD": ("CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN"), "CNY": ("JPY",)}
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)*")
_VARIANTS_TOLD = 12  # variants that a card calls sold out
Picture = Annotated[
    Annotated[str, Field(pattern=r"^https://\S+$", max_length=2000)] | None,
    BeforeValidator(_localized),
]
Scalar = str | int | float
Value = Scalar | list[Scalar]
Localized = Annotated[str | dict[str, str], BeforeValidator(_localized)]


def _pairs(value: object) -> object:
    """ "Top: spruce | Weight: 1.4 kg" as a map, in each language where it is given in both; a text
    that is no such list stays a text."""
    value = _localized(value)
    if isinstance(value, dict) and value.keys() <= set(LANGUAGES):
        return {language: _pairs(each) for language, each in value.items()}
    if not isinstance(value, str):
        return value
    for sign in _BETWEEN:
        found = [_PAIR.fullmatch(each) for each in value.split(sign) if each.strip()]
        if len(found) > 1 and all(found):
            return {each[1]: each[2].strip() for each in found if each}
    only = _PAIR.fullmatch(value)
    return {only[1]: only[2]} if only and not _PAIR.search(only[2]) else value


Attributes = Annotated[str | dict[str, Value | dict[str, Value]] | None, BeforeValidator(_pairs)]


class ProductRow(Row):
    """A product. `name`, `category`, `description`, `attributes` are texts or maps by language;
    a single attribute's value may be such a map as well."""

    sku: Identifier
    name: Localized
    category: Localized | None = None
    description: Localized | None = None
    attributes: Attributes = None
    price: Price = None
    currency: Annotated[Line, Field(min_length=1)]
    stock: Stock = None
    variants: Variants = ()
    image: Picture = None

    @model_validator(mode="after")
    def _of_variants(self) -> "ProductRow":
        """Price and stock of a product that leaves them to its variants."""
        self.price = least(self.variants) if self.price is None else self.price
        self.stock = together(self.variants) if self.stock is None else self.stock
        for price in (self.price, *(each.price for each in self.variants)):
            if price is not None and money.minor(price, self.currency.upper()) is None:
                raise PydanticCustomError("price", "more decimals than the currency has")
        return self


PRODUCT_FIELDS = frozenset(ProductRow.model_fields)


def product_entries(
    values: Mapping[str, Any],
    source: Source,
    line: int | None,
    warned: Warned,
    lines: Mapping[str, int] | None = None,
) -> Iterator[Found | Problem]:
    """The product in each of its languages, or the row's problems."""
    signed = next(filter(None, map(money.currency, _prices(values))), "")
    given = str(values.get("currency") or "")
    if source.currency in _SHARED.get(signed, ()):
        signed = source.currency
    currency = (money.currency(f"1 {given}") or given.upper()) if given else signed
    if signed not in (currency, "") and currency not in _SHARED.get(signed, ()):
        params = {"price": signed, "currency": currency}
        yield source.problem("field_currency", (lines or {}).get("currency", line), params=params)
        return
    try:
        row = ProductRow.model_validate(
            {**values, "currency": currency or source.currency or _CURRENCY}
        )
    except ValidationError as error:
        yield from row_problems(error, source, line, lines)
        return
    if row.price is not None and not (currency or source.currency):
        warned.note("currency_assumed")
    yield from _beside(row, source, line, warned)
    languages = _languages(row, source)
    if not languages:
        yield source.problem("field_missing", line, params={"field": "name"})
    for language in languages:
        yield Found(_entry(row, language, source), line)


def _prices(values: Mapping[str, Any]) -> Iterator[object]:
    """The prices of a row as they are written."""
    variants = values.get("variants")
    listed = variants if isinstance(variants, list) else []
    yield values.get("price")
    yield from (each.get("price") for each in listed if isinstance(each, dict))


def _beside(row: ProductRow, source: Source, line: int | None, warned: Warned) -> Iterator[Problem]:
    """What an admin is told of the columns that are none of ours; the others are attributes."""
    for header in row.model_extra or ():
        if column(header).left_out:
            warned.note("columns_left_out", [header])
        elif misspelled(header) or _told(row, header) is None:
            yield from warned.unknown([header], source, line)
        else:
            warned.note("columns_as_attributes", [header])


def _languages(row: ProductRow, source: Source) -> list[Language]:
    if isinstance(row.name, str):
        return [row.lang or source.language(row.name)] if row.name else []
    known: list[Language] = ["en", "zh"]
    return [language for language in known if clean_line(row.name.get(language, ""))]


def _entry(row: ProductRow, language: Language, source: Source) -> Entry:
    name = _said(row.name, language)[:_NAME]
    return Entry(
        id=f"{PRODUCT}{row.sku}",
        lang=language,
        question=name,
        variants=_variants(row, name, language),
        answer=_card(row, language),
        source=source.name,
        title=name,
        kind="product",
        url=row.url,
        tags=row.tags,
        valid_until=row.valid_until,
        facts=_facts(row, language),
    )


def _facts(row: ProductRow, language: Language) -> Facts:
    """The row's fields in one language; attributes that are one text join the description."""
    said = [_said(row.description, language), _prose(row, language)]
    return Facts(
        category=_said(row.category, language),
        description="\n".join(line for line in said if line),
        attributes=tuple(_attributes(row, language)),
        price=None if row.price is None else str(row.price),
        currency=row.currency.upper(),
        stock=row.stock,
        variants=tuple(_variant_facts(row, language)),
        image=row.image or "",
    )


def _prose(row: ProductRow, language: Language) -> str:
    """Attributes that are a text, and no pairs."""
    given: object = row.attributes
    if isinstance(given, dict) and given.keys() <= set(LANGUAGES):
        given = _in(given, language)
    return clean_line(given) if isinstance(given, str) else ""


def _variant_facts(row: ProductRow, language: Language) -> Iterator[Variant]:
    for each in row.variants:
        options = tuple((_label(name, language), value) for name, value in each.options(language))
        own = each.price if each.price != row.price else None
        yield Variant(options, each.stock, None if own is None else str(own))


def _options(row: ProductRow, language: Language) -> dict[str, str]:
    """The options of all variants, each with its values: what can be chosen."""
    values: dict[str, dict[str, None]] = {}
    for variant in _variant_facts(row, language):
        for label, value in variant.options:
            values.setdefault(label, {})[value] = None
    comma = t("knowledge.comma", language)
    return {label: comma.join(each) for label, each in values.items()}


def _said(text: str | dict[str, str] | None, language: Language) -> str:
    """A localized text in one language, else in the one that it has."""
    said = _in(text, language) if isinstance(text, dict) else text or ""
    return clean_line(plain(said) if "<" in said else said)


def _in(by_language: Mapping[Any, Any], language: Language) -> Any:
    """What stands under a language, else the first that says something, else ""."""
    return by_language.get(language) or next(filter(None, by_language.values()), "")


def _variants(row: ProductRow, name: str, language: Language) -> tuple[str, ...]:
    """Questions that shoppers ask of any product, as far as the row can answer them."""
    said: dict[str, str] = {"name": name, "category": _said(row.category, language)}
    comma = t("knowledge.comma", language)
    said["labels"] = comma.join(label for label, _ in _attributes(row, language)[:3]).lower()
    # Tags carry no language of their own: each is asked about in the one it is written in.
    said["tags"] = comma.join(tag for tag in row.tags if detect_language(tag) == language)
    asked = {"ask_category": "category", "ask_tags": "tags", "ask_attributes": "labels"}
    keys = [key for key, part in asked.items() if said[part]]
    keys += ["ask_price"] if row.price is not None else []
    keys += ["ask_stock"] if row.stock is not None else []
    return tuple(t(f"knowledge.{key}", language, **said) for key in keys)


def _card(row: ProductRow, language: Language) -> str:
    """Description, attributes, price, availability: what the row has of them, a line each."""
    lines = [_said(row.description, language), _prose(row, language)]
    for label, value in _attributes(row, language):
        lines.append(t("knowledge.card_attribute", language, label=label, value=value))
    if row.price is not None:
        price = money.written(row.price, row.currency.upper(), language)
        lines.append(t("knowledge.card_price", language, price=price))
    if row.stock is not None:
        key = "card_in_stock" if row.stock else "card_sold_out"
        lines.append(t(f"knowledge.{key}", language, stock=row.stock))
    if row.stock and (out := _sold_out(row, language)):
        lines.append(t("knowledge.card_variants", language, variants=out))
    return "\n".join(line for line in lines if line) or _said(row.name, language)


def _sold_out(row: ProductRow, language: Language) -> str:
    """The variants that are sold out, of a product that is not."""
    out = [
        " ".join(value for _, value in each.options)
        for each in _variant_facts(row, language)
        if each.stock == 0
    ]
    return t("knowledge.comma", language).join(out[:_VARIANTS_TOLD])


def _attributes(row: ProductRow, language: Language) -> list[tuple[str, str]]:
    """(label, value) pairs in one language, from any of the three shapes (a map by language of
    maps, a map of values, a map of maps by language), from columns of the row's own, and from what
    its variants come as."""
    given = row.attributes if isinstance(row.attributes, dict) else {}
    mine = _whole(given, language) if set(given) <= set(LANGUAGES) else given
    pairs: list[tuple[str, str]] = []
    for label, value in mine.items():
        if shown := _shown(split(label, value), language):
            pairs.append((_label(clean_line(label), language), shown))
    for columns in paired(tuple(row.model_extra or ())):
        told = (
            (header, _told(row, header)) for header in (_in(columns, language), *columns.values())
        )
        header, value = next((each for each in told if each[1]), ("", None))
        if value and (shown := _shown(value, language)):
            pairs.append((_label(column(header).label, language), shown))
    said = {_singular(label) for label, _ in pairs}
    options = _options(row, language).items()
    return pairs + [each for each in options if _singular(each[0]) not in said]


def _whole(given: Mapping[str, Any], language: Language) -> Mapping[str, Any]:
    """The attributes in one language, and those that only the other has, as far as a label tells
    that it means something else than every one that is here."""
    mine = given.get(language)
    if not (mine and isinstance(mine, dict)):
        found = _in(given, language)
        return found if isinstance(found, dict) else {}
    others = [of for of in given.values() if isinstance(of, dict) and len(of) > len(mine)]
    known = {measure_of(label) for label in mine}
    return mine | {
        label: value
        for of in others
        for label, value in of.items()
        if is_measure(label) and measure_of(label) not in known
    }


def _told(row: ProductRow, header: str) -> Value | dict[str, Value] | None:
    """What a column of no field of ours says; None where it is no attribute."""
    value, said = (row.model_extra or {}).get(header), column(header)
    if said.left_out or misspelled(header) or isinstance(value, bool):
        return None
    if isinstance(value, dict):
        simple = all(isinstance(each, str | int | float | list) for each in value.values())
        return value if simple and value.keys() <= set(LANGUAGES) else None
    if isinstance(value, str | int | float):
        text = plain(value) if isinstance(value, str) and "<" in value else str(value)
        if said.unit and _NUMBER.fullmatch(text.strip()):
            return f"{text} {said.unit}"
        told: Value | dict[str, Value] = split(header, text)
        return told
    return value if isinstance(value, list) else None


def _singular(label: str) -> str:
    return label.lower().removesuffix("s")


def _shown(value: Value | dict[str, Value], language: Language) -> str:
    if isinstance(value, dict):
        value = _in(value, language)
    if isinstance(value, list):
        return t("knowledge.comma", language).join(clean_line(str(one)) for one in value)
    return clean_line(str(value))


def _label(label: str, language: Language) -> str:
    """A common attribute's name in the reader's language; any other as the file has it."""
    label = (in_both(label) or {}).get(language, label)
    key = f"label_{label.lower().replace(' ', '_')}"
    if f"knowledge.{key}" in catalogue(language):
        return t(f"knowledge.{key}", language)
    label = label_in(label, language).replace("_", " ")
    return label[:1].upper() + label[1:]
