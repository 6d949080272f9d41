"""What a message is read in view of: who says it, after what, and what the knowledge has on it.

A burst is read part by part, a part being one question or wish. Each skill looks at a `Part`; the
search of the knowledge is made when the first of them asks for it.
"""

from dataclasses import dataclass
from typing import cast

from bot.catalogue.focus import Focus
from bot.dialogue import searching
from bot.dialogue.decide import Policy
from bot.dialogue.followup import Past
from bot.dialogue.hearing import Heard
from bot.dialogue.searching import Found
from bot.knowledge.retriever import ShopRetriever
from bot.orders.numbers import USUAL, Numbers
from bot.types import Claim, Language, Scope


@dataclass(frozen=True)
class View:
    """`claim` is the burst without commands and media, as much of it as is read; `scope` what the
    shopper may see. `past` is what it follows on, `pressed` the value of the button in there that
    it presses, by a click or in words ("" for none), `focus` what was told of the catalogue.
    `numbers` finds the shop's order numbers."""

    claim: Claim
    scope: Scope
    heard: Heard
    policy: Policy
    past: Past
    pressed: str
    focus: Focus
    retriever: ShopRetriever
    numbers: Numbers = USUAL

    @property
    def language(self) -> Language:
        """What is answered in."""
        return self.heard.language


@dataclass(frozen=True)
class Part:
    """One question or wish of a burst. `alone`: it is all of the burst; `before` the part that
    comes before it; `standalone` the question in words that need no conversation, if a model found
    such."""

    text: str
    view: View
    alone: bool = True
    before: str = ""
    standalone: str | None = None

    @property
    def found(self) -> Found:
        """What the knowledge has on it; `BuildError` when there is no index to ask."""
        # Not a `cached_property`: Python 3.11's has one lock, so that shoppers would wait in line.
        if not self.searched:
            self.__dict__["_found"] = self._search()
        return cast(Found, self.__dict__["_found"])

    @property
    def searched(self) -> bool:
        """Whether the knowledge was asked."""
        return "_found" in self.__dict__

    def _search(self) -> Found:
        view = self.view
        language = view.language if view.claim.language_fixed else None
        return searching.search(
            self.text,
            view.past.turns,
            view.retriever,
            view.policy.reply_at,
            replies=bool(view.claim.quote),
            before=self.before,
            standalone=self.standalone,
            language=language,
        )
