"""Item-to-item recommendation on Amazon's Beauty customers: how often the next purchase is named.

    python -m tests.bench.recommend --data FOLDER

FOLDER holds `Beauty.txt` (a line: customer, items from the oldest to the newest) and, where there
is one, `Beauty_item2attributes.json` (item → numbers of what is said of it), as S3-Rec's authors
gave them out. Each customer's last item is left out and looked for among every item that they do
not have yet (none is sampled). Fitted is on all but the last two, as published figures are, and
once more with the last but one; the constants in `transitions.py` and `model.py` were chosen on
the last but one alone (`--validate` looks for that one, fitted without both).
"""

import argparse
import json
import resource
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bot.catalogue.recommender.likeness import likeness
from bot.catalogue.recommender.model import Model, model
from bot.catalogue.recommender.transitions import Bought, pairs

TOP = 10
Histories = list[list[int]]


def main() -> None:
    """Read, fit, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with Beauty.txt")
    parser.add_argument("--validate", action="store_true", help="look for the last but one")
    asked = parser.parse_args()
    histories = read(asked.data / "Beauty.txt")
    said = attributes(asked.data / "Beauty_item2attributes.json", count_of(histories))
    table = Table(title=f"{len(histories):,} customers, {len(said):,} items, every item ranked")
    for name in ("fitted on", "HR@10", "NDCG@10", "fit, s", "request, ms", "p99", "MB"):
        table.add_column(name, justify="left" if name == "fitted on" else "right")
    if asked.validate:
        wanted = {"all but the last two, for the last but one": (2, 2)}
    else:
        wanted = {"all but the last two": (2, 1), "all but the last": (1, 1)}
    for name, (without, hidden) in wanted.items():
        table.add_row(name, *measure(histories, said, without, hidden))
    table.add_row(
        "the same, without attributes", *measure(histories, [()] * len(said), *wanted_of(wanted))
    )
    Console().print(table)


def wanted_of(wanted: dict[str, tuple[int, int]]) -> tuple[int, int]:
    """The strictest of the ways to fit."""
    return next(iter(wanted.values()))


def measure(
    histories: Histories, said: Sequence[Sequence[int]], without: int, hidden: int
) -> list[str]:
    """The figures of a model fitted `without` the last so many, asked for the `hidden` last."""
    started = time.perf_counter()
    made = fitted([each[:-without] for each in histories], said)
    seconds = time.perf_counter() - started
    hits, gain, times = 0, 0.0, []
    for each in histories:
        before, target = each[:-hidden], each[-hidden]
        at = time.perf_counter()
        ranked = made.ranked(before, TOP)
        times.append(time.perf_counter() - at)
        place = np.flatnonzero(ranked == target)
        if len(place):
            hits += 1
            gain += 1 / np.log2(place[0] + 2)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    p99 = statistics.quantiles(times, n=100)[-1]
    return [
        f"{hits / len(histories):.4f}",
        f"{gain / len(histories):.4f}",
        f"{seconds:.1f}",
        f"{1000 * statistics.median(times):.2f}",
        f"{1000 * p99:.2f}",
        f"{memory:.0f}",
    ]


def fitted(histories: Histories, said: Sequence[Sequence[int]]) -> Model:
    """A model in which an item's number is its own name."""
    sequences = ([Bought(item, at) for at, item in enumerate(each)] for each in histories)
    return model([str(at) for at in range(len(said))], pairs(sequences), likeness(said))


def read(path: Path) -> Histories:
    """The items of each customer."""
    with path.open(encoding="utf-8") as lines:
        return [[int(item) for item in line.split()[1:]] for line in lines]


def count_of(histories: Histories) -> int:
    """One more than the highest number of an item."""
    return 1 + max(max(each) for each in histories)


def attributes(path: Path, count: int) -> list[list[int]]:
    """What is said of each item, by its number; nothing where there is no file."""
    if not path.exists():
        return [[] for _ in range(count)]
    known = json.loads(path.read_text(encoding="utf-8"))
    return [known.get(str(at), []) for at in range(count)]


if __name__ == "__main__":
    main()
