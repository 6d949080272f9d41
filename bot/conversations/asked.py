"""What shoppers asked of the shop's knowledge lately, and what became of each question.

Left out are commands, courtesies, own orders and proofs: those are answered from records.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlmodel import Session, col, select

from bot.conversations.conversation import saved
from bot.database.tables import FeedbackRow, InboxRow, TurnRow
from bot.types import Language

LONGEST = 300  # characters of a question; what is longer is a story
_PAGE = 500  # messages that are read at once
_FURTHEST = 20  # pages that are read
_RECORDS = ("about", "proof", "request", "canned")
"""What the audit record of a turn says where something other than the knowledge has spoken."""


@dataclass(frozen=True)
class Question:
    """One burst that was answered, asked in the turn `turn_id`. `action` and `reason` are the
    bot's, `likely` the entries that it had in mind, best first, `disliked` whether its answer got
    a 👎."""

    turn_id: int
    text: str
    language: Language
    at: datetime
    conversation_id: int
    action: str
    reason: str
    likely: tuple[str, ...]
    disliked: bool


def lately(session: Session, most: int, *, since: datetime | None = None) -> Iterator[Question]:
    """The newest questions, newest first."""
    before: int | None = None
    found = 0
    for _ in range(_FURTHEST):
        query = (
            select(InboxRow.id, TurnRow, InboxRow.answer_turn_id)
            .join(TurnRow, col(TurnRow.id) == InboxRow.turn_id)
            .where(col(InboxRow.answer_turn_id).is_not(None), col(InboxRow.choice).is_(None))
            .order_by(col(InboxRow.id).desc())
            .limit(_PAGE)
        )
        if before is not None:
            query = query.where(col(InboxRow.id) < before)
        if since is not None:
            query = query.where(InboxRow.received_at >= since)
        rows = session.exec(query).all()
        answers = _answers(session, [answer for _, _, answer in rows if answer is not None])
        for inbox_id, turn, answer in rows:
            before = inbox_id
            if answer not in answers:
                continue
            meta, disliked = answers[answer]
            question = _question(turn, meta, disliked)
            if question is not None:
                yield question
                found += 1
                if found == most:
                    return
        if len(rows) < _PAGE:
            return


def _answers(session: Session, turn_ids: list[int]) -> dict[int, tuple[Mapping[str, Any], bool]]:
    """Of the bot's turns with these ids, what was noted and whether they are disliked."""
    query = (
        select(TurnRow.id, TurnRow.meta, FeedbackRow.value)
        .join(FeedbackRow, col(FeedbackRow.turn_id) == TurnRow.id, isouter=True)
        .where(col(TurnRow.id).in_(turn_ids), TurnRow.author == "bot")
    )
    return {
        turn_id: (meta, value is not None and value < 0)
        for turn_id, meta, value in session.exec(query)
        if turn_id is not None
    }


def _question(turn: TurnRow, meta: Mapping[str, Any], disliked: bool) -> Question | None:
    text = " ".join(turn.text.split())
    if not 1 < len(text) <= LONGEST or any(meta.get(name) for name in _RECORDS):
        return None
    candidates = meta.get("candidates", [])
    if meta.get("action") == "reply" and not candidates:
        return None  # a courtesy
    return Question(
        turn_id=saved(turn.id),
        text=text,
        language=cast(Language, turn.language),
        at=turn.at,
        conversation_id=turn.conversation_id,
        action=str(meta.get("action", "")),
        reason=str(meta.get("reason", "")),
        likely=tuple(str(each["id"]) for each in candidates),
        disliked=disliked,
    )
