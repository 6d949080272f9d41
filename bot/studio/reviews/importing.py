"""From a file of reviews into the database, in batches, each all or nothing: what is new is read by
the `Analyst` and stored. Run again after a kill, it does the rest."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.database.db import Database
from bot.language.wording import fold
from bot.studio.reviews import store
from bot.studio.reviews.analysis import Analyst
from bot.studio.reviews.reading import Review

BATCH = 100  # reviews that one transaction writes


def _silent(_: int) -> None:
    """Nobody wants to hear of it."""


@dataclass
class Imported:
    """How many are new, and how many were there already."""

    added: int = 0
    unchanged: int = 0


def import_reviews(
    db: Database,
    reviews: Sequence[Review],
    analyst: Callable[[], Analyst],
    names: Mapping[str, str],
    progress: Callable[[int], None] = _silent,
) -> Imported:
    """Store the reviews; `names` leads from what a product is called (folded) to its SKU. `analyst`
    is asked for only where something is new; `progress` hears how many are done."""
    named = {
        store.digest(each, sku): (each, sku)
        for each in reviews
        for sku in [names.get(fold(each.product), each.product)]
    }
    with db.read() as session:
        there = store.known(session, list(named))
    new = [pair for digest, pair in named.items() if digest not in there]
    done = Imported(unchanged=len(reviews) - len(new))
    progress(done.unchanged)
    for start in range(0, len(new), BATCH):
        batch = new[start : start + BATCH]
        analysed = analyst().read([(review.text, review.stars) for review, _ in batch])
        rows = [(*pair, read) for pair, read in zip(batch, analysed, strict=True)]
        with db.begin() as session:
            done.added += store.add(session, rows)
        progress(done.unchanged + start + len(batch))
    done.unchanged = len(reviews) - done.added
    return done
