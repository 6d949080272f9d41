"""Anna's chat with the flow, in which she wishes to change her orders."""

from sqlmodel import select

from bot.conversations import conversation
from bot.conversations.conversation import saved
from bot.customers import identity
from bot.database.db import Database
from bot.database.tables import RequestRow
from bot.knowledge.retriever import ShopRetriever
from bot.orders.record import State
from bot.types import OneCustomer, now
from tests.support.flows import flow_of
from tests.support.talk import BEN, KETTLE, ROBE, Talk, bought, shop_with


def annas_talk(database: Database, retriever: ShopRetriever) -> Talk:
    """Anna's chat; she has a delivered order of two items, one on its way and one just paid."""
    shop_with(
        database,
        bought("#W2001", State.DELIVERED, KETTLE, ROBE),
        bought("#W2002", State.SHIPPED),
        bought("#W2003", State.PAID, ROBE),
        bought("#W3001", State.DELIVERED, of=BEN),
    )
    return Talk(database, flow_of(database, retriever, cap=100))


def prove(talk: Talk, customer_id: str = "anna") -> None:
    """Whoever writes in this chat is that customer."""
    with talk.db.begin() as session:
        found, _ = conversation.opened(session, talk.chat, "en", at=now())
        identity.bind(session, saved(found.id), OneCustomer(customer_id), "link", at=now())


def filed(talk: Talk) -> list[RequestRow]:
    with talk.db.read() as session:
        return list(session.exec(select(RequestRow)))
