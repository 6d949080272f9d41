"""A shop's products as a table: lists of the catalogue's own words, columns of its numbers.

It is read from the entries of one index build (see `knowledge/entry.Facts`), so there is no second
source of truth. A word leads to products by how strongly it names them: as the whole of a tag or a
name's head, as a part of one, as an attribute's value, or in the description alone. It says nothing
and decides nothing; `reading.py` knows what a message asks, `search.py` finds.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache

import numpy as np

from bot.catalogue.columns import Columns, Ids, measured
from bot.catalogue.heads import ASIDE, heads, joined
from bot.catalogue.product import Product, pieces, word_of
from bot.catalogue.statements import affirmed, denials
from bot.knowledge.entry import Entry, Facts
from bot.language.lexical import fold
from bot.language.measures import measure_of
from bot.language.phrases import pieces_of
from bot.language.wording import has_han, lexicon
from bot.types import PRODUCT, Language

NONE: Ids = np.empty(0, dtype=np.int32)

_PIECES = re.compile(r"[,;，、；/|]|\band\b")
_PARTS = re.compile(r"[,;，、；|]")
_LONGEST_GRAM = 4  # Chinese characters of a name that are found as one word
LONGEST_WORD = 12  # … and of a tag or a value
LONGEST_TITLE = 32  # words or characters of a name that is found as a whole
_HALF = 2  # characters of each word of a label that is said apart
_SHORTEST_END = 3  # letters of a compound's end
_SIGNED = re.compile(r"\d[/-]|#")  # of an option that is more than words and numbers
_MODEL = re.compile(r"(?<![A-Za-z\d])[A-Za-z]{1,4}-?\d{1,5}[A-Za-z]{0,2}(?![A-Za-z\d])")  # "M2"
_CODE = re.compile(r"[A-Za-z]+[ -]?\d[\w-]*|[A-Za-z]+(?:-\w+)+")  # of a product: "DR-18"
_HYPHEN = re.compile(r"(?<=[A-Za-z])-(?=[A-Za-z])")  # as messages are read (`spelling.py`)
_COLOUR, _MATERIAL = "colour", "material"


class Table:
    """All products of one build. Safe to share between threads.

    Products are known by their place in `products`. `exact`, `named`, `valued` and `told` lead from
    a word to places, in growing order; an English word is a stem, a Chinese one its characters.
    `denied` are the places whose descriptions say a word of what the thing is not.
    `kinds` are the words of tags and categories, `flags` the labels whose values are yes or no: of
    what says yes, they are values themselves. `mentioned` keeps which products texts of the shop
    name (`named.py`).
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        by_id: dict[str, dict[Language, Entry]] = defaultdict(dict)
        for entry in entries:
            if entry.kind == "product" and entry.facts is not None:
                by_id[entry.id][entry.lang] = entry
        self.products = [Product(of) for of in by_id.values()]
        self.places = {product.sku: at for at, product in enumerate(self.products)}
        self.prices = np.array(
            [np.nan if each.price is None else each.price for each in self.products]
        )
        self.labels: dict[str, str] = {}  # an asked label's words → its measure
        words = _Words()
        numbers = Columns()
        for at, product in enumerate(self.products):
            for language, entry in product.entries.items():
                words.add(at, language, entry)
                for label, _ in (entry.facts or Facts()).attributes:
                    if label not in numbers.labels:
                        self.labels.setdefault(key_of(label), measure_of(label))
                        numbers.labels.add(label)
            numbers.add(at, _texts(product))
        self.exact, self.named, self.valued, self.told, self.denied = words.lists()
        self.titles, self.kinds = words.titles, words.kinds - {""}
        self.flags = frozenset(words.flags)
        self.halves = _halves(self.labels)
        self.labels = _ends(self.labels, self.kinds) | _alike(self.labels) | self.labels
        self.compounds = _compounds(words.heads)
        self.numbers, self.sides = numbers.made()
        self.units = frozenset(numbers.units)
        self.sizes = frozenset(_sizes(self.products))
        self.mentioned: dict[str, tuple[str, ...]] = {}
        self.counted = frozenset(  # which measures have numbers of which kinds
            (kind, str(measure))
            for kind, column in self.numbers.items()
            for measure in np.unique(column.measures)
        )

    @cached_property
    def currency(self) -> str:
        """The currency of most prices."""
        counted = Counter(each.currency for each in self.products if each.price is not None)
        return counted.most_common(1)[0][0] if counted else ""

    def knows(self, word: str) -> bool:
        """Whether a name, tag, category or value has the word."""
        return word in self.named or word in self.valued

    @cached_property
    def spellings(self) -> frozenset[str]:
        """The English words of names, tags and categories as they are written, lower case."""
        found: set[str] = set()
        for product in self.products:
            if (entry := product.entries.get("en")) is not None:
                for text in (entry.title, *entry.tags):
                    found.update(each for each in pieces_of(fold(text)) if each.isalpha())
        return frozenset(word for word in found if word.isascii() and len(word) > 3)


def _texts(product: Product) -> Iterator[tuple[str, str]]:
    """The texts of a product that numbers are read from, each with its measure. They are of its
    first language: those of the other are the same."""
    language = next(iter(product.entries))
    yield "", product.name(language)
    for each in product.attributes(language):
        yield each.measure, each.value


def _sizes(products: Iterable[Product]) -> Iterator[float]:
    """The options that are plain numbers: 42 of shoes."""
    facts = (entry.facts for product in products for entry in product.entries.values())
    for variant in (each for of in facts if of for each in of.variants):
        yield from (float(value) for _, value in variant.options if value.isdecimal())


def _compounds(heads: Iterable[str]) -> dict[str, str]:
    """The ends of long English words for things, each with the word ("robe": "bathrobe")."""
    found: dict[str, str] = {}
    for head in sorted(heads):
        if head.isascii() and head.isalpha():
            for length in range(_SHORTEST_END, len(head) - 2):
                found.setdefault(word_of(head[-length:]), word_of(head))
    return found


def _ends(labels: Mapping[str, str], kinds: Iterable[str]) -> dict[str, str]:
    """The second words of Chinese labels, each with the measure of the one label that has it:
    「类型」 asks for 「酒店类型」."""
    ends = Counter(label[_HALF:] for label in labels if _has_halves(label))
    taken = {*kinds, *labels}
    return {
        label[_HALF:]: measure
        for label, measure in labels.items()
        if _has_halves(label) and ends[label[_HALF:]] == 1 and label[_HALF:] not in taken
    }


def _alike(labels: Mapping[str, str]) -> dict[str, str]:
    """Labels that end in a word for the same thing: "headphone jack" of "headphone socket"."""
    groups = [(word, group) for group in lexicon("products")["same"] for word in group]
    return {
        f"{label[: -len(word)]}{other}": measure
        for label, measure in labels.items()
        for word, group in groups
        if label.endswith(word if has_han(word) else f" {word}") and label != word
        for other in group
    }


def _has_halves(label: str) -> bool:
    return len(label) == 2 * _HALF and has_han(label)


def _halves(labels: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    """How a Chinese label of two words begins, with its other word and its measure: 「周边景点」 is
    asked for by 「附近有什么景点」, too."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    same = {word: group for group in lexicon("products")["same"] for word in group}
    for label, measure in labels.items():
        if _HALF < len(label) <= 2 * _HALF and has_han(label):
            for first in same.get(label[:_HALF], [label[:_HALF]]):
                found[first].append((label[_HALF:], measure))
    return dict(found)


def title_key(title: Sequence[str]) -> str:
    """A whole name as `Table.exact` has it, from its words."""
    return "\0".join(title)


def is_title(word: str) -> bool:
    """Whether a word of the table is a product's whole name."""
    return "\0" in word


def key_of(text: str) -> str:
    """A label's words as `Table.labels` has them."""
    return "".join(words(text)) if has_han(text) else " ".join(words(text))


def words(text: str) -> list[str]:
    """The words of a text: English stems, and single Chinese characters."""
    folded = text.lower() if text.isascii() else fold(text)
    return [word_of(token) for token in pieces_of(folded) if token.isalnum() or "'" in token]


class _Words:
    """Collects the inverted lists."""

    def __init__(self) -> None:
        self._of: tuple[dict[str, list[int]], ...] = tuple(defaultdict(list) for _ in range(5))
        self.heads: set[str] = set()  # as they are written
        self.kinds: set[str] = set()
        self.titles: dict[tuple[str, str], int] = {}
        self.flags: set[str] = set()  # labels with a "yes"
        self._amounts: dict[str, list[int]] = defaultdict(list)  # of labels: who says how much

    def add(self, at: int, language: Language, entry: Entry) -> None:
        facts = entry.facts or Facts()
        exact, named, valued, told, denies = self._of
        kinds: set[str] = set()
        for text in (*entry.tags, facts.category):
            key, terms = _short(text)
            keys = {key, _short(joined(text))[0]} - {""}
            self.kinds |= keys
            kinds |= {*keys, *terms}
            _put(exact, at, sorted(keys))
            _put(named, at, terms)
        kept = words(ASIDE.split(entry.title, maxsplit=1)[0])
        _put(exact, at, heads(entry.title, kept, words(entry.title), frozenset(kinds)))
        _put(exact, at, self._whole(entry.title))
        for model in _MODEL.findall(entry.title):
            names = (model, model.replace("-", ""))
            _put(exact, at, (key for each in names for key in self._whole(each)))
        if _CODE.fullmatch(sku := entry.id.removeprefix(PRODUCT)):
            spelt = (sku, _HYPHEN.sub(" ", sku), sku.replace("-", " "))
            _put(exact, at, (key for each in spelt for key in self._whole(each)))
        _put(named, at, (each for each in _terms(entry.title) if len(each) > 1 or has_han(each)))
        lacked = set()
        for label, value in facts.attributes:
            key, terms = _short(label)
            if fold(value) in lexicon("products")["yes_no"]:
                self.flags.add(key)
            if fold(value) in lexicon("products")["none"]:
                lacked.add(label)
                continue
            if fold(value) in lexicon("products")["yes_no"]:
                _put(valued, at, dict.fromkeys((key, *terms)))
                continue
            _put(self._amounts, at, (key,))
            _put(valued, at, _value_terms(value, measure_of(label)))
            if language == "zh" and not value.isalpha():
                for piece in filter(_is_mixed, pieces(value)):
                    _put(valued, at, self._whole(piece))
            for option in _signed(value) if _SIGNED.search(value) else ():
                _put(valued, at, self._whole(option))
        for text in (*entry.tags, ASIDE.split(entry.title, maxsplit=1)[0]):
            self.heads.add(text.lower().split()[-1] if text.strip() else "")
        for of in (named, valued):
            _put(of, at, (tag[-1] for tag in entry.tags if has_han(tag)))
        _put(told, at, _terms(facts.description, longest=2))
        for text in denials(facts.description):
            said = _terms(affirmed(facts.description), longest=2)
            _put(denies, at, set(_terms(text, longest=2)).difference(said))
        labels = (label for label, _ in facts.attributes if label not in lacked)
        _put(told, at, (word for label in labels for word in _short(label)[1]))

    def _whole(self, text: str) -> list[str]:
        """The key under which a name, or a value of several words, is found as a whole."""
        tokens = pieces_of(fold(text))[:LONGEST_TITLE]
        if len(tokens) < 2:
            return []
        start = (tokens[0], tokens[1])
        self.titles[start] = max(self.titles.get(start, 0), len(tokens))
        return [title_key(tokens)]

    def lists(self) -> list[dict[str, Ids]]:
        valued = self._of[2]
        for key in self.flags:  # "waterproof: yes" beside "waterproofing: 3,000 mm"
            valued[key] = sorted({*valued[key], *self._amounts[key]})
        return [
            {word: np.array(places, dtype=np.int32) for word, places in of.items()}
            for of in self._of
        ]


@lru_cache(maxsize=50_000)
def _is_mixed(value: str) -> bool:
    """Whether a value is Chinese and something else, and no quantity: 「24小时热水」."""
    if not has_han(value) or not any(each.isascii() and each.isalnum() for each in value):
        return False
    return not any(each.end - each.start == len(value) for each in measured(value))


@lru_cache(maxsize=50_000)
def _signed(value: str) -> list[str]:
    """The options of a value that are written with signs: "10-47", "C#", "1/4-1/2" and "1/4"."""
    whole = [each.strip() for each in _PARTS.split(value)]
    parts = [part for each in whole for part in each.split("-") if part != each]
    return [each for each in (*whole, *parts) if _SIGNED.search(each) and each.isascii()]


@lru_cache(maxsize=50_000)
def _short(text: str) -> tuple[str, tuple[str, ...]]:
    """The whole and the words of a tag, a category or a label: the same few again and again."""
    return key_of(text), _terms(text)


def _put(lists: dict[str, list[int]], at: int, terms: Iterable[str]) -> None:
    for term in terms:
        places = lists[term]
        if not places or places[-1] != at:
            places.append(at)


def _terms(text: str, longest: int = _LONGEST_GRAM) -> tuple[str, ...]:
    """The words by which a text is found: stems, and runs of Chinese characters."""
    if text.isascii():
        whole = f"{text} {joined(text)}" if "-" in text else text
        found = [word_of(token) for token in pieces_of(whole.lower()) if token.isalnum()]
        return tuple(dict.fromkeys(found))
    found = []
    run: list[str] = []
    for token in [*pieces_of(fold(text)), ""]:
        if token and has_han(token):
            run.append(token)
            continue
        if run:
            found += _grams(run, longest)
            run = []
        if token.isalnum():
            found.append(word_of(token))
    return tuple(dict.fromkeys(found))


def _grams(run: list[str], longest: int) -> Iterator[str]:
    if 0 < len(run) <= LONGEST_WORD:
        yield "".join(run)
    for length in range(2, min(longest, len(run) - 1) + 1):
        for at in range(len(run) - length + 1):
            yield "".join(run[at : at + length])


@lru_cache(maxsize=50_000)
def _value_terms(value: str, measure: str) -> tuple[str, ...]:
    """The words of a value; of a Chinese colour, also its family (「海蓝」: 「蓝色」)."""
    found = dict.fromkeys(_terms(value, longest=3))
    if measure == _MATERIAL:  # 「棉」 of 「磨毛棉」
        found.update({piece[-1]: None for piece in pieces(fold(value)) if has_han(piece[-1])})
    if measure == _COLOUR:
        for piece in _PIECES.split(fold(value)):
            bare = piece.strip().removesuffix("色")
            if has_han(bare):
                found.update({bare: None, f"{bare}色": None})
                found.update({f"{character}色": None for character in bare})
    return tuple(found)
