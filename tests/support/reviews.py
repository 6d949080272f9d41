"""Reviews of a kettle and of its neighbours, with what an encoder would have read in them."""

from datetime import date
from itertools import count

import numpy as np

from bot.database.db import Database
from bot.studio.reviews import store
from bot.studio.reviews.analysis import ASPECT, MISSING, SAFETY, Analysed, Statement, packed
from bot.studio.reviews.reading import Review
from bot.studio.wares import Text, Ware

KETTLE = Ware(
    "KET",
    {
        "en": Text("Round kettle", "Kitchen", "A kettle with a handle that stays cool.", ()),
        "zh": Text("圆水壶", "厨房", "把手不烫的水壶。", ()),
    },
)
POT = Ware("POT", {"en": Text("Tea pot", "Kitchen", "A pot for tea.", (("Capacity", "1 l"),))})
WARES = {"KET": KETTLE, "POT": POT}
_DIRECTIONS = {"handle": 0, "把手": 0, "colour": 1, "颜色": 1, "lid": 2, "induction": 3, "burn": 4}


def vector(of: str) -> bytes:
    """One direction for each thing."""
    row = np.zeros(8, dtype=np.float32)
    row[_DIRECTIONS[of]] = 1
    return packed(row)


def said(text: str, term: str, polarity: int) -> Statement:
    """The term is judged in the whole text as its sentence."""
    start = text.index(term)
    return Statement(ASPECT, term, polarity, start, start + len(term), 0, len(text), vector(term))


def sentence(kind: str, text: str, about: str) -> Statement:
    """The whole text is of a kind."""
    return Statement(kind, text, -1, 0, len(text), 0, len(text), vector(about))


_LATE, _EARLY = date(2026, 11, 20), date(2026, 5, 5)
_SAID: list[tuple[str, str, int, date, list[tuple[str, int]]]] = [
    *(("KET", f"The handle is too hot {n}.", 2, _LATE, [("handle", -1)]) for n in range(4)),
    ("KET", "把手太烫了。", 1, _LATE, [("把手", -1)]),
    *(("KET", f"Lovely colour {n}.", 5, _EARLY, [("colour", 1)]) for n in range(9)),
    ("KET", "颜色好看。", 5, _EARLY, [("颜色", 1)]),
    *(("POT", f"The handle is fine {n}.", 5, _EARLY, [("handle", 1)]) for n in range(20)),
]


def reviews() -> list[tuple[Review, str, Analysed]]:
    """Fifteen of the kettle, of which five complain of its handle lately; 20 of the pot."""
    found = []
    for sku, text, stars, day, judged in _SAID:
        statements = [said(text, term, sign) for term, sign in judged]
        mood = (stars - 3) / 2
        review = Review(sku, text, stars, day, "")
        found.append((review, sku, Analysed(mood, tuple(statements))))
    for text, kind, about in (
        ("I burned my hand.", SAFETY, "burn"),
        ("The page does not say if it fits induction.", MISSING, "induction"),
    ):
        review = Review("KET", text, 3, _EARLY, "anna@example.com")
        found.append((review, "KET", Analysed(0.0, (sentence(kind, text, about),))))
    return found


def reviewed(db: Database) -> None:
    """Stores them all."""
    with db.begin() as session:
        store.add(session, reviews())


def kept() -> list[store.Kept]:
    """The same, as they are loaded."""
    number = count(1)
    rows = [
        store.Kept(
            *(next(number), sku, each.stars, each.text),
            "zh" if any("一" <= c <= "鿿" for c in each.text) else "en",
            *(each.written_on, read.mood, read.statements),
        )
        for each, sku, read in reviews()
    ]
    return sorted(rows, key=lambda each: (each.written_on or date.min, each.id))
