"""What the bot has in mind in a conversation: what it told of last, and what it is collecting.

Products are known by the names and addresses that the bot's own answers gave them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.catalogue.focus import Focus
from bot.customers.proof_dialogue import Proving
from bot.database.tables import ConversationRow
from bot.orders.request_dialogue import Wish
from bot.types import PRODUCT, Author, Source, Turn

_SHOWN = 5  # products
_ORDER = "order:"  # before an order's number in a source's id


@dataclass(frozen=True)
class Mind:
    """`products` were told last, with `more` than are shown; `order` is the number of the order
    told last, "" for none. `wish` is the change that is being collected, "" for none, at `step`,
    `proof` what is asked for to prove who the shopper is: both as the ends of texts' keys."""

    products: tuple[Source, ...] = ()
    more: int = 0
    order: str = ""
    wish: str = ""
    step: str = ""
    proof: str = ""


def mind(row: ConversationRow, turns: Iterable[Turn]) -> Mind | None:
    """What the bot has in mind after the last `turns`, oldest first; None for nothing."""
    told = [
        source for turn in turns if turn.author is Author.BOT for source in reversed(turn.sources)
    ]
    skus = Focus.of(row.focus).skus
    proving = Proving.of(row.dialogue)
    wish = Wish.of(proving.then if proving else row.dialogue)
    orders = [each.id.removeprefix(_ORDER) for each in told if each.id.startswith(_ORDER)]
    found = Mind(
        products=tuple(_product(sku, told) for sku in skus[:_SHOWN]),
        more=max(0, len(skus) - _SHOWN),
        order=orders[-1] if orders else "",
        wish=wish.change.value if wish else "",
        step=wish.step if wish else "",
        proof=_asked(proving) if proving else "",
    )
    return found if found != Mind() else None


def _product(sku: str, told: Iterable[Source]) -> Source:
    """As it was told last; by its number alone where that is long ago."""
    known: Mapping[str, Any] = {each.id: each for each in told}
    found: Source = known.get(f"{PRODUCT}{sku}") or Source(f"{PRODUCT}{sku}", "", 0.0, sku)
    # A page of the shop's; anything else would make the agent press on who knows what.
    linked = (found.url or "").startswith(("https://", "http://"))
    return Source(
        found.id, found.source, found.score, found.title or sku, found.url if linked else None
    )


def _asked(proving: Proving) -> str:
    if proving.coded:
        return "code"
    if proving.number:
        return "contact"
    if proving.contact:
        return "number"
    return "email" if proving.way == "code" else "both"
