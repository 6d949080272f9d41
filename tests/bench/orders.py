"""A customer's question among 1,000,000 orders of 200,000 customers: how long, and how much memory?

    python -m tests.bench.orders [--orders 1000000] [--customers 200000] [--questions 1000]

Everything is made up and seeded. The vectors are the encoder's own, of 1,200 items; an order has
that of its first item. (Embedding a million texts takes most of an hour and tells nothing about a
question.) Timed is the whole answer, from the proven scope to the words: queries on SQLite, the
search in a shard of the vector index that most often is not in memory yet, ranking, wording. The
question's own embedding is done before and not timed.
"""

import argparse
import json
import multiprocessing
import os
import random
import statistics
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from sqlalchemy import insert
from sqlmodel import SQLModel

from bot.database.db import Database
from bot.database.tables import CustomerRow
from bot.dialogue.skills.order_words import OrderWords
from bot.dialogue.skills.orders import OrderAnswers, Question
from bot.knowledge.build import build_index
from bot.knowledge.index import CurrentIndex
from bot.language.wording import fold
from bot.orders import embedding
from bot.orders.asks import Asked, Aspect
from bot.orders.record import Event, Line, Order, State
from bot.orders.vectors import Floats, Item, OrderVectors, shard_of
from bot.settings import DEFAULT_MODEL
from bot.types import OneCustomer

ROOT = Path(__file__).parent.parent.parent
COLOURS = ("blue", "black", "white", "red", "green", "grey", "sand", "navy", "cream", "yellow")
THINGS = (
    ("kettle", "mug", "towel", "bathrobe", "blanket", "pillow", "lamp", "vase", "rug", "stool"),
    ("shelf", "basket", "knife", "skillet", "saucepan", "teapot", "tray", "clock", "mirror"),
    ("curtain", "duvet", "candle", "slippers", "pyjamas", "backpack", "umbrella", "bottle"),
    ("notebook", "wallet", "scarf"),
)
SIZES = ("small", "medium", "large", "extra large")
STATES = tuple(State)
START = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
_CHUNK = 20_000
_MADE = "made"  # the file that says so


def main() -> None:
    """Make the shop, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--questions", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--index", type=Path, help="an index folder whose encoder to use")
    parser.add_argument("--keep", type=Path, help="where to make the shop, or find it made")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="deskhand-orders-") as scratch:
        folder = given.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / _MADE).exists():
            # A process of its own: what making the shop takes is not what serving it takes.
            made = multiprocessing.get_context("spawn").Process(target=_make, args=[given, folder])
            made.start()
            made.join()
        _bench(given, folder)


def _index(given: argparse.Namespace, folder: Path) -> Path:
    return given.index or folder / "index"


def _make(given: argparse.Namespace, folder: Path) -> None:
    """The shop's index, database and vectors."""
    if given.index is None:
        build_index(ROOT / "knowledge", _index(given, folder), DEFAULT_MODEL, today=START.date())
    encoder = CurrentIndex(_index(given, folder)).get().encoder
    started = time.perf_counter()
    item_vectors = encoder.encode([name for name, _ in _names()], kind="passage")
    print(
        f"{len(item_vectors)} items embedded in {time.perf_counter() - started:.0f} s", flush=True
    )
    db = _database(folder)
    db.migrate()
    vectors = OrderVectors(folder / "vectors", lambda: encoder)
    _fill(db, vectors, given, _names(), item_vectors, random.Random(given.seed))
    db.close()
    (folder / _MADE).touch()


def _bench(given: argparse.Namespace, folder: Path) -> None:
    """Ask, and print what it took."""
    encoder = CurrentIndex(_index(given, folder)).get().encoder
    known: dict[str, Floats] = {}
    _embed(encoder, known, [text for both in _names() for text in both])
    db = _database(folder)
    vectors = OrderVectors(folder / "vectors", lambda: encoder)
    answers = OrderAnswers(db, vectors, known.__getitem__, OrderWords(UTC))
    before = psutil.Process(os.getpid()).memory_info().rss
    spent, found = _ask(db, answers, given)
    after = psutil.Process(os.getpid()).memory_info().rss
    size = sum(path.stat().st_size for path in (folder / "vectors").iterdir())
    print(f"{len(spent)} questions, {found} with an order in the answer")
    figures: dict[str, float] = {"rss": after, "index": size}
    for name, seconds in zip(("wall", "processor"), zip(*spent, strict=True), strict=True):
        cuts = statistics.quantiles(seconds, n=100)
        figures |= {f"{name}_p50": cuts[49], f"{name}_p95": cuts[94]}
        print(
            f"  {name} time: p50 {cuts[49] * 1000:.1f} ms, p95 {cuts[94] * 1000:.1f} ms,"
            f" p99 {cuts[98] * 1000:.1f} ms"
        )
    print(f"vector index: {size >> 20} MB on disk; load of the machine: {os.getloadavg()[0]:.1f}")
    print(f"resident: {before >> 20} MB before the first question, {after >> 20} MB after the last")
    print(json.dumps(figures))
    db.close()


def _database(folder: Path) -> Database:
    return Database(f"sqlite:///{folder / 'orders.db'}")


def _names() -> list[tuple[str, str]]:
    """Every item by its whole name and by a shorter one."""
    return [
        (f"{colour} {size} {thing}", f"{colour} {thing}")
        for colour in COLOURS
        for size in SIZES
        for some in THINGS
        for thing in some
    ]


def _customer(at: int) -> str:
    return f"C{at:06}"


def _fill(
    db: Database,
    vectors: OrderVectors,
    given: argparse.Namespace,
    names: list[tuple[str, str]],
    item_vectors: Floats,
    chance: random.Random,
) -> None:
    """All rows and vectors, in bulk; some customers have many orders, most have few."""
    started = time.perf_counter()
    tables = SQLModel.metadata.tables
    with db.begin() as session:
        for start in range(0, given.customers, _CHUNK):
            people = [
                {"id": _customer(at), "name": "", "email": f"{at}@example.com", "phone": None,
                 "language": None, "updated_at": START}
                for at in range(start, min(start + _CHUNK, given.customers))
            ]  # fmt: skip
            session.execute(insert(CustomerRow), people)
    by_shard: dict[str, list[tuple[Item, int]]] = defaultdict(list)
    for start in range(0, given.orders, _CHUNK):
        rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for at in range(start, min(start + _CHUNK, given.orders)):
            place = int(given.customers * chance.random() ** 1.5)
            picked = [chance.randrange(len(names)) for _ in range(1 + (at % 3 == 0))]
            order = _order(at, _customer(place), [names[each][0] for each in picked], chance)
            rows["orders"].append(_row(order))
            rows["order_lines"] += [
                {"order_id": order.id, "position": n, "sku": "", "name": line.name, "names": {},
                 "options": {}, "quantity": 1, "price": line.price}
                for n, line in enumerate(order.lines)
            ]  # fmt: skip
            rows["order_events"] += [
                {"order_id": order.id, "position": n, "shipment": None, "at": event.at,
                 "kind": event.kind, "place": "", "note": ""}
                for n, event in enumerate(order.events)
            ]  # fmt: skip
            item = embedding.item(order, UTC)
            by_shard[shard_of(order.customer_id)].append((item, picked[0]))
        with db.begin() as session:
            for name, of_table in rows.items():
                session.execute(insert(tables[name]), of_table)
    print(f"{given.orders} orders stored in {time.perf_counter() - started:.0f} s", flush=True)
    started = time.perf_counter()
    for name, items in by_shard.items():
        matrix = item_vectors[np.asarray([row for _, row in items])]
        vectors.put_vectors(name, [item for item, _ in items], matrix)
    print(f"{len(by_shard)} shards written in {time.perf_counter() - started:.0f} s", flush=True)


def _order(at: int, customer_id: str, items: list[str], chance: random.Random) -> Order:
    placed = START - timedelta(minutes=chance.randrange(700 * 1440))
    state = chance.choice(STATES)
    return Order(
        id=f"W{at:07}",
        customer_id=customer_id,
        state=state,
        currency="USD",
        total=4000,
        placed_at=placed,
        lines=tuple(Line(item, 2000) for item in items),
        events=(
            Event("paid", placed + timedelta(minutes=1)),
            Event(state.value, placed + timedelta(days=2)),
        ),
    )


def _row(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "number": order.number,
        "vector_id": order.vector_id,
        "customer_id": order.customer_id,
        "state": order.state.value,
        "placed_at": order.placed_at,
        "expected_on": None,
        "currency": "USD",
        "total": order.total,
        "refunded": 0,
        "email": None,
        "phone": None,
        "payment": "",
        "address": {},
        "source": "import",
        "digest": "",
        "updated_at": START,
    }


def _ask(
    db: Database, answers: OrderAnswers, given: argparse.Namespace
) -> tuple[list[tuple[float, float]], int]:
    """Seconds of each answer, on the clock and of the processor, and how many name an order."""
    chance = random.Random(given.seed + 1)
    forms = (
        ("where is my {}?", Aspect.STATE, ("coming",)),
        ("when did I order the {}?", Aspect.PLACED, ()),
        ("did you refund me for the {}?", Aspect.REFUND, ("refunded",)),
    )
    spent: list[tuple[float, float]] = []
    found = 0
    for _ in range(given.questions):
        form, aspect, states = chance.choice(forms)
        asked = form.format(chance.choice(chance.choice(_names())))
        understood = Asked(fold(asked), aspects=frozenset({aspect}), states=states)
        scope = OneCustomer(_customer(int(given.customers * chance.random() ** 1.5)))
        question = Question(asked, "en", understood)
        started, busy = time.perf_counter(), time.thread_time()
        with db.read() as session:
            outcome = answers.answer(session, scope, question)
        spent.append((time.perf_counter() - started, time.thread_time() - busy))
        found += bool(outcome and outcome.say.sources)
    return spent, found


def _embed(encoder: Any, known: dict[str, Floats], texts: list[str]) -> None:
    """What will be asked for, embedded beforehand."""
    missing = [text for text in dict.fromkeys(texts) if text not in known]
    if missing:
        known.update(zip(missing, encoder.encode(missing), strict=True))


if __name__ == "__main__":
    main()
