"""What of a stranger's catalogue is found and told: `python -m tests.bench.crosswoz FOLDER`.

The folder holds CrossWOZ (Apache-2.0): its three databases become 2,549 products, and what people
typed in *val* becomes questions. A follow-up asks attributes of the entry that was spoken of, which
is given as what was told last; right is an answer that says each value as the database has it. A
search names what an entry must have; right is an answer whose every product has all of it, or none
where no entry has. Each turn stands alone: from the shopper's words to the bot's, with no index and
no encoder. It prints shares and milliseconds of processor time; with `--missed`, what went wrong.
"""

import json
import re
import sys
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot.catalogue import reading
from bot.catalogue.acts import Act, FindProducts
from bot.catalogue.describe import describe
from bot.catalogue.focus import Focus
from bot.catalogue.table import Table
from bot.catalogue.understand import understand
from bot.knowledge.entry import Found
from bot.knowledge.readers.products import product_entries
from bot.knowledge.readers.rows import Warned
from bot.knowledge.readers.source import Source
from bot.language.quantities import parse

_FILES = {"景点": "attraction", "酒店": "hotel", "餐馆": "restaurant"}
_PRICES = {"门票": "景点", "价格": "酒店", "人均消费": "餐馆"}
_SHOWN = 5
_NUMBER = re.compile(r"\d+(?:\.\d+)?")

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """What was typed, of which entry, and what is asked of it or looked for."""

    text: str
    domain: str
    name: str = ""  # the entry that was spoken of
    asked: tuple[str, ...] = ()
    wanted: tuple[tuple[str, str], ...] = ()


def main() -> None:
    folder = Path(sys.argv[1])
    records = _records(folder)
    table = Table(_entries(records, folder))
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    took = []
    for question in _questions(folder, records):
        started = time.thread_time()
        read = reading.read(question.text, table)
        focus = Focus((_sku(question.domain, question.name),) if question.name else ())
        act = understand(read, table, focus)
        said = describe(act, read, table, "zh") if act else ""
        took.append(time.thread_time() - started)
        right = _is_right(question, act, said, records)
        kind = "follow-up" if question.asked else "search"
        for each in (kind, *(f"{kind} {slot}" for slot in _slots(question))):
            kinds[each].update({"all": 1, "right": int(right)})
        if not right and "--missed" in sys.argv:
            print(kind, question.text, question.name, _slots(question), question.wanted)
            print("   ", act if act is None else type(act).__name__, said[:150].replace("\n", " "))
    for kind, count in sorted(kinds.items()):
        print(f"{kind}: {count['right']} of {count['all']} ({count['right'] / count['all']:.1%})")
    print(f"p95 {np.percentile(took, 95) * 1000:.1f} ms over {len(table.products)} products")


def _records(folder: Path) -> dict[str, dict[str, Record]]:
    found = {}
    for domain, name in _FILES.items():
        path = folder / f"data__crosswoz__database__{name}_db.json"
        found[domain] = dict(json.loads(path.read_text(encoding="utf-8")))
    return found


def _entries(records: Mapping[str, Mapping[str, Record]], folder: Path) -> Iterator[Any]:
    """The databases as an admin would write them: a row an entry, its price where it has one."""
    source, warned = Source(folder, "crosswoz.jsonl"), Warned()
    for domain, of in records.items():
        for name, record in of.items():
            price = next((record[each] for each in _PRICES if each in record), None)
            kept = {key: value for key, value in record.items() if value not in (None, [], "")}
            attributes = {key: value for key, value in kept.items() if key not in ("领域", "名称")}
            row = {
                "sku": _sku(domain, name),
                "name": name,
                "category": domain,
                "lang": "zh",
                "attributes": attributes,
                "price": price,
                "currency": "CNY",
            }
            for found in product_entries(row, source, None, warned):
                if isinstance(found, Found):
                    yield found.entry


def _sku(domain: str, name: str) -> str:
    return f"{_FILES[domain]}-{name}"


def _questions(folder: Path, records: Mapping[str, Mapping[str, Record]]) -> Iterator[Question]:
    with zipfile.ZipFile(folder / "data__crosswoz__val.json.zip") as packed:
        dialogues = json.loads(packed.read("val.json"))
    for dialogue in dialogues.values():
        for message in dialogue["messages"]:
            if message["role"] == "usr":
                yield from _question(message, records)


def _question(
    message: Mapping[str, Any], records: Mapping[str, Mapping[str, Record]]
) -> Iterator[Question]:
    """The message as a question of one entry, or as a search; nothing where it is neither."""
    acts = message["dialog_act"]
    domains = {each[1] for each in acts if each[0] in ("Request", "Inform", "Select")}
    if len(domains) != 1 or not domains <= set(records) or any(a[0] == "Select" for a in acts):
        return
    domain = domains.pop()
    asked = tuple(each[2] for each in acts if each[0] == "Request")
    told = tuple((each[2], each[3]) for each in acts if each[0] == "Inform")
    names = [value for slot, value in told if slot == "名称"]
    if "名称" in asked and told and not names:
        yield Question(message["content"], domain, wanted=told)
        return
    if not asked or "名称" in asked or len(told) > len(names):
        return
    name = _spoken_of(message, domain, asked[0]) if not names else names[0]
    record = records[domain].get(name)
    if record is not None and all(_values(record, slot) for slot in asked):
        yield Question(message["content"], domain, name, asked)


def _spoken_of(message: Mapping[str, Any], domain: str, slot: str) -> str:
    """The name of the entry whose slot is asked for in this turn."""
    state = [each for each in message["user_state"] if each[1] == domain]
    asked = [
        each[0] for each in state if each[2].partition("-")[0] == slot and each[4] and not each[3]
    ]
    names = {each[0]: each[3] for each in state if each[2] == "名称" and isinstance(each[3], str)}
    return next((names[each] for each in asked if names.get(each)), "")


def _slots(question: Question) -> tuple[str, ...]:
    return question.asked or tuple(
        dict.fromkeys(slot.partition("-")[0] for slot, _ in question.wanted)
    )


def _values(record: Record, slot: str) -> list[str]:
    """What the database says of a slot, each as it must be told; none where it says nothing."""
    head, _, facility = slot.partition("-")
    value = record.get(head)
    if facility:
        return [facility] if facility in (value or ()) else []
    if isinstance(value, list):
        return [" ".join(each.split()) for each in value]
    return [] if value is None else [str(value)]


def _is_right(
    question: Question, act: Act | None, said: str, records: Mapping[str, Mapping[str, Record]]
) -> bool:
    if act is None:
        return False
    if question.asked:
        record = records[question.domain][question.name]
        return all(each in said for slot in question.asked for each in _values(record, slot))
    shown = act.skus[: act.limit] if isinstance(act, FindProducts) else act.skus[:_SHOWN]
    if not shown:
        return not any(_has_all(each, question) for each in records[question.domain].values())
    of = {_sku(question.domain, name): each for name, each in records[question.domain].items()}
    return all(sku in of and _has_all(of[sku], question) for sku in shown)


def _has_all(record: Record, question: Question) -> bool:
    return all(_has(record, slot, value) for slot, value in question.wanted)


def _has(record: Record, slot: str, wanted: str) -> bool:
    head, _, facility = slot.partition("-")
    value = record.get(head)
    if value is None:
        return False
    if facility:
        return bool((facility in value) == (wanted != "否"))
    if isinstance(value, list):
        return wanted in value
    if isinstance(value, str):
        return wanted in value or _lies_within(value, wanted)
    numbers = [float(each) for each in _NUMBER.findall(wanted)]
    if not numbers:
        return bool((wanted == "免费") == (value == 0))
    low = 0.0 if "以下" in wanted else numbers[0]
    high = float("inf") if "以上" in wanted else numbers[-1]
    return bool(low <= value <= high)


def _lies_within(value: str, wanted: str) -> bool:
    """Whether one time, "1小时 - 2小时", is part of another."""
    ends = [(each.low, each.high) for text in (value, wanted) for each in parse(text)[:1]]
    if len(ends) < 2:
        return False
    (low, high), (least, most) = ((start or 0.0, end or 0.0) for start, end in ends)
    return low <= least <= high if least == most else least <= low and high <= most


if __name__ == "__main__":
    main()
