"""What the owner allows a price to be, what a piece costs the shop, and what others ask for it.

From a CSV file with the columns `sku`, `lowest`, `highest`, `cost`, `competitor`, amounts in the
currency of the orders; a row may leave out any but the first. The file replaces what was there.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sqlalchemy import delete
from sqlmodel import Session, select

from bot.database import audit
from bot.database.insight_tables import PriceLimitRow
from bot.errors import InputError

COLUMNS = ("lowest", "highest", "cost", "competitor")
_MOST = 200_000  # rows
_LONGEST = 200  # characters of a SKU
_HIGHEST = Decimal(10**9)


@dataclass(frozen=True)
class Limits:
    """Amounts in whole and broken units of the currency; None where nothing is said."""

    lowest: float | None = None
    highest: float | None = None
    cost: float | None = None
    competitor: float | None = None


NO_LIMITS = Limits()


def read(text: str, name: str) -> dict[str, Limits]:
    """The limits by SKU; `InputError` names the line that cannot be read."""
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    head = [str(each).strip().lower() for each in rows.fieldnames or ()]
    if "sku" not in head or not set(head) & set(COLUMNS):
        raise InputError("prices.bad_head", file=name, known=", ".join(("sku", *COLUMNS)))
    rows.fieldnames = head
    found: dict[str, Limits] = {}
    try:
        for row in rows:
            sku = (row.get("sku") or "").strip()
            if not sku or len(sku) > _LONGEST:
                raise InputError("prices.no_sku", file=name, line=rows.line_num)
            given = {each: _amount(row.get(each), name, rows.line_num) for each in COLUMNS}
            limits = Limits(**given)
            if limits.lowest and limits.highest and limits.lowest > limits.highest:
                raise InputError("prices.crossed", file=name, line=rows.line_num)
            found[sku] = limits
            if len(found) > _MOST:
                raise InputError("prices.too_many", file=name, most=_MOST)
    except csv.Error as error:
        raise InputError("prices.unreadable", file=name, line=rows.line_num) from error
    return found


def _amount(text: str | None, name: str, line: int) -> float | None:
    said = (text or "").strip()
    if not said:
        return None
    try:
        value = Decimal(said)
    except InvalidOperation as error:
        raise InputError("prices.no_amount", file=name, line=line, text=said[:40]) from error
    if not value.is_finite() or not 0 < value <= _HIGHEST:
        raise InputError("prices.no_amount", file=name, line=line, text=said[:40])
    return float(value)


def keep(session: Session, limits: Mapping[str, Limits], by: str) -> None:
    """Put these in the place of all that were there."""
    session.execute(delete(PriceLimitRow))
    for sku, each in limits.items():
        session.add(PriceLimitRow(sku=sku, **vars(each)))
    audit.note(session, "price.limits", by, len(limits))


def kept(session: Session) -> dict[str, Limits]:
    """What is allowed now, by SKU."""
    return {
        row.sku: Limits(row.lowest, row.highest, row.cost, row.competitor)
        for row in session.exec(select(PriceLimitRow))
    }
