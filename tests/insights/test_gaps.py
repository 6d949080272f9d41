"""What was not answered comes up in groups, is drafted from what people answered, and is dealt with
once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlmodel import Session

from bot.conversations import conversation, feedback
from bot.database.db import Database
from bot.errors import ConflictError
from bot.insights import gaps
from bot.insights.gaps import Gap
from bot.language.mask import mask
from bot.language.regression import Floats
from bot.types import Author, Language
from tests.conversations.test_asked import AT, KNOWN, answered

NOW = AT + timedelta(days=8)
UNSURE = KNOWN | {"action": "escalate", "reason": "low_confidence"}
BACK = KNOWN | {"action": "clarify"}


def meanings(texts: Sequence[str], language: Language) -> Floats:
    """As if the first letter were the meaning."""
    vectors = np.zeros((len(texts), 256), dtype=np.float32)
    for at, text in enumerate(texts):
        vectors[at, ord(text[0]) % 256] = 1.0
    return vectors


def ask(session: Session, text: str, audit: dict[str, Any] = UNSURE, days: int = 0) -> int:
    """The conversation in which it was asked, so many days after the first."""
    return answered(session, text, audit, at=AT + timedelta(days=days))[0]


def found(session: Session, at: datetime = NOW) -> list[Gap]:
    questions = gaps.unanswered(session, at - timedelta(days=30))
    return gaps.group(questions, meanings, at)


def test_the_costliest_group_comes_first_with_its_trend(database: Database) -> None:
    with database.begin() as session:
        ask(session, "Engrave it?", BACK)
        ask(session, "engraving?", BACK, days=7)
        ask(session, "Gift wrap?", days=5)
        ask(session, "Gift box?", days=6)
        ask(session, "Where is the shop?", KNOWN)
        where = answered(session, "Wool or cotton?", KNOWN, at=AT)
        feedback.rate(session, *where, feedback.DOWN, at=AT)
    with database.read() as session:
        wrap, engrave, wool = found(session)
    assert [each.text for each in wrap.questions] == ["Gift box?", "Gift wrap?"]
    assert (wrap.cost, wrap.lately, wrap.before, wrap.likely) == (6, 2, 0, "returns")
    assert (engrave.lately, engrave.before, dict(engrave.ended())) == (1, 1, {"clarify": 2})
    assert (wool.cost, dict(wool.ended())) == (2, {"disliked": 1})


def test_a_draft_has_what_agents_answered_without_personal_data(database: Database) -> None:
    with database.begin() as session:
        where = ask(session, "Gift wrap to mia@example.com please?")
        ask(session, "Gift wrap?")
        conversation.lock(session, where)
        said = "Yes, for 3 euros, Mia! Write to ann@example.com"
        for author, text in (
            (Author.SYSTEM, "Ann is here"),
            (Author.AGENT, said),
            (Author.SHOPPER, "Thanks"),
            (Author.AGENT, "Bye"),
        ):
            conversation.add_turn(session, where, author, text, "en", at=AT)
    with database.read() as session:
        [gap] = found(session)
        draft = gaps.drafted(session, gap, lambda _session, _id: lambda text: mask(text, ["Mia"]))
    assert (draft.id, draft.question) == ("gift-wrap", "Gift wrap?")
    assert draft.phrasings == "Gift wrap to [email] please?"
    assert draft.answer == "Yes, for 3 euros, [name]! Write to [email]"


def test_what_was_dealt_with_comes_up_again_only_when_asked_anew(database: Database) -> None:
    with database.begin() as session:
        ask(session, "Gift wrap?")
        [gap] = found(session)
        gaps.settle(session, gap, "Ada", NOW, entry_id="gift-wrap")
        assert found(session) == []
        with pytest.raises(ConflictError):
            gaps.settle(session, gap, "Mia", NOW)
        ask(session, "Gift paper?", days=1)
        assert [each.text for gap in found(session) for each in gap.questions] == ["Gift paper?"]


def test_each_language_is_grouped_by_itself(database: Database) -> None:
    with database.begin() as session:
        ask(session, "刻字吗？")
        ask(session, "刻名字可以吗？")
        ask(session, "Gift wrap?")
    with database.read() as session:
        assert {(each.language, len(each.questions)) for each in found(session)} == {
            ("zh", 2),
            ("en", 1),
        }
