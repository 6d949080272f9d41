"""How fast a large catalogue is searched: `python -m tests.bench.products [COUNT]`.

It makes a catalogue of made-up products, reads it into a table and times a filter, a comparison and
a follow-up, each from the shopper's words to the bot's. It prints milliseconds of processor
time, which others on the machine do not change, and megabytes.
"""

import json
import random
import resource
import sys
import time
from collections.abc import Iterator

import numpy as np

from bot.catalogue import reading
from bot.catalogue.describe import describe
from bot.catalogue.focus import Focus
from bot.catalogue.table import Table
from bot.catalogue.understand import understand
from bot.knowledge.entry import Entry, Facts

_KINDS = ("kettle", "mug", "lamp", "towel", "pillow", "knife", "rug", "stool", "shelf", "vase")
_COLOURS = ("red", "blue", "green", "sand", "charcoal", "white", "navy", "rust")
_MATERIALS = ("steel", "oak", "wool", "linen", "glass", "cotton", "stoneware")
_ASKED = {
    "filter": "blue {kind}s under 40",
    "sort": "the cheapest {material} {kind}",
    "attribute": "how heavy is the {name}",
    "compare": "compare the {name} and the {other}",
    "follow-up": "do you have it in green",
    "second": "how much is the second one",
}


def entries(count: int, seed: int = 1) -> Iterator[Entry]:
    """`count` products, each name once."""
    draw = random.Random(seed)
    for at in range(count):
        kind, material = draw.choice(_KINDS), draw.choice(_MATERIALS)
        name = f"{_word(at)} {material} {kind}"
        facts = Facts(
            category=draw.choice(("Kitchen", "Bath", "Home", "Garden")),
            description=f"A {material} {kind} that is made for every day and lasts.",
            attributes=(
                ("Weight", f"{draw.randrange(100, 9900, 10)} g"),
                ("Colours", ", ".join(draw.sample(_COLOURS, 3))),
                ("Height", f"{draw.randrange(5, 160)} cm"),
            ),
            price=f"{draw.randrange(500, 30000) / 100:.2f}",
            stock=draw.randrange(0, 90),
        )
        yield Entry(
            f"product/P-{at}",
            "en",
            name,
            (),
            name,
            "products.csv",
            name,
            "product",
            tags=(kind,),
            facts=facts,
        )


def _word(at: int) -> str:
    """A made-up name for each number: "Bakira", "Bakiro" …"""
    said = ""
    for _ in range(3):
        at, rest = divmod(at, 85)
        said += "bdfgklmnprstvwzhj"[rest // 5] + "aeiou"[rest % 5]
    return said.capitalize()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    made = list(entries(count))
    before = _megabytes()
    started = time.thread_time()
    table = Table(made)
    built = time.thread_time() - started
    figures = {
        "products": count,
        "build_s": round(built, 1),
        "table_mb": round(_megabytes() - before),
        **{f"{name}_p95_ms": _timed(table, asked) for name, asked in _ASKED.items()},
    }
    print(json.dumps(figures, indent=1))


def _timed(table: Table, asked: str, tries: int = 60) -> float:
    """The 95th percentile of `tries` questions, in milliseconds."""
    draw = random.Random(2)
    took = []
    for _ in range(tries):
        one, other = draw.sample(range(len(table.products)), 2)
        names = [table.products[each].name("en") for each in (one, other)]
        text = asked.format(
            kind=draw.choice(_KINDS),
            material=draw.choice(_MATERIALS),
            name=names[0],
            other=names[1],
        )
        focus = Focus((table.products[one].sku, table.products[other].sku))
        started = time.thread_time()
        read = reading.read(text, table)
        act = understand(read, table, focus)
        if act is None:
            raise SystemExit(f"nothing understood: {text}")
        describe(act, read, table, "en")
        took.append(time.thread_time() - started)
    return round(float(np.percentile(took, 95)) * 1000, 1)


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
