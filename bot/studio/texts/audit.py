"""Every text of a catalogue looked at: what to mend, the largest gain first.

The gain of a finding is how much its kind matters, times how much the product is asked for and
bought: it orders a list, and is no forecast.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from bot.language.lexical import tokens
from bot.language.wording import fold, lexicon
from bot.studio.claims import findings
from bot.studio.texts.duplicates import near_copies
from bot.studio.texts.keywords import little_words
from bot.studio.texts.languages import differences
from bot.studio.texts.readability import readability
from bot.studio.wares import Ware, Wares
from bot.texts import t
from bot.types import Language

_WEIGHTS = {
    "claim": 5.0,
    "number": 4.0,
    "empty": 4.0,
    "copy": 3.0,
    "short": 1.5,
    "no_language": 3.0,
    "claim_differs": 2.0,
    "title_lacks": 2.0,
    "long_title": 1.0,
    "hard": 1.0,
}
_SHORTEST = {"en": 40, "zh": 15}  # characters of a description that says something
_LONGEST = {"en": 70, "zh": 30}  # characters of a title that a search engine shows
_TYPED = 2  # questions in which a word has to stand
_COMMON = 0.3  # share of the products above which a word is asked of everything


@dataclass(frozen=True)
class Advice:
    """What to mend in a product's text in `language`; `said` is the place, `more` another's
    name."""

    sku: str
    kind: str
    language: str
    said: str
    gain: float
    rule: str = ""
    more: str = ""

    def message(self, language: str) -> str:
        """What is wrong and what to do."""
        told = t(f"texts.{self.kind}", language, said=self.said, more=self.more)
        return f"{told} {t(f'claims.{self.rule}', language)}" if self.rule else told


def audit(
    wares: Wares,
    demand: Mapping[str, int] | None = None,
    typed: Mapping[str, Sequence[str]] | None = None,
) -> list[Advice]:
    """All advice; `demand` is how often a product was asked for or bought, `typed` what shoppers
    asked that led to it."""
    demand = demand or {}
    languages = {language for ware in wares.values() for language in ware.texts}
    found = [advice for ware in wares.values() for advice in _of_ware(ware, languages)]
    found += _copies(wares)
    found += _titles(wares, typed or {})
    weighed = (
        replace(
            each, gain=round(_WEIGHTS[each.kind] * (1 + math.log1p(demand.get(each.sku, 0))), 2)
        )
        for each in found
    )
    return sorted(weighed, key=lambda each: (-each.gain, each.sku, each.kind, each.said))


def _of_ware(ware: Ware, languages: set[Language]) -> list[Advice]:
    found = [Advice(ware.sku, "no_language", each, "", 0) for each in languages - ware.texts.keys()]
    for language, text in ware.texts.items():
        whole = text.whole
        found += [
            Advice(ware.sku, "claim", language, whole[each.start : each.end], 0, each.rule)
            for each in findings(whole, language)
        ]
        if len(description := text.description.strip()) < _SHORTEST[language]:
            kind = "short" if description else "empty"
            found.append(Advice(ware.sku, kind, language, description, 0))
        elif readability(text.description).hard:
            found.append(Advice(ware.sku, "hard", language, text.description[:80], 0))
        if len(text.name) > _LONGEST[language]:
            found.append(Advice(ware.sku, "long_title", language, text.name, 0))
    for each in differences(ware.texts):
        kind = "number" if each.kind == "number" else "claim_differs"
        found.append(Advice(ware.sku, kind, each.language, each.said, 0))
    return found


def _copies(wares: Wares) -> list[Advice]:
    found = []
    languages = {language for ware in wares.values() for language in ware.texts}
    for language in sorted(languages):
        texts = {
            sku: ware.texts[language].description
            for sku, ware in wares.items()
            if language in ware.texts
        }
        for one, other, _ in near_copies(texts):
            name = wares[one].name(language)
            found.append(Advice(other, "copy", language, texts[other][:80], 0, more=name))
    return found


def _titles(wares: Wares, typed: Mapping[str, Sequence[str]]) -> list[Advice]:
    """Words that shoppers type again and again for a product and that none of its texts has."""
    asked: dict[str, Counter[str]] = defaultdict(Counter)
    shapes: dict[str, str] = {}
    for sku, questions in typed.items():
        for question in questions:
            for word, shape in _words(question):
                asked[sku][word] += 1
                shapes[word] = shape
    everywhere = Counter(word for counts in asked.values() for word in counts)
    found = []
    for sku, counts in asked.items():
        if sku not in wares:
            continue
        has = {word for text in wares[sku].texts.values() for word in tokens(text.whole)}
        for word, count in counts.most_common():
            common = len(asked) > 3 and everywhere[word] > _COMMON * len(asked)
            if count >= _TYPED and word not in has and not common:
                language = "en" if word.isascii() else "zh"
                found.append(Advice(sku, "title_lacks", language, shapes[word], 0, more=str(count)))
    return found


def _words(question: str) -> set[tuple[str, str]]:
    """Words of a question that may name something: (what is compared, as it was typed)."""
    found = set()
    for piece in fold(question).replace("?", " ").split():
        for word in tokens(piece):
            if len(word) > 1 and word not in little_words() and not word.isdigit():
                shape = piece.strip(".,!?;:'\"") if word.isascii() else word
                if shape not in little_words() and word not in _asking():
                    found.add((word, shape))
    return found


@cache
def _asking() -> frozenset[str]:
    """Words of asking, which name nothing."""
    ways = lexicon("products")["asks"]
    return frozenset(
        word for phrases in ways.values() for phrase in phrases for word in tokens(phrase)
    )
