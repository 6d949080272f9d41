"""What may be told of the model: products in stock that go with others, each with its reason.

A reason speaks of buyers only where so many different ones bought both that it tells nothing about
anybody; what has no reason that can be said is not suggested at all. It knows no shopper: what they
have bought or given back is given to it, and who may be asked after at all is decided above.
"""

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog

from bot.catalogue.columns import Ids
from bot.catalogue.product import Product
from bot.catalogue.recommender import common, files
from bot.catalogue.recommender.model import Model
from bot.catalogue.table import Table
from bot.errors import BuildError
from bot.texts import t
from bot.types import Language

log = structlog.get_logger()
PEOPLE = 3
"""So many different customers bought both before anything is said of it."""

MOST = 5
_LOOKED_AT = 200  # of the model's best, for reasons, stock and variety

Kind = Literal["together", "attribute", "colour", "tag", "category"]


@dataclass(frozen=True)
class Suggestion:
    """A product, and why: what it has to do with the product `of`. `label` and `value` are what
    both are, in the reader's language; `people` bought both."""

    sku: str
    of: str
    kind: Kind
    label: str = ""
    value: str = ""
    people: int = 0


class Recommender:
    """The model in a folder, read anew whenever another one is served. Safe between threads."""

    def __init__(self, folder: Path, table: Callable[[], Table]) -> None:
        self._folder = folder
        self._table = table
        self._lock = threading.Lock()
        self._stamp: tuple[int, ...] = ()
        self._model: Model | None = None

    @property
    def ready(self) -> bool:
        """Whether there is a model at all."""
        return self._current() is not None

    def suggest(
        self,
        skus: Sequence[str],
        language: Language,
        *,
        without: Collection[str] = (),
        among: Ids | None = None,
        most: int = MOST,
    ) -> list[Suggestion]:
        """What goes with these products, the last of which counts most: none of their own kinds,
        nothing of `without`, and only `among` these places of the table where that is given."""
        table, model = self._table(), self._current()
        if model is None:
            return []
        history = [model.numbers[sku] for sku in skus if sku in model.numbers]
        known = [sku for sku in reversed(skus) if sku in table.places]
        if not history:
            return []
        wanted = None if among is None else {table.products[int(at)].sku for at in among}
        apart = {*skus, *without}
        mine = [common.kinds(table.products[table.places[sku]]) for sku in known]
        found: list[Suggestion] = []
        seen: set[frozenset[str]] = set(mine)
        later: list[Suggestion] = []
        for number in model.ranked(history, _LOOKED_AT):
            sku = model.skus[int(number)]
            if (
                sku in apart
                or sku not in table.places
                or (wanted is not None and sku not in wanted)
            ):
                continue
            product = table.products[table.places[sku]]
            kinds = common.kinds(product)
            if product.stock == 0 or any(kinds & each for each in mine):
                continue
            reason = self._reason(model, table, product, known, language)
            if reason is None:
                continue
            (later if kinds in seen else found).append(reason)
            seen.add(kinds)
            if len(found) == most:
                break
        return (found + later)[:most]

    def _reason(
        self,
        model: Model,
        table: Table,
        product: Product,
        known: Sequence[str],
        language: Language,
    ) -> Suggestion | None:
        """Why a product goes with one of those `known`, the most telling reason first."""
        others = [table.products[table.places[sku]] for sku in known]
        number = model.numbers[product.sku]
        for other in others:
            people = (
                model.together(model.numbers[other.sku], number)
                if (other.sku in model.numbers)
                else 0
            )
            if people >= PEOPLE:
                return Suggestion(product.sku, other.sku, "together", people=people)
        for other in others:
            if both := common.shared(other, product, language):
                kind: Kind = "colour" if both.measure == common.COLOUR else "attribute"
                return Suggestion(product.sku, other.sku, kind, both.label, both.value)
        for other in others:
            if tag := common.same_tag(other, product, language):
                return Suggestion(product.sku, other.sku, "tag", value=tag)
        for other in others:
            category = product.facts(language).category
            if category and category == other.facts(language).category:
                return Suggestion(product.sku, other.sku, "category", value=category)
        return None

    def _current(self) -> Model | None:
        stamp = files.stamp(self._folder)
        if stamp == self._stamp:
            return self._model
        with self._lock:
            if stamp != self._stamp:
                try:
                    self._model = files.load(self._folder)
                except (BuildError, OSError) as error:
                    log.error("recommender.refused", cause=str(error))
                self._stamp = stamp
        return self._model


def why(suggestion: Suggestion, table: Table, language: Language) -> str:
    """The reason in words."""
    other = table.products[table.places[suggestion.of]].name(language)
    return t(
        f"suggest.why_{suggestion.kind}",
        language,
        name=other,
        label=suggestion.label.lower() if language == "en" else suggestion.label,
        value=suggestion.value,
    )
