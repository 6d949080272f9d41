"""The tables of reviews: what customers wrote about products, and what was read in it.

Like `tables.py` it declares and queries nothing. A review that names a customer the shop knows is
theirs, and goes with them.
"""

from datetime import date, datetime

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field, SQLModel

from bot.database.tables import UtcDateTime
from bot.types import now


class ReviewRow(SQLModel, table=True):
    """One review. `stars` is 1 to 5, None where the shop gave none; `mood` -1 (bad) to 1 (good), as
    stars and words say. `digest` stands for product, text, date and author, so that one review is
    taken in once."""

    __tablename__ = "reviews"
    __table_args__ = (Index("ix_reviews_sku", "sku", "written_on"),)

    id: int | None = Field(default=None, primary_key=True)
    sku: str
    stars: int | None = None
    text: str
    language: str
    written_on: date | None = None
    customer_id: str | None = Field(default=None, foreign_key="customers.id", index=True)
    mood: float = 0.0
    digest: str = Field(unique=True)
    imported_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class StatementRow(SQLModel, table=True):
    """Something that a review says: `text[start:end]` of it, in the sentence `text[begins:ends]`.

    `kind` is "aspect", a thing that is judged, or of the whole sentence "problem", "need",
    "missing" or "safety". `polarity` is -1, 0 or 1; `vector` the meaning of what is said, as
    half-precision numbers of unit length.
    """

    __tablename__ = "review_statements"

    id: int | None = Field(default=None, primary_key=True)
    review_id: int = Field(foreign_key="reviews.id", index=True)
    kind: str
    term: str
    polarity: int
    start: int
    end: int
    begins: int
    ends: int
    vector: bytes = Field(sa_type=LargeBinary)
