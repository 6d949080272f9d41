"""Fits the model: only shards whose orders have changed are read, and nothing at all where nothing
has. It decides nothing about what is told of the result."""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.catalogue.product import Product
from bot.catalogue.recommender import files, history
from bot.catalogue.recommender.common import said_of
from bot.catalogue.recommender.files import Card
from bot.catalogue.recommender.likeness import likeness
from bot.catalogue.recommender.model import Model, model
from bot.catalogue.recommender.transitions import Sums, pairs, together
from bot.catalogue.table import Table
from bot.database.db import Database
from bot.errors import BuildError, DatabaseError, EncoderError

log = structlog.get_logger()
_AFTER, _AGAIN = 2.0, 3600.0  # seconds


@dataclass(frozen=True)
class Fitted:
    """What `fit` did. `changed` counts the shards of customers that were read anew out of `shards`;
    `new` is false where nothing had changed."""

    products: int
    pairs: int
    shards: int
    changed: int
    new: bool
    seconds: float


def fit(db: Database, table: Table, folder: Path) -> Fitted:
    """Bring the model in `folder` up to the orders in the database and the products of `table`.

    `BuildError` where the folder cannot be written.
    """
    started = time.monotonic()
    with files.lock(folder), db.read() as session:
        known = files.card(folder) or Card()
        marks = history.marks(session)
        said, things = _said(table.products)
        stale = [
            name for name, (mark, _) in marks.items() if known.shards.get(name, ("", ""))[0] != mark
        ]
        gone = known.shards.keys() - marks.keys()
        served = _served(folder)
        if served and not (stale or gone) and known.said == said:
            count = len(served.people)
            took = time.monotonic() - started
            return Fitted(len(served.skus), count, len(marks), 0, False, took)
        # Old products keep their numbers, which the sums of the other shards are written in.
        skus = dict.fromkeys(
            [*known.skus, *history.skus(session), *(each.sku for each in table.products)]
        )
        numbers = {sku: at for at, sku in enumerate(skus)}
        sums: list[Sums] = []
        shards: dict[str, tuple[str, str]] = {}
        changed = 0
        for name, (mark, customers) in sorted(marks.items()):
            digest = known.shards.get(name, ("", ""))[1]
            of_shard = None if name in stale else files.shard(folder, name, digest)
            if of_shard is None:
                changed += 1
                of_shard = pairs(history.sequences(session, customers, numbers))
                digest = files.keep_shard(folder, name, of_shard)
            sums.append(of_shard)
            shards[name] = (mark, digest)
        for name in gone:
            (folder / "shards" / f"{name}.npz").unlink(missing_ok=True)
        like = likeness([things.get(sku, ()) for sku in skus])
        made = model(tuple(skus), together(sums), like)
        files.keep(folder, made, shards, said)
    took = time.monotonic() - started
    log.info("recommender.fitted", products=len(skus), pairs=len(made.people), changed=changed)
    return Fitted(len(skus), len(made.people), len(marks), changed, True, took)


async def keep_fitted(db: Database, table: Callable[[], Table], folder: Path) -> None:
    """`fit` soon after the start and then every hour, for as long as the process runs."""
    while True:
        await asyncio.sleep(_AFTER)  # the first shoppers go before
        try:
            await asyncio.to_thread(lambda: fit(db, table(), folder))
        except (BuildError, EncoderError, DatabaseError) as error:
            log.error("recommender.not_fitted", error=error.key)
        await asyncio.sleep(_AGAIN)


def _served(folder: Path) -> Model | None:
    try:
        return files.load(folder)
    except BuildError:
        return None


def _said(products: Iterable[Product]) -> tuple[str, dict[str, Sequence[int]]]:
    """What stands for all that is said of the products, and that as numbers by SKU."""
    numbers: dict[tuple[str, str], int] = {}
    found: dict[str, Sequence[int]] = {}
    for product in products:
        found[product.sku] = [
            numbers.setdefault(each, len(numbers)) for each in sorted(said_of(product))
        ]
    text = json.dumps([sorted(numbers.items()), sorted(found.items())], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest(), found
