"""What a message says of the products that were told before, and which of them it means."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from bot.catalogue.columns import Ids
from bot.catalogue.focus import Focus
from bot.catalogue.found import Word
from bot.catalogue.reading import Reading
from bot.catalogue.search import Selection, of_facet, ordered, saying, select, strong
from bot.catalogue.table import NONE, Table, key_of, words
from bot.catalogue.variants import meant, options
from bot.language.wording import has_han

TOLD = 12  # products that an answer on an attribute may be about
LEANING = 2  # turns on other things after which "in red?" still is of what was told
_CHARACTERS = 3  # of a Chinese word that no product has
_ANOTHER = re.compile(r"\b(?:any|one|ones)\b|的[呢有]")
_DEFINITE = re.compile(r"\bthe (?:[a-z]+ ){1,2}ones?\b|的[那这]|[那这][个款只件].{0,4}的")
_ONE = re.compile(r"\b(?:its?|it's|th(?:at|is) one)\b|它(?!们)|这[个款]")
_SEARCHES = frozenset({"order", "sell", "list", "rest", "other"})
_ELSE = _SEARCHES | {"price", "stock", "back"}


class Told:
    """The products told last, at `places`; `names` are the message's words for other products, and
    `own` what it asks of the ones told though its words may name others, too."""

    def __init__(self, reading: Reading, table: Table, focus: Focus) -> None:
        if focus.aside and not (reading.measures or "feature" in reading.asks):
            focus = Focus()  # "it's the blue one" goes on from the answer that named it
        if focus.ordered and len(focus.skus) > 1 and _of_first(reading):
            focus = replace(focus, skus=focus.skus[:1], among=focus.skus)
        left = set(focus.among) - set(focus.skus)
        if "rest" in reading.asks and not left:
            reading = replace(reading, asks=reading.asks | {"other"})
        self.reading, self.table, self.focus = reading, table, focus
        self.places = self._places(focus.skus)
        if len(self.places) and reading.compared and _DEFINITE.search(reading.text):
            self._pick()
        flags = self._flags()  # "Waterproof?", of what was told, whatever else is called so
        named = [each for each in reading.words if strong(table, each) and each.word not in flags]
        # "the wren in blue": not the blues harmonica
        self.names = [each for each in named if not _is_option(table, each)] or named
        self.own = self._of_its_own()
        self.names = [] if self.own else self.names

    def _places(self, skus: Iterable[str]) -> Ids:
        at = self.table.places
        return np.array(sorted(at[sku] for sku in skus if sku in at), dtype=np.int32)

    def _flags(self) -> frozenset[str]:
        """What those told say yes or no to."""
        if self.focus.age > LEANING:
            return frozenset()
        products = (self.table.products[int(place)] for place in self.places[:TOLD])
        labels = (
            each.label
            for product in products
            for of in product.entries
            for each in product.attributes(of)
        )
        return self.table.flags & set(map(key_of, labels))

    def _pick(self) -> None:
        """ "The cheaper one, is it in blue?" is of that one; where only one was told, of it."""
        reading, among = self.reading, self.listed()
        asks = reading.measures or reading.words or reading.asks & {"stock", "price", "feature"}
        if len(among) > 1 and (not asks or self.focus.age > 1):
            return  # what is asked is which one that is
        order, _ = ordered(self.table, among, reading.sort)
        self.places = order[:1] if len(order) else among[:1]
        self.focus = replace(self.focus, skus=(self.table.products[int(self.places[0])].sku,))
        asked = reading.asks - {"which", "other", "general"} | {"it"}
        self.reading = replace(reading, asks=asked, sort="", compared=False, place=0)

    def within(self) -> Ids | None:
        """What was told, where the message leans on it."""
        reading = self.reading
        if not len(self.places) or "other" in reading.asks:
            return None
        if "rest" in reading.asks:
            return self._places(set(self.focus.among) - set(self.focus.skus))
        if reading.place is not None:
            if not -len(self.focus.skus) <= reading.place < len(self.focus.skus):
                return None
            place = self._places([self.focus.skus[reading.place]])
            return place if len(place) else None
        plain = not reading.asks & {"have", "general", "other", "sell", "it"}
        if reading.compared and (plain or "which" in reading.asks) and not reading.words:
            return self._sorted_within()
        if reading.refers or self.own:
            return self.places
        if self.names or "general" in reading.asks:
            return None
        if reading.sort and not reading.words:
            return self._sorted_within()
        if reading.words:
            return self.places if self.focus.age <= LEANING and self._held_facets() else None
        asks = reading.measures or reading.asks & {"price", "stock", "back"} or self._options()
        unknown = as_one(reading.unknown) if "have" in reading.asks else None
        if unknown is not None and unknown.text.endswith("色"):
            return self.places if not self.focus.age else None  # 「有绿色的吗」: nothing is green
        return self.places if self.focus.age == 0 and asks else None

    def _options(self) -> bool:
        """Whether a number or a letter is an option of what was told: "and in 42?"."""
        products = (self.table.products[int(place)] for place in self.places[:TOLD])
        return any(options(each, self.reading, self.reading.language) for each in products)

    def _sorted_within(self) -> Ids | None:
        """What "the cheapest?" is of: several that were told, else those they were picked from."""
        if self.focus.age > 1:
            return None
        return self.listed()

    def _held_facets(self) -> bool:
        """Whether what was told has the sort of value that the message names, or says the word."""
        products = [self.table.products[int(place)] for place in self.places]
        language = self.reading.language
        held = {each.measure for product in products for each in product.attributes(language)}
        facets = {of_facet(self.table, each) for each in self.reading.words}
        if facets & held or len(self._coming_in()):
            return True
        return self.focus.age == 0 and all(
            len(select(self.table, [each], self.places).used) for each in self.reading.words
        )

    def option(self) -> tuple[Word, ...]:
        """The variant that was spoken of just before, where no other is named."""
        if self.focus.age or self._options():
            return ()
        return tuple(Word(each, tuple(words(each)), each, 0) for each in self.focus.options)

    def listed(self) -> Ids:
        """What was told as a list, or the list that the one told was picked from."""
        if len(self.places) > 1 or not self.focus.among:
            return self.places
        return self._places(self.focus.among)

    def among(self) -> Ids | None:
        """The list that the one told was picked from, where "is there one", "any in white" ask
        whether another of them will do."""
        asks = self.reading.asks
        listed = bool(asks & {"general", "other"}) or ("have" in asks and "it" not in asks)
        listed = listed or bool(_ANOTHER.search(self.reading.text))
        return self._places(self.focus.among) if self.focus.among and listed else None

    def _of_its_own(self) -> Selection | None:
        """ "Does it have a light", "do they fit the X": of what was told, whatever else the words
        may name, if it says them; else that it does not."""
        asks = self.reading.asks
        if self.focus.age or not self.names:
            return None
        if not asks & _SEARCHES and len(found := self._coming_in()):
            return Selection(found, self.reading.words)
        if (self.reading.measures and "include" not in asks) or asks & _ELSE:
            return None
        of_it = asks >= {"it", "feature"} or "include" in asks
        if not (of_it or (has_han(self.reading.text) and "have" in asks)):
            return None
        said = self.reading.words
        found = saying(self.table, said, self.places) if 0 < len(self.places) <= TOLD else NONE
        if not len(found) and (not of_it or not len(self.places)):
            return None
        return Selection(found, said) if len(found) else Selection(self.places, (), said)

    def _coming_in(self) -> Ids:
        """Those told that come in all that is said ("and in blue?", of one in sky blue)."""
        reading, products = self.reading, self.table.products
        found = [
            place
            for place in self.places[:TOLD]
            if all(meant(products[int(place)], [each], reading.language) for each in reading.words)
        ]
        return np.array(found, dtype=np.int32)


def _of_first(reading: Reading) -> bool:
    """Whether "it" is the first of a list: "the cheapest lamp?" asks for one."""
    if "rest" in reading.asks:
        return True
    several = reading.asks & {"both", "other", "which", "compare"} or reading.place is not None
    return not several and _ONE.search(reading.text) is not None


def _is_option(table: Table, word: Word) -> bool:
    return word.after == "in" and word.word in table.valued


def as_one(unknown: Sequence[Word]) -> Word | None:
    """The one word that nothing explains, maybe of several Chinese characters in a row."""
    if (
        not unknown
        or len(unknown) > _CHARACTERS
        or (len(unknown) > 1 and not has_han(unknown[0].text))
    ):
        return None
    first, *rest = unknown
    if any(each.start != first.start + at for at, each in enumerate(rest, 1)):
        return None
    text = "".join(each.text for each in unknown)
    return replace(first, word=text, stems=(text,), text=text) if rest else first
