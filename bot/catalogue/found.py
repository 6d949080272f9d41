"""What a message holds, as it is gathered from left to right: the catalogue's words, ways to ask,
measures, numbers. What stands beside what decides whether a number is of a measure, and by what is
sorted. It reads no words itself (`reading.py`)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from bot.catalogue.labels import Span, amounts, bare_sorts, by_kind, said_of
from bot.catalogue.product import word_of
from bot.catalogue.table import Table
from bot.language.phrases import Token
from bot.language.quantities import Quantity
from bot.language.wording import lexicon

Ask = tuple[str, str]  # ("asks", "price"), ("measures", "height"), ("places", "0"), ("sorts", …)
_ENDS = "?？!！。.,，~ 呢吗嘛啊呀些一点的"
_SIZE = re.compile("x{0,3}[sml]")
_CLOSE = 2  # characters between a number and its label


@dataclass(frozen=True)
class Word:
    """Something that the catalogue says, at `start` in the folded text; `after` is the token before
    it. `word` is its key in the table, `stems` its parts."""

    word: str
    stems: tuple[str, ...]
    text: str
    start: int
    after: str = ""

    @property
    def plain(self) -> str:
        """As a text has it."""
        return self.word.replace("\0", "")

    @property
    def parts(self) -> tuple[str, ...]:
        """Its English words one by one, also of a whole name."""
        return tuple(map(word_of, self.word.split("\0"))) if "\0" in self.word else self.stems


@cache
def words_of(name: str) -> frozenset[str]:
    return frozenset(map(str, lexicon("products")[name]))


def as_said(words: Sequence[Word]) -> str:
    """The words as a shopper has them, sizes in capitals."""
    return " ".join(
        each.text.upper() if _SIZE.fullmatch(each.text) else each.text for each in words
    )


class Found:
    """What was found so far."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.recommended: list[Word] = []
        self.asks: set[str] = set()
        self.measures: list[str] = []
        self.sort = ""
        self.compared = False
        self.place: int | None = None
        self.quantities: list[Quantity] = []
        self.unknown: list[Word] = []
        self.splits: list[int] = []
        self.tried = 0  # words that were compared with the catalogue's spellings
        self.named: tuple[str, ...] = ()  # the measures that were named last
        self.named_to = 0  # … up to this token
        self.sorted_to = -1  # the token behind a superlative or comparative

    def way(self, asks: Sequence[Ask]) -> None:
        """Note what a phrase asks."""
        for section, name in asks:
            if section == "asks":
                self.asks.add(name)
            elif section == "measures":
                self.measures.append(name)
            elif section == "places":
                self.place = int(name)
            else:
                self.sort, self.compared = name, section == "more"

    def bare(self, folded: str) -> None:
        """「哪个轻」: a plain word for a quality, which of some is an order."""
        said = folded.rstrip(_ENDS)
        sort = bare_sorts().get(said[-1:])
        if sort and not self.sort and "which" in self.asks:
            self.sort, self.compared = sort, True
            self.unknown = [each for each in self.unknown if each.start != len(said) - 1]
            self.words = [each for each in self.words if each.start != len(said) - 1]
            self.by_label()
        elif not self.sort and "which" in self.asks and len(self.measures) == 1:
            more = next((s for s, of in amounts().items() if of & set(folded.split())), "")
            self.sort = more and f"{self.measures[0]}{more}"  # "which holds more"
            self.compared = bool(more)

    def held(self) -> None:
        """ "How much water fits in it": what it holds, not what it costs."""
        thing = any(each.after == "much" for each in self.unknown)
        if (
            thing
            and "price" in self.asks
            and ("feature" in self.asks or "capacity" in self.measures)
        ):
            self.asks.discard("price")
            self.measures.append("capacity")

    def by_label(self) -> None:
        """Sort by the measure that is named beside it ("the longer range", 「续航最长」)."""
        if self.sort and self.named and self.sort[:-1] != "price":
            self.sort = f"{self.named[0]}{self.sort[-1]}"
            self.measures = [each for each in self.measures if each not in self.named]

    def number(self, quantity: Quantity, tokens: Sequence[Token], at: int, table: Table) -> None:
        """Note a number, and that the measure right before it is not asked for but compared."""
        if self.sorted_to == at - 1 and tokens[at - 1].text == "than" and quantity.exact:
            above = self.sort.endswith("-")  # "brighter than 50 lux", with any comparative
            low, high = (quantity.low, None) if above else (None, quantity.high)
            quantity = replace(quantity, low=low, high=high, low_open=above, high_open=not above)
            self.sort, self.compared = "", False
        of = said_of(quantity, self.named, tokens[self.named_to : at], table)
        if of is not None:
            quantity = replace(quantity, of=of)
            self.asks.discard("price")
            self.measures = [each for each in self.measures if each not in self.named]
        self.quantities.append(by_kind(quantity, table))
        self.named = ()

    def name(self, measures: Sequence[str], tokens: list[Token], span: Span, table: Table) -> None:
        """Note the measures that are named by the tokens of `span`."""
        at, to = span
        self.named, self.named_to = tuple(measures), to
        if self.sorted_to == at:
            self.by_label()
        before = self.quantities[-1] if self.quantities else None
        asked = tokens[at].text in words_of("asked_by")  # "58, what size is that"
        if before is None or asked or tokens[at].start - before.end > _CLOSE:
            return
        between = [each for each in tokens[max(0, at - _CLOSE) : at] if each.start >= before.end]
        of = said_of(before, measures, between, table)
        if of and before.of in ("", of):  # 「4.5分以上的评分」
            self.quantities[-1] = replace(before, of=of, end=tokens[to - 1].end)
            self.measures.remove(of)
