"""How many planted contradictions are found, and how many are found where none was planted.

`python -m tests.bench.conflicts [a|b|c]`: in the invented shops whose names begin so
(`tests/data/shops`; the rules were made on `a`, `c` is reported), a statement of 100 entries is
said anew by another entry with another figure, period or price, or denied, half of them with words
before it, as many in English as in Chinese. Prints what was found of them by kind, and what was
found in the shops as they are, and on the demo shop.
"""

import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bot.knowledge.documents import read_knowledge
from bot.knowledge.entry import Entry
from bot.types import Language
from bot.writing.conflicts import Conflict, conflicts
from bot.writing.grounding.facts import facts
from bot.writing.grounding.statements import statements
from bot.writing.grounding.words import content, negations
from tests.support.demo import TODAY

SHOPS = Path(__file__).parent.parent / "data" / "shops"
KINDS = {
    "price": ("money",),
    "days": ("duration",),
    "number": ("number", "percent", "measure", "time"),
}
EACH = 25  # of a kind, the languages taking turns
_SEED = 7
_LEAD = {"en": "Please note: ", "zh": "请注意："}
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_EN = re.compile(r"\b(can|is|are|will|must|may)\b(?! not)")
_ZH = re.compile(r"(?<!不)(可以|能|支持|接受|包含|提供|需要|会|是)")
_ZH_DENIED = {"是": "不是", "会": "不会", "能": "不能"}


@dataclass(frozen=True)
class Planted:
    """An entry that contradicts the entry `of`."""

    kind: str
    entry: Entry
    of: str


def shop(path: Path) -> list[Entry]:
    """An invented shop's entries."""
    data = json.loads(path.read_text(encoding="utf-8"))
    language: Language = data["language"]
    return [
        Entry(
            id=f"{path.stem}-{each['id']}",
            lang=language,
            question=each["title"],
            variants=(),
            answer=each["text"],
            source=path.name,
            title=each["title"],
            kind="faq",
        )
        for each in data["texts"]
    ]


def planted(shops: dict[str, list[Entry]], asked: dict[str, str]) -> Iterator[Planted]:
    """Contradictions, of each kind and language in turn."""
    rng = random.Random(_SEED)
    entries = [each for of in shops.values() for each in of]
    rng.shuffle(entries)
    used: set[str] = set()
    for kind in (*KINDS, "negation"):
        for number in range(EACH):
            language = ("en", "zh")[number % 2]
            for entry in entries:
                if entry.lang != language or entry.id in used:
                    continue
                said = _changed(entry, kind, rng)
                if said is None:
                    continue
                used.add(entry.id)
                lead = _LEAD[language] if number % 4 > 1 else ""
                new = f"planted-{len(used)}"
                other = replace(entry, id=new, question=asked[entry.id], answer=lead + said)
                yield Planted(kind, other, entry.id)
                break


def _changed(entry: Entry, kind: str, rng: random.Random) -> str | None:
    """A statement of the entry that says something else now."""
    for each in statements(entry.answer):
        text = each.whole
        if len(content(text)) < 4:
            continue
        if kind == "negation":
            if negations(text):
                continue
            if entry.lang == "en":
                new = _EN.sub(r"\1 not", text, count=1)
            else:
                new = _ZH.sub(
                    lambda found: _ZH_DENIED.get(found[0], "不" + found[0]), text, count=1
                )
            if new != text:
                return new
            continue
        wanted = [fact for fact in facts(text) if fact.kind in KINDS[kind]]
        for fact in wanted:
            number = _NUMBER.search(fact.text)
            if number is None or fact.text not in text:
                continue
            value = float(number[0])
            other = value + rng.choice((1, 2, 3, 5)) if value < 10 else value * rng.choice((0.5, 2))
            shown = f"{other:g}" if other == int(other) else f"{other:.2f}"
            changed = text.replace(fact.text, fact.text.replace(number[0], shown, 1), 1)
            if changed != text:
                return changed
    return None


def main(begins: str) -> None:
    paths = sorted(SHOPS.glob(f"{begins}*.json"))
    shops = {path.stem: shop(path) for path in paths}
    asked = {
        f"{path.stem}-{each['id']}": each["questions"][0]
        for path in paths
        for each in json.loads(path.read_text(encoding="utf-8"))["texts"]
    }
    plants = list(planted(shops, asked))
    before = {name: conflicts(entries) for name, entries in shops.items()}
    hits, total, beside = Counter[str](), Counter[str](), list[Conflict]()
    for name, entries in shops.items():
        mine = [each for each in plants if each.of.startswith(f"{name}-")]
        found = conflicts([*entries, *(each.entry for each in mine)])
        pairs = {frozenset((each.one, each.other)): each for each in found}
        for each in mine:
            total[f"{each.kind} {each.entry.lang}"] += 1
            hit = pairs.pop(frozenset((each.of, each.entry.id)), None)
            hits[f"{each.kind} {each.entry.lang}"] += hit is not None
            if hit is None and "-v" in sys.argv:
                print("missed", each.kind, "|", each.entry.answer)
        beside += [extra for extra in pairs.values() if extra not in before[name]]
    for key in total:
        print(f"{key}: {hits[key]} of {total[key]}")
    print(f"found {hits.total()} of {total.total()} planted; {len(beside)} beside them")
    alone = [conflict for of in before.values() for conflict in of]
    print(f"as they are, {len(shops)} shops: {len(alone)}")
    demo = conflicts(read_knowledge(Path("knowledge"), TODAY).entries)
    print(f"demo shop: {len(demo)}")
    if "-v" in sys.argv:
        for conflict in (*beside, *alone, *demo):
            print(conflict)


if __name__ == "__main__":
    main(next((each for each in sys.argv[1:] if not each.startswith("-")), "c"))
