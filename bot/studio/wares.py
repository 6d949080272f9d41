"""A product as the studio's readers see it: names, texts and attributes by language, no index.

Pages may not know the knowledge; what is served makes these of the catalogue (`wares_of`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.language.wording import fold
from bot.types import Language


class _Attribute(Protocol):
    @property
    def label(self) -> str: ...
    @property
    def value(self) -> str: ...


class _Facts(Protocol):
    @property
    def category(self) -> str: ...
    @property
    def description(self) -> str: ...


class _Product(Protocol):
    """The part of `bot.catalogue.product.Product` that is read."""

    @property
    def sku(self) -> str: ...
    @property
    def entries(self) -> Mapping[Language, object]: ...
    def name(self, language: Language) -> str: ...
    def facts(self, language: Language) -> _Facts: ...
    def attributes(self, language: Language) -> Sequence[_Attribute]: ...


@dataclass(frozen=True)
class Text:
    """A product in one language; `attributes` are labels with their values."""

    name: str
    category: str
    description: str
    attributes: tuple[tuple[str, str], ...]

    @property
    def whole(self) -> str:
        """Everything that it says."""
        lines = (f"{label}: {value}" for label, value in self.attributes)
        return "\n".join([self.name, self.description, *lines])


@dataclass(frozen=True)
class Ware:
    """A product, in the languages that the catalogue has it in."""

    sku: str
    texts: Mapping[Language, Text]

    def text(self, language: Language) -> Text:
        """In `language`, else in the one that it has."""
        return self.texts.get(language) or next(iter(self.texts.values()))

    def name(self, language: Language) -> str:
        """What it is called."""
        return self.text(language).name

    @property
    def category(self) -> str:
        """By its first language, so that it is one in all of them."""
        return next(iter(self.texts.values())).category


Wares = Mapping[str, Ware]
"""Products by SKU."""


def wares_of(products: Sequence[_Product]) -> dict[str, Ware]:
    """The catalogue's products."""
    return {
        each.sku: Ware(each.sku, {language: _text(each, language) for language in each.entries})
        for each in products
    }


def names_of(wares: Wares) -> dict[str, str]:
    """What each product may be called (folded), with its SKU; of a name of several, none."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for ware in wares.values():
        for name in {fold(ware.sku), *(fold(text.name) for text in ware.texts.values())}:
            if found.setdefault(name, ware.sku) != ware.sku:
                twice.add(name)
    return {name: sku for name, sku in found.items() if name not in twice}


def _text(product: _Product, language: Language) -> Text:
    facts = product.facts(language)
    attributes = tuple((each.label, each.value) for each in product.attributes(language))
    return Text(product.name(language), facts.category, facts.description, attributes)
