"""How often each entry of the knowledge has answered, and how that was liked."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from bot.database.tables import FeedbackRow, TurnRow
from bot.types import Author

_MOST = 50_000  # answers that are looked at, the newest


@dataclass
class Use:
    """Of one entry: how many answers it was given in, how many of them got a 👍 or a 👎."""

    answers: int = 0
    liked: int = 0
    disliked: int = 0


def uses(session: Session, since: datetime) -> dict[str, Use]:
    """By entry id, of the answers since then."""
    query = (
        select(TurnRow.sources, FeedbackRow.value)
        .join(FeedbackRow, col(FeedbackRow.turn_id) == TurnRow.id, isouter=True)
        .where(TurnRow.author == Author.BOT.value, TurnRow.at >= since)
        .order_by(col(TurnRow.id).desc())
        .limit(_MOST)
    )
    found: dict[str, Use] = defaultdict(Use)
    for sources, value in session.exec(query):
        for entry_id in {str(source["id"]) for source in sources}:
            use = found[entry_id]
            use.answers += 1
            use.liked += value == 1
            use.disliked += value == -1
    return dict(found)
