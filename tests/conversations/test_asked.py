"""What shoppers asked of the knowledge lately, and what became of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session

from bot.conversations import asked, bursts, feedback, inbox
from bot.database.db import Database
from bot.types import Chat, Incoming, Say, Source

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
KNOWN = {"action": "reply", "candidates": [{"id": "returns"}, {"id": "refunds"}]}


def answered(
    session: Session, text: str, audit: dict[str, Any], *, at: datetime = AT, choice: str = ""
) -> tuple[int, int]:
    """A message that the bot answered: its conversation and the answer's turn."""
    said = Incoming(Chat("web", "mia"), f"m-{text}", text, choice=choice or None)
    conversation_id = inbox.accept(session, said, backlog_cap=99, at=at).conversation_id
    (claim,) = bursts.claim(session, "test:1:a", at=at, lease=timedelta(seconds=30), limit=9)
    source = Source("returns", "faq/returns.yaml", 0.9, "Returns")
    say = Say("Send it back.", "en", sources=(source,) if audit["action"] == "reply" else ())
    turn = bursts.finish(session, claim, say, at=at, moods={}, audit=audit)
    assert turn is not None
    return conversation_id, turn.id


def test_the_newest_questions_come_first_with_what_became_of_them(database: Database) -> None:
    unsure = {"action": "escalate", "reason": "low_confidence", "candidates": [{"id": "returns"}]}
    with database.begin() as session:
        where = answered(session, "How do I\n return it?", KNOWN)
        feedback.rate(session, *where, feedback.DOWN, at=AT)
        answered(session, "Do you engrave?", unsure, at=AT + timedelta(days=1))
    with database.read() as session:
        newest, oldest = asked.lately(session, 10)
        assert (newest.text, newest.action, newest.reason) == (
            "Do you engrave?",
            "escalate",
            "low_confidence",
        )
        assert (oldest.text, oldest.likely, oldest.disliked) == (
            "How do I return it?",
            ("returns", "refunds"),
            True,
        )
        assert [each.text for each in asked.lately(session, 1)] == ["Do you engrave?"]
        later = asked.lately(session, 10, since=AT + timedelta(hours=1))
        assert [each.text for each in later] == ["Do you engrave?"]


def test_what_records_answer_is_no_question_to_the_knowledge(database: Database) -> None:
    with database.begin() as session:
        answered(session, "Where is my order?", KNOWN | {"about": "orders"})
        answered(session, "mia@example.com", KNOWN | {"proof": "asked"})
        answered(session, "Cancel it", KNOWN | {"request": "asked"})
        answered(session, "Thanks!", {"action": "reply"})
        answered(session, "x" * 301, KNOWN)
        answered(session, "Returns", KNOWN, choice="entry:returns")
    with database.read() as session:
        assert list(asked.lately(session, 10)) == []


def test_questions_are_found_behind_many_other_messages(database: Database) -> None:
    with database.begin() as session:
        answered(session, "Do you ship to Norway?", KNOWN)
        for number in range(520):
            answered(session, f"Where is order {number}?", KNOWN | {"about": "orders"})
    with database.read() as session:
        assert [each.text for each in asked.lately(session, 3)] == ["Do you ship to Norway?"]
