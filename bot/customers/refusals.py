"""Who wants nothing suggested from their orders. Kept with the chat, and with the customer who has
proven themselves there, for whom it counts wherever they prove it again."""

from datetime import datetime

from sqlmodel import Session, col, or_, select

from bot.database.insight_tables import RefusalRow
from bot.types import Nobody, Scope


def refused(session: Session, conversation_id: int, scope: Scope) -> bool:
    """Whether the chat's shopper has refused, here or anywhere."""
    here = col(RefusalRow.conversation_id) == conversation_id
    if not isinstance(scope, Nobody):
        here = or_(here, col(RefusalRow.customer_id) == scope.customer_id)
    return session.exec(select(RefusalRow.conversation_id).where(here).limit(1)).first() is not None


def keep(
    session: Session, conversation_id: int, scope: Scope, *, refuses: bool, at: datetime
) -> None:
    """Note a refusal, or that it is taken back, everywhere where it counts for this shopper."""
    customer_id = None if isinstance(scope, Nobody) else scope.customer_id
    here = col(RefusalRow.conversation_id) == conversation_id
    if customer_id is not None:
        here = or_(here, col(RefusalRow.customer_id) == customer_id)
    for row in session.exec(select(RefusalRow).where(here)):
        if not refuses:
            session.delete(row)
        elif row.conversation_id == conversation_id:
            row.customer_id = customer_id or row.customer_id
            return
    if refuses:
        row = RefusalRow(conversation_id=conversation_id, customer_id=customer_id, at=at)
        session.add(row)
