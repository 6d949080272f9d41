"""A product of the catalogue in its languages, and what its labels mean."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from unicodedata import normalize

from bot.catalogue.columns import measured
from bot.knowledge.entry import Entry, Facts
from bot.language.lexical import fold, stem
from bot.language.measures import measure_of
from bot.language.sentences import sentences
from bot.language.wording import has_han, lexicon
from bot.types import PRODUCT, Language

_PIECES = re.compile(r"[,;，、；/|]|\band\b")
_BEHIND_HEAD = re.compile(r"\s(?:with|in|for|of|at|to|up)\b|[,(（]|\s\d")
_STOPS = ".,;:()\"'"


@dataclass(frozen=True)
class Attribute:
    """A label and its value in one language; `measure` is the label's meaning."""

    label: str
    value: str
    measure: str


class Product:
    """One product, in the languages that the catalogue has it in."""

    __slots__ = ("_attributes", "_values", "currency", "entries", "price", "sku", "stock")

    def __init__(self, entries: Mapping[Language, Entry]) -> None:
        self.entries = dict(entries)
        first = next(iter(self.entries.values()))
        facts = first.facts or Facts()
        self.sku = first.id.removeprefix(PRODUCT)
        self.price = None if facts.price is None else float(facts.price)
        self.currency = facts.currency
        self.stock = facts.stock
        self._attributes: dict[Language, tuple[Attribute, ...]] = {}
        self._values: frozenset[str] | None = None

    def entry(self, language: Language) -> Entry:
        """The product's entry in `language`, else in the one that it has."""
        return self.entries.get(language) or next(iter(self.entries.values()))

    def name(self, language: Language) -> str:
        """What it is called."""
        return self.entry(language).title

    def facts(self, language: Language) -> Facts:
        """Its fields in `language`, else in the one that it has."""
        return self.entry(language).facts or Facts()

    def attributes(self, language: Language) -> tuple[Attribute, ...]:
        """Its attributes in `language`, else in the one that it has."""
        found = self._attributes.get(language)
        if found is None:
            found = tuple(
                Attribute(label, value, measure_of(label))
                for label, value in self.facts(language).attributes
            )
            self._attributes[language] = found
        return found

    def holds(self, measures: Sequence[str]) -> bool:
        """Whether it says one of these: its price, its stock, or an attribute by its measure."""
        if "price" in measures and self.price is not None:
            return True
        if "stock" in measures and self.stock is not None:
            return True
        language = next(iter(self.entries))
        return any(self.measured(each, language) for each in measures)

    def sentences(self, language: Language) -> list[str]:
        """The sentences of its description, without their stops."""
        found = sentences(self.facts(language).description)
        return [each for each in (of.strip("。.；; \n") for of in found) if each]

    def measured(self, measure: str, language: Language) -> list[Attribute]:
        """The attributes that a measure means: its own, else those that its name may mean, too,
        else those of a part ("cutting depth in wood"), else the one number of its kind under a
        label that means nothing else ("visit": 2 hours)."""
        held = self.attributes(language)
        if own := [each for each in held if each.measure == measure]:
            return own
        labels = alike(measure)
        if meant := [each for each in held if each.measure in labels]:
            return meant
        if headed := [each for each in held if head_of(each.label) in {measure, *labels}]:
            return headed
        known = lexicon("products")["measures"]
        kind = known.get(measure, {}).get("kind")
        free = (each for each in held if kind and each.measure not in known)
        found = [each for each in free if any(of.kind == kind for of in measured(each.value))]
        return found if len(found) == 1 else []

    def has_value(self, word: str) -> bool:
        """Whether the word of the table is a whole value of an attribute."""
        if self._values is None:
            found = (each.value for of in self.entries for each in self.attributes(of))
            values = normalize("NFKC", ",".join(found)).lower().replace(" ", "")
            self._values = frozenset(pieces(values))
        return word.replace("\0", "") in self._values

    def says(self, word: str) -> bool:
        """Whether the word stands in its name, its description or an attribute."""
        wanted = word_of(word)
        for entry in self.entries.values():
            facts = entry.facts or Facts()
            pairs = (f"{label} {value}" for label, value in facts.attributes)
            said = " ".join((entry.title, facts.description, *pairs)).lower()
            if has_han(word):
                if word in said:
                    return True
            elif any(word_of(each.strip(_STOPS)) == wanted for each in said.split()):
                return True
        return False


@lru_cache(maxsize=50_000)
def head_of(label: str) -> str:
    """The noun of an English label: "depth" of "cutting depth in wood"."""
    kept = _BEHIND_HEAD.split(fold(label), maxsplit=1)[0].split()
    return kept[-1] if len(kept) > 1 or kept != fold(label).split() else ""


@cache
def alike(measure: str) -> frozenset[str]:
    """The measures under whose labels a catalogue may keep another one ("diameter" for "size")."""
    labels = lexicon("products")["measures"].get(measure, {}).get("labels", ())
    return frozenset(measure_of(str(label)) for label in labels) | {
        fold(str(each)) for each in labels
    }


def pieces(value: str) -> list[str]:
    """The single values of "white, sand, sea blue"."""
    return [piece.strip() for piece in _PIECES.split(value) if piece.strip()]


# American spellings as the British ones, so that either finds the other.
_SPELT = {"color": "colour", "colors": "colours", "gray": "grey", "pajamas": "pyjamas"}


@lru_cache(maxsize=100_000)
def word_of(token: str) -> str:
    """The word as which a token is found."""
    return stem(_SPELT.get(token, token)) if token.isascii() and token[:1].isalpha() else token
