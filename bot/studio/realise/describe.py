"""START HERE: descriptions from attributes: long, short and as points; search titles.

`sentences_of` says everything that the attributes hold; the others take of it what fits.
"""

from collections.abc import Sequence

from bot.language.sentences import sentences
from bot.language.wording import fold, words_only
from bot.studio.item import Item
from bot.studio.realise import chinese, english
from bot.studio.realise.facts import Fact, facts_of, pieces
from bot.studio.realise.variety import Chooser
from bot.writing.grounding.words import content

_KNOWN = 0.6  # of a sentence's words that were said, so that it says nothing new
_LONGEST_OWN = 400  # characters of the present text that a description takes over


def sentences_of(item: Item, choose: Chooser) -> list[str]:
    """Sentences that state every attribute of the item."""
    facts = shuffled(facts_of(item), choose)
    tell = chinese.told if item.language == "zh" else english.told
    return tell(item, facts, choose)


def shuffled(facts: Sequence[Fact], choose: Chooser) -> list[Fact]:
    """The facts with their groups in another order, so that texts of a kind differ; the first way
    is the order of the frames."""
    groups: dict[int, list[Fact]] = {}
    for fact in facts:
        groups.setdefault(fact.group, []).append(fact)
    order = list(groups)
    start = choose("start", range(len(order))) if order else 0
    order = order[start:] + order[:start]
    if choose("turned", (False, True)):
        order = order[:1] + order[:0:-1]
    found = []
    for group in order:
        found += groups[group][::-1] if choose("within", (False, True)) else groups[group]
    return found


def description(item: Item, choose: Chooser, *, own: bool = True) -> str:
    """Everything that the attributes hold, and what the shop's own text says beside it."""
    told = sentences_of(item, choose)
    kept = _own(item, told) if own else []
    gap = "" if item.language == "zh" else " "
    if not told and not kept:
        return bare(item)
    if kept and choose("own", ("behind", "before")) == "before":
        return gap.join([*kept, *told])
    return gap.join([*told, *kept])


def short(item: Item, choose: Chooser, longest: int) -> str:
    """As many whole sentences as fit; a single one where even that is too long."""
    gap = "" if item.language == "zh" else " "
    found = ""
    for sentence in [*sentences_of(item, choose), *_own(item, [])]:
        longer = f"{found}{gap if found else ''}{sentence}"
        if longest and len(longer) > longest:
            if found:
                continue
            longer = _fitting(item, choose, longest)
        found = longer
    return found or bare(item)


def bullets(item: Item, choose: Chooser) -> str:
    """One point a line, an attribute each."""
    lines = []
    for fact in facts_of(item):
        ways = fact.ways("bullet")
        way = choose(f"bullet:{fact.measure}", ways)
        if fact.flag:
            way = flagged(item, fact, choose)
        lines.append(f"- {english.capital(english.agreed(way, several=False)).rstrip('.。')}")
    return "\n".join(lines) or f"- {item.name}"


def flagged(item: Item, fact: Fact, choose: Chooser) -> str:
    """A yes or no as a phrase: "Not family-friendly"."""
    if not fact.ways("vp"):
        return choose(f"bullet:{fact.measure}", fact.ways("bullet"))
    way = choose(f"vp:{fact.measure}", fact.ways("vp"))
    said = english.agreed(way, several=english.plural(item))
    if item.language == "zh":
        return said
    first, _, rest = said.partition(" ")
    return rest if first in ("is", "are") else said


def title(item: Item, longest: int) -> str:
    """The name, and behind it the short values by which people search, as far as they fit."""
    found = item.name
    dash = " – " if item.language == "en" else " "
    comma = ", " if item.language == "en" else " "
    said = fold(item.name)
    extra: list[str] = []
    for fact in facts_of(item):
        first = pieces(fact.value)[:1]
        new = first and not fact.flag and fold(first[0]) not in said and len(first[0]) <= 24
        if new and fact.measure not in ("delivery", "engraving", "hobs"):
            longer = f"{item.name}{dash}{comma.join([*extra, first[0]])}"
            if not longest or len(longer) <= longest:
                extra.append(first[0])
                found = longer
        if len(extra) == 3:
            break
    return found if not longest or len(found) <= longest else cut(item.name, longest)


def cut(text: str, longest: int) -> str:
    """Whole words of a text up to a length, without an ellipsis."""
    if len(text) <= longest:
        return text
    kept = text[:longest]
    return (kept.rsplit(" ", 1)[0] if " " in kept and text.isascii() else kept).rstrip(" ,，、-–")


def bare(item: Item) -> str:
    """What is said of a product of which nothing is known but its name."""
    name = english.name_of(item) if item.language == "en" else item.name
    return f"{name}。" if item.language == "zh" else f"{english.capital(name)}."


def stated(fact_value: str, text: str) -> bool:
    """Whether each part of a value stands in a text as it is written."""
    said = words_only(fold(text))
    parts = (words_only(fold(each.strip("（）()"))) for each in pieces(fact_value))
    return all(each.removeprefix("and ") in said for each in parts)


def _fitting(item: Item, choose: Chooser, longest: int) -> str:
    """A sentence of the facts that fit, else the name."""
    tell = chinese.told if item.language == "zh" else english.told
    for fact in facts_of(item):
        said = tell(item, [fact], choose)[0]
        if len(said) <= longest:
            return said
    return cut(bare(item), longest)


def _own(item: Item, told: Sequence[str]) -> list[str]:
    """Sentences of the shop's own text that say something that was not said yet."""
    said = set(content(" ".join(told)))
    found: list[str] = []
    for sentence in sentences(item.description[: 4 * _LONGEST_OWN]):
        sentence = " ".join(sentence.split())
        words = content(sentence)
        known = sum(word in said for word in words)
        if words and known / len(words) < _KNOWN and len(" ".join(found)) < _LONGEST_OWN:
            found.append(sentence)
    return found
