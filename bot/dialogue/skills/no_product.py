"""Questions that sound like the catalogue's and are not: on what the shop does, on whom things are
right for, and on what the shop's texts speak of."""

import re
from collections.abc import Iterable, Sequence

from bot.catalogue import reading
from bot.catalogue.acts import Act, AskProduct, FindProducts
from bot.catalogue.found import Word
from bot.catalogue.table import words
from bot.types import Candidate

_DO_YOU = re.compile(r"\b(?:do|can|could|will|would) (?:you|u|y'all)\b")
_OF_CATALOGUE = frozenset(
    {"have", "sell", "list", "recommend", "tell", "compare", "order", "which"}
)


def of_whom(act: Act, read: reading.Reading) -> bool:
    """Whether it is asked which things are right for somebody, of which the catalogue has no
    word: "which plants are safe for cats" is answered by no list of plants."""
    listed = isinstance(act, FindProducts) and {"which", "being"} <= read.asks
    return listed and any(f"for {each.text}" in read.text for each in _missed(act))


def of_shop(act: Act, read: reading.Reading) -> bool:
    """Whether it is asked what the shop does, of which the products say nothing: "do you rent out
    furniture for film shoots" is answered by no list of furniture."""
    return bool(_missed(act) and _DO_YOU.search(read.text) and not read.asks & _OF_CATALOGUE)


def _missed(act: Act) -> Sequence[Word]:
    """What the products lack of an act that is not sure."""
    if isinstance(act, AskProduct | FindProducts) and not act.sure:
        return act.missed if isinstance(act, AskProduct) else act.filters.missed
    return ()


def speak_of(act: Act, candidates: Iterable[Candidate]) -> bool:
    """Whether a text that is no product's says what the catalogue lacks."""
    lacked = {each for said in getattr(act, "unknown", ()) for each in words(said)}
    texts = (each for each in candidates if each.kind != "product")
    return any(lacked <= set(words(f"{each.title} {each.text}")) for each in texts)
