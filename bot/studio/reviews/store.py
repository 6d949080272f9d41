"""The rows of reviews: written with what was read in them, and read for a report. Each once."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, col, or_, select

from bot.conversations.conversation import saved
from bot.database.review_tables import ReviewRow, StatementRow
from bot.database.tables import CustomerRow
from bot.database.upsert import insert_missing
from bot.language.contacts import email_key
from bot.language.detect import detect_language
from bot.studio.reviews.analysis import Analysed, Statement
from bot.studio.reviews.reading import Review
from bot.types import now

_AT_ONCE = 400


@dataclass(frozen=True)
class Kept:
    """A stored review with what it says."""

    id: int
    sku: str
    stars: int | None
    text: str
    language: str
    written_on: date | None
    mood: float
    statements: tuple[Statement, ...]


def digest(review: Review, sku: str) -> str:
    """Stands for the review: the same one in another file is known by it."""
    parts = (sku, review.text, str(review.written_on), review.customer)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def known(session: Session, digests: Sequence[str]) -> set[str]:
    """Those of the digests that are stored already."""
    found: set[str] = set()
    for start in range(0, len(digests), _AT_ONCE):
        some = digests[start : start + _AT_ONCE]
        found |= set(session.exec(select(ReviewRow.digest).where(col(ReviewRow.digest).in_(some))))
    return found


def add(session: Session, reviews: Iterable[tuple[Review, str, Analysed]]) -> int:
    """Store reviews, each with its product's SKU and what was read in it; how many are new."""
    every = list(reviews)
    customers = _customers(session, {each.customer for each, _, _ in every if each.customer})
    added = 0
    for review, sku, analysed in every:
        rows = insert_missing(
            session,
            ReviewRow,
            {
                "sku": sku,
                "stars": review.stars,
                "text": review.text,
                "language": detect_language(review.text),
                "written_on": review.written_on,
                "customer_id": customers.get(review.customer),
                "mood": analysed.mood,
                "digest": digest(review, sku),
                "imported_at": now(),
            },
        )
        for row in rows:
            added += 1
            session.add_all(
                StatementRow(review_id=saved(row.id), **vars(each)) for each in analysed.statements
            )
    return added


def load(session: Session, skus: Iterable[str] | None = None) -> list[Kept]:
    """The reviews of these products, of all without any named; the oldest first."""
    query = select(ReviewRow).order_by(col(ReviewRow.written_on), col(ReviewRow.id))
    said = select(StatementRow).order_by(col(StatementRow.id))
    if skus is not None:
        wanted = list(skus)
        query = query.where(col(ReviewRow.sku).in_(wanted))
        mine = select(ReviewRow.id).where(col(ReviewRow.sku).in_(wanted))
        said = said.where(col(StatementRow.review_id).in_(mine))
    statements: dict[int, list[Statement]] = {}
    for row in session.exec(said):
        statements.setdefault(row.review_id, []).append(_statement(row))
    return [
        Kept(
            saved(row.id),
            row.sku,
            row.stars,
            row.text,
            row.language,
            row.written_on,
            row.mood,
            tuple(statements.get(saved(row.id), ())),
        )
        for row in session.exec(query)
    ]


def counts(session: Session) -> Mapping[str, int]:
    """How many reviews each product has, the most first."""
    number = func.count()
    query = (
        select(ReviewRow.sku, number).group_by(ReviewRow.sku).order_by(number.desc(), ReviewRow.sku)
    )
    return dict(session.exec(query).all())


def _customers(session: Session, named: set[str]) -> dict[str, str]:
    """The ids of those customers that the shop knows, by what the file calls them: an id or an
    e-mail address. Of others nothing is kept."""
    if not named:
        return {}
    emails = {email_key(each): each for each in named if "@" in each}
    query = select(CustomerRow.id, CustomerRow.email).where(
        or_(col(CustomerRow.id).in_(named), col(CustomerRow.email).in_(list(emails)))
    )
    found: dict[str, str] = {}
    for customer_id, email in session.exec(query):
        for name in (customer_id, emails.get(email or "", "")):
            if name in named:
                found[name] = customer_id
    return found


def _statement(row: StatementRow) -> Statement:
    return Statement(
        row.kind, row.term, row.polarity, row.start, row.end, row.begins, row.ends, row.vector
    )
