"""Suggestions where nobody has asked in chat: on a product's page, and beside an agent's ticket.

On a page nobody's orders are looked at. Beside a ticket those of the shopper are, once they have
proven who they are there and have not refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from bot.catalogue.current import Catalogue
from bot.catalogue.focus import Focus
from bot.catalogue.prices import price_of
from bot.catalogue.recommender.suggest import Recommender, Suggestion, why
from bot.customers import identity
from bot.database.tables import ConversationRow
from bot.dialogue.skills.goes_with import bought
from bot.errors import BuildError, EncoderError
from bot.types import Language, Suggested, now

_BESIDE = 3  # suggestions beside a ticket
_TOLD = 3  # products told last that are gone on from


@dataclass(frozen=True)
class Advised:
    """Beside a ticket: what could be suggested, whether from the shopper's own orders, and whether
    they have refused just that."""

    suggested: Sequence[Suggested] = ()
    own: bool = False
    refused: bool = False


class Advice:
    """Suggests from the model that is served. Safe between threads."""

    def __init__(self, catalogue: Catalogue, recommender: Recommender) -> None:
        self._catalogue = catalogue
        self._recommender = recommender

    def with_product(self, sku: str, language: Language) -> list[Suggested] | None:
        """What goes with a product; None for one that the catalogue does not have."""
        try:
            if sku not in self._catalogue.table().places:
                return None
        except (BuildError, EncoderError):
            return None
        return self._shown(self._recommender.suggest([sku], language), language)

    def beside(self, session: Session, conversation_id: int, language: Language) -> Advised:
        """What an agent may suggest to the shopper of a conversation, in the agent's language."""
        row = session.get_one(ConversationRow, conversation_id)
        scope = identity.scope(session, conversation_id, at=now())
        own = bought(session, conversation_id, scope)
        told = Focus.of(row.focus).skus[:_TOLD]
        skus = told or own.kept
        try:
            found = self._recommender.suggest(skus, language, without=own.had, most=_BESIDE)
            shown = self._shown(found, language)
        except (BuildError, EncoderError):
            shown = []
        return Advised(shown, own=bool(shown) and not told, refused=own.refused)

    def _shown(self, found: Sequence[Suggestion], language: Language) -> list[Suggested]:
        table = self._catalogue.table()
        shown = []
        for each in found:
            product = table.products[table.places[each.sku]]
            entry, facts = product.entry(language), product.facts(language)
            url = entry.url if (entry.url or "").startswith(("https://", "http://")) else ""
            shown.append(
                Suggested(
                    each.sku,
                    entry.title,
                    why(each, table, language),
                    price_of(product, language),
                    url or "",
                    facts.image,
                )
            )
        return shown
