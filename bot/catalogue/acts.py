"""What a shopper may want of the catalogue, as types: the vocabulary between reading and answering.

Products are meant by their SKU. `sure` says that the message can hardly mean anything but this; the
others give way to an answer of the knowledge that is sure of itself.
"""

from dataclasses import dataclass, field

from bot.catalogue.found import Word
from bot.language.quantities import Quantity


@dataclass(frozen=True)
class Filters:
    """What products must have: `words` of the catalogue, `numbers`, being in stock. `missed` are
    words that no product has beside the others; `said` is how the things are called, as asked;
    `denied` is what they must not have."""

    words: tuple[Word, ...] = ()
    numbers: tuple[Quantity, ...] = ()
    missed: tuple[Word, ...] = ()
    said: str = ""
    denied: tuple[Word, ...] = ()


@dataclass(frozen=True)
class FindProducts:
    """A list of what fits, in the order of `sort` ("price+"), the first `limit` of `skus`.

    `near` is what comes nearest where nothing fits; `unknown` what the catalogue has no word for;
    `count` how many are wanted.
    """

    skus: tuple[str, ...]
    filters: Filters = field(default_factory=Filters)
    sort: str = ""
    measure: str = ""  # by what was sorted, or what is asked of each
    limit: int = 5
    sure: bool = False
    near: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    count: int = 0


@dataclass(frozen=True)
class AskProduct:
    """Something of one or several products: `measures` of them ("price", "stock", "height"),
    whether they have the `words` asked for, or all there is to tell. `missed` words they lack."""

    skus: tuple[str, ...]
    measures: tuple[str, ...] = ()
    words: tuple[Word, ...] = ()
    missed: tuple[Word, ...] = ()
    sure: bool = False
    back: bool = False  # also: when it will be there again
    count: int = 0  # how many are wanted
    said: tuple[str, ...] = ()  # what of its texts answers, in words of its own
    unsaid: bool = False  # nothing of it answers


@dataclass(frozen=True)
class Compare:
    """Two to four products, side by side."""

    skus: tuple[str, ...]
    sure: bool = True


@dataclass(frozen=True)
class Recommend:
    """A few products for somebody or something, and why: what `filters` they meet, or what their
    texts say, `because` a clause for each."""

    skus: tuple[str, ...]
    filters: Filters = field(default_factory=Filters)
    sure: bool = False
    because: tuple[str, ...] = ()


Act = FindProducts | AskProduct | Compare | Recommend
