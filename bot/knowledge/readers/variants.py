"""The variants of a product: what differs (colour, size …), each with stock and maybe a price.

In YAML and JSONL a list of maps: `{colour: white, size: M, stock: 4, price: 72}`. In a cell the
same as JSON, or "colour: white, size: M, stock: 4 | colour: white, size: L, stock: 0". Whatever is
not `stock`, `price` or `sku` is an option, its value a text or a map by language. A cell may have
both ("Colour / 颜色: white / 白色", "colour: white, colour_zh: 白色"), or two cells one each.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError, from_json

from bot.knowledge.readers.columns import column, split
from bot.knowledge.readers.rows import Identifier
from bot.knowledge.readers.source import clean_line
from bot.language import money
from bot.language.wording import has_han
from bot.types import Language

_MOST = 500  # variants of a product


def _empty(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _price(value: object) -> object:
    return _empty(money.plain(value)) if isinstance(value, str) else value


Price = Annotated[Annotated[Decimal, Field(ge=0, le=10**12)] | None, BeforeValidator(_price)]
Stock = Annotated[Annotated[int, Field(ge=0)] | None, BeforeValidator(_empty)]


class VariantRow(BaseModel):
    """One variant. What it has beside these fields are its options."""

    model_config = ConfigDict(extra="allow")

    sku: Identifier | None = None
    price: Price = None
    stock: Stock = None

    @model_validator(mode="before")
    @classmethod
    def _named(cls, values: object) -> object:
        """What is given in both languages under one name; 「库存」 is `stock`."""
        if not isinstance(values, dict):
            return values
        found: dict[str, Any] = {}
        for name, value in values.items():
            said = column(str(name))
            if has_han(str(name)) and said.field in cls.model_fields:
                found[said.field] = value
            elif said.language:
                base = next((each for each in found if each.lower() == said.label.lower()), name)
                other: Language = "en" if said.language == "zh" else "zh"
                first = {other: found[base]} if base in found else {}
                found[base] = first | {said.language: value}
            else:
                found[name] = split(str(name), value)
        return found

    @model_validator(mode="after")
    def _has_options(self) -> "VariantRow":
        if not self.model_extra:
            raise PydanticCustomError("variant_options", "no option")
        for value in self.model_extra.values():
            texts = value.values() if isinstance(value, dict) else [value]
            if not all(isinstance(each, str | int | float) for each in texts):
                raise PydanticCustomError("variant_text", "an option is no text")
        return self

    def options(self, language: Language) -> Iterator[tuple[str, str]]:
        """Names as the file has them, and values in one language, else in the one there is."""
        for name, value in (self.model_extra or {}).items():
            if isinstance(value, dict):
                value = value.get(language) or next(iter(value.values()), "")
            if text := clean_line(str(value)):
                yield clean_line(name), text


def _variants(value: object) -> object:
    if value is None or value == "":
        return ()
    if isinstance(value, dict) and value.keys() == {"en", "zh"}:
        return _in_step(_variants(value["en"]), _variants(value["zh"]))
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return from_json(value)
        except ValueError as error:
            raise PydanticCustomError("variant_text", "no list") from error
    return tuple(_pairs(each) for each in value.split("|") if each.strip())


def _pairs(text: str) -> dict[str, str]:
    """ "colour: white, size: M, stock: 4" as a map."""
    found = {}
    for each in text.replace("，", ",").split(","):
        name, colon, said = each.replace("：", ":", 1).partition(":")
        if not (colon and name.strip()):
            raise PydanticCustomError("variant_text", "no pairs")
        found[name.strip()] = said.strip()
    return found


def _in_step(english: object, chinese: object) -> list[dict[str, Any]]:
    """Variants in English, with the options of the same ones in Chinese."""
    both = [
        [each for each in of if isinstance(each, dict)]
        for of in (english, chinese)
        if isinstance(of, list | tuple)
    ]
    if len(both) != 2 or len(both[0]) != len(both[1]):
        raise PydanticCustomError("variants_apart", "not as many")
    return [_both(*pair) for pair in zip(*both, strict=True)]


def _both(english: dict[str, Any], chinese: dict[str, Any]) -> dict[str, Any]:
    options = [
        [name for name in of if column(name).field not in VariantRow.model_fields]
        for of in (english, chinese)
    ]
    if len(options[0]) != len(options[1]):
        raise PydanticCustomError("variants_apart", "not as many")
    merged = {
        name: value
        for of in (chinese, english)
        for name, value in of.items()
        if name not in options[0] + options[1]
    }
    for name, other in zip(*options, strict=True):
        label = name if name == other else f"{name} / {other}"
        merged[label] = {"en": english[name], "zh": chinese[other]}
    return merged


Variants = Annotated[tuple[VariantRow, ...], BeforeValidator(_variants), Field(max_length=_MOST)]


def least(rows: Sequence[VariantRow]) -> Decimal | None:
    """The lowest price of variants; None where none has one."""
    return min((each.price for each in rows if each.price is not None), default=None)


def together(rows: Sequence[VariantRow]) -> int | None:
    """The stock of all variants; None unless each says its own."""
    known = [each.stock for each in rows if each.stock is not None]
    return sum(known) if rows and len(known) == len(rows) else None
