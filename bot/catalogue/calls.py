"""Tools by which a language model says what is asked of the catalogue, and what its calls come to.

The catalogue's own words are given as enums, the products told or found as SKUs; any other field or
value is refused. What a call names must stand in the shopper's words, or be like one of them, or go
on from what was told; numbers are theirs in any case. A call becomes the same `Reading` as words
do, so that `query.py` makes the same acts of it.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from bot.catalogue.acts import Act, FindProducts
from bot.catalogue.focus import Focus
from bot.catalogue.found import Word
from bot.catalogue.product import Product, pieces
from bot.catalogue.query import Query
from bot.catalogue.reading import Reading, read
from bot.catalogue.search import select, strong
from bot.catalogue.table import Table, key_of, words
from bot.language.measures import measure_of
from bot.language.quantities import MONEY, Quantity
from bot.language.wording import has_han
from bot.texts import shorten
from bot.types import Language

Alike = Callable[[str, str], float]
"""The cosine (-1..1) of two words."""

_ALIKE = 0.5  # cosine from which the shopper's word may stand for the catalogue's
_COMPARED = 6  # words that are tried so
_READ = 12  # words that no catalogue explains; of a longer message the others are strange
_STRANGE, _STRANGE_HAN = 3, 6  # words, or characters, of which a call takes no account
_LOOKED_AT = 20_000  # products whose words are counted
_KINDS, _FEATURES, _OF_A_LABEL, _LABELS = 80, 150, 12, 40  # most that a model is told
_LONGEST = 40  # characters of a value
_PRODUCTS = 4  # that a call may name
_NAMED = 60  # characters of a product's name
_MOST = 10**9  # a price
_OPEN = frozenset({"tell", "have", "list", "other", "general"})  # ways to ask for all of it
_COMPARING = ("compare", "difference")
_NUMBER = re.compile(r"\d")
_SORTS = {
    "cheapest": "price+",
    "most expensive": "price-",
    "smallest": "size+",
    "largest": "size-",
}


class Tool(BaseModel):
    """What a model may call; it gives the tool's fields and no others."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Find(Tool):
    """`FindProducts` without its enums."""

    kind: str | None = None
    features: list[str] = Field(default=[], max_length=_PRODUCTS)
    price_at_least: float | None = Field(default=None, ge=0, le=_MOST)
    price_at_most: float | None = Field(default=None, ge=0, le=_MOST)
    sort: Literal["cheapest", "most expensive", "smallest", "largest"] | None = None
    recommend: bool = Field(default=False, description="They want ideas, a gift or advice.")


class Tell(Tool):
    """`AskProduct` without its enums."""

    products: list[str] = Field(min_length=1, max_length=_PRODUCTS)
    attributes: list[str] = Field(default=[], max_length=_PRODUCTS)


class Hold(Tool):
    """`Compare` without its enums."""

    products: list[str] = Field(min_length=2, max_length=_PRODUCTS)


@dataclass(frozen=True)
class Facets:
    """What a catalogue's products are said to be, the most frequent first: `kinds` are tags and
    categories, `features` values with their label ("colour: sea blue")."""

    kinds: tuple[str, ...]
    features: tuple[str, ...]
    labels: tuple[str, ...]


@lru_cache(maxsize=2)
def facets(table: Table, language: Language) -> Facets:
    """The facets of a build's catalogue in one language."""
    kinds: Counter[str] = Counter()
    values: dict[str, Counter[str]] = {}
    for product in islice(table.products, _LOOKED_AT):
        category = product.facts(language).category
        kinds.update({*product.entry(language).tags, category})
        for each in product.attributes(language):
            said = () if _NUMBER.search(each.value) else pieces(each.value)
            values.setdefault(each.label, Counter()).update(said)
    labels = sorted(values, key=lambda label: -values[label].total())
    features = (
        f"{label}: {value}"
        for label in labels
        for value, _ in values[label].most_common(_OF_A_LABEL)
    )
    named = [each for each, _ in kinds.most_common() if 0 < len(each) <= _LONGEST]
    theirs = [each for each in named if has_han(each) == (language == "zh")]
    return Facets(
        tuple((theirs or named)[:_KINDS]),
        tuple(islice((each for each in features if len(each) <= _LONGEST), _FEATURES)),
        tuple(labels[:_LABELS]),
    )


def tools(table: Table, skus: Iterable[str], language: Language) -> Iterator[type[BaseModel]]:
    """The tools for this catalogue; those for single products only where there are `skus` that may
    be meant."""
    known = facets(table, language)
    if not table.products:
        return
    found: dict[str, Any] = {}
    if known.kinds:
        found["kind"] = (one_of(known.kinds) | None, None)
    if known.features:
        found["features"] = (some_of(known.features), Find.model_fields["features"])
    doc = "Products are looked for: by kind, features, price, order; a list or ideas are wanted."
    yield create_model("FindProducts", __base__=Find, __doc__=doc, **found)
    skus = tuple(dict.fromkeys(each for each in skus if each in table.places))
    if not skus:
        return
    names = "; ".join(f"{sku}: {_name(table, sku, language)}" for sku in skus)
    listed = some_of(skus)
    labels = some_of(("price", "stock", *known.labels))
    doc = "Something is asked of one or several of these products; no attributes: all of it."
    yield create_model(
        "AskProduct",
        __base__=Tell,
        __doc__=doc,
        products=(listed, _field(Tell, names)),
        attributes=(labels, Tell.model_fields["attributes"]),
    )
    if len(skus) > 1:
        doc = "These products are compared with each other."
        yield create_model(
            "Compare", __base__=Hold, __doc__=doc, products=(listed, _field(Hold, names))
        )


def _field(of: type[BaseModel], names: str) -> Any:
    least = 2 if of is Hold else 1
    return Field(min_length=least, max_length=_PRODUCTS, description=names)


def one_of(values: Iterable[Any]) -> Any:
    """The type of these values and no others."""
    literal: Any = Literal
    return literal[tuple(values)]


def some_of(values: Iterable[Any]) -> Any:
    """The type of lists of these values and no others."""
    lists: Any = list
    return lists[one_of(values)]


def _name(table: Table, sku: str, language: Language) -> str:
    return shorten(table.products[table.places[sku]].name(language), _NAMED)


def act_of(
    call: BaseModel,
    text: str,
    table: Table,
    focus: Focus,
    alike: Alike,
    *,
    leans: bool = False,
    found: Sequence[str] = (),
) -> tuple[Act, Reading] | None:
    """What a call comes to, and the reading that says so; None where the shopper's words don't bear
    it. `leans`: they go on from what was told; `found` are SKUs that the search finds for them."""
    own = read(text, table)
    told = focus.skus if focus.age <= 1 and (leans or own.leans or own.refers) else ()
    borne = _Borne(own, table, told, found, alike)
    if borne.strange(call) > (_STRANGE_HAN if has_han(own.text) else _STRANGE):
        return None  # most of it is about something else
    if isinstance(call, Find):
        meant, about = borne.found(call), Focus()
    elif isinstance(call, Tell):
        meant, about = borne.asked(call), Focus(tuple(call.products))
    elif isinstance(call, Hold):
        meant, about = borne.held(call), Focus(tuple(call.products))
    else:
        return None
    act = Query(meant, table, about).act() if meant is not None else None
    if act is None or meant is None:
        return None
    near = act.near if isinstance(act, FindProducts) else ()
    return (act, meant) if act.skus or near else None


class _Borne:
    """Holds what a call names against the words of the shopper, read as `own`; `told` and `found`
    are products that they may be about without naming them."""

    def __init__(
        self, own: Reading, table: Table, told: Sequence[str], found: Sequence[str], alike: Alike
    ) -> None:
        self.own = own
        self.table = table
        self.alike = alike
        self.told, self.near = (
            [table.products[table.places[sku]] for sku in skus if sku in table.places]
            for skus in (told, found)
        )

    def strange(self, call: BaseModel) -> int:
        """How many words have nothing to do with what the call names."""
        named = _named(call) if isinstance(call, Find) else getattr(call, "attributes", [])
        return sum(
            not any(self.alike(each.text, value) >= _ALIKE for value in named)
            for each in self.own.unknown[:_READ]
        ) + max(0, len(self.own.unknown) - _READ)

    def found(self, call: Find) -> Reading | None:
        """The reading of a search."""
        values = _named(call)
        said = [self._says(value) or self._so(self.near, value) for value in values]
        going_on = [self._so(self.told, value) for value in values]
        numbers = self._numbers(call)
        if numbers is None or not all(a or b for a, b in zip(said, going_on, strict=True)):
            return None
        sort = self.own.sort or _SORTS.get(call.sort or "", "")
        counted = any(not each.exact or each.kind == MONEY for each in numbers)
        if not (any(said) or counted or (sort and any(going_on))):
            return None  # nothing of it is the shopper's
        asks = {"list", "recommend"} if call.recommend else {"list"}
        return Reading(
            self.own.text,
            self.own.language,
            tuple(map(_word, values)),
            frozenset(asks),
            sort=sort,
            quantities=numbers,
        )

    def asked(self, call: Tell) -> Reading | None:
        """The reading of a question on products."""
        if not (call.attributes or self.own.asks & _OPEN):
            return None
        if not all(map(self._asks, call.attributes)):
            return None
        if not self._all(call.products, near=bool(call.attributes)):
            return None
        measures = [measure_of(each) for each in call.attributes if each not in ("price", "stock")]
        asks = {each for each in call.attributes if each in ("price", "stock")} | {"it", "tell"}
        held = [each for each in self.own.words if not strong(self.table, each)]
        return replace(
            self.own,
            words=() if call.attributes else tuple(held),
            asks=frozenset(asks | (self.own.asks & {"back"})),
            measures=tuple(measures),
            sort="",
            compared=False,
            place=None,
            quantities=(),
            unknown=(),
        )

    def held(self, call: Hold) -> Reading | None:
        """The reading of a comparison."""
        asks = self.own.asks & {"compare", "which", "both"} or any(map(self._like, _COMPARING))
        if not asks or not self._all(call.products, near=True):
            return None
        return replace(self.own, words=(), unknown=(), asks=frozenset({"compare"}))

    def _all(self, skus: Sequence[str], *, near: bool) -> bool:
        """Whether each of the products was told and is gone on from, or is named; `near`: or is
        found."""
        meant = {product.sku for product in (*self.told, *(self.near if near else ()))}
        return all(sku in meant or self._names(sku) for sku in skus)

    def _names(self, sku: str) -> bool:
        """Whether the words name the product, or, where they name none, something like it."""
        place = self.table.places[sku]
        if named := [each for each in self.own.words if strong(self.table, each)]:
            return place in select(self.table, named).places
        return any(map(self._like, self.table.products[place].entry(self.own.language).tags))

    def _says(self, value: str) -> bool:
        """Whether the words say a value, or something like it."""
        if has_han(value):
            bare = value.removesuffix("色")
            if bare in self.own.text:
                return True
        parts = set(words(value))
        said = (set(each.stems) for each in (*self.own.words, *self.own.unknown))
        return any(parts & each for each in said) or self._like(value)

    def _like(self, value: str) -> bool:
        tried = (*self.own.unknown, *self.own.words)[:_COMPARED]
        return any(self.alike(each.text, value) >= _ALIKE for each in tried)

    def _so(self, products: Sequence[Product], value: str) -> bool:
        """Whether any of the products is so."""
        return any(_is(product, value, self.own.language) for product in products)

    def _asks(self, label: str) -> bool:
        """Whether an attribute is asked for."""
        asks = self.own.asks
        if label in asks or (label == "stock" and asks & {"many", "back"}):
            return True
        return measure_of(label) in self.own.measures or self._says(label)

    def _numbers(self, call: Find) -> tuple[Quantity, ...] | None:
        """The numbers of the words, as the call means them; None where it has others."""
        own = self.own.quantities
        low, high = call.price_at_least, call.price_at_most
        if low is None and high is None:
            return own
        money = [each for each in own if each.kind in ("", MONEY)]
        if not all(any(price in (e.low, e.high) for e in money) for price in (low, high) if price):
            return None
        for each in money:
            if not each.exact:  # the grammar has read a range: that is exact
                fits = low in (None, each.low) and high in (None, each.high)
                return own if fits else None
        meant = replace(money[0], kind=MONEY, low=low, high=high) if money else None
        return tuple(each for each in own if each not in money) + ((meant,) if meant else ())


def _named(call: Find) -> list[str]:
    """The values that a search names; what is looked for comes last."""
    features = [each.partition(": ")[2] for each in call.features]
    return [*features, call.kind] if call.kind else features


def _word(value: str) -> Word:
    """A value as the table has it."""
    key = key_of(value)
    return Word(key, (key,) if has_han(value) else tuple(words(value)), value.lower(), -1)


def _is(product: Product, value: str, language: Language) -> bool:
    tags = (*product.entry(language).tags, product.facts(language).category)
    held = (piece for each in product.attributes(language) for piece in pieces(each.value))
    return value in tags or value in held
