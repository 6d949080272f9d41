"""A short message as an act: what of the catalogue is asked, in view of what was told last.

It takes a message only if the catalogue, the ways to ask and the focus explain every word of it, or
if what is left over stands in the very products that it found. All else is None: a policy, an
order, small talk. It words nothing.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bot.catalogue.acts import Act, AskProduct, Filters, FindProducts
from bot.catalogue.columns import Ids
from bot.catalogue.compare import comparison, together
from bot.catalogue.denials import without
from bot.catalogue.focus import Focus
from bot.catalogue.found import Word, as_said
from bot.catalogue.lacking import lacking
from bot.catalogue.order import in_order, kin
from bot.catalogue.reading import Reading
from bot.catalogue.recommend import recommendation
from bot.catalogue.related import named_beside
from bot.catalogue.search import (
    Selection,
    best_first,
    by_quantity,
    narrows,
    of_facet,
    ordered,
    saying,
    select,
    strong,
    with_word,
)
from bot.catalogue.table import NONE, Table
from bot.catalogue.table import words as words_of
from bot.catalogue.told import TOLD, Told, as_one
from bot.language.quantities import MONEY
from bot.language.wording import lexicon

LISTED, NEAR = 5, 3  # products of a list that are shown; that are offered where nothing fits
_OF_SHOPS = frozenset({"address", "phone", "hours"})  # rarely a product's
_LONG = frozenset({"length", "duration"})  # of "how long"
# Ways to ask that want a list or a yes.
_OPEN = frozenset({"have", "list", "other", "feature", "being", "general", "order"})


class Query:
    """One short message, every word of which has to be explained."""

    def __init__(self, reading: Reading, table: Table, focus: Focus) -> None:
        self.leaning = Told(reading, table, focus)
        self.reading = self.leaning.reading
        self.table = table
        self.focus = self.leaning.focus
        self.names, self.told = self.leaning.names, self.leaning.places
        self.numbers = tuple(each for each in reading.quantities if narrows(table, each))

    def act(self) -> Act | None:
        reading, table, focus = self.reading, self.table, self.focus
        told = [
            table.places[each] for each in focus.skus if each in table.places and focus.age <= 1
        ]
        if reading.denied and not self._wants_ideas():
            return self._but()
        if "sum" in reading.asks and (summed := together(reading, table, focus, told)):
            return summed
        if compared := comparison(reading, table, told):
            return compared
        if self._wants_ideas() and (idea := recommendation(reading, table, self.numbers)):
            return idea
        if nothing := lacking(reading, table, focus):
            return nothing
        if (selection := self._selection()) is None:
            return self._labelled() or self._unclear()
        if not self._explained(selection):
            return self._with_unknown(selection)
        if reading.sort and (found := in_order(reading, table, selection, self.told, self.numbers)):
            return found
        measures = self._measures()
        if measures and not (self.numbers and reading.asks & _OPEN):
            return self._asked(selection, measures)
        if self.numbers:
            priced = self._priced()
            valued = any(each.word in self.table.valued for each in reading.words)
            if reading.words and not (self.names or valued):
                return None
            if not len(selection.places) and reading.leans and not len(told):
                return None  # "what about a tent with 5 months": what was spoken of before
            return self._found(selection, sure=priced or len(selection.places) > 0)
        if reading.place is not None or reading.asks & {"it", "both", "tell"}:
            return self._told(selection)
        if reading.asks & _OPEN:
            return self._listed(selection)
        if self.names and not selection.missed:
            return self._bare(selection)
        within = self.leaning.within() is not None  # "And in blue?", of what was told.
        return self._listed(selection) if within else self._spoken_of(selection)

    def _wants_ideas(self) -> bool:
        reading, asks = self.reading, self.reading.asks
        given = "gift" in asks and (self.numbers or ("list" in asks and not reading.words))
        # "Recommend a good film" names something that is no product.
        ours = reading.words or asks & {"gift", "general"} or not reading.unknown
        return bool(given or ("recommend" in asks and ours))

    def _but(self) -> Act | None:
        """ "Boots without leather", "not the red one": a list without what is denied."""
        reading, asks = self.reading, self.reading.asks
        if reading.words or self.numbers:
            selection = self._selection()
        else:
            told = self.leaning.listed() if self.focus.age <= 1 else NONE
            selection = self._by_numbers(Selection(told)) if len(told) else None
        if selection is None or selection.missed or not self._explained(selection):
            return None
        if not len(selection.places) and not reading.words:
            return None
        if (measures := self._measures()) and not (self.numbers and asks & _OPEN):
            return self._asked(selection, measures)
        return self._found(selection, sure=True)

    def _labelled(self) -> Act | None:
        """ "Anything waterproof?", where that is a label of the shop's own: who says it."""
        reading = self.reading
        known = lexicon("products")["measures"]
        if reading.unknown or len(reading.measures) != 1 or reading.measures[0] in known:
            return None
        if reading.asks - {"list", "have", "general", "sell", "order"} or reading.words:
            return None
        word = Word(text := reading.measures[0], tuple(words_of(text)), text, 0)
        places = with_word(self.table, word, np.arange(len(self.table.products), dtype=np.int32))
        return self._found(Selection(places, (word,)), sure=False) if len(places) else None

    def _unclear(self) -> Act | None:
        """ "How tall is it?" where nothing was told: which one is meant."""
        reading = self.reading
        asks = reading.measures or "stock" in reading.asks
        if "it" in reading.asks and asks and not reading.unknown and not self.focus.skus:
            return AskProduct((), tuple(reading.measures))
        return None

    def _with_unknown(self, selection: Selection) -> Act | None:
        """ "Are your candles vegan?", "waterproof lamps", "does it come in green": a word that no
        product has, said right of or right before what is named."""
        reading, places = self.reading, selection.places
        unknown = as_one(reading.unknown)
        if unknown is None or selection.missed or not len(places):
            return None
        if unknown.text in lexicon("products")["elsewhere"]:
            return None
        within = self.leaning.within() is not None and len(places) <= LISTED
        option = unknown.after == "in" or unknown.text.endswith("色") or "/" in unknown.text
        if within and not self.names and option:
            return AskProduct(self._skus(self._nearest(places)), (), (), (unknown,))
        if not self.names:
            return None
        end = unknown.start + len(unknown.text)
        before = any(each.start in (end, end + 1) for each in reading.words)
        last = all(each.start < unknown.start for each in reading.words) and not self._measures()
        if "being" in reading.asks and last and len(places) <= LISTED:
            return AskProduct(self._skus(places), (), (), (unknown,))
        if before and reading.asks & {"have", "list"} and len(unknown.text) > 1:
            return self._found(replace(selection, missed=(unknown,)), sure=False)
        return None

    def _selection(self) -> Selection | None:
        """The products that are meant, by their names or by what was told; None for none."""
        reading, table = self.reading, self.table
        words = reading.words
        within = self.leaning.within()
        if within is None and not words and not self.numbers:
            return None
        if within is not None:
            if not words:
                found = self._by_numbers(Selection(within))
                among = None if len(found.places) else self.leaning.among()
                return found if among is None else self._by_numbers(Selection(among))
            chosen = self.leaning.own or select(table, words, within)
            if chosen.missed and (among := self.leaning.among()) is not None:
                another = select(table, words, among)
                chosen = chosen if another.missed else another
            if not set(self.names) & set(chosen.missed):
                return self._by_numbers(chosen)
        if not words:
            fresh = len(self.told) > 0 and not self.focus.age
            listed = reading.asks & {"have", "sell", "general", "other"} or (
                "list" in reading.asks and not reading.leans
            )
            if not fresh and not listed:
                return None  # "and over 100?" is of what was spoken of since
            # "Under 30?" after a list of mugs means mugs.
            among = np.arange(len(table.products), dtype=np.int32)
            if len(self.told) and not self.focus.age and "general" not in reading.asks:
                among = kin(reading, table, int(self.told[0]))
            return self._by_numbers(Selection(among))
        return self._by_numbers(select(table, words))

    def _by_numbers(self, selection: Selection) -> Selection:
        for each in self.reading.quantities:  # "for 4 people", where said so
            if each.kind == "count" and each.exact and each.low != 1:  # no filter: 「一个」
                counted = by_quantity(self.table, selection.places, each)
                if len(counted):
                    selection = replace(selection, places=counted)
        if self.reading.denied:
            left = without(self.table, selection.places, self.reading.denied)
            selection = replace(selection, places=left)
        places = selection.places
        for each in self.numbers:
            places = by_quantity(self.table, places, each)
        return replace(selection, places=places)

    def _priced(self) -> bool:
        """Whether a price is among the numbers."""
        return any(each.kind in ("", MONEY) for each in self.numbers)

    def _explained(self, selection: Selection) -> bool:
        """Whether nothing of the message is about something else."""
        measured = {"how"} if self.reading.measures else set()  # "how bright"
        measured |= {"when"} if "back" in self.reading.asks else set()
        measured |= {"how"} if self.reading.asks >= {"order", "it"} else set()  # "how do I buy it"
        return all(
            each.text in measured or self._said_of(each.text, selection.places)
            for each in self.reading.unknown
        )

    def _said_of(self, unknown: str, places: Ids) -> bool:
        """Whether one of the found products says the word itself ("burn": "Burning time")."""
        if not 0 < len(places) <= TOLD:
            return False
        if unknown.endswith("n't") or unknown in lexicon("products")["denied"]:
            return False
        return any(self.table.products[int(place)].says(unknown) for place in places)

    def _measures(self) -> tuple[str, ...]:
        asks = self.reading.asks
        extra = [each for each in ("price", "stock") if each in asks]
        counted = "many" in asks and not self.reading.measures and self.reading.words
        extra = ["stock"] if counted or "back" in asks else extra
        return (*self.reading.measures, *extra)

    def _skus(self, places: Ids | Sequence[int]) -> tuple[str, ...]:
        return tuple(self.table.products[int(place)].sku for place in places)

    def _asked(self, selection: Selection, measures: tuple[str, ...]) -> Act | None:
        """An attribute, the price or the stock of what is meant."""
        reading, places = self.reading, selection.places
        if not len(places) or not (self.names or self.leaning.within() is not None):
            return None
        if reading.measures and "how long" in reading.text and len(measures) > 1:
            held = tuple(each for each in measures if self._any_holds(places, (each,)))
            named = tuple(each for each in measures if each not in _LONG)
            beside = named_beside(reading, self.table, places, measures)
            measures = named or beside or held or measures
        holds = self._any_holds(places, measures)
        pointed = self.names or reading.words or reading.place is not None or reading.compared
        since = self.focus.elsewhere and not pointed and ("price" in measures or not holds)
        if since and (self.focus.aside or len(places) > 1):
            return None  # "it" is what was spoken of since
        if not holds and _OF_SHOPS & set(measures):
            return None
        if len(places) > TOLD:
            return self._found(selection, sure=False, measure=measures[0])
        said = tuple(each for each in selection.used if each not in self.names)
        if not (said or self.names) and set(measures) <= {"price", "stock"}:
            said = self.leaning.option()
        return AskProduct(
            self._skus(self._nearest(places)),
            tuple(dict.fromkeys(measures)),
            said,
            selection.missed,
            sure=(holds or bool(said) or self._only_asks()) and not (selection.missed or since),
            back="back" in reading.asks,
        )

    def _only_asks(self) -> bool:
        """Whether it is one clear question on what was told just now, and nothing else."""
        reading = self.reading
        alone = not (reading.words or reading.unknown or self.focus.age)
        return alone and len(reading.measures) == 1 and not _OF_SHOPS & set(reading.measures)

    def _any_holds(self, places: Ids, measures: Sequence[str]) -> bool:
        return any(self.table.products[int(place)].holds(measures) for place in places[:TOLD])

    def _nearest(self, places: Ids) -> list[int]:
        """Products in the order told before, else of the catalogue."""
        order = {sku: at for at, sku in enumerate(self.focus.skus)}
        products = self.table.products
        return sorted(map(int, places), key=lambda each: (order.get(products[each].sku, 99), each))

    def _found(self, selection: Selection, *, sure: bool, measure: str = "") -> Act | None:
        if selection.missed and not selection.used:
            return None
        places = self._others(selection.places)
        near = () if len(places) or self.reading.denied else self._nearly()
        used, missed = selection.used, selection.missed
        filters = Filters(used, self.numbers, missed, as_said(used), self.reading.denied)
        if self._priced():
            places, _ = ordered(self.table, places, "price+")
        places = best_first(self.table, places, selection.used, self.numbers)
        return FindProducts(self._skus(places), filters, measure=measure, sure=sure, near=near)

    def _nearly(self) -> tuple[str, ...]:
        """What comes nearest to a price or a measure that nothing meets."""
        words = self.reading.words
        places = select(self.table, words).places if words else NONE
        wanted = [each.high if each.high is not None else each.low for each in self.numbers]
        money = [each.kind in ("", MONEY) and not each.sides for each in self.numbers]
        if len(places) and any(money):
            aim = wanted[money.index(True)] or 0.0
            distance = np.abs(np.nan_to_num(self.table.prices[places], nan=np.inf) - aim)
            places = places[np.argsort(distance, kind="stable")]
        return self._skus(places[:NEAR])

    def _others(self, places: Ids) -> Ids:
        """Without what was told, where others are asked for."""
        if "other" in self.reading.asks:
            return np.setdiff1d(places, self.told, assume_unique=True)
        return places

    def _told(self, selection: Selection) -> Act | None:
        """ "The first one", "tell me about it", "does it work on induction"."""
        reading, places = self.reading, selection.places
        if not len(places) or len(places) > TOLD:
            return None
        if reading.asks & {"it", "both"} and not len(self.told):
            return self._listed(selection) if self.names else None
        values = tuple(each for each in selection.used if each not in self.names)
        if selection.missed:
            facets = [of_facet(self.table, each) for each in selection.missed]
            return AskProduct(
                self._skus(self._nearest(places)), (), values, selection.missed, sure=all(facets)
            )
        clear = reading.place is not None or "tell" in reading.asks or bool(selection.used)
        if not clear and self.focus.elsewhere:
            return None
        sure = reading.place is not None or bool(selection.used)
        again = reading.leans and not values and not self.focus.age  # "and the second one?"
        measures = self.focus.measures if again else ()
        return AskProduct(self._skus(self._nearest(places)), measures, values, sure=sure)

    def _listed(self, selection: Selection) -> Act | None:
        """ "Do you have mugs", "do you have the robe in sage", "does the kettle work on gas"."""
        table, places = self.table, selection.places
        values = [each for each in selection.used if each not in self.names]
        missed = selection.missed
        within = self.leaning.within() is not None
        if missed and (selection.used or within):
            facets = [of_facet(table, each) for each in missed]
            plain = not any(strong(table, each) for each in missed) or (
                all(facets) and len(places) == 1  # "a battery washer": only corded
            )
            if (plain or "feature" in self.reading.asks or within) and len(places) <= TOLD:
                sure = all(facets) and (within or bool(self.names))
                return AskProduct(
                    self._skus(self._nearest(places)), (), tuple(values), missed, sure=sure
                )
            return self._found(selection, sure=any(each.word in table.valued for each in values))
        if not len(places):
            return None
        valued = [each for each in values if each.word in table.valued]
        vague = "general" in self.reading.asks and len(places) <= TOLD
        if not (self.names or valued or within or vague):
            return None  # words of descriptions alone: "do you sell gift *cards*"
        few = within and len(places) <= LISTED
        if few or len(places) == 1:
            sure = bool(valued or (few and values))
            return AskProduct(self._skus(self._nearest(places)), (), tuple(values), sure=sure)
        return self._found(selection, sure=bool(valued) and bool(self.names))

    def _spoken_of(self, selection: Selection) -> Act | None:
        """ "Waterproof shoes", where those that there are say that they are not."""
        places, missed = selection.places, selection.missed
        few = self.names and missed and 0 < len(places) <= LISTED
        if not few or len(saying(self.table, missed, places)) < len(places):
            return None
        return AskProduct(self._skus(places), (), missed, sure=True)

    def _bare(self, selection: Selection) -> Act | None:
        """A name and nothing else."""
        places = selection.places
        if not len(places) or self.reading.unknown:
            return None
        if self.reading.leans:  # "and the pan?": the same question of another product
            if self.focus.age or not self.focus.skus:
                return None
            if self.focus.measures and len(places) <= TOLD:
                return AskProduct(self._skus(places), self.focus.measures, sure=True)
        if len(places) == 1:
            comes = self.table.products[int(places[0])].facts(self.reading.language).variants
            options = [each for each in selection.used if comes and each not in self.names]
            return AskProduct(self._skus(places), (), tuple(options))
        return self._found(selection, sure=False)
