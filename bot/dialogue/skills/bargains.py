"""Whether something may cost less: "can you do it cheaper", 「便宜点行不行」.

What the knowledge says of discounts is told; where it has nothing on them, the message is left to
it."""

import re

from bot.catalogue import reading
from bot.catalogue.current import Catalogue
from bot.catalogue.reading import Reading
from bot.dialogue.compose import source, worded
from bot.dialogue.decide import Reply
from bot.dialogue.outcome import LIKELY, Outcome
from bot.dialogue.skills.product_answers import Rule
from bot.dialogue.view import Part
from bot.language.smalltalk import strip_pleasantries
from bot.language.wording import has_han
from bot.texts import t
from bot.types import Candidate, Say

_RULE_AT = 0.35  # confidence from which an entry is the shop's word on discounts
_SEARCHES = frozenset({"have", "sell", "list", "general", "which", "other", "recommend"})
_YOU = re.compile(r"\b(?:can|could|will|would) (?:you|u)\b")


class Bargains:
    """Tells the shop's rule on discounts; `rule` finds it."""

    def __init__(self, catalogue: Catalogue, rule: Rule) -> None:
        self._catalogue = catalogue
        self._rule = rule

    def read(self, part: Part) -> Candidate | None:
        """The rule, where a lower price is asked for."""
        if part.view.pressed:
            return None
        read = reading.read(strip_pleasantries(part.text), self._catalogue.table())
        if not _bargains(read):
            return None
        return self._rule(t("products.discount_rule", part.view.language), _RULE_AT)

    def carry_out(self, act: Candidate, part: Part) -> Outcome:
        """The rule in the shop's words."""
        language = part.view.language
        say = Say(worded(act, part.text, language), language, sources=(source(act),))
        return Outcome(Reply(spoken=True), say, LIKELY, acts=("Bargain",), focus=part.view.focus)


def _bargains(read: Reading) -> bool:
    asked = has_han(read.text) or _YOU.search(read.text)
    cheaper = read.compared and read.sort == "price+" and "feature" in read.asks
    return bool(asked and cheaper and not read.asks & _SEARCHES)
