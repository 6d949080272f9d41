"""How good the studio's drafts are, in one table: `python -m tests.bench.drafts --data FOLDER`.

`--data` is a folder with `e2e-cleaned/*.csv` (columns `mr` and `ref`: meaning representations like
"name[The Mill], food[English]" and what people wrote). Half of the representations, by their hash,
may be tuned on and learned from; the other half is what is reported. Without `--data` only what
needs the demo catalogue is measured.
"""

import argparse
import asyncio
import csv
import hashlib
import random
import re
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from bot.language.sentences import sentences
from bot.language.wording import fold, words_only
from bot.studio.brief import Brief, Voice
from bot.studio.checks import Names
from bot.studio.copies import Copies
from bot.studio.drafting import Written, draft, realise
from bot.studio.gate import Gate
from bot.studio.item import Item
from bot.studio.ledger.ledger import Ledger, names_of
from bot.studio.ledger.wordings import Wordings
from bot.studio.realise import describe, english
from bot.studio.realise.facts import fact_of, facts_of
from bot.studio.realise.variety import First, Varied
from bot.studio.sources import of_folder
from bot.types import Language
from bot.writing.grounding.words import content, denials
from tests.bench.bleu import corpus_bleu

_HERE = Path(__file__).parent
_DEMO = _HERE.parents[1] / "knowledge"
_PAIR = re.compile(r"(\w[\w ]*)\[([^\]]*)\]")
PLANTED, ALIKE = 500, 1000


@dataclass(frozen=True)
class Figure:
    """A line of the table."""

    what: str
    value: str
    asked: str
    met: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    found = [*stated_demo(), *planted(PLANTED), *near_copies(ALIKE)]
    if given.data is not None:
        found = [*e2e(given.data), *found]
    width = max(len(each.what) for each in found)
    print(f"{'':{width}}  {'measured':>16}  {'asked':>8}")
    for each in found:
        missed = "" if each.met else "MISSED"
        print(f"{each.what:{width}}  {each.value:>16}  {each.asked:>8}  {missed}")


# --- descriptions without a model ---


def stated_demo() -> Iterator[Figure]:
    """Attributes stated and facts that no attribute holds, demo catalogue, every kind of choice."""
    items = of_folder(_DEMO)
    whole = said = wrong = sentences_ = 0
    for item in items:
        for attempt in range(3):
            text = describe.description(
                replace(item, description=""), Varied(item.sku, attempt), own=False
            )
            states = [stated(label, value, text, item) for label, value in item.attributes]
            whole, said = whole + len(states), said + sum(states)
            audit = Ledger(replace(item, description="", tags=())).audit(text)
            wrong += len(audit.marked)
            sentences_ += len(audit.lines)
    share = said / whole
    yield Figure(f"demo: attributes stated, of {whole}", f"{share:.2%}", "100 %", share == 1)
    yield Figure(
        f"demo: facts no attribute holds, {sentences_} sentences", str(wrong), "0", not wrong
    )


def stated(label: str, value: str, text: str, item: Item) -> bool:
    """Whether a text states an attribute: each part of its value, or a yes or no of its label."""
    fact = fact_of(label, value, item.language)
    if not fact.flag:
        return describe.stated(value, text) or words_only(fold(fact.shown)) in words_only(
            fold(text)
        )
    wanted = frozenset(content(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", label)))
    for clause in sentences(text):
        for no, yes in denials(clause):
            if wanted <= set(content(no if fact.flag == "no" else yes)):
                return True
    return fact.flag == "no" and fold(value) in fold(text)


# --- E2E: what people wrote ---


def e2e(folder: Path) -> Iterator[Figure]:
    """BLEU, attributes stated, and the fact check on human wording."""
    written = _e2e(folder)
    half = {mr: int(hashlib.sha256(mr.encode()).hexdigest(), 16) % 2 for mr in written}
    for part, name in ((1, "held-out half"), (0, "half that was tuned on")):
        own = [mr for mr in written if half[mr] == part]
        texts = [" ".join(english.told(_item(mr), facts_of(_item(mr)), First())) for mr in own]
        bleu = corpus_bleu(texts, [written[mr] for mr in own])
        yield Figure(
            f"E2E: BLEU, {name}, {len(own)} of {len(written)}", f"{bleu:.1f}", "41", bleu >= 41
        )
    whole = said = wrong = both = 0
    for mr in written:
        item = _item(mr)
        text = " ".join(english.told(item, facts_of(item), First()))
        flags = {value for label, value in item.attributes if label == "familyFriendly"}
        if len(flags) > 1:  # two representations say both yes and no: nothing can be stated
            both += 1
            continue
        states = [stated(label, value, text, item) for label, value in item.attributes]
        whole, said = whole + len(states), said + sum(states)
        wrong += len(Ledger(item).audit(text).marked)
    yield Figure("E2E: representations that contradict themselves, left out", str(both), "", True)
    yield Figure(
        f"E2E: attributes stated, of {whole}", f"{said / whole:.2%}", "100 %", said == whole
    )
    yield Figure("E2E: facts no attribute holds", str(wrong), "0", not wrong)
    train = [(_item(mr), text) for mr in written if not half[mr] for text in written[mr]]
    began = time.perf_counter()
    wordings = Wordings.learn(train)
    took = time.perf_counter() - began
    test = [(_item(mr), text) for mr in written if half[mr] for text in written[mr]]
    yield from human(test, [_item(mr) for mr in written], wordings, took)


def human(
    test: Sequence[tuple[Item, str]], every: Sequence[Item], wordings: Wordings, took: float
) -> Iterator[Figure]:
    """References held to their own attributes, and to the same with one value changed."""
    names = names_of(every)
    values: dict[str, set[str]] = defaultdict(set)
    for item in every:
        values["name"].add(item.name)
        for label, value in item.attributes:
            values[label].add(value)
    chosen = random.Random(1)
    kept = caught = changed = 0
    for item, text in test:
        kept += not Ledger(item, None, wordings, names).audit(text).blocking
        other = _changed(item, values, chosen)
        if other is not None:
            changed += 1
            caught += bool(Ledger(other, None, wordings, names).audit(text).blocking)
    yield Figure(
        f"E2E: references kept, of {len(test)} held out",
        f"{kept / len(test):.3f}",
        ".85",
        kept >= 0.85 * len(test),
    )
    yield Figure(
        f"E2E: one value changed, caught, of {changed}",
        f"{caught / changed:.3f}",
        ".98",
        caught >= 0.98 * changed,
    )
    yield Figure("E2E: seconds to learn the wordings", f"{took:.0f}", "", True)


def _changed(item: Item, values: dict[str, set[str]], chosen: random.Random) -> Item | None:
    """The item with another value under one label, or another name."""
    at = chosen.randrange(len(item.attributes) + bool(item.name))
    if at == len(item.attributes):
        return replace(item, name=chosen.choice(sorted(values["name"] - {item.name, ""})))
    label, value = item.attributes[at]
    other = chosen.choice(sorted(values[label] - {value}))
    pairs = [*item.attributes[:at], (label, other), *item.attributes[at + 1 :]]
    return replace(item, attributes=tuple(pairs))


def _e2e(folder: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((folder / "e2e-cleaned").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                found[row["mr"]].append(row["ref"])
    return found


def _item(mr: str) -> Item:
    pairs = [(label, value) for label, value in _PAIR.findall(mr)]
    name = next((value for label, value in pairs if label == "name"), "")
    return Item("x", name, attributes=tuple(each for each in pairs if each[0] != "name"))


# --- a model that invents ---


def planted(count: int) -> Iterator[Figure]:
    """A stand-in model that plants inventions: how many reach the queue unmarked, and how many of
    its honest sentences are marked."""
    data = yaml.safe_load((_HERE / "data" / "stand_in.yaml").read_text(encoding="utf-8"))
    items = of_folder(_DEMO)
    known = names_of(items)
    chosen = random.Random(7)
    missed: list[str] = []
    soft = honest = alarms = shown = done = 0
    while done < count:
        item = chosen.choice(items)
        lines, lies = _lied(item, data, chosen, min(3, count - done))
        text = ("" if item.language == "zh" else " ").join(lines)

        async def writes(
            item: Item, brief: Brief, voice: Voice, plain: str, text: str = text
        ) -> Written:
            return Written(text, "stand-in")

        gate = Gate(names=Names(each.name for each in items), known=known)
        made = asyncio.run(draft(item, Brief(), gate, writes, "en"))
        if made.written.model != "stand-in":
            done += len(lies)  # the attributes' own text was taken instead
            continue
        for line in lines:
            at = text.index(line)
            marks = [m for m in made.report.marks if m.start < at + len(line) and m.end > at]
            if line in lies:
                done += 1
                if not marks:
                    missed.append(line)
                soft += not any(mark.blocks for mark in marks)
            else:
                honest += 1
                alarms += any(mark.blocks for mark in marks)
                shown += bool(marks)
    for line in missed[:20]:
        print("  unmarked:", line)
    yield Figure(
        f"planted inventions that reach the queue unmarked, of {done}",
        str(len(missed)),
        "0",
        not missed,
    )
    yield Figure("… marked, but not blocking", str(soft - len(missed)), "", True)
    yield Figure(
        f"false alarms, of {honest} honest sentences",
        f"{alarms / honest:.1%}",
        "3 %",
        alarms <= 0.03 * honest,
    )
    gate = Gate(names=Names(each.name for each in items), known=known)
    shares = [shown / honest]
    for name, what in (("second", "of a second set"), ("third", "of a third set")):
        looked = [
            gate.look(way.replace("{name}", item.name), item, Brief(), "en")
            for item in items[:40]
            for way in data["honest"][item.language][name]
        ]
        wrong = sum(bool(each.blocking) for each in looked)
        shares.append(sum(bool(each.marks) for each in looked) / len(looked))
        what = f"… of {len(looked)} {what}"
        yield Figure(what, f"{wrong / len(looked):.1%}", "3 %", wrong <= 0.03 * len(looked))
    noted = " ".join(f"{each:.0%}" for each in shares)
    yield Figure("honest sentences in which a word is shown without a record", noted, "", True)


def _lied(
    item: Item, data: dict[str, Any], chosen: random.Random, most: int
) -> tuple[list[str], list[str]]:
    """Honest sentences with up to `most` inventions among them, and the inventions."""
    honest: list[str] = []
    told = {"material": "material", "colours": "colour", "capacity": "capacity", "size": "size"}
    for name, measure in told.items():
        if value := item.value(measure):
            ways = data["honest"][item.language][name]
            honest.append(chosen.choice(ways).replace(f"{{{name}}}", value))
    for way in chosen.sample(data["honest"][item.language]["none"], 3):
        honest.append(way.replace("{name}", item.name))
    kinds = data["invented"][item.language]
    lies: list[str] = []
    while len(lies) < most:
        way = chosen.choice(kinds[chosen.choice(sorted(kinds))])
        way = way.replace("{n}", str(chosen.randrange(2, 10)))
        if way not in lies:
            lies.append(way)
    lines = [*dict.fromkeys(each[:1].upper() + each[1:] for each in honest), *lies]
    chosen.shuffle(lines)
    return lines, lies


# --- near copies ---


def near_copies(count: int) -> Iterator[Figure]:
    """Of so many drafts for products of one kind, how many are near copies of an earlier one."""
    languages: tuple[Language, ...] = ("en", "zh")
    for language in languages:
        copies = Copies()
        gate = Gate(copies=copies)
        copied = 0
        began = time.perf_counter()
        for item in alike(count, language):
            text = realise(item, Brief(), gate)
            copied += bool(copies.copied(text))
            copies.add(item.sku, text)
        took = (time.perf_counter() - began) / count
        each = f"{1000 * took:.0f} ms each"
        what = f"near copies, {count} drafts of similar products, {language}, {each}"
        yield Figure(what, f"{copied / count:.1%}", "2 %", copied < 0.02 * count)


def alike(count: int, language: Language) -> Iterator[Item]:
    """Mugs that differ in a few values."""
    chosen = random.Random(3)
    table = {
        "en": (
            ("Capacity", "Material", "Colours", "Height", "Weight", "Dishwasher"),
            "{} mug {}",
            "ml",
            "cm",
            "g",
        ),
        "zh": (
            ("容量", "材质", "颜色", "高度", "重量", "洗碗机"),
            "{}马克杯 {}",
            "毫升",
            "厘米",
            "克",
        ),
    }
    words = {
        "en": (
            ["stoneware", "porcelain", "glass", "enamelled steel"],
            ["white", "sand", "blue", "moss", "charcoal"],
            "yes",
            ["Dune", "Cove", "Reef", "Tide"],
        ),
        "zh": (
            ["炻器", "瓷", "玻璃", "珐琅钢"],
            ["白色", "沙色", "蓝色", "苔绿", "炭黑"],
            "可以",
            ["沙丘", "海湾", "礁石", "潮汐"],
        ),
    }
    labels, name, ml, cm, g = table[language]
    materials, colours, yes, names = words[language]
    comma = ", " if language == "en" else "、"
    for at in range(count):
        values = (
            f"{chosen.randrange(20, 50) * 10} {ml}",
            chosen.choice(materials),
            comma.join(chosen.sample(colours, 3)),
            f"{chosen.randrange(7, 12)} {cm}",
            f"{chosen.randrange(20, 45) * 10} {g}",
            yes,
        )
        yield Item(
            f"M-{at}",
            name.format(chosen.choice(names), at),
            language,
            attributes=tuple(zip(labels, values, strict=True)),
        )


if __name__ == "__main__":
    main()
