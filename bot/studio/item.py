"""A product as the studio sees it: what is known of it, in one language, and its present text.

It knows no file and no catalogue; `sources.py` makes items of both.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.language.measures import measure_of
from bot.types import Language


@dataclass(frozen=True)
class Item:
    """What a shop says of a product, field by field. `attributes` are pairs of label and value as
    they are written; `description` is the text that is published now; `price` a decimal number."""

    sku: str
    name: str
    language: Language = "en"
    category: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    description: str = ""
    price: str | None = None
    currency: str = "USD"
    tags: tuple[str, ...] = ()
    url: str = ""
    image: str = ""

    def records(self) -> Iterator[tuple[str, str]]:
        """Everything that is known, as pairs of where it stands and what it says."""
        yield "name", self.name
        yield from self.attributes
        if self.category:
            yield "category", self.category
        if self.price is not None:
            yield "price", f"{self.price} {self.currency}"
        if self.tags:
            yield "tags", ", ".join(self.tags)
        if self.url:
            yield "url", self.url
        if self.description:
            yield "description", self.description

    def value(self, measure: str) -> str:
        """The value of the first attribute with this meaning; "" for none."""
        found = (value for label, value in self.attributes if measure_of(label) == measure)
        return next(found, "")
