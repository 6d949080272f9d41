"""The demo shop's made-up customers, as whom an admin may try the bot: nobody real."""

from sqlmodel import Session, col, select

from bot.database.order_tables import OrderRow
from bot.database.tables import CustomerRow
from bot.errors import NotFoundError
from bot.orders.demo import SOURCE
from bot.types import OneCustomer, Scope


def customers(session: Session) -> list[tuple[str, str]]:
    """Their ids and names: those all of whose orders are made up."""
    real = select(OrderRow.customer_id).where(OrderRow.source != SOURCE)
    query = (
        select(CustomerRow.id, CustomerRow.name)
        .join(OrderRow, col(OrderRow.customer_id) == CustomerRow.id)
        .where(OrderRow.source == SOURCE, col(CustomerRow.id).not_in(real))
        .order_by(col(CustomerRow.name))
        .distinct()
    )
    return [(customer_id, name) for customer_id, name in session.exec(query)]


def scope(session: Session, customer_id: str) -> Scope:
    """What that made-up customer may see; `NotFoundError` for anybody else."""
    if customer_id not in dict(customers(session)):
        raise NotFoundError("bench.no_customer")
    return OneCustomer(customer_id)
