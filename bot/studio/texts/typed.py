"""What shoppers typed about each product lately, and how much each is asked for and bought."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.conversations import asked
from bot.database.order_tables import OrderLineRow, OrderRow
from bot.types import PRODUCT

SINCE = timedelta(days=90)
_MOST = 10_000  # questions


def typed(session: Session, at: datetime) -> dict[str, list[str]]:
    """By SKU, the questions that led to the product."""
    found: dict[str, list[str]] = {}
    for question in asked.lately(session, _MOST, since=at - SINCE):
        if question.likely and question.likely[0].startswith(PRODUCT):
            found.setdefault(question.likely[0].removeprefix(PRODUCT), []).append(question.text)
    return found


def demand(session: Session, at: datetime, questions: Mapping[str, list[str]]) -> Counter[str]:
    """By SKU, how many were bought and how many questions were asked."""
    number = func.sum(OrderLineRow.quantity)
    query = (
        select(OrderLineRow.sku, number)
        .join(OrderRow, col(OrderRow.id) == OrderLineRow.order_id)
        .where(col(OrderRow.placed_at) >= at - SINCE, OrderLineRow.sku != "")
        .group_by(OrderLineRow.sku)
    )
    counted = Counter({sku: int(bought) for sku, bought in session.exec(query)})
    counted.update({sku: len(texts) for sku, texts in questions.items()})
    return counted
