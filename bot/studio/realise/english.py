"""English sentences from facts: planned, joined where they belong together, and varied.

Facts of one group share a sentence; a noun takes short values before it and phrases behind it; what
is long stands alone. Nothing but facts, names and grammar gets into a sentence.
"""

import re
from collections.abc import Sequence

from bot.studio.item import Item
from bot.studio.realise.facts import Fact
from bot.studio.realise.variety import Chooser

_FORM = re.compile(r"<([^|<>]*)\|([^|<>]*)>")
_ARTICLE = re.compile(r"\{a\}(\s+)(\S+)")
_VOWEL = re.compile(r"[aeio]|u(?!ni|s[eu]|k\b)|8|11\b|18\b|hono|hour", re.IGNORECASE)
_SPELT = re.compile(r"[AEFHILMNORSX](?:[A-Z0-9]|\b)")  # "an LED", "an E14"
_TAIL = re.compile(r",\s*([^,()]+)$")
_SET = re.compile(r"\b(?:set|pair|pack|box|kit)\b")
_ADJECTIVE = 3  # words of a value that may stand before a noun
_Lead = tuple[str, list[Fact]]
_SHARED = frozenset({"has", "have", "is", "are"})


def told(item: Item, facts: Sequence[Fact], choose: Chooser) -> list[str]:
    """Sentences that say all of `facts`, in their order."""
    if not facts:
        return []
    first = [fact for fact in facts if fact.ways("vp") or fact.ways("head")]
    facts = [*first[:1], *(fact for fact in facts if fact not in first[:1])]
    lead, rest = _lead(item, facts, choose)
    found = [lead]
    subject = _pronoun(item)
    while rest:
        taken, rest = _taken(rest, choose)
        found.append(_sentence(subject, taken, several=plural(item), choose=choose))
    return found


def name_of(item: Item) -> str:
    """The name as it stands in a sentence: "Glass cups (set of 2)"."""
    name = item.name.strip().rstrip(".")
    return _TAIL.sub(lambda found: f" ({found[1]})", name)


def plural(item: Item) -> bool:
    """Whether what is sold is spoken of as several things."""
    if _is_place(item):
        return False
    head = re.split(r"[,(]|\s(?:with|in|for|of|at|to)\b|\s\d", item.name, maxsplit=1)[0].split()
    last = head[-1].lower() if head else ""
    return last.endswith("s") and not last.endswith(("ss", "us", "is")) and not _SET.search(last)


def subject_of(item: Item) -> str:
    """How a text first speaks of the product."""
    name = name_of(item)
    if _is_place(item) or re.match(r"(?:the|a|an|our)\b", name, re.IGNORECASE):
        return name
    return f"the {name}"


def capital(text: str) -> str:
    """With a capital at the beginning."""
    return text[:1].upper() + text[1:]


def agreed(text: str, *, several: bool) -> str:
    """Frames with verbs and articles as the grammar wants them."""
    text = _FORM.sub(lambda found: found[2] if several else found[1], text)
    return _ARTICLE.sub(lambda found: f"{article(found[2])}{found[1]}{found[2]}", text)


def article(word: str) -> str:
    """ "a" or "an" before a word."""
    bare = word.lstrip("\"'(“")
    vowel = _SPELT.match(bare) if bare[:2].isupper() or bare[1:2].isdigit() else _VOWEL.match(bare)
    return "an" if vowel else "a"


def series(parts: Sequence[str]) -> str:
    """ "x", "x and y", "x, y and z"; commas within a part make them longer."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _is_place(item: Item) -> bool:
    return any(item.value(each) for each in ("eattype", "area", "near", "familyfriendly"))


def _pronoun(item: Item) -> str:
    return "they" if plural(item) else "it"


def _adjective(fact: Fact) -> str:
    ways = fact.ways("adj")
    if not ways or len(fact.shown.split()) > _ADJECTIVE or " and " in fact.shown:
        return ""
    return "" if "," in fact.shown or any(map(str.isdigit, ways[0])) else ways[0]


def _lead(item: Item, facts: list[Fact], choose: Chooser) -> _Lead:
    """The first sentence and what is left to say."""
    if _is_place(item):
        heads = [fact for fact in facts if fact.ways("head")]
        return _noun(heads, item, facts, choose)
    several = plural(item)
    subject = subject_of(item)
    if not facts[0].ways("vp"):
        said = _sentence(subject, facts[:1], several=several, choose=choose)
        named = re.sub(r"^(?:The|Its) (.{1,60}?) (is|are) ", rf"The \1 of {subject} \2 ", said)
        return named if named != said else f"{capital(subject)}: {said}", facts[1:]
    behind = [fact for fact in facts[:3] if fact.ways("pp") and not fact.long]
    ways = ["plain", "plain", "inserted", "opened"] if behind and len(facts) > 1 else ["plain"]
    way = choose("lead", ways)
    if way == "plain":
        taken, rest = _taken(facts, choose)
        return _sentence(subject, taken, several=several, choose=choose), rest
    first = behind[0]
    phrase = agreed(choose(f"pp:{first.measure}", first.ways("pp")), several=several)
    others = [fact for fact in facts if fact is not first]
    taken, rest = _taken(others, choose, most=2)
    if not all(fact.ways("vp") for fact in taken):
        taken, rest = _taken(facts, choose)
        return _sentence(subject, taken, several=several, choose=choose), rest
    said = _verbs(taken, several=several, choose=choose)
    if way == "opened":
        return f"{capital(phrase)}, {subject} {said}.", rest
    return f"{capital(subject)}, {phrase}, {said}.", rest


def _noun(heads: list[Fact], item: Item, facts: list[Fact], choose: Chooser) -> _Lead:
    """ "The Mill is a pub that serves English food in the city centre near the river."."""
    others = [fact for fact in facts if fact not in heads]
    before = (
        [fact for fact in others if _adjective(fact)] if choose("before", (False, True)) else []
    )
    behind = [
        fact
        for fact in others
        if fact.frames.get("behind") and fact not in before and not fact.flag
    ]
    phrases = [choose(f"pp:{fact.measure}", fact.ways("pp")) for fact in behind]
    rest = [fact for fact in others if fact not in before + behind]
    subject = capital(subject_of(item)) if item.name else "There"
    noun = series([fact.ways("head")[0] for fact in heads])
    if not noun and not before and phrases and item.name and behind[0].measure != "food":
        return f"{subject} is {' '.join(phrases)}.", rest
    if not noun and not before and item.name and not phrases:
        taken, rest = _taken(rest, choose)
        return _sentence(subject, taken, several=False, choose=choose), rest
    adjectives = ", ".join(map(_adjective, before))
    said = " ".join(filter(None, [adjectives, noun or "place", *phrases]))
    return agreed(f"{subject} is {{a}} {said}.", several=False), rest


def _taken(
    facts: list[Fact], choose: Chooser, most: int | None = None
) -> tuple[list[Fact], list[Fact]]:
    """The facts of the next sentence, and the others."""
    most = most or choose("size", (2, 3, 2))
    found = [facts[0]]
    for fact in facts[1:most]:
        whole = not (fact.long or found[0].long) and fact.ways("vp") and found[0].ways("vp")
        plain = len(found) < 2 or not any(_is_listed(each) for each in found)
        if not (whole and plain):
            break
        found.append(fact)
    return found, facts[len(found) :]


def _is_listed(fact: Fact) -> bool:
    return " and " in fact.shown or "," in fact.shown


def _sentence(subject: str, facts: Sequence[Fact], *, several: bool, choose: Chooser) -> str:
    first = facts[0]
    if len(facts) == 1 and not first.ways("vp"):
        clause = agreed(choose(f"clause:{first.measure}", first.ways("clause")), several=several)
        return f"{capital(clause)}."
    return f"{capital(subject)} {_verbs(facts, several=several, choose=choose)}."


def _verbs(facts: Sequence[Fact], *, several: bool, choose: Chooser) -> str:
    """Verb phrases as one predicate; a verb that comes again is said once ("has a and b"), and an
    "and" within makes the last one stand apart."""
    said: list[str] = []
    for fact in facts:
        ways = [agreed(each, several=several) for each in fact.ways("vp")]
        begun = {_words(each, 2) for each in said}
        fresh = [each for each in ways if _words(each, 2) not in begun] or ways
        said.append(choose(f"vp:{fact.measure}", fresh))
    for at in range(len(said) - 1, 0, -1):
        verb = _words(said[at], 1)
        if all(_words(each, 1) == verb for each in said[:at]) and verb in _SHARED:
            said[at] = said[at].removeprefix(f"{verb} ")
    if len(said) == 2 and (" and " in said[0] or "," in said[0]):
        return f"{said[0]}, and {said[1]}"
    return series(said)


def _words(phrase: str, count: int) -> str:
    return " ".join(phrase.split()[:count])
