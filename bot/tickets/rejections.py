"""What the check held back: sentences of a model that were not sent, why, and beside which sources.

They are kept with the answer that was sent instead (`TurnRow.meta`), so they live and are erased
with it. Metrics count them (`metrics.sentence_rejected`); the check itself is `grounding`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from bot.database.tables import TurnRow
from bot.types import Author

LOOKED_AT = 1000  # of the newest answers


@dataclass(frozen=True)
class Rejected:
    """One sentence that was not sent. `passages` are the entries that came nearest, `model` wrote
    it; `own_text` says whether the shopper got the entry's own text instead of a model's."""

    conversation_id: int
    at: datetime
    language: str
    sentence: str
    reason: str
    passages: tuple[str, ...]
    model: str
    own_text: bool


@dataclass(frozen=True)
class Overview:
    """Of the newest `answers` by a model (`LOOKED_AT` at most): how many sentences were held back
    by reason, how many answers became the entry's own text, and the newest sentences."""

    answers: int
    own_text: int
    reasons: Mapping[str, int]
    newest: Sequence[Rejected]


def overview(session: Session, *, limit: int = 100) -> Overview:
    """What was held back lately, the newest first, at most `limit` sentences."""
    query = (
        select(TurnRow)
        .where(TurnRow.author == Author.BOT.value)
        .order_by(col(TurnRow.id).desc())
        .limit(LOOKED_AT)
    )
    written = [row for row in session.exec(query) if "model" in row.meta]
    found = [each for row in written for each in _of(row)]
    return Overview(
        answers=len(written),
        own_text=sum("own_text" in row.meta for row in written),
        reasons=dict(Counter(each.reason for each in found).most_common()),
        newest=found[:limit],
    )


def _of(row: TurnRow) -> list[Rejected]:
    given: list[dict[str, Any]] = row.meta.get("rejected", [])
    return [
        Rejected(
            conversation_id=row.conversation_id,
            at=row.at,
            language=row.language,
            sentence=str(each.get("sentence", "")),
            reason=str(each.get("reason", "")),
            passages=tuple(each.get("passages", ())),
            model=str(each.get("model", row.meta["model"])),
            own_text="own_text" in row.meta,
        )
        for each in given
    ]
